// SPDX-License-Identifier: BSL-1.0
// An LSTM classifier's loss and gradients, interpreted and compiled, and its training.
#include "classifier.hpp"

#include "programs.hpp"

using namespace telar;
using programs::classifier, programs::classifier_loss;

namespace {

classifier::token_batch tokens() { return programs::below<classifier::token_batch>(13, 1000, shape(5, 7)); }
classifier::label_batch labels() { return programs::below<classifier::label_batch>(3, 1001, shape(5)); }

}  // namespace

TEST_CASE("an LSTM classifier: loss and gradients are Keras'") {
    if (!programs::has_keras()) return;
    classifier model;
    programs::set_weights(model.weights());
    std::apply(
        [](const auto&... w) {
            constexpr auto slope = value_and_grad(classifier_loss, range<2>);
            programs::check_traced("classifier", dtype::float64, slope, tokens(), labels(), w.value()...);
            programs::check_traced("classifier", dtype::float32, slope, tokens(), labels(), w.value()...);
            programs::check_compiled("classifier", slope, tokens(), labels(), w.value()...);
        },
        model.weights());
}
TEST_CASE("it learns as Keras' does") {
    if (!programs::has_keras()) return;
    classifier model;
    programs::set_weights(model.weights());
    input<"tokens", classifier::token_batch> x;
    input<"labels", classifier::label_batch> y;
    auto step = std::apply(
        [&](const auto&... w) { return minimize(classifier_loss(x, y, w...), adam{.learning_rate = 2e-2f}); },
        model.weights());
    programs::check_training("classifier", 1e-3, step, x = tokens(), y = labels());
}
