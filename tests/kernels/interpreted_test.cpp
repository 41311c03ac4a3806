// SPDX-License-Identifier: BSL-1.0
// Interpreted kernels: what the reference gives, of random graphs to the bit, whose numbers are whole, and of long
// rows, many lines and odd sizes. That they give the bits of compiled kernels is tests/run/late_test.cpp's.
#include <telar/kernels/cpu/interpreted/launch.hpp>

#include "../support/random_graph.hpp"
#include "../support/schedule_runner.hpp"

#include <doctest/doctest.h>
#include <telar/expr/linear.hpp>
#include <telar/expr/movement.hpp>
#include <telar/graph/print.hpp>

#include <cmath>
#include <string_view>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;
using support::random_graph;

namespace {

using cpu::interpreted::all_operations;

/// Routines and calls are as in other schedules.
kernel_function function_of(const kernel& k, const instruction* code) {
    if (k.kind == kernel_kind::routine || k.kind == kernel_kind::call) return nullptr;
    const kernel_function f = cpu::interpreted::function_of<all_operations>(k, code);
    const bool is_there = f != nullptr;
    REQUIRE(is_there);
    return f;
}
constexpr support::other_kernels interpreted{&function_of, &cpu::interpreted::library_of<all_operations>};

bool equal(const array& a, const array& b, double tolerance) {
    if (a.type != b.type || a.extents != b.extents) return false;
    for (int i = 0; i < a.count(); ++i)
        if (!(support::distance(a.at(i), b.at(i)) <= tolerance * (1 + std::abs(b.at(i))))) return false;
    return true;
}
void check(const random_graph& r, double tolerance = 0) {
    const auto expected = reference::interpret(r.g, r.leaves);
    const graph best = optimise(r.g);
    const std::string optimised = to_string(best, std::vector<std::string_view>{});
    INFO(optimised);
    const auto ran = support::run_schedule(best, make_schedule(best, support::cpu_target), r.leaves, {}, interpreted);
    for (int i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        REQUIRE(equal(ran.results[static_cast<std::size_t>(i)], expected[i], tolerance));
    }
}

/// A function of leaves of these shapes, in these types.
using formula = symbol (*)(const symbol*);
void check_formula(formula f, std::initializer_list<std::initializer_list<extent_t>> shapes,
                   std::initializer_list<dtype> types, double tolerance) {
    for (const dtype t : types) {
        random_graph r(1, t);
        symbol in[4];
        int n = 0;
        for (const auto& extents : shapes) {
            shape s;
            for (const extent_t e : extents) s.append(e);
            array a(t, s);
            for (int i = 0; i < a.count(); ++i) a.push(is_float(t) ? std::sin(0.7 * i + n) : (i * 7 + n) % 11 - 5);
            const int number = r.leaves.push(a);
            in[n++] = declare_leaf(r.g, number, {t, 0, s});
        }
        r.make_root(f(in));
        CAPTURE(static_cast<int>(t));
        check(r, t == dtype::float32 ? tolerance * 1e9 : tolerance);
    }
}
constexpr auto floats = {dtype::float32, dtype::float64};
constexpr auto numbers = {dtype::float32, dtype::float64, dtype::int32, dtype::int64};

symbol sum_along(symbol x, unsigned axes) { return emit::reduce(op::sum, x, axes, true); }

}  // namespace

TEST_CASE("results of random graphs") {
    for (unsigned seed = 0; seed < 1500; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, support::type_of_seed(seed));
        support::grow_results(r, seed);
        check(r);
    }
}

TEST_CASE("variables that are assigned to each other") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, seed % 2 ? dtype::float32 : dtype::float64);
        for (int i = 0; i < 4 + static_cast<int>(seed % 40); ++i) r.grow();
        r.make_root(r.any_number());
        for (int target = 0; target < 5; ++target) {
            const symbol variable = r.numbers[static_cast<std::size_t>(target)];
            for (const symbol& s : r.numbers)
                if (r.g.dims.same(s.extents(), variable.extents()) && r.below(3) == 0) {
                    r.make_root(s, target);
                    break;
                }
        }
        check(r);
    }
}

