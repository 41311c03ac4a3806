// SPDX-License-Identifier: BSL-1.0
// Sums over many terms: their error hardly grows with the number of terms, and their order is one, whatever else the
// kernel computes and however many threads there are.
#include "../support/long_sums.hpp"
#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <vector>
#if defined(_OPENMP)
#include <omp.h>
#endif

using namespace telar;
using support::every_kind_of_terms;
using support::off_by_at_most;
using support::same_bits;
using support::terms;

namespace {

constexpr auto rows = telar::function([](auto x) { return sum(x, 1); });
constexpr auto columns = telar::function([](auto x) { return sum(x, 0); });
constexpr auto everything = telar::function([](auto x) { return sum(x); });
// A section with long formulas takes fewer registers together.
constexpr auto beside_others = telar::function([](auto x) {
    return std::array{sum(x, 1), sum(pow(abs(x), x), 1), sum(lgamma(x), 1)};
});
constexpr auto statistics = telar::function([](auto x) {
    return std::array{mean(x, 1), variance(x, 1), logsumexp(x, 1)};
});

template <class T> tensor<T, dyn, dyn> filled(shape s, terms kind) {
    auto x = tensor<T, dyn, dyn>::uninitialized(s);
    support::fill(x.data(), x.data() + x.size(), kind, static_cast<std::uint64_t>(s[0] + s[1]));
    return x;
}
template <class T> struct exact { double sum = 0, magnitude = 0; };
template <class T> exact<T> exact_sum(const T* x, extent_t count, extent_t apart) {
    long double sum = 0, magnitude = 0;
    for (extent_t i = 0; i < count; ++i) {
        sum += static_cast<long double>(x[i * apart]);
        magnitude += std::abs(static_cast<long double>(x[i * apart]));
    }
    return {static_cast<double>(sum), static_cast<double>(magnitude)};
}
template <class T> bool is_close(T got, const exact<T>& want, extent_t count) {
    return std::abs(static_cast<double>(got) - want.sum) <= off_by_at_most<T>(count) * want.magnitude;
}

const extent_t lengths[] = {1, 2, 7, 16, 33, 63, 64, 65, 127, 500, 1023, 2048, 2049, 5000, 33001, 300007};

}  // namespace

TEST_CASE_TEMPLATE("sums of rows and of columns", T, float, double) {
    for (const extent_t n : lengths)
        for (const terms kind : every_kind_of_terms) {
            CAPTURE(n);
            CAPTURE(static_cast<int>(kind));
            const auto x = filled<T>(shape(3, n), kind), y = filled<T>(shape(n, 5), kind);
            const tensor<T, dyn> of_rows = rows(x), of_columns = columns(y);
            for (extent_t i = 0; i < 3; ++i) CHECK(is_close(of_rows(i), exact_sum(x.data() + i * n, n, 1), n));
            for (extent_t j = 0; j < 5; ++j) CHECK(is_close(of_columns(j), exact_sum(y.data() + j, n, 5), n));
        }
}
TEST_CASE("several million terms") {
    constexpr extent_t n = 4'000'003;
    const auto x = filled<float>(shape(1, n), terms::equal), y = filled<float>(shape(n, 1), terms::equal);
    const auto want = exact_sum(x.data(), n, 1);
    CHECK(is_close(rows(x)(0), want, n));
    CHECK(is_close(columns(y)(0), want, n));
    CHECK(is_close(static_cast<float>(everything(x)), want, n));
    CHECK(std::abs(static_cast<double>(std::get<0>(statistics(x))(0)) - 0.1) < 1e-7);
}
TEST_CASE("what is made of sums") {
    for (const extent_t n : {100, 5000, 300007}) {
        CAPTURE(n);
        const auto x = filled<float>(shape(2, n), terms::positive);
        const auto [means, variances, logs] = statistics(x);
        for (extent_t i = 0; i < 2; ++i) {
            double sum = 0, squares = 0, exponentials = 0;
            for (extent_t j = 0; j < n; ++j)
                sum += static_cast<double>(x(i, j)), exponentials += std::exp(static_cast<double>(x(i, j)));
            const double mean = sum / static_cast<double>(n);
            for (extent_t j = 0; j < n; ++j) squares += std::pow(static_cast<double>(x(i, j)) - mean, 2);
            const double allowed = 2 * off_by_at_most<float>(n);
            CHECK(std::abs(static_cast<double>(means(i)) / mean - 1) < allowed);
            CHECK(std::abs(static_cast<double>(variances(i)) / (squares / static_cast<double>(n)) - 1) < allowed);
            CHECK(std::abs(static_cast<double>(logs(i)) / std::log(exponentials) - 1) < allowed);
        }
    }
}
TEST_CASE("one order: alone, beside other sums, as one row of many, for any number of threads") {
    for (const extent_t n : lengths) {
        CAPTURE(n);
        const auto x = filled<float>(shape(3, n), terms::positive);
        const tensor<float, dyn> alone = rows(x);
        CHECK(same_bits(alone, std::get<0>(beside_others(x))));
        auto last = tensor<float, dyn, dyn>::uninitialized(shape(1, n));
        std::copy_n(x.data() + 2 * n, n, last.data());
        CHECK(rows(last)(0) == alone(2));
        CHECK(static_cast<float>(everything(last)) == alone(2));
    }
#if defined(_OPENMP)
    const int before = omp_get_max_threads();
    const auto x = filled<float>(shape(37, 9001), terms::positive);
    const tensor<float, dyn> of_rows = rows(x), of_columns = columns(x);
    for (const int threads : {1, 2, 3, 7}) {
        omp_set_num_threads(threads);
        CHECK(same_bits(rows(x), of_rows));
        CHECK(same_bits(columns(x), of_columns));
    }
    omp_set_num_threads(before);
#endif
}
