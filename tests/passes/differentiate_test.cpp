// SPDX-License-Identifier: BSL-1.0
// Every rule against central differences, its second derivative too; then what ends a path.
#include <telar/passes/differentiate.hpp>

#include "../support/finite_differences.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/graph/verify.hpp>

#include <cmath>
#include <limits>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::check_derivatives;
using support::scattered;

namespace {

const shape grid(2, 3);

template <op K> symbol unary(symbol x) { return emit::elementwise(K, x); }
template <op K> symbol binary(symbol x, symbol y) { return emit::elementwise(K, x, y); }

struct row {
    op kind;
    symbol (*f)(symbol);
    double lo, hi;
};
// clang-format off
constexpr row smooth[] = {
    {op::neg,     unary<op::neg>,     -2, 2},
    {op::exp,     unary<op::exp>,     -2, 2},
    {op::expm1,   unary<op::expm1>,   -2, 2},
    {op::log,     unary<op::log>,     0.3, 3},
    {op::log1p,   unary<op::log1p>,   -0.6, 2},
    {op::sqrt,    unary<op::sqrt>,    0.3, 3},
    {op::cbrt,    unary<op::cbrt>,    0.3, 3},
    {op::sin,     unary<op::sin>,     -3, 3},
    {op::cos,     unary<op::cos>,     -3, 3},
    {op::tan,     unary<op::tan>,     -1, 1},
    {op::asin,    unary<op::asin>,    -0.8, 0.8},
    {op::acos,    unary<op::acos>,    -0.8, 0.8},
    {op::atan,    unary<op::atan>,    -3, 3},
    {op::sinh,    unary<op::sinh>,    -2, 2},
    {op::cosh,    unary<op::cosh>,    -2, 2},
    {op::tanh,    unary<op::tanh>,    -2, 2},
    {op::asinh,   unary<op::asinh>,   -2, 2},
    {op::acosh,   unary<op::acosh>,   1.3, 3},
    {op::atanh,   unary<op::atanh>,   -0.8, 0.8},
    {op::sigmoid, unary<op::sigmoid>, -3, 3},
    {op::softplus, unary<op::softplus>, -3, 3},
    {op::erf,     unary<op::erf>,     -2, 2},
    {op::erfc,    unary<op::erfc>,    -2, 2},
    {op::erfinv,  unary<op::erfinv>,  -0.8, 0.8},
    {op::erfcinv, unary<op::erfcinv>, 0.2, 1.8},
    {op::lgamma,  unary<op::lgamma>,  0.3, 3},
    {op::digamma, unary<op::digamma>, 0.4, 3},
};
constexpr row piecewise[] = {
    {op::abs,     unary<op::abs>,     -2, 2},
    {op::relu,    unary<op::relu>,    -2, 2},
};
// clang-format on

/// The gradient of a scalar function at x, by the reference.
template <class F> reference::array gradient_at(F f, const reference::array& x) {
    graph g;
    symbol leaf;
    const symbol y = support::traced(g, f, std::array{x}, &leaf);
    g.roots.push({differentiate(y, leaf).id, -1, 0, 0});
    REQUIRE(verify(g));
    return support::interpreted(g, support::listed(std::array{x}))[0];
}
symbol total(symbol x) { return emit::reduce(op::sum, x, (1u << x.rank()) - 1, false); }
reference::array vector_of(std::initializer_list<double> v) { return reference::array_of(shape(v.size()), v); }

}  // namespace

TEST_CASE("unary functions") {
    for (const row& r : smooth) {
        CAPTURE(name_of(r.kind));
        check_derivatives(r.f, scattered(grid, r.lo, r.hi));
    }
    for (const row& r : piecewise) {
        CAPTURE(name_of(r.kind));
        check_derivatives(r.f, scattered(grid, r.lo, r.hi, 0.05));
    }
    check_derivatives([](symbol x) { return emit::cast(x, dtype::float64) * x; }, scattered(grid, -1, 1));
}

