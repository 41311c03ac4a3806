// SPDX-License-Identifier: BSL-1.0
// Sums of products by the names of axes: einsum<"ij,jk->ik">(a, b). Every product of two operands becomes transposes,
// which move nothing, and one batched matrix product (or one element-wise product, where nothing is summed).
#pragma once
#include <telar/core/fixed_string.hpp>
#include <telar/expr/linear.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI {

namespace expr::einsums {

constexpr bool has(std::string_view names, char c) { return names.find(c) != std::string_view::npos; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// Letters alone, none of them twice, no more than a tensor has axes.
constexpr bool names_axes(std::string_view names) {
    if (names.size() > static_cast<std::size_t>(max_rank)) return false;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!is_letter(names[i]) || has(names.substr(0, i), names[i])) return false;
    return true;
}

/// A few names of axes, in an order.
struct axis_names {
    char text[4 * max_rank]{};
    std::size_t size = 0;

    constexpr axis_names() = default;
    constexpr axis_names(std::string_view from) {
        for (const char c : from) push(c);
    }
    constexpr void push(char c) { text[size++] = c; }
    constexpr std::string_view view() const { return {text, size}; }
    constexpr axis_names operator+(const axis_names& more) const {
        axis_names all = *this;
        for (const char c : more.view()) all.push(c);
        return all;
    }
};
/// The names in `from` of which `wanted` is true.
template <class Wanted> constexpr axis_names those(std::string_view from, Wanted wanted) {
    axis_names kept;
    for (const char c : from)
        if (wanted(c)) kept.push(c);
    return kept;
}

/// The operands' names and the result's. Without an arrow the result has the names that occur once, by the alphabet.
struct plan {
    static constexpr int most_operands = 4;
    std::string_view operand[most_operands]{};
    int operands = 0;
    axis_names result;
    bool is_legal = true;
};
constexpr plan planned(std::string_view spec) {
    plan p;
    const std::size_t arrow = spec.find("->");
    std::string_view rest = spec.substr(0, arrow);
    for (bool is_last = false; !is_last && p.operands < plan::most_operands;) {
        const std::size_t comma = rest.find(',');
        is_last = comma == std::string_view::npos;
        const std::string_view names = rest.substr(0, comma);
        p.operand[p.operands++] = names;
        p.is_legal = p.is_legal && names_axes(names);
        rest = is_last ? std::string_view{} : rest.substr(comma + 1);
    }
    if (!p.is_legal || !rest.empty()) return p.is_legal = false, p;
    const auto occurrences = [&](char c) {
        int n = 0;
        for (int i = 0; i < p.operands; ++i) n += has(p.operand[i], c);
        return n;
    };
    if (arrow == std::string_view::npos) {
        for (int c = 0; c < 128; ++c)
            if (occurrences(static_cast<char>(c)) == 1 && p.result.size < sizeof(p.result.text))
                p.result.push(static_cast<char>(c));
        p.is_legal = names_axes(p.result.view());
    } else {
        const std::string_view names = spec.substr(arrow + 2);
        p.is_legal = names_axes(names);
        for (const char c : names) p.is_legal = p.is_legal && occurrences(c) > 0;
        if (p.is_legal) p.result = names;
    }
    return p;
}

/// A value whose axes have names.
struct term {
    symbol value;
    axis_names names;

