// SPDX-License-Identifier: BSL-1.0
// random: Philox4x32-10 on registers, the words of a counter in one lane of four registers. The numbers are those of
// core/random.hpp's generator, to the bit.
#pragma once
#include <telar/core/random.hpp>
#include <telar/kernels/cpu/share.hpp>
#include <telar/kernels/cpu/simd/simd.hpp>
#include <telar/kernels/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// Where blocks of a stream are: generator(seed, stream).
struct random_stream {
    std::uint64_t seed, stream, position;
};

using random_words = simd::vec<std::int32_t>;
inline constexpr int random_blocks = random_words::width;  // are made together
inline constexpr bool makes_words_in_lanes = random_blocks % 4 == 0;

TELAR_INLINE random_words same_words(std::uint64_t bits) {
    return random_words(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits)));
}
/// Blocks position, position + 1, ...: four words of each lie together. Two registers of blocks, since one would wait
/// for its own products.
inline constexpr int random_registers = 2;
template <int Lanes>
TELAR_INLINE void make_blocks(const random_stream& s, std::uint64_t position, random_words (&w)[random_registers][4]) {
    static_assert(Lanes % 4 == 0);
    // Lane 4 l + j has block (lanes / 4) j + l: the transpositions of 4 x 4 words at the end put it into its place.
    constexpr int lines = Lanes / 4;
    std::int32_t block[std::size_t(Lanes)];
    for (int i = 0; i < Lanes; ++i) block[i] = lines * (i % 4) + i / 4;
    const random_words lowest(std::numeric_limits<std::int32_t>::min());
    TELAR_UNROLL
    for (int i = 0; i < random_registers; ++i) {
        const random_words offset = simd::load(block) + random_words(Lanes * i);
        random_words(&c)[4] = w[i];
        c[0] = same_words(position) + offset;
        c[1] = same_words(position >> 32) +
               select((c[0] ^ lowest) < (offset ^ lowest), random_words(1), random_words(0));  // the carry
        c[2] = same_words(s.stream), c[3] = same_words(s.stream >> 32);
    }
    auto k0 = static_cast<std::uint32_t>(s.seed), k1 = static_cast<std::uint32_t>(s.seed >> 32);
    TELAR_UNROLL
    for (int round = 0; round < 10; ++round) {
        TELAR_UNROLL
        for (int i = 0; i < random_registers; ++i) {
            random_words(&c)[4] = w[i];
            const auto left = simd::multiply_wide(c[0], 0xD2511F53), right = simd::multiply_wide(c[2], 0xCD9E8D57);
            c[0] = right.high ^ c[1] ^ same_words(k0);
            c[1] = right.low;
            c[2] = left.high ^ c[3] ^ same_words(k1);
            c[3] = left.low;
        }
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    TELAR_UNROLL
    for (int i = 0; i < random_registers; ++i) {
        simd::trade_lanes<2>(w[i][0], w[i][2]);
        simd::trade_lanes<2>(w[i][1], w[i][3]);
        simd::trade_lanes<1>(w[i][0], w[i][1]);
        simd::trade_lanes<1>(w[i][2], w[i][3]);
    }
}
/// 16 bytes of words as the numbers that they make.
template <class T> TELAR_INLINE void store_random(T* to, random_words w) {
    std::int32_t bits[random_words::width];
    simd::store(bits, w);
    if constexpr (std::integral<T>) {
        std::memcpy(to, bits, sizeof bits);
    } else {
        using integer = simd::integer_of<T>;
        using integers = simd::vec<integer>;
        constexpr int dropped = sizeof(T) == 4 ? 8 : 11;
        constexpr integer kept = (integer(1) << (sizeof(T) * 8 - dropped)) - 1;
        integer whole[integers::width];
        std::memcpy(whole, bits, sizeof bits);
        const integers number = shift_right(simd::load(whole), dropped) & integers(kept);
        simd::store(to, to_float(number) * simd::vec<T>(sizeof(T) == 4 ? T(0x1p-24) : T(0x1p-53)));
    }
}
/// One block at a time.
template <class T> void store_block(T* to, const std::array<std::uint32_t, 4>& w) {
    if constexpr (std::floating_point<T>) {
        const auto numbers = uniforms_of<T>(w);
        std::memcpy(to, numbers.data(), 16);
    } else {
        const std::array<std::uint64_t, 2> wide{join(w[0], w[1]), join(w[2], w[3])};
        if constexpr (sizeof(T) == 4) std::memcpy(to, w.data(), 16);
        else std::memcpy(to, wide.data(), 16);
    }
}

template <class T> void random_numbers(const kernel_arguments& k) {
    constexpr std::int64_t in_block = 16 / sizeof(T);
    const auto number = [&](int access, std::int64_t i) {
        return static_cast<std::uint64_t>(
            reinterpret_cast<const std::int64_t*>(k.data[access])[i * k.line_stride[access]]);
    };
    const random_stream s{number(0, 0), number(1, 0), number(0, 1)};
    T* const to = reinterpret_cast<T*>(k.data[2]);
    const std::int64_t count = k.lines;
    constexpr std::int64_t together = makes_words_in_lanes ? random_registers * random_blocks : 1;
    constexpr std::int64_t in_part = in_block * together;
    share((count + in_part - 1) / in_part, count, [&](std::int64_t from, std::int64_t end) {
        for (std::int64_t part = from; part < end; ++part) {
            T made[std::size_t(in_part)];
            const std::int64_t left = std::min(in_part, count - part * in_part);
            T* const target = left == in_part ? to + part * in_part : made;
            const std::uint64_t position = s.position + static_cast<std::uint64_t>(part * together);
            if constexpr (makes_words_in_lanes) {
                random_words w[random_registers][4];
                make_blocks<random_blocks>(s, position, w);
                for (int i = 0; i < 4 * random_registers; ++i)
                    store_random(target + in_part / (4 * random_registers) * i, w[i / 4][i % 4]);
            } else {
                generator g(s.seed, s.stream);
                g.set_position(position);
                store_block(target, g.block());
            }
            if (target == made) std::memcpy(to + part * in_part, made, static_cast<std::size_t>(left) * sizeof(T));
        }
    });
}

#if TELAR_COMPILED
TELAR_INSTANCE void random_numbers<float>(const kernel_arguments&);
TELAR_INSTANCE void random_numbers<double>(const kernel_arguments&);
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
