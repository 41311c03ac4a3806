// SPDX-License-Identifier: BSL-1.0
// error: E115 pad: the operand does not fit into the padded shape
// error: pad_out_of_range
// error: from<2, 3>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 2, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = pad(X, before<1, 0>, after<0, 2>);
#else
    [[maybe_unused]] auto y = pad(X, before<-1, 0>, after<0, 2>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
