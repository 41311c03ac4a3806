// SPDX-License-Identifier: BSL-1.0
// error: E232 update: between two variables = writes at once; write update(assign(target, online))
// error: written_already
// lines: 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"online", tensor<float, 3>> online;
    variable<"target", tensor<float, 3>> target;
#ifndef REJECT
    run(update(assign(target, online)));
#else
    run(update(target = online));
#endif
}
