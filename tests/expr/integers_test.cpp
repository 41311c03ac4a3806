// SPDX-License-Identifier: BSL-1.0
// Every operation on integers against 128-bit arithmetic, at the ends of each type: as traced, optimised, scheduled and
// compiled for this machine. Integers wrap; x / 0 is 0; nothing traps.
#include "../support/eager.hpp"
#include "../support/schedule_runner.hpp"

#include <doctest/doctest.h>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/expr/sort.hpp>

#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;
using support::array_of;

namespace {

__extension__ typedef __int128 wide;

template <class T> T wrapped(wide v) { return static_cast<T>(static_cast<std::uint64_t>(v)); }

// ---- the oracle
wide quotient(wide a, wide b) { return b == 0 ? 0 : a / b; }
wide floored_remainder(wide a, wide b) { return b == 0 ? a : ((a % b) + b) % b; }
wide floored_quotient(wide a, wide b) { return b == 0 ? 0 : (a - floored_remainder(a, b)) / b; }
wide larger(wide a, wide b) { return a < b ? b : a; }
wide smaller(wide a, wide b) { return a < b ? a : b; }
wide shifted_left(wide a, wide n, int bits) { return n < 0 || n >= bits ? 0 : a * (wide(1) << n); }
wide shifted_right(wide a, wide n, int bits) { return a >> (n < 0 || n >= bits ? 64 : n); }

/// An operation, and what it comes to before it wraps.
struct row {
    const char* name;
    wide (*of)(wide a, wide b, int bits);
};
// clang-format off
constexpr auto arithmetic = telar::function([](auto x, auto y) {
    return std::array{x + y, x - y, x * y, x / y, -x, abs(x), sign(x), relu(x), maximum(x, y), minimum(x, y), square(x), squared_difference(x, y)};
});
constexpr row arithmetic_rows[] = {
    {"a + b",      [](wide a, wide b, int) { return a + b; }},
    {"a - b",      [](wide a, wide b, int) { return a - b; }},
    {"a * b",      [](wide a, wide b, int) { return a * b; }},
    {"a / b",      [](wide a, wide b, int) { return quotient(a, b); }},
    {"-a",         [](wide a, wide, int) { return -a; }},
    {"abs a",      [](wide a, wide, int) { return a < 0 ? -a : a; }},
    {"sign a",     [](wide a, wide, int) { return wide((a > 0) - (a < 0)); }},
    {"relu a",     [](wide a, wide, int) { return larger(a, 0); }},
    {"maximum",    [](wide a, wide b, int) { return larger(a, b); }},
    {"minimum",    [](wide a, wide b, int) { return smaller(a, b); }},
    {"square a",   [](wide a, wide, int) { return a * a; }},
    {"squared difference", [](wide a, wide b, int bits) { const wide d = bits == 64 ? static_cast<std::int64_t>(static_cast<std::uint64_t>(a - b)) : a - b; return d * d; }},
};
constexpr auto divisions = telar::function([](auto x, auto y) {
    const std::int64_t minus_one = telar::core::wrapped(x.type(), -1);
    return std::array{floor_div(x, y), floor_mod(x, y), floor_div(x, minus_one), x / minus_one, (-x) / (-y), (-x) * (-y), x * minus_one, x - (-y), clip(x, minus_one, y)};
});
/// What wraps on the way to the result.
template <class T> wide negative(wide a) { return wrapped<T>(-a); }
template <class T> constexpr row division_rows[] = {
    {"floor_div",       [](wide a, wide b, int) { return floored_quotient(a, b); }},
    {"floor_mod",       [](wide a, wide b, int) { return floored_remainder(a, b); }},
    {"floor_div by -1", [](wide a, wide, int) { return floored_quotient(a, wrapped<T>(-1)); }},
    {"a / -1",          [](wide a, wide, int) { return quotient(a, wrapped<T>(-1)); }},
    {"(-a) / (-b)",     [](wide a, wide b, int) { return quotient(negative<T>(a), negative<T>(b)); }},
    {"(-a) * (-b)",     [](wide a, wide b, int) { return negative<T>(a) * negative<T>(b); }},
    {"a * -1",          [](wide a, wide, int) { return -a; }},
    {"a - (-b)",        [](wide a, wide b, int) { return a + b; }},
    {"clip",            [](wide a, wide b, int) { return smaller(larger(a, wrapped<T>(-1)), b); }},
};
constexpr auto bits = telar::function([](auto x, auto y) {
    return std::array{bitwise_and(x, y), bitwise_or(x, y), bitwise_xor(x, y), bitwise_not(x), shift_left(x, y), shift_right(x, y)};
});
constexpr row bit_rows[] = {
    {"and",         [](wide a, wide b, int) { return a & b; }},
    {"or",          [](wide a, wide b, int) { return a | b; }},
    {"xor",         [](wide a, wide b, int) { return a ^ b; }},
    {"not",         [](wide a, wide, int) { return ~a; }},
    {"shift left",  shifted_left},
    {"shift right", shifted_right},
};
constexpr auto questions = telar::function([](auto x, auto y) { return std::array{x == y, x != y, x < y, x <= y, x > y, x >= y, cast<bool>(x)}; });
constexpr row question_rows[] = {
    {"==",   [](wide a, wide b, int) { return wide(a == b); }},
    {"!=",   [](wide a, wide b, int) { return wide(a != b); }},
    {"<",    [](wide a, wide b, int) { return wide(a < b); }},
    {"<=",   [](wide a, wide b, int) { return wide(a <= b); }},
    {">",    [](wide a, wide b, int) { return wide(a > b); }},
    {">=",   [](wide a, wide b, int) { return wide(a >= b); }},
    {"bool", [](wide a, wide, int) { return wide(a != 0); }},
};
// clang-format on

// ---- every way to compute a function
/// The results of f, each exactly, by the name of the way. Compiling its kernels takes longest.
template <class R, bool Compiled = true, class F, class... A, class Check>
void each_way(const F& f, const Check& check, const A&... a) {
    using code = decltype(telar::graph_of(f, a...));
    growable<array> leaves;
    (leaves.push(array_of(a)), ...);
    const graph traced = code::template whole_graph<false>(), better = optimise(traced);
    const auto report = [&](const char* way, const auto& results) {
        for (int i = 0; i < static_cast<int>(results.size()); ++i)
            check(way, i,
                  [&](int k) { return wide(results[static_cast<decltype(results.size())>(i)].template at<R>(k)); });
    };
    report("traced", support::interpreted(traced, leaves));
    report("optimised", support::interpreted(better, leaves));
    report("scheduled", support::run_schedule(better, make_schedule(better, support::cpu_target), leaves).results);
    if constexpr (Compiled) {
        const auto got = f(a...);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (check("compiled", static_cast<int>(I), [&](int k) { return wide(support::result<I>(got).data()[k]); }),
             ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(code::sizes.roots)>());
    }
}

/// The ends of a type and what lies beside them, small numbers, and some at random.
template <class T> std::vector<T> interesting() {
    using limits = std::numeric_limits<T>;
    std::vector<T> values;
    for (const T end : {limits::min(), limits::max(), T(0), static_cast<T>(limits::max() / 2 + 1)})
        for (int d = -3; d <= 3; ++d) values.push_back(wrapped<T>(wide(end) + d));
    for (const int v : {7, 8, 31, 32, 33, 63, 64, 65}) values.push_back(static_cast<T>(v));
    std::mt19937_64 random(5);
    for (int i = 0; i < 12; ++i) values.push_back(static_cast<T>(random() >> (i * 5)));
    return values;
}
/// Each beside each.
template <class T> std::pair<tensor<T, dyn>, tensor<T, dyn>> pairs() {
    const std::vector<T> values = interesting<T>();
    std::vector<T> a, b;
    for (const T x : values)
        for (const T y : values) a.push_back(x), b.push_back(y);
    return {from_vector(a), from_vector(b)};
}
template <class T, class R, bool Compiled, class F, std::size_t N> void check(const F& f, const row (&rows)[N]) {
    const auto [x, y] = pairs<T>();
    const auto& a = x;
    const auto& b = y;
    each_way<R, Compiled>(
        f,
        [&](const char* way, int i, const auto& got) {
            INFO(std::string(way), ": ", std::string(rows[i].name));
            int wrong = 0, first = -1;
            for (int k = 0; k < static_cast<int>(a.size()); ++k) {
                const R want = wrapped<R>(rows[i].of(a.data()[k], b.data()[k], 8 * sizeof(T)));
                if (got(k) != wide(want) && wrong++ == 0) first = k;
            }
            INFO(wrong, " are wrong, the first of ", first < 0 ? 0 : +a.data()[first], " and ",
                 first < 0 ? 0 : +b.data()[first], ": ", first < 0 ? 0 : static_cast<std::int64_t>(got(first)));
            CHECK(wrong == 0);
        },
        x, y);
}

}  // namespace

