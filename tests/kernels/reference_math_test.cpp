// SPDX-License-Identifier: BSL-1.0
// The reference's functions in constant evaluation and at run time: the same bits, within 2 ulp (tan, erfc and the
// inverses of erf and erfc: 4) of the C library in long double, of NumPy's validation sets and of Boost's tables.
#include <doctest/doctest.h>

#include "../support/special_functions.hpp"

#include <bit>
#include <cstdint>
#include <random>
#include <telar/kernels/reference/math.hpp>
#include <vector>

namespace reference = telar::ir::kernels::reference;
using support::ulp_error;

namespace {

constexpr double inf = reference::infinity;
constexpr double not_a_number = reference::nan;
constexpr double hard[] = {0.0,    1.0,
                           0.5,    0.7,
                           1.4,    2.5,
                           3.0,    7.0,
                           20.5,   88.7,
                           100.5,  700.0,
                           709.9,  745.0,
                           1e-300, 1e-20,
                           1e10,   1e22,
                           1e300,  2.2250738585072014e-308,
                           5e-324, 1.7976931348623157e308,
                           inf,    not_a_number};
constexpr int hard_count = 2 * static_cast<int>(std::size(hard));
constexpr double hard_value(int i) { return i % 2 ? -hard[i / 2] : hard[i / 2]; }

struct function {
    const char* name;
    double (*evaluate)(double);
    long double (*exact)(long double);
    double allowed;  // ulp
};

long double logistic(long double x) {
    const long double e = std::exp(-std::abs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

#define ROW(name, oracle, allowed)                                                              \
    {                                                                                           \
#name, reference::name, [](long double x) -> long double { return oracle(x); }, allowed \
    }
// clang-format off
constexpr function functions[] = {
    {"exp", [](double x) { return reference::exp(x); }, [](long double x) { return std::exp(x); }, 1},
    ROW(expm1, std::expm1, 1.5), ROW(log, std::log, 1),       ROW(log1p, std::log1p, 1),
    ROW(sigmoid, logistic, 2.5), ROW(tanh, std::tanh, 2.5),   ROW(erf, std::erf, 2),       ROW(erfc, std::erfc, 4),
    ROW(erfinv, support::inverse_erf, 4), ROW(erfcinv, support::inverse_erfc, 4),
    ROW(sqrt, std::sqrt, 0.5),   ROW(cbrt, std::cbrt, 1),     ROW(sin, std::sin, 2),       ROW(cos, std::cos, 2),
    ROW(tan, std::tan, 4),       ROW(asin, std::asin, 2.5),   ROW(acos, std::acos, 1.5),   ROW(atan, std::atan, 2.5),
    ROW(sinh, std::sinh, 2),     ROW(cosh, std::cosh, 1.5),   ROW(asinh, std::asinh, 2.5), ROW(acosh, std::acosh, 2.5),
    ROW(atanh, std::atanh, 2),   ROW(floor, std::floor, 0),   ROW(ceil, std::ceil, 0),     ROW(trunc, std::trunc, 0),
    ROW(nearest, std::nearbyint, 0),
};
// clang-format on
#undef ROW
constexpr int function_count = static_cast<int>(std::size(functions));

constexpr std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

/// Every function of every hard value, as bits; NaN of any kind is one NaN.
struct answers {
    std::uint64_t of_one[function_count][hard_count]{};
    std::uint64_t of_two[hard_count][hard_count]{};
    std::uint64_t gamma[hard_count]{};
};
constexpr std::uint64_t answer(double y) { return bits(reference::is_nan(y) ? not_a_number : y); }
constexpr answers all_answers(const double* values) {
    answers a;
    for (int f = 0; f < function_count; ++f)
        for (int i = 0; i < hard_count; ++i) a.of_one[f][i] = answer(functions[f].evaluate(values[i]));
    for (int i = 0; i < hard_count; ++i)
        for (int j = 0; j < hard_count; ++j) a.of_two[i][j] = answer(reference::pow(values[i], values[j]));
    for (int i = 0; i < hard_count; ++i) a.gamma[i] = answer(reference::lgamma(values[i]));
    return a;
}
constexpr answers at_compile_time = [] {
    double values[hard_count]{};
    for (int i = 0; i < hard_count; ++i) values[i] = hard_value(i);
    return all_answers(values);
}();

static_assert(reference::exp(0.0) == 1 && reference::log(1) == 0 && reference::tanh(inf) == 1);
static_assert(reference::sqrt(2.0) * reference::sqrt(2.0) == 2.0000000000000004);
static_assert(reference::floor_mod(-7, 3) == 2 && reference::floor_mod(7, -3) == -2 &&
              reference::floor_mod(5.5, 2) == 1.5);
static_assert(reference::nearest(2.5) == 2 && reference::nearest(-3.5) == -4 &&
              bits(reference::nearest(-0.2)) == bits(-0.0));
static_assert(reference::lgamma(5) > 3.178 && reference::lgamma(5) < 3.179);  // ln 24

/// In the ulps of |y| or, near a zero of lgamma, of 1/16.
double gamma_error(double got, long double want) {
    return std::isinf(want) || std::isnan(want)
               ? ulp_error(got, want)
               : ulp_error(got, want) * static_cast<double>(std::min(1.0L, 16 * std::abs(want)));
}

}  // namespace

TEST_SUITE("kernels/reference_math") {
    TEST_CASE("the same bits at compile time and at run time") {
        volatile double below_one = 1 - 0x1p-53, above_one = 1 + 0x1p-52, product = below_one * above_one;
        if (below_one * above_one - product != 0) {
            MESSAGE("skipped: this build contracts a * b + c");
            return;
        }
        double values[hard_count];
        for (int i = 0; i < hard_count; ++i) {
            volatile double hidden = hard_value(i);
            values[i] = hidden;
        }
        const answers now = all_answers(values);
        for (int i = 0; i < hard_count; ++i) {
            for (int f = 0; f < function_count; ++f) {
                INFO(functions[f].name, " of ", values[i]);
                CHECK(now.of_one[f][i] == at_compile_time.of_one[f][i]);
            }
            for (int j = 0; j < hard_count; ++j) {
                INFO("pow of ", values[i], ", ", values[j]);
                CHECK(now.of_two[i][j] == at_compile_time.of_two[i][j]);
            }
            CHECK(now.gamma[i] == at_compile_time.gamma[i]);
        }
    }

    TEST_CASE("each function keeps its bound over the whole range") {
        std::mt19937_64 random(42);
        std::uniform_real_distribution<double> within(-1, 1);
        std::vector<double> x;
        for (int i = 0; i < hard_count; ++i) x.push_back(hard_value(i));
        for (int i = 0; i < 12000; ++i) {
            x.push_back(std::bit_cast<double>(random()));
            for (const double scale : {0.5, 1.0, 6.0, 40.0, 800.0, 1e6}) x.push_back(scale * within(random));
        }
        for (const function& f : functions) {
            double greatest = 0, at = 0;
            for (const double v : x)
                if (const double error = ulp_error(f.evaluate(v), f.exact(v)); error > greatest)
                    greatest = error, at = v;
            INFO(f.name, " at ", at, ": ", greatest);
            CHECK(greatest <= f.allowed);
        }
    }

    TEST_CASE("sqrt in constant evaluation is correctly rounded") {
        constexpr int count = 300;
        struct roots {
            double x[count], y[count];
        };
        constexpr roots r = [] {
            roots v{};
            std::uint64_t state = 1;
            for (int i = 0; i < count; ++i) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                v.x[i] = std::bit_cast<double>(state >> 12 | (1 + state % 2046) << 52);
                if (i % 10 == 0) v.x[i] = std::bit_cast<double>(state >> 12);  // denormal
                v.y[i] = reference::sqrt(v.x[i]);
            }
            return v;
        }();
        for (int i = 0; i < count; ++i) CHECK(r.y[i] == std::sqrt(r.x[i]));
    }

    TEST_CASE("pow is within 1.5 ulp, and what C says of the hard values") {
        for (int i = 0; i < hard_count; ++i)
            for (int j = 0; j < hard_count; ++j) {
                const double a = hard_value(i), b = hard_value(j);
                INFO("pow(", a, ", ", b, ")");
                CHECK(ulp_error(reference::pow(a, b), static_cast<long double>(std::pow(a, b))) <= 2);
            }
        std::mt19937_64 random(9);
        std::uniform_real_distribution<double> within(-1, 1);
        double greatest = 0;
        for (int i = 0; i < 50000; ++i) {
            const double choices[] = {std::exp(700 * within(random)), 1 + 0.01 * within(random), 1.5 + within(random)};
            const double a = choices[i % 3], b = 709 * within(random) / std::log(a);
            greatest = std::max(greatest, ulp_error(reference::pow(a, b), std::pow(static_cast<long double>(a),
                                                                                   static_cast<long double>(b))));
        }
        CHECK(greatest <= 1.5);
    }

    TEST_CASE("floor_mod is exact") {
        std::mt19937_64 random(10);
        std::uniform_real_distribution<double> within(-1, 1);
        for (int i = 0; i < 2000; ++i) {
            const double a = std::ldexp(within(random), static_cast<int>(random() % 60)), b = within(random);
            double want = std::fmod(a, b);
            if (want != 0 && std::signbit(want) != std::signbit(b)) want += b;
            INFO(a, " mod ", b);
            CHECK(reference::floor_mod(a, b) == want);
        }
        CHECK(std::isnan(reference::floor_mod(1, 0)));
        CHECK(reference::floor_mod(-1, inf) == inf);
        CHECK(reference::floor_mod(1, inf) == 1);
    }

    TEST_CASE("lgamma against the C library and against Boost's tables") {
        std::mt19937_64 random(11);
        std::uniform_real_distribution<double> within(0, 1);
        double greatest = 0, at = 0;
        for (int i = 0; i < 20000; ++i)
            for (const double scale : {4.0, 40.0, 1e6, 1e300}) {
                const double x = scale * within(random);
                const double error = gamma_error(reference::lgamma(x), std::lgamma(static_cast<long double>(x)));
                if (error > greatest) greatest = error, at = x;
            }
        INFO("at ", at);
        CHECK(greatest <= 6);
        for (const double x : {-0.5, -1.5, -2.25, -10.1, -0.001})
            CHECK(gamma_error(reference::lgamma(x), std::lgamma(static_cast<long double>(x))) <= 8);
        for (const double x : {0.0, -1.0, -2.0, inf}) CHECK(reference::lgamma(x) == inf);
        for (const char* name : {"gamma_factorials.csv", "gamma_near_1.csv", "gamma_near_2.csv"})
            for (const auto& row : support::boost_table(name)) {
                INFO("lgamma of ", row[0]);
                CHECK(gamma_error(reference::lgamma(row[0]), row[2]) <= 4);
            }
    }

    TEST_CASE("digamma against Boost's table, and where it is known") {
        for (const auto& row : support::boost_table("digamma.csv")) {
            INFO("digamma of ", row[0]);
            CHECK(ulp_error(reference::digamma(row[0]), row[1]) <= (row[0] > 0 ? 4 : 64));
        }
        const double euler = 0.57721566490153286;
        CHECK(ulp_error(reference::digamma(1), -euler) <= 1);
        CHECK(ulp_error(reference::digamma(0.5), -euler - 2 * std::log(2.0)) <= 2);
        CHECK(reference::digamma(0) == -inf);
        CHECK(reference::digamma(-0.0) == inf);
        CHECK(reference::digamma(inf) == inf);
        for (const double x : {-1.0, -2.0, -inf, not_a_number}) CHECK(std::isnan(reference::digamma(x)));
    }

    TEST_CASE("Boost's values of erf, erfc, log1p, expm1 and cbrt") {
        support::check_tabulated({.erf = {reference::erf, 2},
                                  .erfc = {reference::erfc, 4},
                                  .erfinv = {reference::erfinv, 3},
                                  .log1p = {reference::log1p, 1},
                                  .expm1 = {reference::expm1, 1},
                                  .cbrt = {reference::cbrt, 1}});
    }

    TEST_CASE("NumPy's validation sets for float64") {
        const std::pair<const char*, const char*> names[] = {{"arcsin", "asin"},   {"arccos", "acos"},
                                                             {"arctan", "atan"},   {"arcsinh", "asinh"},
                                                             {"arccosh", "acosh"}, {"arctanh", "atanh"}};
        int rows = 0;
        for (const function& f : functions) {
            std::string name = f.name;
            for (const auto& [theirs, ours] : names)
                if (name == ours) name = theirs;
            for (const auto& v : support::validation_set<double>(name)) {
                INFO(name, " of ", v.x);
                CHECK(ulp_error(f.evaluate(v.x), v.y) <= std::ceil(f.allowed));
                ++rows;
            }
        }
        if (rows == 0) MESSAGE("skipped: no numpy-ref/umath under TELAR_DATA");
        else CHECK(rows > 1000);
    }
}
