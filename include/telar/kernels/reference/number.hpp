// SPDX-License-Identifier: BSL-1.0
// The reference's number types: what a value is, before a node's own type rounds or wraps it. All work in constant
// evaluation; a formula (kernels/elementwise.hpp) finds their functions by ADL.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/kernels/elementwise.hpp>
#include <telar/kernels/reference/math.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// A truth value.
struct truth {
    bool value = false;

    constexpr truth() = default;
    constexpr truth(bool b) : value(b) {}
    friend constexpr truth operator&(truth a, truth b) { return a.value && b.value; }
    friend constexpr truth operator|(truth a, truth b) { return a.value || b.value; }
    friend constexpr truth operator!(truth a) { return !a.value; }
    friend constexpr truth select(truth m, truth a, truth b) { return m.value ? a : b; }
};

// clang-format off
/// A real number, in double. (For + - * / and sqrt, rounding a double to float once more gives the float's own result.)
struct number {
    double value = 0;

    constexpr number() = default;
    constexpr number(double v) : value(v) {}
    friend constexpr number operator+(number a, number b) { return a.value + b.value; }
    friend constexpr number operator-(number a, number b) { return a.value - b.value; }
    friend constexpr number operator*(number a, number b) { return a.value * b.value; }
    friend constexpr number operator/(number a, number b) { return a.value / b.value; }
    friend constexpr number operator-(number a) { return -a.value; }
    friend constexpr truth operator==(number a, number b) { return a.value == b.value; }
    friend constexpr truth operator!=(number a, number b) { return a.value != b.value; }
    friend constexpr truth operator<(number a, number b) { return a.value < b.value; }
    friend constexpr truth operator<=(number a, number b) { return a.value <= b.value; }
    friend constexpr truth operator>(number a, number b) { return a.value > b.value; }
    friend constexpr truth operator>=(number a, number b) { return a.value >= b.value; }
    friend constexpr number select(truth m, number a, number b) { return m.value ? a : b; }
    friend constexpr number minimum(number a, number b) { return b.value != b.value || b.value < a.value ? b : a; }
    friend constexpr number maximum(number a, number b) { return b.value != b.value || a.value < b.value ? b : a; }

    friend constexpr number abs(number a)     { return reference::abs(a.value); }
    friend constexpr number sqrt(number a)    { return reference::sqrt(a.value); }
    friend constexpr number cbrt(number a)    { return reference::cbrt(a.value); }
    friend constexpr number floor(number a)   { return reference::floor(a.value); }
    friend constexpr number ceil(number a)    { return reference::ceil(a.value); }
    friend constexpr number nearest(number a) { return reference::nearest(a.value); }
    friend constexpr number exp(number a)     { return reference::exp(a.value); }
    friend constexpr number expm1(number a)   { return reference::expm1(a.value); }
    friend constexpr number log(number a)     { return reference::log(a.value); }
    friend constexpr number log1p(number a)   { return reference::log1p(a.value); }
    friend constexpr number sin(number a)     { return reference::sin(a.value); }
    friend constexpr number cos(number a)     { return reference::cos(a.value); }
    friend constexpr number tan(number a)     { return reference::tan(a.value); }
    friend constexpr number asin(number a)    { return reference::asin(a.value); }
    friend constexpr number acos(number a)    { return reference::acos(a.value); }
    friend constexpr number atan(number a)    { return reference::atan(a.value); }
    friend constexpr number sinh(number a)    { return reference::sinh(a.value); }
    friend constexpr number cosh(number a)    { return reference::cosh(a.value); }
    friend constexpr number tanh(number a)    { return reference::tanh(a.value); }
    friend constexpr number asinh(number a)   { return reference::asinh(a.value); }
    friend constexpr number acosh(number a)   { return reference::acosh(a.value); }
    friend constexpr number atanh(number a)   { return reference::atanh(a.value); }
    friend constexpr number sigmoid(number a) { return reference::sigmoid(a.value); }
    friend constexpr number erf(number a)     { return reference::erf(a.value); }
    friend constexpr number erfc(number a)    { return reference::erfc(a.value); }
    friend constexpr number erfinv(number a)  { return reference::erfinv(a.value); }
    friend constexpr number erfcinv(number a) { return reference::erfcinv(a.value); }
    friend constexpr number lgamma(number a)  { return reference::lgamma(a.value); }
    friend constexpr number digamma(number a) { return reference::digamma(a.value); }
    friend constexpr number pow(number a, number b) { return reference::pow(a.value, b.value); }
    friend constexpr number atan2(number y, number x) { return reference::atan2(y.value, x.value); }
    friend constexpr number floor_mod(number a, number b) { return reference::floor_mod(a.value, b.value); }
};
// clang-format on

