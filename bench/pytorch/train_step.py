"""PyTorch's side of `fedseal bench --only train/torch --python VENV/bin/python`: training steps on one thread, timed on request.

One JSON object a line on standard input, one answer a line on standard output:
{"do": "open", "model": "mission-cnn" | "mcmahan-cnn", "batch": 10} -> {"torch": version, "threads": 1}
{"do": "steps", "count": 5} -> {"ms": [...]}: forward, backward, optimiser and the loss read back, each step
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)


def mission():
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(5408, 10))
    return model, torch.optim.Adam(model.parameters(), lr=0.001)


def mcmahan():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10),
    )
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


MODELS = {"mission-cnn": mission, "mcmahan-cnn": mcmahan}


def open_subject(model, batch):
    torch.manual_seed(1)
    network, optimizer = MODELS[model]()
    images = (torch.rand(batch, 1, 28, 28) * 255).to(torch.uint8)
    labels = torch.arange(batch) % 10
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        # From stored bytes, as the other side.
        loss = loss_of(network(images.to(torch.float32) / 255), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def main():
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "open":
            step = open_subject(request["model"], request["batch"])
            answer = {"torch": torch.__version__, "threads": torch.get_num_threads()}
        else:
            times = []
            for _ in range(request["count"]):
                start = time.perf_counter()
                step()
                times.append((time.perf_counter() - start) * 1000)
            answer = {"ms": times}
        print(json.dumps(answer), flush=True)


main()
