// SPDX-License-Identifier: BSL-1.0
// error: E261 late: a program that is compiled when it is first run needs exceptions, which this unit has switched off
// lines: 30
// flags: -fno-exceptions
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
    const tensor<float, 3> x = {1, 2, 3};
#ifdef REJECT
    return run(late(sum(square(X))), X = x).item() == 14 ? 0 : 1;
#else
    return run(sum(square(X)), X = x).item() == 14 ? 0 : 1;
#endif
}