TEST_CASE("rows shorter and longer than a block, alone and many") {
    for (const extent_t n : {0, 1, 3, 16, 17, 64, 255, 511, 512, 513, 1300, 2049, 5000})
        for (const extent_t rows : {1, 5, 40}) {
            CAPTURE(n);
            CAPTURE(rows);
            check_formula([](const symbol* x) { return x[0] * x[1] + x[2] - x[0]; }, {{rows, n}, {n}, {rows, 1}},
                          numbers, 1e-15);
            check_formula([](const symbol* x) { return sum_along(x[0] * x[0], 2); }, {{rows, n}}, numbers, 1e-14);
            check_formula([](const symbol* x) { return sum_along(x[0], 1) + x[1]; }, {{rows, n}, {n}}, numbers, 1e-14);
            if (n == 0) continue;
            check_formula(
                [](const symbol* x) {
                    const symbol e = exp(x[0] - emit::reduce(op::max, x[0], 2, true));
                    return e / sum_along(e, 2);
                },
                {{rows, n}}, floats, 1e-14);
            check_formula([](const symbol* x) { return emit::reduce(op::argmax, x[0], 2, false); }, {{rows, n}},
                          numbers, 0);
            check_formula([](const symbol* x) { return emit::reduce(op::argmin, x[0], 1, false); }, {{rows, n}},
                          numbers, 0);
        }
}

TEST_CASE("many lines, and long sums") {
    for (const extent_t lines : {1, 15, 16, 17, 63, 64, 65, 1025, 3000}) {
        CAPTURE(lines);
        check_formula([](const symbol* x) { return sum_along(x[0], 1); }, {{lines, 7}}, numbers, 1e-13);
        check_formula([](const symbol* x) { return sum_along(x[0], 5); }, {{lines, 3, 9}}, numbers, 1e-13);
        check_formula([](const symbol* x) { return sum_along(x[0], 3); }, {{lines, 3, 9}}, numbers, 1e-13);
    }
    check_formula([](const symbol* x) { return sum_along(x[0], 1); }, {std::initializer_list<extent_t>{200'000}},
                  floats, 1e-13);
    check_formula([](const symbol* x) { return sum_along(x[0], 1); }, {{70'000, 2}}, floats, 1e-13);
}

TEST_CASE("truth values") {
    check_formula(
        [](const symbol* x) {
            const symbol both = (x[0] < x[1]) && !(x[0] == x[1]);
            return where(both, x[0], emit::cast(both, x[0].type()) + x[1]);
        },
        {{37, 19}, {37, 19}}, numbers, 0);
    for (const extent_t n : {1, 30, 700}) {
        CAPTURE(n);
        check_formula([](const symbol* x) { return emit::reduce(op::any, x[0] < x[1], 2, true); }, {{9, n}, {n}},
                      numbers, 0);
        check_formula([](const symbol* x) { return emit::reduce(op::all, x[0] < x[1] * x[1], 1, true); }, {{9, n}, {n}},
                      numbers, 0);
    }
}

TEST_CASE("products, their epilogues, and chains") {
    for (const extent_t n : {1, 5, 16, 33, 100, 530}) {
        CAPTURE(n);
        check_formula([](const symbol* x) { return matmul(x[0], x[1]) + x[2]; }, {{9, 7}, {7, n}, {n}}, numbers, 1e-13);
        check_formula([](const symbol* x) { return tanh(matmul(x[0], x[1]) * 0.25) * x[2]; },
                      {{n, 40}, {40, 30}, {n, 1}}, floats, 1e-13);
        check_formula([](const symbol* x) { return relu(matmul(x[0], x[1])); }, {{3, n, 6}, {3, 6, 5}}, floats, 1e-13);
        check_formula(
            [](const symbol* x) {
                const symbol s = matmul(x[0], transpose(x[1])) * 0.5;
                const symbol e = exp(s - emit::reduce(op::max, s, 2, true));
                return matmul(e / sum_along(e, 2), x[2]);
            },
            {{n, 24}, {40, 24}, {40, 8}}, floats, 1e-13);
    }
}

TEST_CASE("gradients of random graphs") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, dtype::float64);
        const support::derived_graph d(r, seed);
        for (const symbol& dx : d.dx) r.make_root(dx);
        check(r, 1e-12);
    }
}
