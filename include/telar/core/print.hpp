// SPDX-License-Identifier: BSL-1.0
// Prints a tensor as NumPy prints an array: columns aligned, at most 8 digits, `...` in a large one.
// Three steps: choose the elements that are shown, write each as a word, lay the words out in brackets.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/read_number.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace core::printing {

// NumPy's defaults, numpy.printoptions.
inline constexpr std::size_t threshold = 1000;  // print `...` above so many elements
inline constexpr extent_t edge = 3;             // and then so many at either end of an axis
inline constexpr int precision = 8;
inline constexpr std::size_t line_width = 75;

inline std::string spaces(std::size_t n) { return std::string(n, ' '); }

// ---- step 1: choose

/// What is written in place of an element: itself; of a half the float with the fewest digits that reads back as it.
template <class T> TELAR_COLD auto in_decimals(T x) {
    if constexpr (!Half<T>) return x;
    else {
        float number = x;
        if (!std::isfinite(number)) return number;
        for (int digits = 0; digits < std::numeric_limits<T>::max_digits10; ++digits) {
            char text[32];
            const auto end = std::to_chars(text, text + sizeof text, float{x}, std::chars_format::scientific, digits);
            read_number(text, end.ptr, number);
            if (T(number).bits == x.bits) break;
        }
        return number;
    }
}

/// Whether an axis of this extent loses its middle, in a tensor of `size` elements.
inline bool is_cut(extent_t extent, std::size_t size) { return size > threshold && extent > 2 * edge; }

/// Calls use(i) for each index of the axis that is shown, and gap() where some are left out.
template <class Use, class Gap> void for_each_shown(extent_t extent, bool cut, Use use, Gap gap) {
    for (extent_t i = 0; i < extent; ++i) {
        if (cut && i == edge) {
            gap();
            i = extent - edge;
        }
        use(i);
    }
}

template <class T, class Shown>
void choose(const T* elements, const shape& extents, int axis, extent_t offset, std::size_t size,
            std::vector<Shown>& shown) {
    if (axis == extents.rank) {
        shown.push_back(in_decimals(elements[offset]));
        return;
    }
    const auto deeper = [&](extent_t i) {
        choose(elements, extents, axis + 1, offset * extents[axis] + i, size, shown);
    };
    for_each_shown(extents[axis], is_cut(extents[axis], size), deeper, [] {});
}

// ---- step 2: write each element as a word

/// x = (-) d.ddd * 10^exponent, or its parts around the decimal point.
struct number_text {
    std::string whole;     // with the sign
    std::string fraction;  // without zeros at its end
    int exponent = 0;
};

/// std::to_chars; a negative precision asks for the shortest text that reads back as x.
template <class T> TELAR_COLD std::string characters(T x, std::chars_format format, int digits) {
    char text[400];  // the largest double has 309 digits before the point
    const auto end = digits < 0 ? std::to_chars(text, text + sizeof text, x, format)
                                : std::to_chars(text, text + sizeof text, x, format, digits);
    return {text, end.ptr};
}

TELAR_COLD inline std::string without_zeros(std::string digits) {
    const auto last = digits.find_last_not_of('0');
    digits.resize(last == std::string::npos ? 0 : last + 1);
    return digits;
}

/// The number behind the 'e' at this place.
TELAR_COLD inline int exponent_at(const std::string& text, std::size_t e) {
    int exponent = 0;
    std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
    return exponent;
}

/// The shortest digits that read back as x, at most `most` of them after the point.
template <class T> TELAR_COLD number_text scientific(T x, std::size_t most) {
    std::string text = characters(x, std::chars_format::scientific, -1);
    std::size_t e = text.find('e'), point = std::min(text.find('.'), e);
    if (e - point > most + 1) {
        text = characters(x, std::chars_format::scientific, static_cast<int>(most));
        e = text.find('e');
    }
    return {text.substr(0, point), point == e ? "" : without_zeros(text.substr(point + 1, e - point - 1)),
            exponent_at(text, e)};
}

