// SPDX-License-Identifier: BSL-1.0
// error: E244 operator: a symbol has no %
// error: no_such_operator
// lines: 12, clang 16
// cases: 5
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

constexpr auto f = function([](auto x) {
#if REJECT == 1
    return x % 2;
#elif REJECT == 2
    return x % (x + 1);
#elif REJECT == 3
    x++;
    return x;
#elif REJECT == 4
    --x;
    return x;
#elif REJECT == 5
    return x << 2;
#else
    x += 1;
    return shift_left(floor_mod(x, 2), x);
#endif
});

int main() {
    input<"X", tensor<int, 3>> X;
    [[maybe_unused]] auto y = f(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
