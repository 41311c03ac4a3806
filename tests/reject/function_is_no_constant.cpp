// SPDX-License-Identifier: BSL-1.0
// While a function is traced it cannot print, allocate for good, or ask for the time.
// error: E238 function: it calls what is not constexpr
// error: function_is_no_constant
// lines: 12, clang 16
// cases: 3
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

#include <iostream>

using namespace telar;

int counter() {
    static int calls = 0;
    return ++calls;
}

constexpr auto model = function([](auto x) {
    auto y = exp(x);
#if REJECT == 1
    std::cout << y;
#elif REJECT == 2
    std::cout << "y = " << y << "\n";
#elif REJECT == 3
    y = counter() * y;
#endif
    return y;
});

int main() {
    input<"X", tensor<float, 2, 3>> X;
    [[maybe_unused]] auto y = model(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
