// SPDX-License-Identifier: BSL-1.0
// Random graphs through the whole compiler: each stage is legal, and what runs gives what the reference gives, to the
// bit.
#include <telar/passes/pipeline.hpp>

#include "../support/random_graph.hpp"
#include "../support/schedule_runner.hpp"

#include <doctest/doctest.h>
#include <telar/graph/print.hpp>
#include <telar/graph/verify.hpp>
#include <telar/graph/verify_schedule.hpp>

#include <string_view>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::random_graph;

namespace {

std::string text_of(const graph& g) { return to_string(g, std::vector<std::string_view>{}); }

bool equal(const reference::array& a, const reference::array& b, double tolerance = 0) {
    if (a.type != b.type || a.extents != b.extents) return false;
    for (int i = 0; i < a.count(); ++i)
        if (!(support::distance(a.at(i), b.at(i)) <= tolerance * (1 + std::abs(b.at(i))))) return false;
    return true;
}
/// Runs a graph as it is, optimised, and as a schedule; all must agree.
void check_agreement(const random_graph& r, double tolerance = 0) {
    const std::string traced = text_of(r.g);
    INFO(traced);
    const char* illegal = first_illegality(r.g);
    CAPTURE(illegal);
    REQUIRE(illegal == nullptr);
    const auto expected = support::interpreted(r.g, r.leaves);
    graph now = drop_dead_nodes(r.g);
    for (const auto& pass : {simplify, drop_dead_nodes, transpose_products, sink_reshapes, fold_constants}) {
        now = pass(now);
        const char* broken = first_illegality(now);
        CAPTURE(broken);
        REQUIRE(broken == nullptr);
        const auto kept = support::interpreted(now, r.leaves);
        for (int i = 0; i < expected.size(); ++i) REQUIRE(equal(kept[i], expected[i], tolerance));
    }
    const graph best = optimise(r.g);
    const std::string optimised = text_of(best);
    INFO(optimised);
    const char* spoiled = first_illegality(best);
    CAPTURE(spoiled);
    REQUIRE(spoiled == nullptr);
    const auto again = support::interpreted(best, r.leaves);
    for (int i = 0; i < expected.size(); ++i) REQUIRE(equal(again[i], expected[i], tolerance));

    const schedule plan = make_schedule(best, support::cpu_target);
    const char* unsound = first_illegality(plan, best.roots);
    REQUIRE(std::string_view(unsound ? unsound : "legal") == "legal");
    const auto ran = support::run_schedule(best, plan, r.leaves);
    for (int i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        REQUIRE(equal(ran.results[static_cast<std::size_t>(i)], expected[i], tolerance));
    }
}

}  // namespace

TEST_CASE("results of random graphs") {
    for (unsigned seed = 0; seed < 1500; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, support::type_of_seed(seed));
        support::grow_results(r, seed);
        check_agreement(r);
    }
}

TEST_CASE("variables that are assigned to each other") {
    for (unsigned seed = 0; seed < 1000; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, seed % 2 ? dtype::float32 : dtype::float64);
        for (int i = 0; i < 4 + static_cast<int>(seed % 40); ++i) r.grow();
        r.make_root(r.any_number());
        for (int target = 0; target < 5; ++target) {  // any value of the variable's shape
            std::vector<symbol> fitting;
            const symbol variable = r.numbers[static_cast<std::size_t>(target)];
            for (const symbol& s : r.numbers)
                if (r.g.dims.same(s.extents(), variable.extents())) fitting.push_back(s);
            if (r.below(4) != 0)
                r.make_root(fitting[static_cast<std::size_t>(r.below(static_cast<int>(fitting.size())))], target);
        }
        check_agreement(r);
    }
}

TEST_CASE("gradients of random graphs") {
    for (unsigned seed = 0; seed < 600; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, dtype::float64);
        const support::derived_graph d(r, seed);
        for (int leaf = 0; leaf < 3; ++leaf) {
            if (seed % 2) r.make_root(d.dx[leaf]);
            else r.make_root(r.numbers[static_cast<std::size_t>(leaf)].plain() - 0.5 * d.dx[leaf], leaf);
        }
        check_agreement(r, 1e-12);
    }
}

namespace {

using formula = symbol (*)(symbol);

/// A function of one (3, 4) leaf of float64.
void check_formula(formula f) {
    random_graph r(1, dtype::float64);
    reference::array x(dtype::float64, shape(3, 4));
    for (int i = 0; i < x.count(); ++i) x.push(0.3 * i - 1.5);
    const int number = r.leaves.push(x);
    r.make_root(f(declare_leaf(r.g, number, {dtype::float64, 0, x.extents})));
    check_agreement(r, 1e-14);
}

}  // namespace

TEST_CASE("a long chain on leaves is cut into kernels") {
    check_formula([](symbol x) {
        for (int i = 0; i < 60; ++i) x = 0.5 * x + emit::elementwise(op::tanh, x) * emit::elementwise(op::sin, x);
        return emit::reduce(op::sum, x, 2, false);
    });
}
TEST_CASE("a value that its own kernel needs in memory is computed before") {
    check_formula([](symbol x) { return 3 * x - emit::cast(emit::cast(3 * x, dtype::int32), dtype::float64); });
    check_formula([](symbol x) {  // read through a view
        const symbol e = emit::elementwise(op::exp, x);
        const symbol w = x / emit::reduce(op::sum, x, 2, true);
        return e + (w - emit::reshape(emit::swap_last(e), x.extents())) *
                       emit::reduce(op::max, emit::swap_last(w), 3, true);
    });
    check_formula(
        [](symbol x) { return emit::matmul(x, emit::swap_last(x)) * emit::matmul(x + 1, emit::swap_last(x)); });
}
TEST_CASE("a costly value that only a later sweep needs") {
    check_formula([](symbol x) { return emit::elementwise(op::tanh, x) - emit::reduce(op::sum, x, 2, true); });
    check_formula([](symbol x) {
        const symbol t = emit::elementwise(op::tanh, x), centred = t - emit::reduce(op::max, x, 2, true);
        return t * centred / emit::reduce(op::sum, centred * centred, 2, true);
    });
}
TEST_CASE("the epilogue of a product reads its operand once more") {
    check_formula([](symbol x) {
        const symbol column = emit::reduce(op::sum, x, 2, true);
        return column + emit::matmul(column, emit::swap_last(column));
    });
}
