// SPDX-License-Identifier: BSL-1.0
// error: E256 callable: a result has another type than the signature says
// lines: 30
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 3>> X;
#ifndef REJECT
    const callable<tensor<float, dyn, 3>(tensor<float, dyn, 3>)> f = tanh(X);
#else
    const callable<tensor<float, dyn, 4>(tensor<float, dyn, 3>)> f = tanh(X);
#endif
    return f ? 0 : 1;
}
