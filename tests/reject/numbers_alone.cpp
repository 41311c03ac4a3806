// SPDX-License-Identifier: BSL-1.0
// error: E243 call: numbers alone have no element type to compute in
// error: numbers_alone
// lines: 12, clang 16
// cases: 2
#include <telar/telar.hpp>

using namespace telar;

constexpr auto f = telar::function([](auto x) { return x * x; });

int main() {
#if REJECT == 1
    [[maybe_unused]] auto y = f(2.0f);
#elif REJECT == 2
    [[maybe_unused]] auto y = grad(f)(2.0f);
#else
    [[maybe_unused]] auto y = grad(f)(tensor<float>(2.0f));
#endif
}
