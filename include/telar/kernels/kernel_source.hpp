// SPDX-License-Identifier: BSL-1.0
// Where a program that is compiled at run time gets its kernels, and what they have to be able to do.
#pragma once
#include <telar/kernels/descriptor.hpp>

#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels {

/// The functions of a target: for each kernel of a schedule that was made for `machine`, the one that runs it.
struct kernel_source {
    const target* machine;
    /// nullptr if there is none.
    kernel_function (*function_of)(const kernel& k, const instruction* code);
    const void* (*loops)();  // what every kernel's arguments point to, for the functions alone
};

/// What a trace needs of kernels. Passes bring in no function and no type that a trace does not have, and a sum only
/// for a product.
struct kernels_needed {
    unsigned types = 0;                                          // in which kernels compute, as bits
    unsigned types_of[static_cast<std::size_t>(last_op) + 1]{};  // the same of an operation
    bool has_many_axes = false;
    int routines = 0;
    std::uint32_t routine[32]{};

    constexpr bool has(op k, dtype t) const { return has(types_of[static_cast<std::size_t>(k)], t); }
    static constexpr bool has(unsigned set, dtype t) { return (set >> static_cast<unsigned>(t) & 1) != 0; }
    constexpr bool reduces(dtype t) const {
        bool any = has(op::matmul, t);
        for (int k = 0; k <= static_cast<int>(last_op); ++k)
            any = any || (is_reduction(static_cast<op>(k)) && has(static_cast<op>(k), t));
        return any;
    }
    constexpr void add_routine(std::uint32_t bits) {
        for (int r = 0; r < routines; ++r)
            if (routine[r] == bits) return;
        if (routines < 32) routine[routines++] = bits;
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels
