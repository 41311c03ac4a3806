// SPDX-License-Identifier: BSL-1.0
// A residual network's training.
#include "residual.hpp"

#include "programs.hpp"

using namespace telar;
using programs::residual, programs::residual_loss;

TEST_CASE("a residual network learns as Keras' does") {
    if (!programs::has_keras()) return;
    residual model;
    programs::set_weights(model.weights());
    input<"images", residual::image_batch> x;
    input<"labels", residual::label_batch> y;
    auto step =
        std::apply([&](const auto&... w) { return minimize(residual_loss(x, y, w...), adam{.learning_rate = 1e-2f}); },
                   model.weights());
    programs::check_training("residual", 1e-3, step, x = programs::data<residual::image_batch>(1000, shape(5, 9, 9, 3)),
                             y = programs::below<residual::label_batch>(10, 1001, shape(5)));
}
