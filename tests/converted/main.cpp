// SPDX-License-Identifier: BSL-1.0
// Converted models give what the models give that they were made of: with their weights in the header, with a copy of
// them, with weights from a file.
#include "from_file.hpp"
#include "from_keras.hpp"
#include "tiny.hpp"

#include <telar/io/onnx.hpp>
#include <telar/nn/keras_model.hpp>

#include <cmath>
#include <iostream>
#if __has_include("digits.hpp")
#include "digits.hpp"
#endif

using namespace telar;

namespace {

int failures = 0;

template <class A, class B> void compare(const char* what, const A& got, const B& want) {
    double apart = 0, largest = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        apart = std::max(apart, std::abs(static_cast<double>(got.data()[i]) - static_cast<double>(want.data()[i])));
        largest = std::max(largest, std::abs(static_cast<double>(want.data()[i])));
    }
    const bool fits = got.extents() == want.extents() && largest > 0 && apart < 1e-6 * largest;
    if (!fits) ++failures;
    std::cout << what << ": " << apart << " of " << largest << (fits ? "\n" : "  FAILED\n");
}

}  // namespace

int main() {
    generator g(1);
    const graph_model late = load_onnx("small.onnx");
    const tiny::model constant;
    const tiny::trainable_model copy;
    const from_file::model loaded = from_file::load("from_file.safetensors");
    for (const extent_t n : {1, 3}) {
        tensor<float, dyn, 2, 8, 8> image(shape(n, 2, 8, 8));
        g.fill_uniform(image.span(), -1.0f, 1.0f);
        const tensor<float, dyn, 5> want = late(image);
        compare("constant", constant(image), want);
        compare("copy", copy(image), want);
        compare("from a file", loaded(image), want);
    }
    const graph_model late_keras = load_keras_model(TELAR_TEST_DATA_DIR "/keras/image.keras");
    tensor<float, dyn, 6, 6, 2> image(shape(3, 6, 6, 2));
    g.fill_uniform(image.span(), -1.0f, 1.0f);
    compare("from Keras", from_keras::model()(image), late_keras(image).as<tensor<float, dyn, 2>>());
#if __has_include("digits.hpp")
    const graph_model late_digits = load_onnx(TELAR_DATA_DIR "/mnist-cnn-onnx/mnist.onnx");
    tensor<float, 1, 1, 28, 28> digit;
    g.fill_uniform(digit.span(), 0.0f, 255.0f);
    const callable<tensor<float, 1, 10>(const tensor<float, 1, 1, 28, 28>&)> predict = digits::model();
    compare("digits", predict(digit), late_digits(digit).as<tensor<float, 1, 10>>());
#endif
    return failures;
}
