// SPDX-License-Identifier: BSL-1.0
// Datasets on threads: the same elements in the same order, errors that arrive, passes that are left at any time.
#include <telar/data/sources.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>

using namespace telar;

namespace {

void wait_a_little(std::int64_t e) { std::this_thread::sleep_for(std::chrono::microseconds((e * 7919) % 5 * 100)); }

template <class T> std::vector<T> all_of(dataset<T> data) {
    std::vector<T> all;
    for (const T& e : data) all.push_back(e);
    return all;
}
std::int64_t slow_square(std::int64_t e) {
    wait_a_little(e);
    return e * e;
}
std::int64_t refuse_seven(std::int64_t e) {
    wait_a_little(e);
    if (e == 7) fail<file_error>("seven.png: byte 3: truncated");
    return e;
}
/// How many elements come, and the text of what is thrown after them.
template <class D> std::pair<int, std::string> outcome_of(D data) {
    int count = 0;
    auto pass = data.pass();
    try {
        while (pass->next()) ++count;
    } catch (const error& e) {
        CHECK(!pass->next());
        CHECK(!pass->next());
        return {count, e.what()};
    }
    return {count, ""};
}

}  // namespace

TEST_CASE("elements come in their order at any number of threads") {
    for (const std::int64_t n : {0, 1, 5, 64}) {
        const auto expected = all_of(from_range(n).map(slow_square));
        for (const int threads : {1, 2, 3, 8, 0}) {
            CHECK(all_of(from_range(n).map(slow_square, threads)) == expected);
            CHECK(all_of(from_range(n).prefetch(threads + 1).map(slow_square, threads).prefetch(1)) == expected);
        }
    }
}
TEST_CASE("random numbers and orders repeat from the seed at any number of threads") {
    const auto augmented = [](int threads) {
        auto data = zip(from_range(50).shuffle(20, 1), from_random(5))
                        .map(
                            [](std::int64_t e, generator g) {
                                wait_a_little(e);
                                return static_cast<double>(e) + g.uniform(0, 1);
                            },
                            threads);
        std::vector<double> all;
        for (int epoch = 0; epoch < 2; ++epoch)
            for (const double e : data) all.push_back(e);
        return all;
    };
    const auto expected = augmented(1);
    CHECK(std::vector(expected.begin(), expected.begin() + 50) != std::vector(expected.begin() + 50, expected.end()));
    for (const int threads : {2, 5}) CHECK(augmented(threads) == expected);
}
TEST_CASE("what a thread throws comes where its element would") {
    const std::pair<int, std::string> expected{7, "seven.png: byte 3: truncated"};
    for (const int threads : {1, 2, 8}) {
        CHECK(outcome_of(from_range(30).map(refuse_seven, threads)) == expected);
        CHECK(outcome_of(from_range(30).map(refuse_seven, threads).prefetch(3)) == expected);
        CHECK(outcome_of(from_range(30).map(refuse_seven, threads).map(slow_square, 2)) == expected);
        CHECK(outcome_of(from_range(30).map(refuse_seven, threads).batch(2).prefetch(1)).first == 3);
    }
}
TEST_CASE("a pass may be left at any time") {
    for (const int taken : {0, 1, 3, 10}) {
        auto endless = from_range(3).repeat().map(slow_square, 4).shuffle(2).map(slow_square, 2).batch(2).prefetch(2);
        auto pass = endless.pass();
        for (int i = 0; i < taken; ++i) CHECK(pass->next());
    }
    auto failing = from_range(30).map(refuse_seven, 4).prefetch(4);
    for (int i = 0; i < 8; ++i) failing.pass();  // nobody asks for what was thrown
}
TEST_CASE("no more is computed ahead than was asked for") {
    auto begun = std::make_shared<std::atomic<int>>(0);
    const auto counted = from_range(100).map([begun](std::int64_t e) {
        ++*begun;
        return e;
    });
    auto pass = counted.prefetch(3).pass();
    CHECK(pass->next());
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    CHECK(*begun <= 4);
}
TEST_CASE("two passes at once, also while a cache is filled") {
    const auto data = from_range(200).map(slow_square, 2).cache().prefetch(2);
    const auto expected = all_of(from_range(200).map(slow_square));
    std::vector<std::vector<std::int64_t>> found(3);
    std::vector<std::thread> readers;
    for (auto& f : found) readers.emplace_back([&f, data] { f = all_of(data); });
    for (std::thread& t : readers) t.join();
    for (const auto& f : found) CHECK(f == expected);
}
