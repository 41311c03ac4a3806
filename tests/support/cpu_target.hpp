// SPDX-License-Identifier: BSL-1.0
// The target that schedules are made for where a test does not care.
#pragma once
#include <telar/kernels/cpu/target.hpp>

namespace support {

using telar::ir::kernels::cpu::cpu_target;

}  // namespace support
