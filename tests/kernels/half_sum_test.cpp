// SPDX-License-Identifier: BSL-1.0
// Sums of numbers of two bytes: in float32, rounded once.
#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto statistics = telar::function([](auto x) {
    return std::array{sum(x, axis<-1>), mean(x, axis<0>), max(x, axis<1>), sum(x), cast<bfloat16>(argmax(x, 1))};
});

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
