// SPDX-License-Identifier: BSL-1.0
// error: E142 scan: a step gives a state another
// error: scan_changes_its_state
// error: lhs<3>
// error: rhs<>
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/expr/recurrent.hpp>

using namespace telar;

constexpr auto f = telar::function([](auto a, auto s) {
#ifndef REJECT
    return scan([](auto h, auto x) { return h + x; }, states(s), over(a)).state[0];
#else
    return scan([](auto h, auto x) { return telar::sum(h + x); }, states(s), over(a)).state[0];
#endif
});

int main() {
    input<"A", tensor<float, 5, 3>> A;
    input<"S", tensor<float, 3>> S;
    [[maybe_unused]] auto y = f(A, S);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
