// SPDX-License-Identifier: BSL-1.0
// error: E229 feed: this input does not stand in what is run
// error: fed_but_not_in_the_graph
// error: {"labels"}
// lines: 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", tensor<float, 3>> W;
    input<"X", tensor<float, dyn, 3>> X;
    [[maybe_unused]] input<"labels", tensor<std::int32_t, dyn>> labels;
    auto step = minimize(sum(X * W), sgd{});
#ifndef REJECT
    run(step, X = {{1, 2, 3}});
#else
    run(step, X = {{1, 2, 3}}, labels = {1});
#endif
}
