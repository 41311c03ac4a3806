// SPDX-License-Identifier: BSL-1.0
// Published values of the elementary functions: Boost's tables, NumPy's validation sets.
#pragma once
#include "data_folder.hpp"
#include "ulp.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace support {

/// y with erf y = x, |x| <= 1/2: by Newton's method from 0, monotonic since erf is concave on the right.
inline long double inverse_erf_near_zero(long double x) {
    if (x == 0) return x;
    long double y = 0;
    for (int i = 0; i < 100; ++i) {
        const long double step = (x - std::erf(y)) / (1.128379167095512573896L * std::exp(-y * y));
        y += step;
        if (std::abs(step) <= 1e-18L * std::abs(y)) break;
    }
    return y;
}
/// y with erfc y = q: of small q by Newton's method on the logarithm, concave too.
inline long double inverse_erfc(long double q) {
    if (!(q > 0 && q < 2)) return q == 0 ? HUGE_VALL : q == 2 ? -HUGE_VALL : std::nanl("");
    if (q >= 0.5L && q <= 1.5L) return inverse_erf_near_zero(1 - q);
    if (q > 1) return -inverse_erfc(2 - q);
    long double y = std::sqrt(-std::log(q));
    for (int i = 0; i < 100; ++i) {
        const long double tail = std::erfc(y);
        const long double step = std::log(tail / q) * tail / (1.128379167095512573896L * std::exp(-y * y));
        y += step;
        if (std::abs(step) <= 1e-17L * y) break;
    }
    return y;
}
inline long double inverse_erf(long double x) {
    return std::abs(x) <= 0.5L ? inverse_erf_near_zero(x) : x < 0 ? -inverse_erfc(1 + x) : inverse_erfc(1 - x);
}
inline double inverse_erf(double x) { return static_cast<double>(inverse_erf(static_cast<long double>(x))); }
inline double inverse_erfc(double q) { return static_cast<double>(inverse_erfc(static_cast<long double>(q))); }

/// The rows of one of Boost's tables; none where the file is absent.
inline std::vector<std::vector<double>> boost_table(const std::string& name) {
    std::vector<std::vector<double>> rows;
    std::ifstream file(data_folder() + "/special-functions/" + name);
    if (!file) MESSAGE("skipped: no special-functions/" << name << " under TELAR_DATA");
    std::string line;
    std::getline(file, line);  // the head
    while (std::getline(file, line)) {
        std::vector<double> row;
        const char* p = line.c_str();
        for (char* end = nullptr;; p = end + 1) {
            row.push_back(std::strtod(p, &end));
            if (*end != ',') break;
        }
        rows.push_back(row);
    }
    return rows;
}

/// A function of a double, and how far it may be off.
struct bounded_function {
    double (*evaluate)(double);
    double allowed;  // ulp
};
/// The functions that Boost tabulates.
struct tabulated_functions {
    bounded_function erf, erfc, erfinv, log1p, expm1, cbrt;
};
inline void check_tabulated(const char* name, const bounded_function& f, double x, double want) {
    INFO(name, " of ", x);
    CHECK(ulp_error(f.evaluate(x), want) <= f.allowed);
}
inline void check_tabulated(const tabulated_functions& f) {
    for (const char* name : {"erf.csv", "erf_large.csv", "erf_small.csv"})
        for (const auto& row : boost_table(name)) {
            check_tabulated("erf", f.erf, row[0], row[1]);
            check_tabulated("erfc", f.erfc, row[0], row[2]);
        }
    for (const auto& row : boost_table("erfinv.csv")) check_tabulated("erfinv", f.erfinv, row[0], row[1]);
    for (const auto& row : boost_table("log1p_expm1.csv")) {
        check_tabulated("log1p", f.log1p, row[0], row[1]);
        check_tabulated("expm1", f.expm1, row[0], row[2]);
    }
    for (const auto& row : boost_table("cbrt.csv")) check_tabulated("cbrt", f.cbrt, row[1], row[0]);
}

/// A value of NumPy's validation sets: f(x) = y within `allowed` ulp, for x and y of type T.
template <class T> struct validated {
    T x, y;
    double allowed;
};
/// The set of a function by NumPy's name, as far as it is of type T; empty where the file is absent.
template <class T> std::vector<validated<T>> validation_set(const std::string& function) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    std::vector<validated<T>> values;
    std::ifstream file(data_folder() + "/numpy-ref/umath/umath-validation-set-" + function + ".csv");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(sizeof(T) == 4 ? "np.float32" : "np.float64")) continue;
        for (char& c : line) c = c == ',' ? ' ' : c;
        std::istringstream in(line);
        std::string type, x, y;
        double allowed = 0;
        in >> type >> x >> y >> allowed;
        REQUIRE(in);
        const auto number = [](const std::string& hex) {
            return std::bit_cast<T>(static_cast<bits>(std::strtoull(hex.c_str(), nullptr, 16)));
        };
        values.push_back({number(x), number(y), allowed});
    }
    return values;
}

}  // namespace support
