// SPDX-License-Identifier: BSL-1.0
// Rows of a table and sums onto them, sorted axes and the largest few, cumulative sums.
#include "tensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#if defined(TELAR_HAS_XTENSOR)
#include "xtensor.hpp"

#include <xtensor/xindex_view.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>
#endif

namespace {

using bench::access;
using bench::array;
using bench::random_indices;
using bench::random_tensor;
using bench::row;
using telar::extent_t;

std::string size_text(extent_t rows, extent_t columns) { return std::to_string(rows) + "x" + std::to_string(columns); }
#if defined(TELAR_HAS_XTENSOR)
using bench::xtensor;
#endif

template <extent_t Rows, extent_t Columns, extent_t Count> void gather_rows(bench::suite& suite) {
    const std::string size = size_text(Rows, Columns) + ", " + std::to_string(Count);
    const auto ids = random_indices<Count>(Rows);
    const auto table = random_tensor<Rows, Columns>(1);
    const telar::input<"x", array<Rows, Columns>> X;
    const telar::input<"u", array<Count, Columns>> U;
    const telar::input<"i", telar::tensor<std::int32_t, Count>> I;
    if (suite.wants("gather", size)) {
        array<Count, Columns> y;
        row r("gather", size, {0, 8.0 * Count * Columns, access::copy, 4.0 * (Rows + Count) * Columns}, {0, 0});
        const auto program = telar::compile(embedding(X, I));
        telar::workspace w;
        r.add(
            "telar", [&] { program.into(w, y, X = table, I = ids); }, y.span());
        r.add(
            "memcpy",
            [&] {
                for (extent_t m = 0; m < Count; ++m)
                    std::memcpy(y.data() + m * Columns, table.data() + ids(m) * Columns, Columns * sizeof(float));
            },
            y.span());
        r.add(
            "plain loops",
            [&] {
                for (extent_t m = 0; m < Count; ++m)
                    for (extent_t j = 0; j < Columns; ++j)
                        y.data()[m * Columns + j] = table.data()[ids(m) * Columns + j];
            },
            y.span());
#if defined(TELAR_HAS_XTENSOR)
        const auto x = xtensor(table);
        const std::vector<std::size_t> places(ids.begin(), ids.end());
        xt::xtensor<float, 2> z(std::array<std::size_t, 2>{Count, Columns});
        r.add(
            "xtensor", [&] { xt::noalias(z) = xt::view(x, xt::keep(places), xt::all()); },
            [&] { return std::vector<float>(z.begin(), z.end()); });
#endif
        suite.run(r);
    }
    if (suite.wants("scatter_add", size)) {
        array<Rows, Columns> y;
        const auto updates = random_tensor<Count, Columns>(2);
        row r("scatter_add onto zeros", size,
              {1.0 * Count * Columns, 4.0 * Rows * Columns + 12.0 * Count * Columns, access::copy}, {0, 0});
        const auto program = telar::compile(segment_sum(U, I, telar::segments<Rows>));
        telar::workspace w;
        r.add(
            "telar", [&] { program.into(w, y, U = updates, I = ids); }, y.span());
        r.add(
            "plain loops",
            [&] {
                std::fill(y.begin(), y.end(), 0.0f);
                for (extent_t m = 0; m < Count; ++m)
                    for (extent_t j = 0; j < Columns; ++j)
                        y.data()[ids(m) * Columns + j] += updates.data()[m * Columns + j];
            },
            y.span());
        suite.run(r);
    }
}

template <extent_t Rows, extent_t Columns> void sort_rows(bench::suite& suite) {
    const std::string size = size_text(Rows, Columns);
    const auto x = random_tensor<Rows, Columns>(3);
    const telar::input<"x", array<Rows, Columns>> X;
    const double steps = 1.0 * Rows * Columns * std::log2(double(Columns));
    if (suite.wants("sort", size)) {
        array<Rows, Columns> y;
        row r("sort", size, {steps, 8.0 * Rows * Columns}, {0, 0});
        const auto program = telar::compile(telar::sort(X));
        telar::workspace w;
        r.add(
            "telar", [&] { program.into(w, y, X = x); }, y.span());
        r.add(
            "std::sort",
            [&] {
                std::copy(x.begin(), x.end(), y.begin());
                for (extent_t i = 0; i < Rows; ++i) std::sort(y.data() + i * Columns, y.data() + (i + 1) * Columns);
            },
            y.span());
#if defined(TELAR_HAS_XTENSOR)
        const auto from = xtensor(x);
        xt::xtensor<float, 2> z = from;
        r.add(
            "xtensor", [&] { z = xt::sort(from, 1); }, [&] { return std::vector<float>(z.begin(), z.end()); });
#endif
        suite.run(r);
    }
    if (suite.wants("argsort", size)) {
        telar::tensor<std::int64_t, Rows, Columns> y;
        const auto places = [&] { return std::vector<float>(y.begin(), y.end()); };
        row r("argsort", size, {steps, 12.0 * Rows * Columns}, {0, 0});
        const auto program = telar::compile(telar::argsort(X));
        telar::workspace w;
        r.add(
            "telar", [&] { program.into(w, y, X = x); }, places);
        r.add(
            "std::sort of places",
            [&] {
                for (extent_t i = 0; i < Rows; ++i) {
                    const float* v = x.data() + i * Columns;
                    std::int64_t* first = y.data() + i * Columns;
                    std::iota(first, first + Columns, 0);
                    std::sort(first, first + Columns,
                              [v](std::int64_t a, std::int64_t b) { return v[a] < v[b] || (v[a] == v[b] && a < b); });
                }
            },
            places);
        suite.run(r);
    }
    if (suite.wants("top_k<10>", size)) {
        array<Rows, 10> y;
        row r("top_k<10>", size, {1.0 * Rows * Columns, 4.0 * Rows * Columns}, {0, 0});
        const auto program = telar::compile(std::get<0>(telar::top_k<10>(X)));
        telar::workspace w;
        r.add(
            "telar, places too", [&] { program.into(w, y, X = x); }, y.span());
        r.add(
            "std::partial_sort_copy",
            [&] {
                for (extent_t i = 0; i < Rows; ++i)
                    std::partial_sort_copy(x.data() + i * Columns, x.data() + (i + 1) * Columns, y.data() + i * 10,
                                           y.data() + i * 10 + 10, std::greater<float>());
            },
            y.span());
        suite.run(r);
    }
}

template <extent_t Rows, extent_t Columns> void add_up(bench::suite& suite) {
    const std::string size = size_text(Rows, Columns);
    const auto x = random_tensor<Rows, Columns>(4);
    const telar::input<"x", array<Rows, Columns>> X;
    array<Rows, Columns> y;
    const bench::work work{1.0 * Rows * Columns, 8.0 * Rows * Columns, access::copy};
    if (suite.wants("cumsum along rows", size)) {
        row r("cumsum along rows", size, work, {1e-5, 1e-5});
        const auto program = telar::compile(cumsum(X, telar::axis<1>));
        telar::workspace w;
        r.add(
            "telar", [&] { program.into(w, y, X = x); }, y.span());
        r.add(
            "std::partial_sum",
            [&] {
                for (extent_t i = 0; i < Rows; ++i)
                    std::partial_sum(x.data() + i * Columns, x.data() + (i + 1) * Columns, y.data() + i * Columns);
            },
            y.span());
        suite.run(r);
    }
    if (suite.wants("cumsum down columns", size)) {
        row r("cumsum down columns", size, work, {1e-5, 1e-5});
        const auto program = telar::compile(cumsum(X, telar::axis<0>));
        telar::workspace w;
        r.add(
            "telar", [&] { program.into(w, y, X = x); }, y.span());
        r.add(
            "plain loops",
            [&] {
                std::copy(x.begin(), x.begin() + Columns, y.begin());
                for (extent_t i = 1; i < Rows; ++i)
                    for (extent_t j = 0; j < Columns; ++j)
                        y.data()[i * Columns + j] = y.data()[(i - 1) * Columns + j] + x.data()[i * Columns + j];
            },
            y.span());
        suite.run(r);
    }
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("indexing", argc, argv);
    gather_rows<32768, 128, 4096>(suite);
    gather_rows<1000, 16, 1000>(suite);
    sort_rows<1, 100'000>(suite);
    sort_rows<1000, 100>(suite);
    add_up<1000, 1000>(suite);
    return suite.finish();
}
