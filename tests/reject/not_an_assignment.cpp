// SPDX-License-Identifier: BSL-1.0
// error: E152 update: takes assignments, as in update
// error: not_an_assignment
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", matrix<float, 3, 4>> W;
#ifndef REJECT
    run(update(W = 0.9f * W));
#else
    run(update(W, 0.9f * W));
#endif
}
