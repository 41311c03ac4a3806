// SPDX-License-Identifier: BSL-1.0
// Operations of ONNX that move elements or make new ones, as telar's functions.
#pragma once
#include "translation.hpp"

#include <telar/expr/arrange.hpp>
#include <telar/expr/linear.hpp>

#include <algorithm>
#include <numeric>

namespace onnx {

using telar::extent_t;

inline symbol reshaped(const call& c) {
    const symbol x = c[0];
    integers to = c.list_or_operand("shape", 1);
    for (std::size_t i = 0; i < to.size(); ++i)
        if (to[i] == 0 && c.integer("allowzero", 0) == 0) to[i] = x.extents()[static_cast<int>(i)];
    return reshape(x, shape_of(to));
}
inline symbol flattened(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", 1), x.rank());
    shape to(1, 1);
    for (int i = 0; i < x.rank(); ++i) to[i < axis ? 0 : 1] *= x.extents()[i];
    return reshape(x, to);
}
inline symbol squeezed(const call& c) {
    const integers axes = c.list_or_operand("axes", 1);
    symbol x = c[0];
    if (axes.empty()) return squeeze(x);
    std::vector<int> numbers;
    for (const std::int64_t i : axes) numbers.push_back(axis_of(i, x.rank()));
    std::sort(numbers.rbegin(), numbers.rend());
    for (const int i : numbers) x = squeeze(x, i);
    return x;
}
inline symbol unsqueezed(const call& c) {
    symbol x = c[0];
    const integers axes = c.list_or_operand("axes", 1);
    std::vector<int> numbers;
    for (const std::int64_t i : axes) numbers.push_back(axis_of(i, x.rank() + static_cast<int>(axes.size())));
    std::sort(numbers.begin(), numbers.end());
    for (const int i : numbers) x = expand_dims(x, i);
    return x;
}
inline symbol transposed(const call& c) {
    if (!c.states("perm")) return transpose(c[0]);
    return telar::ir::emit::transpose(c[0], c.list("perm").data());
}
/// The extents of two shapes that broadcast.
inline symbol expanded(const call& c) {
    const symbol x = c[0];
    shape to = shape_of(c.known_integers(1));
    if (to.rank < x.rank()) {
        shape longer = x.extents();
        for (int i = 1; i <= to.rank; ++i) longer[x.rank() - i] = to[to.rank - i];
        to = longer;
    }
    for (int i = 1; i <= x.rank(); ++i)
        if (to[to.rank - i] == 1) to[to.rank - i] = x.extents()[x.rank() - i];
    return broadcast_to(x, to);
}

/// Every step-th element of an axis: the windows of one element.
inline symbol every(symbol x, int axis, extent_t step) {
    if (step == 1) return x;
    const symbol apart = telar::ir::emit::windows(x, {axis, 1, step, 1});
    return squeeze(apart, axis + 1);
}
/// x with `before` and `after` elements of a value around it; fewer than none are cut away.
inline symbol surrounded(symbol x, const extent_t* before, const extent_t* after, symbol value) {
    extent_t front[telar::max_rank]{};
    shape to = x.extents();
    for (int i = 0; i < x.rank(); ++i) {
        x = slice(x, i, std::max(-before[i], extent_t{0}), x.extents()[i] - std::max(-after[i], extent_t{0}));
        front[i] = std::max(before[i], extent_t{0});
        to[i] = x.extents()[i] + front[i] + std::max(after[i], extent_t{0});
    }
    const symbol inside = broadcast_to(telar::ir::emit::constant(*x.g, telar::dtype::boolean, 1), x.extents());
    return where(telar::ir::emit::pad(inside, front, to), telar::ir::emit::pad(x, front, to), value);
}
inline symbol concatenated(const call& c) {
    symbol r = c[0];
    const int axis = axis_of(c.integer("axis", 1), r.rank());
    for (int i = 1; i < c.operands(); ++i) r = telar::concat({r, c[i]}, axis);
    return r;
}
inline symbol split(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", 0), x.rank());
    const extent_t whole = x.extents()[axis], parts = c.outputs();
    integers sizes = c.list_or_operand("split", 1);
    if (sizes.empty()) sizes.assign(static_cast<std::size_t>(parts), (whole + parts - 1) / parts);
    symbol first = x;
    extent_t from = 0;
    for (int i = 0; i < c.outputs(); ++i) {
        const extent_t to = std::min(from + sizes[static_cast<std::size_t>(i)], whole);
        const symbol part = slice(x, axis, from, to);
        if (i == 0) first = part;
        else c.give(i, part);
        from = to;
    }
    return first;
}
inline symbol tiled(const call& c) {
    symbol x = c[0];
    const integers counts = c.known_integers(1);
    for (int i = 0; i < x.rank(); ++i)
        if (counts[static_cast<std::size_t>(i)] != 1)
            x = telar::ir::emit::copied(x, i, counts[static_cast<std::size_t>(i)], false);
    return x;
}
inline symbol shape_as_value(const call& c) {
    const symbol x = c[0];
    const auto place = [&](std::int64_t n) { return std::clamp<std::int64_t>(n < 0 ? n + x.rank() : n, 0, x.rank()); };
    integers extents;
    for (std::int64_t i = place(c.integer("start", 0)); i < place(c.integer("end", x.rank())); ++i)
        extents.push_back(x.extents()[static_cast<int>(i)]);
    return c.constant(array_of(extents));
}
inline symbol constant(const call& c) {
    if (c.states("value")) return c.constant(c.stated("value").tensor.values());
    if (c.states("value_int"))
        return telar::ir::emit::constant(c.graph(), telar::dtype::int64,
                                         static_cast<double>(c.integer("value_int", 0)));
    if (c.states("value_float"))
        return telar::ir::emit::constant(c.graph(), telar::dtype::float32, c.real("value_float", 0));
    if (c.states("value_ints")) return c.constant(array_of(c.list("value_ints")));
    if (c.states("value_floats")) {
        const std::vector<float>& v = c.stated("value_floats").reals;
        return c.constant(telar::ir::kernels::reference::array_of<float>(shape(v.size()), v.data()));
    }
    refuse(reason::type, "text or a sparse tensor");
}
inline symbol constant_of_shape(const call& c) {
    const shape to = shape_of(c.known_integers(0));
    symbol value = telar::ir::emit::constant(c.graph(), telar::dtype::float32, 0);
    if (c.states("value")) value = reshape(c.constant(c.stated("value").tensor.values()), shape());
    return broadcast_to(value, to);
}
inline symbol range(const call& c) {
    const array first = c.known(0), last = c.known(1), step = c.known(2);
    const double count = std::ceil((last.at(0) - first.at(0)) / step.at(0));
    return c[0] + c[2] * telar::ir::emit::iota(c.graph(), static_cast<extent_t>(std::max(count, 0.0)), c[0].type());
}
inline symbol eye_like(const call& c) {
    const symbol x = c[0];
    const telar::dtype type = c.states("dtype") ? type_of(c.integer("dtype", 1)) : x.type();
    return telar::ir::emit::cast(
        telar::ir::emit::beside_diagonal(telar::op::equal, *x.g, x.extents()[0], x.extents()[1], c.integer("k", 0)),
        type);
}
inline symbol triangle(const call& c) {
    return telar::ir::emit::triangle(c[0], c.has(1) ? c.known_integers(1)[0] : 0, c.integer("upper", 1) != 0);
}
inline symbol one_hot(const call& c) {
    const extent_t depth = c.known_integers(1)[0];
    const symbol labels = telar::ir::emit::cast(c[0], telar::dtype::int64), values = c[2];
    const symbol hot =
        telar::ir::emit::one_hot(where(labels < 0, labels + depth, labels), depth, telar::dtype::boolean);
    const symbol r = where(hot, squeeze(slice(values, 0, 1, 2)), squeeze(slice(values, 0, 0, 1)));
    const int axis = axis_of(c.integer("axis", -1), r.rank());
    extent_t permutation[telar::max_rank]{};
    for (int i = 0, from = 0; i < r.rank(); ++i) permutation[i] = i == axis ? r.rank() - 1 : from++;
    return telar::ir::emit::transpose(r, permutation);
}
/// (N, C, H, W) -> (N, C / b^2, H b, W b) or back.
inline symbol depth_to_space(const call& c) {
    const symbol x = c[0];
    const extent_t b = c.integer("blocksize", 1), n = x.extents()[0], d = x.extents()[1] / (b * b), h = x.extents()[2],
                   w = x.extents()[3];
    const bool depth_first = c.text("mode", "DCR") == "DCR";
    const extent_t by_depth[] = {0, 3, 4, 1, 5, 2}, by_column[] = {0, 1, 4, 2, 5, 3};
    const symbol apart = depth_first ? reshape(x, shape(n, b, b, d, h, w)) : reshape(x, shape(n, d, b, b, h, w));
    return reshape(telar::ir::emit::transpose(apart, depth_first ? by_depth : by_column), shape(n, d, h * b, w * b));
}
inline symbol space_to_depth(const call& c) {
    const symbol x = c[0];
    const extent_t b = c.integer("blocksize", 1), n = x.extents()[0], d = x.extents()[1], h = x.extents()[2] / b,
                   w = x.extents()[3] / b;
    const extent_t permutation[] = {0, 3, 5, 1, 2, 4};
    return reshape(telar::ir::emit::transpose(reshape(x, shape(n, d, h, b, w, b)), permutation),
                   shape(n, d * b * b, h, w));
}
/// Cut or surrounded by zeros, evenly on both sides.
inline symbol center_crop_pad(const call& c) {
    symbol x = c[0];
    const integers target = c.known_integers(1);
    integers axes = c.list("axes");
    if (axes.empty())
        for (int i = 0; i < x.rank(); ++i) axes.push_back(i);
    extent_t before[telar::max_rank]{}, after[telar::max_rank]{};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const int axis = axis_of(axes[i], x.rank());
        const extent_t more = target[i] - x.extents()[axis];
        before[axis] = more >= 0 ? more / 2 : -(-more / 2);
        after[axis] = more - before[axis];
    }
    return surrounded(x, before, after, number(x, 0));
}

