// SPDX-License-Identifier: BSL-1.0
// What a kernel sees: a descriptor in its type, pointers and extents as arguments, never an expression.
//
// The descriptor is a pack of 64-bit words: the form that nvcc accepts in __global__ templates. It holds structure
// only, no extents and no constants, so equal work shares one instantiation whatever the shapes. The exceptions are a
// product whose extents are all known and small, whose loops are made for them, and a single element, which has none.
#pragma once
#include <telar/graph/schedule.hpp>
#include <telar/graph/target.hpp>
#include <telar/kernels/arguments.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels {

template <std::uint64_t... Words> struct words {};

/// The first word of a descriptor.
struct descriptor_header {
    dtype type = dtype::float32;
    kernel_kind kind = kernel_kind::loop;
    bool by_column = false;    // a loop whose vector axis is kept while others are reduced
    bool has_extents = false;  // of a product: one more word, after this one
    bool walks = false;        // of a product: the rows and the columns of its left operand are several axes
    bool is_single = false;    // a loop over one element: it needs no loops
    int instructions = 0;

    constexpr std::uint64_t bits() const {
        return static_cast<std::uint64_t>(type) | static_cast<std::uint64_t>(kind) << 8 |
               static_cast<std::uint64_t>(by_column) << 16 | static_cast<std::uint64_t>(has_extents) << 17 |
               static_cast<std::uint64_t>(walks) << 18 | static_cast<std::uint64_t>(is_single) << 19 |
               static_cast<std::uint64_t>(instructions) << 32;
    }
};
constexpr descriptor_header header_of(std::uint64_t w) {
    return {static_cast<dtype>(w & 255), static_cast<kernel_kind>(w >> 8 & 255),
            (w >> 16 & 1) != 0,          (w >> 17 & 1) != 0,
            (w >> 18 & 1) != 0,          (w >> 19 & 1) != 0,
            static_cast<int>(w >> 32)};
}

/// The header of a kernel of a schedule.
constexpr descriptor_header header_of(const kernel& k, bool has_extents) {
    const bool is_loop = k.kind == kernel_kind::loop;
    const int last = k.space.rank > 0 ? k.space.rank - 1 : 0;
    const bool by_column = is_loop && k.reduced != 0 && !(k.reduced >> last & 1);
    bool is_single = is_loop && !by_column;
    for (int i = 0; i < k.space.rank; ++i) is_single = is_single && k.space[i] == 1;
    return {k.type, k.kind, by_column, has_extents, k.walk.rows > 0, is_single, k.instructions};
}

/// A product (m,k) x (k,n) whose extents are known when it is compiled. Each operand is whole: rows next to each other
/// in memory, or columns.
struct product_extents {
    extent_t m = 0, n = 0, k = 0;
    bool a_in_columns = false, b_in_columns = false;
    static constexpr extent_t most = (1 << 20) - 1;

    constexpr std::uint64_t bits() const {
        return static_cast<std::uint64_t>(m) | static_cast<std::uint64_t>(n) << 20 |
               static_cast<std::uint64_t>(k) << 40 | static_cast<std::uint64_t>(a_in_columns) << 60 |
               static_cast<std::uint64_t>(b_in_columns) << 61;
    }
};
constexpr product_extents extents_of_product(std::uint64_t w) {
    constexpr auto number = [](std::uint64_t bits) { return static_cast<extent_t>(bits & product_extents::most); };
    return {number(w), number(w >> 20), number(w >> 40), (w >> 60 & 1) != 0, (w >> 61 & 1) != 0};
}

