// SPDX-License-Identifier: BSL-1.0
// A classifier of sentences: an LSTM reads the tokens, its last state is the sentence.
//
// source    Hochreiter and Schmidhuber, 1997
#pragma once
#include <telar/telar.hpp>

#include <tuple>

namespace programs {

using namespace telar;

inline constexpr auto classifier_logits =
    telar::function([](auto tokens, auto table, auto W, auto U, auto b, auto V, auto d) {  // (n,7) -> (n,3)
        const auto [every_h, last_h, last_c] = lstm(embedding(table, tokens), W, U, b);
        return last_h * V + d;
    });
inline constexpr auto classifier_loss = telar::function([](auto tokens, auto labels, auto... weights) {
    return mean(sparse_softmax_cross_entropy(classifier_logits(tokens, weights...), labels));
});

struct classifier {
    variable<"embedding", tensor<float, 13, 6> > table;
    variable<"lstm/kernel", tensor<float, 6, 32> > W;
    variable<"lstm/recurrent_kernel", tensor<float, 8, 32> > U;
    variable<"lstm/bias", tensor<float, 32> > b;
    variable<"dense/kernel", matrix<float, 8, 3> > V;
    variable<"dense/bias", tensor<float, 3> > d;

    using token_batch = tensor<std::int32_t, dyn, 7>;
    using label_batch = tensor<std::int32_t, dyn>;
    auto weights() { return std::tie(table, W, U, b, V, d); }
};

}  // namespace programs
