// SPDX-License-Identifier: BSL-1.0
// error: E228 feed: the value's extents are not those of the input
// error: feed_does_not_fit
// error: tensor<float, -1, 784>
// error: tensor<float, 2, 785>
// lines: 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 784>> X;
#ifndef REJECT
    const tensor<float, 2, 784> data;
#else
    const tensor<float, 2, 785> data;
#endif
    return run(X * 2.0f, X = data).rank == 2 ? 0 : 1;
}
