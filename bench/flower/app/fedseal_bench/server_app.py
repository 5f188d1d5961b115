"""FedAvg over every client in every round; writes when each round ended, as JSON lines."""

import json
import time

from flwr.app import Array, ArrayRecord, Context, MetricRecord
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

from fedseal_bench.task import SHAPES, accuracy, initial_arrays

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Runs the rounds; evaluation happens here, on the server, when there are images."""
    config = context.run_config
    clients = int(config["clients"])
    report = open(str(config["report"]), "a", encoding="utf-8")

    # Until everybody is there, so that the first round waits for nobody.
    while len(list(grid.get_node_ids())) < clients:
        time.sleep(0.1)

    class Timed(FedAvg):
        """FedAvg that tells when a round's aggregate is there, before anything else happens to it."""

        def aggregate_train(self, server_round, replies):
            """As FedAvg does it."""
            replies = list(replies)
            failed = sum(reply.has_error() for reply in replies)
            result = super().aggregate_train(server_round, replies)
            seconds = [
                record["train-seconds"]
                for reply in replies if not reply.has_error()
                for record in reply.content.metric_records.values()
            ]
            tell(round=server_round, aggregatedAt=time.time(), clients=len(replies) - failed, failed=failed,
                 trainSeconds=sum(seconds), longestTraining=max(seconds, default=None))
            return result

    def tell(**facts) -> None:
        report.write(json.dumps(facts) + "\n")
        report.flush()

    def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord | None:
        if config["trainer"] == "numpy":
            tell(round=server_round, endedAt=time.time())
            return None
        right = accuracy(arrays.to_numpy_ndarrays(), str(config["data"]))
        tell(round=server_round, endedAt=time.time(), accuracy=right)
        return MetricRecord({"accuracy": right})

    strategy = Timed(fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients)
    initial = ArrayRecord({name: Array(array) for (name, _), array in zip(SHAPES, initial_arrays(1))})
    strategy.start(grid=grid, initial_arrays=initial, num_rounds=int(config["rounds"]), evaluate_fn=evaluate)
    tell(finishedAt=time.time())
