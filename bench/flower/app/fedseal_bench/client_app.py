"""A client: with the numpy trainer it adds a constant to every weight, with the PyTorch one it trains."""

import os
import time

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from fedseal_bench.task import SHAPES, train

app = ClientApp()


@app.train()
def fit(message: Message, context: Context) -> Message:
    """One round's work, and how long the training alone took."""
    config = context.run_config
    started = time.perf_counter()
    client = int(context.node_config["partition-id"])
    arrays = message.content["arrays"].to_numpy_ndarrays()
    if config["trainer"] == "numpy":
        arrays, examples = [array + np.float32(1e-3 * (client + 1)) for array in arrays], 600
    else:
        folder = os.path.join(str(config["data"]), f"client-{client}")
        seed = 1000 * int(message.content["config"]["server-round"]) + client
        arrays, examples = train(
            arrays, folder, int(config["epochs"]), int(config["batch"]), float(config["learning-rate"]), seed
        )
    metrics = MetricRecord({"num-examples": examples, "train-seconds": time.perf_counter() - started})
    record = ArrayRecord({name: _array(array) for (name, _), array in zip(SHAPES, arrays)})
    return Message(content=RecordDict({"arrays": record, "metrics": metrics}), reply_to=message)


def _array(array: np.ndarray):
    from flwr.app import Array

    return Array(array)
