// SPDX-License-Identifier: BSL-1.0
// Special values, powers, and reference data of NumPy and Boost. The errors over the whole range: accuracy_test.cpp.
#include <doctest/doctest.h>

#include "../support/special_functions.hpp"

#include <bit>
#include <cstdint>
#include <random>
#include <telar/kernels/cpu/math/math.hpp>
#include <vector>

namespace simd = telar::ir::kernels::simd;
using simd::vec;
using support::ulp_error;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class T> using unary = vec<T> (*)(vec<T>);

/// f(x) with x in one lane among others that take another path.
template <class T> T at(unary<T> f, T x, int lane, T others) {
    T lanes[vec<T>::width];
    for (int i = 0; i < vec<T>::width; ++i) lanes[i] = i == lane ? x : others;
    simd::store(lanes, f(simd::load(lanes)));
    return lanes[lane];
}

template <class T> void check_exact(const char* name, unary<T> f, double x, double want) {
    for (int lane = 0; lane < vec<T>::width; ++lane)
        for (const T others : {T(x), T(0.75), T(1e30), T(not_a_number)}) {
            const T got = at(f, T(x), lane, others);
            INFO(name, "(", x, ") = ", got, ", not ", want, "; lane ", lane, " beside ", others);
            CHECK(ulp_error(got, T(want)) == 0);
        }
}

template <class T> T power(T a, T b) { return simd::first(simd::pow(vec<T>(a), vec<T>(b))); }

/// The largest finite number and its neighbours in logarithm.
template <class T> std::vector<T> hard_operands() {
    using limits = std::numeric_limits<T>;
    std::vector<T> v{T(0),
                     T(0.5),
                     T(1),
                     T(2),
                     T(3),
                     T(2.5),
                     T(7),
                     T(1e-3),
                     T(149),
                     T(150),
                     T(1e30),
                     T(16777215),
                     T(1) + limits::epsilon(),
                     T(1) - limits::epsilon() / 2,
                     limits::min(),
                     limits::denorm_min(),
                     limits::max(),
                     limits::infinity()};
    const std::size_t n = v.size();
    for (std::size_t i = 0; i < n; ++i) v.push_back(-v[i]);
    v.push_back(limits::quiet_NaN());
    return v;
}

struct named {
    const char* name;
    unary<float> in_float;
    unary<double> in_double;
};
#define BOTH(name, function) \
    { name, simd::function<float>, simd::function<double> }
const named numpy_functions[] = {
    BOTH("exp", exp),       BOTH("log", log),   BOTH("expm1", expm1), BOTH("log1p", log1p),   BOTH("sin", sin),
    BOTH("cos", cos),       BOTH("tan", tan),   BOTH("arcsin", asin), BOTH("arccos", acos),   BOTH("arctan", atan),
    BOTH("sinh", sinh),     BOTH("cosh", cosh), BOTH("tanh", tanh),   BOTH("arcsinh", asinh), BOTH("arccosh", acosh),
    BOTH("arctanh", atanh), BOTH("cbrt", cbrt),
};
#undef BOTH

template <std::size_t N> void check_polynomial(const float (&c)[N]) {
    for (const float x : {-2.0f, 0.0f, 1.0f, 3.0f}) {
        const float want = simd::first(simd::polynomial(vec<float>(x), c));
        INFO(N, " terms at ", x);
        CHECK(simd::first(simd::estrin(vec<float>(x), c)) == want);
    }
}

/// Checks f against NumPy's values of it; how many there are.
template <class T> int check_validated(const char* name, unary<T> f) {
    const auto values = support::validation_set<T>(name);
    for (const auto& v : values) {
        const T got = simd::first(f(vec<T>(v.x)));
        INFO(name, "(", v.x, ") = ", got, ", not ", v.y);
        CHECK(ulp_error(got, v.y) <= std::max(v.allowed, 4.0));
    }
    return static_cast<int>(values.size());
}
/// psi(x) from a series in long double, for finite x that is no whole number below 1.
long double wide_digamma(long double x) {
    if (x < 0) {
        const long double a = -x, off = a - std::nearbyint(a), pi = std::acos(-1.0L);
        return wide_digamma(a) + 1 / a + pi / std::tan(pi * off);
    }
    long double sum = 0;
    for (; x < 25; x += 1) sum -= 1 / x;
    const long double i = 1 / x, s = i * i;
    return sum + std::log(x) - i / 2 -
           s * (1 / 12.0L -
                s * (1 / 120.0L - s * (1 / 252.0L - s * (1 / 240.0L - s * (1 / 132.0L - s * 691 / 32760)))));
}
template <unary<double> f> double of_one(double x) { return simd::first(f(vec<double>(x))); }

}  // namespace

