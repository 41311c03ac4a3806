// SPDX-License-Identifier: BSL-1.0
#define BATCH dyn
#include "mnist_step.hpp"
