// SPDX-License-Identifier: BSL-1.0
// What one core can do at most: multiply-adds, and bytes from and to a working set of a given size.
#pragma once
#include <unistd.h>
#include <telar/core/buffer.hpp>
#include <telar/kernels/cpu/simd/simd.hpp>

#include <algorithm>
#include <cstddef>

#include "clock.hpp"

namespace bench {

using register_of_floats = telar::ir::kernels::simd::vec<float>;
inline constexpr int lanes = register_of_floats::width;

/// Independent chains of fused multiply-adds, enough to hide their latency; returns how many operations it did.
[[gnu::noinline]] inline double multiply_adds(long steps) {
    constexpr int chains = lanes == 16 ? 24 : 12;
    register_of_floats sum[chains];
    TELAR_UNROLL for (int i = 0; i < chains; ++i) sum[i] = static_cast<float>(i);
    register_of_floats factor = 0.999f, term = 0.001f;
    asm volatile("" : "+x"(factor.raw.data), "+x"(term.raw.data));
    for (long step = 0; step < steps; ++step) {
        TELAR_UNROLL for (int i = 0; i < chains; ++i) sum[i] = fma(sum[i], factor, term);
    }
    TELAR_UNROLL for (int i = 1; i < chains; ++i) sum[0] += sum[i];
    do_not_optimise(hsum(sum[0]));
    return 2.0 * chains * lanes * static_cast<double>(steps);
}

/// How a sweep touches memory: arrays read, arrays written.
enum class access { read, copy, triad, three_to_one };
inline const char* name_of(access a) {
    return a == access::read ? "read" : a == access::copy ? "copy" : a == access::triad ? "triad" : "3 reads, 1 write";
}
inline int arrays_of(access a) { return static_cast<int>(a) + 1; }

/// Sweeps arrays that together fill a working set; returns the bytes moved, where a write counts once.
class sweeper {
public:
    sweeper(access a, double footprint)
        : access_(a),
          count_(std::max<std::ptrdiff_t>(
              256, static_cast<std::ptrdiff_t>(footprint / 4 / arrays_of(a)) / (4 * lanes) * (4 * lanes))),
          memory_(static_cast<std::size_t>(arrays_of(a) * stride())) {
        std::fill_n(memory_.data(), memory_.size(), 1.0f);
    }
    double operator()(long times) {
        for (long t = 0; t < times; ++t) {
            switch (access_) {
                case access::read: read(); break;
                case access::copy: sweep<1>(); break;
                case access::triad: sweep<2>(); break;
                case access::three_to_one: sweep<3>(); break;
            }
            clobber_memory();
        }
        return 4.0 * arrays_of(access_) * static_cast<double>(count_) * static_cast<double>(times);
    }

private:
    // Arrays do not begin at the same place of a page.
    std::ptrdiff_t stride() const { return count_ + 16 * lanes; }
    float* array(int i) { return memory_.data() + i * stride(); }

    [[gnu::noinline]] void read() {
        register_of_floats sum[8];
        TELAR_UNROLL for (auto& s : sum) s = 0.0f;
        const float* x = array(0);
        const std::ptrdiff_t whole = count_ / (8 * lanes) * (8 * lanes);
        for (std::ptrdiff_t i = 0; i < whole; i += 8 * lanes) {
            TELAR_UNROLL for (int u = 0; u < 8; ++u) sum[u] += telar::ir::kernels::simd::load(x + i + u * lanes);
        }
        TELAR_UNROLL for (int u = 1; u < 8; ++u) sum[0] += sum[u];
        do_not_optimise(hsum(sum[0]));
    }
    template <int Reads> [[gnu::noinline]] void sweep() {
        const float *a = array(0), *b = array(Reads > 1 ? 1 : 0), *c = array(Reads > 2 ? 2 : 0);
        float* out = array(Reads);
        for (std::ptrdiff_t i = 0; i < count_; i += 4 * lanes) {
            TELAR_UNROLL for (int u = 0; u < 4; ++u) {
                register_of_floats x = telar::ir::kernels::simd::load(a + i + u * lanes);
                if constexpr (Reads == 2) x = x + telar::ir::kernels::simd::load(b + i + u * lanes);
                if constexpr (Reads == 3)
                    x = fma(x, telar::ir::kernels::simd::load(b + i + u * lanes),
                            telar::ir::kernels::simd::load(c + i + u * lanes));
                store(out + i + u * lanes, x);
            }
        }
    }

    access access_;
    std::ptrdiff_t count_;
    telar::core::buffer<float> memory_;
};

/// Sizes of the caches in bytes, as the system says; 0 where it does not.
struct cache_sizes {
    double first, second, third;
};
inline cache_sizes caches() {
    const auto size = [](int what) { return std::max(0.0, static_cast<double>(sysconf(what))); };
    return {size(_SC_LEVEL1_DCACHE_SIZE), size(_SC_LEVEL2_CACHE_SIZE), size(_SC_LEVEL3_CACHE_SIZE)};
}

}  // namespace bench
