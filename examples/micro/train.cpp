// SPDX-License-Identifier: BSL-1.0
// A net that is trained where it runs: 64 - 16 - 10 on 200 handwritten digits of 8 x 8 pixels, in memory whose size is
// a constant. On a board and on this machine it prints the same.
#include "board.hpp"
#include "digits.hpp"  // made of examples/data/digits.csv

#include <telar/core/random.hpp>
#include <telar/nn/layers.hpp>
#include <telar/nn/model.hpp>
#include <telar/run/minimize.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

using namespace telar;

namespace {

struct classifier {
    nn::dense hidden{16, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
constexpr extent_t batch = 20;
using images = tensor<float, batch, 64>;
using labels = tensor<std::int32_t, batch>;
using model = nn::model<classifier, images>;
constexpr int samples = sizeof digits::values / sizeof digits::values[0] / 65;

/// How many of a batch's digits the net takes for what they are.
int count_right(const float* scores, const std::int32_t* label) {
    int right = 0;
    for (extent_t i = 0; i < batch; ++i) {
        const float* const own = scores + i * 10;
        int best = 0;
        for (int k = 1; k < 10; ++k)
            if (own[k] > own[best]) best = k;
        right += best == label[i];
    }
    return right;
}

}  // namespace

int main() {
    alignas(64) static std::byte weights[model::memory_bytes];
    model net{std::span<std::byte>(weights)};
    generator random(1);
    random.fill_uniform(std::span(net.get<"hidden.kernel">().data(), 64 * 16), -0.3f, 0.3f);
    random.fill_uniform(std::span(net.get<"out.kernel">().data(), 16 * 10), -0.5f, 0.5f);

    const input<"x", images> X;
    const input<"label", labels> Y;
    auto step = minimize(mean(sparse_softmax_cross_entropy(net(X), Y)), sgd{.learning_rate = 0.5}, nn::wrt(net));
    static_assert(step.workspace_bytes() <= 8192);
    alignas(64) static std::byte of_step[decltype(step)::memory_bytes()];
    step.use_memory(of_step);
    const auto predict = compile(net(X));
    alignas(64) static std::byte of_prediction[std::remove_const_t<decltype(predict)>::memory_bytes()];
    workspace work{std::span<std::byte>(of_prediction)};

    alignas(64) static float pixels[batch * 64], scores[batch * 10];
    alignas(64) static std::int32_t digit[batch];
    const tensor_view<const float> x(pixels, images::static_extents);
    const tensor_view<const std::int32_t> y(digit, labels::static_extents);
    const auto load = [&](int first) {
        for (extent_t i = 0; i < batch; ++i) {
            const std::uint8_t* const from = digits::values + (first + i) * 65;
            for (int k = 0; k < 64; ++k) pixels[i * 64 + k] = static_cast<float>(from[k]) / 16;
            digit[i] = from[64];
        }
    };

    std::uint64_t instructions = 0;
    float before = 0, after = 0;
    for (int epoch = 0; epoch < 15; ++epoch) {
        float sum = 0;
        for (int first = 0; first < samples; first += batch) {
            load(first);
            const std::uint64_t start = board::instructions();
            sum += step(X = x, Y = y).item();
            instructions = board::instructions() - start;
        }
        after = sum * batch / samples;
        if (epoch == 0) before = after;
        board::print("loss ");
        board::print_millionths(after);
        board::print("\n");
    }
    board::report("bits", std::bit_cast<std::uint32_t>(after));
    int right = 0;
    tensor_view<float> result(scores, shape(batch, 10));
    for (int first = 0; first < samples; first += batch) {
        load(first);
        predict.into(work, result, X = x);
        right += count_right(scores, digit);
    }
    board::report("right", static_cast<std::uint64_t>(right));
    board::report("of", samples);
    board::report("instructions", instructions);
    board::report("stack", board::stack_bytes());
    board::report("heap", board::heap_bytes());
    return after < before / 10 && right * 100 >= samples * 97 ? 0 : 1;
}

// prints:
// loss 2.027122
// loss 1.248926
// ...
// loss 0.054583
// loss 0.048769
// bits 1028112852
// right 199
// of 200
// /instructions [0-9]+/
// /stack [0-9]+/
// /heap [0-9]+/
