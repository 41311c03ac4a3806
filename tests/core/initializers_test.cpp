// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <telar/core/initializers.hpp>

using namespace telar;
using namespace telar::core;

namespace {

struct spread {
    double mean, variance, largest;
};
template <class V> spread spread_of(const V& value) {
    double sum = 0, squares = 0, largest = 0;
    for (double x : value) {
        sum += x;
        squares += x * x;
        largest = std::max(largest, std::fabs(x));
    }
    const double n = static_cast<double>(value.size());
    return {sum / n, squares / n - sum * sum / n / n, largest};
}

/// |W^T W - gain^2 I|, or of W W^T when W is wide.
template <class V> double distance_from_orthogonal(const V& w, int rows, int columns, double gain) {
    const bool wide = rows < columns;
    const int few = wide ? rows : columns, many = wide ? columns : rows;
    double worst = 0;
    for (int i = 0; i < few; ++i)
        for (int j = 0; j < few; ++j) {
            double product = 0;
            for (int k = 0; k < many; ++k)
                product += wide ? double{w.data()[i * columns + k]} * w.data()[j * columns + k]
                                : double{w.data()[k * columns + i]} * w.data()[k * columns + j];
            worst = std::max(worst, std::fabs(product - (i == j ? gain * gain : 0)));
        }
    return worst;
}

}  // namespace

TEST_SUITE("core/initializers") {
    TEST_CASE("fans are Keras', and a matrix maps its columns to its rows") {
        CHECK(fans_of(tensor<float, 784, 10>{}).in == 784);
        CHECK(fans_of(tensor<float, 784, 10>{}).out == 10);
        CHECK(fans_of(matrix<float, 10, 784>{}).in == 784);
        CHECK(fans_of(matrix<float, 10, 784>{}).out == 10);
        CHECK(fans_of(tensor<float, 3, 3, 16, 32>{}).in == 144);
        CHECK(fans_of(tensor<float, 3, 3, 16, 32>{}).out == 288);
        CHECK(fans_of(tensor<float, 7>{}).in == 7);
        CHECK(fans_of(tensor<float>{}).out == 1);
        CHECK(fans_of(tensor<float, dyn, dyn>(shape(5, 6))).in == 5);
    }

    TEST_CASE("zeros, ones, constant") {
        generator g;
        tensor<std::int32_t, 3> t = {7, 8, 9};
        ones_initializer{}(t, g);
        CHECK(same(t, tensor<std::int32_t, 3>{1, 1, 1}));
        constant_initializer{4}(t, g);
        CHECK(same(t, tensor<std::int32_t, 3>{4, 4, 4}));
        zeros_initializer{}(t, g);
        CHECK(same(t, tensor<std::int32_t, 3>{0, 0, 0}));
        CHECK(g.position() == 0);
    }

    TEST_CASE("the plain distributions have their moments") {
        generator g(1);
        tensor<float, 101, 201> t;
        random_normal_initializer{}(t, g);
        CHECK(std::fabs(spread_of(t).mean) < 0.002);
        CHECK(spread_of(t).variance == doctest::Approx(0.0025).epsilon(0.04));
        random_uniform_initializer{}(t, g);
        CHECK(spread_of(t).largest <= 0.05);
        CHECK(spread_of(t).variance == doctest::Approx(0.01 / 12).epsilon(0.04));
        truncated_normal{1, 2}(t, g);
        for (float x : t) REQUIRE(std::fabs(x - 1) < 4);
        CHECK(spread_of(t).mean == doctest::Approx(1).epsilon(0.05));
        CHECK(spread_of(t).variance == doctest::Approx(4 * 0.87962566103423978 * 0.87962566103423978).epsilon(0.04));
    }

    TEST_CASE_TEMPLATE("the scaled ones have the variance of their formula", T, float, double) {
        generator g(2);
        tensor<T, 101, 201> t;  // in, out
        const auto check = [&](auto initializer, double variance, double largest) {
            initializer(t, g);
            CHECK(std::fabs(spread_of(t).mean) < 4 * std::sqrt(variance / 20301));
            CHECK(spread_of(t).variance == doctest::Approx(variance).epsilon(0.04));
            CHECK(spread_of(t).largest <= largest * (1 + 1e-7));
            CHECK(spread_of(t).largest > 0.98 * largest);
        };
        const double cut = 2 / 0.87962566103423978;
        check(glorot_uniform{}, 2. / 302, std::sqrt(6. / 302));
        check(he_uniform{}, 2. / 101, std::sqrt(6. / 101));
        check(lecun_uniform{}, 1. / 101, std::sqrt(3. / 101));
        check(glorot_normal{}, 2. / 302, cut * std::sqrt(2. / 302));
        check(he_normal{}, 2. / 101, cut * std::sqrt(2. / 101));
        check(lecun_normal{}, 1. / 101, cut * std::sqrt(1. / 101));
        matrix<T, 10, 784> w;
        he_uniform{}(w, g);
        CHECK(spread_of(w).largest <= std::sqrt(6. / 784) * (1 + 1e-7));
        CHECK(spread_of(w).largest > 0.98 * std::sqrt(6. / 784));
    }

    TEST_CASE("orthogonal rows or columns, times the gain") {
        generator g(3);
        tensor<double, 7, 5> tall;
        orthogonal{}(tall, g);
        CHECK(distance_from_orthogonal(tall, 7, 5, 1) < 1e-14);
        tensor<double, 3, 9> wide;
        orthogonal{2}(wide, g);
        CHECK(distance_from_orthogonal(wide, 3, 9, 2) < 1e-13);
        matrix<float, 33, 33> square;
        orthogonal{}(square, g);
        CHECK(distance_from_orthogonal(square, 33, 33, 1) < 1e-6);
        tensor<float, 3, 3, 2, 4> kernel;
        orthogonal{}(kernel, g);
        CHECK(distance_from_orthogonal(kernel, 18, 4, 1) < 1e-6);
        tensor<double, 1, 1> one;
        orthogonal{}(one, g);
        CHECK(std::fabs(one.item()) == 1);
        static_assert(!std::invocable<orthogonal, tensor<float, 3>&, generator&>);
    }

    TEST_CASE("the same generator gives the same parameters") {
        tensor<float, 5, 7> a, b;
        generator g(4), h(4);
        glorot_normal{}(a, g);
        glorot_normal{}(b, h);
        CHECK(same(a, b));
        glorot_normal{}(b, h);
        CHECK(!same(a, b));
    }
}
