// SPDX-License-Identifier: BSL-1.0
// The greatest error of every SIMD function over the whole range of its type, as a table, and the bounds it must keep.
// Oracle: the C library, in double for float and in long double for double.
#include <doctest/doctest.h>

#include "../support/special_functions.hpp"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <random>
#include <telar/kernels/cpu/math/math.hpp>
#include <vector>

namespace simd = telar::ir::kernels::simd;
using simd::vec;
using support::ulp_error;

namespace {

template <class T> struct function {
    const char* name;
    void (*evaluate)(const T*, T*);  // one register
    long double (*wide)(long double);
    double (*plain)(double);
    double allowed;  // ulp
};

template <class T> struct worst {
    double error = 0;
    T at = 0;
};

/// Feeds numbers to a function register by register, so that easy and hard numbers share one.
template <class T> struct scan {
    const function<T>& f;
    worst<T> w{};
    T in[vec<T>::width]{}, out[vec<T>::width]{};
    int n = 0;

    void add(T x) {
        in[n++] = x;
        if (n == vec<T>::width) flush();
    }
    void flush() {
        f.evaluate(in, out);
        for (int i = 0; i < n; ++i) {
            double error;
            if constexpr (sizeof(T) == 4) error = ulp_error(out[i], f.plain(static_cast<double>(in[i])));
            else error = ulp_error(out[i], f.wide(static_cast<long double>(in[i])));
            if (error > w.error) w = {error, in[i]};
        }
        n = 0;
    }
};

template <class T> void add_edges(scan<T>& s) {
    using limits = std::numeric_limits<T>;
    // clang-format off
    for (const T x : {T(0), T(0.5), T(0.75), T(1), T(1.5), T(2), T(8.67), T(18), T(88.722839), T(89.415985), T(103.97),
                      T(87.336544), T(709.782712893384), T(710.475860073944), T(745.133219101941), T(1e-20), limits::min(),
                      limits::denorm_min(), limits::max(), limits::epsilon(), limits::infinity(), limits::quiet_NaN()})
        // clang-format on
        for (const T y : {x, std::nextafter(x, T(0)), std::nextafter(x, limits::infinity())}) {
            s.add(y);
            s.add(-y);
        }
    s.flush();
}

worst<float> scan_all(const function<float>& f) {
    scan<float> s{f};
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 6007)
        s.add(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    add_edges(s);
    return s.w;
}

worst<double> scan_all(const function<double>& f) {
    scan<double> s{f};
    std::mt19937_64 random(20261121);
    std::uniform_real_distribution<double> within(-1, 1);
    for (int i = 0; i < 20000; ++i) {
        s.add(std::bit_cast<double>(random()));
        for (const double scale : {0.5, 1.0, 6.0, 40.0, 800.0, 1e6}) s.add(scale * within(random));
        s.add(1 + 0.01 * within(random));
    }
    add_edges(s);
    return s.w;
}

long double logistic(long double x) {
    const long double e = std::exp(-std::abs(x));
    return (x < 0 ? e : 1) / (1 + e);
}
double logistic(double x) { return static_cast<double>(logistic(static_cast<long double>(x))); }
template <class T> T inverse_root(T x) { return 1 / std::sqrt(x); }

#define ROW(name, oracle, allowed)                                                                           \
    {                                                                                                        \
#name, [](const T* in, T* out) { simd::store(out, simd::name(simd::load(in))); },                          \
            [](long double x) -> long double { return oracle(x); }, [](double x) -> double { return oracle(x); }, \
            allowed \
    }

template <class T> std::vector<function<T>> functions() {
    const bool single = sizeof(T) == 4;
    return {
        ROW(exp, std::exp, 2),
        ROW(expm1, std::expm1, 3),
        ROW(log, std::log, 2),
        ROW(log1p, std::log1p, 2),
        ROW(sigmoid, logistic, single ? 4 : 2),
        ROW(tanh, std::tanh, single ? 5 : 2),
        ROW(erf, std::erf, single ? 4 : 3),
        ROW(erfc, std::erfc, single ? 5 : 4),
        ROW(erfinv, support::inverse_erf, 4),
        ROW(erfcinv, support::inverse_erfc, 4),
        ROW(rsqrt, inverse_root, 2),
        ROW(cbrt, std::cbrt, 2),
        ROW(sin, std::sin, 2),
        ROW(cos, std::cos, 2),
        ROW(tan, std::tan, 4),
        ROW(asin, std::asin, 3),
        ROW(acos, std::acos, 2),
        ROW(atan, std::atan, 3),
        ROW(sinh, std::sinh, 2),
        ROW(cosh, std::cosh, 2),
        ROW(asinh, std::asinh, 3),
        ROW(acosh, std::acosh, 3),
        ROW(atanh, std::atanh, 3),
    };
}
#undef ROW

}  // namespace

TEST_SUITE("kernels/accuracy") {
    TEST_CASE_TEMPLATE("each function keeps its bound over the whole range", T, float, double) {
        std::printf("max ulp, %s, %s\n", sizeof(T) == 4 ? "float32" : "float64", telar::instruction_set());
        for (const function<T>& f : functions<T>()) {
            const worst<T> w = scan_all(f);
            std::printf("  %-8s %6.2f at %.9g\n", f.name, w.error, static_cast<double>(w.at));
            INFO(f.name, " at ", w.at);
            CHECK(w.error <= f.allowed);
        }
    }
}
