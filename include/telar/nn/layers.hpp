// SPDX-License-Identifier: BSL-1.0
// The layers, by Keras' names and defaults.
#pragma once
#include <telar/nn/layers/core.hpp>
