// SPDX-License-Identifier: BSL-1.0
// sin, cos, tan and their inverses.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/minimax.hpp>

#include <cmath>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// x = quadrant pi/2 + r, |r| <= pi/4; of the quadrant only the lowest bits count.
template <FloatLane T> struct reduced_angle {
    vec<integer_of<T>> quadrant;
    vec<T> r;
};
/// For |x| up to angle_limit: there the parts of pi/2 still have exact multiples.
template <FloatLane T> TELAR_INLINE reduced_angle<T> reduce_by_half_pi(vec<T> x) {
    using c = minimax<T>;
    const vec<T> shifted = fma(x, vec<T>(T(0.6366197723675814)), vec<T>(layout<T>::shift));
    const vec<T> n = shifted - vec<T>(layout<T>::shift);
    // The products are exact, but for the last; what the differences lose joins it, so that one rounding is left.
    const vec<T> second = n * vec<T>(c::half_pi[1]), third = n * vec<T>(c::half_pi[2]);
    const vec<T> r1 = fma(n, vec<T>(-c::half_pi[0]), x), r2 = r1 - second, r3 = r2 - third;
    const vec<T> lost = ((r1 - r2) - second) + ((r2 - r3) - third);
    return {bits(shifted), r3 + fma(n, vec<T>(-c::half_pi[3]), lost)};
}
template <FloatLane T> inline constexpr T angle_limit = choose<T>(12800, 1.6e6);

/// sin r and cos r for |r| <= pi/4.
template <FloatLane T> TELAR_INLINE vec<T> sin_reduced(vec<T> r) {
    const vec<T> z = r * r;
    return fma(r * z, polynomial(z, minimax<T>::sine), r);
}
template <FloatLane T> TELAR_INLINE vec<T> cos_reduced(vec<T> r) {
    const vec<T> z = r * r;
    return fma(z * z, polynomial(z, minimax<T>::cosine), fma(vec<T>(T(-0.5)), z, vec<T>(1)));
}

/// y with the lanes whose |x| is above the limit computed by the standard library, one by one: they are rare.
template <FloatLane T, class Function> TELAR_NOINLINE vec<T> repair_far_angles(vec<T> x, vec<T> y, Function of_one) {
    T from[vec<T>::width], to[vec<T>::width];
    store(from, x);
    store(to, y);
    for (int i = 0; i < vec<T>::width; ++i)
        if (std::abs(from[i]) > angle_limit<T>) to[i] = of_one(from[i]);
    return load(to);
}

/// sin(x + turn pi/2): all that tells sin from cos.
template <int turn, FloatLane T> TELAR_INLINE vec<T> turned_sine(vec<T> x) {
    using integer = vec<integer_of<T>>;
    const auto [q, r] = reduce_by_half_pi(x);
    const integer quadrant = q + integer(turn);
    const mask<T> odd = mask_as<T>((quadrant & integer(1)) == integer(1));
    const vec<T> y = select(odd, cos_reduced(r), sin_reduced(r));
    return flip_sign(y, shift_left(quadrant & integer(2), static_cast<int>(8 * sizeof(T)) - 2));
}

/// y = sin x.
///
/// types     float32 1.6 ulp, float64 1.6 ulp, for every x
/// edge      sin(-0) = -0, sin(+-inf) = NaN
template <FloatLane T> TELAR_INLINE vec<T> sin(vec<T> x) {
    const vec<T> a = magnitude(x);
    const vec<T> y = select(a < vec<T>(choose<T>(0x1p-13f, 0x1p-27)), x, turned_sine<0>(x));
    if (any(a > vec<T>(angle_limit<T>))) return repair_far_angles(x, y, [](T v) { return std::sin(v); });
    return y;
}

/// y = cos x.
///
/// types     float32 1.6 ulp, float64 1.6 ulp, for every x
/// edge      cos(+-inf) = NaN
template <FloatLane T> TELAR_INLINE vec<T> cos(vec<T> x) {
    const vec<T> y = turned_sine<1>(x);
    if (any(magnitude(x) > vec<T>(angle_limit<T>))) return repair_far_angles(x, y, [](T v) { return std::cos(v); });
    return y;
}

/// y = sin x / cos x.
///
/// types     float32 3.7 ulp, float64 3.7 ulp, for every x
/// edge      tan(-0) = -0, tan(+-inf) = NaN
template <FloatLane T> TELAR_INLINE vec<T> tan(vec<T> x) {
    using integer = vec<integer_of<T>>;
    const vec<T> a = magnitude(x);
    const auto [quadrant, r] = reduce_by_half_pi(x);
    const mask<T> odd = mask_as<T>((quadrant & integer(1)) == integer(1));
    const vec<T> s = sin_reduced(r), c = cos_reduced(r);
    vec<T> y = select(odd, -c, s) / select(odd, s, c);
    y = select(a < vec<T>(choose<T>(0x1p-13f, 0x1p-27)), x, y);
    if (any(a > vec<T>(angle_limit<T>))) return repair_far_angles(x, y, [](T v) { return std::tan(v); });
    return y;
}

