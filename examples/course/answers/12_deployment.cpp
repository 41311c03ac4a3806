// SPDX-License-Identifier: BSL-1.0
// Answer 12. Model and predictor in memory that the program sets aside: no heap, and a size that the compiler knows.
#include <array>
#include <cstddef>
#include <iostream>
#include <telar/nn.hpp>

using namespace telar;

struct classifier {
    nn::dense hidden{32, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using net = nn::model<classifier, tensor<float, 1, 64>>;
using reader = callable<tensor<float, 1, 10>(const tensor<float, 1, 64>&)>;

constexpr std::size_t bytes = net::memory_bytes + reader::bytes_for<net>();
static_assert(bytes <= 24 * 1024);
alignas(64) std::byte room[bytes];

int main() {
    const std::span all(room);
    net weights(all.first(net::memory_bytes));  // zeros; a device reads them from its flash
    weights.get<"out.bias">()(7) = 1;
    const reader logits_of(weights, all.subspan(net::memory_bytes));
    const std::array<float, 64> pixels{};
    std::array<float, 10> logits{};
    logits_of.into(tensor_view(logits.data(), shape(1, 10)), tensor_view(pixels.data(), shape(1, 64)));
    std::cout << "model " << net::memory_bytes << " bytes, predictor " << reader::bytes_for<net>()
              << ", logit of 7: " << logits[7] << '\n';
}

// prints:
// /model 9840 bytes, predictor 1[0-9]+, logit of 7: 1/
