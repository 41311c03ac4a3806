# SPDX-License-Identifier: BSL-1.0
"""The workloads in TensorFlow: one function each, compiled by XLA."""
import tensorflow as tf

from workloads import BETA1, BETA2, CHAIN, EPSILON, LAYER_NORM_EPSILON, RATE, Variant, moved

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
name = f"TensorFlow {tf.__version__}, XLA"


def facts():
    return "XLA for this processor"


def variant(function, *operands):
    operands = [tf.constant(x) for x in operands]
    compiled = tf.function(function, jit_compile=True).get_concrete_function(*operands)
    result = None

    def call():
        nonlocal result
        result = compiled(*operands)

    return [Variant(name, call, lambda: [r.numpy() for r in result])]


def line(n, a, x, b):
    return variant(lambda a, x, b: [tf.nn.relu(a * x + b)], a, x, b)


def chain(n, x):
    a, b, c, d = CHAIN
    return variant(lambda x: [tf.nn.relu(tf.tanh(tf.sigmoid(x * a + b) * c + tf.exp(-x * x)) * d - x)], x)


def softmax(rows, columns, x):
    return variant(lambda x: [tf.nn.softmax(x, axis=1)], x)


def layer_norm(rows, columns, x, gamma, beta):
    def function(x, gamma, beta):
        centred = x - tf.reduce_mean(x, axis=1, keepdims=True)
        variance = tf.reduce_mean(centred * centred, axis=1, keepdims=True)
        return [centred * tf.math.rsqrt(variance + LAYER_NORM_EPSILON) * gamma + beta]

    return variant(function, x, gamma, beta)


def mean_loss(z, labels):
    if z.shape[1] > 100:  # faster than the function below on wide rows, slower on narrow ones
        return tf.reduce_mean(tf.reduce_logsumexp(z, axis=1) - tf.gather(z, labels, batch_dims=1))
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, z))


def cross_entropy(rows, columns, z, labels):
    def function(z, labels):
        with tf.GradientTape() as tape:
            tape.watch(z)
            loss = mean_loss(z, labels)
        return [loss, tape.gradient(loss, z)]

    return variant(function, z, labels)


def attention(batch, heads, queries, keys, depth, causal, q, k, v):
    def function(q, k, v):
        scores = tf.matmul(q, k, transpose_b=True) / depth**0.5
        if causal:
            seen = tf.range(queries)[:, tf.newaxis] >= tf.range(keys)[tf.newaxis]
            scores = tf.where(seen, scores, float("-inf"))
        return [tf.matmul(tf.nn.softmax(scores), v)]

    return variant(function, q, k, v)


def product(m, n, k, a, b):
    return variant(lambda a, b: [a @ b], a, b)


def mlp(batch, optimizer, x, labels, *start):
    parameters = w1, b1, w2, b2 = [tf.Variable(p) for p in start]
    moments = [tf.Variable(tf.zeros_like(p)) for p in start]
    squares = [tf.Variable(tf.zeros_like(p)) for p in start]
    steps = tf.Variable(0.0)
    x, labels = tf.constant(x), tf.constant(labels)

    def step(x, labels):
        with tf.GradientTape() as tape:
            loss = mean_loss(tf.nn.relu(x @ w1 + b1) @ w2 + b2, labels)
        gradients = tape.gradient(loss, parameters)
        if optimizer == "SGD":
            for p, g in zip(parameters, gradients):
                p.assign_sub(RATE * g)
            return loss
        t = steps.assign_add(1.0)
        corrected = RATE * tf.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        for p, g, m, v in zip(parameters, gradients, moments, squares):
            m.assign(BETA1 * m + (1 - BETA1) * g)
            v.assign(BETA2 * v + (1 - BETA2) * g * g)
            p.assign_sub(corrected * m / (tf.sqrt(v) + EPSILON))
        return loss

    compiled = tf.function(step, jit_compile=True).get_concrete_function(x, labels)
    loss = None

    def call():
        nonlocal loss
        loss = compiled(x, labels)

    return [Variant(name, call, lambda: moved(loss.numpy(), start, [p.numpy() for p in parameters]))]
