// SPDX-License-Identifier: BSL-1.0
// Reductions over many lines of many columns, where partial results wait in memory, against the reference.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>

#if defined(_OPENMP)
#include <omp.h>
#endif

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

// Lines: not a multiple of those taken together, past a block, fewer than are worth it. Columns: whole registers, with
// a rest, more than are kept at once.
const shape matrices[] = {shape(16, 64), shape(37, 150), shape(300, 67), shape(15, 130), shape(19, 2500)};

constexpr auto sums = telar::function([](auto x) {
    return std::array{sum(x, 0), variance(x, 0), mean(exp(x) * x, 0), sum(where(x > 0, x, 1), 0), prod(x / 3 + 1, 0)};
});
constexpr auto several_sweeps = telar::function([](auto x) {
    const auto centred = x - mean(x, 0, true);
    return std::array{softmax(x, 0), centred / (max(abs(centred), 0, true) + 1), where(any(x > 3.9, 0), x, -x)};
});
constexpr auto extremes = telar::function([](auto x) { return std::array{max(x, 0), min(x, 0)}; });
constexpr auto places = telar::function([](auto x) { return std::array{argmax(x, 0), argmin(x, 0)}; });
constexpr auto truths = telar::function([](auto x) { return std::array{any(x > 2, 0), all(x > -3, 0)}; });
constexpr auto of_middle = telar::function([](auto x) { return std::array{sum(x, 1), max(x * x, 1)}; });
constexpr auto of_two = telar::function([](auto x) { return sum(x, axes<0, 2>); });

}  // namespace

TEST_CASE_TEMPLATE("sums", T, float, double) {
    generator random(1);
    for (const shape& s : matrices) {
        CAPTURE(to_string(s));
        const auto x = random_tensor<T, dyn, dyn>(random, s, -4, 4);
        CHECK(error_of_call(40, sums, x) <= roundings<T>(8));
        CHECK(error_of_call(1, several_sweeps, x) <= roundings<T>(20));
    }
}
TEST_CASE_TEMPLATE("extremes, places and truth, with ties", T, float, std::int32_t) {
    generator random(2);
    for (const shape& s : matrices) {
        CAPTURE(to_string(s));
        auto x = random_tensor<T, dyn, dyn>(random, s, -4, 4);
        for (T& v : x) v = static_cast<T>(static_cast<int>(v * 2) / 2);
        CHECK(error_of_call(0, extremes, x) == 0);
        CHECK(error_of_call(0, places, x) == 0);
        CHECK(error_of_call(0, truths, x) == 0);
        if constexpr (std::is_floating_point_v<T>) {
            for (std::size_t i = 5; i < x.size(); i += 301) x.data()[i] = std::numeric_limits<T>::quiet_NaN();
            CHECK(error_of_call(0, extremes, x) == 0);
            CHECK(error_of_call(0, places, x) == 0);
        }
    }
}
TEST_CASE("lines that are not next to each other") {
    generator random(3);
    for (const shape& s : {shape(3, 40, 150), shape(5, 16, 64), shape(2, 17, 129)}) {
        CAPTURE(to_string(s));
        const auto x = random_tensor<float, dyn, dyn, dyn>(random, s, -4, 4);
        CHECK(error_of_call(40, of_middle, x) <= roundings<float>(8));
        const auto y = random_tensor<float, dyn, dyn, dyn, dyn>(random, shape(s[0], s[2], s[1], 80), -4, 4);
        CHECK(error_of_call(80, of_two, y) <= roundings<float>(8));
    }
}
TEST_CASE("a column of many ones") {
    const auto ones = full<float, dyn, dyn>(shape(200001, 65), 1);
    const tensor<float, dyn> got = sum(ones / 3, axis<0>);
    for (const float total : got) CHECK(std::abs(double(total) - 200001 / 3.0) < 200001 / 3.0 * 1e-6);
}
#if defined(_OPENMP)
TEST_CASE("the same bits by any number of threads") {
    generator random(4);
    const auto x = random_tensor<float, dyn, dyn>(random, shape(61, 4099), -4, 4);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    const tensor<float, dyn> alone = sum(exp(x), axis<0>);
    for (const int threads : {2, 3, 4}) {
        omp_set_num_threads(threads);
        const tensor<float, dyn> together = sum(exp(x), axis<0>);
        CHECK(std::equal(alone.begin(), alone.end(), together.begin()));
    }
    omp_set_num_threads(before);
}
#endif
