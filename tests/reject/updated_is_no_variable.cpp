// SPDX-License-Identifier: BSL-1.0
// error: E250 assign: inside of a function, its first argument is the symbol of a variable that nothing else in the
// program changes error: updated_is_no_variable lines: 24 cases: 3
#include <telar/core/errors.hpp>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto f = telar::function([](symbol x, symbol count) {
    assign(count, count + 1.0f);
    return x;
});

int main() {
    variable<"w", tensor<float>> w;
    variable<"count", tensor<float>, false> count;
    input<"X", tensor<float>> X;
#ifndef REJECT
    auto step = minimize(f(w + X, count), sgd{});
#elif REJECT == 1  // an input
    auto step = minimize(f(w, X), sgd{});
#elif REJECT == 2  // a value
    auto step = minimize(f(w, count + 1.0f), sgd{});
#else              // what the optimiser changes
    auto step = minimize(f(w + X, w), sgd{});
#endif
    run(step, X = 1.0f);
}
