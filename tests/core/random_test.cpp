// SPDX-License-Identifier: BSL-1.0
// The figures come from Random123's known answers and from a plain reading of random.hpp's formulas in Python.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <telar/core/random.hpp>
#include <vector>

using namespace telar;
using namespace telar::core;

namespace {

using words = std::array<std::uint32_t, 4>;

static_assert(philox4x32({0, 0, 0, 0}, {0, 0}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
static_assert(high_product(~0ull, ~0ull) == ~0ull - 1);
static_assert(high_product(1ull << 63, 6) == 3);
static_assert(high_product(0x123456789abcdef0, 0xfedcba9876543210) == 0x121fa00ad77d7422);

/// The distance of Kolmogorov and Smirnov: sup |F_n - F|, times sqrt(n). Above 1.95 once in a thousand times.
template <class Cumulative> double ks_distance(std::vector<double> samples, Cumulative cumulative) {
    std::sort(samples.begin(), samples.end());
    const double n = static_cast<double>(samples.size());
    double distance = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double f = cumulative(samples[i]), below = static_cast<double>(i) / n;
        distance = std::max({distance, f - below, below + 1 / n - f});
    }
    return distance * std::sqrt(n);
}
double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

struct moments {
    double mean, variance;
};
moments moments_of(const std::vector<double>& x) {
    const double n = static_cast<double>(x.size()), mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
    double squares = 0;
    for (double v : x) squares += (v - mean) * (v - mean);
    return {mean, squares / n};
}

}  // namespace

TEST_SUITE("core/random") {
    TEST_CASE("philox gives every known answer of Random123") {
        std::string folder;
#if defined(TELAR_DATA_DIR)
        folder = TELAR_DATA_DIR;
#endif
        if (const char* given = std::getenv("TELAR_DATA")) folder = given;
        std::ifstream file(folder + "/random123/kat_vectors");
        if (!file) {
            MESSAGE("skipped: no random123/kat_vectors under TELAR_DATA");
            return;
        }
        int answers = 0;
        for (std::string line; std::getline(file, line);) {
            std::istringstream in(line);
            std::string name;
            int rounds = 0;
            if (!(in >> name >> rounds) || name != "philox4x32" || rounds != 10) continue;
            std::array<std::uint32_t, 10> value{};
            for (auto& v : value) in >> std::hex >> v;
            REQUIRE(in);
            CHECK(philox4x32({value[0], value[1], value[2], value[3]}, {value[4], value[5]}) ==
                  words{value[6], value[7], value[8], value[9]});
            ++answers;
        }
        CHECK(answers >= 3);
    }

    TEST_CASE("uniforms, integers and permutations have these bits") {
        generator g(42, 7);
        CHECK(same(random_uniform<float, 6>(g),
                   tensor<float, 6>{6811247 * 0x1p-24f, 15029264 * 0x1p-24f, 7110346 * 0x1p-24f, 5600152 * 0x1p-24f,
                                    15064553 * 0x1p-24f, 6295393 * 0x1p-24f}));
        CHECK(g.position() == 2);
        g.set_position(0);
        CHECK(same(
            random_uniform<double, dyn>(g, shape(3)),
            tensor<double, 3>{8068775099039181 * 0x1p-53, 3006559154966489 * 0x1p-53, 3379813697764285 * 0x1p-53}));
        g.set_position(0);
        CHECK(g.uniform() == 8068775099039181 * 0x1p-53);
        g.set_position(0);
        CHECK(same(random_integers<std::int32_t, 8>(g, -10, 10), tensor<std::int32_t, 8>{7, -3, 8, -1, -7, 8, -2, 0}));
        CHECK_THROWS_AS((random_integers<std::uint8_t, 8>(g, 0, 257)), invalid_argument);
        CHECK_THROWS_AS((random_integers<std::int32_t, 8>(g, std::int64_t{-1} << 32, 0)), invalid_argument);
        CHECK(random_integers<std::uint8_t, 8>(g, 255, 256)(7) == 255);
        g.set_position(0);
        CHECK(same(g.permutation(10), tensor<std::int64_t, 10>{2, 0, 6, 5, 4, 1, 9, 7, 3, 8}));
    }

    TEST_CASE("normals agree with the formula to the last bits") {
        generator g(42, 7);
        const double expected[] = {1.065150880397961, -0.8175247203520556, -0.658450371399801, 1.132865740964072,
                                   -0.3286256696531599};
        const auto z = random_normal<float, 5>(g);
        for (int i = 0; i < 5; ++i) CHECK(z(i) == doctest::Approx(expected[i]).epsilon(2.4e-7));
        g.set_position(0);
        const double wide[] = {-1.0687250842518425, 1.83874455132616, 0.4454631828918953};
        const auto d = random_normal<double, 3>(g);
        for (int i = 0; i < 3; ++i) CHECK(std::fabs(d(i) - wide[i]) <= 4 * 2.3e-16 * std::fabs(wide[i]));
    }

    TEST_CASE("a generator is a value: copies repeat it, seeds and streams differ") {
        generator g(3);
        g.block();
        generator copy = g;
        CHECK(g.block() == copy.block());
        CHECK(generator(3, 1).block() != generator(3, 2).block());
        CHECK(generator(3, 1).block() != generator(4, 1).block());
        CHECK(generator(1ull << 32).block() != generator(0).block());
    }

    TEST_CASE("a longer fill begins with the shorter one") {
        for (int n : {0, 1, 3, 4, 5, 17}) {
            generator a(9), b(9);
            const auto part = random_normal<float, dyn>(a, shape(n));
            const auto whole = random_normal<float, dyn>(b, shape(64));
            CHECK(std::equal(part.begin(), part.end(), whole.begin()));
            CHECK(a.position() == static_cast<std::uint64_t>((n + 3) / 4));
        }
    }

    TEST_CASE_TEMPLATE("uniforms are uniform", T, float, double) {
        generator g(1);
        const auto t = random_uniform<T, 20000>(g, T(-2), T(3));
        const std::vector<double> x(t.begin(), t.end());
        for (double v : x) REQUIRE((v >= -2 && v < 3));
        CHECK(ks_distance(x, [](double v) { return (v + 2) / 5; }) < 1.95);
        CHECK(moments_of(x).mean == doctest::Approx(0.5).epsilon(0.05));
        CHECK(moments_of(x).variance == doctest::Approx(25.0 / 12).epsilon(0.03));
    }

    TEST_CASE_TEMPLATE("normals are normal", T, float, double) {
        generator g(2);
        const auto t = random_normal<T, 20000>(g, 1.5, 2);
        const std::vector<double> x(t.begin(), t.end());
        CHECK(ks_distance(x, [](double v) { return normal_cdf((v - 1.5) / 2); }) < 1.95);
        CHECK(moments_of(x).mean == doctest::Approx(1.5).epsilon(0.04));
        CHECK(moments_of(x).variance == doctest::Approx(4).epsilon(0.04));
        double product = 0;  // neighbours are not correlated, though they share a block
        for (std::size_t i = 1; i < x.size(); ++i) product += (x[i] - 1.5) * (x[i - 1] - 1.5) / 4;
        CHECK(std::fabs(product / static_cast<double>(x.size())) < 0.03);
    }

    TEST_CASE("the upper end is never reached") {
        generator g(5);
        const float next = std::nextafter(1.f, 2.f);
        for (float x : random_uniform<float, 1000>(g, 1.f, next)) CHECK(x == 1.f);
    }

    TEST_CASE("integers hit each value alike, and the whole range") {
        generator g(6);
        std::array<int, 7> hits{};
        for (int i = 0; i < 7000; ++i) ++hits[static_cast<std::size_t>(g.integers(-3, 4) + 3)];
        double chi = 0;
        for (int h : hits) chi += (h - 1000.0) * (h - 1000.0) / 1000;
        CHECK(chi < 22.5);  // six degrees of freedom, once in a thousand times
        bool low = false, high = false;
        for (int i = 0; i < 64; ++i) {
            const auto x = g.integers(INT64_MIN, INT64_MAX);
            low |= x < 0;
            high |= x > 0;
        }
        CHECK((low && high));
    }

    TEST_CASE("a permutation holds each number once, in any place alike") {
        generator g(8);
        std::array<int, 5> first{};
        for (int i = 0; i < 5000; ++i) {
            auto p = g.permutation(5);
            ++first[static_cast<std::size_t>(p(0))];
            std::sort(p.begin(), p.end());
            REQUIRE(same(p, arange<std::int64_t>(5)));
        }
        for (int f : first) CHECK(std::abs(f - 1000) < 120);
        CHECK(g.permutation(0).size() == 0);
        std::vector<int> values = {1, 2, 3};
        g.shuffle(std::span(values));
        CHECK(std::accumulate(values.begin(), values.end(), 0) == 6);
    }

    TEST_CASE("an empty range is refused with its ends") {
        generator g;
        CHECK_THROWS_WITH_AS(g.integers(3, 3), "integers: no whole number from 3 up to but without 3",
                             invalid_argument);
        CHECK_THROWS_AS(g.uniform(1, 1), invalid_argument);
        CHECK_THROWS_AS((random_uniform<float, 2>(g, 1, 0)), invalid_argument);
    }
}
