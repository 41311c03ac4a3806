// SPDX-License-Identifier: BSL-1.0
// Runs a graph node by node, at run time or in constant evaluation: the oracle that every other target is tested
// against. Plain loops, one per family; speed is no aim.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/graph/call.hpp>
#include <telar/graph/print.hpp>
#include <telar/graph/scan.hpp>
#include <telar/kernels/reference/formulas.hpp>
#include <telar/kernels/reference/positions.hpp>
#include <telar/kernels/reference/reduce.hpp>
#include <telar/kernels/reference/routine.hpp>

#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// Is given what a graph prints at run time; nullptr: nobody is.
using printer = void (*)(std::string_view label, const array& x);
constexpr growable<array> interpret(const graph& g, const growable<graph_block>& blocks, const growable<array>& leaves,
                                    printer print);

/// One run of a graph.
class interpreter {
public:
    constexpr interpreter(const graph& g, const growable<graph_block>& blocks, const growable<array>& leaves,
                          printer print)
        : g_(g), blocks_(blocks), leaves_(leaves), print_(print), values_(g.size()) {
        bind_extents();
    }

    constexpr const array& operator[](int id) const {
        return g_[id].kind == op::leaf ? leaves_[static_cast<int>(g_[id].attribute[0])] : values_[id];
    }
    constexpr void run(int id) {
        const node& n = g_[id];
        if (n.kind == op::leaf) return require_fit(n);
        const shape extents = concrete(n.extents);
        if (extents.count() > std::numeric_limits<int>::max()) refuse_size(n, extents);
        switch (info(n.kind).group) {
            case family::source: values_[id] = source(n, extents); break;
            case family::elementwise: values_[id] = elementwise(n, extents); break;
            case family::reduction: values_[id] = reduce(n, extents); break;
            case family::contraction: values_[id] = matmul(n, extents); break;
            case family::movement: values_[id] = move(n, extents); break;
            case family::routine: {
                const array* operands[3]{};
                for (int k = 0; k < info(n.kind).arity; ++k) operands[k] = &in(n, k);
                values_[id] = routine(n, operands, extents);
                if (n.kind == op::print && print_ && !std::is_constant_evaluated())
                    print_(g_.labels.data() + n.value, values_[id]);
            } break;
            case family::scan:
                if (n.kind == op::scan_state) values_[id] = in(n, 0);
                break;
            case family::call:
                if (n.kind == op::call_operand) values_[id] = in(n, 0);
                if (n.kind == op::call_result) call(id);
                break;
        }
    }
    /// All steps of a scan, whose nodes are given.
    constexpr void run_scan(int scan, const growable<int>& nodes) {
        const extent_t steps = concrete(g_[scan].attribute[0]);
        int goes_on = -1;  // the state that says so
        for (const int i : nodes) {
            const node& n = g_[i];
            if (n.kind == op::scan_stack) values_[i] = filled_with_zeros(n.type, concrete(n.extents));
            if (n.kind == op::scan_next) values_[i] = in(n, 1);
            if (n.kind == op::scan_next && is_while(g_[scan]) && g_[n.in[1]].attribute[0] == 0) goes_on = n.in[1];
        }
        for (extent_t t = 0; t < steps && (goes_on < 0 || values_[goes_on].truths[0].value); ++t) {
            for (const int i : nodes) {
                const node& n = g_[i];
                const extent_t at = n.attribute[0] ? steps - 1 - t : t;
                if (n.kind == op::scan_slice) values_[i] = slice(in(n, 0), at);
                else if (n.kind == op::scan_stack) put(values_[i], in(n, 0), at);
                else if (n.kind == op::scan_next) values_[i] = in(n, 0);
                else run(i);
            }
            for (const int i : nodes)
                if (g_[i].kind == op::scan_next) values_[g_[i].in[1]] = values_[i];
        }
    }

private:
    const graph& g_;
    const growable<graph_block>& blocks_;
    const growable<array>& leaves_;
    printer print_;
    growable<array> values_;
    growable<extent_t> entries_;  // of the dimension table, as numbers

    constexpr const array& in(const node& n, int k) const { return (*this)[n.in[k]]; }
    constexpr extent_t concrete(extent_t e) const { return is_number(e) ? e : entries_[entry_of(e)]; }
    constexpr shape concrete(shape s) const {
        for (int i = 0; i < s.rank; ++i) s[i] = concrete(s[i]);
        return s;
    }

