// SPDX-License-Identifier: BSL-1.0
// All that a kernel may know about SIMD: registers (simd_register.hpp), conversions (simd_convert.hpp), and here
// arithmetic and what goes across the lanes.
#pragma once
#include <telar/kernels/cpu/simd/simd_convert.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

// ---- arithmetic

template <Lane T> TELAR_INLINE vec<T> operator-(vec<T> a) {
    if constexpr (std::integral<T>) {
        return vec<T>(0) - a;
    } else {  // 0 - x would lose the sign of zero
        constexpr auto sign = std::bit_cast<integer_of<T>>(T(-0.0));
        return from_bits(bits(a) ^ vec<integer_of<T>>(sign));
    }
}

template <Lane T> TELAR_INLINE vec<T> multiply(vec<T> a, vec<T> b) {
#if TELAR_WIDE
    // As unsigned ones: where the machine has no such instruction, xsimd multiplies in C++.
    if constexpr (std::integral<T>) {
        using wrapping = backend::batch<std::make_unsigned_t<T>>;
        const auto as_wrapping = [](native<T> v) TELAR_INLINE_LAMBDA {
            return wrapping(
                std::bit_cast<typename wrapping::register_type>(static_cast<typename native<T>::register_type>(v)));
        };
        const wrapping result = as_wrapping(a.raw) * as_wrapping(b.raw);
        return native<T>(
            std::bit_cast<typename native<T>::register_type>(static_cast<typename wrapping::register_type>(result)));
    } else
#endif
        return native<T>(a.raw * b.raw);
}
template <Lane T> TELAR_INLINE vec<T> divide(vec<T> a, vec<T> b) {
    if constexpr (std::floating_point<T>) {
        return native<T>(a.raw / b.raw);
    } else {
        T x[vec<T>::width], y[vec<T>::width];
        store(x, a);
        store(y, b);
        for (int i = 0; i < vec<T>::width; ++i) x[i] = quotient(x[i], y[i]);
        return load(x);
    }
}

template <Lane T> TELAR_INLINE vec<T> fused(vec<T> a, vec<T> b, vec<T> c) {
    if constexpr (std::integral<T>) return a * b + c;
    else return backend::fma(a.raw, b.raw, c.raw);
}

template <Lane T> TELAR_INLINE vec<T> smaller(vec<T> a, vec<T> b) {
    const vec<T> least = select(b < a, b, a);  // a if either is NaN
    if constexpr (std::integral<T>) return least;
    else return select(b == b, least, b);
}
template <Lane T> TELAR_INLINE vec<T> larger(vec<T> a, vec<T> b) {
    const vec<T> most = select(a < b, b, a);  // a if either is NaN
    if constexpr (std::integral<T>) return most;
    else return select(b == b, most, b);
}

#if TELAR_WIDE && defined(__AVX512F__)
// xsimd 8.1 has no fused multiply-add here. min_ps(b, a) gives a if either is NaN; the mask keeps a NaN in b.
// clang-format off
TELAR_INLINE vec<float> fused(vec<float> a, vec<float> b, vec<float> c) { return native<float>(_mm512_fmadd_ps(a.raw, b.raw, c.raw)); }
TELAR_INLINE vec<double> fused(vec<double> a, vec<double> b, vec<double> c) { return native<double>(_mm512_fmadd_pd(a.raw, b.raw, c.raw)); }
TELAR_INLINE __mmask16 numbers_in(vec<float> a) { return _mm512_cmp_ps_mask(a.raw, a.raw, _CMP_ORD_Q); }
TELAR_INLINE __mmask8 numbers_in(vec<double> a) { return _mm512_cmp_pd_mask(a.raw, a.raw, _CMP_ORD_Q); }
TELAR_INLINE vec<float> smaller(vec<float> a, vec<float> b) { return native<float>(_mm512_mask_min_ps(b.raw, numbers_in(b), b.raw, a.raw)); }
TELAR_INLINE vec<double> smaller(vec<double> a, vec<double> b) { return native<double>(_mm512_mask_min_pd(b.raw, numbers_in(b), b.raw, a.raw)); }
TELAR_INLINE vec<float> larger(vec<float> a, vec<float> b) { return native<float>(_mm512_mask_max_ps(b.raw, numbers_in(b), b.raw, a.raw)); }
TELAR_INLINE vec<double> larger(vec<double> a, vec<double> b) { return native<double>(_mm512_mask_max_pd(b.raw, numbers_in(b), b.raw, a.raw)); }
// clang-format on
#elif TELAR_WIDE && defined(__AVX__)
// clang-format off
TELAR_INLINE vec<float> smaller(vec<float> a, vec<float> b) {
    return native<float>(_mm256_blendv_ps(_mm256_min_ps(b.raw, a.raw), b.raw, _mm256_cmp_ps(b.raw, b.raw, _CMP_UNORD_Q)));
}
TELAR_INLINE vec<double> smaller(vec<double> a, vec<double> b) {
    return native<double>(_mm256_blendv_pd(_mm256_min_pd(b.raw, a.raw), b.raw, _mm256_cmp_pd(b.raw, b.raw, _CMP_UNORD_Q)));
}
TELAR_INLINE vec<float> larger(vec<float> a, vec<float> b) {
    return native<float>(_mm256_blendv_ps(_mm256_max_ps(b.raw, a.raw), b.raw, _mm256_cmp_ps(b.raw, b.raw, _CMP_UNORD_Q)));
}
TELAR_INLINE vec<double> larger(vec<double> a, vec<double> b) {
    return native<double>(_mm256_blendv_pd(_mm256_max_pd(b.raw, a.raw), b.raw, _mm256_cmp_pd(b.raw, b.raw, _CMP_UNORD_Q)));
}
// clang-format on
#endif

