// SPDX-License-Identifier: BSL-1.0
// error: E259 multi_optimizer: no parameter that is trained has the path of this part
// error: part_optimizer<.*"heads"
// lines: 30
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"head/w", tensor<float, 2>> w;
#ifndef REJECT
    const multi_optimizer several(adam{}, for_part<"head">(sgd{}));
#else
    const multi_optimizer several(adam{}, for_part<"heads">(sgd{}));
#endif
    auto step = minimize(sum(square(w)), several);
    run(step);
}
