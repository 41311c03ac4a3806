// SPDX-License-Identifier: BSL-1.0
// A floating-point number as text, read the same in every locale.
#pragma once
#include <telar/core/config.hpp>

#include <charconv>
#include <concepts>
#include <limits>
#include <string_view>
#include <system_error>

#if !TELAR_HAS_FLOAT_FROM_CHARS
#include <locale>
#include <sstream>
#include <string>
#endif

namespace telar::inline TELAR_ABI::core {

#if !TELAR_HAS_FLOAT_FROM_CHARS
/// The end of -d.ddde-dd at the beginning of a text; the beginning where there is none.
inline const char* end_of_number(const char* from, const char* last) {
    const auto digits = [last](const char* at) {
        while (at != last && *at >= '0' && *at <= '9') ++at;
        return at;
    };
    const auto is_at = [last](const char* at, std::string_view any) {
        return at != last && any.find(*at) != std::string_view::npos;
    };
    const char* const whole = from + is_at(from, "-");
    const char* at = digits(whole);
    const bool has_point = is_at(at, ".");
    const char* const fraction = at + has_point;
    const bool has_whole = at != whole;
    if (has_point) at = digits(fraction);
    if (!has_whole && at == fraction) return from;
    if (!is_at(at, "eE")) return at;
    const char* const exponent = at + 1 + is_at(at + 1, "+-");
    const char* const end = digits(exponent);
    return end == exponent ? at : end;
}
#endif

/// std::from_chars of a floating-point number, also where the standard library has it for integers alone (libc++ before
/// 20). There `infinity` and `nan(...)` are read as far as `inf` and `nan`.
///
/// test      tests/core/read_number_test.cpp
template <std::floating_point T> std::from_chars_result read_number(const char* from, const char* last, T& value) {
#if TELAR_HAS_FLOAT_FROM_CHARS
    return std::from_chars(from, last, value);
#else
    const bool is_negative = from != last && *from == '-';
    const std::string_view word(from + is_negative, static_cast<std::size_t>(last - from) - is_negative);
    for (const std::string_view special : {"inf", "nan"})
        if (word.starts_with(special)) {
            using limits = std::numeric_limits<T>;
            const T size = special == "inf" ? limits::infinity() : limits::quiet_NaN();
            value = is_negative ? -size : size;
            return {from + is_negative + special.size(), std::errc()};
        }
    const char* const end = end_of_number(from, last);
    if (end == from) return {from, std::errc::invalid_argument};
    std::istringstream in{std::string(from, end)};
    in.imbue(std::locale::classic());
    T number{};
    in >> number;
    if (in.fail()) return {end, std::errc::result_out_of_range};
    value = number;
    return {end, std::errc()};
#endif
}

}  // namespace telar::inline TELAR_ABI::core
