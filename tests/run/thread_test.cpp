// SPDX-License-Identifier: BSL-1.0
// One program, many threads, a workspace each.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace telar;

namespace {

constexpr auto score = telar::function([](auto x, auto w) { return sum(softmax(matmul(x, w)), axis<0>); });

template <class F> void on_threads(int count, F f) {
    std::vector<std::thread> threads;
    for (int t = 0; t < count; ++t) threads.emplace_back(f, t);
    for (std::thread& t : threads) t.join();
}

}  // namespace

TEST_CASE("a const program, each thread with its workspace and its batch") {
    variable<"W", matrix<float, 4, 6>> W(matrix<float, 4, 6>(ones<float, 4, 6>()));
    input<"x", tensor<float, dyn, 6>> x;
    const auto p = compile(tanh(W * x));
    std::atomic<int> wrong = 0;
    on_threads(4, [&](int t) {
        workspace w;
        for (int i = 0; i < 50; ++i) {
            const extent_t n = 1 + (t * 7 + i) % 40;
            const auto y = p(w, x = full<float, dyn, 6>(shape(n, 6), 0.01f * float(t)));
            for (const float v : y)
                if (std::abs(v - std::tanh(0.06f * float(t))) > 1e-6f) ++wrong;
        }
    });
    CHECK(wrong == 0);
}
TEST_CASE("eager calls and free run, each thread in its own session") {
    std::atomic<int> wrong = 0;
    on_threads(4, [&](int t) {
        input<"x", tensor<double, dyn, 3>> x;
        variable<"w", tensor<double, 3, 2>> w(ones<double, 3, 2>());
        for (int i = 0; i < 20; ++i) {
            const extent_t n = 1 + (t + i) % 9;
            const auto data = full<double, dyn, 3>(shape(n, 3), t);
            const tensor<double, 2> eager = score(data, w.value()), lazy = run(score(x, w), x = data);
            for (extent_t k = 0; k < 2; ++k)
                if (std::abs(eager(k) - 0.5 * double(n)) > 1e-12 || eager(k) != lazy(k)) ++wrong;
        }
    });
    CHECK(wrong == 0);
}
TEST_CASE("training in several threads, each its own model") {
    std::atomic<int> wrong = 0;
    on_threads(3, [&](int t) {
        variable<"w", tensor<float, 8>> w(full<float, 8>(float(t)));
        auto step = minimize(sum(square(w)), sgd{.learning_rate = 0.25f});
        for (int i = 0; i < 10; ++i) run(step);
        for (const float v : w.value())
            if (v != std::ldexp(float(t), -10)) ++wrong;
    });
    CHECK(wrong == 0);
}
