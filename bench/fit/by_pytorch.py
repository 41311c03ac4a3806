# SPDX-License-Identifier: BSL-1.0
"""The models of bench/fit by PyTorch, compiled: by_pytorch.py mlp|cnn|lstm|encoder. An epoch is a plain loop over
batches, without what Keras' fit does beside."""
import time

start = time.perf_counter()
import json
import os
import sys

import numpy as np
import torch
from torch import nn

from data import made_up

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.state = nn.LSTM(28, 64, batch_first=True)

    def forward(self, x):
        return self.state(x)[0][:, -1]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.between = nn.LayerNorm(64), nn.LayerNorm(64)
        self.attention = nn.MultiheadAttention(64, 4, batch_first=True)
        self.up, self.down = nn.Linear(64, 256), nn.Linear(256, 64)

    def forward(self, x):
        n = self.before(x)
        x = x + self.attention(n, n, n, need_weights=False)[0]
        return x + self.down(nn.functional.gelu(self.up(self.between(x))))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


MODELS = {
    "mlp": ((784,), lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), 12800, 8),
    "cnn": ((1, 28, 28), lambda: nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3),
                                               nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10)), 1280, 5),
    "lstm": ((28, 28), lambda: nn.Sequential(Last(), nn.Linear(64, 10)), 2560, 6),
    "encoder": ((32, 64), lambda: nn.Sequential(Block(), Block(), Mean(), nn.Linear(64, 10)), 1280, 5),
}
name = sys.argv[1]
shape, make, samples, epochs = MODELS[name]
x, y = map(torch.from_numpy, made_up(shape, samples))
y = y.long()
model = make()
optimizer = torch.optim.Adam(model.parameters(), fused=True)


@torch.compile
def loss_of(x, y):
    return nn.functional.cross_entropy(model(x), y)


def epoch():
    total = 0.0
    order = torch.randperm(samples)
    for i in range(0, samples, 128):
        batch = order[i : i + 128]
        loss = loss_of(x[batch], y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() / (samples / 128)
    return total


times, losses = [], []
for e in range(epochs):
    begin = time.perf_counter()
    losses.append(epoch())
    times.append(time.perf_counter() - (begin if e else start))
model.eval()
predict = torch.compile(model)
one, calls = x[:1], []
with torch.inference_mode():
    for _ in range(205):
        begin = time.perf_counter()
        predict(one)
        calls.append(time.perf_counter() - begin)
print(json.dumps({"peer": f"PyTorch {torch.__version__.split('+')[0]}, compiled", "model": name, "first": times[0],
                  "epoch": float(np.median(times[1:])), "predict": float(np.median(calls[4:])),
                  "loss": [losses[0], losses[-1]]}))
