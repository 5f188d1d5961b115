"""Checks that exported models predict in other programs what they predict here.

For each preset: makes random weights with this project's code, exports them with `fedseal model export` to TensorFlow.js, Keras,
PyTorch and as the sealed file, loads each with that program's own functions, and compares predictions on random inputs. Keras
and PyTorch are checked where they are installed; the rest needs only numpy and safetensors.

    pip install safetensors numpy torch        # or: safetensors keras tensorflow-cpu
    python3 bench/interop/check_models.py [preset …]

Ends with status 1 when any prediction differs by 1e-5 or more.
"""

import hashlib
import importlib.util
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]
PRESETS = {
    "mission-cnn": ((28, 28, 1), 54_410),
    "mcmahan-cnn": ((28, 28, 1), 1_663_370),
    "mcmahan-2nn": ((28, 28, 1), 199_210),
    "cifar-cnn": ((32, 32, 3), 1_756_426),
}
TOLERANCE = 1e-5


def run(*command):
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def export(folder, kind):
    target = folder / ("again.safetensors" if kind == "safetensors" else kind)
    run("node", "apps/cli/bin/fedseal.mjs", "model", "export", "--file", folder / "sealed.safetensors",
        "--plan", folder / "plan.json", "--to", kind, "--out", target)
    return target


def predict_torch(folder, inputs):
    import torch
    from safetensors.torch import load_file as load_torch

    model = runpy.run_path(str(folder / "model.py"))["model"]
    model.load_state_dict(load_torch(folder / "model.safetensors"))
    with torch.no_grad():
        return model.eval()(torch.from_numpy(inputs).permute(0, 3, 1, 2)).numpy(), torch.__version__


def predict_keras(folder, inputs):
    import keras

    model = keras.models.model_from_json((folder / "model.json").read_text())
    weights = load_file(folder / "model.safetensors")
    model.set_weights([weights[f"{layer.name}.{variable.name}"] for layer in model.layers for variable in layer.weights])
    return model.predict(inputs, verbose=0), keras.__version__


def installed(name):
    return importlib.util.find_spec(name) is not None


def check(preset, folder):
    shape, parameters = PRESETS[preset]
    run("node", "bench/interop/predict.mjs", preset, folder)
    inputs = np.fromfile(folder / "inputs.bin", "<f4").reshape(-1, *shape)
    ours = np.fromfile(folder / "ours.bin", "<f4").reshape(len(inputs), -1)
    assert ours.std() > 1e-3, "predictions that are all alike would compare equal whatever the weights"

    sealed = (folder / "sealed.safetensors").read_bytes()
    assert export(folder, "safetensors").read_bytes() == sealed, "the sealed file's bytes changed"
    digest = hashlib.sha256(sealed).hexdigest()
    assert sum(value.size for value in load_file(folder / "sealed.safetensors").values()) == parameters

    results = {}
    export(folder, "tfjs")
    run("node", "bench/interop/predict.mjs", preset, folder)
    results["tfjs"] = np.fromfile(folder / "tfjs.bin", "<f4").reshape(ours.shape), "4.22.0"
    for kind, module, predict in (("keras", "keras", predict_keras), ("torch", "torch", predict_torch)):
        target = export(folder, kind)
        with safe_open(target / "model.safetensors", "np") as file:
            assert file.metadata()["fedseal.model"] == digest, "the export does not say which sealed file it is of"
        if installed(module):
            results[kind] = predict(target, inputs)

    faults = 0
    for kind, (values, version) in results.items():
        difference = float(np.abs(values - ours).max())
        verdict = "same" if difference < TOLERANCE else "DIFFERS"
        faults += verdict != "same"
        print(json.dumps({"model": preset, "parameters": parameters, "in": kind, "version": version,
                          "examples": len(inputs), "largestDifference": difference, "verdict": verdict}), flush=True)
    return faults


def main():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    faults = 0
    for preset in sys.argv[1:] or PRESETS:
        with tempfile.TemporaryDirectory() as folder:
            faults += check(preset, Path(folder))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