TEST_CASE_TEMPLATE("element by element", T, std::int32_t, std::int64_t, std::uint8_t, std::int8_t, std::int16_t,
                   std::uint16_t, std::uint32_t) {
    constexpr bool is_first = std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint32_t>;
    constexpr bool is_native = telar::ir::kernels::simd::Lane<T>;
    check<T, T, is_first>(arithmetic, arithmetic_rows);  // compiled for the others in kernels/loop_integer_test.cpp
    check<T, T, is_first || std::is_same_v<T, std::int32_t>>(divisions, division_rows<T>);
    check<T, T, is_native ? sizeof(T) == 8 : sizeof(T) == 1>(bits, bit_rows);
    check<T, bool, false>(questions, question_rows);
}

// ---------------------------------------------------------------- from type to type
namespace {

constexpr auto casts = telar::function([](auto x) {
    return std::array{cast<std::int32_t>(x), cast<std::int64_t>(x), cast<std::uint8_t>(x),  cast<bool>(x),
                      cast<std::int8_t>(x),  cast<std::int16_t>(x), cast<std::uint16_t>(x), cast<std::uint32_t>(x)};
});

std::int64_t wrapped_to(int result, std::int64_t n) {
    switch (result) {
        case 0: return static_cast<std::int32_t>(n);
        case 2: return static_cast<std::uint8_t>(n);
        case 4: return static_cast<std::int8_t>(n);
        case 5: return static_cast<std::int16_t>(n);
        case 6: return static_cast<std::uint16_t>(n);
        case 7: return static_cast<std::uint32_t>(n);
        default: return n;
    }
}
/// Towards 0; the lowest number where that does not fit, as the processor has it; a narrower type has the low bits of
/// an int32, uint32 those of an int64.
template <class From> std::int64_t cast_to(int result, From v) {
    if (result == 3) return v != From(0);
    if constexpr (std::is_floating_point_v<From>) {
        const bool by_64_bits = result == 1 || result == 7;
        const double whole = std::trunc(static_cast<double>(v)), bound = by_64_bits ? 0x1p63 : 0x1p31;
        const bool fits = whole >= -bound && whole < bound;
        const auto lowest =
            by_64_bits ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int32_t>::min();
        return wrapped_to(result, fits ? static_cast<std::int64_t>(whole) : lowest);
    } else {
        return wrapped_to(result, static_cast<std::int64_t>(v));
    }
}
template <class T> tensor<T, dyn> to_cast() {
    if constexpr (std::is_same_v<T, bool>) return from_vector(std::vector<bool>{false, true});
    else if constexpr (std::is_integral_v<T>) return from_vector(interesting<T>());
    else {
        std::vector<T> v;
        for (const double x :
             {0.0,    0.5,        0.999,  1.0,    1.5,     2.5,        127.9,      128.0,    254.9,
              255.0,  255.9,      256.0,  300.0,  65537.0, 0x1p24 + 2, 0x1p31 - 1, 0x1p31,   0x1p31 + 1,
              0x1p32, 0x1p32 + 7, 0x1p53, 0x1p62, 0x1p63,  0x1p64,     1e30,       HUGE_VAL, std::nan("")})
            for (const T y : {static_cast<T>(x), std::nextafter(static_cast<T>(x), T(0))})
                v.push_back(y), v.push_back(-y);
        return from_vector(v);
    }
}

}  // namespace

