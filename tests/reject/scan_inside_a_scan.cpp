// SPDX-License-Identifier: BSL-1.0
// error: E143 scan: a scan in the steps of another
// error: scan_inside_a_scan
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/expr/recurrent.hpp>

using namespace telar;

constexpr auto f = telar::function([](auto a, auto s) {
    const auto last = scan([](auto h, auto x) { return h + x; }, states(s), over(a)).state[0];
#ifndef REJECT
    return scan([&](auto h, auto x) { return h + x * last; }, states(s), over(a)).state[0];
#else
    return scan(
               [&](auto h, auto x) {
                   return scan([](auto i, auto z) { return i + z; }, states(h * x + last), over(a)).state[0];
               },
               states(s), over(a))
        .state[0];
#endif
});

int main() {
    input<"A", tensor<float, 5, 3>> A;
    input<"S", tensor<float, 3>> S;
    [[maybe_unused]] auto y = f(A, S);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
