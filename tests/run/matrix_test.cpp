// SPDX-License-Identifier: BSL-1.0
// What * means beside a matrix, by loops in double. The matrices are square, so that an element-wise product would fit
// too.
#include <telar/telar.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>

using namespace telar;
using support::random_tensor;

namespace {

constexpr extent_t n = 3;
using square_matrix = matrix<double, n, n>;

square_matrix random_matrix(generator& g) { return square_matrix(random_tensor<double, n, n>(g, shape(n, n))); }

/// C = A B, by loops.
tensor<double, dyn, dyn> times(const auto& a, const auto& b) {
    tensor<double, dyn, dyn> c(shape(a.extent(0), b.extent(1)));
    for (extent_t i = 0; i < a.extent(0); ++i)
        for (extent_t j = 0; j < b.extent(1); ++j)
            for (extent_t k = 0; k < a.extent(1); ++k) c(i, j) += a(i, k) * b(k, j);
    return c;
}
tensor<double, dyn, dyn> turned(const auto& a) {
    tensor<double, dyn, dyn> t(shape(a.extent(1), a.extent(0)));
    for (extent_t i = 0; i < a.extent(0); ++i)
        for (extent_t j = 0; j < a.extent(1); ++j) t(j, i) = a(i, j);
    return t;
}
double off(const auto& got, const auto& want) { return support::error_of(got, support::array_of(want)); }

}  // namespace

TEST_CASE("matrix times vectors, from the left and from the right") {
    generator g(1);
    const auto W = random_matrix(g);
    const auto x = random_tensor<double, n>(g, shape(n));
    const auto X = random_tensor<double, 5, n>(g, shape(5, n));
    const auto deep = random_tensor<double, 2, 5, n>(g, shape(2, 5, n));
    tensor<double, n> from_left, from_right;
    for (extent_t i = 0; i < n; ++i)
        for (extent_t k = 0; k < n; ++k) from_left(i) += W(i, k) * x(k), from_right(i) += x(k) * W(k, i);
    CHECK(off(W * x, from_left) < 1e-14);
    CHECK(off(x * W, from_right) < 1e-14);
    CHECK(off(W * X, times(X, turned(W))) < 1e-14);
    CHECK(off(X * W, times(X, W)) < 1e-14);
    const tensor<double, 2, 5, n> y = W * deep;
    for (extent_t b = 0; b < 2; ++b)
        for (extent_t r = 0; r < 5; ++r)
            for (extent_t i = 0; i < n; ++i) {
                double sum = 0;
                for (extent_t k = 0; k < n; ++k) sum += W(i, k) * deep(b, r, k);
                CHECK(y(b, r, i) == doctest::Approx(sum));
            }
}
TEST_CASE("what stays a linear map, and what does not") {
    generator g(2);
    const auto A = random_matrix(g), B = random_matrix(g);
    const tensor<double, n, n> plain = A, other = B;
    static_assert(decltype(A * B)::is_matrix && decltype(A + B)::is_matrix && decltype(2.0 * A - B / 2.0)::is_matrix);
    static_assert(decltype(transpose(A))::is_matrix && decltype(-A)::is_matrix);
    static_assert(!decltype(tanh(A))::is_matrix && !decltype(hadamard(A, B))::is_matrix &&
                  !decltype(A + plain)::is_matrix);
    CHECK(off(A * B, times(A, B)) < 1e-14);
    CHECK(off(transpose(A) * B, times(turned(A), B)) < 1e-14);
    CHECK(off((A + B) * (A - 2.0 * B), times(A + B, A - 2.0 * B)) < 1e-14);
    CHECK(off(plain * other, hadamard(A, B)) == 0);
    for (extent_t i = 0; i < n; ++i)
        for (extent_t j = 0; j < n; ++j) CHECK(hadamard(A, B)(i, j) == A(i, j) * B(i, j));
    CHECK(off(tanh(A) * tanh(B), hadamard(tanh(A), tanh(B))) == 0);  // results of other operations are plain
    CHECK(off(square(A), hadamard(A, A)) == 0);
    CHECK(off(A * eye<double, n>(), plain) == 0);
}
TEST_CASE("the same inside an expression and inside a function") {
    generator g(3);
    const auto A = random_matrix(g), B = random_matrix(g);
    const auto x = random_tensor<double, 4, n>(g, shape(4, n));
    variable<"A", square_matrix> a(A);
    variable<"B", square_matrix> b(B);
    input<"x", tensor<double, dyn, n>> in;
    const auto y = run(a * b * in + in * b, in = x);
    const auto want = times(x, turned(times(A, B))) + times(x, B);
    CHECK(off(y, want) < 1e-14);
    constexpr auto f = telar::function([](auto p, auto q, auto v) { return p * q * v + v * q; });
    CHECK(off(f(A, B, x), want) < 1e-14);
    CHECK(off(run(f(a, b, in), in = x), want) < 1e-14);
}
TEST_CASE("the gradient by a matrix is a matrix, and is right") {
    generator g(4);
    const auto W = random_matrix(g);
    const auto x = random_tensor<double, 4, n>(g, shape(4, n));
    variable<"W", square_matrix> w(W);
    input<"x", tensor<double, dyn, n>> in;
    const auto loss = sum(square(w * in)) + sum(sigmoid(w) * w) + sum(square(w));
    const auto slope = gradient(loss, w);
    const auto exact = run(slope, in = x);
    static_assert(decltype(exact)::is_matrix);
    for (extent_t i = 0; i < n; ++i)
        for (extent_t j = 0; j < n; ++j) {
            const double h = 1e-5;
            const auto at = [&](double by) {
                auto moved = W;
                moved(i, j) += by;
                w = moved;
                return double(run(loss, in = x));
            };
            const double difference = (at(h) - at(-h)) / (2 * h);
            CHECK(exact(i, j) == doctest::Approx(difference).epsilon(1e-7));
        }
}
