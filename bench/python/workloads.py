# SPDX-License-Identifier: BSL-1.0
"""What the Python peers are timed with: the rows of bench/run_time that they can do, by the same names and at the same
sizes, so that the C++ programs find them by --filter. Here are the operands and what must come out, as plain NumPy in
float64; how each peer does it stands in by_<peer>.py, in functions of the same names as the kinds below."""
from dataclasses import dataclass
from typing import Callable

import numpy as np

RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-7  # of SGD and Adam
LAYER_NORM_EPSILON = 1e-5
CHAIN = 0.9, 0.1, 1.1, 1.5
INPUTS, HIDDEN, CLASSES = 784, 128, 10
STEPS_COMPARED = 3


@dataclass
class Variant:
    """One way to do the work: call() once, wait() until all calls are done, result() of the last one."""

    name: str
    call: Callable[[], None]
    result: Callable[[], list]
    wait: Callable[[], None] = lambda: None


@dataclass
class Workload:
    program: str  # of bench/run_time
    name: str
    size: str
    kind: str  # the function of a peer
    shape: tuple
    relative: float  # |got - expected| <= absolute + relative |expected|
    absolute: float
    calls_compared: int = 1

    def operands(self):
        return globals()[self.kind + "_operands"](*self.shape)

    def expected(self, operands, **how):
        wide = [x.astype(np.float64) if x.dtype == np.float32 else x for x in operands]
        return globals()[self.kind](*self.shape, *wide, **how)


def numbers(seed, low, high, *shape):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


# ---- relu(a x + b)
def line_operands(n):
    return [numbers(seed, -1, 1, n) for seed in (1, 2, 3)]


def line(n, a, x, b):
    return [np.maximum(a * x + b, 0)]


# ---- twelve operations
def chain_operands(n):
    return [numbers(4, -2, 2, n)]


def chain(n, x):
    a, b, c, d = CHAIN
    return [np.maximum(np.tanh(c / (1 + np.exp(-(x * a + b))) + np.exp(-x * x)) * d - x, 0)]


# ---- rows
def softmax_operands(rows, columns):
    return [numbers(1, -4, 4, rows, columns)]


def softmax(rows, columns, x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return [e / e.sum(axis=1, keepdims=True)]


def layer_norm_operands(rows, columns):
    return [numbers(2, -1, 3, rows, columns), numbers(3, -1, 1, columns), numbers(4, -1, 1, columns)]


def layer_norm(rows, columns, x, gamma, beta):
    centred = x - x.mean(axis=1, keepdims=True)
    return [centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + LAYER_NORM_EPSILON) * gamma + beta]


def cross_entropy_operands(rows, columns):
    return [numbers(6, -4, 4, rows, columns), (np.arange(rows) * 7 % columns).astype(np.int32)]


def cross_entropy(rows, columns, z, labels):
    """The mean of -log softmax(z)[label], and its gradient by z."""
    p = softmax(rows, columns, z)[0]
    at = np.arange(rows), labels
    value = -np.log(p[at]).mean()
    p[at] -= 1
    return [value, p / rows]


# ---- matrix product
def product_operands(m, n, k):
    return [numbers(1, -1, 1, m, k), numbers(2, -1, 1, k, n)]


def product(m, n, k, a, b):
    return [a @ b]


# ---- softmax(q k^T / sqrt(depth)) v
def attention_operands(batch, heads, queries, keys, depth, causal):
    return [numbers(seed, -1, 1, batch, heads, rows, depth) for seed, rows in ((1, queries), (2, keys), (3, keys))]


def attention(batch, heads, queries, keys, depth, causal, q, k, v):
    """Causal: query i sees keys 0, ..., i."""
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(depth)
    if causal:
        scores = np.where(np.tri(queries, keys, dtype=bool), scores, -np.inf)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return [e / e.sum(axis=-1, keepdims=True) @ v]