    // ---- extents
    constexpr void bind_extents() {
        const growable<dimension>& table = g_.dims.table;
        entries_.resize(table.size());
        for (int i = 0; i < table.size(); ++i) {
            if (table[i].kind != dimension_kind::variable) continue;
            if (table[i].lhs >= leaves_.size()) refuse_missing(table[i].lhs);
            entries_[i] = leaves_[static_cast<int>(table[i].lhs)].extents[static_cast<int>(table[i].rhs)];
        }
        evaluate(table.data(), table.size(), entries_.data());
        for (const equality& e : g_.dims.equalities)
            if (concrete(e.lhs) != concrete(e.rhs)) refuse_equality(e);
    }
    constexpr void require_fit(const node& n) const {
        const extent_t number = n.attribute[0];
        if (number >= leaves_.size()) refuse_missing(number);
        const array& a = leaves_[static_cast<int>(number)];
        if (a.type != n.type || a.extents != concrete(n.extents)) refuse_leaf(n, a);
    }
    // Not constexpr: in constant evaluation the call itself is the error.
    [[noreturn]] static void refuse_missing(extent_t number) {
        fail<missing_feed>("interpret: leaf " + std::to_string(number) + " has no value");
    }
    [[noreturn]] void refuse_leaf(const node& n, const array& a) const {
        fail<wrong_shape>("interpret: leaf " + std::to_string(n.attribute[0]) + " expected " +
                          graph_text::shape_text(g_.dims, n.extents, unknown_extents::as_expressions) + " " +
                          std::string(name_of(n.type)) + ", got " + to_string(a.extents) + " " +
                          std::string(name_of(a.type)));
    }
    [[noreturn]] void refuse_equality(equality e) const {
        fail<wrong_shape>("interpret: extents " + std::to_string(concrete(e.lhs)) + " and " +
                          std::to_string(concrete(e.rhs)) + " have to be equal");
    }
    [[noreturn]] static void refuse_size(const node& n, const shape& extents) {
        fail<wrong_shape>("interpret: " + std::string(name_of(n.kind)) + " gives shape " + to_string(extents) +
                          ", which has more elements than the reference holds");
    }
    [[noreturn]] static void refuse_range(const node& n, const array& a, const shape& extents) {
        fail<wrong_shape>("interpret: " + std::string(name_of(n.kind)) + " from shape " + to_string(a.extents) +
                          " to " + to_string(extents) + " leaves the range");
    }

    // ---- families
    constexpr array source(const node& n, const shape& extents) const {
        array r(n.type, extents);
        const int count = r.count();
        for (int i = 0; i < count; ++i) {
            if (n.kind == op::iota) r.push<std::int64_t>(i);
            else if (n.kind == op::extent) r.push(concrete(n.attribute[0]));
            else if (is_float(n.type)) r.push(number_of(n));
            else r.push(static_cast<std::int64_t>(n.value));
        }
        return r;
    }

    constexpr array elementwise(const node& n, const shape& extents) const {
        array stretched_operands[3];
        const array* a[3]{};
        for (int k = 0; k < info(n.kind).arity; ++k) {
            a[k] = &in(n, k);
            if (a[k]->extents == extents) continue;
            stretched_operands[k] = broadcast_to(*a[k], extents);
            a[k] = &stretched_operands[k];
        }
        array r(n.type, extents);
        const int count = r.count(), k = static_cast<int>(n.kind), arity = info(n.kind).arity;
        a[n.kind == op::select ? 1 : 0]->visit([&]<class V>(const growable<V>& x) {
            const bool asks = !std::same_as<V, truth> && formula_kind_of(n.kind) == formula_kind::comparison;
            const formula_table<V>& f = formulas<V>;
            if (n.kind == op::cast) {
                r.visit([&]<class To>(growable<To>& to) {
                    for (int i = 0; i < count; ++i) to.push(convert(n.type, x[i], To()));
                });
            } else if (n.kind == op::select) {
                const growable<V>& y = a[2]->list<V>();
                for (int i = 0; i < count; ++i) r.list<V>().push(select(a[0]->truths[i], x[i], y[i]));
            } else if (arity == 1) {
                for (int i = 0; i < count; ++i)
                    if (asks) r.truths.push(f.question[k](x[i]));
                    else r.list<V>().push(rounded(n.type, f.unary[k](x[i])));
            } else {
                const growable<V>& y = a[1]->list<V>();
                for (int i = 0; i < count; ++i)
                    if (asks) r.truths.push(f.comparison[k](x[i], y[i]));
                    else r.list<V>().push(rounded(n.type, f.binary[k](x[i], y[i])));
            }
        });
        return r;
    }

