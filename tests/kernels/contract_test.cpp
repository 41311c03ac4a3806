// SPDX-License-Identifier: BSL-1.0
// The matrix product against three loops in double precision, in every layout, at odd sizes.
#include "../support/long_sums.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <telar/kernels/cpu/matmul/contract.hpp>
#include <vector>
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace simd = telar::ir::kernels::simd;
using index_type = std::ptrdiff_t;

namespace {

enum class layout { rows, columns, general };

/// A matrix in memory of exactly its size (a sanitizer sees the first byte beyond), or spread out where general.
template <class T> struct matrix {
    index_type row_stride, column_stride;
    std::vector<T> storage;

    matrix(index_type rows, index_type columns, layout how, std::mt19937& random) {
        const bool by_rows = how != layout::columns;
        const index_type inner = how == layout::general ? 3 : 1;
        const index_type gap = static_cast<index_type>(random() % 4);
        const index_type outer = (by_rows ? columns : rows) * inner + gap;
        row_stride = by_rows ? outer : inner;
        column_stride = by_rows ? inner : outer;
        const index_type last = rows && columns ? (rows - 1) * row_stride + (columns - 1) * column_stride + 1 : 0;
        storage.resize(static_cast<std::size_t>(last));
        for (T& x : storage) {
            const int sample = static_cast<int>(random() % 2001) - 1000;
            x = std::is_floating_point_v<T> ? static_cast<T>(sample) / T(512) : static_cast<T>(sample);
        }
    }
    simd::operand<T> view() const { return {storage.data(), row_stride, column_stride}; }
    T operator()(index_type i, index_type j) const {
        return storage[static_cast<std::size_t>(i * row_stride + j * column_stride)];
    }
};

/// Multiplies, with D between guards and a count of how often each element was handed over; compares with three loops.
template <class T>
void check_product(index_type m, index_type n, index_type k, layout a_layout, layout b_layout, std::mt19937& random) {
    const matrix<T> a(m, k, a_layout, random), b(k, n, b_layout, random);
    constexpr std::size_t guard = 8;
    const T untouched = T(-77);
    const auto size = static_cast<std::size_t>(m * n);
    std::vector<T> d(size + 2 * guard, untouched);
    std::vector<unsigned char> visits(size, 0);
    T* const out = d.data() + guard;
    bool in_order = true;
    simd::contract<T>(m, n, k, a.view(), b.view(), [&](simd::vec<T> sum, index_type i, index_type j, int lanes) {
        in_order = in_order && lanes > 0 && lanes <= simd::vec<T>::width && i < m && j + lanes <= n;
        store_first(out + i * n + j, sum, lanes);
        for (int l = 0; l < lanes; ++l) ++visits[static_cast<std::size_t>(i * n + j + l)];
    });
    INFO("m " << m << ", n " << n << ", k " << k << ", layouts " << static_cast<int>(a_layout) << ' '
              << static_cast<int>(b_layout));
    CHECK(in_order);
    int wrong = 0;
    for (index_type i = 0; i < m; ++i)
        for (index_type j = 0; j < n; ++j) {
            double sum = 0, magnitude = 0;
            for (index_type p = 0; p < k; ++p) {
                const double product = static_cast<double>(a(i, p)) * static_cast<double>(b(p, j));
                sum += product;
                magnitude += std::abs(product);
            }
            const double unit = std::is_integral_v<T> ? 0 : static_cast<double>(std::numeric_limits<T>::epsilon());
            const double got = static_cast<double>(out[i * n + j]);
            if (!(std::abs(got - sum) <= unit * std::sqrt(static_cast<double>(k) + 4) * magnitude)) ++wrong;
        }
    CHECK(wrong == 0);
    for (const unsigned char count : visits)
        if (count != 1) FAIL_CHECK("an element was handed over " << int(count) << " times");
    for (std::size_t g = 0; g < guard; ++g) {
        CHECK(d[g] == untouched);
        CHECK(d[guard + size + g] == untouched);
    }
}

}  // namespace

