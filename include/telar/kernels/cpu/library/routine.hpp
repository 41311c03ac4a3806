// SPDX-License-Identifier: BSL-1.0
// From a descriptor to the routine that it names.
#pragma once
#include <telar/kernels/cpu/library/cumulate.hpp>
#include <telar/kernels/cpu/library/gather.hpp>
#include <telar/kernels/cpu/library/print.hpp>
#include <telar/kernels/cpu/library/random.hpp>
#include <telar/kernels/cpu/library/scatter.hpp>
#include <telar/kernels/cpu/library/sort.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D> void run_routine(const kernel_arguments& k) {
    constexpr op kind = D::op_of(0);
    using first = element_t<D::type_of_access(0)>;
    using second = element_t<D::type_of_access(1)>;
    if constexpr (kind == op::gather) gather<first, second, may_refuse(kind, D::options)>(k);
    else if constexpr (kind == op::scatter)
        scatter<first, second, emit::joined_of(D::options), may_refuse(kind, D::options)>(k);
    else if constexpr (kind == op::cumsum || kind == op::cumprod) cumulate<first, kind, D::options>(k);
    else if constexpr (kind == op::recurrence) recur<first, D::options>(k);
    else if constexpr (kind == op::sort) sort<first, D::options != 0>(k);
    else if constexpr (kind == op::argsort) argsort<first, D::options != 0>(k);
    else if constexpr (kind == op::random) random_numbers<element_t<D::type_of_access(2)>>(k);
    else if constexpr (kind == op::print) print<first>(k);
    else static_assert(kind == op::leaf, "run_routine: no line for this operation");
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
