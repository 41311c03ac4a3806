// SPDX-License-Identifier: BSL-1.0
// error: E145 print: in a side of a cond of which both sides are computed
// error: print_inside_a_cond
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/io/print.hpp>

using namespace telar;

constexpr auto grows = telar::function([](auto x) { return exp(x); });
constexpr auto shrinks = telar::function([](auto x) {
#ifdef REJECT
    print(x, "x");
#endif
    return -x;
});

int main() {
    input<"x", tensor<float, 2, 2, 2, 2, 2, 2>> x;
    [[maybe_unused]] auto y = cond(sum(x) > 0, grows, shrinks, x);
}