/// The extents of a product kernel, if the target wins anything by knowing them: all 0 otherwise. B must stay in cache;
/// where it has to be packed first, or both run along k, rows must be many enough to pay for it. Of a product whose
/// left operand is walked through, how many rows there are does not matter: m is 0.
constexpr product_extents known_extents(const product_costs& costs, const kernel& k, const memory_access& a,
                                        const memory_access& b) {
    if (!costs.has_own_loops || k.kind != kernel_kind::contract || !is_float(k.type)) return {};
    if (k.walk.rows > 0) {
        const extent_t n = k.space[k.space.rank - 1];
        const bool fits = is_number(n) && is_number(k.depth) && n > 0 && k.depth > 0 && n <= product_extents::most &&
                          n * k.depth * static_cast<extent_t>(size_of(k.type)) <= costs.resident_bytes;
        const bool lies = b.inner == n && (n == 1 || b.stride[k.space.rank - 1] == 1);
        return fits && lies ? product_extents{0, n, k.depth} : product_extents{};
    }
    if (k.space.rank != 2) return {};
    product_extents e{k.space[0], k.space[1], k.depth};
    for (const extent_t x : {e.m, e.n, e.k})
        if (!is_number(x) || x < 1 || x > product_extents::most) return {};
    const extent_t size = static_cast<extent_t>(size_of(k.type));
    if (e.k * e.n * size > costs.resident_bytes) return {};
    const auto lies = [](extent_t rows, extent_t columns, extent_t row_stride, extent_t column_stride) {
        return (rows == 1 || row_stride == columns) && (columns == 1 || column_stride == 1);
    };
    e.a_in_columns = !lies(e.m, e.k, a.stride[0], a.inner);
    e.b_in_columns = !lies(e.k, e.n, b.inner, b.stride[1]);
    const bool aliases = e.m * size % costs.aliasing_bytes == 0;
    if (e.a_in_columns && (e.n == 1 || !lies(e.k, e.m, a.inner, a.stride[0]) || aliases)) return {};
    if (e.b_in_columns && (!lies(e.n, e.k, b.stride[1], b.inner) || e.a_in_columns)) return {};
    if (e.b_in_columns && e.m < costs.few_rows && e.k * e.n > costs.few_elements) return {};
    return e;
}

/// A list of instructions, and what follows from them.
struct instruction_span {
    const instruction* code;
    int count;

    constexpr instruction at(int i) const { return code[i]; }
    constexpr bool is(int i, telar::ir::code what) const { return at(i).what == static_cast<std::uint8_t>(what); }
    constexpr bool is_op(int i) const { return at(i).what < static_cast<std::uint8_t>(telar::ir::code::load); }
    constexpr op op_of(int i) const { return static_cast<op>(at(i).what); }
    constexpr bool reduces(int i) const { return is_op(i) && is_reduction(op_of(i)); }
    constexpr bool finds_place(int i) const { return is_op(i) && (op_of(i) == op::argmax || op_of(i) == op::argmin); }
    constexpr bool has_reductions() const {
        for (int i = 0; i < count; ++i)
            if (reduces(i)) return true;
        return false;
    }
    /// How many places in memory, and how many numbers, the instructions name.
    constexpr int accesses() const {
        int n = 0;
        for (int i = 0; i < count; ++i)
            if ((is(i, telar::ir::code::load) || is(i, telar::ir::code::store)) && at(i).a >= n) n = at(i).a + 1;
        return n;
    }
    constexpr int scalars() const {
        int n = 0;
        for (int i = 0; i < count; ++i)
            if (is(i, telar::ir::code::scalar) && at(i).a >= n) n = at(i).a + 1;
        return n;
    }

    /// Of a routine: the type of access i, operands then result.
    constexpr dtype type_of_access(int i) const { return static_cast<dtype>((at(0).a | at(0).b << 8) >> (4 * i) & 15); }

    /// True if the value is a truth value.
    constexpr bool is_mask(int i) const {
        const instruction x = at(i);
        if (is(i, telar::ir::code::load)) return static_cast<dtype>(x.b) == dtype::boolean;
        if (is(i, telar::ir::code::scalar)) return static_cast<dtype>(x.b) == dtype::boolean;
        if (!is_op(i)) return false;
        const op k = op_of(i);
        if (k == op::cast) return x.c != 0;
        if (k == op::select) return is_mask(x.b);
        if (k == op::stop_gradient) return is_mask(x.a);
        return info(k).result == gives::boolean || info(k).operands == takes::boolean;
    }
    /// The value that an instruction reads as its operand 0, 1 or 2; -1 if there is none.
    constexpr int operand_of(int i, int which) const {
        const instruction x = at(i);
        if (is(i, telar::ir::code::store)) return which == 0 ? x.b : -1;
        if (is(i, telar::ir::code::rounded)) return which == 0 ? x.a : -1;
        if (!is_op(i) || which >= info(op_of(i)).arity) return -1;
        return which == 0 ? x.a : which == 1 ? x.b : x.c;
    }

