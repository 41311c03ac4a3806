// SPDX-License-Identifier: BSL-1.0
#include "models.hpp"

#include <doctest/doctest.h>

#include <telar/serve/batcher.hpp>

#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using namespace telar;
using namespace serve_models;
using namespace std::chrono_literals;

namespace {

/// A request whose rows have this number, on a thread of its own.
std::future<std::vector<float>> ask(serve::batcher& b, extent_t rows, extent_t columns, float value) {
    return std::async(std::launch::async, [&b, rows, columns, value] {
        const auto y = b.run({filled(shape(rows, columns), value)});
        const auto v = y.at(0).values<float>();
        return std::vector<float>(v.begin(), v.end());
    });
}
void wait_for(const serve::batcher& b, std::size_t waiting) {
    while (b.waiting() != waiting) std::this_thread::yield();
}

}  // namespace

TEST_CASE("batcher: what waits is computed together, and each caller gets its own rows") {
    auto w = std::make_shared<watched>();
    std::mutex mutex;
    std::vector<extent_t> batches;
    serve::batcher b(row_sums(w), {.max_batch_size = 8, .batch_timeout = 0us}, [&](extent_t rows) {
        const std::scoped_lock lock(mutex);
        batches.push_back(rows);
    });
    w->is_held = true;
    auto first = ask(b, 1, 2, 100);
    while (b.waiting() != 0) std::this_thread::yield();  // taken or not yet there
    std::this_thread::sleep_for(20ms);
    wait_for(b, 0);
    std::vector<std::future<std::vector<float>>> others;
    for (int i = 0; i < 6; ++i) {
        others.push_back(ask(b, 2, 2, static_cast<float>(i)));
        wait_for(b, static_cast<std::size_t>(i) + 1);
    }
    w->is_held = false;
    CHECK(first.get() == std::vector<float>{200});
    for (int i = 0; i < 6; ++i) {
        const auto v = static_cast<float>(2 * i);
        CHECK(others[static_cast<std::size_t>(i)].get() == std::vector<float>{v, v});
    }
    CHECK(w->calls == 3);
    CHECK(w->most_rows == 8);
    b.stop();
    CHECK(batches == std::vector<extent_t>{1, 8, 4});
}
TEST_CASE("batcher: other shapes go apart, in their order") {
    auto w = std::make_shared<watched>();
    serve::batcher b(row_sums(w), {.max_batch_size = 100, .batch_timeout = 30ms});
    auto x = ask(b, 1, 2, 1), y = ask(b, 1, 3, 1), z = ask(b, 3, 2, 1);
    CHECK(x.get() == std::vector<float>{2});
    CHECK(y.get() == std::vector<float>{3});
    CHECK(z.get() == std::vector<float>{2, 2, 2});
}
TEST_CASE("batcher: a request waits for others until its time is over, not longer") {
    auto w = std::make_shared<watched>();
    serve::batcher b(row_sums(w), {.max_batch_size = 4, .batch_timeout = 100ms});
    const auto begin = std::chrono::steady_clock::now();
    CHECK(ask(b, 1, 1, 1).get() == std::vector<float>{1});
    const auto alone = std::chrono::steady_clock::now();
    CHECK(alone - begin >= 100ms);
    auto x = ask(b, 2, 1, 1), y = ask(b, 2, 1, 2);  // a full batch does not wait
    x.get(), y.get();
    CHECK(w->calls <= 3);
}
TEST_CASE("batcher: a bad request fails alone") {
    auto w = std::make_shared<watched>();
    serve::batcher b(row_sums(w), {.max_batch_size = 8, .batch_timeout = 50ms});
    auto good = ask(b, 1, 1, 5), bad = ask(b, 1, 1, -5), other = ask(b, 1, 1, 7);
    CHECK(good.get() == std::vector<float>{5});
    CHECK(other.get() == std::vector<float>{7});
    CHECK_THROWS_WITH_AS(bad.get(), "row 0 is negative", index_error);
}
TEST_CASE("batcher: a full queue refuses, and who ends answers what it has") {
    auto w = std::make_shared<watched>();
    serve::batcher b(row_sums(w), {.max_batch_size = 1, .batch_timeout = 0us, .max_waiting = 2});
    w->is_held = true;
    auto running = ask(b, 1, 1, 1);
    std::this_thread::sleep_for(20ms);
    wait_for(b, 0);
    auto x = ask(b, 1, 1, 2), y = ask(b, 1, 1, 3);
    wait_for(b, 2);
    try {
        b.run({filled(shape(1, 1), 4)});
        FAIL("not refused");
    } catch (const serve::overloaded& e) {
        CHECK(e.status == 503);
        CHECK(e.retry_after > 0);
        CHECK(std::string(e.what()) == "E298 overloaded: the queue is full: 2 requests wait");
    }
    std::thread ending([&] { b.stop(); });
    std::this_thread::sleep_for(20ms);
    CHECK_THROWS_AS(b.run({filled(shape(1, 1), 4)}), serve::overloaded);
    w->is_held = false;
    ending.join();
    CHECK(running.get() == std::vector<float>{1});
    CHECK(x.get() == std::vector<float>{2});
    CHECK(y.get() == std::vector<float>{3});
}
TEST_CASE("batcher: many threads at once") {
    auto w = std::make_shared<watched>();
    serve::batcher b(row_sums(w), {.max_batch_size = 16, .batch_timeout = 200us, .batch_threads = 2});
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const auto value = static_cast<float>(t * 100 + i);
                const auto y = b.run({filled(shape(1 + i % 3, 1), value)});
                for (const float v : y[0].values<float>()) wrong += v != value;
                wrong += y[0].size() != static_cast<std::size_t>(1 + i % 3);
            }
        });
    for (std::thread& t : threads) t.join();
    CHECK(wrong == 0);
    CHECK(w->calls <= 800);
}