// clang-format off
template <Lane T> TELAR_INLINE vec<T> abs(vec<T> a) { return backend::abs(a.raw); }
template <FloatLane T> TELAR_INLINE vec<T> sqrt(vec<T> a) { return backend::sqrt(a.raw); }
/// The nearest whole number; half goes to the even one.
template <FloatLane T> TELAR_INLINE vec<T> nearest(vec<T> a) { return backend::nearbyint(a.raw); }
#if TELAR_WIDE && defined(__SSE2__) && !defined(__SSE4_1__)  // xsimd goes by way of integers, which may be too small
template <FloatLane T> TELAR_INLINE vec<T> floor(vec<T> a) { const vec<T> n = nearest(a); return select(n > a, n - vec<T>(1), n); }
template <FloatLane T> TELAR_INLINE vec<T> ceil(vec<T> a) { return -floor(-a); }
template <FloatLane T> TELAR_INLINE vec<T> trunc(vec<T> a) { return backend::copysign(floor(abs(a)).raw, a.raw); }
#else
template <FloatLane T> TELAR_INLINE vec<T> floor(vec<T> a) { return backend::floor(a.raw); }
template <FloatLane T> TELAR_INLINE vec<T> ceil(vec<T> a) { return backend::ceil(a.raw); }
template <FloatLane T> TELAR_INLINE vec<T> trunc(vec<T> a) { return backend::trunc(a.raw); }
#endif
#if TELAR_WIDE && defined(__aarch64__)
// xsimd 8.1 has 32-bit NEON's: floats are divided by an estimated inverse, and roots likewise; what is rounded to zero
// loses its sign.
TELAR_INLINE vec<float> divide(vec<float> a, vec<float> b) { return native<float>(vdivq_f32(a.raw, b.raw)); }
TELAR_INLINE vec<float> sqrt(vec<float> a) { return native<float>(vsqrtq_f32(a.raw)); }
TELAR_INLINE vec<float> floor(vec<float> a) { return native<float>(vrndmq_f32(a.raw)); }
TELAR_INLINE vec<float> ceil(vec<float> a) { return native<float>(vrndpq_f32(a.raw)); }
TELAR_INLINE vec<float> trunc(vec<float> a) { return native<float>(vrndq_f32(a.raw)); }
TELAR_INLINE vec<float> nearest(vec<float> a) { return native<float>(vrndnq_f32(a.raw)); }
TELAR_INLINE vec<double> floor(vec<double> a) { return native<double>(vrndmq_f64(a.raw)); }
TELAR_INLINE vec<double> ceil(vec<double> a) { return native<double>(vrndpq_f64(a.raw)); }
TELAR_INLINE vec<double> trunc(vec<double> a) { return native<double>(vrndq_f64(a.raw)); }
TELAR_INLINE vec<double> nearest(vec<double> a) { return native<double>(vrndnq_f64(a.raw)); }
#endif
// clang-format on

/// 2^n for a whole number n that gives a normal float. The addition leaves n + bias in the low bits.
template <FloatLane T> TELAR_INLINE vec<T> power_of_two(vec<T> n) {
    if constexpr (sizeof(T) == 4) return from_bits(shift_left(bits(n + vec<T>(12582912.0f + 127.0f)), 23));
    else return from_bits(shift_left(bits(n + vec<T>(6755399441055744.0 + 1023.0)), 52));
}

