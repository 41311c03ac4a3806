# SPDX-License-Identifier: BSL-1.0
"""The models of bench/fit in plain JAX, Adam by hand: by_jax.py mlp|lstm step|epoch. What is compiled is the step of a
batch, or a whole epoch as a scan over its batches."""
import time

start = time.perf_counter()
import functools
import json
import sys

import jax
import jax.numpy as jnp
import numpy as np

from data import made_up


def glorot(key, rows, columns):
    limit = (6 / (rows + columns)) ** 0.5
    return jax.random.uniform(key, (rows, columns), minval=-limit, maxval=limit)


def dense(key, rows, columns):
    return {"kernel": glorot(key, rows, columns), "bias": jnp.zeros(columns)}


def applied(layer, x):
    return x @ layer["kernel"] + layer["bias"]


def mlp(w, x):
    return applied(w["out"], jax.nn.relu(applied(w["hidden"], x)))


def lstm(w, x):
    """One product computes the inputs of all steps."""
    of_inputs = jnp.swapaxes(applied(w["state"], x), 0, 1)

    def step(state, z):
        h, c = state
        i, f, g, o = jnp.split(z + h @ w["recurrent"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zero = jnp.zeros((x.shape[0], 64))
    return applied(w["out"], jax.lax.scan(step, (zero, zero), of_inputs)[0][0])


keys = jax.random.split(jax.random.key(1), 3)
MODELS = {
    "mlp": (mlp, (784,), lambda: {"hidden": dense(keys[0], 784, 128), "out": dense(keys[1], 128, 10)}, 12800, 8),
    "lstm": (lstm, (28, 28), lambda: {
        "state": {"kernel": glorot(keys[0], 28, 256), "bias": jnp.zeros(256).at[64:128].set(1)},  # forget gates begin open
        "recurrent": jax.nn.initializers.orthogonal()(keys[1], (64, 256)), "out": dense(keys[2], 64, 10)}, 2560, 6),
}
name, unit = sys.argv[1:3]
model, shape, weights, samples, epochs = MODELS[name]
x, y = map(jnp.asarray, made_up(shape, samples))


def loss_of(w, x, y):
    log_probabilities = jax.nn.log_softmax(model(w, x))
    return -jnp.mean(jnp.take_along_axis(log_probabilities, y[:, None], 1))


def adam(w, m, v, dw, t, rate=1e-3, b1=0.9, b2=0.999, epsilon=1e-7):
    each = jax.tree.map
    m = each(lambda m, d: b1 * m + (1 - b1) * d, m, dw)
    v = each(lambda v, d: b2 * v + (1 - b2) * d * d, v, dw)
    rate = rate * jnp.sqrt(1 - b2**t) / (1 - b1**t)
    return each(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + epsilon), w, m, v), m, v


def stepped(state, x, y):
    w, m, v, t = state
    loss, dw = jax.value_and_grad(loss_of)(w, x, y)
    return (*adam(w, m, v, dw, t + 1), t + 1), loss


@functools.partial(jax.jit, donate_argnums=0)
def step(state, x, y, batch):
    return stepped(state, x[batch], y[batch])


@functools.partial(jax.jit, donate_argnums=0)
def scanned(state, x, y, order):
    state, losses = jax.lax.scan(lambda state, batch: stepped(state, x[batch], y[batch]), state, order)
    return state, jnp.mean(losses)


def epoch(state):
    order = np.random.permutation(samples).astype("int32").reshape(-1, 128)
    if unit == "epoch":
        state, loss = scanned(state, x, y, order)
        return state, float(loss)
    losses = []
    for batch in order:
        state, loss = step(state, x, y, batch)
        losses.append(loss)
    return state, float(jnp.mean(jnp.stack(losses)))


w = weights()
zeros = lambda: jax.tree.map(jnp.zeros_like, w)
state = (w, zeros(), zeros(), jnp.float32(0))
times, losses = [], []
for e in range(epochs):
    begin = time.perf_counter()
    state, loss = epoch(state)
    losses.append(loss)
    times.append(time.perf_counter() - (begin if e else start))
predict = jax.jit(model)
one, calls = x[:1], []
for _ in range(205):
    begin = time.perf_counter()
    predict(state[0], one).block_until_ready()
    calls.append(time.perf_counter() - begin)
print(json.dumps({"peer": f"JAX {jax.__version__} by hand, a function a{'n' if unit == 'epoch' else ''} {unit}", "model": name,
                  "first": times[0], "epoch": float(np.median(times[1:])), "predict": float(np.median(calls[4:])),
                  "loss": [losses[0], losses[-1]]}))
