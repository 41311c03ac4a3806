// SPDX-License-Identifier: BSL-1.0
// error: E141 scan: a sequence has no first axis
// error: scan_lengths_differ
// error: of_shape<4, 3>
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/expr/recurrent.hpp>

using namespace telar;

constexpr auto f = telar::function([](auto a, auto b, auto s) {
    return scan([](auto h, auto x, auto y) { return h + x * y; }, states(s), over(a, b)).state[0];
});

int main() {
    input<"A", tensor<float, 5, 3>> A;
    input<"S", tensor<float, 3>> S;
#ifndef REJECT
    input<"B", tensor<float, 5, 3>> B;
#else
    input<"B", tensor<float, 4, 3>> B;
#endif
    [[maybe_unused]] auto y = f(A, B, S);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