TEST_CASE("binary functions, alike and broadcast") {
    const shape shapes[][2] = {{grid, grid},
                               {grid, shape(3)},
                               {shape(3), grid},
                               {grid, shape(2, 1)},
                               {shape(), grid},
                               {shape(2, 1), shape(1, 3)},
                               {shape(2, 1, 3), shape(2, 1)},
                               {shape(1), shape(2)}};
    for (const auto& pair : shapes) {
        const shape &a = pair[0], &b = pair[1];
        CAPTURE(to_string(a));
        CAPTURE(to_string(b));
        const auto x = scattered(a, 0.4, 2), y = scattered(b, 0.3, 1.9, 0.3);
        check_derivatives(binary<op::add>, x, y);
        check_derivatives(binary<op::sub>, x, y);
        check_derivatives(binary<op::mul>, x, y);
        check_derivatives(binary<op::div>, x, y);
        check_derivatives(binary<op::pow>, x, y);
        check_derivatives(binary<op::atan2>, x, y);
        check_derivatives(binary<op::floor_mod>, x, y);
        check_derivatives(binary<op::maximum>, x, y);
        check_derivatives(binary<op::minimum>, x, y);
        check_derivatives([](symbol p, symbol q) { return where(p < q, p * q, p / q); }, x, y);
    }
    check_derivatives([](symbol x) { return emit::elementwise(op::mul, x, x) * x; }, scattered(grid, -1, 1));
}

TEST_CASE("reductions over every set of axes") {
    const auto x = scattered(shape(2, 3, 2), 0.5, 2);
    for (unsigned axes = 1; axes < 8; ++axes)
        for (const bool keep : {false, true})
            for (const op k : {op::sum, op::prod, op::max, op::min}) {
                CAPTURE(axes);
                CAPTURE(name_of(k));
                check_derivatives([=](symbol s) { return emit::reduce(k, s, axes, keep); }, x);
            }
    check_derivatives([](symbol s) { return mean(s, 1) * variance(s, 1) + norm(s, 1); }, x);
    check_derivatives([](symbol s) { return stddev(s, 0) + logsumexp(s, 0); }, x);
}

TEST_CASE("the product with zeros among its factors") {
    const auto product = [](symbol s) { return emit::reduce(op::prod, s, 1, false); };
    CHECK(support::error_of_gradient(product, std::array{vector_of({2, 0, 3, 0.5})}) < 1e-8);
    CHECK(support::error_of_gradient(product, std::array{vector_of({2, 0, 3, 0})}) < 1e-8);
    CHECK(support::error_of_gradient(product, std::array{vector_of({0})}) < 1e-8);
}

TEST_CASE("matrix products: plain, batched, broadcast batches, vectors") {
    const auto a = scattered(shape(2, 3), -1, 1), b = scattered(shape(3, 2), -1, 1, 0.4);
    const auto product = [](symbol x, symbol y) { return matmul(x, y); };
    check_derivatives(product, a, b);
    check_derivatives(product, scattered(shape(2, 2, 3), -1, 1), b);
    check_derivatives(product, scattered(shape(2, 1, 2, 3), -1, 1), scattered(shape(2, 3, 2), -1, 1, 0.2));
    check_derivatives(product, scattered(shape(3), -1, 1), b);
    check_derivatives(product, a, scattered(shape(3), -1, 1));
    check_derivatives(product, scattered(shape(3), -1, 1), scattered(shape(3), -1, 1, 0.7));
    check_derivatives([](symbol x) { return matmul(matmul(x, x), transpose(x)); }, scattered(shape(3, 3), -1, 1));
    check_derivatives([](symbol x, symbol y) { return dot(x, y) * outer(x, y); }, scattered(shape(3), -1, 1),
                      scattered(shape(3), -1, 1, 0.7));
}

TEST_CASE("a linear map: its rules multiply element by element") {
    const auto w = scattered(shape(3, 3), -1, 1), x = scattered(shape(2, 3), -1, 1, 0.2);
    check_derivatives([](symbol m, symbol v) { return m.as_linear(true) * v; }, w, x);
    check_derivatives([](symbol m, symbol v) { return v * m.as_linear(true); }, w, x);
    check_derivatives([](symbol m, symbol v) { return tanh(m.as_linear(true) * m.as_linear(true)) + sum(v); }, w, x);
    check_derivatives([](symbol m, symbol v) { return sigmoid(m.as_linear(true)) * m + sum(square(v)); }, w, x);
}

