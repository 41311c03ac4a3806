// SPDX-License-Identifier: BSL-1.0
// LeNet's loss and gradients: interpreted, and compiled.
#include "lenet.hpp"

#include "programs.hpp"

using namespace telar;
using programs::lenet, programs::lenet_loss;

TEST_CASE("LeNet: loss and gradients are Keras'") {
    if (!programs::has_keras()) return;
    lenet model;
    programs::set_weights(model.weights());
    std::apply(
        [images = programs::data<lenet::image_batch>(1000, shape(4, 28, 28, 1)),
         labels = programs::below<lenet::label_batch>(10, 1001, shape(4))](const auto&... w) {
            constexpr auto slope = value_and_grad(lenet_loss, range<2>);
            programs::check_traced("lenet", dtype::float64, slope, images, labels, w.value()...);
            programs::check_traced("lenet", dtype::float32, slope, images, labels, w.value()...);
            programs::check_compiled("lenet", slope, images, labels, w.value()...);
        },
        model.weights());
}
