// SPDX-License-Identifier: BSL-1.0
// Attention: means of values, weighted by how well queries and keys agree. Composed of products and a softmax, which
// become one kernel (passes/chain_products.hpp).
#pragma once
#include <telar/expr/composite.hpp>
#include <telar/expr/linear.hpp>

#include <limits>

namespace telar::inline TELAR_ABI {

struct causal_tag {};
/// A query sees the keys up to its own place alone.
inline constexpr causal_tag causal{};

namespace expr::formulas {

struct attention {
    /// q k' / sqrt(d)
    static constexpr symbol scores(symbol q, symbol k) {
        graph& g = *q.g;
        const extent_t d = q.rank() > 0 ? g.dims.resolve(q.extents()[q.rank() - 1]) : 1;
        const symbol s = emit::matmul(q, emit::swap_last(k));
        return s * (1 / emit::elementwise(op::sqrt, emit::extent(g, d, s.type())));
    }
    static constexpr symbol never(symbol s) {
        return emit::constant(*s.g, s.type(), -std::numeric_limits<double>::infinity());
    }
    /// A mask of bools says which keys are seen; one of floats is added.
    static constexpr symbol masked(symbol s, symbol mask) {
        if (mask.type() != dtype::boolean) return s + mask;
        return emit::elementwise(op::select, mask, s, never(s));
    }
    static constexpr symbol mean_of(symbol v, symbol scores) { return emit::matmul(telar::softmax(scores, -1), v); }

    constexpr symbol operator()(symbol q, symbol k, symbol v) const { return mean_of(v, scores(q, k)); }
    constexpr symbol operator()(symbol q, symbol k, symbol v, symbol mask) const {
        return mean_of(v, masked(scores(q, k), mask));
    }
};
struct causal_attention {
    /// Key j is seen by query i if j <= i.
    static constexpr symbol masked(symbol s) {
        graph& g = *s.g;
        if (s.rank() < 2) return s;
        const dtype t = arithmetic_type(s.type());
        const extent_t rows = s.extents()[s.rank() - 2], columns = s.extents()[s.rank() - 1];
        const symbol after = emit::iota(g, rows, t) + 1, j = emit::iota(g, columns, t);
        const symbol sees = emit::elementwise(op::less, j, emit::reshape(after, shape(rows, 1)));
        return emit::elementwise(op::select, sees, s, attention::never(s));
    }
    constexpr symbol operator()(symbol q, symbol k, symbol v) const {
        return attention::mean_of(v, masked(attention::scores(q, k)));
    }
    constexpr symbol operator()(symbol q, symbol k, symbol v, symbol mask) const {
        return attention::mean_of(v, attention::masked(masked(attention::scores(q, k)), mask));
    }
};

}  // namespace expr::formulas

// clang-format off
/// y_i = sum_j softmax_j(q_i . k_j / sqrt(d) + mask_ij) v_j, for every i: scaled dot-product attention.
///
/// shapes    q (...,T,d), k (...,S,d), v (...,S,e), mask what broadcasts to (...,T,S) -> (...,T,e); what stands before
///           the last two axes broadcasts: heads (B,H,T,d) may share keys (B,1,S,d)
/// units     mask: bools, true where key j is seen by query i; or numbers, which are added to the scores. causal: only
///           j <= i is seen, counted from the first of both
/// types     float32, float64, float16, bfloat16; q, k, v alike
/// errors    E100 shapes_do_not_broadcast, E101 matmul_inner_extents_differ, E105 element_types_differ, E106 needs_a_float
/// edge      a query that sees no key gives nan
/// source    Vaswani et al., arXiv:1706.03762
/// test      tests/expr/attention_test.cpp, tests/kernels/attention_test.cpp
template <class Q, class K, class V> requires Operands<Q, K, V> constexpr auto attention(const Q& q, const K& k, const V& v, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::attention>>(at, q, k, v); }
template <class Q, class K, class V, class M> requires Operands<Q, K, V, M> constexpr auto attention(const Q& q, const K& k, const V& v, const M& mask, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::attention>>(at, q, k, v, mask); }
template <class Q, class K, class V> requires Operands<Q, K, V> constexpr auto attention(const Q& q, const K& k, const V& v, causal_tag, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::causal_attention>>(at, q, k, v); }
template <class Q, class K, class V, class M> requires Operands<Q, K, V, M> constexpr auto attention(const Q& q, const K& k, const V& v, const M& mask, causal_tag, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::causal_attention>>(at, q, k, v, mask); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
