// SPDX-License-Identifier: BSL-1.0
// while_loop compiled for the CPU: one program run again and again, each time with another number of steps.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

using namespace telar;

namespace {

constexpr auto collatz = telar::function([](auto n) {
    const auto last =
        while_loop([](auto k, auto) { return k != 1; },
                   [](auto k, auto steps) { return states(where(floor_mod(k, 2) == 0, k / 2, 3 * k + 1), steps + 1); },
                   states(n, 0 * n));
    return last[1];
});
/// x A until no element is above a limit; a product in each step, its operand the state.
constexpr auto shrunk = telar::function([](auto x, auto a, auto limit) {
    const auto last = while_loop([&](auto y, auto) { return max(abs(y)) > limit; },
                                 [&](auto y, auto n) { return states(matmul(y, a), n + 1); },
                                 states(x, cast<std::int32_t>(0 * limit)));
    return std::tuple(last[0], last[1]);
});
/// Three times halved at most, each element for itself as long as any is above 1.
constexpr auto halved = telar::function([](auto x) {
    return while_loop([](auto y) { return any(y > 1); }, [](auto y) { return y / 2; }, states(x), 3)[0];
});

int steps_of(std::int64_t k) {
    int n = 0;
    for (; k != 1; ++n) k = k % 2 ? 3 * k + 1 : k / 2;
    return n;
}

}  // namespace

TEST_CASE("scalars: another number of steps in every run, none among them") {
    input<"n", tensor<std::int64_t>> n;
    const auto steps = collatz(n);
    for (const std::int64_t k : {27, 1, 97, 2, 27, 1, 6}) CHECK(run(steps, n = k).item() == steps_of(k));
}
TEST_CASE("a matrix and a count, lines known only at run time, the limit from around") {
    input<"x", tensor<double, dyn, 3>> x;
    input<"limit", tensor<double>> limit;
    variable<"a", tensor<double, 3, 3>> a({{0.5, 0.25, 0}, {-0.5, 0.25, 0.125}, {0, 0.75, 0.5}});
    const auto [last, count] = shrunk(x, a, limit);
    const auto both = fetch(last, count);
    for (const auto& [lines, bound] : {std::pair{4, 1e-3}, {1, 1e-9}, {4, 1e3}, {7, 0.1}, {4, 1e-3}}) {
        tensor<double, dyn, 3> data(shape{lines, 3});
        for (std::size_t i = 0; i < data.size(); ++i) data.data()[i] = std::sin(1.0 + 3.0 * static_cast<double>(i));
        std::vector<double> want(data.data(), data.data() + data.size());
        const double m[3][3] = {{0.5, 0.25, 0}, {-0.5, 0.25, 0.125}, {0, 0.75, 0.5}};
        const auto largest = [&] {
            double l = -INFINITY;
            for (const double v : want) l = std::max(l, std::abs(v));
            return l;
        };
        int n = 0;
        for (; largest() > bound; ++n)
            for (std::size_t r = 0; r < want.size(); r += 3) {
                const double row[] = {want[r], want[r + 1], want[r + 2]};
                for (std::size_t k = 0; k < 3; ++k)
                    want[r + k] = row[0] * m[0][k] + row[1] * m[1][k] + row[2] * m[2][k];
            }
        const auto [got, steps] = run(both, x = data, limit = bound);
        CHECK(steps.item() == n);
        REQUIRE(got.size() == want.size());
        for (std::size_t i = 0; i < want.size(); ++i) CHECK(got.data()[i] == doctest::Approx(want[i]).epsilon(1e-12));
    }
    // The largest of nothing is refused.
    CHECK_THROWS_AS(run(both, x = tensor<double, dyn, 3>(shape{0, 3}), limit = 1e-3), wrong_shape);
}
TEST_CASE("a variable that begins the loop and takes what it ends with; a maximum that is reached") {
    variable<"v", tensor<float, 5>> v({1, 100, 3, -1, 0.5f});
    const auto step = update(v = halved(v));
    for (const float second : {12.5f, 1.5625f, 0.78125f, 0.78125f}) {
        run(step);
        CHECK(v.value()(1) == second);
        CHECK(v.value()(0) == second / 100);
    }
}
TEST_CASE("a loop costs what one of its steps costs") {
    using code = decltype(graph_of(halved, tensor<float, 1000>()));
    static_assert(code::count(op::scan) == 1);
    CHECK(cost_of_program<code>().operations < 10000);
}
