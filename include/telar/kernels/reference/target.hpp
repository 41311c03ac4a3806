// SPDX-License-Identifier: BSL-1.0
// The reference as a target: one element after the other, on any machine.
#pragma once
#include <telar/graph/target.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

inline constexpr target reference_target{
    .name = "reference",
    .products = {.has_chains = true},
    .memory = {.alignment = 16},
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