/// x * 2^n for a whole number n, rounded once: also where the result is denormal or overflows.
template <FloatLane T> TELAR_INLINE vec<T> scale2(vec<T> x, vec<T> n) {
    constexpr T least = sizeof(T) == 4 ? T(-126) : T(-1022);  // exponents of the normal numbers
    constexpr T most = sizeof(T) == 4 ? T(127) : T(1023);
    constexpr T step = sizeof(T) == 4 ? T(-102) : T(-969);  // leaves room for the digits: no rounding until the last
    if (!all((n >= vec<T>(least)) & (n <= vec<T>(most)))) {
        for (int i = 0; i < 2; ++i) {
            const vec<T> part = select(n < vec<T>(least), vec<T>(step), select(n > vec<T>(most), vec<T>(most), T(0)));
            x *= power_of_two(part);
            n -= part;
        }
        n = maximum(minimum(n, vec<T>(most)), vec<T>(least));
    }
    return x * power_of_two(n);
}
// clang-format off
#if TELAR_WIDE && defined(__AVX512F__)
TELAR_INLINE vec<float> scale2(vec<float> x, vec<float> n) { return native<float>(_mm512_maskz_scalef_ps(low_bits_16(16), x.raw, n.raw)); }
TELAR_INLINE vec<double> scale2(vec<double> x, vec<double> n) { return native<double>(_mm512_maskz_scalef_pd(low_bits_8(8), x.raw, n.raw)); }
#endif
// clang-format on

// ---- bits of products, bits moved

/// The 64 bits of an unsigned product, in two registers.
struct wide_product {
    vec<std::int32_t> low, high;
};
TELAR_INLINE wide_product multiply_wide(vec<std::int32_t> a, std::uint32_t b) {
#if TELAR_WIDE && defined(__AVX512F__)
    const __m512i by = _mm512_set1_epi32(static_cast<int>(b)), all = a.raw;
    const __m512i even = _mm512_mul_epu32(all, by), odd = _mm512_mul_epu32(_mm512_srli_epi64(all, 32), by);
    return {native<std::int32_t>(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32))),
            native<std::int32_t>(_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd))};
#elif TELAR_WIDE && defined(__AVX2__)
    const __m256i by = _mm256_set1_epi32(static_cast<int>(b)), all = a.raw;
    const __m256i even = _mm256_mul_epu32(all, by), odd = _mm256_mul_epu32(_mm256_srli_epi64(all, 32), by);
    return {native<std::int32_t>(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA)),
            native<std::int32_t>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA))};
#else
    constexpr int width = vec<std::int32_t>::width;
    std::int32_t low[width], high[width];
    store(low, a);
    for (int i = 0; i < width; ++i) {
        const std::uint64_t product = std::uint64_t{static_cast<std::uint32_t>(low[i])} * b;
        low[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(product));
        high[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(product >> 32));
    }
    return {load(low), load(high)};
#endif
}
/// Each lane by its own number of bits: a 2^n, 0 where n is below 0 or beyond the bits of T.
template <IntegerLane T> TELAR_INLINE vec<T> shift_left(vec<T> a, vec<T> n) {
    using word = std::make_unsigned_t<T>;
    constexpr word count = 8 * sizeof(T);
    T x[vec<T>::width], by[vec<T>::width];
    store(x, a);
    store(by, n);
    for (int i = 0; i < vec<T>::width; ++i) {
        const word k = static_cast<word>(by[i]);
        x[i] = k < count ? static_cast<T>(static_cast<word>(x[i]) << k) : T(0);
    }
    return load(x);
}
/// floor(a / 2^n); the sign alone where n is below 0 or beyond the bits of T.
template <IntegerLane T> TELAR_INLINE vec<T> shift_right(vec<T> a, vec<T> n) {
    using word = std::make_unsigned_t<T>;
    constexpr word last = 8 * sizeof(T) - 1;
    T x[vec<T>::width], by[vec<T>::width];
    store(x, a);
    store(by, n);
    for (int i = 0; i < vec<T>::width; ++i) {
        const word k = static_cast<word>(by[i]);
        x[i] = static_cast<T>(x[i] >> (k < last ? k : last));
    }
    return load(x);
}

// ---- across the lanes

