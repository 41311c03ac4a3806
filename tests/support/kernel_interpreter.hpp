// SPDX-License-Identifier: BSL-1.0
// A kernel whose instructions are interpreted one element at a time, by the reference's formulas.
#pragma once
#include "arrays.hpp"

#include <telar/kernels/descriptor.hpp>

#include <cstddef>

namespace support {

/// The elements of a type that lie in memory.
array array_from(telar::dtype t, const telar::shape& extents, const std::byte* bytes);
/// Runs the kernel of these arguments.
void run_kernel(const telar::ir::kernels::kernel_arguments& a);

}  // namespace support
