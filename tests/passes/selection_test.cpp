// SPDX-License-Identifier: BSL-1.0
// What was selected to be 0 has a derivative of 0, to the third order, whatever lies where nothing was selected: a
// derivative is the same there with infinities and NaN as with harmless numbers.
#include <telar/passes/selection.hpp>

#include "../support/finite_differences.hpp"

#include <doctest/doctest.h>
#include <telar/expr/arrange.hpp>
#include <telar/expr/attention.hpp>
#include <telar/expr/control.hpp>
#include <telar/expr/convolution.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/einsum.hpp>
#include <telar/expr/indexing.hpp>
#include <telar/expr/normalization.hpp>
#include <telar/expr/pooling.hpp>
#include <telar/expr/scan.hpp>
#include <telar/expr/sort.hpp>
#include <telar/graph/verify.hpp>

#include <cmath>
#include <limits>
#include <string>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array, support::weighted;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();
const shape grid(3, 4);

/// c chooses elements, row chooses rows; x may hold anything where neither does.
struct operands {
    symbol x, w, c, row;
};
struct singular {
    const char* name;
    symbol (*f)(symbol x);
    double at, harmless;
};
// clang-format off
constexpr singular functions_with_poles[] = {
    {"log",       [](symbol x) { return log(x); },             0, 0.5},
    {"log of a negative number", [](symbol x) { return log(x); }, -1, 0.5},
    {"log1p",     [](symbol x) { return log1p(x); },           -1, 0.5},
    {"sqrt",      [](symbol x) { return sqrt(x); },            0, 0.5},
    {"cbrt",      [](symbol x) { return cbrt(x); },            0, 0.5},
    {"reciprocal", [](symbol x) { return 1 / x; },             0, 0.5},
    {"quotient",  [](symbol x) { return x / (x - 0.25); },     0.25, 0.5},
    {"0 / 0",     [](symbol x) { return x * x / x; },          0, 0.5},
    {"rsqrt",     [](symbol x) { return rsqrt(x); },           0, 0.5},
    {"pow",       [](symbol x) { return pow(x, -1.5); },       0, 0.5},
    {"power",     [](symbol x) { return pow(x, x); },          0, 0.5},
    {"exp",       [](symbol x) { return exp(x * x); },         1000, 0.5},
    {"product of an infinity", [](symbol x) { return x * exp(x) * x; }, 1000, 0.5},
    {"sinh",      [](symbol x) { return sinh(x); },            1000, 0.5},
    {"asin",      [](symbol x) { return asin(x); },            1, 0.5},
    {"acos",      [](symbol x) { return acos(x); },            2, 0.5},
    {"acosh",     [](symbol x) { return acosh(1 + x); },       0, 0.5},
    {"atanh",     [](symbol x) { return atanh(x); },           -1, 0.5},
    {"asinh",     [](symbol x) { return asinh(x); },           infinity, 0.5},
    {"erfinv",    [](symbol x) { return erfinv(x); },          1, 0.5},
    {"lgamma",    [](symbol x) { return lgamma(x); },          0, 0.5},
    {"atan2",     [](symbol x) { return atan2(x, x * 2); },    0, 0.5},
    {"hypot",     [](symbol x) { return hypot(x, x * 2); },    0, 0.5},
    {"sin",       [](symbol x) { return sin(x); },             infinity, 0.5},
    {"cubic",     [](symbol x) { return x * x * x; },          not_a_number, 0.5},
    {"abs",       [](symbol x) { return abs(log(x)); },        0, 0.5},
    {"maximum",   [](symbol x) { return maximum(sqrt(x), x); }, not_a_number, 0.5},
};
symbol padded(symbol x) {
    const extent_t before[] = {1, 0};
    return emit::pad(x, before, shape(4, 6));
}
/// The numbers of two rows.
symbol places(const operands& o, int a, int b) { return a + emit::iota(*o.x.g, 2, dtype::int64) * (b - a); }
struct selected {
    const char* name;
    symbol (*f)(const operands& o, symbol (*pole)(symbol));
    bool by_rows;
    int orders = 2;
};
constexpr selected selections[] = {
    {"where",                 [](const operands& o, auto f) { return where(o.c, f(o.x), 0); }, false},
    {"where not",             [](const operands& o, auto f) { return where(!o.c, o.x * 0.5, f(o.x)); }, false},
    {"a function of it",      [](const operands& o, auto f) { return where(o.c, tanh(f(o.x) * 0.5) + f(o.x), 0); }, false},
    {"in two places",         [](const operands& o, auto f) { const symbol y = f(o.x); return where(o.c, 2 * y, 0) + where(o.c && o.w > 0.1, y * y, 0); }, false},
    {"nested",                [](const operands& o, auto f) { return where(o.c, where(o.w > 0.1, -f(o.x), 0), 0) * o.w; }, false},
    {"of an operand",         [](const operands& o, auto f) { return f(where(o.c, o.x, 0.5)); }, false},
    {"reshaped",              [](const operands& o, auto f) { return reshape(where(o.c, f(o.x), 0), shape(2, 6)); }, false},
    {"before a reshape",      [](const operands& o, auto f) { return where(reshape(o.c, shape(2, 6)), exp(-reshape(f(o.x), shape(2, 6))), 0); }, false},
    {"before a transpose",    [](const operands& o, auto f) { return where(transpose(o.c), sin(transpose(f(o.x))), 0); }, false},
    {"before a reverse",      [](const operands& o, auto f) { return where(reverse(o.c, axis<1>), 3 * reverse(f(o.x), axis<1>), 0); }, false},
    {"rows",                  [](const operands& o, auto f) { return where(o.row, f(o.x), 0); }, true},
    {"rows before a sum",     [](const operands& o, auto f) { return where(o.row, square(sum(f(o.x), 1, true)), 0); }, true},
    {"a sum of rows",         [](const operands& o, auto f) { return sum(where(o.row, f(o.x), 0), 1); }, true},
    {"rows by a broadcast",   [](const operands& o, auto f) { return where(o.row, o.w * broadcast_to(f(slice(o.x, 1, 0, 1)), shape(3, 4)), 0); }, true},
    {"whole rows by element", [](const operands& o, auto f) { return where(broadcast_to(o.row, shape(3, 4)) && o.w > 0.1, o.w * f(sum(o.x, 1, true) * 0.25), 0); }, true},
    {"rows of a product",     [](const operands& o, auto f) { return where(o.row, matmul(f(o.x), transpose(o.w)), 0); }, true},
    {"a product of rows",     [](const operands& o, auto f) { return matmul(where(o.row, f(o.x), 0), transpose(o.w)); }, true},
    {"columns of a product",  [](const operands& o, auto f) { return where(transpose(o.row), matmul(o.w, transpose(f(o.x))), 0); }, true},
    {"softmax of rows",       [](const operands& o, auto f) { return where(o.row, softmax(f(o.x)), 0); }, true},
    {"layer_norm of rows",    [](const operands& o, auto f) { return where(o.row, layer_norm(f(o.x), slice(o.w, 0, 0, 1), slice(o.w, 0, 1, 2)), 0); }, true},
    {"rows over their norm",  [](const operands& o, auto f) { return where(o.row, o.x / norm(f(o.x), 1, true), 0); }, true},
    {"product of rows",       [](const operands& o, auto f) { return where(o.row, emit::reduce(op::prod, f(o.x), 2, true), 0); }, true, 1},
    {"attention of queries",  [](const operands& o, auto f) { return where(o.row, attention(f(o.x), o.w, o.w * o.w), 0); }, true},
    // what is moved between the selection and the function
    {"a slice",               [](const operands& o, auto f) { return where(slice(o.c, 1, 1, 3), slice(f(o.x), 1, 1, 3), 0); }, false},
    {"every other column",    [](const operands& o, auto f) { return where(emit::every(o.c, 1, 2), emit::every(f(o.x), 1, 2), 0); }, false},
    {"slices of it",          [](const operands& o, auto f) { const symbol y = where(o.c, f(o.x), 0); return slice(y, 1, 0, 2) * slice(y, 1, 2, 4); }, false},
    {"two halves",            [](const operands& o, auto f) {
        const symbol y = f(o.x);
        return where(slice(o.c, 1, 0, 2), slice(y, 1, 0, 2), 0) + where(slice(o.c, 1, 2, 4), slice(y, 1, 2, 4), 0); }, false},
    {"three rows",            [](const operands& o, auto f) {
        const symbol y = f(o.x);
        symbol sum = o.w * 0;
        for (int i = 0; i < 3; ++i) sum = sum + where(slice(o.c, 0, i, i + 1), slice(y, 0, i, i + 1) * (i + 1), 0);
        return sum; }, false},
    {"a pad",                 [](const operands& o, auto f) { return where(padded(o.c), padded(f(o.x)), 0); }, false},
    {"a concatenation",       [](const operands& o, auto f) { return where(concat({o.c, o.w > 0.1}, 0), concat({f(o.x), sin(o.w)}, 0), 0); }, false},
    {"a concatenation of it", [](const operands& o, auto f) { return concat({where(o.c, f(o.x), 0), o.w}, 1); }, false},
    {"a stack",               [](const operands& o, auto f) { return where(emit::stack<2>({o.c, !o.c}, 0), emit::stack<2>({f(o.x), o.w}, 0), 0); }, false},
    {"a new axis",            [](const operands& o, auto f) { return where(o.c, broadcast_to(expand_dims(f(o.x), 0), shape(2, 3, 4)), 0); }, false},
    {"tile",                  [](const operands& o, auto f) { return where(tile(o.c, {2, 1}), tile(f(o.x), {2, 1}), 0); }, false},
    {"repeat",                [](const operands& o, auto f) { return where(repeat(o.c, 2, 1), repeat(f(o.x), 2, 1), 0); }, false},
    {"roll",                  [](const operands& o, auto f) { return where(roll(o.c, 1, 1), roll(f(o.x), 1, 1), 0); }, false},
    {"gather",                [](const operands& o, auto f) { return where(gather(o.c, places(o, 2, 1), 0), gather(f(o.x), places(o, 2, 1), 0), 0); }, false},
    {"gather twice",          [](const operands& o, auto f) { return where(gather(o.c, places(o, 2, 2), 0), gather(f(o.x), places(o, 2, 2), 0), 0); }, false},
    {"gather of it",          [](const operands& o, auto f) { return gather(where(o.c, f(o.x), 0), places(o, 2, 2), 0); }, false},
    {"take_along_axis",       [](const operands& o, auto f) { const symbol at = argsort(o.w, axis<1>); return where(take_along_axis(o.c, at, axis<1>), take_along_axis(f(o.x), at, axis<1>), 0); }, false},
    {"scatter_add to it",     [](const operands& o, auto f) { return where(o.c, scatter_add(f(o.x), places(o, 2, 2), slice(o.w, 0, 0, 2)), 0); }, false},
    {"scatter_add",           [](const operands& o, auto f) { return where(o.row, scatter_add(o.w, places(o, 0, 2), emit::every(f(o.x), 0, 2)), 0); }, true},
    {"scatter_update",        [](const operands& o, auto f) { return where(o.row, scatter_update(f(o.x), places(o, 0, 2), slice(o.w, 0, 0, 2)), 0); }, true},
    {"sort of rows",          [](const operands& o, auto f) { return where(o.row, sort(f(o.x)), 0); }, true},
    {"sort of it",            [](const operands& o, auto f) { return sort(where(o.c, f(o.x), 0)); }, false},
    {"top_k of rows",         [](const operands& o, auto f) { return where(o.row, symbol(std::get<0>(top_k<2>(f(o.x)))), 0); }, true},
    {"cumsum of rows",        [](const operands& o, auto f) { return where(o.row, cumsum(f(o.x), axis<1>), 0); }, true},
    {"cumsum of columns",     [](const operands& o, auto f) { return where(emit::iota(*o.x.g, 4, dtype::int64) < 2, cumsum(where(emit::iota(*o.x.g, 4, dtype::int64) < 2, o.w, f(o.x)), axis<1>), 0); }, false},
    {"cumsum of it",          [](const operands& o, auto f) { return cumsum(where(o.c, f(o.x), 0), axis<1>); }, false},
    {"cumprod of rows",       [](const operands& o, auto f) { return where(o.row, cumprod(f(o.x), axis<1>), 0); }, true, 1},
    {"max of rows",           [](const operands& o, auto f) { return where(o.row, max(f(o.x), 1, true), 0); }, true},
    {"variance of rows",      [](const operands& o, auto f) { return where(o.row, mean(f(o.x), 1, true) * variance(f(o.x), 1, true), 0); }, true},
    {"logsumexp of rows",     [](const operands& o, auto f) { return where(o.row, logsumexp(f(o.x), 1, true), 0); }, true},
    {"norm of rows",          [](const operands& o, auto f) { return where(o.row, norm(f(o.x), 1, true), 0); }, true},
    {"batch of products",     [](const operands& o, auto f) { return where(expand_dims(o.row, 2), matmul(reshape(f(o.x), shape(3, 2, 2)), reshape(o.w, shape(3, 2, 2))), 0); }, true},
    {"einsum",                [](const operands& o, auto f) { return where(o.row, einsum<"ij,kj->ik">(f(o.x), o.w), 0); }, true},
    {"attention with a mask", [](const operands& o, auto f) { return where(o.row, attention(f(o.x), o.w, o.w * o.w, slice(o.w > 0.2, 1, 0, 3)), 0); }, true, 1},
    {"attention that sees nothing", [](const operands& o, auto f) {
        const symbol sees = o.row && slice(o.w, 1, 0, 3) > 0.5;
        return where(any(sees, axis<1>, keep_dims), attention(f(o.x), o.w, o.w * o.w, sees), 0); }, true, 1},
    {"max_pool of rows",      [](const operands& o, auto f) { return where(o.row, reshape(max_pool(reshape(f(o.x), shape(1, 3, 4, 1)), window<1, 2>), shape(3, 2)), 0); }, true},
    {"conv of rows",          [](const operands& o, auto f) { return where(o.row, reshape(conv(reshape(f(o.x), shape(1, 3, 4, 1)), reshape(slice(slice(o.w, 0, 0, 1), 1, 0, 2), shape(1, 2, 1, 1))), shape(3, 3)), 0); }, true},
    {"softmax of elements",   [](const operands& o, auto f) { return where(o.c, softmax(where(o.c, f(o.x), -infinity)), 0); }, false},
    {"mean of what is chosen", [](const operands& o, auto f) { return sum(where(o.c, f(o.x), 0), 1) / sum(where(o.c, o.w, 0), 1); }, false},
    {"root of it",            [](const operands& o, auto f) { return where(o.c, sqrt(where(o.c, f(o.x) * f(o.x), 0)), 0); }, false},
    {"norm at least",         [](const operands& o, auto f) { return o.w / maximum(norm(where(o.row, f(o.x), 0), 1, true), 1e-3); }, true},
    {"windows of rows",       [](const operands& o, auto f) { return where(expand_dims(o.row, 2), emit::windows(f(o.x), {1, 2, 1, 1}), 0); }, true},
    {"windows of elements",   [](const operands& o, auto f) { return where(emit::windows(o.c, {1, 2, 1, 1}), emit::windows(f(o.x), {1, 2, 1, 1}), 0); }, false},
    {"windows of it",         [](const operands& o, auto f) { return emit::windows(where(o.c, f(o.x), 0), {1, 2, 1, 1}); }, false},
    {"relu of it",            [](const operands& o, auto f) { return relu(where(o.c, f(o.x), 0) - 0.1); }, false},
    {"before relu",           [](const operands& o, auto f) { return where(o.c, relu(f(o.x) * o.w), 0); }, false},
    {"outputs of a scan",     [](const operands& o, auto f) {
        const auto step = [&](symbol h, symbol x) { return scanned{states(symbol(h + 1)), std::array{symbol(f(x))}}; };
        return where(o.row, scan(step, states(o.w * 0), over(o.x)).kept[0], 0); }, true, 1},
    {"inputs of a scan",      [](const operands& o, auto f) {
        const auto step = [&](symbol h, symbol x, symbol m) { return symbol(h + where(m, x, 0)); };
        return scan(step, states(slice(o.w, 0, 0, 1)), over(f(o.x), o.row)).state[0]; }, true},
    {"a masked recurrence",   [](const operands& o, auto f) {
        const auto step = [&](symbol h, symbol x, symbol m) {
            const symbol z = matmul(reshape(f(x), shape(1, 4)), transpose(o.w));
            return symbol(where(m, tanh(z + matmul(h, slice(o.w, 1, 1, 4))), h));
        };
        return scan(step, states(reshape(sum(o.w, 1), shape(1, 3))), over(o.x, o.row)).state[0]; }, true, 1},
};
// clang-format on