    constexpr array reduce(const node& n, const shape& extents) const {
        if (extents.count() == 0) return array(n.type, extents);
        const array& a = in(n, 0);
        shape inside = a.extents, outside = extents;
        for (int i = 0; i < inside.rank; ++i)
            if (!(n.attribute[0] >> i & 1)) inside[i] = 1;
        const growable<int> at = positions(inside, row_major(a.extents));
        const growable<int> first = positions(outside, row_major(a.extents));
        array r(n.type, extents);
        a.visit([&]<class V>(const growable<V>& values) {
            for (const int start : first) {
                const group<V> g{values, at, start};
                if (n.kind == op::argmax || n.kind == op::argmin) r.integers.push(reduced_index(n.kind, g));
                else r.list<V>().push(rounded(n.type, reduced(n.kind, n.type, g)));
            }
        });
        return r;
    }

    /// At the first result of a call: all of them.
    constexpr void call(int id) {
        const int called = g_[id].in[0];
        for (int i = called + 1; i < id; ++i)
            if (g_[i].kind == op::call_result && g_[i].in[0] == called) return;
        growable<array> operands;
        for (const int o : operands_of_call(g_, called)) operands.push((*this)[o]);
        const int number = static_cast<int>(g_[called].attribute[0]);
        const growable<array> results = interpret(blocks_[number].body, blocks_, operands, print_);
        for (int i = id; i < g_.size(); ++i)
            if (g_[i].kind == op::call_result && g_[i].in[0] == called)
                values_[i] = results[static_cast<int>(g_[i].attribute[0])];
    }

    constexpr array matmul(const node& n, const shape& extents) const {
        const array &a = in(n, 0), &b = in(n, 1);
        const int last = extents.rank - 1;
        const int rows = static_cast<int>(extents[last - 1]), columns = static_cast<int>(extents[last]);
        const int depth = static_cast<int>(a.extents[a.extents.rank - 1]);
        shape batch = extents, left = a.extents, right = b.extents;
        batch.rank -= 2, left.rank -= 2, right.rank -= 2;
        const growable<int> left_at = positions(batch, stretched(left, batch));
        const growable<int> right_at = positions(batch, stretched(right, batch));
        array r(n.type, extents);
        const auto multiply = [&]<class V>(const growable<V>& x, const growable<V>& y) {
            for (int p = 0; p < left_at.size(); ++p)
                for (int i = 0; i < rows; ++i)
                    for (int j = 0; j < columns; ++j) {
                        const int row = (left_at[p] * rows + i) * depth;
                        const int column = right_at[p] * depth * columns + j;
                        const auto term = [&](int k) { return x[row + k] * y[column + k * columns]; };
                        r.list<V>().push(rounded(n.type, sum_of<V>(0, depth, term)));
                    }
        };
        if (is_float(n.type)) multiply(a.numbers, b.numbers);
        else multiply(a.integers, b.integers);
        return r;
    }

    /// a[i] of the first axis.
    static constexpr array slice(const array& a, extent_t i) {
        shape rest;
        for (int k = 1; k < a.extents.rank; ++k) rest.append(a.extents[k]);
        return gather(a, rest, row_major(rest), i * rest.count());
    }
    static constexpr void put(array& to, const array& a, extent_t i) {
        a.visit([&]<class V>(const growable<V>& from) {
            const int first = static_cast<int>(i) * from.size();
            for (int k = 0; k < from.size(); ++k) to.list<V>()[first + k] = from[k];
        });
    }
    constexpr array window(const node& n, const array& a, const shape& extents) const {
        const bool takes_apart = n.kind == op::windows;
        const shape &whole = takes_apart ? a.extents : extents, &apart = takes_apart ? extents : a.extents;
        const int axis = static_cast<int>(n.attribute[0]);
        const extent_t last = (apart[axis] - 1) * n.attribute[1] + (apart[axis + 1] - 1) * n.attribute[2];
        if (last >= whole[axis]) refuse_range(n, a, extents);
        const strides own = row_major(whole);
        strides s;
        for (int i = 0; i < apart.rank; ++i) s.step[i] = own.step[i <= axis ? i : i - 1];
        s.step[axis + 1] = own.step[axis] * n.attribute[2];
        s.step[axis] = own.step[axis] * n.attribute[1];
        if (takes_apart) return gather(a, extents, s);
        array r = filled_with_zeros(n.type, extents);
        const growable<int> at = positions(a.extents, s);
        a.visit([&]<class V>(const growable<V>& from) {
            if constexpr (!std::same_as<V, truth>) {
                for (int i = 0; i < at.size(); ++i) r.list<V>()[at[i]] = r.list<V>()[at[i]] + from[i];
                for (V& sum : r.list<V>()) sum = rounded(n.type, sum);
            }
        });
        return r;
    }