/// The same digits written without an exponent.
template <class T> TELAR_COLD number_text positional(T x, std::size_t most) {
    const number_text s = scientific(x, 20);
    const std::string sign = std::signbit(x) ? "-" : "", digits = s.whole.substr(sign.size()) + s.fraction;
    if (s.exponent < 0) {
        const std::string fraction = std::string(static_cast<std::size_t>(-s.exponent - 1), '0') + digits;
        if (fraction.size() <= most) return {sign + "0", fraction};
    } else {
        const auto before = static_cast<std::size_t>(s.exponent) + 1;
        if (digits.size() <= before) return {sign + digits + std::string(before - digits.size(), '0'), ""};
        if (digits.size() - before <= most) return {sign + digits.substr(0, before), digits.substr(before)};
    }
    const std::string text = characters(x, std::chars_format::fixed, static_cast<int>(most));
    const std::size_t point = text.find('.');
    return {text.substr(0, point), without_zeros(text.substr(point + 1))};
}

/// "e+05", with at least so many digits.
TELAR_COLD inline std::string exponent_text(int exponent, std::size_t digits) {
    const std::string number = std::to_string(exponent < 0 ? -exponent : exponent);
    return std::string(exponent < 0 ? "e-" : "e+") + std::string(digits - std::min(digits, number.size()), '0') +
           number;
}

template <class T> std::string special_text(T x) { return std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf"; }

/// From which size on a number of type Of has an exponent; a double's is given.
template <class Of> constexpr double exponent_from(double of_double) {
    return std::is_same_v<Of, double> ? of_double : std::is_same_v<Of, float16> ? 1e3 : 1e6;
}
template <class Of, class T> TELAR_COLD bool needs_exponent(const std::vector<T>& finite) {
    T most = 0, least = 0;
    for (T x : finite) {
        const T size = std::fabs(x);
        if (size == 0) continue;
        most = std::max(most, size);
        least = least == 0 ? size : std::min(least, size);
    }
    return most != 0 && (most >= T(exponent_from<Of>(1e8)) || least < T(1e-4) || most / least > 1000);
}

/// Words of one width for numbers that are of type Of: points under each other, as few digits as all the numbers
/// together need.
template <class Of, class T>
requires std::is_floating_point_v<T> TELAR_COLD std::vector<std::string> words_of(const std::vector<T>& shown) {
    std::vector<T> finite;
    std::copy_if(shown.begin(), shown.end(), std::back_inserter(finite), [](T x) { return std::isfinite(x); });
    const bool with_exponent = needs_exponent<Of>(finite);

    const auto text_of = [&](T x) { return with_exponent ? scientific(x, precision) : positional(x, precision); };
    std::size_t left = 0, fraction = 0, exponent_digits = 2;
    for (T x : finite) {
        const number_text text = text_of(x);
        left = std::max(left, text.whole.size());
        fraction = std::max(fraction, text.fraction.size());
        exponent_digits = std::max(exponent_digits, exponent_text(text.exponent, 0).size() - 2);
    }
    const std::size_t right = 1 + fraction + (with_exponent ? 2 + exponent_digits : 0);
    if (finite.size() != shown.size()) {
        const bool negative = std::any_of(shown.begin(), shown.end(), [](T x) { return std::isinf(x) && x < 0; });
        const std::size_t width = std::max(left + right, std::size_t{3} + negative);
        left = width - right;
    }

    std::vector<std::string> words;
    for (T x : shown) {
        std::string word;
        if (!std::isfinite(x)) word = special_text(x);
        else if (with_exponent) {
            const std::string text = characters(x, std::chars_format::scientific, static_cast<int>(fraction));
            const std::size_t e = text.find('e');
            word =
                text.substr(0, e) + (fraction == 0 ? "." : "") + exponent_text(exponent_at(text, e), exponent_digits);
        } else {
            const number_text text = text_of(x);
            word = text.whole + "." + text.fraction + spaces(fraction - text.fraction.size());
        }
        words.push_back(spaces(left + right - word.size()) + word);
    }
    return words;
}

template <class Of, class T>
requires std::is_integral_v<T> TELAR_COLD std::vector<std::string> words_of(const std::vector<T>& shown) {
    std::vector<std::string> words;
    for (T x : shown) {
        if constexpr (std::is_same_v<T, bool>) words.push_back(x ? "True" : "False");
        else words.push_back(std::to_string(x));
    }
    std::size_t width = std::is_same_v<T, bool> ? 5 : 0;
    for (const auto& word : words) width = std::max(width, word.size());
    for (auto& word : words) word = spaces(width - word.size()) + word;
    return words;
}

/// A number that stands alone is printed in full, as Python does: 3.0, 0.1, 1e-05.
template <class Of, class T> TELAR_COLD std::string lone_word(T x) {
    if constexpr (std::is_same_v<T, bool>) return x ? "True" : "False";
    else if constexpr (std::is_integral_v<T>) return std::to_string(x);
    else {
        if (!std::isfinite(x)) return special_text(x);
        const double size = std::fabs(double{x});
        if (size == 0 || (size >= 1e-4 && size < exponent_from<Of>(1e16))) {
            const number_text text = positional(x, 400);
            return text.whole + "." + (text.fraction.empty() ? "0" : text.fraction);
        }
        const number_text text = scientific(x, 400);
        return text.whole + (text.fraction.empty() ? "" : "." + text.fraction) + exponent_text(text.exponent, 2);
    }
}

// ---- step 3: lay the words out

class layout {
public:
    layout(const shape& extents, const std::vector<std::string>& words)
        : extents_(extents), size_(static_cast<std::size_t>(extents.count())), words_(words) {}

    TELAR_COLD std::string axis(int axis) {
        const std::string indent = spaces(static_cast<std::size_t>(axis) + 1);
        const bool innermost = axis + 1 == extents_.rank;
        const std::string separator =
            innermost ? " " : std::string(static_cast<std::size_t>(extents_.rank - axis - 1), '\n');
        const std::size_t width = line_width - static_cast<std::size_t>(extents_.rank);
        std::string text = "[", line;
        bool first = true;
        const auto append = [&](const std::string& part) {
            if (innermost) {
                if (!first && indent.size() + line.size() + 1 + part.size() > width) {
                    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n" + indent;
                    line.clear();
                } else if (!first) line += " ";
                line += part;
            } else {
                text += (first ? "" : separator + indent) + part;
            }
            first = false;
        };
        for_each_shown(
            extents_[axis], is_cut(extents_[axis], size_),
            [&](extent_t) { append(innermost ? words_[next_++] : this->axis(axis + 1)); }, [&] { append("..."); });
        return text + line + "]";
    }

private:
    shape extents_;
    std::size_t size_;
    const std::vector<std::string>& words_;
    std::size_t next_ = 0;
};

}  // namespace core::printing

