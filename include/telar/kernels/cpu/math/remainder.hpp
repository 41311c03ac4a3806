// SPDX-License-Identifier: BSL-1.0
// The remainder of a division rounded down.
#pragma once
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/elementwise.hpp>

#include <cmath>
#include <limits>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// Where the quotient has more digits than T: by the standard library, one by one. Such lanes are rare.
template <FloatLane T>
TELAR_NOINLINE vec<T> repair_far_remainders(vec<T> whole, vec<T> size, vec<T> rest, vec<T> quotient, T limit) {
    constexpr int width = vec<T>::width;
    T a[std::size_t(width)], b[std::size_t(width)], q[std::size_t(width)], to[std::size_t(width)];
    store(a, whole);
    store(b, size);
    store(q, quotient);
    store(to, rest);
    for (int i = 0; i < width; ++i)
        if (!(q[i] < limit)) to[i] = std::fmod(a[i], b[i]);
    return load(to);
}

/// a - b floor(a / b): the remainder that has b's sign.
///
/// types     float32 and float64: exact, but for the one rounding of r + b where a and b differ in sign
/// edge      NaN if b = 0 or a is infinite; b infinite: a, or b if they differ in sign; 0 takes b's sign
template <FloatLane T> TELAR_INLINE vec<T> floor_mod(vec<T> a, vec<T> b) {
    constexpr T limit = choose<T>(0x1p23f, 0x1p52);
    const vec<T> whole = magnitude(a), size = magnitude(b), quotient = trunc(whole / size);
    const auto [high, low] = multiply_exactly(quotient, size);
    const vec<T> below = (whole - high) - low;  // exact; negative where the division was rounded up
    vec<T> rest = select(below < vec<T>(0), below + size, below);
    rest = select(size == vec<T>(std::numeric_limits<T>::infinity()), whole, rest);
    if (!all(quotient < vec<T>(limit))) rest = repair_far_remainders(whole, size, rest, quotient, limit);
    const mask<T> as_it_is = (rest == vec<T>(0)) | !(is_negative(a) ^ is_negative(b));
    return with_sign_of(b, select(as_it_is, rest, size - rest));
}
template <IntegerLane T> TELAR_INLINE vec<T> floor_mod(vec<T> a, vec<T> b) { return floored_remainder(a, b); }

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