TEST_CASE("movements") {
    const auto x = scattered(shape(2, 3, 2), -1, 1);
    const auto y = scattered(shape(2, 1, 2), -1, 1, 0.4);
    check_derivatives([](symbol s) { return square(reshape(s, shape(3, 4))); }, x);
    check_derivatives([](symbol s) { return square(transpose(s, axes<2, 0, 1>)); }, x);
    check_derivatives([](symbol s) { return exp(broadcast_to(s, shape(2, 3, 2))); }, y);
    check_derivatives([](symbol s) { return square(slice(s, 1, 1, 3)) * slice(s, 1, 0, 2); }, x);
    check_derivatives([](symbol s) { return exp(pad(s, before<0, 1, 2>, after<1, 0, 0>)); }, x);
    check_derivatives([](symbol s, symbol t) { return square(concat({s, t, s}, 1)); }, x, y);
    check_derivatives([](symbol s, symbol t) { return square(concat({t, s}, 1)); }, x, y);
    check_derivatives([](symbol s) { return sin(stack(s, s * s, axis<1>)); }, y);
    check_derivatives([](symbol s) { return exp(squeeze(expand_dims(s, 0), 0)); }, y);
}

TEST_CASE("composites") {
    const auto x = scattered(shape(2, 4), -2, 2), t = scattered(shape(2, 4), 0.1, 0.9, 0.3);
    check_derivatives([](symbol s) { return softmax(s); }, x);
    check_derivatives([](symbol s) { return log_softmax(s); }, x);
    check_derivatives([](symbol s) { return gelu(s) + silu(s) + softplus(s) + elu(s) + leaky_relu(s); }, x);
    check_derivatives([](symbol s, symbol p) { return softmax_cross_entropy(s, p); }, x, t);
    check_derivatives([](symbol s, symbol p) { return binary_cross_entropy(p, s, from_logits); }, x, t);
    check_derivatives([](symbol s, symbol p) { return binary_cross_entropy(sigmoid(s), p) + huber(s, p); }, x, t);
    check_derivatives([](symbol s, symbol g, symbol b) { return layer_norm(s, g, b); }, x,
                      scattered(shape(4), 0.5, 1.5), scattered(shape(4), -1, 1));
}

TEST_CASE("ties") {
    const auto tied = vector_of({1, 3, 3, 0});
    const auto largest = gradient_at([](symbol s) { return emit::reduce(op::max, s, 1, false); }, tied);
    CHECK(largest.at(0) == 0);
    CHECK(largest.at(1) == 0.5);
    CHECK(largest.at(2) == 0.5);
    CHECK(gradient_at([](symbol s) { return total(relu(s)); }, vector_of({0})).at(0) == 0);
    CHECK(gradient_at([](symbol s) { return total(abs(s)); }, vector_of({0})).at(0) == 0);
    CHECK(gradient_at([](symbol s) { return total(maximum(s, 3 * s)); }, vector_of({0})).at(0) == 1);
    CHECK(gradient_at([](symbol s) { return total(minimum(s, 3 * s)); }, vector_of({0})).at(0) == 1);
}

TEST_CASE("the largest of a row with a NaN: what made the NaN has a derivative") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto rows = reference::array_of(shape(2, 3), {1.0, nan, 2.0, 4.0, 5.0, 5.0});
    for (const op k : {op::max, op::min}) {
        const auto d = gradient_at([&](symbol s) { return total(emit::reduce(k, s, 2, false)); }, rows);
        CHECK(d.at(1) == doctest::Approx(1.0 / 3));
        CHECK(d.at(3) == (k == op::max ? 0 : 1));
        CHECK(d.at(5) == (k == op::max ? 0.5 : 0));
        const auto square = gradient_at([&](symbol s) { return total(emit::reduce(k, s * s, 2, false)); }, rows);
        CHECK(std::isnan(square.at(1)));
    }
    const auto first =
        gradient_at([](symbol s) { return total(emit::reduce(op::max, s, 2, false, emit::ties::first)); }, rows);
    CHECK(first.at(0) == 0);
    CHECK(first.at(1) == 1);
    CHECK(first.at(4) == 1);
}

