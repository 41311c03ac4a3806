// SPDX-License-Identifier: BSL-1.0
// One function has the same bits eager, lazy and traced inside another, and for any number of threads.
#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <vector>
#if defined(_OPENMP)
#include <omp.h>
#endif

using namespace telar;
using support::random_tensor;
using support::same_bits;

namespace {

constexpr auto block = telar::function([](auto x, auto w) {
    const auto h = tanh(matmul(x, w));
    return softmax(h * 3) + layer_norm(h, 1.5f, 0.5f) * mean(h, 0);
});
constexpr auto outer_function = telar::function([](auto x, auto w) { return block(x, w); });
constexpr auto loss = telar::function([](auto x, auto w) { return sum(square(block(x, w))); });
constexpr auto slope = value_and_grad(loss, range<0>);

}  // namespace

TEST_CASE("eager, lazy, traced") {
    generator g(1);
    for (const extent_t n : {1, 7, 64}) {
        const auto x = random_tensor<float, dyn, 33>(g, shape(n, 33));
        const auto w = random_tensor<float, 33, 20>(g, shape(33, 20));
        variable<"w", tensor<float, 33, 20>> weights(w);
        input<"x", tensor<float, dyn, 33>> in;
        const auto eager = block(x, w);
        CHECK(same_bits(eager, run(block(in, weights), in = x)));
        CHECK(same_bits(eager, outer_function(x, w)));
        CHECK(same_bits(eager, run(block(ref(x), w))));
        const auto [value, dx, dw] = slope(x, w);
        CHECK(same_bits(value, run(loss(in, weights), in = x)));
        CHECK(same_bits(dw, run(gradient(loss(in, weights), weights), in = x)));
    }
}
#if defined(_OPENMP)
TEST_CASE("any number of threads") {
    generator g(2);
    const auto x = random_tensor<float, dyn, dyn>(g, shape(3000, 200));
    const auto w = random_tensor<float, dyn, dyn>(g, shape(200, 70));
    const auto many = random_tensor<float, dyn>(g, shape(1000003));
    const int before = omp_get_max_threads();
    std::vector<tensor<float, dyn, dyn>> blocks, slopes;
    std::vector<tensor<float>> sums;
    std::vector<tensor<float, dyn>> columns;
    for (const int threads : {1, 2, 3, 5}) {
        omp_set_num_threads(threads);
        blocks.push_back(block(x, w));
        slopes.push_back(std::get<2>(slope(x, w)));
        sums.push_back(sum(many * many));
        columns.push_back(max(x, axis<0>) + sum(x, axis<0>));
    }
    omp_set_num_threads(before);
    for (std::size_t i = 1; i < sums.size(); ++i) {
        CHECK(same_bits(blocks[0], blocks[i]));
        CHECK(same_bits(slopes[0], slopes[i]));
        CHECK(same_bits(sums[0], sums[i]));
        CHECK(same_bits(columns[0], columns[i]));
    }
}
#endif
