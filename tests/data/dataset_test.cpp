// SPDX-License-Identifier: BSL-1.0
#include <telar/data/sources.hpp>

#include <doctest/doctest.h>

#include "../support/temporary_file.hpp"

#include <concepts>
#include <iterator>
#include <string>

using namespace telar;

namespace {

template <class T> std::vector<T> all_of(dataset<T> data) {
    std::vector<T> all;
    for (const T& e : data) all.push_back(e);
    return all;
}
using numbers = std::vector<std::int64_t>;

static_assert(std::input_iterator<dataset<int>::iterator>);

}  // namespace

TEST_CASE("sources: ranges, lists, functions, rows") {
    CHECK(all_of(from_range(3)) == numbers{0, 1, 2});
    CHECK(all_of(from_range(5, 1, -2)) == numbers{5, 3});
    CHECK(all_of(from_range(1, 8, 3)) == numbers{1, 4, 7});
    CHECK(all_of(from_range(-4)).empty());
    CHECK_THROWS_AS(from_range(1, 2, 0), invalid_argument);
    CHECK(all_of(from_list<std::string>({"a", "b"})) == std::vector<std::string>{"a", "b"});
    auto squares = from_generator([](std::uint64_t epoch) {
        return
            [i = static_cast<int>(epoch) - 1]() mutable { return ++i < 3 ? std::optional<int>(i * i) : std::nullopt; };
    });
    CHECK(all_of(squares) == std::vector<int>{0, 1, 4});
    CHECK(*squares.pass(2)->next() == 4);
    CHECK(squares.cardinality() == unknown_cardinality);

    tensor<float, dyn, 2> x{{1, 2}, {3, 4}, {5, 6}};
    const tensor<std::int32_t, 3> y{7, 8, 9};
    auto rows = from_rows(x, y);
    static_assert(std::same_as<decltype(rows), dataset<std::tuple<tensor<float, 2>, std::int32_t>>>);
    CHECK(rows.cardinality() == 3);
    int i = 0;
    for (const auto& [features, label] : rows) {
        CHECK(features(1) == static_cast<float>(2 * i + 2));
        CHECK(label == 7 + i++);
    }
    CHECK(i == 3);
    auto nested = from_rows(std::tuple(x, y), y);
    for (const auto& [inputs, label] : nested) CHECK(std::get<1>(inputs) == label);
    CHECK(all_of(from_rows(std::move(x))).size() == 3);
    const tensor<float, 2> other{1, 2};
    CHECK_THROWS_WITH_AS(from_rows(y, other),
                         "from_rows: the first tensor has shape (3,), but another one has shape (2,)", wrong_shape);
}

TEST_CASE("steps element by element, on sizes around those of the data") {
    for (const std::int64_t n : {0, 1, 2, 5, 17}) {
        const auto data = from_range(n);
        for (const extent_t k : {0, 1, 2, 5, 20}) {
            const numbers first = all_of(data.take(k)), rest = all_of(data.skip(k));
            CHECK(static_cast<extent_t>(first.size()) == data.take(k).cardinality());
            CHECK(static_cast<extent_t>(rest.size()) == data.skip(k).cardinality());
            CHECK(all_of(data.take(k).concatenate(data.skip(k))) == all_of(data));
            CHECK(all_of(data.repeat(k)).size() == static_cast<std::size_t>(n * k));
            CHECK(data.repeat(k).cardinality() == n * k);
        }
        CHECK(all_of(data.repeat().take(7)).size() == (n == 0 ? 0 : 7));
        for (const extent_t count : {1, 2, 3}) {
            numbers together;
            for (extent_t index = 0; index < count; ++index) {
                const auto part = data.shard(count, index);
                const numbers its = all_of(part);
                CHECK(static_cast<extent_t>(its.size()) == part.cardinality());
                for (const std::int64_t e : its) {
                    CHECK(e % count == index);
                    together.push_back(e);
                }
            }
            CHECK(static_cast<std::int64_t>(together.size()) == n);
        }
        CHECK(all_of(data.filter([](std::int64_t e) { return e % 2 == 1; })).size() == static_cast<std::size_t>(n / 2));
    }
    auto pairs = zip(from_range(10, 20), from_list<std::string>({"a", "b"})).enumerate(5);
    CHECK(pairs.cardinality() == 2);
    std::int64_t number = 5;
    for (const auto& [i, pair] : pairs) {
        CHECK(i == number++);
        CHECK(std::get<0>(pair) == i + 5);
    }
    CHECK(number == 7);
    const auto parts = zip(from_range(4), from_range(4, 8)).filter([](auto a, auto b) { return a + b != 6; });
    CHECK(all_of(parts.map([](auto a, auto b) { return a * b; })) == numbers{0, 12, 21});
    CHECK(all_of(parts.map([](const auto& pair) { return std::get<1>(pair); })) == numbers{4, 6, 7});
}