TEST_SUITE("kernels/cpu_math") {
    TEST_CASE_TEMPLATE("special values go as in NumPy", T, float, double) {
        struct exact {
            const char* name;
            unary<T> f;
            std::vector<std::pair<double, double>> values;
        };
        const T half_pi = T(1.5707963267948966), pi = T(3.141592653589793);
        const exact table[] = {
            {"exp",
             simd::exp<T>,
             {{0, 1}, {-0.0, 1}, {inf, inf}, {-inf, 0}, {not_a_number, not_a_number}, {1e4, inf}, {-1e4, 0}}},
            {"expm1",
             simd::expm1<T>,
             {{0, 0},
              {-0.0, -0.0},
              {inf, inf},
              {-inf, -1},
              {not_a_number, not_a_number},
              {1e4, inf},
              {-1e4, -1},
              {1e-30, 1e-30}}},
            {"log",
             simd::log<T>,
             {{1, 0},
              {0, -inf},
              {-0.0, -inf},
              {-1, not_a_number},
              {-inf, not_a_number},
              {inf, inf},
              {not_a_number, not_a_number},
              {-1e-40, not_a_number}}},
            {"log1p",
             simd::log1p<T>,
             {{0, 0},
              {-0.0, -0.0},
              {-1, -inf},
              {-2, not_a_number},
              {-inf, not_a_number},
              {inf, inf},
              {not_a_number, not_a_number}}},
            {"sigmoid",
             simd::sigmoid<T>,
             {{0, 0.5}, {-0.0, 0.5}, {inf, 1}, {-inf, 0}, {not_a_number, not_a_number}, {1e4, 1}, {-1e4, 0}}},
            {"tanh",
             simd::tanh<T>,
             {{0, 0}, {-0.0, -0.0}, {inf, 1}, {-inf, -1}, {not_a_number, not_a_number}, {1e4, 1}, {-1e4, -1}}},
            {"erf", simd::erf<T>, {{0, 0}, {-0.0, -0.0}, {inf, 1}, {-inf, -1}, {not_a_number, not_a_number}, {1e4, 1}}},
            {"erfc", simd::erfc<T>, {{0, 1}, {inf, 0}, {-inf, 2}, {not_a_number, not_a_number}, {1e4, 0}}},
            {"erfinv",
             simd::erfinv<T>,
             {{0, 0},
              {-0.0, -0.0},
              {1, inf},
              {-1, -inf},
              {1.5, not_a_number},
              {inf, not_a_number},
              {-inf, not_a_number},
              {not_a_number, not_a_number}}},
            {"erfcinv",
             simd::erfcinv<T>,
             {{0, inf},
              {-0.0, inf},
              {1, 0},
              {2, -inf},
              {-0.5, not_a_number},
              {2.5, not_a_number},
              {inf, not_a_number},
              {-inf, not_a_number},
              {not_a_number, not_a_number}}},
            {"lgamma",
             simd::lgamma<T>,
             {{0, inf}, {-0.0, inf}, {1, 0}, {2, 0}, {-1, inf}, {-7, inf}, {inf, inf}, {-inf, inf}, {-1e30, inf}}},
            {"digamma",
             simd::digamma<T>,
             {{0, -inf}, {-0.0, inf}, {inf, inf}, {-1, not_a_number}, {-inf, not_a_number}, {-0x1p-60, 0x1p60}}},
            {"rsqrt",
             simd::rsqrt<T>,
             {{4, 0.5}, {0, inf}, {-0.0, -inf}, {inf, 0}, {-1, not_a_number}, {not_a_number, not_a_number}}},
            {"cbrt",
             simd::cbrt<T>,
             {{0, 0}, {-0.0, -0.0}, {8, 2}, {-27, -3}, {inf, inf}, {-inf, -inf}, {not_a_number, not_a_number}}},
            {"sin",
             simd::sin<T>,
             {{0, 0}, {-0.0, -0.0}, {inf, not_a_number}, {-inf, not_a_number}, {not_a_number, not_a_number}}},
            {"cos",
             simd::cos<T>,
             {{0, 1}, {-0.0, 1}, {inf, not_a_number}, {-inf, not_a_number}, {not_a_number, not_a_number}}},
            {"tan",
             simd::tan<T>,
             {{0, 0}, {-0.0, -0.0}, {inf, not_a_number}, {-inf, not_a_number}, {not_a_number, not_a_number}}},
            {"asin",
             simd::asin<T>,
             {{0, 0},
              {-0.0, -0.0},
              {1, half_pi},
              {-1, -half_pi},
              {1.5, not_a_number},
              {-inf, not_a_number},
              {not_a_number, not_a_number}}},
            {"acos",
             simd::acos<T>,
             {{1, 0},
              {-1, pi},
              {0, half_pi},
              {-0.0, half_pi},
              {1.5, not_a_number},
              {inf, not_a_number},
              {not_a_number, not_a_number}}},
            {"atan",
             simd::atan<T>,
             {{0, 0}, {-0.0, -0.0}, {inf, half_pi}, {-inf, -half_pi}, {not_a_number, not_a_number}}},
            {"sinh",
             simd::sinh<T>,
             {{0, 0}, {-0.0, -0.0}, {inf, inf}, {-inf, -inf}, {not_a_number, not_a_number}, {-1e4, -inf}}},
            {"cosh",
             simd::cosh<T>,
             {{0, 1}, {-0.0, 1}, {inf, inf}, {-inf, inf}, {not_a_number, not_a_number}, {-1e4, inf}}},
            {"asinh", simd::asinh<T>, {{0, 0}, {-0.0, -0.0}, {inf, inf}, {-inf, -inf}, {not_a_number, not_a_number}}},
            {"acosh",
             simd::acosh<T>,
             {{1, 0},
              {0.5, not_a_number},
              {-5, not_a_number},
              {-inf, not_a_number},
              {inf, inf},
              {not_a_number, not_a_number}}},
            {"atanh",
             simd::atanh<T>,
             {{0, 0},
              {-0.0, -0.0},
              {1, inf},
              {-1, -inf},
              {1.5, not_a_number},
              {-inf, not_a_number},
              {not_a_number, not_a_number}}},
        };
        for (const exact& e : table)
            for (const auto& [x, want] : e.values) check_exact<T>(e.name, e.f, x, want);
    }

    TEST_CASE("both ways to sum a polynomial agree where all is exact") {
        check_polynomial({3, -2});
        check_polynomial({3, -2, 5});
        check_polynomial({3, -2, 5, 7});
        check_polynomial({3, -2, 5, 7, 11});
        check_polynomial({3, -2, 5, 7, 11, -1, 4});
        check_polynomial({3, -2, 5, 7, 11, -1, 4, 9});
        check_polynomial({3, -2, 5, 7, 11, -1, 4, 9, -6});
    }

    TEST_CASE("float32: tanh is never beyond 1, and is x where x is tiny") {
        bool bounded = true, same = true;
        for (float x = 4; x < 10; x += 0x1p-14f) {
            const float y = simd::first(simd::tanh(vec<float>(x)));
            bounded = bounded && y <= 1 && simd::first(simd::tanh(vec<float>(-x))) == -y;
        }
        for (std::int32_t i = 0; i < 1 << 26; i += 997) {  // up to 2^-119; the lowest eighth is denormal
            const auto x = std::bit_cast<float>(i);
            same = same && simd::first(simd::tanh(vec<float>(-x))) == -x;
        }
        CHECK(bounded);
        CHECK(same);
    }

    TEST_CASE("sigmoid keeps the denormals that 1 / (1 + e^-x) loses") {
        const float got = simd::first(simd::sigmoid(vec<float>(-100.0f)));
        CHECK(ulp_error(got, std::exp(-100.0)) <= 1);
        CHECK(got > 0);
    }

    TEST_CASE_TEMPLATE("pow of hard operands is what C says", T, float, double) {
        const std::vector<T> operands = hard_operands<T>();
        for (const T a : operands)
            for (const T b : operands) {
                const long double want = std::pow(static_cast<long double>(a), static_cast<long double>(b));
                const T got = power(a, b);
                INFO("pow(", a, ", ", b, ") = ", got, ", not ", static_cast<double>(want));
                // long double does not underflow where T does, but only its rounding to T is asked for
                CHECK(ulp_error(got, std::abs(want) < std::numeric_limits<T>::denorm_min() / 4
                                         ? std::copysign(0.0L, want)
                                         : want) <= 1.5);
            }
    }

    TEST_CASE_TEMPLATE("pow is within 1.5 ulp wherever the result is finite", T, float, double) {
        std::mt19937_64 random(7);
        std::uniform_real_distribution<double> within(-1, 1);
        const double range = sizeof(T) == 4 ? 88 : 709;
        constexpr int width = vec<T>::width;
        T a[std::size_t(width)], b[std::size_t(width)], y[std::size_t(width)];
        double greatest = 0;
        for (int round = 0; round < 200000 / width; ++round) {
            for (int i = 0; i < width; ++i) {
                const double exponent = range * within(random);
                const double base[] = {std::exp(range * within(random)), 1 + 0.01 * within(random), 1 + within(random),
                                       std::floor(40 * within(random))};
                a[i] = T(base[i % 4]);
                b[i] = i % 4 == 3 ? T(std::floor(9 * within(random))) : T(exponent / std::log(double(a[i])));
            }
            simd::store(y, simd::pow(simd::load(a), simd::load(b)));
            for (int i = 0; i < width; ++i) {
                const long double want = std::pow(static_cast<long double>(a[i]), static_cast<long double>(b[i]));
                greatest = std::max(greatest, ulp_error(y[i], want));
            }
        }
        CHECK(greatest <= 1.5);
    }

    TEST_CASE_TEMPLATE("atan2 is within 3 ulp, in every quadrant", T, float, double) {
        std::mt19937_64 random(11);
        std::uniform_real_distribution<double> within(-1, 1);
        constexpr int width = vec<T>::width;
        T y[std::size_t(width)], x[std::size_t(width)], angle[std::size_t(width)];
        double greatest = 0;
        for (int round = 0; round < 200000 / width; ++round) {
            for (int i = 0; i < width; ++i) {
                const double size = std::exp(20 * within(random));
                y[i] = T(within(random));
                x[i] = T(i % 4 == 0 ? double(y[i]) * (1 + 1e-3 * within(random)) : size * within(random));
            }
            simd::store(angle, simd::atan2(simd::load(y), simd::load(x)));
            for (int i = 0; i < width; ++i) {
                const long double want = std::atan2(static_cast<long double>(y[i]), static_cast<long double>(x[i]));
                greatest = std::max(greatest, ulp_error(angle[i], want));
            }
        }
        CHECK(greatest <= 3);
        for (const T b : {T(0), T(-0.0), T(2), T(-2), T(inf), T(-inf), T(not_a_number)})
            for (const T a : {T(0), T(-0.0), T(3), T(-3), T(inf), T(-inf), T(not_a_number)}) {
                const T got = simd::first(simd::atan2(vec<T>(b), vec<T>(a))), want = std::atan2(b, a);
                INFO("atan2(", b, ", ", a, ") = ", got, ", not ", want);
                CHECK(ulp_error(got, want) <= 1);
                CHECK((std::isnan(want) || std::signbit(got) == std::signbit(want)));
            }
    }

    // Of digamma near its zero in long double no more digits are right than of 1/64 in double.
    TEST_CASE_TEMPLATE("lgamma and digamma: within 5 ulp right of 0; left of it to the error of what is reflected", T,
                       float, double) {
        std::mt19937_64 random(17);
        std::uniform_real_distribution<double> within(0, 1);
        struct part {
            double low, high;
        };
        const double largest = sizeof(T) == 4 ? 1e36 : 1e300, least = 1 / largest;
        for (const part p : {part{least, 0.5}, {0.5, 1.5}, {1.5, 2.5}, {2.5, 10}, {10, 1e4}, {1e4, largest}}) {
            double of_lgamma = 0, of_digamma = 0, left_lgamma = 0, left_digamma = 0;
            for (int i = 0; i < 30000; ++i) {
                const T x = T(p.low * std::pow(p.high / p.low, within(random)));
                const long double wide(x);
                const long double l = std::lgamma(wide), d = wide_digamma(wide);
                const auto off = [](T got, long double want, long double scale) {
                    return ulp_error(got, want) * static_cast<double>(std::min(1.0L, std::abs(want) / scale));
                };
                of_lgamma = std::max(of_lgamma, ulp_error(simd::first(simd::lgamma(vec<T>(x))), l));
                of_digamma = std::max(of_digamma, off(simd::first(simd::digamma(vec<T>(x))), d, 1 / 64.0L));
                if (x > 1000 || x == std::floor(x)) continue;
                const long double left = wide_digamma(-wide), cotangent = std::abs(left - d - 1 / wide);
                left_lgamma = std::max(left_lgamma,
                                       off(simd::first(simd::lgamma(vec<T>(-x))), std::lgamma(-wide), 1 + std::abs(l)));
                left_digamma = std::max(left_digamma, off(simd::first(simd::digamma(vec<T>(-x))), left,
                                                          std::abs(d) + 1 / wide + cotangent));
            }
            INFO("from ", p.low, " to ", p.high);
            CHECK(of_lgamma <= 4);
            CHECK(of_digamma <= 5);
            CHECK(left_lgamma <= 4);
            CHECK(left_digamma <= 7);
        }
        for (const auto& row : support::boost_table("digamma.csv")) {
            if (!(row[0] > 0) || sizeof(T) == 4) continue;
            INFO("digamma of ", row[0]);
            CHECK(ulp_error(double(simd::first(simd::digamma(vec<T>(T(row[0]))))), row[1]) <= 6);
        }
        for (const char* name : {"gamma_factorials.csv", "gamma_near_1.csv", "gamma_near_2.csv"})
            for (const auto& row : support::boost_table(name)) {
                INFO("lgamma of ", row[0]);
                if (sizeof(T) == 8) CHECK(ulp_error(double(simd::first(simd::lgamma(vec<T>(T(row[0]))))), row[2]) <= 5);
            }
    }

    TEST_CASE_TEMPLATE("floor_mod is exact, however far its operands are apart", T, float, double) {
        std::mt19937_64 random(13);
        std::uniform_real_distribution<double> within(-1, 1);
        constexpr int width = vec<T>::width;
        T a[std::size_t(width)], b[std::size_t(width)], y[std::size_t(width)];
        for (const double reach : {1.0, 8.0, 17.0, 80.0}) {
            bool all_equal = true;
            for (int round = 0; round < 20000 / width; ++round) {
                for (int i = 0; i < width; ++i) {
                    b[i] = T(within(random));
                    a[i] = T(double(b[i]) * std::exp(reach * within(random)));
                    if (i % 4 == 0) a[i] = T(double(b[i]) * std::floor(1000 * within(random)));  // a whole number of b
                    if (i % 8 == 1) a[i] = -a[i];
                }
                simd::store(y, simd::floor_mod(simd::load(a), simd::load(b)));
                for (int i = 0; i < width; ++i) {
                    const T rest = std::fmod(a[i], b[i]);
                    const T want = rest != 0 && (rest < 0) != (b[i] < 0) ? rest + b[i] : rest;
                    all_equal = all_equal && y[i] == want;
                }
            }
            CHECK(all_equal);
        }
    }

    TEST_CASE("NumPy's validation sets: within the error each row allows") {
        for (const named& f : numpy_functions) {
            const int rows = check_validated<float>(f.name, f.in_float) + check_validated<double>(f.name, f.in_double);
            if (rows == 0) MESSAGE("skipped: no numpy-ref/umath for " << f.name << " under TELAR_DATA");
            else CHECK(rows > 100);
        }
    }

    TEST_CASE("Boost's values of erf, erfc, log1p, expm1 and cbrt") {
        support::check_tabulated({.erf = {of_one<simd::erf<double>>, 3},
                                  .erfc = {of_one<simd::erfc<double>>, 5},
                                  .erfinv = {of_one<simd::erfinv<double>>, 3},
                                  .log1p = {of_one<simd::log1p<double>>, 2},
                                  .expm1 = {of_one<simd::expm1<double>>, 3},
                                  .cbrt = {of_one<simd::cbrt<double>>, 2}});
    }
}
