// SPDX-License-Identifier: BSL-1.0
// error: E262 on_target: parts of this program are marked with different targets, and a program runs on one
// error: several_targets.*different_targets<.*second.*first
#include <telar/kernels/reference/launch.hpp>
#include <telar/telar.hpp>

using namespace telar;

struct first {
    static constexpr ir::kernels::kernel_source source = ir::kernels::reference::reference_kernels;
};
struct second : first {};

int main() {
    input<"X", tensor<float, 3>> X;
    const tensor<float, 3> x = {1, 2, 3};
    const auto y = on_target<first>(X * 2) + X;
#ifdef REJECT
    return run(on_target<second>(sum(y)), X = x).item() == 18 ? 0 : 1;
#else
    return run(on_target<first>(sum(y)), X = x).item() == 18 ? 0 : 1;
#endif
}
