// SPDX-License-Identifier: BSL-1.0
// Sums of numbers of two bytes, and what is composed of them: in float32, rounded once.
#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/indexing.hpp>
#include <telar/run/grad.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto statistics = telar::function([](auto x) {
    return std::array{sum(x, axis<-1>), mean(x, axis<0>), max(x, axis<1>), sum(x), cast<bfloat16>(argmax(x, 1))};
});

/// Neither the count nor the sums of 70,000 numbers fit float16; the classes of bfloat16 end at 256.
constexpr auto composites = telar::function([](auto x, auto label) {
    return std::array{mean(x), logsumexp(x), max(softmax(x)), cumsum(x), sparse_softmax_cross_entropy(x, label)};
});
constexpr auto sum_of_picked =
    telar::function([](auto table, auto x) { return sum(square(gather(table, cast<std::int32_t>(x > 1))) * x); });

/// What half a unit of rounding more or less may change: one step of the type.
template <class T> constexpr double one_step = roundings<T>(1.01);

}  // namespace

TEST_CASE_TEMPLATE("reductions sum in float32 and round once", T, float16, bfloat16) {
    generator random(7);
    for (const shape& s : support::matrix_shapes) {
        if (s[0] == 0) continue;
        CAPTURE(s);
        const auto x = random_tensor<T, dyn, dyn>(random, s);
        CHECK(error_of_call(1, statistics, x) <= one_step<T>);
    }
    auto ones = tensor<T, 3000>::filled(shape(3000), T(1));  // in T itself the sum would stop at 256 or 2048
    constexpr auto total = telar::function([](auto v) { return cast<float>(sum(v)); });
    CHECK(total(ones).item() == float{T(3000)});
}
TEST_CASE_TEMPLATE("composites round once", T, float16, bfloat16) {
    auto x = tensor<T, dyn>::filled(shape(70000), T(0.5f));
    const std::int32_t label = 257;
    x(label) = T(10.0f);
    const auto [average, total, largest, running, loss] = composites(x, tensor<std::int32_t>(label));
    const double sum_of_exp = 69999 * std::exp(0.5) + std::exp(10.0);
    const auto is_rounded = [](T got, double want) { return got.bits == T(static_cast<float>(want)).bits; };
    CHECK(is_rounded(average.item(), (69999 * 0.5 + 10) / 70000));
    CHECK(is_rounded(total.item(), std::log(sum_of_exp)));
    CHECK(is_rounded(largest.item(), std::exp(10.0) / sum_of_exp));
    CHECK(is_rounded(running(60000), 60000 * 0.5 + 10));
    CHECK(is_rounded(loss.item(), std::log(sum_of_exp) - 10));
}
TEST_CASE_TEMPLATE("a line that is picked often has the sum of all its derivatives", T, float16, bfloat16) {
    const auto table = tensor<T, 2>{T(0.5f), T(0.25f)};
    auto x = tensor<T, dyn>::filled(shape(5000), T(1.0f));
    x(7) = T(2.0f);
    const auto d = grad(sum_of_picked)(table, x);
    CHECK(float{d(0)} == float{T(4999)});
    CHECK(float{d(1)} == 1);
}
