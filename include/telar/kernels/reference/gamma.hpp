// SPDX-License-Identifier: BSL-1.0
// The logarithm of the gamma function, and its derivative.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/kernels/reference/logarithm.hpp>
#include <telar/kernels/reference/trigonometric.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// y = ln |gamma(x)|.
///
/// types     float64: 6 ulp of the result or of 1/16, whichever is more (it has zeros at 1, 2 and left of 0)
/// edge      +inf at 0, at the negative whole numbers and at +-inf
constexpr double lgamma(double x) {
    if (is_nan(x)) return x;
    if (abs(x) == infinity) return infinity;
    if (x <= 0) {  // gamma(x) gamma(1 - x) = pi / sin(pi x)
        const double fraction = abs(x - nearest(x));
        if (fraction == 0) return infinity;
        if (abs(x) < 0x1p-60) return -log(abs(x));
        return log(2 * half_pi.high / sin(2 * half_pi.high * fraction)) - lgamma(1 - x);
    }
    if (x < 0x1p-60) return -log(x);
    if (x > 8) {  // Stirling's series, and the Bernoulli numbers in it
        if (x > 2.5563481638716906e305) return infinity;
        if (x > 1e18) return x * (log(x) - 1);
        constexpr double series[] = {1.0 / 12,        -1.0 / 360, 1.0 / 1260,       -1.0 / 1680,     1.0 / 1188,
                                     -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400, 43867.0 / 244188};
        constexpr double half_ln_two_pi = 0.9189385332046728;
        const double inverse = 1 / x;
        return (x - 0.5) * (log(x) - 1) + ((half_ln_two_pi - 0.5) + inverse * polynomial(inverse * inverse, series));
    }
    double below = x, factor = 1;  // gamma(x) = factor * gamma(below), below < 5/2
    while (below >= 2.5) factor *= below -= 1;
    if (below < 1.2) {
        const double t = below - 1;  // gamma(below) = gamma(below + 1) / below
        if (below >= 0.5) return t * (t + 1) * polynomial(t, minimax<double>::log_gamma) - log1p(t);
        return lgamma(below + 1) - log(below);
    }
    const double t = below - 2;
    return t * (t + 1) * polynomial(t, minimax<double>::log_gamma) + (factor == 1 ? 0 : log(factor));
}

/// y = (ln gamma)'(x).
///
/// types     float64: 4 ulp; left of 0, where it has zeros, to the error of digamma(-x)
/// edge      -inf at 0, +inf at -0; NaN at the negative whole numbers and at -inf
constexpr double digamma(double x) {
    if (is_nan(x) || x == infinity) return x;
    if (x == 0) return with_sign_of(x, 1.0) * -infinity;
    if (x < 0) {  // psi(-a) = psi(a) + 1/a + pi cot(pi a)
        const double a = -x, off = a - nearest(a);
        if (!(off != 0)) return nan;
        if (a < 0x1p-54) return 1 / a;
        return digamma(a) + (1 / a + 2 * half_pi.high / tan(2 * half_pi.high * off));
    }
    if (x < 10) {
        double z = x, fractions = 0;  // psi(z + 1) = psi(z) + 1/z
        for (; z > 2; fractions += 1 / z) z -= 1;
        if (z < 1) fractions = -1 / z, z += 1;
        const double from_zero = (z - minimax<double>::digamma_zero[0]) - minimax<double>::digamma_zero[1];
        return from_zero * polynomial(z - 1.5, minimax<double>::digamma) + fractions;
    }
    constexpr double series[] = {-1.0 / 12, 1.0 / 120, -1.0 / 252, 1.0 / 240, -1.0 / 132, 691.0 / 32760, -1.0 / 12};
    const double inverse = 1 / x, square = inverse * inverse;
    return log(x) - (0.5 * inverse - polynomial(square, series) * square);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
