// SPDX-License-Identifier: BSL-1.0
// fit in several processes, which are threads here, beside fit in one.
#include "../support/distance.hpp"
#include "../support/thread_group.hpp"
#include "../support/training.hpp"

#include <doctest/doctest.h>
#include <telar/data/datasets.hpp>
#include <telar/nn.hpp>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

using namespace telar;
using support::distance;
using support::on_threads;

namespace {
struct curve {
    nn::dense hidden{6, nn::tanh}, out{1};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using curve_model = nn::model<curve, tensor<float, dyn, 2>>;
/// With all that a rank has for itself: statistics of its own rows, random numbers of its own.
struct noisy {
    nn::dense hidden{6};
    nn::batch_norm norm{};
    nn::dropout drop{0.3};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(drop(norm(hidden(x)))); }
};
using noisy_model = nn::model<noisy, tensor<float, dyn, 2>>;

template <class Net, class Optimizer> auto compiled_for(Net& net, Optimizer o) {
    return nn::compile<nn::mean_squared_error{}, nn::mean_absolute_error{}>(net, o);
}
struct outcome {
    std::vector<float> values;
    std::vector<double> losses, errors, val_losses;
    std::vector<int> epochs;
    int steps = 0;
};
template <class Net> std::vector<float> values_of(Net& net) {
    std::vector<float> all;
    for (const auto& p : net.parameters())
        if (p.type == dtype::float32) {
            const auto* v = static_cast<const float*>(p.data);
            all.insert(all.end(), v, v + p.extents->count());
        }
    return all;
}
template <class Net, class Trainer> outcome outcome_of(Net& net, Trainer& trainer, const nn::history& h) {
    return {values_of(net), h["loss"], h["mean_absolute_error"], h["val_loss"], h.epochs(), trainer.steps()};
}
const support::products samples;  // 21 rows: of the last batch one is left

template <class Net, class... More> outcome alone(int epochs, More... more) {
    Net net(1);
    auto trainer = compiled_for(net, sgd{.learning_rate = 0.05});
    const auto h =
        trainer.fit(samples.x, samples.y, support::options(epochs), nn::validation(samples.x, samples.y), more...);
    return outcome_of(net, trainer, h);
}
template <class Net, class... More> std::vector<outcome> together(int ranks, int epochs, More... more) {
    std::vector<outcome> all(static_cast<std::size_t>(ranks));
    on_threads(ranks, [&](distributed::process_group& group) {
        Net net(1 + static_cast<std::uint64_t>(group.rank()));
        auto trainer = compiled_for(net, distributed::data_parallel(group, sgd{.learning_rate = 0.05}));
        auto callbacks = std::tuple(more...);
        const auto h = std::apply(
            [&](auto&... c) {
                return trainer.fit(samples.x, samples.y, support::options(epochs), nn::validation(samples.x, samples.y),
                                   c...);
            },
            callbacks);
        all[static_cast<std::size_t>(group.rank())] = outcome_of(net, trainer, h);
    });
    return all;
}
void check_alike(const std::vector<outcome>& all) {
    for (const outcome& o : all) {
        CHECK(o.values == all[0].values);
        CHECK(o.losses == all[0].losses);
        CHECK(o.errors == all[0].errors);
        CHECK(o.val_losses == all[0].val_losses);
        CHECK(o.epochs == all[0].epochs);
        CHECK(o.steps == all[0].steps);
    }
}
/// Counts the processes that it is called in.
struct counted {
    std::atomic<int>* calls;
    void on_epoch_end(auto&, int, const nn::epoch_logs&) const { ++*calls; }
};
struct counted_writer : counted {
    static constexpr bool is_writer = true;
};
}  // namespace

