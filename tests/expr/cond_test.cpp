// SPDX-License-Identifier: BSL-1.0
// A choice of which one side is computed: its derivatives, and where both sides are.
#include <telar/expr/control.hpp>

#include "../support/finite_differences.hpp"
#include "../support/three_ways.hpp"

#include <telar/expr/composite.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/expr/sort.hpp>
#include <telar/run/checkpoint.hpp>

#include <doctest/doctest.h>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;
using support::results_of;
using support::scattered;

namespace {

constexpr auto deep = telar::function([](auto x, auto w) { return tanh(matmul(tanh(matmul(x, w)), w)); });
constexpr auto flat = telar::function([](auto x, auto w) { return x * sum(w); });
constexpr auto squared = telar::function([](auto x, auto) { return square(x); });
constexpr auto halved = telar::function([](auto x, auto) { return x / 2; });
constexpr auto all_ones = telar::function([](auto x, auto) { return ones_like(x); });
constexpr auto powers =
    telar::function([](auto x, auto w) { return scan([&](auto y) { return matmul(y, w); }, states(x), 2).state[0]; });
constexpr auto sorted = telar::function([](auto x, auto w) { return matmul(sort(x), w); });
constexpr auto waves = telar::function([](auto x, auto w) { return tanh(matmul(sin(x), w)); });
constexpr auto remembered_less = telar::function([](auto x, auto w) { return checkpoint(waves)(x, w); });
constexpr auto first_line = telar::function([](auto x, auto) { return sum(x, axis<0>, keep_dims); });

/// The same with where, as long as nothing is NaN.
template <class F, class G> auto both_ways(F f, G g) {
    return std::pair{[=](symbol p, symbol x, symbol w) { return symbol(cond(p, f, g, x, w)); },
                     [=](symbol p, symbol x, symbol w) { return where(p, symbol(f(x, w)), symbol(g(x, w))); }};
}
const array yes = reference::array_of(shape(), std::array{true}.data()),
            no = reference::array_of(shape(), std::array{false}.data());
const array x = scattered(shape(2, 3), -1, 1), w = scattered(shape(3, 3), -1, 1, 0.4);

/// y, dx, dw of a choice, and their derivatives.
template <class F> auto derived(F f) {
    return [f](symbol p, symbol a, symbol b) {
        const symbol by[] = {a, b};
        symbol d[2], dd[2];
        const symbol y = f(p, a, b);
        differentiate(support::weighted(y) + sum(a) + sum(b), by, 2, d);
        differentiate(support::weighted(d[0]) + support::weighted(d[1]) + sum(a) + sum(b), by, 2, dd);
        return std::array{y, d[0], d[1], dd[0], dd[1]};
    };
}
template <class F, class G> void agrees_with_where(F f, G g) {
    const auto [choice, selection] = both_ways(f, g);
    for (const array* p : {&yes, &no}) {
        const auto got = results_of(derived(choice), *p, x, w), want = results_of(derived(selection), *p, x, w);
        for (std::size_t i = 0; i < want.size(); ++i)
            for (int k = 0; k < want[i].count(); ++k)
                CHECK(got[i].at(k) == doctest::Approx(want[i].at(k)).epsilon(1e-12));
    }
}
template <class F, class G> int scans_of(F f, G g) {
    graph made;
    const symbol p = declare_leaf(made, 0, {dtype::boolean, 0, {}}),
                 a = declare_leaf(made, 1, {dtype::float64, 0, shape(2, 3)}),
                 b = declare_leaf(made, 2, {dtype::float64, 0, shape(3, 3)});
    made.roots.push({symbol(cond(p, f, g, a, b)).id, -1, 0, 0});
    made.roots.push({symbol(cond(p, f, g, a, b)).id, -1, 0, 0});  // asked for twice, computed once
    return count(optimise(made), op::scan);
}

}  // namespace

TEST_CASE("values, first and second derivatives are those of where") {
    agrees_with_where(deep, flat);
    agrees_with_where(flat, deep);
    agrees_with_where(deep, all_ones);
    agrees_with_where(squared, halved);
    agrees_with_where(deep, first_line);  // broadcasts
    agrees_with_where(powers, deep);
}
TEST_CASE("a routine in a side, a checkpoint in the other, a condition made of the operands") {
    for (const bool is_chosen : {true, false})
        support::check_derivatives(
            [&](symbol a, symbol b) {
                const symbol p = sum(a) > (is_chosen ? -10 : 10);
                return symbol(cond(p, sorted, remembered_less, a, b));
            },
            x, w);
}
TEST_CASE("element-wise sides are both computed, others are steps") {
    CHECK(scans_of(squared, halved) == 0);
    CHECK(scans_of(deep, flat) == 2);
    CHECK(scans_of(deep, halved) == 1);
    CHECK(scans_of(powers, halved) == 1);  // its own is in a block
}
