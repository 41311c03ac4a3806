// SPDX-License-Identifier: BSL-1.0
// Movements, windows, routines and scans: saved, read again, and computed.
#include "saved.hpp"

#include <telar/expr/composite.hpp>
#include <telar/expr/control.hpp>
#include <telar/expr/convolution.hpp>
#include <telar/expr/scan.hpp>
#include <telar/expr/sort.hpp>
#include <telar/expr/while_loop.hpp>

#include <algorithm>

using namespace telar;
using saved::check;
using saved::drawn;
namespace emit = ir::emit;

namespace {

using symbols = std::vector<symbol>;

/// What operations a model of f has.
template <class F> std::vector<std::string> operations_of(const std::vector<shape>& inputs, F f) {
    io::onnx::saving::saved_model m;
    std::vector<symbol> x;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        x.push_back(expr::declare_leaf(m.traced, static_cast<int>(i), {dtype::float32, 0, inputs[i]}));
        m.leaves.push_back({"x" + std::to_string(i), nullptr, inputs[i], true});
    }
    m.traced.roots.push({f(x).id, -1, 0, 0});
    const std::string bytes = io::onnx::saving::bytes_of(std::move(m), "model.onnx", {});
    std::vector<std::string> all;
    return saved::operations_of(bytes);
}
symbol convolved(symbol x, symbol w, bool same = true, extent_t step = 1, extent_t dilation = 1) {
    emit::window_plan p;
    p.is_same = same;
    p.set(p.step, {step}), p.set(p.dilation, {dilation});
    return emit::convolve(x, w, p);
}
emit::window_plan pool(extent_t size, extent_t step, bool same = false) {
    emit::window_plan p;
    p.is_same = same;
    p.set(p.size, {size}), p.set(p.step, {step});
    return p;
}

/// The sides of a choice, which are large enough to be steps of their own.
struct descending_order {
    constexpr symbol operator()(symbol x) const { return emit::sort(x, true); }
};
struct sums {
    constexpr symbol operator()(symbol x) const { return emit::cumulate(op::cumsum, x, 0, {}); }
};

}  // namespace

