// SPDX-License-Identifier: BSL-1.0
// Optimisers: functions (p, g, state...) -> (p, state...) in the user's notation, with Keras' names, defaults and
// formulas. Hyper-parameters are scalar inputs of the program, so a schedule changes them without compiling anew. They
// are doubles, rounded to the type of the parameters that they are used on: 0.1 is 0.1 in a program of doubles.
#pragma once
#include <telar/run/optimizers/adam.hpp>
#include <telar/run/optimizers/gradient.hpp>
#include <telar/run/optimizers/loss_scale.hpp>
#include <telar/run/optimizers/matrices.hpp>
#include <telar/run/optimizers/multi.hpp>
#include <telar/run/optimizers/options.hpp>