TEST_CASE("where never multiplies by the other branch's nan") {
    const auto x = vector_of({-1, 4, 0});
    const auto d = gradient_at([](symbol s) { return total(where(s > 0, sqrt(where(s > 0, s, 1)), s)); }, x);
    CHECK(d.at(0) == 1);
    CHECK(d.at(1) == 0.25);
    CHECK(d.at(2) == 1);
    const auto power = gradient_at([](symbol s) { return total(pow(s, 2)); }, x);
    CHECK(power.at(0) == -2);
    CHECK(power.at(2) == 0);
}

TEST_CASE("what is beside relu, maximum, clip, abs and a largest element is not seen") {
    const auto zero_at = [&](auto f, double x, int order = 1) {
        const auto d = gradient_at(
            [&](symbol s) {
                symbol y = total(f(s));
                for (int n = 1; n < order; ++n) y = total(differentiate(y, s));
                return y;
            },
            vector_of({x, 0.5}));
        INFO(x, ", order ", order, ": ", d.at(0));
        CHECK(d.at(0) == 0);
    };
    zero_at([](symbol s) { return relu(log(s)); }, 0);
    zero_at([](symbol s) { return relu(-1 / square(s)); }, 0);
    zero_at([](symbol s) { return clip(exp(s), 0, 10); }, 2000);
    zero_at([](symbol s) { return minimum(3 * exp(s) * exp(s), 10); }, 2000);
    zero_at([](symbol s) { return maximum(sqrt(s), 0.1); }, 0);
    zero_at([](symbol s) { return sqrt(abs(s)); }, 0);
    zero_at([](symbol s) { return 0.5 * minimum(pow(s, -2), 5); }, 0);
    zero_at([](symbol s) { return maximum(norm(s * 0, 0), 1e-3) + 0 * s; }, 0.5);
    zero_at([](symbol s) { return emit::reduce(op::max, sqrt(s), 1, false); }, 0);
    for (int order = 1; order <= 3; ++order) zero_at([](symbol s) { return pow(s, 0); }, 0, order);
    for (int order = 2; order <= 4; ++order) zero_at([](symbol s) { return pow(s, 1); }, 0, order);
    for (int order = 3; order <= 4; ++order) zero_at([](symbol s) { return pow(s, 2); }, 0, order);
    for (int order = 1; order <= 3; ++order) zero_at([](symbol s) { return pow(s, stop_gradient(0 * s)); }, 0, order);
    for (int order = 2; order <= 3; ++order)
        zero_at([](symbol s) { return pow(s, 1 + stop_gradient(0 * s)); }, 0, order);
    zero_at([](symbol s) { return pow(emit::constant(*s.g, s.type(), 0), s); }, 2);
}

TEST_CASE("powers of negative numbers, to the third order") {
    for (int n = -3; n <= 4; ++n)
        for (int order = 1; order <= 3; ++order) {
            const auto f = [&](symbol s) {
                symbol y = total(pow(s, n));
                for (int k = 1; k < order; ++k) y = total(differentiate(y, s));
                return y;
            };
            double want = 1;
            for (int k = 0; k < order; ++k) want *= n - k;
            CHECK(gradient_at(f, vector_of({-2})).at(0) == doctest::Approx(want * std::pow(-2.0, n - order)));
        }
}

TEST_CASE("the product of all axes, second and third derivatives, with zeros") {
    for (const double zero : {0.0, 0.75}) {
        reference::array x(dtype::float64, shape(2, 3));
        for (const double v : {2.0, zero, 0.5, 3.0, 0.0, 1.5}) x.push(v);
        for (const unsigned axes : {1u, 2u, 3u}) {
            const auto product = [=](symbol s) { return emit::reduce(op::prod, s, axes, false); };
            check_derivatives(product, x);
            check_derivatives([=](symbol s) { return differentiate(support::weighted(product(s)), s); }, x);
        }
    }
}