TEST_CASE("shuffle: all elements, an order of its own for each epoch, the same again from the seed") {
    for (const extent_t n : {0, 1, 3, 40})
        for (const extent_t buffer : {1, 2, 7, 40, 100}) {
            auto data = from_range(n).shuffle(buffer, 3);
            const numbers first = all_of(data);
            numbers sorted = first;
            std::sort(sorted.begin(), sorted.end());
            CHECK(sorted == all_of(from_range(n)));
            for (std::size_t i = 0; i < first.size(); ++i)  // element e cannot come before place e - buffer + 1
                CHECK(first[i] < static_cast<std::int64_t>(i) + buffer);
            CHECK(all_of(data) == first);  // a copy begins with its own epoch
        }
    auto data = from_range(40).shuffle(40, 3), other = from_range(40).shuffle(40, 4);
    const auto epoch = [](auto& d) {
        numbers all;
        for (const std::int64_t e : d) all.push_back(e);
        return all;
    };
    const numbers first = epoch(data), second = epoch(data);
    CHECK(first != second);
    CHECK(first != epoch(other));
    CHECK(data.epoch() == 2);
    data.set_epoch(1);
    CHECK(epoch(data) == second);
    auto fixed = from_range(40).shuffle(40, 3, false);
    CHECK(epoch(fixed) == epoch(fixed));
    // Each pass of repeat is an epoch of what it repeats.
    numbers both = first;
    both.insert(both.end(), second.begin(), second.end());
    CHECK(all_of(from_range(40).shuffle(40, 3).repeat(2)) == both);
}

TEST_CASE("interleave, flat_map: empty ones too (the orders of tf.data: timeseries_test.cpp)") {
    const auto times = [](std::int64_t n) { return from_list(std::vector<std::int64_t>(4, n)); };
    CHECK(all_of(from_range(1, 3).flat_map(times)) == numbers{1, 1, 1, 1, 2, 2, 2, 2});
    CHECK(all_of(from_range(0).interleave(times)).empty());
    CHECK(all_of(from_range(9).interleave([](std::int64_t) { return from_range(0); }, 3)).empty());
}

TEST_CASE("cache: computed once; a pass that is left early keeps nothing") {
    auto calls = std::make_shared<int>(0);
    auto data = from_range(5)
                    .map([calls](std::int64_t e) {
                        ++*calls;
                        return e;
                    })
                    .shuffle(5, 1)
                    .cache();
    *data.begin();
    const int of_part = *calls;
    const numbers first = all_of(data);
    CHECK(*calls == of_part + 5);
    data.set_epoch(7);
    CHECK(all_of(data) == first);
    CHECK(*calls == of_part + 5);
    CHECK(all_of(data.repeat(2).take(3)).size() == 3);
}

TEST_CASE("files by a pattern; what cannot be is refused") {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "telar_dataset_test";
    std::filesystem::create_directories(folder / "sub.txt");
    for (const char* name : {"b.txt", "a1.txt", "a2.txt", "c.md"}) write_file(folder / name, std::string_view("x"));
    std::vector<std::string> names;
    for (const auto& path : list_files(folder / "a?.t*")) names.push_back(path.filename().string());
    CHECK(names == std::vector<std::string>{"a1.txt", "a2.txt"});
    CHECK(all_of(list_files(folder / "*.txt")).size() == 3);
    CHECK_THROWS_AS(list_files(folder / "*.png"), file_error);
    CHECK_THROWS_AS(list_files(folder / "absent" / "*"), file_error);
    std::filesystem::remove_all(folder);

    const auto data = from_range(3);
    CHECK_THROWS_WITH_AS(data.batch(0), "batch: the size is 0", invalid_argument);
    CHECK_THROWS_AS(data.shuffle(0), invalid_argument);
    CHECK_THROWS_AS(data.prefetch(0), invalid_argument);
    CHECK_THROWS_AS(data.repeat(-2), invalid_argument);
    CHECK_THROWS_AS(data.take(-1), invalid_argument);
    CHECK_THROWS_AS(data.shard(2, 2), invalid_argument);
    CHECK_THROWS_AS(data.map([](auto e) { return e; }, -1), invalid_argument);
}