/// An integer of 64 bits that wraps. x / 0 = 0, as on every target: a lane must not trap.
struct integer {
    std::int64_t value = 0;

    constexpr integer() = default;
    constexpr integer(std::int64_t v) : value(v) {}
    static constexpr integer wrap(std::uint64_t v) { return static_cast<std::int64_t>(v); }
    constexpr std::uint64_t raw() const { return static_cast<std::uint64_t>(value); }

    friend constexpr integer operator+(integer a, integer b) { return wrap(a.raw() + b.raw()); }
    friend constexpr integer operator-(integer a, integer b) { return wrap(a.raw() - b.raw()); }
    friend constexpr integer operator*(integer a, integer b) { return wrap(a.raw() * b.raw()); }
    friend constexpr integer operator/(integer a, integer b) {
        if (b.value == 0) return 0;
        return b.value == -1 ? -a : integer(a.value / b.value);
    }
    friend constexpr integer operator-(integer a) { return wrap(0 - a.raw()); }
    friend constexpr truth operator==(integer a, integer b) { return a.value == b.value; }
    friend constexpr truth operator!=(integer a, integer b) { return a.value != b.value; }
    friend constexpr truth operator<(integer a, integer b) { return a.value < b.value; }
    friend constexpr truth operator<=(integer a, integer b) { return a.value <= b.value; }
    friend constexpr truth operator>(integer a, integer b) { return a.value > b.value; }
    friend constexpr truth operator>=(integer a, integer b) { return a.value >= b.value; }
    friend constexpr integer select(truth m, integer a, integer b) { return m.value ? a : b; }
    friend constexpr integer minimum(integer a, integer b) { return b.value < a.value ? b : a; }
    friend constexpr integer maximum(integer a, integer b) { return a.value < b.value ? b : a; }
    friend constexpr integer floor_mod(integer a, integer b) { return floored_remainder(a, b); }
    friend constexpr integer operator&(integer a, integer b) { return a.value & b.value; }
    friend constexpr integer operator|(integer a, integer b) { return a.value | b.value; }
    friend constexpr integer operator^(integer a, integer b) { return a.value ^ b.value; }
    friend constexpr integer operator~(integer a) { return ~a.value; }
    /// a 2^n; what leaves the 64 bits is gone, and all of it is where n is below 0 or above 63.
    friend constexpr integer shift_left(integer a, integer n) { return n.raw() < 64 ? wrap(a.raw() << n.raw()) : 0; }
    /// floor(a / 2^n).
    friend constexpr integer shift_right(integer a, integer n) { return a.value >> (n.raw() < 63 ? n.raw() : 63); }
    friend constexpr integer abs(integer a) { return a.value < 0 ? -a : a; }
};

/// The number type that holds an element type.
template <Element T>
using number_for =
    std::conditional_t<std::same_as<T, bool>, truth, std::conditional_t<std::integral<T>, integer, number>>;

// ---- a value as its element type holds it
constexpr number rounded(dtype t, number v) { return held_by(t, v.value); }
constexpr integer rounded(dtype t, integer v) { return wrapped(t, v.value); }
constexpr truth rounded(dtype, truth v) { return v; }

/// Truncates towards 0. What does not fit in int32 or int64, NaN too, gives the lowest number, as the x86 instruction
/// does; a narrower type holds the low bits of that. (On other machines a target may give another number there.)
constexpr integer truncated(dtype t, double v) {
    if (wraps_when_stored(t)) return rounded(t, truncated(computed_in(t), v));
    const double bound = t == dtype::int32 ? 2147483648.0 : 9223372036854775808.0;
    const bool fits = v < bound && (t == dtype::int32 ? v > -bound - 1 : v >= -bound);
    return fits ? static_cast<std::int64_t>(v) : lowest_integer(t);
}

// ---- casts: to each of the three from each of the three
// clang-format off
constexpr number  convert(dtype t, number a, number)   { return rounded(t, a); }
constexpr number  convert(dtype t, integer a, number)  { return t == dtype::float64 ? number(static_cast<double>(a.value)) : rounded(t, number(static_cast<float>(a.value))); }
constexpr number  convert(dtype, truth a, number)      { return a.value ? 1.0 : 0.0; }
constexpr integer convert(dtype t, number a, integer)  { return truncated(t, a.value); }
constexpr integer convert(dtype t, integer a, integer) { return rounded(t, a); }
constexpr integer convert(dtype, truth a, integer)     { return a.value; }
constexpr truth   convert(dtype, number a, truth)      { return a.value != 0; }
constexpr truth   convert(dtype, integer a, truth)     { return a.value != 0; }
constexpr truth   convert(dtype, truth a, truth)       { return a; }
// clang-format on

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