TEST_CASE("movements") {
    const any_tensor x = drawn(dtype::float32, shape(3, 4, 5)), y = drawn(dtype::float32, shape(3, 4, 5), 2);
    check("reshape", {x}, [](const symbols& s) {
        const shape e = s[0].extents();
        return emit::reshape(s[0], shape(e[0], 20));
    });
    check("reshape_of_unknowns", {x, y}, [](const symbols& s) {
        const shape e = s[0].extents();
        const symbol both = emit::concat(s[0], s[1], 0);
        return emit::reshape(both, shape(e[0], 2, 20));
    });
    check("transpose", {x}, [](const symbols& s) {
        const extent_t p[] = {2, 0, 1};
        return emit::transpose(s[0], p) * 2;
    });
    check("broadcast_to", {drawn(dtype::float32, shape(4, 1))},
          [](const symbols& s) { return emit::broadcast_to(s[0], shape(2, s[0].extents()[0], 3)); });
    check("slice", {x}, [](const symbols& s) {
        const extent_t start[] = {0, 1, 2};
        return emit::slice(s[0], start, shape(s[0].extents()[0], 2, 3));
    });
    check("last_rows", {x}, [](const symbols& s) { return s[0][-1]; });
    check("pad", {x}, [](const symbols& s) {
        const extent_t before[] = {1, 0, 2};
        return emit::pad(s[0], before, shape(s[0].g->dims.add(s[0].extents()[0], 3), 5, 7));
    });
    check("pad_truths", {drawn(dtype::boolean, shape(2, 3))}, [](const symbols& s) {
        const extent_t before[] = {0, 1};
        return emit::pad(s[0], before, shape(s[0].extents()[0], 5));
    });
    check("concat", {x, y}, [](const symbols& s) { return emit::concat(s[0], s[1], 1); });
    check("reverse", {x}, [](const symbols& s) { return emit::reverse(s[0], 5); });
    for (const int axis : {0, 1}) {
        const std::string suffix = "_" + std::to_string(axis);
        check("windows" + suffix, {x}, [&](const symbols& s) { return emit::windows(s[0], {axis, 2, 1, 1}); });
        check("windows_apart" + suffix, {x}, [&](const symbols& s) { return emit::windows(s[0], {axis, 2, 2, 2}); });
        check("overlap_add" + suffix, {x}, [&](const symbols& s) {
            const symbol apart = emit::windows(s[0], {axis, 2, 1, 1});
            return emit::overlap_add(apart, {axis, 2, 1, 1}, s[0].extents());
        });
    }
    check("iota", {x}, [](const symbols& s) { return emit::iota(*s[0].g, s[0].extents()[0], dtype::float32) + 0.5; });
    check("extent", {x}, [](const symbols& s) {
        return emit::elementwise(op::div, emit::reduce(op::sum, s[0], 7, false),
                                 emit::reduced_count(s[0], 7, dtype::float32));
    });
}
TEST_CASE("routines") {
    const any_tensor x = drawn(dtype::float32, shape(4, 3, 5)), lines = drawn(dtype::int64, shape(2, 2), 2, 0, 3);
    for (const int axis : {0, 1, 2}) {
        const std::string suffix = "_" + std::to_string(axis);
        check("gather" + suffix, {x, lines}, [&](const symbols& s) { return emit::gather_lines(s[0], s[1], axis, 0); });
        for (const extent_t bits : {0, 1, 2, 3}) {
            const emit::cumulation c = emit::cumulation_of(bits);
            const std::string all = suffix + "_" + std::to_string(bits);
            check("cumsum" + all, {x}, [&](const symbols& s) { return emit::cumulate(op::cumsum, s[0], axis, c); });
            check("cumprod" + all, {x}, [&](const symbols& s) { return emit::cumulate(op::cumprod, s[0], axis, c); });
        }
        check(
            "recurrence" + suffix, {x, drawn(dtype::float32, shape(4, 3, 5), 3, -1, 1)},
            [&](const symbols& s) { return emit::recurrence(s[0], s[1], axis, axis == 1); }, 1e-5);
    }
    check("take_along_axis", {x, drawn(dtype::int32, shape(4, 2, 5), 3, 0, 3)},
          [](const symbols& s) { return emit::take_along_axis(s[0], s[1], 1); });
    check("indices_outside", {x, drawn(dtype::int64, shape(4, 3, 2), 4, -3, 9)},
          [](const symbols& s) { return emit::gather(s[0], s[1], 2, emit::outside::is_nothing); });
    check(
        "scatter_add", {x, lines, drawn(dtype::float32, shape(2, 2, 3, 5), 5)},
        [](const symbols& s) { return emit::scatter_lines(s[0], s[1], s[2], emit::joined::add); }, 2e-6, false);
    check(
        "scatter_update", {x, drawn(dtype::int64, shape(2), 6, 0, 3), drawn(dtype::float32, shape(2, 3, 5), 5)},
        [](const symbols& s) { return emit::scatter_lines(s[0], s[1], s[2], emit::joined::update); }, 2e-6, false);
    check("scatter_outside",
          {x, drawn(dtype::int64, shape(4, 3, 2), 4, -3, 9), drawn(dtype::float32, shape(4, 3, 2), 5)},
          [](const symbols& s) {
              return emit::scatter(s[0], s[1], s[2], 2, emit::joined::add, emit::outside::is_nothing);
          });
    for (const bool from_largest : {false, true}) {
        const std::string suffix = from_largest ? "_descending" : "";
        check("sort" + suffix, {x}, [&](const symbols& s) { return emit::sort(s[0], from_largest); });
        check("argsort" + suffix, {drawn(dtype::int32, shape(4, 9), 3, 0, 4)},
              [&](const symbols& s) { return emit::argsort(s[0], from_largest, 4); });
    }
    check("top_k", {x}, [](const symbols& s) { return expr::functions::top_k<2>{}(s[0]); });
}
TEST_CASE("convolutions and pools are ONNX's") {
    const any_tensor x = drawn(dtype::float32, shape(2, 7, 6, 3)), w = drawn(dtype::float32, shape(3, 2, 3, 4), 2),
                     series = drawn(dtype::float32, shape(2, 9, 3)), v = drawn(dtype::float32, shape(3, 3, 4), 3);
    // The kernels' extents are always known: they are given as constants of the graph by their shapes.
    for (const bool same : {false, true}) {
        const std::string suffix = same ? "_same" : "";
        check(
            "conv" + suffix, {x, w}, [&](const symbols& s) { return convolved(s[0], s[1], same); }, 5e-6, false);
        check(
            "conv_steps" + suffix, {x, w}, [&](const symbols& s) { return convolved(s[0], s[1], same, 2); }, 5e-6,
            false);
        check(
            "conv_dilated" + suffix, {x, w}, [&](const symbols& s) { return convolved(s[0], s[1], same, 1, 2); }, 5e-6,
            false);
        check(
            "conv_line" + suffix, {series, v}, [&](const symbols& s) { return convolved(s[0], s[1], same); }, 5e-6,
            false);
        check(
            "depthwise" + suffix, {x, drawn(dtype::float32, shape(3, 3, 3, 2), 4)},
            [&](const symbols& s) {
                emit::window_plan p;
                p.is_same = same;
                return emit::convolve_depthwise(s[0], s[1], p);
            },
            5e-6, false);
        check("max_pool" + suffix, {x}, [&](const symbols& s) { return emit::pool_max(s[0], pool(2, 2, same)); });
        check("mean_pool" + suffix, {x}, [&](const symbols& s) { return emit::pool_mean(s[0], pool(3, 2, same)); });
        check("max_pool_line" + suffix, {series},
              [&](const symbols& s) { return emit::pool_max(s[0], pool(3, 1, same)); });
    }
    check(
        "conv_groups", {x, drawn(dtype::float32, shape(3, 3, 1, 6), 4)},
        [](const symbols& s) {
            emit::window_plan p;
            p.groups = 3;
            return emit::convolve(s[0], s[1], p);
        },
        5e-6, false);
    const auto transposed = [](extent_t step, extent_t dilation, bool same) {
        return [=](const symbols& s) {
            emit::window_plan p;
            p.is_same = same;
            p.set(p.step, {step}), p.set(p.dilation, {dilation});
            return emit::convolve_transposed(s[0], s[1], p);
        };
    };
    const any_tensor turned = drawn(dtype::float32, shape(3, 3, 2, 3), 4);
    for (const extent_t step : {1, 2, 3, 4}) {  // 3: windows side by side; 4: with room between
        const std::string suffix = "_" + std::to_string(step);
        check("conv_transpose" + suffix, {x, turned}, transposed(step, 1, false), 5e-6, false);
        check("conv_transpose_same" + suffix, {x, turned}, transposed(step, 1, true), 5e-6, false);
    }
    check("conv_transpose_dilated", {x, turned}, transposed(1, 2, false), 5e-6, false);
    check("conv_transpose_line", {series, drawn(dtype::float32, shape(4, 2, 3), 4)}, transposed(2, 1, false), 5e-6,
          false);
    CHECK(operations_of({shape(dyn, 7, 6, 3), shape(3, 3, 2, 3)}, transposed(2, 1, false)) ==
          std::vector<std::string>{"Transpose", "Transpose", "ConvTranspose", "Transpose"});
    check(
        "conv_volume", {drawn(dtype::float32, shape(2, 4, 5, 4, 2)), drawn(dtype::float32, shape(2, 2, 2, 2, 3), 2)},
        [](const symbols& s) { return convolved(s[0], s[1]); }, 5e-6, false);
    check("max_pool_volume", {drawn(dtype::float32, shape(2, 4, 5, 4, 2))},
          [](const symbols& s) { return emit::pool_max(s[0], pool(2, 2)); });

    using all = std::vector<std::string>;
    CHECK(operations_of({shape(dyn, 8, 8, 3), shape(3, 3, 3, 4), shape(4), shape(3, 3, 4, 4)},
                        [](const symbols& s) {
                            const symbol y = emit::elementwise(op::relu, convolved(s[0], s[1]) + s[2]);
                            return emit::pool_max(convolved(y, s[3]) + y, pool(2, 2));
                        }) == all{"Transpose", "Transpose", "Conv", "Reshape", "Add", "Relu", "Transpose", "Conv",
                                  "Add", "MaxPool", "Transpose"});
}
TEST_CASE("scans") {
    const any_tensor h = drawn(dtype::float32, shape(2, 3)), xs = drawn(dtype::float32, shape(4, 2, 3), 2),
                     u = drawn(dtype::float32, shape(3, 3), 3);
    for (const direction way : {direction::forward, direction::backward})
        check(
            way == direction::forward ? "scan" : "scan_backward", {h, xs, u},
            [&](const symbols& s) {
                const auto r = scan([&](symbol a, symbol x) { return tanh(emit::matmul(a, s[2]) + x); }, states(s[0]),
                                    over(s[1]), way);
                return std::array{r.state[0], r.kept[0]};
            },
            2e-6, false);
    check(
        "scan_of_two", {h, xs},
        [](const symbols& s) {
            const auto r = scan(
                [&](symbol a, symbol b, symbol x) {
                    return scanned{states(b * 0.5, a + x), std::array{a, b * x}};
                },
                states(s[0], s[0]), over(s[1]));
            return std::array{r.state[0], r.state[1], r.kept[0], r.kept[1]};
        },
        2e-6, false);
    check("scan_of_steps", {h}, [](const symbols& s) {
        return scan([](symbol a) { return scanned{states(a * 0.5 + 1)}; }, states(s[0]), 5).state[0];
    });
    check(
        "nested_scan", {h, xs},
        [](const symbols& s) {
            const auto rows = scan(
                [&](symbol a, symbol x) {
                    return scan([&](symbol b, symbol y) { return b * 0.5 + y; }, states(a[0]), over(x + a)).state[0] +
                           a;
                },
                states(s[0]), over(s[1]));
            return rows.state[0];
        },
        1e-5, false);
}
TEST_CASE("loops, and choices between two functions") {
    check("while", {drawn(dtype::float32, shape(3), 1, 1, 9)}, [](const symbols& s) {
        return while_loop([&](symbol x) { return emit::reduce(op::max, x, 1, false) > 0.5; },
                          [](symbol x) { return states(x * 0.5); }, states(s[0]))[0];
    });
    check("while_at_most", {drawn(dtype::float32, shape(3), 1, 1, 9)}, [](const symbols& s) {
        return while_loop([&](symbol x) { return emit::reduce(op::max, x, 1, false) > 0; },
                          [](symbol x) { return states(x * 0.5); }, states(s[0]), 3)[0];
    });
    for (const double sign : {-1.0, 1.0})
        check(sign < 0 ? "cond_false" : "cond_true", {drawn(dtype::float32, shape(3), 1, 1, 9)}, [&](const symbols& s) {
            const symbol p = emit::reduce(op::sum, s[0] * sign, 1, false) > 0;
            return expr::functions::cond<descending_order, sums>{}(p, s[0]);
        });
}
