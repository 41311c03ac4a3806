// SPDX-License-Identifier: BSL-1.0
// How far a result is from the truth, in units in the last place.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

namespace support {

/// |got - want| in units of the last place of T at want. Infinite if one is NaN and the other is not, if an infinity is
/// wrong, or if a zero has the wrong sign. want carries more digits than T.
template <class T, class Wide> double ulp_error(T got, Wide want) {
    using limits = std::numeric_limits<T>;
    const T rounded = static_cast<T>(want);
    const double wrong = std::numeric_limits<double>::infinity();
    if (std::isnan(rounded) || std::isnan(got)) return std::isnan(rounded) && std::isnan(got) ? 0 : wrong;
    if (std::isinf(want) || (std::isinf(rounded) && std::isinf(got))) return got == rounded ? 0 : wrong;
    if (got == 0 && want == 0) return std::signbit(got) == std::signbit(want) ? 0 : wrong;
    const int exponent = want == 0 ? limits::min_exponent - 1 : std::max(std::ilogb(want), limits::min_exponent - 1);
    const Wide unit = std::ldexp(Wide(1), exponent - (limits::digits - 1));
    const Wide reached =
        std::isinf(got) ? std::copysign(std::ldexp(Wide(1), limits::max_exponent), Wide(got)) : Wide(got);
    return static_cast<double>(std::abs(reached - want) / unit);
}

}  // namespace support
