// SPDX-License-Identifier: BSL-1.0
// A residual network's loss and gradients: interpreted, and compiled.
#include "residual.hpp"

#include "programs.hpp"

using namespace telar;
using programs::residual, programs::residual_loss;

TEST_CASE("a residual network: loss and gradients are Keras'") {
    if (!programs::has_keras()) return;
    residual model;
    programs::set_weights(model.weights());
    std::apply(
        [images = programs::data<residual::image_batch>(1000, shape(5, 9, 9, 3)),
         labels = programs::below<residual::label_batch>(10, 1001, shape(5))](const auto&... w) {
            constexpr auto slope = value_and_grad(residual_loss, range<2>);
            programs::check_traced("residual", dtype::float64, slope, images, labels, w.value()...);
            programs::check_traced("residual", dtype::float32, slope, images, labels, w.value()...);
            programs::check_compiled("residual", slope, images, labels, w.value()...);
        },
        model.weights());
}
