// SPDX-License-Identifier: BSL-1.0
#include "finite_differences.hpp"

#include <telar/graph/settle_calls.hpp>
#include <telar/graph/verify.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace support {

telar::symbol weighted(telar::symbol y) {
    using namespace telar;
    using namespace telar::ir::passes;
    using namespace telar::ir::kernels;
    graph& g = *y.g;
    extent_t count = 1;
    for (int i = 0; i < y.rank(); ++i) count *= y.extents()[i];
    const symbol flat = emit::reshape(y, shape(count));
    const symbol weight = 0.5 + 0.25 * emit::elementwise(op::sin, 1.7 * emit::iota(g, count, dtype::float64));
    return emit::reduce(op::sum, flat * weight, 1, false);
}
double error_of_gradient(telar::ir::graph& gradient, telar::ir::graph& forward, const telar::core::growable<array>& x,
                         double h) {
    using telar::ir::kernels::reference::interpret;
    settle_calls(gradient);
    if (const char* why = first_illegality(gradient)) {
        FAIL_CHECK(std::string(why));
        return INFINITY;
    }
    const auto exact = interpret(gradient, x);
    settle_calls(forward);

    double largest = 0, error = 0;
    for (int leaf = 0; leaf < x.size(); ++leaf) {
        if (exact[leaf].extents != x[leaf].extents) return INFINITY;
        for (int i = 0; i < x[leaf].count(); ++i) {
            const auto moved = [&](double by) {
                telar::core::growable<array> at = x;
                at[leaf].numbers[i] = x[leaf].at(i) + by;
                return interpret(forward, at)[0].at(0);
            };
            const double slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
            largest = std::max(largest, std::abs(slope));
            error = std::max(error, distance(exact[leaf].at(i), slope));
        }
    }
    return error / std::max(largest, 1e-3);
}
array scattered(const telar::shape& extents, double lo, double hi, double phase) {
    array a(telar::dtype::float64, extents);
    const int count = a.count();
    for (int i = 0; i < count; ++i) {
        const double u = std::fmod((i + 1) * 0.6180339887498949 + phase, 1.0);
        a.push(lo + (hi - lo) * u);
    }
    return a;
}

}  // namespace support
