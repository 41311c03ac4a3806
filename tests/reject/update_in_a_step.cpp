// SPDX-License-Identifier: BSL-1.0
// error: E248 assign: a variable is assigned in a step of a scan
// error: update_in_a_step
// error: at_line<19>
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto f = telar::function([](symbol a, symbol s, symbol count) {
    const auto step = [&](symbol h, symbol x) {
#ifdef REJECT
        assign(count, h);
#endif
        return h + x;
    };
    assign(count, count + 1.0f);
    return scan(step, states(s), over(a)).state[0];
});

int main() {
    input<"A", tensor<float, 5>> A;
    variable<"s", tensor<float>> s;
    variable<"count", tensor<float>, false> count;
    [[maybe_unused]] auto y = f(A, s, count);
}
