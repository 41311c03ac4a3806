// SPDX-License-Identifier: BSL-1.0
// Graphs of random operations on whole numbers, so that every value is exact whatever the order of a sum.
#pragma once
#include "arrays.hpp"

#include <telar/expr/math.hpp>
#include <telar/passes/differentiate.hpp>

#include <random>

namespace support {

/// A graph and values for its leaves.
struct random_graph {
    telar::ir::graph g;
    telar::core::growable<array> leaves;
    std::vector<telar::symbol> numbers, questions;  // in `type`, and bool
    telar::dtype type;

    random_graph(unsigned seed, telar::dtype t) : type(t), random_(seed) {
        const telar::shape shapes[] = {known(), known(), known(), telar::shape(), telar::shape(extent_[0].value)};
        for (const telar::shape& s : shapes) {
            array a(type, s);
            for (int i = 0; i < a.count(); ++i) a.push(static_cast<double>(below(9)) - 4);
            add_leaf(a);
        }
        array truths(telar::dtype::boolean, known());
        for (int i = 0; i < truths.count(); ++i) truths.push(below(2) == 0);
        add_leaf(truths);
    }
    random_graph(const random_graph&) = delete;
    random_graph& operator=(const random_graph&) = delete;

    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    telar::symbol any_number() { return numbers[static_cast<std::size_t>(below(static_cast<int>(numbers.size())))]; }
    /// A random operation on what there is.
    void grow() {
        const telar::symbol a = any_number(), b = any_number();
        switch (below(13)) {
            case 0:
            case 1: return add_unary(a);
            case 2:
            case 3:
            case 4: return add_binary(a, b);
            case 5: return add_question(a, b);
            case 6: return add_choice(a, b);
            case 7:
            case 8: return add_reduction(a);
            case 9: return add_product(a, b);
            case 10: return add_routine(a, b);
            default: return add_movement(a, b);
        }
    }
    void make_root(telar::symbol s, int target = -1) { g.roots.push({s.id, target, 0, 0}); }

private:
    struct extent_value {
        telar::extent_t name, value;
    };
    std::mt19937 random_;
    // Unknown extents, as the first leaves that have them name them. An extent of 1 among them must not broadcast.
    extent_value extent_[3] = {{telar::dyn, 1 + below(5)}, {telar::dyn, 1 + below(4)}, {3, 3}};

    telar::shape known() {
        telar::shape s;
        for (int i = 1 + below(3); i > 0; --i) s.append(below(4) == 0 ? 1 : extent_[below(3)].value);
        return s;
    }
    void add_leaf(const array& a) {
        const int number = leaves.push(a);
        telar::shape s = a.extents;
        for (int i = 0; i < s.rank; ++i)
            if (s[i] > 3 || (s[i] == 2 && below(2) == 0)) s[i] = telar::dyn;
        const telar::symbol leaf = telar::expr::declare_leaf(g, number, {a.type, 0, s});
        (a.type == telar::dtype::boolean ? questions : numbers).push_back(leaf);
    }
    telar::symbol number(double v) { return telar::ir::emit::constant(g, type, v); }
    /// What grows is kept small, so that whole numbers stay exact.
    telar::symbol small(telar::symbol s) { return minimum(maximum(s, number(-9)), number(9)); }
    void keep(telar::symbol s) { (s.type() == telar::dtype::boolean ? questions : numbers).push_back(s); }

