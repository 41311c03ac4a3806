// SPDX-License-Identifier: BSL-1.0
// Elementary functions of a register of floats or doubles. NaN, infinities and signed zeros go as in NumPy; no scalar
// loops, but for sin, cos and tan of angles beyond angle_limit, and floor_mod where the quotient has more digits than
// the type.
#pragma once
#include <telar/kernels/cpu/error_function.hpp>
#include <telar/kernels/cpu/exponential.hpp>
#include <telar/kernels/cpu/gamma.hpp>
#include <telar/kernels/cpu/logarithm.hpp>
#include <telar/kernels/cpu/power.hpp>
#include <telar/kernels/cpu/remainder.hpp>
#include <telar/kernels/cpu/trigonometric.hpp>