# ---- one training step of a perceptron
def mlp_operands(batch, optimizer):
    """Images, labels, and the parameters W1 (784,128), b1, W2 (128,10), b2."""
    i = np.arange(batch)
    return [
        numbers(5, 0, 1, batch, INPUTS),
        ((i * 7 + i // 3) % CLASSES).astype(np.int32),
        numbers(1, -0.08, 0.08, INPUTS, HIDDEN),
        np.zeros(HIDDEN, np.float32),
        numbers(2, -0.2, 0.2, HIDDEN, CLASSES),
        np.zeros(CLASSES, np.float32),
    ]


def mlp(batch, optimizer, x, labels, *parameters, epsilon_after_correction=False):
    """The last loss, and by how many learning rates each parameter has moved: what a step did, not what was there.

    Adam divides by sqrt(v) + epsilon and corrects both moments after that, or, as PyTorch does, corrects before."""
    start = parameters
    m = [np.zeros_like(p) for p in parameters]
    v = [np.zeros_like(p) for p in parameters]
    for t in range(1, STEPS_COMPARED + 1):
        w1, b1, w2, b2 = parameters
        h = np.maximum(x @ w1 + b1, 0)
        loss, dz = cross_entropy(batch, CLASSES, h @ w2 + b2, labels)
        dh = np.where(h > 0, dz @ w2.T, 0)
        gradients = [x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)]
        if optimizer == "SGD":
            parameters = [p - RATE * g for p, g in zip(parameters, gradients)]
            continue
        m = [BETA1 * m_ + (1 - BETA1) * g for m_, g in zip(m, gradients)]
        v = [BETA2 * v_ + (1 - BETA2) * g * g for v_, g in zip(v, gradients)]
        c1, c2 = 1 - BETA1**t, np.sqrt(1 - BETA2**t)
        epsilon = EPSILON * (c2 if epsilon_after_correction else 1)
        parameters = [p - RATE * c2 / c1 * m_ / (np.sqrt(v_) + epsilon) for p, m_, v_ in zip(parameters, m, v)]
    return moved(loss, start, parameters)


def moved(loss, start, parameters):
    wide = lambda p: np.asarray(p, np.float64)
    return [wide(loss)] + [(wide(p) - wide(s)) / RATE for s, p in zip(start, parameters)]


# ---- all of them
LENGTHS = {"1e3": 1_000, "1e5": 100_000, "1e7": 10_000_000}
PRODUCTS = [(n, n, n) for n in (256, 512, 1024, 2048)] + [(m, 128, 784) for m in (1, 8, 32, 128)]
ATTENTIONS = [(1, 8, 128, 128, 64), (1, 8, 512, 512, 64), (4, 8, 64, 64, 32), (1, 8, 1, 1024, 64)]
ALL = (
    [Workload("elementwise", "relu(a * x + b)", size, "line", (n,), 1e-5, 1e-6) for size, n in LENGTHS.items()]
    + [Workload("elementwise", "chain of 12", size, "chain", (n,), 1e-5, 2e-6) for size, n in LENGTHS.items()]
    + [Workload("rows", "softmax of rows", "256x1000", "softmax", (256, 1000), 1e-5, 1e-7)]
    + [Workload("rows", "layer norm", "256x768", "layer_norm", (256, 768), 1e-5, 2e-6)]
    + [
        Workload("rows", "cross-entropy, value and gradient", f"{r}x{c}", "cross_entropy", (r, c), 1e-4, 1e-8)
        for r, c in ((128, 10), (256, 1000))
    ]
    + [
        Workload("gemm", "matrix product", f"{m}x{n}x{k}", "product", (m, n, k), 1e-4, 2e-7 * k + 1e-6)
        for m, n, k in PRODUCTS
    ]
    + [
        Workload("attention", "attention, causal" if causal else "attention", "x".join(map(str, s)), "attention",
                 (*s, causal), 1e-4, 1e-5)
        for causal in (False, True)
        for s in ATTENTIONS
        if not causal or s[2] == s[3]
    ]
    + [
        # In learning rates. Float32 has weights to 4e-9, which is 4e-6 rates a step; the rest is left to gradients near
        # Adam's epsilon, where a rounding error in them moves a weight by a part of a rate.
        Workload("mlp", f"MLP 784-128-10 step, {optimizer}", f"batch {batch}", "mlp", (batch, optimizer), 1e-3,
                 5e-5 if optimizer == "SGD" else 2e-2, STEPS_COMPARED)
        for optimizer in ("SGD", "Adam")
        for batch in (32, 128)
    ]
)
