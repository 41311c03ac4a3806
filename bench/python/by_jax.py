# SPDX-License-Identifier: BSL-1.0
"""The workloads in JAX: one jitted function each, which gets the memory of its last result for the next one."""
import jax
import jax.numpy as jnp
import jaxlib

from workloads import BETA1, BETA2, CHAIN, EPSILON, LAYER_NORM_EPSILON, RATE, Variant, moved

jax.config.update("jax_platforms", "cpu")
# A call computes before it returns. Queued instead, it would cost the same core the queue as well.
jax.config.update("jax_cpu_enable_async_dispatch", False)
name = f"JAX {jax.__version__}"


def facts():
    return f"jaxlib {jaxlib.__version__}, XLA for this processor"


def variant(function, *operands):
    """Calls function(*operands): a list of arrays, whose memory the next call may write to."""
    operands = [jnp.asarray(x) for x in operands]
    jitted = jax.jit(lambda old, *operands: function(*operands), donate_argnums=0, keep_unused=True)
    result = [jnp.zeros(x.shape, x.dtype) for x in jax.eval_shape(function, *operands)]

    def call():
        nonlocal result
        result = jitted(result, *operands)

    return [Variant(name, call, lambda: result, lambda: jax.block_until_ready(result))]


def line(n, a, x, b):
    return variant(lambda a, x, b: [jax.nn.relu(a * x + b)], a, x, b)


def chain(n, x):
    a, b, c, d = CHAIN
    return variant(lambda x: [jax.nn.relu(jnp.tanh(jax.nn.sigmoid(x * a + b) * c + jnp.exp(-x * x)) * d - x)], x)


def softmax(rows, columns, x):
    return variant(lambda x: [jax.nn.softmax(x, axis=1)], x)


def layer_norm(rows, columns, x, gamma, beta):
    def function(x, gamma, beta):
        centred = x - jnp.mean(x, axis=1, keepdims=True)
        variance = jnp.mean(centred * centred, axis=1, keepdims=True)
        return [centred * jax.lax.rsqrt(variance + LAYER_NORM_EPSILON) * gamma + beta]

    return variant(function, x, gamma, beta)


def mean_loss(z, labels):
    at_label = jnp.take_along_axis(z, labels[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - at_label)  # log_softmax takes twice as long on wide rows


def cross_entropy(rows, columns, z, labels):
    return variant(lambda z, labels: list(jax.value_and_grad(mean_loss)(z, labels)), z, labels)


def attention(batch, heads, queries, keys, depth, causal, q, k, v):
    def function(q, k, v):
        scores = q @ k.swapaxes(-1, -2) / depth**0.5
        if causal:
            scores = jnp.where(jnp.tri(queries, keys, dtype=bool), scores, -jnp.inf)
        return [jax.nn.softmax(scores, axis=-1) @ v]

    return variant(function, q, k, v)


def product(m, n, k, a, b):
    return variant(lambda a, b: [a @ b], a, b)


def loss_of(parameters, x, labels):
    w1, b1, w2, b2 = parameters
    return mean_loss(jax.nn.relu(x @ w1 + b1) @ w2 + b2, labels)


def sgd_step(state, x, labels):
    [parameters] = state
    loss, gradients = jax.value_and_grad(loss_of)(parameters, x, labels)
    return [[p - RATE * g for p, g in zip(parameters, gradients)]], loss


def adam_step(state, x, labels):
    parameters, m, v, t = state
    loss, gradients = jax.value_and_grad(loss_of)(parameters, x, labels)
    t = t + 1
    corrected = RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    m = [BETA1 * m_ + (1 - BETA1) * g for m_, g in zip(m, gradients)]
    v = [BETA2 * v_ + (1 - BETA2) * g * g for v_, g in zip(v, gradients)]
    return [[p - corrected * m_ / (jnp.sqrt(v_) + EPSILON) for p, m_, v_ in zip(parameters, m, v)], m, v, t], loss


def mlp(batch, optimizer, x, labels, *start):
    x, labels = jnp.asarray(x), jnp.asarray(labels)
    arrays = lambda: [jnp.array(p) for p in start]
    zeros = lambda: [jnp.zeros(p.shape) for p in start]
    if optimizer == "SGD":
        step, state = sgd_step, [arrays()]
    else:
        step, state = adam_step, [arrays(), zeros(), zeros(), jnp.zeros(())]
    jitted = jax.jit(step, donate_argnums=0)
    loss = None

    def call():
        nonlocal state, loss
        state, loss = jitted(state, x, labels)

    return [Variant(name, call, lambda: moved(loss, start, state[0]), lambda: jax.block_until_ready(state))]
