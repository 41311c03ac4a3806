// SPDX-License-Identifier: BSL-1.0
// Writes an ONNX model: a convolution, a pool, a residual sum, a product and softmax, of a batch of any size.
#include "../onnx/written_model.hpp"

#include <telar/io/file.hpp>

#include <bit>
#include <cstdint>
#include <iostream>

using namespace written;

namespace {

/// A tensor of floats with some values between -1/2 and 1/2.
message weights(const std::string& name, std::initializer_list<std::int64_t> extents) {
    message t = number_field(2, 1) + text_field(8, name), bytes;
    std::int64_t count = 1;
    for (const std::int64_t e : extents) t += number_field(1, e), count *= e;
    std::uint32_t state = 1;
    for (std::int64_t i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(state >> 8) * 0x1p-24f - 0.5f);
        for (int k = 0; k < 4; ++k) bytes += static_cast<char>(bits >> (8 * k) & 255);
    }
    return in_field(5, t + text_field(9, bytes));
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    const message window = numbers_attribute("kernel_shape", {2, 2}) + numbers_attribute("strides", {2, 2});
    const message same = numbers_attribute("pads", {1, 1, 1, 1});
    message m = input_of("image", {"batch", 2, 8, 8}) + weights("first.weight", {4, 2, 3, 3}) +
                weights("first.bias", {4}) + weights("second.weight", {4, 4, 3, 3}) + weights("out.weight", {64, 5}) +
                weights("out.bias", {5});
    m += node("Conv", {"image", "first.weight", "first.bias"}, same, "a") + node("Relu", {"a"}, {}, "b") +
         node("MaxPool", {"b"}, window, "c") + node("Conv", {"c", "second.weight"}, same, "d") +
         node("Add", {"c", "d"}, {}, "e") + node("Tanh", {"e"}, {}, "f") + node("Flatten", {"f"}, {}, "g") +
         node("Gemm", {"g", "out.weight", "out.bias"}, {}, "h") + node("Softmax", {"h"});
    telar::write_file(words[1], model_from(m));
}
