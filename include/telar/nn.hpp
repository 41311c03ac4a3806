// SPDX-License-Identifier: BSL-1.0
// nn: layers and models on top of expressions and functions.
#pragma once
#include <telar/nn/mode.hpp>
