// SPDX-License-Identifier: BSL-1.0
#include <telar/data/batches.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <vector>

using telar::dyn;
using telar::shape;

namespace {

/// n rows of (i, -i) and the label 10 i: a row tells where it came from.
struct numbered {
    telar::tensor<float, dyn, 2> x;
    telar::tensor<std::int32_t, dyn> y;

    explicit numbered(int n) : x(shape(n, 2)), y(shape(n)) {
        for (int i = 0; i < n; ++i) {
            x(i, 0) = static_cast<float>(i), x(i, 1) = static_cast<float>(-i);
            y(i) = 10 * i;
        }
    }
};

/// The rows of one epoch in the order they came; checks that x and y belong together and that batches are full.
template <class Batches> std::vector<int> rows_of_epoch(Batches& data) {
    std::vector<int> rows;
    telar::extent_t seen = 0;
    for (const auto& [x, y] : data) {
        CHECK(x.extent(0) == y.extent(0));
        CHECK(x.extent(0) == std::min(data.batch_size(), data.rows() - static_cast<telar::extent_t>(rows.size())));
        for (telar::extent_t i = 0; i < x.extent(0); ++i) {
            CHECK(x(i, 1) == -x(i, 0));
            CHECK(y(i) == 10 * static_cast<int>(x(i, 0)));
            rows.push_back(static_cast<int>(x(i, 0)));
        }
        ++seen;
    }
    CHECK(seen == data.size());
    return rows;
}

std::vector<int> counted(int n) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return all;
}

}  // namespace

TEST_CASE("every row comes once in an epoch, in order without a generator") {
    for (const int n : {0, 1, 2, 7, 12, 13})
        for (const int size : {1, 3, 4, 12, 100}) {
            CAPTURE(n);
            CAPTURE(size);
            const numbered set(n);
            telar::batches data(set.x, set.y, size);
            CHECK(data.size() == (n + size - 1) / size);
            CHECK(rows_of_epoch(data) == counted(n));
            CHECK(rows_of_epoch(data) == counted(n));
        }
}

TEST_CASE("with a generator every epoch has another order, and the same again from the same seed") {
    const numbered set(50);
    telar::batches data(set.x, set.y, 8, telar::generator(7)), again(set.x, set.y, 16, telar::generator(7));
    telar::batches other(set.x, set.y, 8, telar::generator(8));
    std::vector<std::vector<int>> epochs;
    for (int e = 0; e < 3; ++e) {
        auto rows = rows_of_epoch(data);
        CHECK(rows == rows_of_epoch(again));
        CHECK(rows != rows_of_epoch(other));
        for (const auto& earlier : epochs) CHECK(rows != earlier);
        epochs.push_back(rows);
        std::sort(rows.begin(), rows.end());
        CHECK(rows == counted(50));
    }
    data.set_epoch(1);
    CHECK(rows_of_epoch(data) == epochs[1]);
    CHECK(data.epoch() == 2);
}

TEST_CASE("constant extents stay constant, and the batch's memory is used again") {
    const numbered set(10);
    telar::batches data(set.x, set.y, 4, telar::generator(1));
    static_assert(std::same_as<decltype((*data.begin()).x), telar::tensor<float, dyn, 2>>);
    const float* first = (*data.begin()).x.data();
    for (int epoch = 0; epoch < 3; ++epoch)
        for (const auto& [x, y] : data) CHECK(x.data() == first);
}

TEST_CASE("images and one-hot labels keep their other axes") {
    const auto x = telar::tensor<std::uint8_t, dyn, dyn, dyn>::from(shape(3, 1, 2), {1, 2, 3, 4, 5, 6});
    const telar::tensor<double, 3, 2> y{{1, 0}, {0, 1}, {1, 1}};
    telar::batches data(x, y, 2);
    auto at = data.begin();
    CHECK((*at).x.extents() == shape(2, 1, 2));
    ++at;
    CHECK(telar::same((*at).x, telar::tensor<std::uint8_t, dyn, dyn, dyn>{{{5, 6}}}));
    CHECK(telar::same(at->y, telar::tensor<double, dyn, 2>{{1, 1}}));
}

TEST_CASE("unequal numbers of rows and empty batches are refused; temporaries do not compile") {
    const numbered set(4), longer(5);
    const auto make = [](const auto& x, const auto& y, int size) { telar::batches(x, y, size); };
    CHECK_THROWS_WITH_AS(make(set.x, longer.y, 2), "batches: x has shape (4, 2), but y has shape (5,)",
                         telar::wrong_shape);
    CHECK_THROWS_WITH_AS(make(set.x, set.y, 0), "batches: batch_size is 0", telar::invalid_argument);
    using X = telar::tensor<float, dyn, 2>;
    using Y = telar::tensor<std::int32_t, dyn>;
    static_assert(std::constructible_from<telar::batches<X, Y>, const X&, const Y&, int>);
    static_assert(!std::constructible_from<telar::batches<X, Y>, X, const Y&, int>);
    static_assert(!std::constructible_from<telar::batches<X, Y>, X&, Y, int>);
}

TEST_CASE("one tensor, three and six: their rows stay together") {
    const numbered set(11);
    const auto weights = [&] {
        telar::tensor<double, dyn, 1, 2> w(shape(11, 1, 2));
        for (int i = 0; i < 11; ++i) w(i, 0, 0) = i, w(i, 0, 1) = 2 * i;
        return w;
    }();
    std::vector<int> rows;
    telar::batches three(set.x, set.y, weights, 4, telar::generator(3));
    for (const auto& [x, y, w] : three)
        for (telar::extent_t i = 0; i < x.extent(0); ++i) {
            CHECK(y(i) == 10 * static_cast<int>(x(i, 0)));
            CHECK(w(i, 0, 1) == 2 * static_cast<double>(x(i, 0)));
            rows.push_back(static_cast<int>(x(i, 0)));
        }
    std::sort(rows.begin(), rows.end());
    CHECK(rows == counted(11));
    int alone = 0;
    for (const auto& [y] : telar::batches(set.y, 4))
        for (const int label : y) CHECK(label == 10 * alone++);
    CHECK(alone == 11);
    telar::batches six(set.y, set.x, weights, set.y, set.x, weights, 5);
    for (const auto& [a, b, c, d, e, f] : six) {
        CHECK(telar::same(a, d));
        CHECK(telar::same(b, e));
        CHECK(telar::same(c, f));
    }
    const telar::tensor<float, 3> short_one{1, 2, 3};
    CHECK_THROWS_WITH_AS(telar::batches(set.x, set.y, short_one, 2),
                         "batches: x has shape (11, 2), but tensor 2 has shape (3,)", telar::wrong_shape);
}