namespace core::printing {
/// The text of row-major elements.
template <class T> TELAR_COLD std::string array_text(const T* elements, const shape& extents) {
    std::string text;
    const auto size = static_cast<std::size_t>(extents.count());
    if (extents.rank == 0) {
        text = lone_word<T>(in_decimals(*elements));
    } else if (size == 0) {
        text = "[]";
    } else {
        std::vector<decltype(in_decimals(*elements))> shown;
        choose(elements, extents, 0, 0, size, shown);
        const std::vector<std::string> words = words_of<T>(shown);
        text = layout(extents, words).axis(0);
        if (text.find('\n') != std::string::npos) text = "\n" + text;
    }
    return "tensor(" + text + ", shape=" + to_string(extents) + ", dtype=" + std::string(name_of(dtype_of<T>())) + ")";
}

#if TELAR_COMPILED
TELAR_INSTANCE std::string array_text(const float*, const shape&);
TELAR_INSTANCE std::string array_text(const double*, const shape&);
TELAR_INSTANCE std::string array_text(const float16*, const shape&);
TELAR_INSTANCE std::string array_text(const bfloat16*, const shape&);
TELAR_INSTANCE std::string array_text(const std::int32_t*, const shape&);
TELAR_INSTANCE std::string array_text(const std::int64_t*, const shape&);
TELAR_INSTANCE std::string array_text(const std::uint8_t*, const shape&);
TELAR_INSTANCE std::string array_text(const bool*, const shape&);
#endif
}  // namespace core::printing

/// "tensor([1 2 4], shape=(3,), dtype=int32)": the elements as NumPy prints them; more than one line start on a new
/// one.
///
/// edge      above 1000 elements the middle of each long axis is `...`; no elements print as []
/// test      tests/core/print_test.cpp, against NumPy's own output
template <Tensor V> TELAR_COLD std::string to_string(const V& value) {
    return core::printing::array_text(value.data(), value.extents());
}
template <class T> TELAR_COLD std::string to_string(const tensor_view<T>& value) {
    return core::printing::array_text<std::remove_const_t<T>>(value.data(), value.extents());
}

template <Tensor V> std::ostream& operator<<(std::ostream& out, const V& value) { return out << to_string(value); }
template <class T> std::ostream& operator<<(std::ostream& out, const tensor_view<T>& value) {
    return out << to_string(value);
}

}  // namespace telar::inline TELAR_ABI