TEST_CASE("of equal indices of scatter_update only the last update has a derivative") {
    const auto updates = reference::array_of(shape(4, 2), std::initializer_list<double>{1, 2, 3, 4, 5, 6, 7, 8});
    const auto d = gradient_at(
        [](symbol u) {
            graph& g = *u.g;
            const symbol place = emit::iota(g, 4, dtype::int64), odd = emit::reshape(place > 1, shape(4, 1));
            const symbol indices =
                emit::broadcast_to(emit::elementwise(op::select, odd, emit::constant(g, dtype::int64, 2),
                                                     emit::constant(g, dtype::int64, 0)),
                                   shape(4, 2));  // 0 0 2 2
            const symbol zeros = emit::broadcast_to(emit::constant(g, dtype::float64, 0), shape(3, 2));
            return total(square(emit::scatter(zeros, indices, u, 0, emit::joined::update)));
        },
        updates);
    for (int i = 0; i < 8; ++i) CHECK(d.at(i) == ((i / 2) % 2 == 1 ? 2 * updates.at(i) : 0));
}

TEST_CASE("no square overflows or vanishes in a derivative") {
    for (const double size : {1e-200, 1e-30, 1.0, 1e30, 1e200}) {
        const auto x = vector_of({3 * size, 4 * size});
        const auto check = [&](auto f, double first, double second) {
            const auto d = gradient_at(f, x);
            CHECK(d.at(0) == doctest::Approx(first));
            CHECK(d.at(1) == doctest::Approx(second));
        };
        const auto part = [](symbol s, int i) { return emit::slice(s, std::array<extent_t, 1>{i}.data(), shape(1)); };
        check([](symbol s) { return norm(s, 0); }, 0.6, 0.8);
        check([&](symbol s) { return total(hypot(part(s, 0), part(s, 1))); }, 0.6, 0.8);
        check([](symbol s) { return stddev(s, 0); }, -0.5, 0.5);
        check([&](symbol s) { return total(atan2(part(s, 0), part(s, 1))) * size; }, 0.16, -0.12);
        check([&](symbol s) { return total(asinh(s)) * std::max(size, 1.0); },
              size < 1 ? 1 : 1 / std::hypot(3, 1 / size), size < 1 ? 1 : 1 / std::hypot(4, 1 / size));
    }
}

TEST_CASE("logsumexp of nothing but -inf") {
    const double none = -std::numeric_limits<double>::infinity();
    const auto d = gradient_at([](symbol s) { return total(exp(logsumexp(s, 1))); },
                               reference::array_of(shape(2, 2), {none, none, none, 0.5}));
    CHECK(d.at(0) == 0);
    CHECK(d.at(1) == 0);
    CHECK(d.at(2) == 0);
    CHECK(d.at(3) == doctest::Approx(std::exp(0.5)));
}

TEST_CASE("what stops a gradient, and mistakes") {
    const auto x = vector_of({0.5, 1.5});
    const auto d = gradient_at(
        [](symbol s) {
            return total(s * stop_gradient(s) + floor(s) + emit::cast(emit::cast(s, dtype::int32), dtype::float64));
        },
        x);
    CHECK(d.at(0) == 0.5);
    CHECK(d.at(1) == 1.5);
    const auto mistake_of = [&](auto f, dtype type = dtype::float64) {
        graph g;
        const symbol leaf = declare_leaf(g, 0, {type, 0, shape(2)});
        differentiate(symbol{f(leaf)}, leaf);
        return g.error.what;
    };
    CHECK(mistake_of([](symbol s) { return s * s; }) == mistake_kind::gradient_of_non_scalar);
    CHECK(mistake_of([](symbol s) { return total(floor(s)); }) == mistake_kind::no_gradient_path);
    CHECK(mistake_of([](symbol s) { return total(emit::cast(s, dtype::float64)); }, dtype::int32) ==
          mistake_kind::gradient_of_integer);
    CHECK(mistake_of([](symbol s) { return total(argmax(s, 0, true)); }) == mistake_kind::gradient_of_integer);
    CHECK(mistake_of([](symbol s) { return total(s * s); }) == mistake_kind::none);
}

TEST_CASE("a wrong derivative is found") {
    const auto wrong = [](symbol s) { return total(s * stop_gradient(s)); };
    CHECK(support::error_of_gradient(wrong, std::array{vector_of({1, 2})}) > 0.1);
}
