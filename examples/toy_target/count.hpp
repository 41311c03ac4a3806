// SPDX-License-Identifier: BSL-1.0
// What a kernel does, read off its instructions and its arguments.
#pragma once
#include <telar/kernels/descriptor.hpp>

#include <cstdint>

namespace ledger {

struct entry {
    std::int64_t launches = 0, operations = 0, bytes = 0;

    entry& operator+=(const entry& e) {
        launches += e.launches, operations += e.operations, bytes += e.bytes;
        return *this;
    }
};

/// A loop runs a `rows` section once for each row and a `sweep` once for each element of it; a product's epilogue is
/// one sweep over its sums, each of which takes `depth` multiplications and additions.
inline entry count(const telar::ir::kernels::kernel_arguments& k) {
    using telar::ir::code;
    const telar::ir::kernels::instruction_span list{k.instructions, k.what->instructions};
    const bool is_product = k.what->kind == telar::ir::kernel_kind::contract;
    const bool by_column = telar::ir::kernels::header_of(*k.what, false).by_column;
    std::int64_t elements = k.rows * k.inner * (is_product ? k.lines : 1);
    for (int i = 0; i < k.reduced_rank; ++i) elements *= k.reduced[i];
    const std::int64_t rows = by_column ? k.rows * k.inner : k.rows;

    entry sum{1, 0, 0};
    std::int64_t times = elements;
    const auto size = [](int type) { return static_cast<std::int64_t>(size_of(static_cast<telar::dtype>(type))); };
    for (int i = 0; i < list.count; ++i) {
        const telar::ir::instruction x = list.at(i);
        if (list.is_mark(i)) times = list.is(i, code::sweep) ? elements : rows;
        else if (list.is_op(i)) sum.operations += times;
        else if (list.is(i, code::accumulated)) sum.operations += 2 * times * k.depth;
        else if (list.is(i, code::load)) sum.bytes += times * size(x.b);
        else if (list.is(i, code::store)) sum.bytes += times * size(x.c & 15);
    }
    if (is_product) sum.bytes += 2 * elements * k.depth * size(static_cast<int>(k.what->type));  // nothing is cached
    return sum;
}

}  // namespace ledger
