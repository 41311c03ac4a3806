// SPDX-License-Identifier: BSL-1.0
// A transformer's loss and gradients: interpreted, and compiled.
#include "encoder.hpp"

#include "programs.hpp"

using namespace telar;
using programs::encoder, programs::encoder_loss;

TEST_CASE("a transformer: loss and gradients are Keras'") {
    if (!programs::has_keras()) return;
    encoder model;
    programs::set_weights(model.weights());
    std::apply(
        [tokens = programs::encoder_tokens(),
         labels = programs::below<encoder::token_batch>(13, 1001, shape(3, 7))](const auto&... w) {
            constexpr auto slope = value_and_grad(encoder_loss, range<2>);
            programs::check_traced("encoder", dtype::float64, slope, tokens, labels, w.value()...);
            programs::check_traced("encoder", dtype::float32, slope, tokens, labels, w.value()...);
            programs::check_compiled("encoder", slope, tokens, labels, w.value()...);
        },
        model.weights());
}
