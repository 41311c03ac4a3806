// SPDX-License-Identifier: BSL-1.0
// Products of known extents against three loops in double precision: chosen shapes, every layout, both epilogues.
#include <telar/kernels/cpu/matmul/contract_static.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace simd = telar::ir::kernels::simd;
using telar::extent_t;
using telar::ir::kernels::product_extents;

namespace {

std::vector<double> random_numbers(std::size_t count, std::mt19937& random) {
    std::vector<double> x(count);
    for (double& v : x) v = (static_cast<double>(random() % 2001) - 1000) / 512;
    return x;
}
template <class T> std::vector<T> rounded(const std::vector<double>& x) { return {x.begin(), x.end()}; }

/// Each sum must arrive once, beside no other, within the rounding of its terms.
template <class T, extent_t m, extent_t n, extent_t k, bool a_in_columns, bool b_in_columns, bool long_epilogue>
void check() {
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    std::mt19937 random(7);
    const auto a = random_numbers(m * k, random), b = random_numbers(k * n, random);
    const auto left = rounded<T>(a), right = rounded<T>(b);
    std::vector<T> d(m * n);
    std::vector<int> visits(m * n);
    bool in_range = true;
    constexpr std::uint64_t extents = product_extents{m, n, k, a_in_columns, b_in_columns}.bits();
    simd::static_product<T, extents, long_epilogue>::run(
        left.data(), right.data(), [&](simd::vec<T> sum, std::ptrdiff_t i, std::ptrdiff_t j, int lanes) {
            in_range = in_range && lanes > 0 && lanes <= simd::vec<T>::width && i < m && j + lanes <= n;
            store_first(d.data() + i * n + j, sum, lanes);
            for (int l = 0; l < lanes; ++l) ++visits[static_cast<std::size_t>(i * n + j + l)];
        });
    CHECK(in_range);
    int wrong = 0;
    for (extent_t i = 0; i < m; ++i)
        for (extent_t j = 0; j < n; ++j) {
            double sum = 0, magnitude = 0;
            for (extent_t p = 0; p < k; ++p) {
                const double x =
                    static_cast<double>(left[static_cast<std::size_t>(a_in_columns ? p * m + i : i * k + p)]) *
                    static_cast<double>(right[static_cast<std::size_t>(b_in_columns ? j * k + p : p * n + j)]);
                sum += x;
                magnitude += std::abs(x);
            }
            const auto at = static_cast<std::size_t>(i * n + j);
            const double tolerance = static_cast<double>(std::numeric_limits<T>::epsilon()) * (1 + magnitude) * 4;
            wrong += !(std::abs(static_cast<double>(d[at]) - sum) <= tolerance) || visits[at] != 1;
        }
    CHECK(wrong == 0);
}
template <class T, extent_t m, extent_t n, extent_t k> void check_layouts() {
    check<T, m, n, k, false, false, false>();
    check<T, m, n, k, true, false, true>();
    check<T, m, n, k, false, true, false>();
}

}  // namespace

TEST_CASE("one row: B as it lies, registers that hold two rows, rows left over") {
    check<float, 1, 120, 40, false, false, false>();
    check<float, 1, 60, 21, false, false, true>();
    check<float, 1, 80, 7, false, false, false>();
    check<float, 1, 24, 5, false, false, false>();
    check<float, 1, 72, 33, false, false, false>();
    check<double, 1, 20, 9, false, false, false>();
    check<double, 1, 36, 8, false, false, true>();
}
TEST_CASE("one row: infinities stay in their columns") {
    constexpr extent_t n = 24, k = 3;
    const std::vector<float> left{1, 1, std::numeric_limits<float>::infinity()}, right(n * k, 1.0f);
    int infinite = 0;
    simd::static_product<float, product_extents{1, n, k, false, false}.bits(), false>::run(
        left.data(), right.data(), [&](simd::vec<float> sum, std::ptrdiff_t, std::ptrdiff_t, int lanes) {
            float x[simd::vec<float>::width];
            store(x, sum);
            for (int l = 0; l < lanes; ++l) infinite += std::isinf(x[l]);
        });
    CHECK(infinite == n);
}

TEST_CASE("float32: shapes around tiles, panels and broken vectors") {
    check<float, 1, 2, 1, false, false, false>();
    check<float, 1, 128, 19, false, false, false>();
    check<float, 2, 17, 3, false, false, true>();
    check<float, 3, 100, 8, false, false, false>();
    check<float, 4, 10, 128, false, false, false>();
    check<float, 6, 64, 64, false, false, true>();
    check<float, 7, 48, 33, false, false, false>();
    check<float, 8, 33, 784, false, false, false>();
    check<float, 13, 65, 5, false, false, false>();
    check<float, 14, 16, 9, true, false, false>();
    check<float, 29, 15, 7, true, false, true>();
    check<float, 97, 129, 31, false, false, false>();
    check<float, 5, 1000, 4, true, false, true>();
    check<float, 32, 10, 64, false, true, true>();
    check<float, 9, 31, 40, false, true, false>();
    check<float, 65, 3, 1, false, true, false>();
    check<float, 1, 1, 8, false, false, false>();
    check<float, 21, 1, 37, false, false, true>();
    check<float, 8, 1, 64, false, false, false>();
    check<float, 9, 21, 100, false, true, false>();  // dot products
    check<float, 5, 20, 9000, false, false, false>();
    check<float, 1, 20, 9000, false, false, false>();
    check<float, 3, 1, 70000, false, true, false>();
}
TEST_CASE("float64") {
    check_layouts<double, 11, 37, 12>();
    check_layouts<double, 8, 8, 8>();
    check<double, 1, 9, 300, false, false, false>();
    check<double, 23, 70, 4, true, false, true>();
}
