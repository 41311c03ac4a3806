// SPDX-License-Identifier: BSL-1.0
// Weights in float32, everything else in two bytes: the program that numbers of two bytes are for.
#include <doctest/doctest.h>

#include <cmath>
#include <telar/telar.hpp>

using namespace telar;

namespace {

using weights = matrix<float, 1, 3>;
constexpr float wanted[] = {0.7f, -1.3f, 0.2f};

template <class T> tensor<T, dyn, 3> rows(extent_t n) {
    generator g(11);
    tensor<T, dyn, 3> x(shape(n, 3));
    for (T& v : x) v = static_cast<T>(g.uniform(-1, 1));
    return x;
}
template <class T> tensor<T, dyn, 1> answers(const tensor<T, dyn, 3>& x) {
    tensor<T, dyn, 1> t(shape(x.extent(0), 1));
    for (extent_t i = 0; i < x.extent(0); ++i) {
        double sum = 0;
        for (extent_t k = 0; k < 3; ++k) sum += double{wanted[k]} * static_cast<double>(x(i, k));
        t(i, 0) = static_cast<T>(sum);
    }
    return t;
}

}  // namespace

TEST_CASE("a master copy in float32 learns what bfloat16 could not hold") {
    using T = bfloat16;
    const auto x = rows<T>(65);
    const auto t = answers(x);
    const input<"X", tensor<T, dyn, 3>> X;
    const input<"T", tensor<T, dyn, 1>> Y;
    variable<"W", weights> W;
    variable<"w", matrix<T, 1, 3>> w;  // the rounded copy: it is stored, and computed with

    const auto loss = mean(square(cast<float>(w * X) - cast<float>(Y)));
    const auto next = W - 0.05f * cast<float>(gradient(loss, w));
    for (int i = 0; i < 300; ++i) run(update(W = next, w = cast<T>(next)), X = x, Y = t);

    const float step = std::numeric_limits<T>::epsilon();
    for (int k = 0; k < 3; ++k) {
        CHECK(std::abs(W.value()(0, k) - wanted[k]) < 2 * step);
        CHECK(w.value()(0, k).bits == T(W.value()(0, k)).bits);
    }
    CHECK(run(loss, X = x, Y = t).item() < 4 * step * step);
}

TEST_CASE("the gradient passes a cast, rounded on the way") {
    const auto x = rows<bfloat16>(9);
    const input<"X", tensor<bfloat16, dyn, 3>> X;
    const variable<"W", weights> W(weights{{0.1f, 0.2f, -0.3f}});
    const auto loss = sum(cast<float>(matmul(X, transpose(cast<bfloat16>(W)))));
    const auto dW = run(gradient(loss, W), X = x);
    static_assert(decltype(dW)::type == dtype::float32);
    for (int k = 0; k < 3; ++k) {
        float sum = 0;
        for (int i = 0; i < 9; ++i) sum += x(i, k);
        CHECK(dW(0, k) == float{bfloat16(sum)});
    }
}
