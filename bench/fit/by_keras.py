# SPDX-License-Identifier: BSL-1.0
"""The models of bench/fit by Keras: KERAS_BACKEND=tensorflow|jax|torch by_keras.py mlp|cnn|lstm|encoder."""
import time

start = time.perf_counter()
import json
import sys

import keras
import numpy as np

from data import made_up

L = keras.layers


def mlp():
    return (784,), [L.Dense(128, "relu"), L.Dense(10)], 12800, 8


def cnn():
    return (28, 28, 1), [L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2), L.Conv2D(64, 3, activation="relu"),
                         L.MaxPooling2D(2), L.Flatten(), L.Dense(10)], 1280, 5


def lstm():
    return (28, 28), [L.LSTM(64), L.Dense(10)], 2560, 6


def encoder():
    return (32, 64), None, 1280, 5


name = sys.argv[1]
shape, layers, samples, epochs = globals()[name]()
x, y = made_up(shape, samples)
inputs = h = L.Input(shape)
if layers is None:
    for _ in range(2):
        n = L.LayerNormalization()(h)
        h = h + L.MultiHeadAttention(4, 16)(n, n)
        h = h + L.Dense(64)(L.Dense(256, "gelu")(L.LayerNormalization()(h)))
    h = L.Dense(10)(L.GlobalAveragePooling1D()(h))
else:
    for layer in layers:
        h = layer(h)
model = keras.Model(inputs, h)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              jit_compile=keras.backend.backend() != "torch")
times, losses = [], []
for epoch in range(epochs):
    begin = time.perf_counter()
    losses.append(model.fit(x, y, batch_size=128, verbose=0).history["loss"][0])
    times.append(time.perf_counter() - (begin if epoch else start))
one, calls = x[:1], []
for _ in range(41):
    begin = time.perf_counter()
    model.predict(one, verbose=0)
    calls.append(time.perf_counter() - begin)
print(json.dumps({"peer": f"Keras, {keras.backend.backend()}", "model": name, "first": times[0],
                  "epoch": float(np.median(times[1:])), "predict": float(np.median(calls)),
                  "loss": [losses[0], losses[-1]]}))
