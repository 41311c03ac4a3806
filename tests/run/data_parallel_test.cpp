// SPDX-License-Identifier: BSL-1.0
// Steps of several processes, which are threads here: the numbers are those of one process with the whole batch.
#include <doctest/doctest.h>
#include <telar/telar.hpp>
#include "../support/thread_group.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

using namespace telar;
using support::on_threads;

namespace {
template <class T> struct data {
    tensor<T, dyn, 3> x;
    tensor<T, dyn, 2> y;
    explicit data(extent_t rows) {
        x.resize(shape(rows, 3)), y.resize(shape(rows, 2));
        generator random(7);
        for (T& v : x) v = static_cast<T>(random.normal());
        for (T& v : y) v = static_cast<T>(random.normal());
    }
};
/// Two layers, in variables of their own, so that no optimiser sees them as one tensor.
template <class T> struct net {
    variable<"W", tensor<T, 3, 5>> W;
    variable<"b", tensor<T, 5>> b;
    variable<"V", tensor<T, 5, 2>> V;
    input<"X", tensor<T, dyn, 3>> X;
    input<"Y", tensor<T, dyn, 2>> Y;

    explicit net(std::uint64_t seed = 1) {
        generator random(seed);
        for (T& v : W.value()) v = static_cast<T>(random.normal());
        for (T& v : V.value()) v = static_cast<T>(random.normal());
        std::fill(b.value().begin(), b.value().end(), T{});
    }
    auto loss() const { return mean(square(matmul(tanh(matmul(X, W) + b), V) - Y)); }
    std::vector<T> values() const {
        std::vector<T> all(W.value().begin(), W.value().end());
        all.insert(all.end(), b.value().begin(), b.value().end());
        all.insert(all.end(), V.value().begin(), V.value().end());
        return all;
    }
};
struct result {
    std::vector<double> values, losses;
};
template <class T, class Step>
double take(Step& step, const net<T>& n, const tensor<T, dyn, 3>& x, const tensor<T, dyn, 2>& y) {
    return static_cast<double>(run(step, n.X = x, n.Y = y).item());
}
template <class T> void add_values(result& r, const net<T>& n) {
    for (const T v : n.values()) r.values.push_back(static_cast<double>(v));
}
constexpr int steps = 5;
template <class T, class Optimizer> result alone(const data<T>& d, const Optimizer& o) {
    net<T> n;
    auto step = minimize(n.loss(), o);
    result r;
    for (int i = 0; i < steps; ++i) r.losses.push_back(take(step, n, d.x, d.y));
    add_values(r, n);
    return r;
}
/// Rank r begins with other values, and has its share of the rows. Returns what each rank has at the end.
template <class T, class Optimizer>
std::vector<result> together(int ranks, const data<T>& d, const Optimizer& o, std::size_t overlap_bytes = 0) {
    std::vector<result> all(static_cast<std::size_t>(ranks));
    on_threads(ranks, [&](distributed::process_group& group) {
        const auto rank = static_cast<std::size_t>(group.rank());
        net<T> n(1 + rank);
        auto step = minimize(n.loss(), distributed::data_parallel(group, o));
        static_assert(!std::is_void_v<typename decltype(step)::next_code>);
        const core::share own = core::share_of(static_cast<std::size_t>(d.x.extent(0)), std::size_t(ranks), rank);
        const auto begin = static_cast<extent_t>(own.begin), end = static_cast<extent_t>(own.end);
        const tensor<T, dyn, 3> x = d.x.rows(begin, end);
        const tensor<T, dyn, 2> y = d.y.rows(begin, end);
        step.optimizer.samples = static_cast<double>(own.size());
        step.optimizer.overlap_bytes = overlap_bytes;
        for (int i = 0; i < steps; ++i)
            all[rank].losses.push_back(own.size() > 0 ? take(step, n, x, y)
                                                      : static_cast<double>(step.without_batch().item()));
        CHECK(step.steps() == steps);
        add_values(all[rank], n);
    });
    return all;
}
double distance(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double most = 0, size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        most = std::max(most, std::abs(a[i] - b[i]));
        size = std::max(size, std::abs(b[i]));
    }
    return most / size;
}
template <class T, class Optimizer> void check(const Optimizer& o, double tolerance) {
    const data<T> d(11);
    const result one = alone(d, o);
    for (const int ranks : {1, 2, 3, 4, 12}) {  // of 12 one has no row
        CAPTURE(ranks);
        const auto all = together(ranks, d, o), again = together(ranks, d, o, 1);  // each gradient by itself
        CHECK(distance(all[0].values, one.values) <= tolerance);
        CHECK(distance(all[0].losses, one.losses) <= tolerance);
        for (std::size_t r = 0; r < all.size(); ++r) {
            CHECK(all[r].values == all[0].values);
            CHECK(all[r].losses == all[0].losses);
            CHECK(again[r].values == all[0].values);
        }
    }
}
}  // namespace

