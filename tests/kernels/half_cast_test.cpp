// SPDX-License-Identifier: BSL-1.0
// Casts from and to numbers of two bytes, lane by lane and in kernels.
#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/math.hpp>

#include <cstring>
#include <vector>

using namespace telar;
using namespace telar::ir::kernels;
using support::error_of_call;
using support::random_tensor;

namespace {

constexpr auto to_halves = telar::function([](auto x) { return std::tuple{cast<float16>(x), cast<bfloat16>(x)}; });
constexpr auto from_half = telar::function([](auto x) {
    return std::tuple{cast<float>(x),        cast<double>(x), cast<std::int32_t>(x),   cast<std::int64_t>(x),
                      cast<std::uint8_t>(x), cast<bool>(x),   cast<float16>(x * 1000), cast<bfloat16>(x)};
});

}  // namespace

TEST_CASE_TEMPLATE("lanes: all values to float and back, whole registers and tails", T, float16, bfloat16) {
    constexpr int width = simd::vec<float>::width;
    std::vector<T> values(0x10000 + width);
    for (int i = 0; i < 0x10000; ++i)
        values[static_cast<std::size_t>(i)] = half_from_bits<T>(static_cast<std::uint16_t>(i));
    int wrong = 0;
    for (int i = 0; i < 0x10000; i += 1 + i % (width + 3)) {
        const T* from = values.data() + i;
        const int n = 1 + i % width;
        float lanes[width];
        simd::store(lanes, simd::load_as<float>(from, n));
        T back[width + 1]{};
        simd::store_as(back, simd::load_as<float>(from, n), n);
        for (int l = 0; l < width; ++l) {
            const float want = l < n ? float{from[l]} : 0.0f;
            wrong += std::isnan(want) ? !std::isnan(lanes[l]) : std::memcmp(&lanes[l], &want, 4) != 0;
            wrong += back[l].bits != (l < n ? T(want).bits : 0);
        }
        wrong += back[width].bits != 0;
    }
    CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("lanes: rounding, between any two neighbours", T, float16, bfloat16) {
    constexpr int width = simd::vec<float>::width;
    std::vector<float> values;
    for (int i = 0; i <= 0xffff; ++i) {
        const float x = half_from_bits<T>(static_cast<std::uint16_t>(i));
        const float next = half_from_bits<T>(static_cast<std::uint16_t>(i + 1));
        const float middle = x / 2 + next / 2;
        for (const float v : {x, middle, std::nextafter(middle, 0.0f), std::nextafter(middle, 2 * middle)})
            values.push_back(v);
    }
    int wrong = 0;
    for (std::size_t i = 0; i + width <= values.size(); i += width) {
        T narrow[width];
        float rounded[width];
        simd::store_as(narrow, simd::load(&values[i]), width);
        simd::store(rounded, simd::rounded_to<T>(simd::load(&values[i])));
        for (std::size_t l = 0; l < width; ++l) {
            wrong += narrow[l].bits != T(values[i + l]).bits;
            wrong += T(rounded[l]).bits != T(values[i + l]).bits;
            wrong += !std::isnan(rounded[l]) && float{T(rounded[l])} != rounded[l];
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("casts between all types") {
    generator random(8);
    for (const extent_t n : support::sizes) {
        CAPTURE(n);
        const shape s(n);
        CHECK(error_of_call(0, to_halves, random_tensor<float, dyn>(random, s, -70000, 70000)) == 0);
        CHECK(error_of_call(0, to_halves, random_tensor<double, dyn>(random, s, -1e-5, 1e-5)) == 0);
        CHECK(error_of_call(0, to_halves, random_tensor<std::int32_t, dyn>(random, s, -5000, 5000)) == 0);
        CHECK(error_of_call(0, to_halves, random_tensor<std::int64_t, dyn>(random, s, -5000, 5000)) == 0);
        CHECK(error_of_call(0, to_halves, random_tensor<std::uint8_t, dyn>(random, s, 0, 255)) == 0);
        CHECK(error_of_call(0, to_halves, random_tensor<bool, dyn>(random, s)) == 0);
        CHECK(error_of_call(0, from_half, random_tensor<float16, dyn>(random, s, -100, 100)) == 0);
        CHECK(error_of_call(0, from_half, random_tensor<bfloat16, dyn>(random, s, -100, 100)) == 0);
    }
}
TEST_CASE_TEMPLATE("special values", T, float16, bfloat16) {
    const auto x =
        tensor<float, 12>{0, -0.0f, 1e-8f, -6e-8f, 65504, 65519, 65520, 3.4e38f, INFINITY, -INFINITY, NAN, 1e-40f};
    CHECK(error_of_call(0, to_halves, x) == 0);
    const auto y = cast<T>(x);
    CHECK(error_of_call(0, telar::function([](auto a) {
                            return std::array{a * 2, a - 1, cast<T>(is_nan(a))};
                        }),
                        y) == 0);
    for (int i = 0; i < 12; ++i) CHECK((std::isnan(float{y(i)}) || y(i).bits == T(x(i)).bits));
}
