"""Runs Flower's own aggregation functions for `npm run bench -- --only aggregate/exact --python …`.

Reads one JSON request a line from standard input and answers each with one JSON line. Updates are float32 arrays from a
seeded generator, `distinct` of them used in turn for `updates` clients, so that memory holds them and no cache does.

    {"do": "prepare", "shapes": [[5, 5, 1, 32], …], "updates": 100, "distinct": 32}  ->  {"flwr": …, "numpy": …, "blas": …}
    {"do": "aggregate" | "aggregate_inplace" | "aggregate_arrayrecords" | "median" | "krum"}  ->  {"cpu_s": …, "wall_s": …}
"""

import gc
import json
import os
import sys
import time

# One core, and the kernels that the library itself chooses for this processor.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import flwr  # noqa: E402
import numpy as np  # noqa: E402
from flwr.app import ArrayRecord, MetricRecord, RecordDict  # noqa: E402
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters  # noqa: E402
from flwr.server.strategy import aggregate as rules  # noqa: E402
from flwr.serverapp.strategy.strategy_utils import aggregate_arrayrecords  # noqa: E402

EXAMPLES = 600
#: Malicious clients that Krum is told of, as a share of all.
MALICIOUS_SHARE = 0.2


def blas_kernel():
    """The kernel that numpy's OpenBLAS runs, where it says so."""
    try:
        from threadpoolctl import threadpool_info

        return ", ".join(f"{pool['internal_api']} {pool.get('architecture')}" for pool in threadpool_info())
    except ImportError:
        config = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{config['name']} {config['version']}"


class Functions:
    def prepare(self, request):
        random = np.random.default_rng(1)
        shapes = request["shapes"]
        count = request["updates"]
        distinct = [
            [random.uniform(-1 / 64, 1 / 64, shape).astype(np.float32) for shape in shapes]
            for _ in range(min(count, request["distinct"]))
        ]
        in_turn = [k % len(distinct) for k in range(count)]
        self.results = [(distinct[k], EXAMPLES) for k in in_turn]
        fit = [FitRes(Status(Code.OK, ""), ndarrays_to_parameters(arrays), EXAMPLES, {}) for arrays in distinct]
        self.fit = [(None, fit[k]) for k in in_turn]
        records = [
            RecordDict({"arrays": ArrayRecord(arrays), "metrics": MetricRecord({"num-examples": EXAMPLES})})
            for arrays in distinct
        ]
        self.records = [records[k] for k in in_turn]
        return {"flwr": flwr.__version__, "numpy": np.__version__, "blas": blas_kernel()}

    def aggregate(self):
        rules.aggregate(self.results)

    def aggregate_inplace(self):
        rules.aggregate_inplace(self.fit)

    def aggregate_arrayrecords(self):
        aggregate_arrayrecords(self.records, "num-examples")

    def median(self):
        rules.aggregate_median(self.results)

    def krum(self):
        rules.aggregate_krum(self.results, int(MALICIOUS_SHARE * len(self.results)), 0)


def timed(function):
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    function()
    return {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}


def main():
    functions = Functions()
    for line in sys.stdin:
        request = json.loads(line)
        answer = functions.prepare(request) if request["do"] == "prepare" else timed(getattr(functions, request["do"]))
        print(json.dumps(answer), flush=True)


main()
