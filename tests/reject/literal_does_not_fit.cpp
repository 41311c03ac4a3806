// SPDX-License-Identifier: BSL-1.0
// A literal inside of a function that would wrap, or become infinite, in the type of the operand beside it.
// error: E245 dtype: a literal takes the tensor's element type, which cannot hold this one
// error: literal_does_not_fit
// lines: 12, clang 16
// cases: 6
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

#include <limits>

using namespace telar;

constexpr auto f = function([](auto byte, auto integer, auto half, auto x) {
#if REJECT == 1
    byte = byte + 300;
#elif REJECT == 2
    byte = -1 * byte;
#elif REJECT == 3
    integer = maximum(integer, 3'000'000'000);
#elif REJECT == 4
    half = half + 1e6;
#elif REJECT == 5
    half = half * 70000;
#elif REJECT == 6
    x = x * 1e39;
#else
    constexpr auto infinite = std::numeric_limits<double>::infinity();  // not too large: it is one of their values
    byte = byte + 255, integer = maximum(integer, -2'147'483'648), half = minimum(half + 65504, infinite);
    x = minimum(x * 3.4028235e38, infinite);
#endif
    return std::tuple(byte, integer, half, x);
});

int main() {
    input<"B", tensor<std::uint8_t, 3>> B;
    input<"I", tensor<std::int32_t, 3>> I;
    input<"H", tensor<float16, 3>> H;
    input<"X", tensor<float, 3>> X;
    [[maybe_unused]] auto y = f(B, I, H, X);
}