constexpr bool is_row_chosen[] = {true, false, true};
/// Every third element is not chosen, or a row is not; x is `elsewhere` there.
array operand_x(bool by_rows, double elsewhere) {
    array x = support::scattered(grid, 0.3, 0.8);
    for (int i = 0; i < x.count(); ++i)
        if (by_rows ? !is_row_chosen[i / 4] : i % 3 == 1) x.numbers[i] = elsewhere;
    return x;
}
array choice(const shape& extents) {
    array c(dtype::boolean, extents);
    for (int i = 0; i < c.count(); ++i) c.push(c.extents[1] == 1 ? is_row_chosen[i] : i % 3 != 1);
    return c;
}

/// A derivative of the given order by x and by w, where x is `elsewhere` if it is not chosen.
std::vector<array> derivatives(const selected& s, const singular& f, double elsewhere, int order) {
    const std::array<array, 4> values{operand_x(s.by_rows, elsewhere), support::scattered(grid, 0.4, 1.2, 0.3),
                                      choice(grid), choice(shape(3, 1))};
    graph g;
    symbol leaves[4];
    symbol y = support::traced(
        g,
        [&](symbol x, symbol w, symbol c, symbol row) {
            return weighted(s.f({x, w, c, row}, f.f));
        },
        values, leaves);
    for (int n = 1;; ++n) {
        for (int i = 0; i < 2; ++i) y = y + weighted(where(leaves[2], leaves[i], 0));  // so that there is a path
        symbol d[2];
        differentiate(y, leaves, 2, d);
        if (n == order) {
            for (const symbol& one : d) g.roots.push({one.id, -1, 0, 0});
            break;
        }
        y = weighted(d[0]) + weighted(d[1]);
    }
    REQUIRE(verify(g));
    const auto results = support::interpreted(g, support::listed(values));
    return {results.begin(), results.end()};
}
void check_alike(const selected& s, const singular& f, double elsewhere, int order) {
    const std::vector<array> want = derivatives(s, f, f.harmless, order), got = derivatives(s, f, elsewhere, order);
    for (std::size_t k = 0; k < want.size(); ++k)
        for (int i = 0; i < want[k].count(); ++i) {
            INFO("by operand ", k, ", element ", i, ": ", got[k].at(i), ", should be ", want[k].at(i));
            CHECK(std::isfinite(want[k].at(i)));
            CHECK(got[k].at(i) == want[k].at(i));
        }
}

}  // namespace