    constexpr array move(const node& n, const shape& extents) const {
        const array& a = in(n, 0);
        const strides own = row_major(a.extents);
        if (n.kind == op::reshape) {
            if (extents.count() != a.count()) refuse_range(n, a, extents);
            array r = a;
            r.extents = extents;
            return r;
        }
        if (n.kind == op::broadcast_to) return broadcast_to(a, extents);
        if (n.kind == op::transpose) {
            strides moved;
            for (int i = 0; i < extents.rank; ++i) moved.step[i] = own.step[n.attribute[i]];
            return gather(a, extents, moved);
        }
        if (n.kind == op::windows || n.kind == op::overlap_add) return window(n, a, extents);
        if (n.kind == op::reverse) {
            strides turned = own;
            extent_t last = 0;
            for (int i = 0; i < extents.rank; ++i)
                if (n.attribute[0] >> i & 1) last += (extents[i] - 1) * own.step[i], turned.step[i] = -own.step[i];
            return gather(a, extents, turned, last);
        }
        shape first;  // of a slice or a pad
        for (int i = 0; i < extents.rank && n.kind != op::concat; ++i) first.append(concrete(n.attribute[i]));
        if (n.kind == op::slice) {
            for (int i = 0; i < extents.rank; ++i)
                if (first[i] + extents[i] > a.extents[i]) refuse_range(n, a, extents);
            return gather(a, extents, own, offset(a.extents, first.extent));
        }
        array r = filled_with_zeros(n.type, extents);
        if (n.kind == op::pad) {
            for (int i = 0; i < extents.rank; ++i)
                if (first[i] + a.extents[i] > extents[i]) refuse_range(n, a, extents);
            scatter(r, a, offset(extents, first.extent));
        } else {
            extent_t behind[max_rank]{};
            behind[n.attribute[0]] = a.extents[static_cast<int>(n.attribute[0])];
            scatter(r, a, 0);
            scatter(r, in(n, 1), offset(extents, behind));
        }
        return r;
    }
};

/// The values of a graph's roots, for the given values of its leaves (by their number).
///
/// types     float32 nodes are computed in double and rounded once, sums and products in double throughout; integers
///           wrap, x / 0 = 0; a cast of a float that does not fit in the integer gives its lowest number
/// errors    missing_feed; wrong_shape if a leaf is not of the stated type and shape, or if two extents that must be
///           equal differ; in constant evaluation the same is a call that is no constant
/// edge      max and min give NaN if any value is; argmax and argmin the first NaN, else the first of the largest
/// test      tests/kernels/interpret_test.cpp
constexpr growable<array> interpret(const graph& g, const growable<array>& leaves, printer print = nullptr) {
    return interpret(g, g.blocks, leaves, print);
}
constexpr growable<array> interpret(const graph& g, const growable<graph_block>& blocks, const growable<array>& leaves,
                                    printer print) {
    const growable<bool> is_needed = live_nodes(g);
    interpreter run(g, blocks, leaves, print);
    const scan_scopes scopes(g);
    const growable<int> order = run_order(g, scopes);
    for (int o = 0; o < order.size();) {
        const int scan = scopes.part_of(g, order[o]);
        growable<int> steps;
        for (; scan >= 0 && o < order.size() && scopes.part_of(g, order[o]) == scan; ++o)
            if (is_needed[order[o]]) steps.push(order[o]);
        if (scan < 0) {
            if (const int i = order[o++]; is_needed[i]) run.run(i);
        } else if (!steps.empty()) {
            run.run_scan(scan, steps);
        }
    }
    growable<array> results(g.roots.size());
    for (int i = 0; i < g.roots.size(); ++i) results[i] = run[g.roots[i].id];
    return results;
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
