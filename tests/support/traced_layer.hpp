// SPDX-License-Identifier: BSL-1.0
// A layer of telar::nn on one array, traced at run time and interpreted: for what is drawn, of which no other library
// has the same numbers.
#pragma once
#include "arrays.hpp"

#include <telar/graph/settle_calls.hpp>
#include <telar/nn/bind.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/passes/pipeline.hpp>

#include <cstdint>
#include <vector>

namespace support {

struct layer_run {
    std::uint64_t seed = 1;
    bool trains = true;
    bool of_any_batch = false;
};
/// What a layer gives, what it adds to the loss, and the derivative of sum(y c) by x, where c are irregular weights.
struct layer_result {
    array y, penalty, dx;
    telar::ir::mistake_kind mistake = telar::ir::mistake_kind::none;
    bool draws = false;
    int values = 0;

    double at(int i) const { return y.at(i); }
    int count() const { return y.count(); }
};

inline array irregular(const array& y) {
    array c(y.type, y.extents);
    for (int i = 0; i < c.count(); ++i) c.push(((37 * i + 11) % 64 - 31.5) / 32);
    return c;
}
template <class L> struct only_layer { L layer; };

template <class L> layer_result run_layer(const L& layer, const array& x, layer_run how = {}) {
    using namespace telar;
    ir::graph g;
    core::growable<array> leaves;
    g.regions.set_training(how.trains);
    nn::bound_model bound;
    bound.g = &g;
    bound.type = is_float(x.type) ? x.type : dtype::float64;
    bound.describes = true;
    bound.first_leaf = 1;
    only_layer<L> model{layer};
    nn::bind_model(model, bound);
    shape extents = x.extents;
    if (how.of_any_batch) extents[0] = dyn;
    leaves.push(x);
    const symbol operand = expr::declare_leaf(g, 0, {x.type, 0, extents}), y = model.layer(operand);
    layer_result r;
    bound.add_regularization();
    r.mistake = g.error.what;
    r.draws = bound.draws;
    r.values = bound.values;
    if (r.mistake != ir::mistake_kind::none) return r;
    for (int leaf = 0; leaf < bound.values; ++leaf)
        for (const nn::parameter_info& p : bound.parameters) {
            if (p.leaf != leaf) continue;
            array value(p.type.type, p.type.extents);
            if (p.type.type == dtype::int64) {
                value.push(static_cast<std::int64_t>(how.seed)), value.push(std::int64_t{0});
            } else {
                std::vector<double> numbers(static_cast<std::size_t>(value.count()));
                std::vector<float> narrow(numbers.size());
                generator drawn(1);
                const bool is_double = p.type.type == dtype::float64;
                p.begins.fill(p.type, is_double ? static_cast<void*>(numbers.data()) : narrow.data(), drawn);
                for (std::size_t i = 0; i < numbers.size(); ++i) {
                    if (is_double) value.push(numbers[i]);
                    else value.push(narrow[i]);
                }
            }
            leaves.push(value);
        }
    symbol penalty = ir::emit::constant(g, is_float(x.type) ? x.type : dtype::float64, 0);
    for (const symbol& p : bound.penalties) penalty = penalty + p;
    g.roots.push({y.id, -1, 0, 0});
    g.roots.push({penalty.id, -1, 0, 0});
    ir::graph traced = g;
    settle_calls(traced);
    const auto first = interpreted(traced, leaves);
    r.y = first[0];
    r.penalty = first[1];
    if (!is_float(x.type) || !is_float(y.type())) return r;
    leaves.push(irregular(r.y));
    const symbol c = expr::declare_leaf(g, leaves.size() - 1, {r.y.type, 0, r.y.extents}), total = sum(y.plain() * c);
    symbol dx;
    ir::passes::differentiate(total, &operand, 1, &dx);
    g.roots.push({dx.id, -1, 0, 0});
    g.updates.clear();
    settle_calls(g);
    const auto all = interpreted(ir::passes::optimise(g), leaves, g.blocks);
    for (int i = 0; i < r.count(); ++i) CHECK(distance(all[0].at(i), r.at(i)) <= 1e-5 * (1 + std::abs(r.at(i))));
    r.dx = all[2];
    return r;
}

inline array all_of(const telar::shape& extents, double value, telar::dtype type = telar::dtype::float64) {
    array a(type, extents);
    for (int i = 0; i < a.count(); ++i) a.push(value);
    return a;
}
inline array drawn_normal(const telar::shape& extents, std::uint64_t seed = 5) {
    array a(telar::dtype::float64, extents);
    telar::tensor<double, telar::dyn> values(telar::shape(extents.count()));
    telar::generator g(seed);
    telar::random_normal_initializer{0, 1}(values, g);
    for (int i = 0; i < a.count(); ++i) a.push(values(i));
    return a;
}
struct sample_moments {
    double mean = 0, variance = 0;
};
inline sample_moments moments_of(const array& a) {
    sample_moments m;
    for (int i = 0; i < a.count(); ++i) m.mean += a.at(i) / a.count();
    for (int i = 0; i < a.count(); ++i) m.variance += (a.at(i) - m.mean) * (a.at(i) - m.mean) / a.count();
    return m;
}
inline bool same_values(const array& a, const array& b) {
    if (!(a.extents == b.extents)) return false;
    for (int i = 0; i < a.count(); ++i)
        if (a.at(i) != b.at(i)) return false;
    return true;
}

/// A layer that draws in training: it predicts x and draws nothing; one seed is one result, of a batch of any size too;
/// another seed is another. What it gave for a seed.
template <class L> layer_result check_draws(const L& layer, const array& x) {
    const auto predicted = run_layer(layer, x, {.trains = false});
    CHECK(same_values(predicted.y, x));
    CHECK(!predicted.draws);
    const auto first = run_layer(layer, x, {.seed = 3});
    CHECK(first.draws);
    CHECK(first.y.extents == x.extents);
    CHECK(same_values(first.y, run_layer(layer, x, {.seed = 3}).y));
    CHECK(same_values(first.y, run_layer(layer, x, {.seed = 3, .of_any_batch = true}).y));
    CHECK(!same_values(first.y, run_layer(layer, x, {.seed = 4}).y));
    return first;
}

}  // namespace support
