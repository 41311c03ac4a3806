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
constexpr auto f = telar::function([](auto s, auto xs) {
    return scan([](auto h, auto x) { return cond(sum(h) > 0, grows, shrinks, x); }, states(s), over(xs)).state[0];
});

int main() {
    input<"s", tensor<float, 2>> s;
    input<"X", tensor<float, 3, 2>> X;
    [[maybe_unused]] auto y = f(s, X);
}