TEST_CASE_TEMPLATE("from type to type", T, std::int32_t, std::int64_t, std::uint8_t, bool, float, double, std::int8_t,
                   std::int16_t, std::uint16_t, std::uint32_t) {
    const auto x = to_cast<T>();
    constexpr bool is_compiled =
        std::is_same_v<T, float> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint32_t>;
    each_way<std::int64_t, is_compiled>(
        casts,
        [&](const char* way, int i, const auto& got) {
            for (int k = 0; k < static_cast<int>(x.size()); ++k) {
                INFO(std::string(way), ", result ", i, " of ", static_cast<double>(x.data()[k]));
                CHECK(static_cast<std::int64_t>(got(k)) == cast_to(i, x.data()[k]));
            }
        },
        x);
}

// ---------------------------------------------------------------- many to one, and along an axis
namespace {

// clang-format off
constexpr auto of_rows = telar::function([](auto x) {
    return std::array{sum(x, 1), prod(x, 1), max(x, 1), min(x, 1), argmax(x, 1), argmin(x, 1), sum(x, 0), prod(x, 0)};
});
constexpr auto along_rows = telar::function([](auto x) { return std::array{cumsum(x, axis<1>), cumprod(x, axis<1>), sort(x), argsort(x), matmul(x, transpose(x))}; });
// clang-format on

}  // namespace

