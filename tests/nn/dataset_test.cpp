// SPDX-License-Identifier: BSL-1.0
// fit, evaluate and predict of datasets: the same bits as of tensors.
#include "../support/training.hpp"

#include <telar/data/sources.hpp>
#include <telar/nn/trainer.hpp>

#include <doctest/doctest.h>

#include <sstream>

using namespace telar;

namespace {

using support::line_model, support::xs;
const tensor<std::int64_t, 5> ys{1, 3, 5, 7, 9};
const tensor<double, 5> ws{1, 2, 0, 1, 1};

auto trainer_of(line_model& net) {
    return nn::compile<nn::mean_squared_error{}, nn::mean_absolute_error{}>(net, sgd{.learning_rate = 0.01});
}
using line_trainer = decltype(trainer_of(std::declval<line_model&>()));
struct trained {
    line_model net{1};
    line_trainer trainer = trainer_of(net);
};
template <class T> void check_same(const std::vector<double>& a, const T& b) {
    CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

}  // namespace

TEST_CASE("what is trained, evaluated and predicted has the bits of the same tensors") {
    trained a, b;
    const std::vector<float> weights(ws.begin(), ws.end());
    const auto h =
        a.trainer.fit(xs, ys, {.epochs = 3, .batch_size = 2, .shuffle = false, .verbose = 0, .sample_weights = weights},
                      nn::validation(xs, ys));
    auto data = from_rows(xs, ys, ws).batch(2).prefetch(1), all = from_rows(xs, ys, ws).batch(2);
    auto others = from_rows(xs, ys).batch(2);
    const auto g = b.trainer.fit(data, {.epochs = 3, .verbose = 0}, nn::validation(others));
    for (const char* name : {"loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"})
        check_same(h[name], g[name]);
    CHECK(a.trainer.evaluate(xs, ys, 3) == b.trainer.evaluate(from_rows(xs, ys).batch(3)));
    const auto y = a.trainer.predict(xs, 2), of_all = b.trainer.predict(all),
               of_inputs = b.trainer.predict(from_rows(xs).batch(2));
    CHECK(same(y, of_all));
    CHECK(same(y, of_inputs));
    // batches(x, y, n) are batches too; a copy that is validated is kept
    trained c, d;
    batches pairs(xs, ys, 2);
    const auto once = c.trainer.fit(pairs, {.epochs = 1, .verbose = 0}, nn::validation(from_rows(xs, ys).batch(2)));
    check_same(once["val_loss"], d.trainer.fit(xs, ys, {.epochs = 1, .batch_size = 2, .shuffle = false, .verbose = 0},
                                               nn::validation(xs, ys))["val_loss"]);
}
TEST_CASE("epochs of some batches, and an epoch to begin with: the data goes on where it would have") {
    trained whole, resumed;
    auto data = from_rows(xs, ys).shuffle(5, 3).batch(2);
    for (const extent_t steps : {0, 2}) {
        const auto h = whole.trainer.fit(data, {.epochs = 4, .verbose = 0, .steps_per_epoch = steps});
        resumed.trainer.fit(data, {.epochs = 2, .verbose = 0, .steps_per_epoch = steps});
        const auto rest =
            resumed.trainer.fit(data, {.epochs = 4, .initial_epoch = 2, .verbose = 0, .steps_per_epoch = steps});
        CHECK(rest["loss"][1] == h["loss"][3]);
        CHECK(whole.trainer.steps() == resumed.trainer.steps());
    }
    auto endless = from_rows(xs, ys).repeat().batch(2);
    const int before = whole.trainer.steps();
    whole.trainer.fit(endless, {.epochs = 3, .verbose = 0, .steps_per_epoch = 4});
    CHECK(whole.trainer.steps() == before + 12);
}
TEST_CASE("class weights, the bar, and what is refused") {
    trained a, b;
    auto data = from_rows(xs, ys).batch(5);
    const std::vector<double> classes{1, 3, 1, 0.5};
    a.trainer.fit(xs, ys, {.batch_size = 5, .shuffle = false, .verbose = 0, .class_weights = classes});
    b.trainer.fit(data, {.verbose = 0, .class_weights = classes});
    CHECK(a.trainer.evaluate(xs, ys) == b.trainer.evaluate(xs, ys));

    std::ostringstream shown;
    std::streambuf* const screen = std::cout.rdbuf(shown.rdbuf());
    auto unknown = from_rows(xs, ys).filter([](const auto&, auto) { return true; }).batch(2);
    b.trainer.fit(unknown, {.epochs = 2, .verbose = 2});
    std::cout.rdbuf(screen);
    CHECK(shown.str().find("    3/Unknown - ") != std::string::npos);
    CHECK(shown.str().find("3/3 [====") != std::string::npos);

    auto weighted = from_rows(xs, ys, ws).batch(5);
    auto empty = from_rows(xs, ys).take(0).batch(2);
    CHECK_THROWS_AS(a.trainer.fit(weighted, {.verbose = 0, .class_weights = classes}), invalid_argument);
    CHECK_THROWS_AS(a.trainer.fit(data, {.verbose = 0, .validation_split = 0.5}), invalid_argument);
    CHECK_THROWS_WITH_AS(a.trainer.fit(empty, {.verbose = 0}), "fit: the dataset has no batch", invalid_argument);
    CHECK_THROWS_AS(a.trainer.fit(data, {.verbose = 0}, nn::validation(empty)), invalid_argument);
    const int steps = a.trainer.steps();
    auto failing = from_rows(xs, ys)
                       .map(
                           [](auto x, auto y) {
                               if (y == 9) fail<file_error>("image.png: byte 9: truncated");
                               return std::tuple(x, y);
                           },
                           2)
                       .batch(2);
    CHECK_THROWS_WITH_AS(a.trainer.fit(failing, {.verbose = 0}), "image.png: byte 9: truncated", file_error);
    CHECK(a.trainer.steps() == steps + 2);
}
