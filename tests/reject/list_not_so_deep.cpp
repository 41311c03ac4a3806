// SPDX-License-Identifier: BSL-1.0
// error: E246 list: it is nested as deep as the tensor has axes
// error: list_not_so_deep
// lines: 13, clang 16
// cases: 2
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 3>> X;
    variable<"V", tensor<float, 2, 3>> V;
#if REJECT == 1
    auto y = run(X + V, X = {1, 2, 3});
#elif REJECT == 2
    V = {1, 2, 3};
#else
    V = {{1, 2, 3}, {4, 5, 6}};
    auto y = run(X + V, X = {{1, 2, 3}});
#endif
}