    /// Sections: instructions between two marks. Section 0 is computed once per row, 1 for each element of the row, ...
    constexpr bool is_mark(int i) const { return is(i, telar::ir::code::rows) || is(i, telar::ir::code::sweep); }
    constexpr int sections() const {
        int n = 0;
        for (int i = 0; i < count; ++i) n += is_mark(i);
        return n;
    }
    constexpr int begin_of(int section) const {
        int n = -1;
        for (int i = 0; i < count; ++i)
            if (is_mark(i) && ++n == section) return i + 1;
        return count;
    }
    constexpr int end_of(int section) const { return section + 1 < sections() ? begin_of(section + 1) - 1 : count; }
    /// True if the value holds for a whole row: it was computed between sweeps, or a sweep reduced to it.
    constexpr bool holds_for_row(int i) const {
        if (reduces(i)) return true;
        int last = -1;
        for (int j = 0; j <= i; ++j)
            if (is_mark(j)) last = j;
        return last >= 0 && is(last, telar::ir::code::rows);
    }
};

/// The same of a kernel that is compiled: a Source tells the header, the count and the code.
template <class Source> struct instruction_list {
    static constexpr descriptor_header header = Source::header;
    static constexpr int count = Source::count;
    static constexpr auto code = Source::code;
    static constexpr instruction_span all{code.data(), count};

    static constexpr instruction at(int i) { return code[static_cast<std::size_t>(i)]; }
    static constexpr bool is(int i, telar::ir::code what) { return all.is(i, what); }
    static constexpr bool is_op(int i) { return all.is_op(i); }
    static constexpr op op_of(int i) { return all.op_of(i); }
    static constexpr bool reduces(int i) { return all.reduces(i); }
    static constexpr bool finds_place(int i) { return all.finds_place(i); }
    static constexpr bool has_reductions = all.has_reductions();
    static constexpr int accesses = all.accesses();
    static constexpr int scalars = all.scalars();
    static constexpr dtype type_of_access(int i) { return all.type_of_access(i); }
    static constexpr int options = at(0).c;  // of a routine
    static constexpr bool is_mask(int i) { return all.is_mask(i); }
    static constexpr int sections = all.sections();
    static constexpr int begin_of(int section) { return all.begin_of(section); }
    static constexpr int end_of(int section) { return all.end_of(section); }
    static constexpr bool holds_for_row(int i) { return all.holds_for_row(i); }
};

/// What the words of a kernel's name say.
template <class Words> struct unpacked;
template <std::uint64_t Header, std::uint64_t... W> struct unpacked<words<Header, W...>> {
    static constexpr descriptor_header header = header_of(Header);
    static constexpr int count = header.instructions;
    static constexpr std::array<std::uint64_t, sizeof...(W) + 1> packed{W...};
    static constexpr std::array<instruction, static_cast<std::size_t>(count)> code = [] {
        std::array<instruction, static_cast<std::size_t>(count)> list{};
        for (int i = 0; i < count; ++i)
            list[static_cast<std::size_t>(i)] = instruction_of(static_cast<std::uint32_t>(
                packed[static_cast<std::size_t>(header.has_extents + i / 2)] >> (i % 2 * 32)));
        return list;
    }();
};
template <class Words> struct descriptor : instruction_list<unpacked<Words>> {
    static constexpr std::uint64_t extents =
        unpacked<Words>::header.has_extents ? unpacked<Words>::packed[0] : 0;  // of a product, see product_extents
};

}  // namespace telar::inline TELAR_ABI::ir::kernels
