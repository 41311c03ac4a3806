// SPDX-License-Identifier: BSL-1.0
// A transformer's training.
#include "encoder.hpp"

#include "programs.hpp"

using namespace telar;
using programs::encoder, programs::encoder_loss;

TEST_CASE("a transformer learns as Keras' does") {
    if (!programs::has_keras()) return;
    encoder model;
    programs::set_weights(model.weights());
    input<"tokens", encoder::token_batch> x;
    input<"labels", encoder::token_batch> y;
    auto step = std::apply(
        [&](const auto&... w) { return minimize(encoder_loss(x, y, w...), sgd{.learning_rate = 1}); }, model.weights());
    programs::check_training("encoder", 1e-3, step, x = programs::encoder_tokens(),
                             y = programs::below<encoder::token_batch>(13, 1001, shape(3, 7)));
}
