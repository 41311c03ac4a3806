// SPDX-License-Identifier: BSL-1.0
// error: E249 assign: a function assigns a variable, but run commits nothing
// error: update_is_lost
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto f = telar::function([](symbol x, symbol count) {
    assign(count, count + 1.0f);
    return x;
});

int main() {
    variable<"x", tensor<float>, false> x;
    variable<"count", tensor<float>, false> count;
#ifndef REJECT
    run(update(x = f(x, count)));
#else
    run(f(x, count));
#endif
}