/// pi/2 in two floats.
template <FloatLane T> inline constexpr T half_pi_high = choose<T>(0x1.921fb6p0f, 0x1.921fb54442d18p0);
template <FloatLane T> inline constexpr T half_pi_low = choose<T>(-0x1.777a5cp-25f, 0x1.1a62633145c07p-54);

/// y = arctan x, in [-pi/2, pi/2].
///
/// types     float32 2.1 ulp, float64 2.2 ulp
/// edge      atan(-0) = -0, atan(+-inf) = +-pi/2
template <FloatLane T> TELAR_INLINE vec<T> atan(vec<T> x) {
    // |x| beyond tan(3 pi/8): atan a = pi/2 - atan(1/a); beyond tan(pi/8): pi/4 + atan((a - 1) / (a + 1))
    const vec<T> a = magnitude(x);
    const mask<T> steep = a > vec<T>(T(2.414213562373095)), middle = a > vec<T>(T(0.4142135623730951));
    const vec<T> above = select(steep, T(-1), select(middle, a - vec<T>(1), a));
    const vec<T> below = select(steep, a, select(middle, a + vec<T>(1), vec<T>(1)));
    const vec<T> t = above / below, z = t * t, share = select(steep, T(1), select(middle, T(0.5), vec<T>(0)));
    const vec<T> reduced = fma(t * z, polynomial(z, minimax<T>::arc_tangent), t);
    return with_sign_of(x, share * vec<T>(half_pi_high<T>) + fma(share, vec<T>(half_pi_low<T>), reduced));
}

/// The angle of the point (x, y), in [-pi, pi].
///
/// types     float32, float64: see docs/ops_accuracy.md
/// edge      with signed zeros and infinities as C's
template <FloatLane T> TELAR_INLINE vec<T> atan2(vec<T> y, vec<T> x) {
    const vec<T> a = magnitude(x), b = magnitude(y), zero(0), infinite(std::numeric_limits<T>::infinity());
    const vec<T> longer = maximum(a, b), shorter = minimum(a, b);
    const vec<T> ratio = select(longer == zero, zero, select(shorter == infinite, T(1), shorter / longer));
    // ratio <= 1: on the far side of the diagonal pi/2 - angle, left of the axis pi - that
    const vec<T> angle = atan(ratio);
    const mask<T> is_steep = b > a, is_left = is_negative(x);
    const vec<T> turns = select(is_left, select(is_steep, T(1), vec<T>(T(2))), select(is_steep, T(1), zero));
    const vec<T> signed_angle = select(is_left ^ is_steep, -angle, angle);
    return with_sign_of(y, turns * vec<T>(half_pi_high<T>) + fma(turns, vec<T>(half_pi_low<T>), signed_angle));
}

/// arcsin of t, with t^2 = z <= 1/4.
template <FloatLane T> TELAR_INLINE vec<T> asin_reduced(vec<T> t, vec<T> z) {
    return fma(t * z, polynomial(z, minimax<T>::arc_sine), t);
}

/// y = arcsin x, in [-pi/2, pi/2].
///
/// types     float32 2.2 ulp, float64 2.2 ulp
/// edge      asin(-0) = -0, asin(|x| > 1) = NaN
template <FloatLane T> TELAR_INLINE vec<T> asin(vec<T> x) {
    // |x| > 1/2: asin a = pi/2 - 2 asin(sqrt((1 - a) / 2))
    const vec<T> a = magnitude(x);
    const mask<T> big = a > vec<T>(T(0.5));
    const vec<T> z = select(big, (vec<T>(1) - a) * vec<T>(T(0.5)), a * a);
    const vec<T> y = asin_reduced(select(big, sqrt(z), a), z);
    const vec<T> from_top = vec<T>(half_pi_high<T>) - ((y + y) - vec<T>(half_pi_low<T>));
    return with_sign_of(x, select(big, from_top, y));
}

/// y = arccos x, in [0, pi].
///
/// types     float32 1.2 ulp, float64 1.3 ulp
/// edge      acos(|x| > 1) = NaN
template <FloatLane T> TELAR_INLINE vec<T> acos(vec<T> x) {
    const vec<T> a = magnitude(x);
    const mask<T> big = a > vec<T>(T(0.5));
    const vec<T> z = select(big, (vec<T>(1) - a) * vec<T>(T(0.5)), a * a);
    const vec<T> y = asin_reduced(select(big, sqrt(z), a), z);
    // x > 1/2: 2y;  x < -1/2: pi - 2y;  else pi/2 -+ y
    const vec<T> turns = select(big, select(x < vec<T>(0), T(2), vec<T>(0)), T(1));
    const vec<T> signed_y = flip_sign(select(big, y + y, -y), sign_bit(x));
    return turns * vec<T>(half_pi_high<T>) + fma(turns, vec<T>(half_pi_low<T>), signed_y);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
