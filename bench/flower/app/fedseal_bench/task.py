"""McMahan's MNIST CNN (1,663,370 parameters) for PyTorch, its shapes for numpy, and the data of one client."""

import gzip
import os

import numpy as np

SHAPES = [
    ("conv1.weight", (32, 1, 5, 5)),
    ("conv1.bias", (32,)),
    ("conv2.weight", (64, 32, 5, 5)),
    ("conv2.bias", (64,)),
    ("fc1.weight", (512, 3136)),
    ("fc1.bias", (512,)),
    ("fc2.weight", (10, 512)),
    ("fc2.bias", (10,)),
]


def initial_arrays(seed: int) -> list[np.ndarray]:
    """Glorot-uniform weights and zero biases, as both sides use them."""
    random = np.random.default_rng(seed)
    arrays = []
    for _, shape in SHAPES:
        if len(shape) == 1:
            arrays.append(np.zeros(shape, np.float32))
            continue
        receptive = int(np.prod(shape[2:]))
        limit = np.sqrt(6 / (receptive * (shape[0] + shape[1])))
        arrays.append(random.uniform(-limit, limit, shape).astype(np.float32))
    return arrays


def read_idx(folder: str, name: str) -> np.ndarray:
    """One IDX file of unsigned bytes, gzipped or not."""
    path = os.path.join(folder, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb")
    with opened as file:
        data = file.read()
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, -1, 4 + 4 * dimensions).reshape(shape)


def read_examples(folder: str, split: str):
    """Images n×1×28×28 in [0, 1] and labels, as tensors."""
    import torch

    images = read_idx(folder, f"{split}-images-idx3-ubyte")
    labels = read_idx(folder, f"{split}-labels-idx1-ubyte")
    return (
        torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1),
        torch.from_numpy(labels.astype(np.int64)),
    )


def build_model(arrays: list[np.ndarray]):
    """The network with these weights."""
    import torch
    from torch import nn

    model = nn.Sequential()
    model.add_module("conv1", nn.Conv2d(1, 32, 5, padding=2))
    model.add_module("relu1", nn.ReLU())
    model.add_module("pool1", nn.MaxPool2d(2))
    model.add_module("conv2", nn.Conv2d(32, 64, 5, padding=2))
    model.add_module("relu2", nn.ReLU())
    model.add_module("pool2", nn.MaxPool2d(2))
    model.add_module("flatten", nn.Flatten())
    model.add_module("fc1", nn.Linear(3136, 512))
    model.add_module("relu3", nn.ReLU())
    model.add_module("fc2", nn.Linear(512, 10))
    model.load_state_dict({name: torch.from_numpy(np.array(array)) for (name, _), array in zip(SHAPES, arrays)})
    return model


def train(arrays: list[np.ndarray], folder: str, epochs: int, batch: int, rate: float, seed: int):
    """Plain SGD over the client's examples. Returns the new weights and the number of examples."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model, (images, labels) = build_model(arrays), read_examples(folder, "train")
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(epochs):
        order = torch.randperm(len(labels))
        for start in range(0, len(labels), batch):
            chosen = order[start:start + batch]
            optimizer.zero_grad()
            loss_of(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
    state = model.state_dict()
    return [state[name].numpy() for name, _ in SHAPES], len(labels)


def accuracy(arrays: list[np.ndarray], folder: str) -> float:
    """Share of the test set that is classified rightly."""
    import torch

    model, (images, labels) = build_model(arrays), read_examples(folder, "t10k")
    with torch.no_grad():
        right = sum(
            (model(images[at:at + 1000]).argmax(1) == labels[at:at + 1000]).sum().item()
            for at in range(0, len(labels), 1000)
        )
    return right / len(labels)
