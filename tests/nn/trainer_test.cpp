// SPDX-License-Identifier: BSL-1.0
#include "../support/training.hpp"

#include <telar/nn/trainer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

using namespace telar;

namespace {

using support::line_model, support::xs;
struct classifier {
    nn::dense hidden{8, nn::tanh}, out{3};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using classifier_model = nn::model<classifier, tensor<float, dyn, 2>>;

const tensor<float, 5> ys{1, 3, 5, 7, 9};

struct points {
    tensor<float, dyn, 2> x{shape(60, 2)};
    tensor<std::uint8_t, dyn> y{shape(60)};
};
/// Three clouds.
points clouds() {
    points p;
    generator random(4);
    const double centres[3][2]{{2, 0}, {-1, 2}, {-1, -2}};
    for (int i = 0; i < 60; ++i) {
        p.y(i) = static_cast<std::uint8_t>(i % 3);
        for (int k = 0; k < 2; ++k) p.x(i, k) = static_cast<float>(centres[i % 3][k] + random.normal(0, 0.3));
    }
    return p;
}
struct counting {
    int train = 0, epochs = 0, batches = 0, ends = 0;
    void on_train_begin(auto&) { ++train; }
    void on_epoch_begin(auto&, int) { ++epochs; }
    void on_batch_end(auto&, long long, const nn::epoch_logs& logs) { batches += logs.has("loss"); }
    void on_epoch_end(auto&, int, const nn::epoch_logs&) { ++ends; }
    void on_train_end(auto&) { train += 10; }
};

}  // namespace

TEST_CASE("fit finds a line; evaluate and predict tell so") {
    line_model net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}, nn::mean_of<nn::mean_absolute_error{}>{}>(
        net, adam{.learning_rate = 0.1});
    const auto history = trainer.fit(xs, ys, {.epochs = 300, .batch_size = 2, .verbose = 0});
    CHECK(history.size() == 300);
    CHECK(history["loss"].back() < 1e-3);
    CHECK(history["loss"].front() > 1);
    const auto [loss, mae] = trainer.evaluate(xs, ys, 3);
    CHECK(loss < 1e-3);
    CHECK(mae < 0.05);
    CHECK(trainer.predict(tensor<float, 1, 1>{{10}})(0, 0) == doctest::Approx(21).epsilon(0.01));
    CHECK(net.get<"out.kernel">()(0, 0) == doctest::Approx(2).epsilon(0.02));
    CHECK(trainer.steps() == 900);
}
TEST_CASE("losses and metrics of an epoch are exact, whatever the batches") {
    line_model net(1);
    net.get<"out.kernel">()(0, 0) = 1;
    auto trainer = nn::compile<nn::mean_squared_error{}, nn::root_mean_squared_error{}>(net, sgd{});
    double sum = 0;
    for (int i = 0; i < 5; ++i) sum += (xs(i, 0) - ys(i)) * (xs(i, 0) - ys(i));
    for (const extent_t batch : {1, 2, 3, 5, 32}) {
        const auto [loss, rmse] = trainer.evaluate(xs, ys, batch);
        CHECK(loss == doctest::Approx(sum / 5));
        CHECK(rmse == doctest::Approx(std::sqrt(sum / 5)));
    }
}
TEST_CASE("labels of any integers, accuracy, validation, and shuffling by a seed") {
    const points train = clouds();
    const auto fitted = [&](std::uint64_t seed) {
        classifier_model net(2);
        auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
            net, adam{.learning_rate = 0.02});
        return trainer.fit(train, {.epochs = 25, .batch_size = 16, .seed = seed, .verbose = 0},
                           nn::validation(train.x, train.y));
    };
    const nn::history h = fitted(3);
    CHECK(h["accuracy"].back() == 1);
    CHECK(h["val_accuracy"].back() == 1);
    CHECK(h["val_loss"].back() < h["val_loss"].front());
    CHECK(fitted(3)["loss"] == h["loss"]);
    CHECK(fitted(4)["loss"] != h["loss"]);
    std::ostringstream text;
    text << h;
    CHECK(text.str().find("epoch    loss  accuracy  val_loss  val_accuracy\n") != std::string::npos);
    CHECK_THROWS_WITH_AS((void)h["lost"], doctest::Contains("\"lost\" is none of loss accuracy val_loss val_accuracy"),
                         invalid_argument);
}
TEST_CASE("weights of samples weigh") {
    line_model net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, sgd{.learning_rate = 0.1});
    const tensor<float, 2, 1> x{{0}, {0}};
    const tensor<float, 2> y{1, 5};
    const float only_second[]{0, 1};
    trainer.fit(x, y, {.epochs = 200, .verbose = 0, .sample_weights = only_second});
    CHECK(net.get<"out.bias">()(0) == doctest::Approx(5).epsilon(1e-3));
}
TEST_CASE("callbacks are told") {
    line_model net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, sgd{.learning_rate = 0.01});
    counting counted;
    trainer.fit(xs, ys, {.epochs = 3, .batch_size = 2, .verbose = 0}, counted);
    CHECK(counted.train == 11);
    CHECK(counted.epochs == 3);
    CHECK(counted.batches == 9);
    CHECK(counted.ends == 3);
    trainer.fit(xs, ys, {.epochs = 4, .initial_epoch = 3, .verbose = 0},
                nn::learning_rate_scheduler{[](int epoch, double rate) { return epoch == 3 ? rate / 2 : 0; }});
    CHECK(trainer.optimizer().learning_rate == 0.005);
}
TEST_CASE("early stopping keeps the best weights") {
    line_model net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, sgd{.learning_rate = 0.3});  // diverges
    const auto before = trainer.evaluate(xs, ys)[0];
    nn::early_stopping stop{.monitor = "loss", .patience = 3, .restore_best_weights = true};
    const auto h = trainer.fit(xs, ys, {.epochs = 50, .batch_size = 5, .verbose = 0}, stop);
    CHECK(h.size() == 4);
    CHECK(stop.best_epoch() == 0);
    CHECK(stop.stopped_epoch() == 3);
    CHECK(h["loss"][0] == doctest::Approx(before));
    CHECK(std::isfinite(trainer.evaluate(xs, ys)[0]));
    CHECK(trainer.evaluate(xs, ys)[0] < h["loss"][3]);
}
TEST_CASE("what cannot be is refused, with both numbers") {
    line_model net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, sgd{});
    const tensor<float, 4> four{1, 2, 3, 4};
    const tensor<float, dyn, dyn> wide(shape(5, 2));
    CHECK_THROWS_AS(trainer.fit(xs, four, {.verbose = 0}), wrong_shape);
    const char* const both =
        "output 0 of the model has shape (None, 1), for which mean_squared_error expects targets of shape (None, 1), "
        "not (5, 2)";
    CHECK_THROWS_WITH_AS(trainer.fit(xs, wide, {.verbose = 0}), both, wrong_shape);
    CHECK_THROWS_WITH_AS(trainer.evaluate(xs, wide), both, wrong_shape);
    CHECK_THROWS_WITH_AS(trainer.train_on_batch(xs, wide), both, wrong_shape);
    CHECK_THROWS_WITH_AS(trainer.fit(xs, ys, {.verbose = 0}, nn::validation(xs, wide)), both, wrong_shape);
    CHECK_THROWS_AS(trainer.fit(xs, ys, {.verbose = 0}, nn::validation(xs, four)), wrong_shape);
    CHECK_THROWS_WITH_AS(trainer.fit(xs, ys, {.batch_size = 0, .verbose = 0}), doctest::Contains("batch_size is 0"),
                         invalid_argument);
    const float one[]{1};
    CHECK_THROWS_AS(trainer.fit(xs, ys, {.verbose = 0, .sample_weights = one}), wrong_shape);
    CHECK(trainer.steps() == 0);
}
TEST_CASE("targets of validation data are refused before the first step, also where only a run knows the extents") {
    struct each_place {
        nn::dense out{1};
        constexpr symbol operator()(symbol x) const { return squeeze(out(x), axis<-1>); }  // (N,T,2) -> (N,T)
    };
    nn::model<each_place, tensor<float, dyn, dyn, 2>> net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, sgd{});
    const tensor<float, dyn, dyn, 2> x(shape(4, 3, 2));
    const tensor<float, dyn, dyn> y(shape(4, 3)), longer(shape(4, 5));
    CHECK_THROWS_AS(trainer.fit(x, longer, {.verbose = 0}), wrong_shape);
    CHECK_THROWS_AS(trainer.fit(x, y, {.verbose = 0}, nn::validation(x, longer)), wrong_shape);
    CHECK(trainer.steps() == 0);
    CHECK(trainer.fit(x, y, {.verbose = 0}, nn::validation(x, y))["val_loss"].size() == 1);

    nn::model<each_place, tensor<float, 2, 3, 2>> of_two(1);
    auto by_twos = nn::compile<nn::mean_squared_error{}>(of_two, sgd{});
    CHECK(by_twos.fit(x, y, {.batch_size = 2, .verbose = 0}, nn::validation(x, y))["val_loss"].size() == 1);
}
