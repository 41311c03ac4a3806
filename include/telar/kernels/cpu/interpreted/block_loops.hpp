// SPDX-License-Identifier: BSL-1.0
// The loops of what fused loops do not compute: functions, conditions, integers, conversions. Each computes one
// operation on a block of elements that stays in L1. A loop is compiled once for each operation and register type, and
// shared by all kernels. Truth values are bytes, 0 or 1.
#pragma once
#include <telar/kernels/cpu/interpreted/fused_loop.hpp>
#include <telar/kernels/cpu/library/routine_rows.hpp>
#include <telar/kernels/cpu/loop/sections.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// The size of a block: the blocks of a few values fit in L1.
inline constexpr int block_bytes = 8192;
/// The distance of two blocks in memory. It avoids 4K aliasing: a load stalls on a store whose address has the same low
/// 12 bits.
inline constexpr int slot_bytes = block_bytes + 320;
template <class T> inline constexpr int block_size = block_bytes / static_cast<int>(sizeof(T));

template <class T> const T* as(const std::byte* p) { return reinterpret_cast<const T*>(p); }
template <class T> T* as(std::byte* p) { return reinterpret_cast<T*>(p); }

/// Calls f(i, lanes) for each register of the elements first ... n - 1.
template <class T, class F> TELAR_INLINE void each_register(int n, const F& f, int first = 0) {
    for (int i = first; i < n; i += vec<T>::width) f(i, lanes_left<T>(i, n));
}

// ---- operations

template <op K, class T> TELAR_INLINE vec<T> formula_of_operands(const std::byte* const* in, int i, int lanes) {
    const vec<T> a = simd::load_as<T>(as<T>(in[0]) + i, lanes);
    if constexpr (info(K).arity == 1) return formula<K>(a);
    else return formula<K>(a, simd::load_as<T>(as<T>(in[1]) + i, lanes));
}
/// Unrolled, so that the processor finds independent chains of instructions.
template <op K, class T> TELAR_NOINLINE void number_loop(const std::byte* const* in, std::byte* out, int n) {
    constexpr int width = vec<T>::width, together = size_of_formula(K) == 1 ? 4 : 2;
    const std::byte* const own[] = {in[0], in[info(K).arity - 1]};
    T* const to = as<T>(out);
    int done = 0;
    for (; done + together * width <= n; done += together * width) {
        vec<T> result[std::size_t(together)];
        for_numbers<0, together>(
            [&](auto u) TELAR_INLINE_LAMBDA { result[u] = formula_of_operands<K, T>(own, done + u * width, width); });
        for_numbers<0, together>([&](auto u) TELAR_INLINE_LAMBDA { simd::store(to + done + u * width, result[u]); });
    }
    each_register<T>(
        n,
        [&](int i, int lanes)
            TELAR_INLINE_LAMBDA { simd::store_as(to + i, formula_of_operands<K, T>(own, i, lanes), lanes); },
        done);
}
template <op K, class T> TELAR_NOINLINE void comparison_loop(const std::byte* const* in, std::byte* out, int n) {
    each_register<T>(n, [&](int i, int lanes) TELAR_INLINE_LAMBDA {
        const vec<T> a = simd::load_as<T>(as<T>(in[0]) + i, lanes);
        mask<T> m;
        if constexpr (info(K).arity == 1) m = compare<K>(a);
        else m = compare<K>(a, simd::load_as<T>(as<T>(in[1]) + i, lanes));
        simd::store_mask(as<bool>(out) + i, m, lanes);
    });
}
template <op K> TELAR_NOINLINE void truth_loop(const std::byte* const* in, std::byte* out, int n) {
    const auto* const a = as<std::uint8_t>(in[0]);
    auto* const to = as<std::uint8_t>(out);
    if constexpr (info(K).arity == 1) {
        for (int i = 0; i < n; ++i)
            to[i] = K == op::stop_gradient ? a[i] : static_cast<std::uint8_t>(a[i] ^ 1);  // logical_not
    } else {
        const auto* const b = as<std::uint8_t>(in[1]);
        for (int i = 0; i < n; ++i)
            to[i] = static_cast<std::uint8_t>(K == op::logical_and  ? a[i] & b[i]
                                              : K == op::logical_or ? a[i] | b[i]
                                              : K == op::not_equal  ? a[i] ^ b[i]
                                                                    : (a[i] ^ b[i]) ^ 1);  // equal
    }
}
template <class T> TELAR_NOINLINE void select_numbers(const std::byte* const* in, std::byte* out, int n) {
    each_register<T>(n, [&](int i, int lanes) TELAR_INLINE_LAMBDA {
        const mask<T> m = simd::load_mask<T>(as<bool>(in[0]) + i, lanes);
        simd::store_as(as<T>(out) + i,
                       select(m, simd::load_as<T>(as<T>(in[1]) + i, lanes), simd::load_as<T>(as<T>(in[2]) + i, lanes)),
                       lanes);
    });
}
inline void select_truths(const std::byte* const* in, std::byte* out, int n) {
    for (int i = 0; i < n; ++i) out[i] = in[0][i] != std::byte{} ? in[1][i] : in[2][i];
}
template <class T> TELAR_NOINLINE void truth_of_number(const std::byte* const* in, std::byte* out, int n) {
    each_register<T>(n, [&](int i, int lanes) TELAR_INLINE_LAMBDA {
        simd::store_mask(as<bool>(out) + i, simd::load_as<T>(as<T>(in[0]) + i, lanes) != vec<T>(T(0)), lanes);
    });
}
template <class T> TELAR_NOINLINE void number_of_truth(const std::byte* const* in, std::byte* out, int n) {
    for (int i = 0; i < n; ++i) as<T>(out)[i] = static_cast<T>(as<std::uint8_t>(in[0])[i]);
}
template <class T> TELAR_NOINLINE void copy_numbers(const std::byte* const* in, std::byte* out, int n) {
    std::memcpy(out, in[0], static_cast<std::size_t>(n) * sizeof(T));
}
template <class T, class U> TELAR_NOINLINE void round_numbers(const std::byte* const* in, std::byte* out, int n) {
    each_register<T>(n, [&](int i, int lanes) TELAR_INLINE_LAMBDA {
        simd::store_as(as<T>(out) + i, simd::rounded_to<U>(simd::load_as<T>(as<T>(in[0]) + i, lanes)), lanes);
    });
}

