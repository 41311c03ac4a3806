# SPDX-License-Identifier: BSL-1.0
"""What Keras computes: losses and gradients of whole models, and how their losses fall.

Writes tensorflow.safetensors beside this file; the tests of this folder hold telar to it. Weights, images and labels
are formulas, which programs.hpp has too, so that only what came out is stored. All is computed in float64. Of a model:

    model/losses         the loss before each step of an optimiser of Keras'
    model/gradient<i>    d loss / d weight i, in the order in which they are made; of large ones every n-th element
    model/norms          the length of each whole gradient

Needs the packages tensorflow and numpy.
"""
import os

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import json
import pathlib
import struct

import keras
import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.config.set_floatx("float64")

STEPS = 24
arrays = {}


# ---------------------------------------------------------------- the formulas
def hashed(seed, shape):
    """Irregular whole numbers below 2^24, the same in every language."""
    h = (np.arange(np.prod(shape, dtype=int), dtype=np.uint32) + np.uint32(7919 * seed)) * np.uint32(2654435761)
    h = (h ^ h >> 15) * np.uint32(0x2C1B3C6D)
    h = (h ^ h >> 12) * np.uint32(0x297A2D39)
    return ((h ^ h >> 15) >> 8).reshape(shape)


def between_ones(seed, shape):
    return (hashed(seed, shape) * np.float32(2**-23) - 1).astype(np.float32)


def weight(seed, shape):
    """Vectors lie around 1/2; others have variance 1 / fan-in."""
    u = between_ones(seed, shape)
    if len(shape) == 1:
        return np.float32(0.5) + u * np.float32(0.25)
    return u * np.float32(np.sqrt(3 / np.prod(shape[:-1])))


def below(count, seed, shape):
    return (hashed(seed, shape) % count).astype(np.int32)


# ---------------------------------------------------------------- a model
def sampled(x):
    """All of a small array; of a large one every n-th element, 512 to 1024 of them."""
    flat = np.ravel(x)
    return flat[:: max(1, flat.size // 512)]


def record(name, model, variables, loss, optimizer):
    """Gives the model its weights, and keeps the loss, its gradients, and the losses of a training."""
    for i, v in enumerate(variables):
        v.assign(weight(i, v.shape))
    losses = []
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            value = loss(model)
        gradients = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(value, [v.value for v in variables])]
        if step == 0:
            for i, g in enumerate(gradients):
                arrays[f"{name}/gradient{i}"] = sampled(g)
            arrays[f"{name}/norms"] = np.array([np.linalg.norm(g) for g in gradients])
        losses.append(value.numpy())
        optimizer.apply([tf.constant(g) for g in gradients], variables)
    arrays[f"{name}/losses"] = np.array(losses)
    print(f"{name}: {len(variables)} weights of {sum(int(np.prod(v.shape)) for v in variables)} numbers,",
          f"loss {losses[0]:.4f} -> {losses[-1]:.4f};", *(f"{v.path}{tuple(v.shape)}" for v in variables))


def cross_entropy(labels, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


# ---------------------------------------------------------------- the models
def lenet():
    """LeCun, Bottou, Bengio and Haffner, 1998, with rectifiers and the largest of each window."""
    layers = keras.layers
    model = keras.Sequential([
        layers.Input((28, 28, 1)),
        layers.Conv2D(6, 5, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10)])
    images, labels = between_ones(1000, (4, 28, 28, 1)), below(10, 1001, (4,))
    loss = lambda m: tf.reduce_mean(cross_entropy(labels, m(images, training=True)))
    record("lenet", model, model.trainable_variables, loss, keras.optimizers.Adam(1e-3))


def residual():
    """He, Zhang, Ren and Sun, arXiv:1512.03385: a block that halves the image, then one that adds to it."""
    layers, made = keras.layers, []

    def normalised(x, channels, size, steps=1):
        made.append(layers.Conv2D(channels, size, steps, padding="same", use_bias=False))
        made.append(layers.BatchNormalization())
        return made[-1](made[-2](x))

    def block(x, channels, steps):
        y = layers.ReLU()(normalised(x, channels, 3, steps))
        y = normalised(y, channels, 3)
        if steps > 1:
            x = normalised(x, channels, 1, steps)
        return layers.ReLU()(layers.Add()([x, y]))

    x = images = layers.Input((9, 9, 3))
    x = block(x, 8, 2)
    x = block(x, 8, 1)
    made.append(layers.Dense(10))
    model = keras.Model(images, made[-1](layers.GlobalAveragePooling2D()(x)))
    weights = [v for layer in made for v in layer.trainable_variables]
    images, labels = between_ones(1000, (5, 9, 9, 3)), below(10, 1001, (5,))
    loss = lambda m: tf.reduce_mean(cross_entropy(labels, m(images, training=True)))
    record("residual", model, weights, loss, keras.optimizers.Adam(1e-2))


def encoder():
    """Vaswani and others, arXiv:1706.03762; each part begins with a norm. Masks: what comes later, and padding."""
    layers = keras.layers
    vocabulary, length, width, heads, inner = 13, 7, 8, 2, 16
    angles = np.arange(length)[:, None] / 10000 ** (2 * np.arange(width // 2) / width)
    positions = np.concatenate([np.sin(angles), np.cos(angles)], -1)

    x = tokens = layers.Input((length,), dtype="int32")
    seen = keras.Input((1, length), dtype="bool")
    x = layers.Embedding(vocabulary, width)(x) + positions
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-3)(x)
        attention = layers.MultiHeadAttention(heads, width // heads, use_bias=False)
        x = x + attention(y, y, attention_mask=seen, use_causal_mask=True)
        y = layers.LayerNormalization(epsilon=1e-3)(x)
        x = x + layers.Dense(width)(layers.Dense(inner, activation="gelu")(y))
    logits = layers.Dense(vocabulary)(layers.LayerNormalization(epsilon=1e-3)(x))
    model = keras.Model([tokens, seen], logits)

    tokens, labels = 1 + below(vocabulary - 1, 1000, (3, length)), below(vocabulary, 1001, (3, length))
    tokens[1, 4:] = 0
    tokens[2, 6:] = 0
    is_there = tokens != 0

    def loss(m):
        each = cross_entropy(labels, m([tokens, is_there[:, None, :]], training=True))
        return tf.reduce_sum(each * is_there) / np.sum(is_there)

    record("encoder", model, model.trainable_variables, loss, keras.optimizers.SGD(1.0))


def classifier():
    """An LSTM reads tokens; its last state says which of three kinds the sentence is."""
    layers = keras.layers
    model = keras.Sequential([
        layers.Input((7,), dtype="int32"),
        layers.Embedding(13, 6), layers.LSTM(8), layers.Dense(3)])
    tokens, labels = below(13, 1000, (5, 7)), below(3, 1001, (5,))
    loss = lambda m: tf.reduce_mean(cross_entropy(labels, m(tokens, training=True)))
    record("classifier", model, model.trainable_variables, loss, keras.optimizers.Adam(2e-2))


# ---------------------------------------------------------------- the file
def write(path):
    header, data = {}, b""
    for name in sorted(arrays):
        a = np.ascontiguousarray(arrays[name], np.float32)
        header[name] = {"dtype": "F32", "shape": list(a.shape), "data_offsets": [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.name}: {len(arrays)} arrays, {path.stat().st_size} bytes")


lenet()
residual()
encoder()
classifier()
write(pathlib.Path(__file__).with_name("tensorflow.safetensors"))
