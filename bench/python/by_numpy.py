# SPDX-License-Identifier: BSL-1.0
"""The workloads in NumPy: no array is made in a call, each operation writes where there is room."""
import numpy as np

from workloads import BETA1, BETA2, CHAIN, EPSILON, LAYER_NORM_EPSILON, RATE, Variant, moved

name = f"NumPy {np.__version__}"
f = np.float32


def facts():
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}"


def line(n, a, x, b):
    y = np.empty_like(x)

    def call():
        np.multiply(a, x, out=y)
        np.add(y, b, out=y)
        np.maximum(y, f(0), out=y)

    return [Variant(name, call, lambda: [y])]


def chain(n, x):
    a, b, c, d = map(f, CHAIN)
    y, t = np.empty_like(x), np.empty_like(x)

    def call():
        np.multiply(x, -a, out=y)
        np.subtract(y, b, out=y)
        np.exp(y, out=y)
        np.add(y, f(1), out=y)
        np.divide(c, y, out=y)
        np.multiply(x, x, out=t)
        np.negative(t, out=t)
        np.exp(t, out=t)
        np.add(y, t, out=y)
        np.tanh(y, out=y)
        np.multiply(y, d, out=y)
        np.subtract(y, x, out=y)
        np.maximum(y, f(0), out=y)

    return [Variant(name, call, lambda: [y])]


def softmax_into(x, y, column):
    np.max(x, axis=1, keepdims=True, out=column)
    np.subtract(x, column, out=y)
    np.exp(y, out=y)
    np.sum(y, axis=1, keepdims=True, out=column)


def softmax(rows, columns, x):
    y, column = np.empty_like(x), np.empty((rows, 1), f)

    def call():
        softmax_into(x, y, column)
        np.divide(y, column, out=y)

    return [Variant(name, call, lambda: [y])]


def layer_norm(rows, columns, x, gamma, beta):
    y, t = np.empty_like(x), np.empty_like(x)
    column = np.empty((rows, 1), f)

    def call():
        np.mean(x, axis=1, keepdims=True, out=column)
        np.subtract(x, column, out=y)
        np.multiply(y, y, out=t)
        np.mean(t, axis=1, keepdims=True, out=column)
        np.add(column, f(LAYER_NORM_EPSILON), out=column)
        np.sqrt(column, out=column)
        np.divide(y, column, out=y)
        np.multiply(y, gamma, out=y)
        np.add(y, beta, out=y)

    return [Variant(name, call, lambda: [y])]


def cross_entropy_into(z, labels, gradient, column, all_rows):
    """Writes the gradient, and returns the mean loss."""
    at_label = z[all_rows, labels] - z.max(axis=1)
    softmax_into(z, gradient, column)
    loss = float((np.log(column[:, 0]) - at_label).mean())
    np.multiply(column, f(len(z)), out=column)
    np.divide(gradient, column, out=gradient)
    gradient[all_rows, labels] -= f(1 / len(z))
    return loss


def cross_entropy(rows, columns, z, labels):
    gradient, column, all_rows = np.empty_like(z), np.empty((rows, 1), f), np.arange(rows)
    value = 0.0

    def call():
        nonlocal value
        value = cross_entropy_into(z, labels, gradient, column, all_rows)

    return [Variant(name, call, lambda: [value, gradient])]


def attention(batch, heads, queries, keys, depth, causal, q, k, v):
    turned = np.ascontiguousarray(k.swapaxes(-1, -2)) if queries > 1 else k.swapaxes(-1, -2)
    s, y = np.empty((batch, heads, queries, keys), f), np.empty_like(q)
    column, later = np.empty((batch, heads, queries, 1), f), ~np.tri(queries, keys, dtype=bool)
    scale = f(1 / np.sqrt(depth))

    def call():
        np.matmul(q, turned, out=s)
        np.multiply(s, scale, out=s)
        if causal:
            np.copyto(s, f(-np.inf), where=later)
        np.max(s, axis=-1, keepdims=True, out=column)
        np.subtract(s, column, out=s)
        np.exp(s, out=s)
        np.sum(s, axis=-1, keepdims=True, out=column)
        np.divide(s, column, out=s)
        np.matmul(s, v, out=y)

    return [Variant(name, call, lambda: [y])]


def product(m, n, k, a, b):
    c = np.empty((m, n), f)
    return [Variant(name, lambda: np.matmul(a, b, out=c), lambda: [c])]


def mlp(batch, optimizer, x, labels, *start):
    parameters = w1, b1, w2, b2 = [p.copy() for p in start]
    g1, gb1, g2, gb2 = gradients = [np.empty_like(p) for p in start]
    moments = [np.zeros_like(p) for p in start]
    squares = [np.zeros_like(p) for p in start]
    work = [np.empty_like(p) for p in start]
    h, dh, mask = np.empty((batch, len(b1)), f), np.empty((batch, len(b1)), f), np.empty((batch, len(b1)), bool)
    z, dz = np.empty((batch, len(b2)), f), np.empty((batch, len(b2)), f)
    column, all_rows = np.empty((batch, 1), f), np.arange(batch)
    loss, t = 0.0, 0

    def forward_and_back():
        nonlocal loss
        np.matmul(x, w1, out=h)
        np.add(h, b1, out=h)
        np.maximum(h, f(0), out=h)
        np.matmul(h, w2, out=z)
        np.add(z, b2, out=z)
        loss = cross_entropy_into(z, labels, dz, column, all_rows)
        np.matmul(dz, w2.T, out=dh)
        np.greater(h, f(0), out=mask)
        np.multiply(dh, mask, out=dh)
        np.matmul(x.T, dh, out=g1)
        np.sum(dh, axis=0, out=gb1)
        np.matmul(h.T, dz, out=g2)
        np.sum(dz, axis=0, out=gb2)

    def sgd():
        forward_and_back()
        for p, g in zip(parameters, gradients):
            np.multiply(g, f(RATE), out=g)
            np.subtract(p, g, out=p)

    def adam():
        nonlocal t
        forward_and_back()
        t += 1
        corrected = f(RATE * (1 - BETA2**t) ** 0.5 / (1 - BETA1**t))
        for p, g, m, v, w in zip(parameters, gradients, moments, squares, work):
            np.multiply(m, f(BETA1), out=m)
            np.multiply(g, f(1 - BETA1), out=w)
            np.add(m, w, out=m)
            np.multiply(v, f(BETA2), out=v)
            np.multiply(g, g, out=g)
            np.multiply(g, f(1 - BETA2), out=g)
            np.add(v, g, out=v)
            np.sqrt(v, out=w)
            np.add(w, f(EPSILON), out=w)
            np.divide(m, w, out=w)
            np.multiply(w, corrected, out=w)
            np.subtract(p, w, out=p)

    return [Variant(name, sgd if optimizer == "SGD" else adam, lambda: moved(loss, start, parameters))]