/// The condition is known while the graph is built.
inline symbol branch(const call& c) {
    const std::vector<symbol> outputs = c.inlined(c.known(0).at(0) != 0 ? "then_branch" : "else_branch", {});
    for (int i = 1; i < c.outputs(); ++i) c.give(i, outputs.at(static_cast<std::size_t>(i)));
    return outputs.at(0);
}

// clang-format off
inline constexpr operation movement_operations[] = {
    {"CenterCropPad", center_crop_pad},
    {"Concat",        concatenated},
    {"Constant",      constant},
    {"ConstantOfShape", constant_of_shape},
    {"DepthToSpace",  depth_to_space},
    {"Expand",        expanded},
    {"EyeLike",       eye_like},
    {"Flatten",       flattened},
    {"If",            branch},
    {"OneHot",        one_hot},
    {"Range",         range},
    {"Reshape",       reshaped},
    {"Shape",         shape_as_value},
    {"Size",          [](const call& c) { return c.constant(telar::ir::kernels::reference::array_of<std::int64_t>(shape(), {c[0].extents().count()})); }},
    {"SpaceToDepth",  space_to_depth},
    {"Split",         split},
    {"Squeeze",       squeezed},
    {"Tile",          tiled},
    {"Transpose",     transposed},
    {"Trilu",         triangle},
    {"Unsqueeze",     unsqueezed},
};
// clang-format on

}  // namespace onnx