TEST_CASE("pieces are added in their order, whatever it is") {
    const float large[] = {1e8f, 1.0f}, one[] = {1.0f, 1e8f}, minus[] = {-1e8f, -1e8f};
    float sums[2];
    const float* const pieces[] = {large, one, minus};
    distributed::add_in_order<float>(pieces, 2, sums);
    CHECK(sums[0] == 0.0f);  // (1e8 + 1) - 1e8
    CHECK(sums[1] == 0.0f);
    const float* const others[] = {large, minus, one};
    distributed::add_in_order<float>(others, 2, sums);
    CHECK(sums[0] == 1.0f);  // (1e8 - 1e8) + 1
}
TEST_CASE("long pieces are added as the loop over each element adds them") {
    constexpr std::size_t count = 10'001;
    std::vector<std::vector<float>> pieces(5, std::vector<float>(count));
    generator random(3);
    std::vector<const float*> at;
    for (auto& p : pieces) {
        for (float& v : p) v = static_cast<float>(random.normal() * std::exp(4 * random.normal()));
        at.push_back(p.data());
    }
    std::vector<float> expected(count), sums(count);
    for (std::size_t i = 0; i < count; ++i) {
        float s = pieces[0][i];
        for (std::size_t p = 1; p < 5; ++p) s += pieces[p][i];
        expected[i] = s;
    }
    distributed::add_in_order<float>(at, count, sums.data());
    CHECK(std::memcmp(sums.data(), expected.data(), count * sizeof(float)) == 0);
    distributed::add_in_order<float>(at, count, pieces[0].data());  // in place of the first
    CHECK(std::memcmp(pieces[0].data(), expected.data(), count * sizeof(float)) == 0);
}
TEST_CASE("the step of several processes is that of one with the whole batch") {
    check<double>(sgd{.learning_rate = 0.1}, 1e-12);
    check<float>(momentum{.learning_rate = 0.05}, 1e-6);
}
TEST_CASE("the rule, the clipping and the scale see the mean of all gradients") {
    check<double>(clip_by_global_norm(adam{.learning_rate = 0.01}, 0.1), 1e-10);
    check<float>(loss_scale_optimizer{momentum{.learning_rate = 0.05}, 1024}, 1e-6);
    check<double>(with_options<optimizer_options{.clipnorm = 0.1}>(sgd{.learning_rate = 0.1}), 1e-12);
}
TEST_CASE("processes that train other variables are told so, all of them") {
    int told = 0;
    std::string text;
    std::mutex one_at_a_time;
    CHECK_THROWS_AS(on_threads(3,
                               [&](distributed::process_group& group) {
                                   const auto take_step = [&](auto& w) {
                                       auto step = minimize(sum(square(w)), distributed::data_parallel(group, sgd{}));
                                       run(step);
                                   };
                                   try {
                                       if (group.rank() == 2) {
                                           variable<"w", tensor<float, 5>> other(ones<float, 5>());
                                           take_step(other);
                                       } else {
                                           variable<"w", tensor<float, 4>> w(ones<float, 4>());
                                           take_step(w);
                                       }
                                   } catch (const distributed::replicas_differ& e) {
                                       const std::lock_guard lock(one_at_a_time);
                                       if (group.is_first()) text = e.what();
                                       ++told;
                                       throw;
                                   }
                               }),
                    distributed::replicas_differ);
    CHECK(told == 3);
    CHECK(text == "rank 2 of 3 has another model than rank 0: \"w (5,) float32\" in the place of \"w (4,) float32\"");
}
TEST_CASE("a process in which a loop takes no step begins the same sums as the others") {
    struct recording final : distributed::process_group {
        std::vector<std::size_t> sizes;
        int rank() const override { return 0; }
        int size() const override { return 2; }
        void broadcast(std::span<std::byte>) override {}
        void all_gather(std::span<const std::byte>, std::span<std::byte>) override {}
        void begin_sum(std::span<float> values) override { sizes.push_back(values.size()); }
        void begin_sum(std::span<double> values) override { sizes.push_back(values.size()); }
        void finish_sums() override {}
    };
    using runtime::training::gradient_place;
    const gradient_place places[]{{0, 5}, {4, 3}, {8, 1}};
    constexpr std::size_t count = 12, in_bytes = 4 * sizeof(float);
    const auto begun = [&](std::initializer_list<int> kernels) {
        recording group;
        std::vector<float> memory(count + runtime::training::places_behind_gradients, 1.0f);
        runtime::training::mean_over_processes<float> mean(group, 1, memory);
        runtime::training::early_sums<float> early(mean, places, count, in_bytes, nullptr);
        for (const int k : kernels) early.kernel_begins({}, nullptr, k);
        early.advance_to(7);
        return group.sizes;
    };
    const std::vector<std::size_t> each{4, 4, 4};
    CHECK(begun({0, 1, 2, 3, 4, 5, 6, 7}) == each);
    CHECK(begun({0, 1, 2, 3, 2, 3, 4, 5, 6, 7}) == each);  // a loop of two steps
    CHECK(begun({0, 1, 4, 5, 6, 7}) == each);              // of none
    CHECK(begun({0, 1, 2, 3}) == each);                    // the last kernels are of such a loop
    CHECK(begun({}) == each);                              // without a batch
}
TEST_CASE("a step without samples anywhere is refused") {
    const auto take_none = [](distributed::process_group& group) {
        variable<"w", tensor<float, 4>> w(ones<float, 4>());
        auto step = minimize(sum(square(w)), distributed::data_parallel(group, sgd{}));
        step.without_batch();
    };
    CHECK_THROWS_AS(on_threads(2, take_none), invalid_argument);
    CHECK_THROWS_AS(on_threads(1, take_none), invalid_argument);
    CHECK_THROWS_AS(on_threads(1,
                               [](distributed::process_group& group) {
                                   variable<"w", tensor<float, 4>> w(ones<float, 4>());
                                   auto step = minimize(sum(square(w)), distributed::data_parallel(group, sgd{}));
                                   step.optimizer.samples = 0;
                                   run(step);
                               }),
                    invalid_argument);
}