TEST_CASE_TEMPLATE("many to one", T, std::int32_t, std::int64_t, std::uint8_t, std::int8_t, std::int16_t, std::uint16_t,
                   std::uint32_t) {
    const std::vector<T> values = interesting<T>();
    const int rows = 3, columns = static_cast<int>(values.size()) - 2;
    auto x = tensor<T, dyn, dyn>::uninitialized(shape(rows, columns));
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) x(r, c) = values[static_cast<std::size_t>(r + c)] | T(r == 1);
    each_way<std::int64_t, sizeof(T) == 1 || std::is_same_v<T, std::uint32_t>>(
        of_rows,
        [&](const char* way, int i, const auto& got) {
            const bool down = i >= 6;
            for (int k = 0; k < (down ? columns : rows); ++k) {
                INFO(std::string(way), ", result ", i, " of ", k);
                std::vector<wide> v;
                for (int j = 0; j < (down ? rows : columns); ++j) v.push_back(down ? x(j, k) : x(k, j));
                wide total = 0, product = 1;
                for (const wide w : v) total += w, product = wrapped<T>(product * w);
                const auto most = std::max_element(v.begin(), v.end()), least = std::min_element(v.begin(), v.end());
                const wide want[] = {wrapped<T>(total), product,           *most,  *least, most - v.begin(),
                                     least - v.begin(), wrapped<T>(total), product};
                CHECK(static_cast<std::int64_t>(got(k)) == static_cast<std::int64_t>(want[i]));
            }
        },
        x);
    each_way<std::int64_t, false>(
        along_rows,
        [&](const char* way, int i, const auto& got) {
            for (int r = 0; r < rows; ++r) {
                INFO(std::string(way), ", result ", i, ", row ", r);
                std::vector<std::pair<T, int>> order;
                for (int c = 0; c < columns; ++c) order.push_back({x(r, c), c});
                std::stable_sort(order.begin(), order.end());
                wide total = 0, product = 1;
                for (int c = 0; i < 4 && c < columns; ++c) {
                    const wide w = x(r, c);
                    total = wrapped<T>(total + w), product = wrapped<T>(product * w);
                    const auto [v, place] = order[static_cast<std::size_t>(c)];
                    const wide want[] = {total, product, v, place};
                    CHECK(static_cast<std::int64_t>(got(r * columns + c)) == static_cast<std::int64_t>(want[i]));
                }
                for (int q = 0; i == 4 && q < rows; ++q) {
                    wide sum = 0;
                    for (int c = 0; c < columns; ++c) sum = wrapped<T>(sum + wrapped<T>(wide(x(r, c)) * x(q, c)));
                    CHECK(static_cast<std::int64_t>(got(r * rows + q)) == static_cast<std::int64_t>(sum));
                }
            }
        },
        x);
}
TEST_CASE("a literal beside int64 is exact") {
    constexpr std::int64_t large = 9007199254740993;  // no double
    const tensor<std::int64_t, 2> x{0, -1};
    constexpr auto plus = telar::function([](auto a) { return a + 9007199254740993; });
    CHECK(plus(x)(0) == large);
    CHECK((x + large)(1) == large - 1);
    constexpr auto larger_of = telar::function([](auto a) { return maximum(a, 9007199254740993); });
    CHECK(larger_of(x)(0) == large);
}
