// SPDX-License-Identifier: BSL-1.0
#include "../support/training.hpp"

#include <telar/nn/trainer.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <iostream>
#include <sstream>

using namespace telar;

namespace {

using support::line_model, support::xs;
const tensor<float, 5> ys{1, 3, 5, 7, 9};

auto trainer_of(line_model& net) { return nn::compile<nn::mean_squared_error{}>(net, sgd{.learning_rate = 0.01}); }

int handled = 0;
void handler(int) { ++handled; }
struct interrupts {
    int batches = 0;
    void on_batch_end(auto&, long long number, const nn::epoch_logs&) {
        ++batches;
        if (number == 2) std::raise(SIGINT);
    }
};

}  // namespace

TEST_CASE("Ctrl-C ends the epoch at the next batch, and the handler from before is there again") {
    line_model net(1);
    auto trainer = trainer_of(net);
    const auto before = std::signal(SIGINT, &handler);
    interrupts callback;
    const auto h = trainer.fit(xs, ys, {.epochs = 3, .batch_size = 1, .verbose = 0}, callback, nn::early_stopping{},
                               nn::validation(xs, ys));
    CHECK(callback.batches == 2);
    CHECK(trainer.steps() == 2);
    CHECK(h.interrupted);
    CHECK(trainer.interrupted());
    CHECK(h.size() == 1);  // and no validation
    CHECK(h.columns().size() == 1);
    CHECK(handled == 0);
    std::raise(SIGINT);
    CHECK(handled == 1);

    const auto whole = trainer.fit(xs, ys, {.epochs = 2, .batch_size = 1, .verbose = 0});  // it is forgotten
    CHECK(!whole.interrupted);
    CHECK(!trainer.interrupted());
    CHECK(trainer.steps() == 12);

    std::signal(SIGINT, &handler);
    trainer.fit(xs, ys, {.epochs = 1, .batch_size = 1, .verbose = 0, .catch_interrupt = false}, interrupts{});
    CHECK(handled == 2);
    CHECK(trainer.steps() == 17);

    std::signal(SIGINT, SIG_IGN);
    trainer.fit(xs, ys, {.epochs = 1, .batch_size = 1, .verbose = 0}, interrupts{});
    CHECK(trainer.steps() == 22);
    CHECK((std::signal(SIGINT, before) == SIG_IGN));
}
TEST_CASE("epochs of some batches, predictions in batches, functions as callbacks, a line for each epoch") {
    line_model net(1);
    auto trainer = trainer_of(net);
    int begun = 0, ended = 0, batches = 0;
    nn::lambda_callback told{
        .on_epoch_end = [&](int epoch, const nn::epoch_logs& logs) { ended += epoch + logs.has("loss"); },
        .on_batch_end = [&](long long, const nn::epoch_logs&) { ++batches; },
        .on_train_begin = [&] { ++begun; }};
    // 3 batches of the data, 2 of an epoch: 2, 1 (the data ends), 2, 1.
    trainer.fit(xs, ys, {.epochs = 4, .batch_size = 2, .shuffle = false, .verbose = 0, .steps_per_epoch = 2}, told);
    CHECK(batches == 6);
    CHECK(begun == 1);
    CHECK(ended == 0 + 1 + 2 + 3 + 4);

    // Begun again at the second epoch it takes the batch that the first left.
    line_model other(1);
    auto from_second = trainer_of(other);
    const auto last = from_second.fit(
        xs, ys,
        {.epochs = 2, .batch_size = 2, .shuffle = false, .initial_epoch = 1, .verbose = 0, .steps_per_epoch = 2});
    CHECK(from_second.steps() == 1);
    const tensor<float, 1, 1> x4{{4}};
    const float expected = line_model(1)(x4)(0, 0) - 9;
    CHECK(last["loss"][0] == doctest::Approx(expected * expected));

    const auto all = net(xs);
    for (const extent_t size : {1, 2, 3, 5, 32}) {
        const auto y = trainer.predict(xs, size);
        REQUIRE(y.extents() == shape(5, 1));
        for (int i = 0; i < 5; ++i) CHECK(y(i, 0) == all(i, 0));
    }
    CHECK(trainer.predict(tensor<float, dyn, 1>(shape(0, 1))).size() == 0);
    CHECK_THROWS_AS((void)trainer.predict(xs, 0), invalid_argument);

    std::ostringstream printed;
    std::streambuf* const out = std::cout.rdbuf(printed.rdbuf());
    trainer.fit(xs, ys, {.epochs = 2, .batch_size = 2, .verbose = 2});
    std::cout.rdbuf(out);
    const std::string text = printed.str();
    CHECK(text.starts_with("Epoch 1/2\n3/3 "));
    CHECK(std::count(text.begin(), text.end(), '\n') == 4);

    const auto refuses = [&](const nn::fit_options& options) {
        CHECK_THROWS_AS(trainer.fit(xs, ys, options), invalid_argument);
    };
    const int steps = trainer.steps();
    const float ones[]{1, 1, 1, 1, 1};
    refuses({.verbose = 0, .validation_split = 1});
    refuses({.verbose = 0, .validation_split = 0.9});  // nothing is left
    refuses({.verbose = 0, .validation_split = -0.1});
    refuses({.verbose = 0, .validation_freq = 0});
    refuses({.verbose = 0, .steps_per_epoch = -1});
    refuses({.verbose = 0, .sample_weights = ones, .class_weights = {1, 2}});
    CHECK(trainer.steps() == steps);

    // A schedule of the rate cannot be lowered by a factor.
    trainer.optimizer().learning_rate = [](double) { return 0.5; };
    CHECK(trainer.learning_rate() == 0.5);
    nn::reduce_on_plateau lowers{.monitor = "loss", .patience = 0};
    CHECK_THROWS_WITH_AS(trainer.fit(xs, ys, {.epochs = 9, .verbose = 0}, lowers), doctest::Contains("is a schedule"),
                         invalid_argument);
}
