// SPDX-License-Identifier: BSL-1.0
// Runs a schedule that was made at run time: the library's workspace, with the reference's kernels, which run
// their instructions one element at a time. So any graph can go through fusion, emission and the memory plan without
// compiling its kernels.
#pragma once
#include "arrays.hpp"
#include "cpu_target.hpp"

#include <telar/kernels/descriptor.hpp>
#include <telar/passes/pipeline.hpp>

#include <vector>

namespace support {

/// What a run of a schedule gives: its results, and its leaves with the variables' new values.
struct outcome {
    std::vector<array> results, leaves;
    telar::extent_t arena = 0;
};
/// Other kernels than the reference's, where they have a function for a kernel.
struct other_kernels {
    telar::ir::kernels::kernel_function (*function_of)(const telar::ir::kernel&,
                                                       const telar::ir::instruction*) = nullptr;
    const void* loops = nullptr;
};
/// Runs a graph's schedule, which must be legal. `blocks`, which it calls, are optimised and scheduled here.
outcome run_schedule(const telar::ir::graph& g, const telar::ir::schedule& plan,
                     const telar::core::growable<array>& leaves,
                     const telar::core::growable<telar::ir::graph_block>& blocks = {},
                     const other_kernels& others = {});

}  // namespace support
