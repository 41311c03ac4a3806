// SPDX-License-Identifier: BSL-1.0
// The shared formulas on the reference's numbers and on SIMD registers: the same rows, the same values.
#include <telar/kernels/elementwise.hpp>

#include <doctest/doctest.h>
#include <telar/kernels/cpu/math/math.hpp>
#include <telar/kernels/cpu/simd/simd.hpp>
#include <telar/kernels/reference/number.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

using namespace telar;
using namespace telar::ir::kernels;
using reference::integer;
using reference::number;
using reference::rounded;
using reference::truth;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double samples[] = {0.0,  -0.0, 1.0,   -1.0, 0.5,   -0.5, 1.5,  2.5,
                              -2.5, 3.25, -7.75, 1e30, -1e30, inf,  -inf, not_a_number};

bool is_same(double a, double b) {
    return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

template <op K> bool agrees_on_registers() {
    constexpr bool keeps_zero = K != op::floor && K != op::ceil;  // before SSE 4.1 xsimd gives 0 for floor(-0.0)
    bool all_agree = true;
    for (const double x : samples) {
        const double found = simd::first(formula<K>(simd::vec<double>(x))), expected = formula<K>(number(x)).value;
        all_agree = all_agree && (is_same(found, expected) || (!keeps_zero && found == expected));
    }
    return all_agree;
}
template <op K> bool pairs_agree_on_registers() {
    bool all_agree = true;
    for (const double x : samples)
        for (const double y : samples) {
            const simd::vec<double> lanes = formula<K>(simd::vec<double>(x), simd::vec<double>(y));
            const double expected = formula<K>(number(x), number(y)).value;
            all_agree = all_agree && is_same(simd::first(lanes), expected);
        }
    return all_agree;
}
template <op K> bool comparisons_agree_on_registers() {
    bool all_agree = true;
    for (const double x : samples)
        for (const double y : samples) {
            const bool expected = compare<K>(number(x), number(y)).value;
            all_agree = all_agree && all(compare<K>(simd::vec<double>(x), simd::vec<double>(y))) == expected;
        }
    return all_agree;
}
template <op K> bool integers_agree_on_registers() {
    constexpr std::int32_t most = INT32_MAX, least = INT32_MIN;
    bool all_agree = true;
    for (const std::int32_t x : {0, 1, -1, 7, -7, 65536, most, least})
        for (const std::int32_t y : {0, 1, -1, 2, -3, 65537, most, least}) {
            const simd::vec<std::int32_t> lanes = formula<K>(simd::vec<std::int32_t>(x), simd::vec<std::int32_t>(y));
            const integer expected = rounded(dtype::int32, formula<K>(integer(x), integer(y)));
            all_agree = all_agree && simd::first(lanes) == expected.value;
        }
    return all_agree;
}

// Every function that a formula names is there for registers. (Their values have tests of their own.)
template <class V>
concept HasEveryFunction = requires(V a, V b) {
    exp(a), expm1(a), log(a), log1p(a), sqrt(a), cbrt(a), sin(a), cos(a), tan(a), asin(a), acos(a), atan(a), sinh(a),
        cosh(a);
    tanh(a), asinh(a), acosh(a), atanh(a), sigmoid(a), erf(a), erfc(a), erfinv(a), erfcinv(a), lgamma(a), digamma(a),
        abs(a), floor(a), ceil(a), nearest(a);
    pow(a, b), atan2(a, b), floor_mod(a, b);
    minimum(a, b), maximum(a, b), select(a < b, a, b);
};
static_assert(HasEveryFunction<simd::vec<float>> && HasEveryFunction<simd::vec<double>> && HasEveryFunction<number>);

static_assert(formula<op::relu>(number(-2)).value == 0 && formula<op::relu>(number(2)).value == 2);
static_assert(formula<op::sign>(number(-2)).value == -1 && formula<op::sign>(number(0)).value == 0);
static_assert(formula<op::relu>(integer(-2)).value == 0 && formula<op::sign>(integer(9)).value == 1);
static_assert(rounded(dtype::int32, formula<op::neg>(integer(INT32_MIN))).value == INT32_MIN);
static_assert(rounded(dtype::int32, formula<op::abs>(integer(INT32_MIN))).value == INT32_MIN);
static_assert(formula<op::neg>(integer(INT64_MIN)).value == INT64_MIN);
static_assert(formula<op::add>(integer(INT64_MAX), integer(1)).value == INT64_MIN);
static_assert(rounded(dtype::uint8, formula<op::sub>(integer(3), integer(5))).value == 254);
static_assert(formula<op::div>(integer(-7), integer(2)).value == -3 &&
              formula<op::div>(integer(-7), integer(0)).value == 0);
static_assert(formula<op::div>(integer(INT64_MIN), integer(-1)).value == INT64_MIN);
static_assert(formula<op::floor_mod>(integer(-7), integer(3)).value == 2 &&
              formula<op::floor_mod>(integer(7), integer(-3)).value == -2 &&
              formula<op::floor_mod>(integer(7), integer(0)).value == 7 &&
              formula<op::floor_mod>(integer(INT64_MIN), integer(-1)).value == 0);
static_assert(formula<op::bitwise_not>(integer(5)).value == -6 &&
              rounded(dtype::uint8, formula<op::bitwise_not>(integer(5))).value == 250);

static_assert(formula<op::shift_left>(integer(3), integer(62)).value == INT64_MIN + (INT64_C(1) << 62) &&
              formula<op::shift_left>(integer(3), integer(64)).value == 0 &&
              formula<op::shift_left>(integer(3), integer(-1)).value == 0 &&
              formula<op::shift_right>(integer(-5), integer(1)).value == -3 &&
              formula<op::shift_right>(integer(-5), integer(64)).value == -1 &&
              formula<op::shift_right>(integer(5), integer(-1)).value == 0);

/// & | ^ ! against the truth table.
template <class M, class Read> constexpr bool logic_is_right(Read is_true) {
    for (const bool a : {false, true}) {
        if (is_true(logical<op::logical_not>(M(a))) != !a) return false;
        for (const bool b : {false, true})
            if (is_true(logical<op::logical_and>(M(a), M(b))) != (a && b) ||
                is_true(logical<op::logical_or>(M(a), M(b))) != (a || b) ||
                is_true(logical<op::equal>(M(a), M(b))) != (a == b) ||
                is_true(logical<op::not_equal>(M(a), M(b))) != (a != b))
                return false;
    }
    return true;
}
static_assert(logic_is_right<truth>([](truth t) { return t.value; }));
static_assert(logic_is_right<bool>([](bool b) { return b; }));

static_assert(formula_kind_of(op::exp) == formula_kind::number && formula_kind_of(op::div) == formula_kind::number);
static_assert(formula_kind_of(op::is_nan) == formula_kind::comparison &&
              formula_kind_of(op::less) == formula_kind::comparison);
static_assert(formula_kind_of(op::logical_or) == formula_kind::logical &&
              formula_kind_of(op::cast) == formula_kind::cast);

}  // namespace