/// Whether an operation is defined for registers of this type.
constexpr bool takes_type(op k, dtype t) {
    if (!is_elementwise(k) || k == op::cast || k == op::select) return false;
    switch (info(k).operands) {
        case takes::floating: return is_float(t);
        case takes::integer: return !is_float(t);
        case takes::boolean: return false;
        default: return true;
    }
}
template <op K, class T, class Wanted> constexpr block_loop loop_of_numbers() {
    constexpr auto type = static_cast<dtype>(core::number_of_element<T>);
    if constexpr (!takes_type(K, type) || is_fused(K, type) || !Wanted::has(K, type)) return nullptr;
    else if constexpr (formula_kind_of(K) == formula_kind::comparison) return &comparison_loop<K, T>;
    else return &number_loop<K, T>;
}
/// Asks for the loops of all operations and types. A program that knows what it needs asks for fewer.
struct all_operations {
    static constexpr bool has(dtype) { return true; }  // kernels that compute in it
    static constexpr bool has(op, dtype) { return true; }
    static constexpr bool reduces(dtype) { return true; }     // loops with reductions
    static constexpr bool multiplies(dtype) { return true; }  // products
    static constexpr bool walks() { return true; }            // through several axes of a product's left operand
};
/// The loop of an operation on numbers; nullptr if there is none.
template <class T, class Wanted> block_loop loop_of(op k) {
    static constexpr auto table = []<std::size_t... K>(std::index_sequence<K...>) {
        return std::array<block_loop, sizeof...(K)>{loop_of_numbers<static_cast<op>(K), T, Wanted>()...};
    }
    (std::make_index_sequence<static_cast<std::size_t>(last_op) + 1>{});
    return table[static_cast<std::size_t>(k)];
}
/// The loop of an operation on truth values.
inline block_loop truth_loop_of(op k) {
    switch (k) {
        case op::logical_not: return &truth_loop<op::logical_not>;
        case op::stop_gradient: return &truth_loop<op::stop_gradient>;
        case op::logical_and: return &truth_loop<op::logical_and>;
        case op::logical_or: return &truth_loop<op::logical_or>;
        case op::equal: return &truth_loop<op::equal>;
        case op::not_equal: return &truth_loop<op::not_equal>;
        default: return nullptr;
    }
}

// ---- memory

/// Convert n elements from their type in memory to the register type, and back.
template <class T, class U> TELAR_NOINLINE void load_converted(const std::byte* const* in, std::byte* out, int n) {
    each_register<T>(n, [&](int i, int lanes) TELAR_INLINE_LAMBDA {
        simd::store_as(as<T>(out) + i, simd::load_as<T>(as<U>(in[0]) + i, lanes), lanes);
    });
}
template <class T, class U> TELAR_NOINLINE void store_converted(const std::byte* const* in, std::byte* out, int n) {
    each_register<T>(n, [&](int i, int lanes) TELAR_INLINE_LAMBDA {
        simd::store_as(as<U>(out) + i, simd::load_as<T>(as<T>(in[0]) + i, lanes), lanes);
    });
}
/// The conversions between a register type and a type in memory.
struct conversion {
    block_loop from_memory = nullptr, to_memory = nullptr, rounded = nullptr;
};
template <class T, class U> constexpr conversion conversion_between() {
    if constexpr (std::is_same_v<U, bool>) return {};  // truth values are bytes in a block, too
    else if constexpr (Half<U> && std::is_same_v<T, float>)
        return {&load_converted<T, U>, &store_converted<T, U>, &round_numbers<T, U>};
    else return {&load_converted<T, U>, &store_converted<T, U>, nullptr};
}
template <class T, class... U> constexpr auto conversions_of(type_list<U...>) {
    return std::array<conversion, sizeof...(U)>{conversion_between<T, U>()...};
}
template <class T> const conversion& conversion_for(dtype in_memory) {
    static constexpr auto table = conversions_of<T>(core::element_types{});
    return table[static_cast<std::size_t>(in_memory)];
}

