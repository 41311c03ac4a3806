// SPDX-License-Identifier: BSL-1.0
// error: E153 update: one variable is given two new values in one run
// error: assigned_twice
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", tensor<float, 3>> W;
    variable<"old", tensor<float, 3>, false> old;
#ifndef REJECT
    [[maybe_unused]] auto step = minimize(sum(W * 2.0f), sgd{}, update(old = W * 1.0f));
#else
    [[maybe_unused]] auto step = minimize(sum(W * 2.0f), sgd{}, update(W = old * 1.0f));
#endif
}
