// SPDX-License-Identifier: BSL-1.0
#define BATCH 128
#include "mnist_step.hpp"