TEST_CASE("a derivative does not see what was not chosen") {
    for (const selected& s : selections)
        for (const singular& f : functions_with_poles)
            for (int order = 1; order <= s.orders; ++order) {
                INFO(std::string(s.name), " / ", std::string(f.name), ", order ", order);
                check_alike(s, f, f.at, order);
                check_alike(s, f, not_a_number, order);
            }
}
TEST_CASE("a selection of what cond gives is found inside of its sides, and before them") {
    static constexpr auto logarithm = telar::function([](auto x) { return log(x); });
    static constexpr auto square_of = telar::function([](auto x) { return x * x; });
    const array x = reference::array_of(shape(4), {1.0, 0.0, -1.0, 2.0});
    array c(dtype::boolean, shape(4));
    for (const bool b : {true, false, false, true}) c.push(b);
    const auto slope = [&](auto f) {
        graph g;
        symbol leaves[2];
        const symbol y = support::traced(
            g, [&](symbol at, symbol chosen) { return sum(where(chosen, f(emit::row(at, 0) > 0, at), 0)); },
            std::array{x, c}, leaves);
        g.roots.push({differentiate(y, leaves[0]).id, -1, 0, 0});
        REQUIRE(verify(g));
        return support::interpreted(g, support::listed(std::array{x, c}))[0];
    };
    const array inside = slope([](symbol p, symbol s) { return cond(p, logarithm, square_of, s); });
    const array before = slope([](symbol p, symbol s) { return cond(!p, logarithm, square_of, log(s)); });
    for (int i = 0; i < 4; ++i) {
        CHECK(inside.at(i) == (c.at(i) != 0 ? 1 / x.at(i) : 0));
        CHECK(before.at(i) == doctest::Approx(c.at(i) != 0 ? 2 * std::log(x.at(i)) / x.at(i) : 0));
    }
}
