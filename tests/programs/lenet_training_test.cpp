// SPDX-License-Identifier: BSL-1.0
// LeNet's training.
#include "lenet.hpp"

#include "programs.hpp"

using namespace telar;
using programs::lenet, programs::lenet_loss;

TEST_CASE("LeNet learns as Keras' does") {
    if (!programs::has_keras()) return;
    lenet model;
    programs::set_weights(model.weights());
    input<"images", lenet::image_batch> x;
    input<"labels", lenet::label_batch> y;
    auto step =
        std::apply([&](const auto&... w) { return minimize(lenet_loss(x, y, w...), adam{.learning_rate = 1e-3f}); },
                   model.weights());
    programs::check_training("lenet", 1e-3, step, x = programs::data<lenet::image_batch>(1000, shape(4, 28, 28, 1)),
                             y = programs::below<lenet::label_batch>(10, 1001, shape(4)));
}