TEST_CASE("values, losses and metrics are those of one process, to rounding; and the same bits in each and again") {
    const outcome one = alone<curve_model>(4);
    for (const int ranks : {1, 2, 4}) {
        CAPTURE(ranks);
        const auto all = together<curve_model>(ranks, 4);
        check_alike(all);
        CHECK(distance(all[0].values, one.values) <= 1e-6);
        CHECK(distance(all[0].losses, one.losses) <= 1e-6);
        CHECK(distance(all[0].errors, one.errors) <= 1e-6);
        CHECK(distance(all[0].val_losses, one.val_losses) <= 1e-6);
        CHECK(all[0].steps == one.steps);
        CHECK(together<curve_model>(ranks, 4)[0].values == all[0].values);
    }
}
TEST_CASE("ranks draw other random numbers, and have their statistics in common at the end of an epoch") {
    const auto all = together<noisy_model>(2, 3), again = together<noisy_model>(2, 3);
    check_alike(all);
    check_alike({all[0], again[0], again[1]});
    CHECK(nn::replicas::seed_of_rank(7, 0) == 7);
    CHECK(nn::replicas::seed_of_rank(7, 1) != nn::replicas::seed_of_rank(7, 2));
    for (const float v : all[0].values) CHECK(std::isfinite(v));
}
TEST_CASE("who writes is called once, who decides in every process") {
    std::atomic<int> all = 0, writers = 0;
    const nn::early_stopping stop{.monitor = "loss", .min_delta = 100, .patience = 1};
    const auto outcomes = together<curve_model>(3, 6, counted{&all}, counted_writer{{&writers}}, stop);
    check_alike(outcomes);
    CHECK(outcomes[0].epochs == std::vector{0, 1});
    CHECK(writers == 2);
    CHECK(all == 6);
}
TEST_CASE("a dataset of which each rank has a shard, some with one batch more") {
    std::array<outcome, 4> all;
    const auto rows = from_rows(samples.x, samples.y);
    on_threads(4, [&](distributed::process_group& group) {
        curve_model net(1);
        auto trainer = compiled_for(net, distributed::data_parallel(group, sgd{.learning_rate = 0.05}));
        auto own = rows.shard(group.size(), group.rank()).batch(1);  // of 21 rows one has 6, the others 5
        const auto h = trainer.fit(own, {.epochs = 3, .verbose = 0}, nn::validation(samples.x, samples.y));
        all[static_cast<std::size_t>(group.rank())] = outcome_of(net, trainer, h);
    });
    check_alike({all.begin(), all.end()});
    CHECK(all[0].steps == 3 * 6);

    curve_model net(1);  // one process: batches of the rows in their order, 4 and at last 1
    auto trainer = compiled_for(net, sgd{.learning_rate = 0.05});
    auto data = rows.batch(4);
    const auto h = trainer.fit(data, {.epochs = 3, .verbose = 0}, nn::validation(samples.x, samples.y));
    CHECK(distance(all[0].values, values_of(net)) <= 1e-6);
    CHECK(distance(all[0].losses, h["loss"]) <= 1e-6);
}
TEST_CASE("what differs between processes is told before the first step, or after the epoch in which it begins") {
    const auto fit_with = [](auto change) {
        on_threads(2, [&](distributed::process_group& group) {
            curve_model net(1);
            auto trainer = compiled_for(net, distributed::data_parallel(group, sgd{.learning_rate = 0.05}));
            auto options = support::options(2);
            nn::learning_rate_scheduler rate{[](int, double r) { return r; }};
            if (group.rank() == 1) change(options, rate);
            trainer.fit(samples.x, samples.y, options, rate);
        });
    };
    CHECK_NOTHROW(fit_with([](auto&, auto&) {}));
    CHECK_THROWS_WITH_AS(fit_with([](auto& options, auto&) { options.seed = 4; }),
                         "rank 1 of 2 has another plan than rank 0: \"seed = 4\" in the place of \"seed = 3\"",
                         distributed::replicas_differ);
    CHECK_THROWS_WITH_AS(fit_with([](auto&, auto& rate) { rate.schedule = [](int, double r) { return 2 * r; }; }),
                         doctest::Contains("rank 1 of 2 has other parameters than rank 0 after the same steps"),
                         distributed::replicas_differ);
}
TEST_CASE("validation in one process alone is told, for the others would not wait for it") {
    const auto fit_with = [](int validating) {
        on_threads(2, [&](distributed::process_group& group) {
            curve_model net(1);
            auto trainer = compiled_for(net, distributed::data_parallel(group, sgd{.learning_rate = 0.05}));
            if (group.rank() < validating)
                trainer.fit(samples.x, samples.y, support::options(1), nn::validation(samples.x, samples.y));
            else trainer.fit(samples.x, samples.y, support::options(1));
        });
    };
    CHECK_NOTHROW(fit_with(0));
    CHECK_NOTHROW(fit_with(2));
    CHECK_THROWS_WITH_AS(
        fit_with(1), "rank 1 of 2 has another plan than rank 0: \"validation = 0\" in the place of \"validation = 1\"",
        distributed::replicas_differ);
}