#if TELAR_COMPILED
TELAR_INSTANCE block_loop loop_of<float, all_operations>(op);
TELAR_INSTANCE block_loop loop_of<double, all_operations>(op);
TELAR_INSTANCE block_loop loop_of<std::int32_t, all_operations>(op);
TELAR_INSTANCE block_loop loop_of<std::int64_t, all_operations>(op);
TELAR_INSTANCE const conversion& conversion_for<float>(dtype);
TELAR_INSTANCE const conversion& conversion_for<double>(dtype);
TELAR_INSTANCE const conversion& conversion_for<std::int32_t>(dtype);
TELAR_INSTANCE const conversion& conversion_for<std::int64_t>(dtype);
#endif

struct strides {
    std::int64_t row = 0;     // bytes
    std::int64_t column = 0;  // elements
};
/// Whether the elements of a grid are contiguous in memory.
inline bool is_contiguous(const grid& g, const strides& s, int bytes) {
    const bool columns_are = g.columns == 1 || s.column == 1;
    return columns_are && (g.rows == 1 || s.row == static_cast<std::int64_t>(g.columns) * bytes);
}
/// Writes `count` copies of an element, 64 bytes at a time.
template <int Bytes> void fill_elements(const std::byte* element, int count, std::byte* out) {
    constexpr int together = 64 / Bytes;
    std::array<std::byte, 64> copies;
    for (int i = 0; i < (count < together ? count : together); ++i)
        std::memcpy(copies.data() + i * Bytes, element, Bytes);
    for (; count >= together; count -= together, out += 64) std::memcpy(out, copies.data(), 64);
    for (int i = 0; i < count; ++i) std::memcpy(out + i * Bytes, copies.data(), Bytes);
}
// Elements are copied by memcpy of their size, which serves every type of that size.
template <int Bytes> void gather_grid(const std::byte* from, const grid& g, const strides& s, std::byte* out) {
    for (int r = 0; r < g.rows; ++r, from += s.row) {
        if (s.column == 1) {
            copy_line(out, from, std::int64_t{g.columns} * Bytes);
            out += static_cast<std::ptrdiff_t>(g.columns) * Bytes;
            continue;
        }
        if (s.column == 0) {
            fill_elements<Bytes>(from, g.columns, out);
            out += static_cast<std::ptrdiff_t>(g.columns) * Bytes;
            continue;
        }
        const std::byte* element = from;
        for (int j = 0; j < g.columns; ++j, out += Bytes, element += s.column * Bytes) std::memcpy(out, element, Bytes);
    }
}
template <int Bytes> void scatter_grid(const std::byte* in, std::byte* to, const grid& g, const strides& s) {
    for (int r = 0; r < g.rows; ++r, to += s.row) {
        const std::byte* const row = in + static_cast<std::ptrdiff_t>(r) * g.columns * Bytes;
        if (s.column == 1) copy_line(to, row, std::int64_t{g.columns} * Bytes);
        else if (s.column == 0) std::memcpy(to, row, Bytes);
        else
            for (int j = 0; j < g.columns; ++j) std::memcpy(to + j * s.column * Bytes, row + j * Bytes, Bytes);
    }
}
/// Copy a grid of elements from memory into a block, and back.
inline void gather_elements(int bytes, const std::byte* from, const grid& where, const strides& s, std::byte* out) {
    const bool is_broadcast = s.row == 0 && s.column == 0;  // one element
    const grid g = is_broadcast ? grid{1, where.size()} : where;
    switch (bytes) {
        case 1: return gather_grid<1>(from, g, s, out);
        case 2: return gather_grid<2>(from, g, s, out);
        case 4: return gather_grid<4>(from, g, s, out);
        default: return gather_grid<8>(from, g, s, out);
    }
}
inline void scatter_elements(int bytes, const std::byte* in, std::byte* to, const grid& g, const strides& s) {
    switch (bytes) {
        case 1: return scatter_grid<1>(in, to, g, s);
        case 2: return scatter_grid<2>(in, to, g, s);
        case 4: return scatter_grid<4>(in, to, g, s);
        default: return scatter_grid<8>(in, to, g, s);
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
