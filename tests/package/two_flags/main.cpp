// SPDX-License-Identifier: BSL-1.0
// Fails if two units with different flags share code, or cannot share a callable.
#include "report.hpp"

#include <cmath>
#include <cstdio>

int main() {
    const report plain = report_plain();
    const report native = report_native();
    for (const report& r : {plain, native})
        std::printf("%s %s %p %g\n", r.instruction_set.c_str(), r.abi_name.c_str(), r.kernel, double{r.value});

    const float expected = std::exp(1.0f);  // a * b swaps the columns of a: exp(2 - 1)
    const bool both_right = std::fabs(plain.value - expected) < 1e-6f && std::fabs(native.value - expected) < 1e-6f;
    const bool named_after_own_flags = plain.abi_name.find(plain.instruction_set) != std::string::npos &&
                                       native.abi_name.find(native.instruction_set) != std::string::npos;
    const bool same_flags = plain.instruction_set == native.instruction_set;  // a machine with nothing beyond SSE2
    const bool shared = plain.kernel == native.kernel;

    bool all_call = true;  // whoever made it, whoever calls it
    for (const report& r : {plain, native}) {
        const float x[2] = {3, 4};
        float y[2] = {};
        r.squares.into(y, x);
        all_call = all_call && call_plain(r.square, 3) == 9 && call_native(r.square, 3) == 9 && r.square(3) == 9 &&
                   y[0] == 9 && y[1] == 16;
    }
    return both_right && named_after_own_flags && shared == same_flags && all_call ? 0 : 1;
}
