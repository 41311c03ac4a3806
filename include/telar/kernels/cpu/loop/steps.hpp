// SPDX-License-Identifier: BSL-1.0
// One instruction of a kernel on one register: loads, stores, formulas.
#pragma once
#include <telar/kernels/cpu/math/math.hpp>
#include <telar/kernels/cpu/simd/simd.hpp>
#include <telar/kernels/descriptor.hpp>
#include <telar/kernels/elementwise.hpp>

#include <bit>
#include <limits>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

using simd::mask;
using simd::vec;

/// Calls f with the C++ type of a dtype.
template <dtype D> using memory_type = element_t<D>;

/// The values of a kernel's instructions; all but the few that live at once stay in registers.
template <class T, int N> struct values {
    vec<T> v[std::size_t(N)];
    mask<T> m[std::size_t(N)];
};

/// The operands of instructions, by number: from the registers at hand, or from those that hold for the row. (A value
/// has one function, whichever instructions read it: the time to compile a kernel grows with its functions.)
template <class D, class T, bool InRow> struct operands {
    const values<T, D::count>& at_hand;
    const values<T, D::count>& row;

    template <int I> TELAR_INLINE vec<T> number() const {
        if constexpr (D::holds_for_row(I) && !InRow) return row.v[I];
        else return at_hand.v[I];
    }
    template <int I> TELAR_INLINE mask<T> truth() const {
        if constexpr (D::holds_for_row(I) && !InRow) return row.m[I];
        else return at_hand.m[I];
    }
};

/// The value that an instruction reads as its operand 0, 1 or 2; -1 if there is none.
template <class D> constexpr int operand_of(int i, int which) { return D::all.operand_of(i, which); }

/// A number of the kernel's type from its argument: bits of a float, or of an int64.
template <class T> TELAR_INLINE T scalar_value(std::uint64_t bits) {
    if constexpr (std::is_same_v<T, float>) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    else if constexpr (std::is_same_v<T, double>) return std::bit_cast<double>(bits);
    else return static_cast<T>(static_cast<std::int64_t>(bits));
}

/// `lanes` elements from p, `stride` apart; Whole says that lanes is the register's width.
template <class T, dtype D, reach R, bool Whole>
TELAR_INLINE vec<T> load_numbers(const std::byte* p, std::int64_t i, std::int64_t stride, int lanes) {
    using U = memory_type<D>;
    const U* from = reinterpret_cast<const U*>(p);
    if constexpr (R == reach::same) return vec<T>(static_cast<T>(*from));
    else if constexpr (R == reach::contiguous) {
        if constexpr (!std::same_as<U, T>) return simd::load_as<T>(from + i, Whole ? vec<T>::width : lanes);
        else if constexpr (Whole) return simd::load(from + i);
        else return simd::load_first(from + i, lanes);
    } else {
        if constexpr (std::same_as<U, T>)
            return simd::load_strided(from + i * stride, as_ptrdiff(stride), Whole ? vec<T>::width : lanes);
        else {
            U gathered[vec<T>::width]{};
            for (int k = 0; k < lanes; ++k) gathered[k] = from[(i + k) * stride];
            return simd::load_as<T>(static_cast<const U*>(gathered), lanes);
        }
    }
}
template <class T, reach R>
TELAR_INLINE mask<T> load_truth(const std::byte* p, std::int64_t i, std::int64_t stride, int lanes) {
    const bool* from = reinterpret_cast<const bool*>(p);
    if constexpr (R == reach::same) return mask<T>(*from);
    else if constexpr (R == reach::contiguous) return simd::load_mask<T>(from + i, lanes);
    else {
        bool gathered[vec<T>::width]{};
        for (int k = 0; k < lanes; ++k) gathered[k] = from[(i + k) * stride];
        return simd::load_mask<T>(static_cast<const bool*>(gathered), lanes);
    }
}
template <class T, dtype D, reach R, bool Whole>
TELAR_INLINE void store_numbers(std::byte* p, std::int64_t i, std::int64_t stride, int lanes, vec<T> v) {
    using U = memory_type<D>;
    U* to = reinterpret_cast<U*>(p);
    if constexpr (R == reach::same) simd::store_as(to, v, 1);
    else if constexpr (R == reach::contiguous) {
        if constexpr (!std::same_as<U, T>) simd::store_as(to + i, v, Whole ? vec<T>::width : lanes);
        else if (Whole || lanes == vec<T>::width) simd::store(to + i, v);  // forwarded to a load that follows
        else simd::store_first(to + i, v, lanes);
    } else {
        U scattered[vec<T>::width];
        simd::store_as(static_cast<U*>(scattered), v, vec<T>::width);
        for (int k = 0; k < lanes; ++k) to[(i + k) * stride] = scattered[k];
    }
}
template <class T, reach R>
TELAR_INLINE void store_truth(std::byte* p, std::int64_t i, std::int64_t stride, int lanes, mask<T> m) {
    bool* to = reinterpret_cast<bool*>(p);
    if constexpr (R == reach::same) simd::store_mask(to, m, 1);
    else if constexpr (R == reach::contiguous) simd::store_mask(to + i, m, lanes);
    else {
        bool scattered[vec<T>::width];
        simd::store_mask(static_cast<bool*>(scattered), m, vec<T>::width);
        for (int k = 0; k < lanes; ++k) to[(i + k) * stride] = scattered[k];
    }
}

