// SPDX-License-Identifier: BSL-1.0
#include <telar/data/sources.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <string>

using namespace telar;

namespace {

template <class T, extent_t... E> bool equals(const tensor<T, E...>& a, const tensor<T, E...>& b) {
    return a.extents() == b.extents() && std::equal(a.begin(), a.end(), b.begin());
}

static_assert(std::same_as<io::batch_t<std::tuple<float, tensor<std::int32_t, 3>, std::string>>,
                           std::tuple<tensor<float, dyn>, tensor<std::int32_t, dyn, 3>, std::vector<std::string>>>);
static_assert(std::same_as<io::padded_t<tensor<float, 2, 3>>, tensor<float, dyn, dyn, dyn>>);

}  // namespace

TEST_CASE("batches: sizes around those of the data, and what becomes of the kinds of elements") {
    for (const std::int64_t n : {0, 1, 4, 5, 12})
        for (const extent_t size : {1, 3, 4, 20}) {
            auto data = from_range(n).batch(size), whole = from_range(n).batch(size, {.drop_remainder = true});
            std::int64_t next = 0, count = 0;
            for (const tensor<std::int64_t, dyn>& b : data) {
                CHECK(b.extent(0) == std::min(size, n - next));
                for (const std::int64_t e : b) CHECK(e == next++);
                ++count;
            }
            CHECK(next == n);
            CHECK(count == data.cardinality());
            count = 0;
            for (const auto& b : whole) {
                CHECK(b.extent(0) == size);
                ++count;
            }
            CHECK(count == n / size);
            CHECK(whole.cardinality() == count);
        }
    struct named {
        std::string name;
    };
    const auto mixed = from_range(3).map([](std::int64_t i) {
        return std::tuple(i % 2 == 0, tensor<float, 2>{1, static_cast<float>(i)}, named{std::string(2, 'a')},
                          std::pair(static_cast<float16>(static_cast<float>(i)), i));
    });
    auto batches = mixed.batch(2);
    const auto first = *batches.begin();
    CHECK(equals(std::get<0>(first), tensor<bool, dyn>{true, false}));
    CHECK(equals(std::get<1>(first), tensor<float, dyn, 2>{{1, 0}, {1, 1}}));
    CHECK(std::get<2>(first)[1].name == "aa");
    CHECK(std::get<1>(std::get<3>(first))(1) == 1);
}

TEST_CASE("padded batches: to the longest or to a length; other shapes are refused") {
    const auto words = from_range(1, 4).map([](std::int64_t n) {
        return std::tuple(full<std::int32_t, dyn>(shape(n), static_cast<std::int32_t>(n)),
                          full<float, dyn, dyn>(shape(n, 4 - n), 1.5f));
    });
    auto padded = words.padded_batch(3, {.padding_value = -1});
    const auto [a, b] = *padded.begin();
    CHECK(equals(a, tensor<std::int32_t, dyn, dyn>{{1, -1, -1}, {2, 2, -1}, {3, 3, 3}}));
    CHECK(equals(b, tensor<float, dyn, dyn, dyn>{{{1.5, 1.5, 1.5}, {-1, -1, -1}, {-1, -1, -1}},
                                                 {{1.5, 1.5, -1}, {1.5, 1.5, -1}, {-1, -1, -1}},
                                                 {{1.5, -1, -1}, {1.5, -1, -1}, {1.5, -1, -1}}}));
    const auto only_words = words.map([](auto w, auto) { return w; });
    auto longer = only_words.padded_batch(2, {.length = 4});
    CHECK(equals(*longer.begin(), tensor<std::int32_t, dyn, dyn>{{1, 0, 0, 0}, {2, 2, 0, 0}}));
    auto shorter = only_words.padded_batch(2, {.length = 1}), unpadded = only_words.batch(2);
    CHECK_THROWS_WITH_AS(shorter.begin(), "padded_batch: an element of length 2 does not fit length 1", wrong_shape);
    CHECK_THROWS_WITH_AS(unpadded.begin(), "batch: element 1 has shape (2,), but element 0 has shape (1,)",
                         wrong_shape);
}
