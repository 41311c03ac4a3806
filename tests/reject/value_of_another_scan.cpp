// SPDX-License-Identifier: BSL-1.0
// error: E143 scan: a value of one scan's steps is used outside of them
// error: value_of_another_scan
// lines: 24
// cases: 3
#include <telar/core/errors.hpp>
#include <telar/expr/recurrent.hpp>

using namespace telar;

constexpr auto f = telar::function([](auto a, auto s) {
    auto taken = s;
    [[maybe_unused]] const auto sums = scan([&](auto h, auto x) { return taken = h + x; }, states(s), over(a));
#ifndef REJECT
    return scan(
               [&](auto h, auto x) {
                   const auto inner = scan([&](auto i, auto z) { return i + z * h * x; }, states(h * x), over(a));
                   return inner.state[0] + sums.state[0];
               },
               states(s), over(a))
        .state[0];
#elif REJECT == 1
    return scan([&](auto h, auto x) { return h + x * taken; }, states(s), over(a)).state[0];
#elif REJECT == 2  // of the inner scan in the steps of the outer
    const auto step = [&](auto h, auto x) {
        const auto y = scan([&](auto i, auto z) { return taken = i + z; }, states(h * x), over(a)).state[0];
        return y * taken;
    };
    return scan(step, states(s), over(a)).state[0];
#else              // and outside of both
    const auto step = [&](auto h, auto x) {
        return scan([&](auto i, auto z) { return taken = i + z; }, states(h * x), over(a)).state[0];
    };
    const auto y = scan(step, states(s), over(a)).state[0];
    return y * taken;
#endif
});

int main() {
    input<"A", tensor<float, 5, 3>> A;
    input<"S", tensor<float, 3>> S;
    [[maybe_unused]] auto y = f(A, S);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
