// SPDX-License-Identifier: BSL-1.0
// Kernels of one element, which have no loops, against the same work on more elements and against the reference.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/run/program.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::kernels;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto smooth_work = telar::function([](auto x, auto y) {
    const auto a = abs(x) + 0.5f;
    return std::array{pow(a, y) - pow(a, 0.25f), x / sqrt(a) + exp(-y), where(x > y, log(a), tanh(y)), round(x * 8)};
});
constexpr auto reductions = telar::function([](auto x) {
    return std::array{sum(x * 2, -1), mean(x), max(x, -1) - min(x, 0), softmax(x), prod(x + 1)};
});
constexpr auto places = telar::function([](auto x) { return std::array{argmax(x, 0), argmin(x, -1)}; });
constexpr auto truths = telar::function([](auto x) { return std::array{any(x > 0), all(x > 0)}; });

template <class E> bool every_kernel_is_single() {
    using code = typename decltype(compile(std::declval<const E&>()))::code;
    bool single = code::plan_sizes.kernels > 0;
    for (const kernel& k : code::plan.kernels) single = single && header_of(k, false).is_single;
    return single;
}
/// The first element of each of a function's results.
template <class F, class... A> auto first_elements(F f, const A&... a) {
    return std::apply([](const auto&... r) { return std::array{r.data()[0]...}; }, f(a...));
}

}  // namespace

TEST_CASE("which kernels have one element") {
    input<"x", tensor<float, 1, 1>> X;
    input<"s", tensor<float>> S;
    input<"v", tensor<float, 2>> V;
    input<"n", tensor<float, dyn>> N;
    CHECK(every_kernel_is_single<decltype(sqrt(X * 2 + S))>());
    CHECK(every_kernel_is_single<decltype(sum(X * X))>());
    CHECK(every_kernel_is_single<decltype(softmax(X))>());
    CHECK_FALSE(every_kernel_is_single<decltype(sqrt(V * 2 + S))>());
    CHECK_FALSE(every_kernel_is_single<decltype(sum(N))>());
}
TEST_CASE("one element gives what the reference gives") {
    generator g(3);
    for (int i = 0; i < 40; ++i) {
        const auto x = random_tensor<float, 1, 1>(g, shape(1, 1), -3, 3);
        const auto y = random_tensor<float, 1, 1>(g, shape(1, 1), -3, 3);
        CHECK(error_of_call(1, smooth_work, x, y) < roundings<float>(40));
        CHECK(error_of_call(1, reductions, x) < roundings<float>(12));
        CHECK(error_of_call(1, smooth_work, tensor<float>(x.item()), tensor<float>(y.item())) < roundings<float>(40));
    }
}
TEST_CASE("the same bits as an element among others") {
    generator g(4);
    for (int i = 0; i < 40; ++i) {
        const auto x = random_tensor<float, 17>(g, shape(17), -3, 3), y = random_tensor<float, 17>(g, shape(17), -3, 3);
        const auto among = first_elements(smooth_work, x, y);
        const auto alone = first_elements(smooth_work, tensor<float, 1>{x(0)}, tensor<float, 1>{y(0)});
        CHECK(std::memcmp(among.data(), alone.data(), sizeof alone) == 0);
    }
}
TEST_CASE("places, truth values, what is not finite") {
    constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    for (const float v : {-2.0f, 0.0f, 3.0f, inf, -inf, nan}) {
        const tensor<float, 1, 1> x = {{v}};
        CHECK(first_elements(places, x) == std::array<std::int64_t, 2>{0, 0});
        CHECK(first_elements(truths, x) == std::array<bool, 2>{v > 0, v > 0});
        const float largest = first_elements(reductions, x)[0];
        CHECK((std::isnan(v) ? std::isnan(largest) : largest == 2 * v));
    }
}
