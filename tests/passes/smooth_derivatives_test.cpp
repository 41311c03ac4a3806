// SPDX-License-Identifier: BSL-1.0
// First and second derivatives of every smooth function over its whole range against 50-digit arithmetic, in float64
// and float32 (tests/fixtures/derivatives_from_mpmath.py).
#include <telar/passes/differentiate.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;

namespace {

symbol total(symbol x) { return emit::reduce(op::sum, x, (1u << x.rank()) - 1, false); }
symbol number(symbol x, double v) { return emit::constant(*x.g, x.type(), v); }

/// A function, and by how many roundings of |f'| and |f''| their values may differ; of |f'| + scale where a derivative
/// is a difference from a number of that size, which only the value of the function is known of.
struct row {
    const char* name;
    symbol (*f)(symbol x);
    double first, second, scale = 0;
};
// clang-format off
constexpr row rows[] = {
    {"exp",         [](symbol x) { return exp(x); },         8, 8},
    {"expm1",       [](symbol x) { return expm1(x); },       8, 8},
    {"log",         [](symbol x) { return log(x); },         8, 8},
    {"log1p",       [](symbol x) { return log1p(x); },       8, 8},
    {"sqrt",        [](symbol x) { return sqrt(x); },        8, 8},
    {"rsqrt",       [](symbol x) { return rsqrt(x); },       8, 8},
    {"cbrt",        [](symbol x) { return cbrt(x); },        8, 8},
    {"sin",         [](symbol x) { return sin(x); },         8, 8},
    {"cos",         [](symbol x) { return cos(x); },         8, 8},
    {"tan",         [](symbol x) { return tan(x); },         8, 8},
    {"asin",        [](symbol x) { return asin(x); },        8, 8},
    {"acos",        [](symbol x) { return acos(x); },        8, 8},
    {"atan",        [](symbol x) { return atan(x); },        8, 8},
    {"sinh",        [](symbol x) { return sinh(x); },        8, 8},
    {"cosh",        [](symbol x) { return cosh(x); },        8, 8},
    {"tanh",        [](symbol x) { return tanh(x); },        8, 8, 1},
    {"asinh",       [](symbol x) { return asinh(x); },       8, 8},
    {"acosh",       [](symbol x) { return acosh(x); },       8, 8},
    {"atanh",       [](symbol x) { return atanh(x); },       8, 8},
    {"sigmoid",     [](symbol x) { return sigmoid(x); },     8, 8, 1},
    {"softplus",    [](symbol x) { return softplus(x); },    8, 8},
    {"log_sigmoid", [](symbol x) { return log_sigmoid(x); }, 8, 8},
    {"erf",         [](symbol x) { return erf(x); },         8, 8},
    {"erfc",        [](symbol x) { return erfc(x); },        8, 8},
    {"lgamma",      [](symbol x) { return lgamma(x); },      8, 8, 1},
    {"digamma",     [](symbol x) { return digamma(x); },     8, 16},
    {"sinc",        [](symbol x) { return sinc(x); },        8, 8, 1},
    {"softsign",    [](symbol x) { return softsign(x); },    8, 8},
    {"elu",         [](symbol x) { return elu(x); },         8, 8},
    {"selu",        [](symbol x) { return selu(x); },        8, 8},
    {"celu",        [](symbol x) { return celu(x, 1.5); },   16, 16},
    {"gelu",        [](symbol x) { return gelu(x); },        80, 80},
    {"gelu_tanh",   [](symbol x) { return gelu_tanh(x); },   24, 128},
    {"silu",        [](symbol x) { return silu(x); },        20, 8},
    {"mish",        [](symbol x) { return mish(x); },        8, 8},
    {"log2",        [](symbol x) { return log2(x); },        8, 8},
    {"exp2",        [](symbol x) { return exp2(x); },        8, 8},
    {"pow_3",       [](symbol x) { return pow(x, 3); },      8, 8},
    {"pow_1.5",     [](symbol x) { return pow(x, 1.5); },    8, 8},
    {"pow_-2",      [](symbol x) { return pow(x, -2); },     8, 8},
    {"atan2_y",     [](symbol x) { return atan2(x, number(x, 2)); }, 8, 8},
    {"hypot_3",     [](symbol x) { return hypot(x, number(x, 3)); }, 8, 8},
    {"norm_with_3", [](symbol x) { return norm(stack(x, x * 0 + 3, axis<0>), 0); }, 8, 8, 1},
    {"logaddexp_1", [](symbol x) { return logaddexp(x, number(x, 1)); }, 8, 8},
    {"erfinv",      [](symbol x) { return erfinv(x); },      12, 24},
};
// clang-format on

/// x, f(x), f'(x), f''(x)
using table = std::map<std::string, std::vector<std::array<double, 4>>>;
table read_table() {
    std::ifstream file(TELAR_TEST_DATA_DIR "/../fixtures/derivatives.csv");
    table all;
    std::string line, cell;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        std::string name;
        std::getline(cells, name, ',');
        std::array<double, 4> numbers{};
        for (double& n : numbers) {
            std::getline(cells, cell, ',');
            n = std::stod(cell);
        }
        all[name].push_back(numbers);
    }
    return all;
}

/// f' and f'' of all x.
std::array<array, 2> derivatives(const row& r, const array& x) {
    graph g;
    const symbol leaf = declare_leaf(g, 0, {x.type, 0, x.extents});
    const symbol first = differentiate(total(r.f(leaf)), leaf), second = differentiate(total(first), leaf);
    for (const symbol s : {first, second}) g.roots.push({s.id, -1, 0, 0});
    growable<array> leaves;
    leaves.push(x);
    const auto results = support::interpreted(g, leaves);
    return {results[0], results[1]};
}

void check(const row& r, const std::vector<std::array<double, 4>>& points, dtype type) {
    const double rounding = type == dtype::float64 ? 0x1p-53 : 0x1p-24;
    const double smallest = type == dtype::float64 ? 0x1p-1022 : 0x1p-126;
    array x(type, shape(points.size()));
    for (const auto& p : points) x.push(p[0]);
    const std::array<array, 2> got = derivatives(r, x);
    double worst[2]{}, at[2]{};
    for (std::size_t order = 0; order < 2; ++order) {
        REQUIRE(got[order].extents == x.extents);
        for (int i = 0; i < x.count(); ++i) {
            const double want = points[static_cast<std::size_t>(i)][2 + order];
            const double error = support::distance(got[order].at(i), want) - smallest;
            const double roundings = error / (rounding * (std::abs(want) + r.scale));
            if (!(roundings <= worst[order])) worst[order] = roundings, at[order] = x.at(i);
        }
        INFO(std::string(r.name), type == dtype::float64 ? ", float64" : ", float32", ", order ", order + 1, ": ",
             worst[order], " roundings at ", at[order]);
        CHECK(worst[order] <= (order == 0 ? r.first : r.second));
    }
}

}  // namespace

TEST_CASE("first and second derivatives against 50 digits") {
    const table all = read_table();
    CHECK(all.size() == std::size(rows));
    for (const row& r : rows) {
        INFO(std::string(r.name));
        REQUIRE(all.contains(r.name));
        check(r, all.at(r.name), dtype::float64);
        check(r, all.at(r.name), dtype::float32);
    }
}
