// SPDX-License-Identifier: BSL-1.0
// Random numbers from a counter: number i of a stream is a function of (seed, stream, i), so it does not depend on the
// machine, on threads or on what was drawn before. Words, uniforms, integers and permutations have the same bits
// everywhere; normals pass through the library's log, sin and cos and may differ in the last bits.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI {

namespace core {
/// Philox4x32-10: a bijection of 128-bit counters for each key; ten rounds of two multiplications.
///
/// types     counter (c0, c1, c2, c3) and key (k0, k1), words of 32 bits
/// source    Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011
/// test      tests/core/random_test.cpp, the known answers of Random123
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t left = std::uint64_t{0xD2511F53} * counter[0];
        const std::uint64_t right = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {static_cast<std::uint32_t>(right >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(right),
                   static_cast<std::uint32_t>(left >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(left)};
        key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};  // the golden ratio and sqrt(3) - 1
    }
    return counter;
}

// ---- from words to numbers

/// u = floor(word / 2^8) / 2^24, in [0, 1).
constexpr float unit_interval(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }
/// u = floor(word / 2^11) / 2^53, in [0, 1).
constexpr double unit_interval(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

constexpr std::uint64_t join(std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32 | low; }

/// floor(a b / 2^64).
constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
    const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & 0xFFFFFFFF);
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

/// (z_0, z_1) = sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v): two independent standard normals from u in (0, 1], v in [0, 1).
///
/// source    Box and Muller, Ann. Math. Statist. 29 (1958)
inline std::array<double, 2> box_muller(double u, double v) {
    const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * std::numbers::pi * v;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// One counter gives 16 bytes: so many numbers of type T.
template <std::floating_point T> inline constexpr std::size_t numbers_per_block = 16 / sizeof(T);
template <std::floating_point T> using number_block = std::array<T, numbers_per_block<T>>;

/// Uniform in [0, 1), with all the bits of T's mantissa.
template <std::floating_point T> constexpr number_block<T> uniforms_of(const std::array<std::uint32_t, 4>& words) {
    if constexpr (sizeof(T) == 4)
        return {unit_interval(words[0]), unit_interval(words[1]), unit_interval(words[2]), unit_interval(words[3])};
    else return {unit_interval(join(words[0], words[1])), unit_interval(join(words[2], words[3]))};
}
/// Standard normals, in double so that scaling them rounds once; as many as numbers of T fit the block.
template <std::floating_point T>
std::array<double, numbers_per_block<T>> normals_of(const std::array<std::uint32_t, 4>& words) {
    constexpr auto pair = [](std::uint32_t a, std::uint32_t b) { return box_muller((a + 1.0) * 0x1p-32, b * 0x1p-32); };
    if constexpr (sizeof(T) == 4) {
        const auto first = pair(words[0], words[1]), second = pair(words[2], words[3]);
        return {first[0], first[1], second[0], second[1]};
    } else {  // 1 - u is in (0, 1]
        return box_muller(1 - unit_interval(join(words[0], words[1])), unit_interval(join(words[2], words[3])));
    }
}
}  // namespace core

/// A stream of random numbers: the value (seed, stream, position). Copies repeat it; other streams are independent of
/// it.
///
/// test      tests/core/random_test.cpp
class generator {
public:
    constexpr explicit generator(std::uint64_t seed = 0, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

    constexpr std::uint64_t seed() const { return seed_; }
    constexpr std::uint64_t stream() const { return stream_; }
    /// The blocks drawn so far.
    constexpr std::uint64_t position() const { return position_; }
    constexpr void set_position(std::uint64_t position) { position_ = position; }

    /// The next 128 bits.
    constexpr std::array<std::uint32_t, 4> block() {
        const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
        const std::uint64_t at = position_++;
        return core::philox4x32({low(at), low(at >> 32), low(stream_), low(stream_ >> 32)},
                                {low(seed_), low(seed_ >> 32)});
    }

    // ---- one number at a time; each takes a block

    /// Uniform in [lo, hi).
    double uniform(double lo = 0, double hi = 1) {
        double x;
        fill_uniform(std::span(&x, 1), lo, hi);
        return x;
    }
    /// Normal with this mean and standard deviation.
    double normal(double mean = 0, double stddev = 1) {
        double x;
        fill_normal(std::span(&x, 1), mean, stddev);
        return x;
    }
    /// A whole number in [lo, hi), each as likely to one part in 2^64 / (hi - lo).
    ///
    /// errors    invalid_argument when there is none
    constexpr std::int64_t integers(std::int64_t lo, std::int64_t hi) {
        if (lo >= hi)
            fail<invalid_argument>(joined_text({"integers: no whole number from ", lo, " up to but without ", hi}));
        const auto words = block();
        const std::uint64_t range = static_cast<std::uint64_t>(hi) - static_cast<std::uint64_t>(lo);
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(lo) +
                                         core::high_product(core::join(words[0], words[1]), range));
    }