TEST_CASE_TEMPLATE("random odd shapes, every pair of layouts", T, float, double) {
    std::mt19937 random(7);
    const auto extent = [&](int most) { return static_cast<index_type>(1 + random() % static_cast<unsigned>(most)); };
    for (int round = 0; round < 40; ++round)
        for (const layout a : {layout::rows, layout::columns, layout::general})
            for (const layout b : {layout::rows, layout::columns, layout::general}) {
                const bool thin_m = round % 4 == 1, thin_n = round % 4 == 2;
                check_product<T>(extent(thin_m ? 5 : 70), extent(thin_n ? 5 : 120), extent(90), a, b, random);
            }
}

TEST_CASE_TEMPLATE("every small shape", T, float, double) {
    std::mt19937 random(8);
    for (index_type m : {1, 2, 3, 4, 5, 9, 17})
        for (index_type n : {1, 2, 4, 7, 8, 16, 17, 33, 48, 49, 65, 127, 128, 129})
            for (index_type k : {1, 2, 7, 16, 19})
                for (const layout b : {layout::rows, layout::columns})
                    check_product<T>(m, n, k, layout::rows, b, random);
}

namespace {

/// The order of a sum of products, as long_sums.hpp says it, one number at a time.
template <class T> T ordered_sum(index_type k, const T* a, const T* b, index_type apart) {
    std::vector<T> level(10);
    index_type blocks = 0;
    for (index_type p = 0;; level[0] = T(0)) {
        for (;;) {
            T sum = 0;
            for (const index_type end = std::min(k, p + simd::block_depth); p < end; ++p)
                sum = simd::first(fma(simd::vec<T>(a[p]), simd::vec<T>(b[p * apart]), simd::vec<T>(sum)));
            level[0] = blocks % simd::added_in_a_row == 0 ? sum : level[0] + sum;
            ++blocks;
            if (p == k || blocks % simd::added_in_a_row == 0) break;
        }
        if (p == k) break;
        index_type groups = blocks / simd::added_in_a_row;
        for (std::size_t l = 1;; ++l, groups /= simd::added_in_a_row) {
            level[l] = groups % simd::added_in_a_row == 1 ? level[l - 1] : level[l] + level[l - 1];
            if (groups % simd::added_in_a_row != 0) break;
        }
    }
    T sum = level[0];
    index_type groups = (blocks - 1) / simd::added_in_a_row;
    for (std::size_t l = 1; groups > 0; ++l, groups /= simd::added_in_a_row)
        if (groups % simd::added_in_a_row != 0) sum = sum + level[l];
    return sum;
}
/// How many numbers of D, of which some were looked at, are far from the exact ones, and were added in another order.
struct found {
    int far = 0, in_another_order = 0;
};
template <class T> found inspect(index_type m, index_type n, index_type k, support::terms kind, bool b_in_columns) {
    std::vector<T> a(static_cast<std::size_t>(m * k)), b(static_cast<std::size_t>(k * n)),
        d(static_cast<std::size_t>(m * n));
    support::fill(a.data(), a.data() + a.size(), kind, 1);
    support::fill(b.data(), b.data() + b.size(), kind, 2);
    const index_type row = b_in_columns ? 1 : n, column = b_in_columns ? k : 1;
    simd::contract<T>(m, n, k, {a.data(), k, 1}, {b.data(), row, column},
                      [&](simd::vec<T> sum, index_type i, index_type j, int lanes) {
                          store_first(d.data() + i * n + j, sum, lanes);
                      });
    // Within a block equal terms round the same way, in the half of it in which the sum is largest.
    const double in_a_block = static_cast<double>(std::min(k, simd::block_depth)) / 8;
    const double allowed =
        support::off_by_at_most<T>(k) +
        (kind == support::terms::equal ? in_a_block * static_cast<double>(std::numeric_limits<T>::epsilon()) : 0);
    found f;
    const index_type sparse = std::max<index_type>(1, m * n * k / 60'000);
    for (index_type e = 0; e < m * n; e += sparse) {
        const T* const left = a.data() + e / n * k;
        const T* const right = b.data() + e % n * column;
        long double sum = 0, magnitude = 0;
        for (index_type p = 0; p < k; ++p) {
            const long double product = static_cast<long double>(left[p]) * static_cast<long double>(right[p * row]);
            sum += product, magnitude += std::abs(product);
        }
        const T got = d[static_cast<std::size_t>(e)];
        f.far += !(std::abs(static_cast<long double>(got) - sum) <= allowed * magnitude);
        f.in_another_order += got != ordered_sum(k, left, right, row);
    }
    return f;
}

}  // namespace

TEST_CASE_TEMPLATE("the error hardly grows with k, and the order depends on k alone", T, float, double) {
    struct size {
        index_type m, n;
    };
    // Read in place, a broken tile, packed, several columns of tiles; and streamed, whose blocks are shorter.
    for (const index_type k : {9, 255, 256, 257, 600, 1025, 4096, 4097, 9000, 70001})
        for (const size s : {size{8, 48}, {13, 65}, {40, 96}, {70, 33}, {100, 48}, {100, 700}, {5, 1300}}) {
            if (s.m * s.n * k > 1'000'000) continue;
            for (const support::terms kind : support::every_kind_of_terms) {
                INFO("m ", s.m, ", n ", s.n, ", k ", k, ", terms ", static_cast<int>(kind));
                const found f = inspect<T>(s.m, s.n, k, kind, false);
                CHECK(f.far == 0);
                const bool may_be_streamed =
                    s.m < 100 && s.n * k * static_cast<index_type>(sizeof(T)) > simd::cached_bytes;
                // A last vector that is broken may be a thin tile of its own.
                const bool is_whole = simd::masks_are_free || s.n % simd::vec<T>::width == 0;
                // So may a last tile of few rows.
                const index_type tiles = (s.m + simd::most_tile_rows - 1) / simd::most_tile_rows;
                const bool may_be_thin = s.m / tiles <= 2;
                if (is_whole && !may_be_streamed && !may_be_thin) CHECK(f.in_another_order == 0);
            }
        }
}
TEST_CASE_TEMPLATE("thin products: the error hardly grows with k", T, float, double) {
    struct size {
        index_type m, n;
    };
    for (const index_type k : {1000, 4097, 10007})
        for (const size s : {size{1, 1}, {1, 16}, {3, 5}, {8, 1}, {4, 30}})
            for (const bool b_in_columns : {false, true})
                for (const support::terms kind : support::every_kind_of_terms) {
                    INFO("m ", s.m, ", n ", s.n, ", k ", k, ", terms ", static_cast<int>(kind), b_in_columns);
                    CHECK(inspect<T>(s.m, s.n, k, kind, b_in_columns).far == 0);
                }
}
TEST_CASE_TEMPLATE("k long enough to be cut", T, float, double) {
    std::mt19937 random(9);
    for (const layout a : {layout::rows, layout::columns, layout::general})
        for (const layout b : {layout::rows, layout::columns, layout::general})
            check_product<T>(43, 61, 2300, a, b, random);
    check_product<T>(70, 530, 1100, layout::rows, layout::rows, random);     // several blocks of columns
    check_product<T>(2070, 5, 1100, layout::rows, layout::general, random);  // several chunks of rows
}

TEST_CASE_TEMPLATE("few rows and a B beyond the second cache", T, float, double) {
    std::mt19937 random(6);
    for (const layout a : {layout::rows, layout::columns, layout::general})
        for (const index_type m : {9, 37}) check_product<T>(m, 1003, 323, a, layout::rows, random);
    check_product<T>(65, 329, 1000, layout::rows, layout::rows, random);
    check_product<T>(1, 3011, 447, layout::rows, layout::rows, random);
    check_product<T>(3, 1301, 1030, layout::rows, layout::rows, random);
}
TEST_CASE_TEMPLATE("large enough for an external BLAS, where there is one", T, float, double) {
    std::mt19937 random(5);
    for (const layout a : {layout::rows, layout::columns, layout::general})
        for (const layout b : {layout::rows, layout::columns}) check_product<T>(261, 300, 220, a, b, random);
    check_product<T>(1100, 130, 150, layout::rows, layout::rows, random);
}
TEST_CASE_TEMPLATE("integers are exact", T, std::int32_t, std::int64_t) {
    std::mt19937 random(10);
    for (const layout a : {layout::rows, layout::columns})
        for (const layout b : {layout::rows, layout::columns}) {
            check_product<T>(21, 37, 53, a, b, random);
            check_product<T>(1, 37, 53, a, b, random);
        }
}

TEST_CASE("k = 0 gives zeros, m = 0 or n = 0 nothing") {
    std::mt19937 random(11);
    for (const layout b : {layout::rows, layout::columns, layout::general}) {
        check_product<float>(13, 50, 0, layout::rows, b, random);
        check_product<float>(1, 50, 0, layout::rows, b, random);
        check_product<float>(13, 1, 0, layout::rows, b, random);
    }
    int calls = 0;
    const auto count = [&](auto...) { ++calls; };
    simd::contract<float>(0, 5, 5, {nullptr, 5, 1}, {nullptr, 5, 1}, count);
    simd::contract<float>(5, 0, 5, {nullptr, 5, 1}, {nullptr, 0, 1}, count);
    CHECK(calls == 0);
}

TEST_CASE("an epilogue may add a bias, apply relu, and write several outputs") {
    std::mt19937 random(12);
    const index_type m = 19, n = 53, k = 31;
    const matrix<float> a(m, k, layout::rows, random), b(k, n, layout::rows, random), bias(1, n, layout::rows, random);
    std::vector<float> linear(m * n), active(m * n), plain(m * n);
    simd::contract<float>(m, n, k, a.view(), b.view(),
                          [&](simd::vec<float> sum, index_type i, index_type j, int lanes) {
                              store_first(&plain[static_cast<std::size_t>(i * n + j)], sum, lanes);
                          });
    simd::contract<float>(m, n, k, a.view(), b.view(),
                          [&](simd::vec<float> sum, index_type i, index_type j, int lanes) {
                              const auto at = static_cast<std::size_t>(i * n + j);
                              const auto shifted = sum + simd::load_first(bias.storage.data() + j, lanes);
                              store_first(&linear[at], shifted, lanes);
                              store_first(&active[at], maximum(shifted, 0.0f), lanes);
                          });
    for (std::size_t at = 0; at < plain.size(); ++at) {
        CHECK(linear[at] == plain[at] + bias.storage[at % static_cast<std::size_t>(n)]);
        CHECK(active[at] == (linear[at] > 0 ? linear[at] : 0.0f));
    }
}

#if defined(_OPENMP)
TEST_CASE("the same bits for any number of threads") {
    std::mt19937 random(13);
    struct sizes {
        index_type m, n, k;
    };
    for (const sizes s : {sizes{150, 130, 170},
                          {17, 1500, 300},
                          {2000, 30, 90},
                          {3, 3000, 400},
                          {64, 500, 2300},
                          {1, 9000, 300},
                          {20, 1500, 300}})
        for (const layout b_layout : {layout::rows, layout::columns}) {
            const matrix<float> a(s.m, s.k, layout::rows, random), b(s.k, s.n, b_layout, random);
            std::vector<float> first, other;
            for (const int threads : {1, 2, 3}) {
                omp_set_num_threads(threads);
                std::vector<float> d(static_cast<std::size_t>(s.m * s.n));
                simd::contract<float>(s.m, s.n, s.k, a.view(), b.view(),
                                      [&](simd::vec<float> sum, index_type i, index_type j, int lanes) {
                                          store_first(&d[static_cast<std::size_t>(i * s.n + j)], sum, lanes);
                                      });
                (threads == 1 ? first : other) = d;
                if (threads > 1) CHECK(std::memcmp(first.data(), other.data(), first.size() * sizeof(float)) == 0);
            }
        }
    omp_set_num_threads(1);
}
#endif
