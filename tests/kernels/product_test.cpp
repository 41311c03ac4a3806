// SPDX-License-Identifier: BSL-1.0
// Product kernels, compiled for this machine: every form of a product, views as operands, epilogues, gradients.
#include <telar/kernels/cpu/matmul/product.hpp>

#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/run/grad.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

// clang-format off
constexpr auto product = telar::function([](auto a, auto b) { return matmul(a, b); });
constexpr auto dense = telar::function([](auto x, auto w, auto b) { return relu(matmul(x, w) + b); });
constexpr auto scaled = telar::function([](auto x, auto w, auto row, auto column) { return tanh(matmul(x, w) * row - column) * matmul(x, w); });
constexpr auto of_views = telar::function([](auto a, auto b) {  // a (K,M), b (N,K)
    const auto cut = slice(a, 1, 0, 2);
    return std::array{matmul(transpose(a), transpose(b)), matmul(b, a), matmul(transpose(cut), transpose(b)), matmul(transpose(a), a), matmul(transpose(b) * 2, b) + 1};
});
constexpr auto chain = telar::function([](auto a, auto b) { return matmul(matmul(a, b), matmul(transpose(b), transpose(a))); });
constexpr auto loss = telar::function([](auto x, auto w, auto b) { return mean(square(sigmoid(matmul(x, w) + b))); });
constexpr auto loss_gradient = value_and_grad(loss, range<0>);
constexpr auto batched_gradient = value_and_grad(telar::function([](auto a, auto b) { return sum(tanh(matmul(a, b))); }), range<0>);
// clang-format on

struct sizes {
    extent_t m, k, n;
};
constexpr sizes all_sizes[] = {{1, 1, 1},    {2, 3, 4},    {5, 7, 1}, {1, 9, 17}, {16, 16, 16},
                               {17, 33, 15}, {65, 40, 70}, {0, 3, 4}, {3, 0, 4},  {3, 4, 0}};
template <class F> void for_all_sizes(const F& check) {
    for (const auto& size : all_sizes) {
        CAPTURE(size.m);
        CAPTURE(size.k);
        CAPTURE(size.n);
        check(size.m, size.k, size.n);
    }
}
template <class T> auto random_matrix(generator& random, extent_t rows, extent_t columns) {
    return random_tensor<T, dyn, dyn>(random, shape(rows, columns), -1, 1);
}

}  // namespace

TEST_CASE_TEMPLATE("plain products and epilogues", T, float, double) {
    generator random(1);
    for_all_sizes([&](extent_t m, extent_t k, extent_t n) {
        const auto a = random_matrix<T>(random, m, k), b = random_matrix<T>(random, k, n);
        const auto row = random_tensor<T, dyn>(random, shape(n));
        const auto column = random_tensor<T, dyn, 1>(random, shape(m, 1));
        CHECK(error_of_call(4, product, a, b) < roundings<T>(20));
        CHECK(error_of_call(4, dense, a, b, row) < roundings<T>(20));
        CHECK(error_of_call(4, scaled, a, b, row, column) < roundings<T>(200));
        if (k > 1 && m > 1)
            CHECK(error_of_call(4, of_views, random_matrix<T>(random, k, m), random_matrix<T>(random, n, k)) <
                  roundings<T>(40));
        CHECK(error_of_call(20, chain, a, b) < roundings<T>(100));
    });
}
TEST_CASE_TEMPLATE("batches, broadcast batches, vectors", T, float, std::int32_t) {
    generator random(2);
    for_all_sizes([&](extent_t m, extent_t k, extent_t n) {
        const auto tensor_of = [&]<extent_t... E>(std::integer_sequence<extent_t, E...>, shape s) {
            return random_tensor<T, E...>(random, s, -5, 5);
        };
        const auto cube = [&](extent_t b, extent_t r, extent_t c) {
            return tensor_of(std::integer_sequence<extent_t, dyn, dyn, dyn>(), shape(b, r, c));
        };
        const auto flat = random_tensor<T, dyn, dyn>(random, shape(k, n), -5, 5);
        const double tolerance = roundings<T>(40);
        CHECK(error_of_call(40, product, cube(3, m, k), cube(3, k, n)) <= tolerance);
        CHECK(error_of_call(40, product, cube(3, m, k), flat) <= tolerance);
        CHECK(error_of_call(40, product, random_tensor<T, dyn, dyn>(random, shape(m, k), -5, 5), cube(2, k, n)) <=
              tolerance);
        CHECK(error_of_call(40, product, random_tensor<T, dyn, 1, dyn, dyn>(random, shape(2, 1, m, k), -5, 5),
                            cube(3, k, n)) <= tolerance);
        CHECK(error_of_call(40, product, random_tensor<T, dyn>(random, shape(k), -5, 5), flat) <= tolerance);
        CHECK(error_of_call(40, product, random_tensor<T, dyn, dyn>(random, shape(n, k), -5, 5),
                            random_tensor<T, dyn>(random, shape(k), -5, 5)) <= tolerance);
        CHECK(error_of_call(40, product, random_tensor<T, dyn>(random, shape(k), -5, 5),
                            random_tensor<T, dyn>(random, shape(k), -5, 5)) <= tolerance);
    });
}
TEST_CASE_TEMPLATE("gradients of products", T, float, double) {
    generator random(3);
    for_all_sizes([&](extent_t m, extent_t k, extent_t n) {
        const auto a = random_matrix<T>(random, m, k), b = random_matrix<T>(random, k, n);
        CHECK(error_of_call(1, loss_gradient, a, b, random_tensor<T, dyn>(random, shape(n))) < roundings<T>(40));
        CHECK(error_of_call(4, batched_gradient, random_tensor<T, dyn, dyn, dyn>(random, shape(2, m, k), -1, 1), b) <
              roundings<T>(100));
    });
}