/// v with lanes i and i ^ distance exchanged.
template <int distance, Lane T> TELAR_INLINE vec<T> exchange_lanes(vec<T> v) {
    T from[vec<T>::width], to[vec<T>::width];
    store(from, v);
#if TELAR_WIDE && !defined(__CUDACC__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12))
    typedef T lanes __attribute__((vector_size(sizeof(T) * vec<T>::width)));
    lanes x;
    std::memcpy(&x, from, sizeof(x));
    [&]<int... i>(std::integer_sequence<int, i...>) TELAR_INLINE_LAMBDA {
        x = __builtin_shufflevector(x, x, (i ^ distance)...);
    }
    (std::make_integer_sequence<int, vec<T>::width>{});
    std::memcpy(to, &x, sizeof(x));
#else
    for (int i = 0; i < vec<T>::width; ++i) to[i] = from[i ^ distance];
#endif
    return load(to);
}
/// One step of a transposition: exchanges the lanes of a that have the bit `distance` with those of b that have not.
template <int distance, Lane T> TELAR_INLINE void trade_lanes(vec<T>& a, vec<T>& b) {
    constexpr int width = vec<T>::width;
    T x[std::size_t(width)], y[std::size_t(width)];
    store(x, a);
    store(y, b);
#if TELAR_WIDE && !defined(__CUDACC__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12))
    typedef T lanes __attribute__((vector_size(sizeof(T) * width)));
    lanes p, q;
    std::memcpy(&p, x, sizeof(p));
    std::memcpy(&q, y, sizeof(q));
    [&]<int... i>(std::integer_sequence<int, i...>) TELAR_INLINE_LAMBDA {
        const lanes low = __builtin_shufflevector(p, q, ((i & distance) ? width + (i ^ distance) : i)...);
        q = __builtin_shufflevector(p, q, ((i & distance) ? width + i : (i ^ distance))...);
        p = low;
    }
    (std::make_integer_sequence<int, width>{});
    std::memcpy(x, &p, sizeof(p));
    std::memcpy(y, &q, sizeof(q));
#else
    for (int i = 0; i < width; ++i)
        if (i & distance) std::swap(x[i], y[i ^ distance]);
#endif
    a = load(x);
    b = load(y);
}
/// Transposes a width x width block: lane j of rows[i] becomes lane i of rows[j].
template <Lane T, int distance = vec<T>::width / 2> TELAR_INLINE void transpose(vec<T> (&rows)[vec<T>::width]) {
    if constexpr (distance > 0) {
        TELAR_UNROLL
        for (int i = 0; i < vec<T>::width; ++i)
            if (!(i & distance)) trade_lanes<distance>(rows[i], rows[i ^ distance]);
        transpose<T, distance / 2>(rows);
    }
}

/// Lane i is lane i * stride of v.
template <int stride, Lane T> TELAR_INLINE vec<T> lanes_apart(vec<T> v) {
    constexpr int width = vec<T>::width;
    T from[std::size_t(width)], to[std::size_t(width)];
    store(from, v);
#if TELAR_WIDE && !defined(__CUDACC__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12))
    typedef T lanes __attribute__((vector_size(sizeof(T) * width)));
    lanes x;
    std::memcpy(&x, from, sizeof(x));
    [&]<int... i>(std::integer_sequence<int, i...>) TELAR_INLINE_LAMBDA {
        x = __builtin_shufflevector(x, x, (i * stride % width)...);
    }
    (std::make_integer_sequence<int, width>{});
    std::memcpy(to, &x, sizeof(x));
#else
    for (int i = 0; i < width; ++i) to[i] = from[i * stride % width];
#endif
    return load(to);
}

template <int distance, Lane T, class Operation> TELAR_INLINE T fold(vec<T> v, Operation operation) {
    if constexpr (distance == 0) return first(v);
    else return fold<distance / 2>(operation(v, exchange_lanes<distance>(v)), operation);
}
// clang-format off
template <Lane T> TELAR_INLINE T hsum(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return a + b; }); }
template <Lane T> TELAR_INLINE T hprod(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return a * b; }); }
/// NaN if any lane is.
template <Lane T> TELAR_INLINE T hmin(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return minimum(a, b); }); }
/// NaN if any lane is.
template <Lane T> TELAR_INLINE T hmax(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return maximum(a, b); }); }
// clang-format on

/// One step of lane_sums, on `count` registers.
template <int distance, int count, Lane T, std::size_t room> TELAR_INLINE void add_lanes(vec<T> (&v)[room]) {
    if constexpr (distance > 0) {
        if constexpr (count > 1) {
            TELAR_UNROLL for (int i = 0; i < count / 2; ++i) {
                trade_lanes<distance>(v[i], v[i + count / 2]);
                v[i] += v[i + count / 2];
            }
        } else {
            v[0] += exchange_lanes<distance>(v[0]);
        }
        add_lanes<distance / 2, count / 2 + count % 2>(v);
    }
}
/// Lane i is hsum(v[i]), to the bit: the same additions, of several sums at once. Lanes beyond the last hold anything.
template <int count, Lane T> TELAR_INLINE vec<T> lane_sums(const vec<T> (&v)[std::size_t(count)]) {
    constexpr int width = vec<T>::width;
    constexpr int room = static_cast<int>(std::bit_ceil(static_cast<unsigned>(count)));
    static_assert(room <= width);
    vec<T> sum[std::size_t(room)];
    TELAR_UNROLL for (int i = 0; i < room; ++i) sum[i] = v[i < count ? i : count - 1];
    add_lanes<width / 2, room>(sum);
    return lanes_apart<width / room>(sum[0]);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