    constexpr std::string_view view() const { return names.view(); }
    constexpr int axis_of(char c) const { return static_cast<int>(view().find(c)); }
    constexpr extent_t extent_of(char c) const { return value.extents()[axis_of(c)]; }
    /// Summed over all axes but those that are wanted.
    template <class Wanted> constexpr term keeping(Wanted wanted) const {
        unsigned summed = 0;
        for (const char c : view())
            if (!wanted(c)) summed |= 1u << axis_of(c);
        return {emit::reduce(op::sum, value, summed, false), those(view(), wanted)};
    }
    /// The same value with its axes in this order.
    constexpr symbol in_order(const axis_names& order) const {
        extent_t permutation[max_rank]{};
        for (std::size_t i = 0; i < order.size; ++i) permutation[i] = axis_of(order.text[i]);
        return emit::transpose(value, permutation);
    }
    constexpr extent_t count(const axis_names& some) const {
        extent_t n = 1;
        for (const char c : some.view()) n = value.g->dims.multiply(n, extent_of(c));
        return n;
    }
};

/// The product of two terms, summed over what is not wanted afterwards.
template <class Wanted> constexpr term product(const term& x, const term& y, Wanted wanted) {
    graph& g = *x.value.g;
    const term a = x.keeping([&](char c) { return wanted(c) || has(y.view(), c); });
    const term b = y.keeping([&](char c) { return wanted(c) || has(x.view(), c); });
    const auto is_shared = [&](char c) { return has(a.view(), c) && has(b.view(), c); };
    for (const char c : a.view())
        if (is_shared(c) && !g.dims.unify(a.extent_of(c), b.extent_of(c))) {
            g.fail({mistake_kind::einsum, op::matmul, {}, {}, 0, x.value.extents(), y.value.extents(), 0});
            return x;
        }
    const axis_names batch = those(a.view(), [&](char c) { return is_shared(c) && wanted(c); });
    const axis_names summed = those(a.view(), [&](char c) { return is_shared(c) && !wanted(c); });
    const axis_names left = those(a.view(), [&](char c) { return !is_shared(c); });
    const axis_names right = those(b.view(), [&](char c) { return !is_shared(c); });
    const axis_names names = batch + left + right;
    if (names.size > std::size_t{max_rank} || (summed.size > 0 && batch.size + 2 > std::size_t{max_rank})) {
        g.fail({mistake_kind::rank_too_high, op::matmul, {}, {}, 0, x.value.extents(), y.value.extents(), 0});
        return x;
    }
    const auto shape_of = [](const term& t, const axis_names& some) {
        shape s;
        for (const char c : some.view()) s.append(has(t.view(), c) ? t.extent_of(c) : 1);
        return s;
    };
    const symbol l = a.in_order(batch + left + summed), r = b.in_order(batch + summed + right);
    if (summed.size == 0) {
        const symbol stretched = emit::reshape(l, shape_of(a, names));
        return {emit::elementwise(op::mul, stretched, emit::reshape(r, shape_of(b, names))), names};
    }
    shape rows = shape_of(a, batch), columns = rows,
          result = rows;  // (batch, M, K), (batch, K, N), (batch, left, right)
    rows.append(a.count(left));
    rows.append(a.count(summed));
    columns.append(a.count(summed));
    columns.append(b.count(right));
    for (const char c : left.view()) result.append(a.extent_of(c));
    for (const char c : right.view()) result.append(b.extent_of(c));
    return {emit::reshape(emit::matmul(emit::reshape(l, rows), emit::reshape(r, columns)), result), names};
}

/// The value of a legal plan, of as many operands as it has.
constexpr symbol evaluated(const plan& p, const symbol* x) {
    for (int i = 0; i < p.operands; ++i)
        if (x[i].rank() != static_cast<int>(p.operand[i].size())) {
            x[i].g->fail({mistake_kind::einsum, op::matmul, {}, {}, i, x[0].extents(), x[p.operands - 1].extents(), 0});
            return x[0];
        }
    term so_far{x[0], p.operand[0]};
    for (int i = 1; i < p.operands; ++i) {
        const auto is_needed_after = [&](char c) {
            for (int k = i + 1; k < p.operands; ++k)
                if (has(p.operand[k], c)) return true;
            return has(p.result.view(), c);
        };
        so_far = product(so_far, {x[i], p.operand[i]}, is_needed_after);
    }
    const term result = so_far.keeping([&](char c) { return has(p.result.view(), c); });
    if (result.names.size != p.result.size) return result.value;  // a mistake has been recorded
    return result.in_order(p.result);
}

}  // namespace expr::einsums

namespace expr::functions {

template <fixed_string Spec> struct einsum {
    static constexpr einsums::plan plan = einsums::planned(Spec.view());

    template <class... S> constexpr symbol operator()(S... operands) const {
        const symbol x[] = {operands.plain()...};
        return einsums::evaluated(plan, x);
    }
};

}  // namespace expr::functions

namespace expr::calling {
template <fixed_string Spec, class... A> constexpr auto einsum(source_line at, const A&... x) {
    constexpr einsums::plan p = einsums::planned(Spec.view());
    if constexpr (!p.is_legal || p.operands != static_cast<int>(sizeof...(A))) {
        core::errors::not_an_einsum<core::errors::operands<static_cast<int>(sizeof...(A))>>();
        return refused(x...);
    } else {
        return call<functions::composed<functions::einsum<Spec>>>(at, x...);
    }
}
}  // namespace expr::calling

// clang-format off
/// The sum of products that the names of the axes say: einsum<"ij,jk->ik">(a, b) is c_ik = sum_j a_ij b_jk. What the
/// result does not name is summed. Three and four operands are multiplied from left to right.
///
/// shapes    einsum<"bhqd,bhkd->bhqk">: (B,H,Q,D) x (B,H,K,D) -> (B,H,Q,K); einsum<"ij->ji">: a transpose; einsum<"ij->i">: row
///           sums; einsum<"i,j->ij">: the outer product; without an arrow the result has the names that occur once, by the alphabet
/// types     numbers, all alike
/// errors    E118 not_an_einsum (the string), E119 einsum_does_not_fit (an operand's axes), E105 element_types_differ, E116 too_many_axes
/// edge      no name twice in one operand (no diagonals), no "...", an extent of 1 does not stretch
/// gradient  that of the products and sums it is made of
/// test      tests/expr/einsum_test.cpp
template <fixed_string Spec, Operand A> constexpr auto einsum(const A& a, source_line at = source_line::current()) { return expr::calling::einsum<Spec>(at, a); }
template <fixed_string Spec, class A, class B> requires Operands<A, B> constexpr auto einsum(const A& a, const B& b, source_line at = source_line::current()) { return expr::calling::einsum<Spec>(at, a, b); }
template <fixed_string Spec, class A, class B, class C> requires Operands<A, B, C> constexpr auto einsum(const A& a, const B& b, const C& c, source_line at = source_line::current()) { return expr::calling::einsum<Spec>(at, a, b, c); }
template <fixed_string Spec, class A, class B, class C, class D> requires Operands<A, B, C, D> constexpr auto einsum(const A& a, const B& b, const C& c, const D& d, source_line at = source_line::current()) { return expr::calling::einsum<Spec>(at, a, b, c, d); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
