// SPDX-License-Identifier: BSL-1.0
// error: E321 data_parallel: the variables have float and double gradients, which are not sent together
// error: gradients_of_several_types.*of_variables<.*"a".*"b"
#include <telar/telar.hpp>

using namespace telar;

void train(distributed::process_group& group) {
    variable<"a", tensor<float, 3>> a;
    variable<"b", tensor<double, 3>> b;
    const auto loss = sum(square(a)) + cast<float>(sum(square(b)));
#ifndef REJECT
    auto step = minimize(loss, distributed::data_parallel(group, sgd{}), wrt(a));
#else
    auto step = minimize(loss, distributed::data_parallel(group, sgd{}));
#endif
    run(step);
}
