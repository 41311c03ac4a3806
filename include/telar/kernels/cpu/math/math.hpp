// SPDX-License-Identifier: BSL-1.0
// Elementary functions of a register of floats or doubles. NaN, infinities and signed zeros go as in NumPy; no scalar
// loops, but for sin, cos and tan of angles beyond angle_limit, and floor_mod where the quotient has more digits than
// the type.
#pragma once
#include <telar/kernels/cpu/math/error_function.hpp>
#include <telar/kernels/cpu/math/exponential.hpp>
#include <telar/kernels/cpu/math/gamma.hpp>
#include <telar/kernels/cpu/math/logarithm.hpp>
#include <telar/kernels/cpu/math/power.hpp>
#include <telar/kernels/cpu/math/remainder.hpp>
#include <telar/kernels/cpu/math/trigonometric.hpp>
