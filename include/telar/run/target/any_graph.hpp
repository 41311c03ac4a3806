// SPDX-License-Identifier: BSL-1.0
// The target of graphs that are made at run time.
#pragma once
#include <telar/kernels/cpu/interpreted/any_kernels.hpp>

namespace telar::inline TELAR_ABI::runtime::chosen {

using kernels::cpu::interpreted::any_kernels;

}  // namespace telar::inline TELAR_ABI::runtime::chosen