    // ---- many numbers

    /// Number i comes from block position() + i / numbers_per_block<T>.
    template <std::floating_point T> void fill_uniform(std::span<T> values, T lo, T hi) {
        if (!(lo < hi))
            fail<invalid_argument>(joined_text({"uniform: no number from ", lo, " up to but without ", hi}));
        const T last = std::nextafter(hi, lo);  // rounding may reach hi
        // std::fma, because a compiler that is free to contract lo + (hi - lo) * u does so on some targets only
        fill<core::uniforms_of<T>>(values, [=](T u) { return std::min(std::fma(hi - lo, u, lo), last); });
    }
    template <std::floating_point T> void fill_normal(std::span<T> values, double mean, double stddev) {
        fill<core::normals_of<T>>(values, [=](double z) { return static_cast<T>(std::fma(stddev, z, mean)); });
    }

    /// Puts the values into an order of which each is equally likely.
    template <class T> void shuffle(std::span<T> values) {
        for (std::size_t i = values.size(); i > 1; --i)
            std::swap(values[i - 1], values[static_cast<std::size_t>(integers(0, static_cast<std::int64_t>(i)))]);
    }
    /// The numbers 0 .. n-1 in random order.
    tensor<std::int64_t, dyn> permutation(extent_t n) {
        auto order = arange<std::int64_t>(n);
        shuffle(order.span());
        return order;
    }

private:
    template <auto NumbersOf, class T, class Map> void fill(std::span<T> values, Map map) {
        std::size_t i = 0;
        while (i < values.size())
            for (const auto number : NumbersOf(block())) {
                if (i == values.size()) break;
                values[i++] = map(number);
            }
    }

    std::uint64_t seed_;
    std::uint64_t stream_;
    std::uint64_t position_ = 0;
};

// ---- tensors of random numbers

/// t_i uniform in [lo, hi).
///
/// types     float32, float64
/// errors    invalid_argument unless lo < hi
template <std::floating_point T, extent_t... Extents>
tensor<T, Extents...> random_uniform(generator& g, shape extents, std::type_identity_t<T> lo = 0,
                                     std::type_identity_t<T> hi = 1) {
    auto t = tensor<T, Extents...>::uninitialized(extents);
    g.fill_uniform(t.span(), lo, hi);
    return t;
}
template <std::floating_point T, extent_t... Extents>
requires tensor<T, Extents...>::is_static tensor<T, Extents...> random_uniform(generator& g,
                                                                               std::type_identity_t<T> lo = 0,
                                                                               std::type_identity_t<T> hi = 1) {
    return random_uniform<T, Extents...>(g, shape(Extents...), lo, hi);
}

/// t_i normal with this mean and standard deviation.
///
/// types     float32, float64
template <std::floating_point T, extent_t... Extents>
tensor<T, Extents...> random_normal(generator& g, shape extents, double mean = 0, double stddev = 1) {
    auto t = tensor<T, Extents...>::uninitialized(extents);
    g.fill_normal(t.span(), mean, stddev);
    return t;
}
template <std::floating_point T, extent_t... Extents>
requires tensor<T, Extents...>::is_static tensor<T, Extents...> random_normal(generator& g, double mean = 0,
                                                                              double stddev = 1) {
    return random_normal<T, Extents...>(g, shape(Extents...), mean, stddev);
}

/// t_i a whole number in [lo, hi).
///
/// errors    invalid_argument unless lo < hi, and if T does not hold all of them
template <Element T, extent_t... Extents>
tensor<T, Extents...> random_integers(generator& g, shape extents, std::int64_t lo, std::int64_t hi) {
    if constexpr (std::integral<T> && sizeof(T) < 8)
        if (lo < std::numeric_limits<T>::min() || hi > std::int64_t{std::numeric_limits<T>::max()} + 1)
            fail<invalid_argument>(joined_text(
                {"random_integers: the element type does not hold every number from ", lo, " to ", hi, " - 1"}));
    auto t = tensor<T, Extents...>::uninitialized(extents);
    for (T& x : t) x = static_cast<T>(g.integers(lo, hi));
    return t;
}
template <Element T, extent_t... Extents>
requires tensor<T, Extents...>::is_static tensor<T, Extents...> random_integers(generator& g, std::int64_t lo,
                                                                                std::int64_t hi) {
    return random_integers<T, Extents...>(g, shape(Extents...), lo, hi);
}

}  // namespace telar::inline TELAR_ABI
