// SPDX-License-Identifier: BSL-1.0
// What processes have in common beside the gradients' mean: of models and steps that are as small as can be.
#include "../support/thread_group.hpp"

#include <doctest/doctest.h>
#include <telar/nn/replicas.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace telar;
using support::on_threads;

namespace {
/// Numbers that are not trained: one of its own, and some that all have.
struct statistics {
    struct parameter {
        const shape* extents;
        dtype type;
        void* data;
        bool trainable;
    };
    double moving;
    std::vector<double> frozen{0.1, 0.7, -INFINITY, 1e300};
    std::vector<float> frozen_floats{0.1f, INFINITY};
    shape one{1}, four{4}, two{2};

    std::vector<parameter> parameters() {
        return {{&one, dtype::float64, &moving, false},
                {&four, dtype::float64, frozen.data(), false},
                {&two, dtype::float32, frozen_floats.data(), false}};
    }
};
/// A step whose optimiser remembers a tensor of two numbers, or nothing yet.
struct small_step {
    struct state {
        shape extents;
        std::byte* data;
        std::size_t bytes;
    };
    int number;
    std::vector<float> values;

    int steps() const { return number; }
    void set_steps(int n) { number = n; }
    std::vector<state> remembered() {
        return {{shape(static_cast<extent_t>(values.size())), reinterpret_cast<std::byte*>(values.data()),
                 values.size() * sizeof(float)}};
    }
    std::byte* begin_state(int, const shape& extents) {
        values.assign(static_cast<std::size_t>(extents.count()), 0);
        return reinterpret_cast<std::byte*>(values.data());
    }
};
}  // namespace

TEST_CASE("statistics become the mean; what is the same in all processes keeps its bits") {
    on_threads(3, [](distributed::process_group& group) {
        statistics net{group.rank() + 1.0};
        const statistics before = net;
        nn::replicas::share_statistics(group, net);
        CHECK(net.moving == 2);
        CHECK(net.frozen == before.frozen);
        CHECK(net.frozen_floats == before.frozen_floats);
    });
}
TEST_CASE("what an optimiser remembers is what the first process's does, which may be nothing") {
    on_threads(2, [](distributed::process_group& group) {
        small_step ahead{group.is_first() ? 7 : 0, group.is_first() ? std::vector{1.0f, 2.0f} : std::vector<float>()};
        nn::replicas::share_states(group, ahead);
        CHECK(ahead.number == 7);
        CHECK(ahead.values == std::vector{1.0f, 2.0f});

        small_step behind{group.is_first() ? 0 : 7, group.is_first() ? std::vector<float>() : std::vector{1.0f, 2.0f}};
        nn::replicas::share_states(group, behind);
        CHECK(behind.number == 0);
        for (const float v : behind.values) CHECK(v == 0);
    });
}
