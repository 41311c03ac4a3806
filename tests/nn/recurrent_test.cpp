// SPDX-License-Identifier: BSL-1.0
#include <telar/nn.hpp>

#include <doctest/doctest.h>

using namespace telar;

namespace {

struct sums {
    nn::simple_rnn drops{.units = 4,
                         .return_sequences = true,
                         .activation = nullptr,
                         .use_bias = false,
                         .kernel_initializer = nn::identity(),
                         .recurrent_initializer = nn::identity(),
                         .dropout = 0.5,
                         .recurrent_dropout = 0.5};
    nn::simple_rnn counts{.units = 4,
                          .return_sequences = true,
                          .activation = nullptr,
                          .use_bias = false,
                          .kernel_initializer = nn::identity(),
                          .recurrent_initializer = nn::identity(),
                          .stateful = true};
    constexpr symbol operator()(symbol x) const { return concat({drops(x), counts(x)}, 2); }
};

}  // namespace

TEST_CASE("dropout is the same in every step; a stateful layer goes on") {
    using in = tensor<float, 32, 3, 4>;
    nn::model<sums, in> net(7);
    const in x = full<float, 32, 3, 4>(1.0f);
    input<"X", in> X;
    variable<"seen", tensor<float, 32, 3, 8>, false> seen;
    variable<"w", tensor<float>> w;
    auto step = minimize(w * 0.0f, sgd{.learning_rate = 0.0}, update(seen = net(X)));  // a step trains
    run(step, X = x);

    int dropped = 0, forgotten = 0;
    for (int n = 0; n < 32; ++n)
        for (int k = 0; k < 4; ++k) {
            const float first = seen.value()(n, 0, k), second = seen.value()(n, 1, k), third = seen.value()(n, 2, k);
            CHECK((first == 0 || first == 2));  // x' = 0 or 2 x, y = x'
            dropped += first == 0;
            if (first == 0) CHECK((second == 0 && third == 0));
            else CHECK(((second == 2 && third == 2) || (second == 6 && third == 14)));  // y = x' + 0 or 2 y
            forgotten += second == 2;
        }
    CHECK((dropped > 40 && dropped < 88));
    CHECK((forgotten > 10 && forgotten < 54));

    CHECK(seen.value()(5, 2, 6) == 3);
    CHECK(net.get<"counts.states.0">()(5, 2) == 3);
    run(step, X = x);
    CHECK(seen.value()(5, 0, 6) == 4);
    CHECK(net.get<"counts.states.0">()(5, 2) == 6);
    const auto y = net(x);  // predicts: nothing is dropped; it goes on from the state, and leaves it
    CHECK(y(3, 2, 0) == 3);
    CHECK(y(3, 2, 4) == 9);
    CHECK(net.get<"counts.states.0">()(3, 0) == 6);
}
