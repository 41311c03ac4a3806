// SPDX-License-Identifier: BSL-1.0
// The chain kernel, compiled for this machine: attention and other work between two products, against the reference.
#include "chain_cases.hpp"

#include <telar/expr/composite.hpp>

#include <limits>
#if defined(_OPENMP)
#include <omp.h>
#endif

using namespace telar;
using namespace chains;
using support::roundings;

namespace {

// clang-format off
constexpr auto attend = telar::function([](auto q, auto k, auto v) { return matmul(softmax(matmul(q, swap_axes(k, -1, -2)) * 0.25), v); });
constexpr auto biased = telar::function([](auto q, auto k, auto v, auto bias) { return matmul(softmax(matmul(q, swap_axes(k, -1, -2)) / 4 + bias), v); });
constexpr auto scaled_rows = telar::function([](auto q, auto k, auto v, auto w) {  // two sums, the scores read again, an epilogue
    const auto s = matmul(q, swap_axes(k, -1, -2)), t = tanh(s - mean(s, -1, true));
    return tanh(matmul(t / sqrt(1 + sum(square(t), -1, true)) + s, v) * w);
});
// clang-format on

}  // namespace

TEST_CASE_TEMPLATE("attention", T, float, double) {
    generator g(1);
    for_all_extents([&](const case_extents& n) {
        const auto q = cube<T>(g, n.batch, n.rows, n.depth), k = cube<T>(g, n.batch, n.keys, n.depth),
                   v = cube<T>(g, n.batch, n.keys, n.columns);
        if (n.keys > 0) CHECK(error_of_chain(attend, q, k, v) < roundings<T>(60));
        CHECK(error_of_chain(scaled_rows, q, k, v, random_tensor<T, dyn>(g, shape(n.columns), -1, 1)) <
              roundings<T>(3000));
    });
}
TEST_CASE("static extents, one row of queries") {
    generator g(4);
    CHECK(error_of_chain(attend, random_tensor<float, 2, 37, 16>(g, shape(2, 37, 16)),
                         random_tensor<float, 2, 53, 16>(g, shape(2, 53, 16)),
                         random_tensor<float, 2, 53, 16>(g, shape(2, 53, 16))) < roundings<float>(60));
    CHECK(error_of_chain(attend, random_tensor<float, 2, 1, 64>(g, shape(2, 1, 64)),
                         random_tensor<float, 2, 300, 64>(g, shape(2, 300, 64)),
                         random_tensor<float, 2, 300, 8>(g, shape(2, 300, 8))) < roundings<float>(60));
}
TEST_CASE("what makes numbers nan makes the reference's nan") {
    generator g(5);
    const auto q = cube<float>(g, 2, 3, 4);
    auto k = cube<float>(g, 2, 5, 4), v = cube<float>(g, 2, 5, 4);
    k(1, 2, 0) = std::numeric_limits<float>::quiet_NaN();
    v(0, 4, 1) = std::numeric_limits<float>::infinity();
    CHECK(error_of_chain(attend, q, k, v) < roundings<float>(60));
    const auto nothing = full<float, dyn, dyn>(shape(3, 5), -std::numeric_limits<float>::infinity());
    CHECK(error_of_chain(biased, q, k, v, nothing) < roundings<float>(60));
}
TEST_CASE("numbers of two bytes") {
    generator g(6);
    const auto a = random_tensor<bfloat16, dyn, dyn, dyn>(g, shape(2, 9, 8), -1, 1);
    CHECK(error_of_call(1, attend, a, a, a) < 0.02);
}
#if defined(_OPENMP)
TEST_CASE("the same bits by any number of threads") {
    generator g(8);
    const auto q = cube<float>(g, 3, 150, 40), k = cube<float>(g, 3, 210, 40), v = cube<float>(g, 3, 210, 40);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    const tensor<float, dyn, dyn, dyn> alone = attend(q, k, v);
    for (const int threads : {2, 3, 4}) {
        omp_set_num_threads(threads);
        const tensor<float, dyn, dyn, dyn> together = attend(q, k, v);
        CHECK(support::same_bits(alone, together));
    }
    omp_set_num_threads(before);
}
#endif
