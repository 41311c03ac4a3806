// SPDX-License-Identifier: BSL-1.0
// The product that walks through its left operand against three loops in double precision, at odd sizes; and programs
// whose products do.
#include <doctest/doctest.h>
#include <telar/expr/convolution.hpp>
#include <telar/kernels/cpu/matmul/contract_walk.hpp>
#include <telar/run/grad.hpp>
#include <telar/run/program.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

namespace simd = telar::ir::kernels::simd;
using index_type = std::ptrdiff_t;

namespace {

template <class T> std::vector<T> numbers(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<T> v(count);
    for (T& x : v) x = static_cast<T>(static_cast<int>(random() % 2001) - 1000) / T(512);
    return v;
}

/// Windows of `size` numbers on rows of `channels`, `step` apart, in images of height x width: rows (image, y, x),
/// columns (window's y, window's x, channel).
struct windows {
    std::int64_t images, height, width, channels, size, step;
    std::int64_t extent[6], stride[6];

    windows(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c, std::int64_t k, std::int64_t s)
        : images(n),
          height(h),
          width(w),
          channels(c),
          size(k),
          step(s),
          extent{n, (h - k) / s + 1, (w - k) / s + 1, k, k, c},
          stride{h * w * c, s * w * c, s * c, w * c, c, 1} {}
    index_type rows() const { return extent[0] * extent[1] * extent[2]; }
    index_type columns() const { return extent[3] * extent[4] * extent[5]; }
    std::size_t numbers() const { return static_cast<std::size_t>(images * height * width * channels); }
    index_type place(index_type i, index_type p) const {
        index_type at = 0;
        for (int k = 2; k >= 0; --k) at += i % extent[k] * stride[k], i /= extent[k];
        for (int k = 5; k >= 3; --k) at += p % extent[k] * stride[k], p /= extent[k];
        return at;
    }
    simd::several_axes first() const { return {3, extent, stride}; }
    simd::several_axes second() const { return {3, extent + 3, stride + 3}; }
};

/// Both ways round: rows are places and columns are elements of windows, and the transpose of that.
template <class T, class Multiply>
void check(const windows& w, bool turned, index_type n, bool b_in_columns, const Multiply& multiply) {
    const index_type m = turned ? w.columns() : w.rows(), k = turned ? w.rows() : w.columns();
    const auto a = numbers<T>(w.numbers(), 1), b = numbers<T>(static_cast<std::size_t>(k * n), 2);
    const simd::walked_operand<T> left{a.data(), turned ? w.second() : w.first(), turned ? w.first() : w.second()};
    const simd::operand<T> right{b.data(), b_in_columns ? 1 : n, b_in_columns ? k : 1};
    std::vector<T> d(static_cast<std::size_t>(m * n), T(-77));
    std::vector<unsigned char> visits(d.size(), 0);
    multiply(m, n, k, left, right, [&](simd::vec<T> sum, index_type i, index_type j, int lanes) {
        REQUIRE(lanes > 0);
        REQUIRE(i < m);
        REQUIRE(j + lanes <= n);
        store_first(d.data() + i * n + j, sum, lanes);
        for (int l = 0; l < lanes; ++l) ++visits[static_cast<std::size_t>(i * n + j + l)];
    });
    INFO("m " << m << ", n " << n << ", k " << k << ", turned " << turned);
    int wrong = 0;
    for (index_type i = 0; i < m; ++i)
        for (index_type j = 0; j < n; ++j) {
            double sum = 0, magnitude = 0;
            for (index_type p = 0; p < k; ++p) {
                const double x = a[static_cast<std::size_t>(turned ? w.place(p, i) : w.place(i, p))];
                const double term = x * static_cast<double>(*right.at(p, j));
                sum += term, magnitude += std::abs(term);
            }
            const auto at = static_cast<std::size_t>(i * n + j);
            const double allowed = magnitude * 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
            wrong += visits[at] != 1 || !(std::abs(static_cast<double>(d[at]) - sum) <= allowed);
        }
    CHECK(wrong == 0);
}
template <class T> void check_any(const windows& w, index_type n) {
    for (const bool turned : {false, true})
        for (const bool b_in_columns : {false, true})
            check<T>(w, turned, n, b_in_columns,
                     [](auto m, auto columns, auto k, const auto& left, const auto& right, const auto& epilogue) {
                         simd::contract_walked<T>(m, columns, k, left, right, epilogue);
                     });
}
template <class T, index_type n, index_type k, bool is_long> void check_known(const windows& w) {
    REQUIRE(w.columns() == k);
    check<T>(w, false, n, false, [](auto m, auto, auto, const auto& left, const auto& right, const auto& epilogue) {
        constexpr std::uint64_t extents = telar::ir::kernels::product_extents{0, n, k}.bits();
        simd::static_walk<T, extents, is_long>::run(m, left, right, epilogue);
    });
}

}  // namespace