    /// True if two shapes broadcast without stating that unknown extents are equal, which the values might refute.
    bool broadcasts(const telar::shape& a, const telar::shape& b) const {
        for (int i = 1; i <= std::min(a.rank, b.rank); ++i) {
            const telar::extent_t x = a[a.rank - i], y = b[b.rank - i];
            if (g.dims.resolve(x) != 1 && g.dims.resolve(y) != 1 && !g.dims.same(x, y)) return false;
        }
        return true;
    }
    void add_unary(telar::symbol a) {
        using telar::op;
        constexpr op any[] = {op::neg, op::abs, op::sign, op::relu};
        if (below(2) == 0 || !telar::is_float(type)) return keep(telar::ir::emit::elementwise(any[below(4)], a));
        constexpr op costly[] = {op::exp, op::tanh, op::sigmoid, op::sin, op::erf};
        const telar::symbol s =
            telar::ir::emit::elementwise(costly[below(5)], below(2) == 0 ? -abs(a) : minimum(a, number(2)));
        keep(telar::ir::emit::elementwise(below(2) == 0 ? op::floor : op::round, s * number(4)));
    }
    void add_binary(telar::symbol a, telar::symbol b) {
        if (!broadcasts(a.extents(), b.extents())) b = number(below(5) - 2);
        switch (below(6)) {
            case 0: return keep(small(a + b));
            case 1: return keep(small(a - b));
            case 2: return keep(small(a.plain() * b.plain()));
            case 3: return keep(maximum(a, b));
            case 4: return keep(minimum(a, b));
            default: return keep(small(a + a.plain() * b.plain()));
        }
    }
    void add_question(telar::symbol a, telar::symbol b) {
        if (!broadcasts(a.extents(), b.extents())) b = number(below(3) - 1);
        switch (below(5)) {
            case 0: return keep(a < b);
            case 1: return keep(a >= b);
            case 2: return keep(a == b);
            case 3: return keep(!(a != b));
            default: break;
        }
        const telar::symbol p = questions[static_cast<std::size_t>(below(static_cast<int>(questions.size())))];
        const telar::symbol q = a < b;
        if (broadcasts(p.extents(), q.extents())) keep(below(2) == 0 ? p && q : p || q);
    }
    void add_choice(telar::symbol a, telar::symbol b) {
        const telar::symbol p = questions[static_cast<std::size_t>(below(static_cast<int>(questions.size())))];
        if (below(4) == 0) return keep(telar::ir::emit::cast(p, type));
        if (!broadcasts(a.extents(), b.extents())) b = number(0);
        if (broadcasts(p.extents(), a.extents()) && broadcasts(p.extents(), b.extents()))
            keep(telar::ir::emit::elementwise(telar::op::select, p, a, b));
    }
    void add_reduction(telar::symbol a) {
        using telar::op;
        if (a.rank() == 0) return;
        const auto axes = static_cast<unsigned>(1 + below((1 << a.rank()) - 1));
        constexpr op kinds[] = {op::sum, op::sum, op::max, op::min, op::prod, op::argmax, op::argmin};
        const op k = kinds[below(7)];
        if (k == op::argmax || k == op::argmin)
            return keep(
                telar::ir::emit::cast(telar::ir::emit::reduce(k, a, 1u << below(a.rank()), below(2) == 0), type));
        if (k == op::prod) a = telar::ir::emit::elementwise(op::sign, a);
        keep(small(telar::ir::emit::reduce(k, a, axes, below(2) == 0)));
    }
    void add_product(telar::symbol a, telar::symbol b) {
        if (a.rank() < 2 || below(2) == 0) b = a;
        if (a.rank() < 2 || b.rank() < 2 || a.rank() > 3) return;
        if (b.id == a.id || !g.dims.same(a.extents()[a.rank() - 1], b.extents()[b.rank() - 2]))
            b = telar::ir::emit::swap_last(a);
        telar::shape x = a.extents(), y = b.extents();
        x.rank -= 2, y.rank -= 2;
        if (broadcasts(x, y)) keep(small(telar::ir::emit::matmul(a, b)));
    }
    /// b gives the indices, of which many lie outside.
    void add_routine(telar::symbol a, telar::symbol b) {
        if (a.rank() == 0) return;
        if (b.rank() != a.rank()) b = a;
        const int axis = below(a.rank());
        const telar::op kinds[] = {telar::op::cumsum, telar::op::cumprod};
        switch (below(8)) {
            case 0: return keep(telar::ir::emit::sort(a, below(2) == 0));
            case 1: {
                const telar::extent_t extent = a.extents()[a.rank() - 1];
                return keep(telar::ir::emit::cast(
                    telar::ir::emit::argsort(a, below(2) == 0,
                                             below(2) == 0 && telar::ir::is_number(extent) ? (extent + 1) / 2 : extent),
                    type));
            }
            case 2:
                return keep(small(telar::ir::emit::cumulate(kinds[below(2)], maximum(minimum(a, number(1)), number(-1)),
                                                            axis, {below(2) == 0, below(2) == 0})));
            case 3:
                if (g.dims.same(a.extents(), b.extents()))
                    keep(small(telar::ir::emit::recurrence(a, maximum(minimum(b, number(1)), number(-1)), axis,
                                                           below(2) == 0)));
                return;
            default: break;
        }
        for (int i = 0; i < a.rank(); ++i)
            if (i != axis && !g.dims.same(a.extents()[i], b.extents()[i])) b = a;
        const telar::symbol index = telar::ir::emit::cast(b, below(2) == 0 ? telar::dtype::int32 : telar::dtype::int64);
        const telar::symbol picked = telar::ir::emit::gather(a, index, axis, telar::ir::emit::outside::is_nothing);
        if (below(2) == 0) return keep(picked);
        keep(small(telar::ir::emit::scatter(a, index, below(2) == 0 ? picked : b, axis,
                                            static_cast<telar::ir::emit::joined>(below(4)),
                                            telar::ir::emit::outside::is_nothing)));
    }
    void add_movement(telar::symbol a, telar::symbol b) {
        const telar::shape s = a.extents();
        telar::extent_t at[telar::max_rank]{};
        switch (below(8)) {
            case 6: return keep(telar::ir::emit::reverse(a, static_cast<unsigned>(below(1 << s.rank))));
            case 0: {
                for (int i = 0; i < s.rank; ++i) at[i] = i;
                std::shuffle(at, at + s.rank, random_);
                return keep(telar::ir::emit::transpose(a, at));
            }
            case 1: {
                telar::shape to = s;
                for (int i = 0; i < s.rank; ++i)
                    if (telar::ir::is_number(s[i]) && s[i] > 1)
                        at[i] = below(static_cast<int>(s[i])), to[i] = 1 + below(static_cast<int>(s[i] - at[i]));
                return keep(telar::ir::emit::slice(a, at, to));
            }
            case 2: {
                telar::shape to = s;
                for (int i = 0; i < s.rank; ++i) at[i] = below(2), to[i] = g.dims.add(s[i], at[i] + below(2));
                return keep(telar::ir::emit::pad(a, at, to));
            }
            case 3: {
                if (s.rank == 0 || b.rank() != s.rank) b = a;
                const int axis = s.rank == 0 ? 0 : below(s.rank);
                for (int i = 0; i < s.rank; ++i)
                    if (i != axis && !g.dims.same(s[i], b.extents()[i])) b = a;
                if (s.rank != 0) keep(telar::ir::emit::concat(a, b, axis));
                return;
            }
            case 4: {
                if (s.rank == 0 || s.rank > 3) return;
                const int axis = below(s.rank);
                telar::shape merged;  // two neighbours become one, or a new axis comes
                for (int i = 0; i < s.rank; ++i) {
                    if (i == axis && i + 1 < s.rank) merged.append(g.dims.multiply(s[i], s[i + 1])), ++i;
                    else merged.append(s[i]);
                }
                if (below(3) == 0) merged.append(1);
                return keep(telar::ir::emit::reshape(a, merged));
            }
            case 5: {
                if (s.rank == 0 || s.rank > 3) return;
                telar::ir::emit::window_places w{below(s.rank), 1 + below(3), 1 + below(2), 1 + below(2)};
                const telar::extent_t whole = s[w.axis];
                if (telar::ir::is_number(whole) && w.reach() > whole) w = {w.axis, 1, 1, 1};
                if (!telar::ir::is_number(whole) || whole == 0) return;
                const telar::symbol apart = telar::ir::emit::windows(a, w);
                return keep(below(2) == 0 ? apart : small(telar::ir::emit::overlap_add(apart, w, s)));
            }
            default: {
                telar::shape to = s;
                for (int i = 0; i < s.rank; ++i)
                    if (s[i] == 1) to[i] = 1 + below(3);
                if (s.rank < 3 && below(2) == 0) {
                    telar::shape longer(2);
                    for (int i = 0; i < s.rank; ++i) longer.append(to[i]);
                    to = longer;
                }
                return keep(telar::ir::emit::broadcast_to(a, to));
            }
        }
    }
};

/// The type of the graph of a seed: floats and integers, also narrow ones, in turn.
constexpr telar::dtype type_of_seed(unsigned seed) {
    using enum telar::dtype;
    constexpr telar::dtype types[] = {float32, float64, int32, int64, uint8, float16, bfloat16};
    return types[seed % 7];
}
/// A graph of up to 33 operations, with some of its values as results.
inline void grow_results(random_graph& r, unsigned seed) {
    for (int i = 0; i < 4 + static_cast<int>(seed % 30); ++i) r.grow();
    for (int i = 0; i < 3; ++i) r.make_root(r.any_number());
    r.make_root(r.numbers.back());
    r.make_root(r.questions.back());
}
/// A number that such a graph computes, which is a result, and its derivatives by three leaves.
struct derived_graph {
    telar::symbol y, dx[3];

    derived_graph(random_graph& r, unsigned seed) {
        for (int i = 0; i < 4 + static_cast<int>(seed % 30); ++i) r.grow();
        y = telar::ir::emit::constant(r.g, r.type, 0);
        const auto sum = [](telar::symbol s) {
            return telar::ir::emit::reduce(telar::op::sum, s, (1u << s.rank()) - 1, false);
        };
        for (int i = 0; i < 3; ++i) y = y + sum(tanh(0.25 * (i == 0 ? r.numbers.back() : r.any_number())));
        for (std::size_t leaf = 0; leaf < 3; ++leaf)  // so that there is a path
            y = y + 0.125 * sum(r.numbers[leaf].plain() * r.numbers[leaf].plain());
        telar::ir::passes::differentiate(y, r.numbers.data(), 3, dx);
        r.make_root(y);
    }
};

}  // namespace support
