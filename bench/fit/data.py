# SPDX-License-Identifier: BSL-1.0
"""The data of bench/fit, as fill() of fit.hpp makes them up."""
import numpy as np


def made_up(shape, samples):
    width = int(np.prod(shape))
    x = (np.arange(samples * width) * 37 % 101 / 101).astype("float32").reshape(samples, width)
    y = (np.arange(samples) * 7 % 10).astype("int32")
    for n in range(samples):
        first = y[n] * width // 10
        x[n, first : first + width // 10] += 1
    return x.reshape(samples, *shape), y