TEST_CASE("any extents: tiles and panels of all sizes, steps, one image or several") {
    for (const index_type n : {1, 5, 16, 33, 48, 64, 80, 131}) check_any<float>({2, 5, 7, 3, 3, 1}, n);
    check_any<float>({3, 7, 8, 1, 2, 2}, 7);
    check_any<float>({1, 3, 3, 5, 3, 1}, 20);  // one row
    check_any<double>({2, 6, 5, 2, 3, 1}, 19);
}
TEST_CASE("long sums are cut; many rows are taken in turns") {
    check_any<float>({1, 5, 5, 300, 3, 1}, 64);
    check_any<double>({2, 34, 35, 2, 3, 1}, 9);
}
TEST_CASE("extents of 0: sums of nothing are 0, and nothing is computed of no rows") {
    check_any<float>({2, 4, 4, 0, 3, 1}, 5);
    check_any<float>({0, 4, 4, 3, 3, 1}, 5);
}
TEST_CASE("extents that are known, with short epilogues and long ones") {
    check_known<float, 32, 9, false>({2, 5, 7, 1, 3, 1});
    check_known<float, 64, 27, false>({2, 6, 5, 3, 3, 1});
    check_known<float, 37, 27, true>({1, 6, 7, 3, 3, 2});
    check_known<float, 101, 8, false>({3, 4, 4, 2, 2, 1});
    check_known<double, 3, 12, true>({1, 4, 5, 3, 2, 1});
}
TEST_CASE("programs walk through windows, in both directions, and compute no matrix of them") {
    using namespace telar;
    using namespace telar::ir;
    const input<"x", tensor<float, dyn, 6, 5, 3>> x;
    const input<"w", tensor<float, 3, 3, 3, 4>> w;
    const auto y = relu(conv(x, w) + input<"b", tensor<float, 4>>());
    using program = decltype(graph_of(y));
    CHECK(program::plan_sizes.kernels == 1);  // bias and activation are in the product's epilogue
    CHECK(program::description().kernels[0].walk.rows == 3);
    const kernel& product = program::plan.kernels[0];
    const memory_access* const accesses = program::plan.accesses.data() + product.first_access;
    CHECK(kernels::known_extents(kernels::cpu::cpu_target.products, product, accesses[0], accesses[1]).n == 4);
    CHECK(kernels::known_extents(kernels::cpu::cpu_target.products, product, accesses[0], accesses[1]).k == 27);
    using padded = decltype(graph_of(conv(x, w, same_padding)));
    CHECK(padded::plan_sizes.kernels == 1);  // which puts the zeros around
    CHECK(padded::description().kernels[0].walk.image_axes == 3);
    const auto slope = gradient(sum(conv(x, w)), w);
    using backward = decltype(graph_of(slope));
    int walks = 0;
    for (int k = 0; k < backward::description().kernel_count; ++k) {
        const kernel& of = backward::description().kernels[k];
        walks += of.walk.rows == 3 && of.walk.columns == 3;
        CHECK((of.kind == kernel_kind::contract || of.space.rank < 6));
    }
    CHECK(walks == 1);
}

TEST_CASE("an operand that something else needs with its zeros is read with them") {
    using namespace telar;
    const input<"x", tensor<float, dyn, 6, 5, 3>> x;
    const input<"w", tensor<float, 3, 3, 3, 4>> w;
    const auto y = conv(x, w, same_padding);
    using program = decltype(compile(fetch(y, gradient(sum(y * y), w))))::code;
    for (int k = 0; k < program::description().kernel_count; ++k)
        CHECK(program::description().kernels[k].walk.image_axes == 0);
}
TEST_CASE("windows that overlap are added, element by element of x, for any dilation") {
    using namespace telar;
    constexpr auto loss = telar::function([](auto x, auto w, auto c) { return sum(conv(x, w, dilations<2>) * c); });
    tensor<float, 2, 11, 3> x;
    tensor<float, 3, 3, 2> w;
    tensor<float, 2, 7, 2> c;
    const auto fill = [](auto& t, unsigned seed) {
        const auto v = numbers<float>(t.size(), seed);
        std::copy(v.begin(), v.end(), t.data());
    };
    fill(x, 1), fill(w, 2), fill(c, 3);
    const auto dx = grad(loss)(x, w, c);
    for (extent_t n = 0; n < 2; ++n)
        for (extent_t i = 0; i < 11; ++i)
            for (extent_t k = 0; k < 3; ++k) {
                double want = 0;
                for (extent_t j = 0; j < 3; ++j)
                    for (extent_t o = 0; o < 2; ++o)
                        if (const extent_t at = i - 2 * j; at >= 0 && at < 7)
                            want += static_cast<double>(c(n, at, o)) * static_cast<double>(w(j, k, o));
                CHECK(dx(n, i, k) == doctest::Approx(want).epsilon(1e-5));
            }
}