TEST_CASE("edge values: NaN passes through relu, sign, maximum and minimum; zero keeps its sign") {
    CHECK(std::isnan(formula<op::relu>(number(not_a_number)).value));
    CHECK(std::isnan(formula<op::sign>(number(not_a_number)).value));
    CHECK(is_same(formula<op::sign>(number(-0.0)).value, -0.0));
    CHECK(formula<op::relu>(number(-inf)).value == 0);
    for (const double x : samples) {
        CHECK(std::isnan(formula<op::maximum>(number(x), number(not_a_number)).value));
        CHECK(std::isnan(formula<op::minimum>(number(not_a_number), number(x)).value));
        CHECK(compare<op::is_nan>(number(x)).value == std::isnan(x));
        CHECK_FALSE(compare<op::equal>(number(x), number(not_a_number)).value);
        CHECK(compare<op::not_equal>(number(x), number(not_a_number)).value);
    }
}
TEST_CASE("registers give what the reference gives, to the bit") {
    CHECK(agrees_on_registers<op::neg>());
    CHECK(agrees_on_registers<op::abs>());
    CHECK(agrees_on_registers<op::sign>());
    CHECK(agrees_on_registers<op::relu>());
    CHECK(agrees_on_registers<op::sqrt>());
    CHECK(agrees_on_registers<op::floor>());
    CHECK(agrees_on_registers<op::ceil>());
    CHECK(agrees_on_registers<op::round>());
    CHECK(pairs_agree_on_registers<op::add>());
    CHECK(pairs_agree_on_registers<op::sub>());
    CHECK(pairs_agree_on_registers<op::mul>());
    CHECK(pairs_agree_on_registers<op::div>());
    CHECK(pairs_agree_on_registers<op::maximum>());
    CHECK(pairs_agree_on_registers<op::minimum>());
    CHECK(pairs_agree_on_registers<op::floor_mod>());
    CHECK(comparisons_agree_on_registers<op::equal>());
    CHECK(comparisons_agree_on_registers<op::not_equal>());
    CHECK(comparisons_agree_on_registers<op::less>());
    CHECK(comparisons_agree_on_registers<op::less_equal>());
}
TEST_CASE("integers wrap alike") {
    CHECK(integers_agree_on_registers<op::add>());
    CHECK(integers_agree_on_registers<op::sub>());
    CHECK(integers_agree_on_registers<op::mul>());
    CHECK(integers_agree_on_registers<op::div>());
    CHECK(integers_agree_on_registers<op::maximum>());
    CHECK(integers_agree_on_registers<op::minimum>());
    CHECK(integers_agree_on_registers<op::floor_mod>());
    CHECK(integers_agree_on_registers<op::bitwise_and>());
    CHECK(integers_agree_on_registers<op::bitwise_or>());
    CHECK(integers_agree_on_registers<op::bitwise_xor>());
    CHECK(integers_agree_on_registers<op::shift_right>());
    CHECK(integers_agree_on_registers<op::shift_left>());
}
TEST_CASE("truth values") {
    const auto is_true = [](simd::mask<float> m) { return all(m); };
    CHECK(logic_is_right<simd::mask<float>>(is_true));
}