/// About how many instructions of the processor an operation is; one, if it is not named.
constexpr int size_of_formula(op k) {
    // clang-format off
    switch (k) {
        case op::pow: case op::atan2: case op::erfinv: case op::erfcinv: case op::lgamma: case op::digamma:
            return 60;
        case op::exp: case op::expm1: case op::log: case op::log1p: case op::cbrt: case op::sin: case op::cos: case op::tan:
        case op::asin: case op::acos: case op::atan: case op::sinh: case op::cosh: case op::tanh: case op::asinh:
        case op::acosh: case op::atanh: case op::sigmoid: case op::softplus: case op::erf: case op::erfc:
            return 20;
        default:
            return 1;
    }
    // clang-format on
}
/// A formula as a function of its own, for kernels of one element: there a call costs less than the code.
template <op K, class V, class... More> TELAR_NOINLINE V formula_apart(V x, More... more) {
    return formula<K>(x, more...);
}
#if TELAR_COMPILED
TELAR_INSTANCE vec<float> formula_apart<op::pow>(vec<float>, vec<float>);  // Adam's
TELAR_INSTANCE vec<double> formula_apart<op::pow>(vec<double>, vec<double>);
#endif
template <class D, op K, class... V> TELAR_INLINE auto formula_in(V... x) {
    if constexpr (D::header.is_single && size_of_formula(K) > 1) return formula_apart<K>(x...);
    else return formula<K>(x...);
}

/// An element-wise operation.
template <class D, class T, int I, class In> TELAR_INLINE void compute(values<T, D::count>& r, const In& in) {
    constexpr instruction x = D::at(I);
    constexpr op k = D::op_of(I);
    constexpr int arity = info(k).arity;
    if constexpr (k == op::cast) {
        if constexpr (x.c != 0) r.m[I] = in.template number<x.a>() != vec<T>(T(0));
        else if constexpr (D::is_mask(x.a)) r.v[I] = select(in.template truth<x.a>(), vec<T>(T(1)), vec<T>(T(0)));
        else r.v[I] = in.template number<x.a>();
    } else if constexpr (k == op::select) {
        if constexpr (D::is_mask(I))
            r.m[I] = (in.template truth<x.a>() & in.template truth<x.b>()) |
                     ((!in.template truth<x.a>()) & in.template truth<x.c>());
        else r.v[I] = select(in.template truth<x.a>(), in.template number<x.b>(), in.template number<x.c>());
    } else if constexpr (D::is_mask(x.a)) {
        if constexpr (arity == 1) r.m[I] = logical<k>(in.template truth<x.a>());
        else r.m[I] = logical<k>(in.template truth<x.a>(), in.template truth<x.b>());
    } else if constexpr (D::is_mask(I)) {
        if constexpr (arity == 1) r.m[I] = compare<k>(in.template number<x.a>());
        else r.m[I] = compare<k>(in.template number<x.a>(), in.template number<x.b>());
    } else {
        if constexpr (arity == 1) r.v[I] = formula_in<D, k>(in.template number<x.a>());
        else r.v[I] = formula_in<D, k>(in.template number<x.a>(), in.template number<x.b>());
    }
}

/// Load, store, scalar, rounding: what moves numbers. `at` holds one pointer per access, k the strides and the scalars.
template <class D, class T, int I, bool Whole, class Arguments, class In>
TELAR_INLINE void move(values<T, D::count>& r, std::byte* const* at, const Arguments& k, std::int64_t i, int lanes,
                       const In& in) {
    constexpr instruction x = D::at(I);
    if constexpr (D::is(I, code::load)) {
        constexpr auto type = static_cast<dtype>(x.b);
        constexpr auto reached = static_cast<reach>(x.c);
        if constexpr (type == dtype::boolean) r.m[I] = load_truth<T, reached>(at[x.a], i, k.inner_stride[x.a], lanes);
        else r.v[I] = load_numbers<T, type, reached, Whole>(at[x.a], i, k.inner_stride[x.a], lanes);
    } else if constexpr (D::is(I, code::store)) {
        constexpr auto type = static_cast<dtype>(x.c & 15);
        constexpr auto reached = static_cast<reach>(x.c >> 4);
        if constexpr (type == dtype::boolean)
            store_truth<T, reached>(at[x.a], i, k.inner_stride[x.a], lanes, in.template truth<x.b>());
        else store_numbers<T, type, reached, Whole>(at[x.a], i, k.inner_stride[x.a], lanes, in.template number<x.b>());
    } else if constexpr (D::is(I, code::scalar)) {
        if constexpr (static_cast<dtype>(x.b) == dtype::boolean) r.m[I] = mask<T>(k.scalars[x.a] != 0);
        else r.v[I] = vec<T>(scalar_value<T>(k.scalars[x.a]));
    } else if constexpr (D::is(I, code::rounded)) {
        r.v[I] = simd::rounded_to<memory_type<static_cast<dtype>(x.b)>>(in.template number<x.a>());
    } else if constexpr (D::is(I, code::index)) {
        r.v[I] = simd::iota<T>() + vec<T>(static_cast<T>(i));
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
