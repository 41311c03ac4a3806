// SPDX-License-Identifier: BSL-1.0
// A machine that exists on paper only: it takes small kernels, knows no chain of products, and says at the end of a run
// what went wrong in it, as a GPU does.
#pragma once
#include <telar/graph/target.hpp>

namespace ledger {

inline constexpr telar::ir::target machine{
    .name = "ledger",
    .most = {.nodes = 4, .instructions = 24, .accesses = 8, .scalars = 4},
    .memory = {.alignment = 16},
    .errors = telar::ir::refusal::read_at_the_end,
};

}  // namespace ledger
