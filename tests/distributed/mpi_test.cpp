// SPDX-License-Identifier: BSL-1.0
// Processes of MPI: mpirun starts 1, 2 and 4 of this program. What they compute is compared with one process, which is
// each of them by itself, and between them, bit for bit.
#include "../support/distance.hpp"

#include <doctest/doctest.h>
#include <telar/distributed.hpp>
#include <telar/nn.hpp>

#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace telar;
using support::distance;

namespace {
/// MPI starts once, and ends with the program.
distributed::world& everyone() {
    static distributed::world world;
    return world;
}
template <class T> std::vector<T> numbers_of(int rank, std::size_t count) {
    std::vector<T> v(count);
    generator random(11, static_cast<std::uint64_t>(rank));
    for (T& x : v) x = static_cast<T>(random.normal() * std::exp(3 * random.normal()));
    return v;
}
/// The loop that everyone would write.
template <class T> std::vector<T> sums_in_order(int ranks, std::size_t count) {
    std::vector<T> sums = numbers_of<T>(0, count);
    for (int r = 1; r < ranks; ++r) {
        const std::vector<T> next = numbers_of<T>(r, count);
        for (std::size_t i = 0; i < count; ++i) sums[i] += next[i];
    }
    return sums;
}
template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}
template <class T> bool alike_in_all(const std::vector<T>& v) {
    return distributed::first_that_differs(everyone(), std::as_bytes(std::span(v))) < 0;
}
template <class T> void check_sums() {
    distributed::world& world = everyone();
    for (const std::size_t count : {0u, 1u, 3u, 500u, 1025u, 9'001u}) {
        CAPTURE(count);
        const std::vector<T> expected = sums_in_order<T>(world.size(), count);
        for (int again = 0; again < 3; ++again) {
            std::vector<T> v = numbers_of<T>(world.rank(), count);
            world.sum(std::span<T>(v));
            CHECK(same_bits(v, expected));
        }
    }
    // Several under way, which were begun together: parts of one sum are the sum of the parts.
    std::vector<T> v = numbers_of<T>(world.rank(), 6'000);
    const std::span<T> all(v);
    world.begin_sum(all.subspan(4'001));
    world.begin_sum(all.subspan(4'000, 1));
    world.begin_sum(all.first(4'000));
    world.finish_sums();
    CHECK(same_bits(v, sums_in_order<T>(world.size(), 6'000)));
}
template <class T> struct curve {
    static constexpr dtype parameter_type = dtype_of<T>();
    nn::dense hidden{40, nn::tanh}, out{1};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
template <class T> using curve_model = nn::model<curve<T>, tensor<T, dyn, 30>>;
template <class T> struct samples {
    tensor<T, 53, 30> x;
    tensor<T, 53> y;
    samples() {
        generator random(5);
        for (T& v : x) v = static_cast<T>(random.normal());
        for (T& v : y) v = static_cast<T>(random.normal());
    }
};
template <class T> struct outcome {
    std::vector<T> values;
    std::vector<double> losses, errors;
};
template <class T, class Optimizer> outcome<T> trained(const Optimizer& o) {
    curve_model<T> net(3);
    const samples<T> s;
    auto trainer = nn::compile<nn::mean_squared_error{}, nn::mean_absolute_error{}>(net, o);
    const auto h = trainer.fit(s.x, s.y, {.epochs = 3, .batch_size = 16, .seed = 2, .verbose = 0});
    outcome<T> r;
    for (const auto& p : net.parameters()) {
        const T* v = static_cast<const T*>(p.data);
        r.values.insert(r.values.end(), v, v + p.extents->count());
    }
    r.losses = h["loss"], r.errors = h["mean_absolute_error"];
    return r;
}
template <class T, class Optimizer> void check_training(const Optimizer& o, double tolerance) {
    const auto alone = trained<T>(o);
    const auto parallel = distributed::data_parallel(everyone(), o);
    const auto together = trained<T>(parallel), again = trained<T>(parallel);
    CHECK(distance(together.values, alone.values) <= tolerance);
    CHECK(distance(together.losses, alone.losses) <= tolerance);
    CHECK(distance(together.errors, alone.errors) <= tolerance);
    CHECK(alike_in_all(together.values));
    CHECK(alike_in_all(together.losses));
    CHECK(same_bits(together.values, again.values));
    CHECK(same_bits(together.losses, again.losses));
}
}  // namespace

TEST_CASE("sums have the bits of a loop over the ranks") {
    check_sums<float>();
    check_sums<double>();
}
TEST_CASE("what the first has, and what all have") {
    distributed::world& world = everyone();
    CHECK(distributed::from_first(world, world.rank() + 5) == 5);
    const auto all = distributed::gathered(world, 10 * world.rank());
    REQUIRE(all.size() == static_cast<std::size_t>(world.size()));
    for (int r = 0; r < world.size(); ++r) CHECK(all[static_cast<std::size_t>(r)] == 10 * r);
    if (world.size() > 1)
        CHECK_THROWS_AS(distributed::require_alike(world, "model", std::to_string(world.rank())),
                        distributed::replicas_differ);
    CHECK_NOTHROW(distributed::require_alike(world, "model", "one for all"));
}
TEST_CASE("what all have needs room for all") {
    distributed::world& world = everyone();
    const std::vector<std::byte> own(8);
    std::vector<std::byte> all(8 * static_cast<std::size_t>(world.size()) + 1);
    CHECK_THROWS_AS(world.all_gather(own, all), invalid_argument);
    CHECK_THROWS_AS(world.all_gather(own, std::span(all).first(7)), invalid_argument);
    CHECK_NOTHROW(world.all_gather(own, std::span(all).first(all.size() - 1)));
}
TEST_CASE("fit is that of one process with the whole batch") {
    check_training<float>(sgd{.learning_rate = 0.05}, 1e-6);
    check_training<double>(momentum{.learning_rate = 0.02}, 1e-12);
}
TEST_CASE("MPI's own mistakes are exceptions") {
    distributed::world& world = everyone();
    std::byte b{};
    if (world.size() == 1) return;
    const std::span<std::byte> none_there(static_cast<std::byte*>(nullptr), 0);
    CHECK_NOTHROW(world.broadcast(none_there));
    CHECK_THROWS_AS(world.all_gather(std::span<const std::byte>(&b, std::size_t{1} << 31), {}), invalid_argument);
}
