// SPDX-License-Identifier: BSL-1.0
// Answer 12. Model and predictor in memory that the program sets aside: no heap, and a size that the compiler knows.
#include <array>
#include <cstddef>
#include <iostream>
#include <span>
#include <telar/nn.hpp>

using namespace telar;

struct classifier {
    nn::dense hidden{32, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using digits_model = nn::model<classifier, tensor<float, 1, 64>>;
using digit_scores = callable<tensor<float, 1, 10>(const tensor<float, 1, 64>&)>;

constexpr std::size_t room_size = digits_model::memory_bytes + digit_scores::bytes_for<digits_model>();
static_assert(room_size <= 16 * 1024);
alignas(64) std::byte room[room_size];

int main() {
    const std::span all(room);
    digits_model weights(all.first(digits_model::memory_bytes));  // zeros; a device reads them from its flash
    weights.get<"out.bias">()(7) = 1;
    const digit_scores logits_of(weights, all.subspan(digits_model::memory_bytes));
    const std::array<float, 64> pixels{};
    std::array<float, 10> logits{};
    logits_of.into(tensor_view(logits.data(), shape(1, 10)), tensor_view(pixels.data(), shape(1, 64)));
    std::cout << "model " << digits_model::memory_bytes << " bytes, predictor "
              << digit_scores::bytes_for<digits_model>() << ", logit of 7: " << logits[7] << '\n';
}

// prints:
// /model 9840 bytes, predictor [1-9][0-9][0-9][0-9], logit of 7: 1/
