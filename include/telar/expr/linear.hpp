// SPDX-License-Identifier: BSL-1.0
// Products and transposes.
#pragma once
#include <telar/expr/attributes.hpp>

#include <utility>

namespace telar::inline TELAR_ABI {

namespace expr::functions {

struct matmul {
    constexpr symbol operator()(symbol a, symbol b) const {
        graph& g = *a.g;
        if (a.rank() == 0 || b.rank() == 0) {
            g.fail({mistake_kind::matmul_rank, op::matmul, {}, {}, 0, a.extents(), b.extents(), 0});
            return a.plain();
        }
        const shape left = a.extents(), right = b.extents();
        const bool is_row = left.rank == 1, is_column = right.rank == 1;
        const extent_t inner = left[left.rank - 1];
        if (!g.dims.unify(inner, right[is_column ? 0 : right.rank - 2]))
            g.fail({mistake_kind::matmul_extents, op::matmul, {}, {}, 0, left, right, 0});
        const symbol m = is_row ? emit::reshape(a, shape(extent_t{1}, inner)) : a;
        const symbol n = is_column ? emit::reshape(b, shape(right[0], extent_t{1})) : b;
        const symbol r = emit::matmul(m, n);
        const unsigned added = (is_row ? 1u << (r.rank() - 2) : 0) | (is_column ? 1u << (r.rank() - 1) : 0);
        return added ? emit::reshape(r, emit::without(r.extents(), added)) : r;
    }
};
struct dot {
    constexpr symbol operator()(symbol a, symbol b) const {
        const symbol products = emit::elementwise(op::mul, a, b);
        return emit::reduce(op::sum, products, emit::axis_bits(products, {-1}), false);
    }
};
struct outer {
    constexpr symbol operator()(symbol a, symbol b) const {
        const extent_t rows = a.g->dims.count(a.extents()), columns = a.g->dims.count(b.extents());
        return emit::elementwise(op::mul, emit::reshape(a, shape(rows, extent_t{1})),
                                 emit::reshape(b, shape(extent_t{1}, columns)));
    }
};

/// Sums over pairs of axes: a's others, then b's, remain.
template <class Left, class Right> struct tensordot;
template <int... L, int... R> struct tensordot<axis_numbers<L...>, axis_numbers<R...>> {
    constexpr symbol operator()(symbol a, symbol b) const {
        graph& g = *a.g;
        constexpr int count = sizeof...(L), others = sizeof...(R);
        const int left[std::size_t(count + 1)]{emit::axis_index(g, L, a.rank(), a.extents())...};
        const int right[std::size_t(others + 1)]{emit::axis_index(g, R, b.rank(), b.extents())...};
        unsigned summed_left = 0, summed_right = 0;
        bool fits = count == others && a.rank() + b.rank() - 2 * count <= max_rank;
        for (int i = 0; fits && i < count; ++i) {
            fits = !(summed_left >> left[i] & 1) && !(summed_right >> right[i] & 1) &&
                   g.dims.unify(a.extents()[left[i]], b.extents()[right[i]]);
            summed_left |= 1u << left[i], summed_right |= 1u << right[i];
        }
        if (!fits) {
            g.fail({mistake_kind::matmul_extents, op::matmul, {}, {}, 0, a.extents(), b.extents(), 0});
            return a.plain();
        }
        shape kept_left = emit::without(a.extents(), summed_left),
              kept_right = emit::without(b.extents(), summed_right);
        extent_t turned[2][max_rank]{}, depth = 1;
        int at_left = 0, at_right = count;
        for (int i = 0; i < a.rank(); ++i)
            if (!(summed_left >> i & 1)) turned[0][at_left++] = i;
        for (int i = 0; i < b.rank(); ++i)
            if (!(summed_right >> i & 1)) turned[1][at_right++] = i;
        for (int i = 0; i < count; ++i) {
            depth = g.dims.multiply(depth, a.extents()[left[i]]);
            turned[0][at_left++] = left[i];
            turned[1][i] = right[i];
        }
        const symbol rows = emit::reshape(emit::transpose(a, turned[0]), shape(g.dims.count(kept_left), depth));
        const symbol columns = emit::reshape(emit::transpose(b, turned[1]), shape(depth, g.dims.count(kept_right)));
        for (int i = 0; i < kept_right.rank; ++i) kept_left.append(kept_right[i]);
        return emit::reshape(emit::matmul(rows, columns), kept_left);
    }
};
/// The last axes of a with the first of b.
template <class> struct last_axes;
template <class> struct first_axes;
template <int... I> struct last_axes<std::integer_sequence<int, I...>> {
    using type = axis_numbers<I - static_cast<int>(sizeof...(I))...>;
};
template <int... I> struct first_axes<std::integer_sequence<int, I...>> { using type = axis_numbers<I...>; };
template <int N>
using tensordot_of = tensordot<typename last_axes<std::make_integer_sequence<int, N>>::type,
                               typename first_axes<std::make_integer_sequence<int, N>>::type>;

/// The transpose of a linear map is a linear map.
template <int... N> struct transpose {
    constexpr symbol operator()(symbol x) const {
        constexpr int count = sizeof...(N);
        const int number[std::size_t(count + 1)]{N...};
        if (count != 0 && count != x.rank()) {
            x.g->fail({mistake_kind::permutation, op::transpose, {}, {}, count, x.extents(), {}, 0});
            return x;
        }
        extent_t permutation[max_rank]{};
        for (int i = 0; i < x.rank(); ++i)
            permutation[i] = count == 0 ? x.rank() - 1 - i : number[i] + (number[i] < 0 ? x.rank() : 0);
        return emit::transpose(x, permutation).as_linear(x.linear);
    }
};
constexpr symbol swapped_axes(symbol x, int first, int second) {
    const int i = emit::axis_index(*x.g, first, x.rank(), x.extents());
    const int k = emit::axis_index(*x.g, second, x.rank(), x.extents());
    extent_t permutation[max_rank]{};
    for (int a = 0; a < x.rank(); ++a) permutation[a] = a == i ? k : a == k ? i : a;
    return emit::transpose(x, permutation).as_linear(x.linear);
}
template <int I, int K> struct swap_axes {
    constexpr symbol operator()(symbol x) const { return swapped_axes(x, I, K); }
};

}  // namespace expr::functions

// clang-format off
/// C_ij = sum_k A_ik B_kj
///
/// shapes    (...,M,K) x (...,K,N) -> (...,M,N), what stands in front broadcasts; (K) x (...,K,N) -> (...,N);
///           (...,M,K) x (K) -> (...,M); (K) x (K) -> (), as NumPy's
/// types     numbers, both alike
/// errors    E101 matmul_inner_extents_differ, E112 matmul_needs_two_axes (an operand without axes), E105 element_types_differ
/// gradient  dA = dC B^T, dB = A^T dC, summed over axes that were broadcast
/// test      tests/expr/shapes_test.cpp
template <class A, class B> requires Operands<A, B> constexpr auto matmul(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::matmul>(at, a, b); }
/// c = sum_k a_k b_k, over the last axis of both; what stands before it broadcasts.
///
/// shapes    (K) x (K) -> (); (...,K) x (...,K) -> (...)
/// errors    E100 shapes_do_not_broadcast, E105 element_types_differ
template <class A, class B> requires Operands<A, B> constexpr auto dot(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::dot>>(at, a, b); }
/// C_ij = a_i b_j, the operands flattened.   (M) x (N) -> (M,N)
template <class A, class B> requires Operands<A, B> constexpr auto outer(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::outer>(at, a, b); }

/// Sums over pairs of axes: tensordot(a, b, axes<1, 2>, axes<0, 1>) over a's axis 1 with b's 0 and a's 2 with b's 1.
///
/// shapes    a's axes that remain, then b's: (A,K,L) (K,L,B) -> (A,B); tensordot<2>(a, b): the last two of a, the first
///           two of b; tensordot<0>(a, b): every product, (A) (B) -> (A,B)
/// types     numbers, both alike
/// errors    E101 matmul_inner_extents_differ: extents of a pair, or not as many axes; E103, E105
/// gradient  of the product
/// test      tests/fixtures/linear_test.cpp
template <class A, class B, int... L, int... R> requires Operands<A, B> constexpr auto tensordot(const A& a, const B& b, axis_numbers<L...>, axis_numbers<R...>, source_line at = source_line::current()) { return expr::call<expr::functions::tensordot<axis_numbers<L...>, axis_numbers<R...>>>(at, a, b); }
template <int N, class A, class B> requires Operands<A, B> constexpr auto tensordot(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::tensordot_of<N>>(at, a, b); }

/// y_ij = x_ji: all axes reversed; with axes<p0, p1, ...>: axis i of y is axis p_i of x. That of a matrix is a matrix.
///
/// shapes    (A,B,C) -> (C,B,A); transpose(x, axes<1, 2, 0>): (A,B,C) -> (B,C,A)
/// types     all
/// errors    E109 not_a_permutation
/// gradient  the inverse permutation
template <Operand A, int... N> constexpr auto transpose(const A& x, axis_numbers<N...> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::transpose<N...>>(at, x); }
/// Two axes change places: swap_axes(x, axes<1, -1>); inside a traced function also swap_axes(x, 1, -1).
///
/// errors    E103 axis_out_of_range
template <Operand A, int I, int K> constexpr auto swap_axes(const A& x, axis_numbers<I, K>, source_line at = source_line::current()) { return expr::call<expr::functions::swap_axes<I, K>>(at, x); }
constexpr symbol swap_axes(symbol x, int i, int k, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return expr::functions::swapped_axes(x, i, k); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
