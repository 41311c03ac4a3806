// SPDX-License-Identifier: BSL-1.0
// Operations of ONNX that move elements or make new ones, as telar's functions.
#pragma once
#include <telar/io/onnx/translation.hpp>

#include <telar/expr/arrange.hpp>
#include <telar/expr/linear.hpp>

#include <algorithm>
#include <numeric>

namespace telar::inline TELAR_ABI::io::onnx {

inline symbol reshaped(const call& c) {
    const symbol x = c[0];
    ir::dimensions& dims = x.g->dims;
    std::vector<extent_t> stated;
    if (c.has(1)) stated = c.known_extents(1);
    else
        for (const std::int64_t e : c.list("shape")) {
            require_form(e >= -1, "an extent below 0");
            stated.push_back(e == -1 ? inferred : e);
        }
    if (stated.size() > static_cast<std::size_t>(max_rank)) refuse(reason::axes, "a shape");
    shape to;
    int rest = -1;  // the axis whose extent is what remains
    extent_t others = 1;
    for (std::size_t i = 0; i < stated.size(); ++i) {
        if (stated[i] == inferred) {
            require_form(rest < 0, "a shape with two -1");
            rest = static_cast<int>(i), stated[i] = 1;
        } else if (stated[i] == 0 && c.integer("allowzero", 0) == 0) {
            require_form(static_cast<int>(i) < x.rank(), "a shape that keeps what is not there");
            stated[i] = x.extents()[static_cast<int>(i)];
        }
        to.append(stated[i]);
        others = dims.multiply(others, stated[i]);
    }
    if (rest >= 0) {
        require_form(others != 0, "a shape with 0 and -1");
        to[rest] = dims.divide(dims.count(x.extents()), others);
    }
    return in_shape(x, to);
}
/// x as a matrix: the axes before `first` are its rows.
inline symbol in_rows(symbol x, int first) {
    shape to(1, 1);
    for (int i = 0; i < x.rank(); ++i)
        to[i < first ? 0 : 1] = x.g->dims.multiply(to[i < first ? 0 : 1], x.extents()[i]);
    return in_shape(x, to);
}
inline symbol flattened(const call& c) {
    const symbol x = c[0];
    const std::int64_t axis = c.integer("axis", 1);
    return in_rows(x, axis == x.rank() ? x.rank() : axis_of(axis, x.rank()));
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
    if (x.rank() + static_cast<int>(axes.size()) > max_rank) refuse(reason::axes, "more than six axes");
    std::vector<int> numbers;
    for (const std::int64_t i : axes) numbers.push_back(axis_of(i, x.rank() + static_cast<int>(axes.size())));
    std::sort(numbers.begin(), numbers.end());
    for (const int i : numbers) x = expand_dims(x, i);
    return x;
}
inline symbol transposed(const call& c) {
    if (!c.states("perm")) return transpose(c[0]);
    const integers permutation = c.list("perm");
    require_form(static_cast<int>(permutation.size()) == c[0].rank(), "a permutation of other axes");
    return emit::transpose(c[0], permutation.data());
}
/// The extents of two shapes that broadcast.
inline symbol expanded(const call& c) {
    const symbol x = c[0];
    shape to;
    const std::vector<extent_t> stated = c.known_extents(1);
    if (stated.size() > static_cast<std::size_t>(max_rank)) refuse(reason::axes, "a shape");
    for (const extent_t e : stated) to.append(e == inferred ? 1 : e);
    if (to.rank < x.rank()) {
        shape longer = x.extents();
        for (int i = 1; i <= to.rank; ++i) longer[x.rank() - i] = to[to.rank - i];
        to = longer;
    }
    for (int i = 1; i <= x.rank(); ++i)
        if (to[to.rank - i] == 1) to[to.rank - i] = x.extents()[x.rank() - i];
    return spread(x, to);
}

/// Every step-th element of an axis: the windows of one element.
inline symbol every(symbol x, int axis, extent_t step) {
    if (step == 1) return x;
    const symbol apart = emit::windows(x, {axis, 1, step, 1});
    return squeeze(apart, axis + 1);
}
inline bool is_zero(symbol s) {
    const ir::node& n = (*s.g)[s.id];
    return n.kind == op::constant && ir::number_of(n) == 0;
}
/// x with `before` and `after` elements of a value around it; fewer than none are cut away.
inline symbol surrounded(symbol x, const extent_t* before, const extent_t* after, symbol value) {
    extent_t front[max_rank]{};
    shape to = x.extents();
    for (int i = 0; i < x.rank(); ++i) {
        if (before[i] < 0 || after[i] < 0) {
            const extent_t from = std::max(-before[i], extent_t{0});
            const extent_t end = number_of_places(x, i) - std::max(-after[i], extent_t{0});
            require_form(from <= end, "more cut off than there is");
            x = slice(x, i, from, end);
        }
        front[i] = std::max(before[i], extent_t{0});
        to[i] = x.g->dims.add(x.extents()[i], front[i] + std::max(after[i], extent_t{0}));
    }
    if (is_zero(value)) return emit::pad(x, front, to);
    const shape own = x.extents();
    const symbol inside = spread(emit::constant(*x.g, dtype::boolean, 1), own);
    return where(emit::pad(inside, front, to), emit::pad(x, front, to), value);
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
    const extent_t whole = number_of_places(x, axis), parts = c.outputs();
    require_form(parts >= 1, "no part");
    integers sizes = c.list_or_operand("split", 1);
    if (sizes.empty()) sizes.assign(static_cast<std::size_t>(parts), (whole + parts - 1) / parts);
    symbol first = x;
    extent_t from = 0;
    for (int i = 0; i < c.outputs(); ++i) {
        const extent_t size = sizes[static_cast<std::size_t>(i)];
        require_form(size >= 0 && size <= whole, "a part of " + std::to_string(size));
        const extent_t to = std::min(from + size, whole);
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
            x = emit::copied(x, i, positive(counts[static_cast<std::size_t>(i)]), false);
    return x;
}
inline symbol shape_as_value(const call& c) {
    const symbol x = c[0];
    const auto place = [&](std::int64_t n) { return std::clamp<std::int64_t>(n < 0 ? n + x.rank() : n, 0, x.rank()); };
    integers extents;
    symbol all;
    bool are_numbers = true;
    for (std::int64_t i = place(c.integer("start", 0)); i < place(c.integer("end", x.rank())); ++i) {
        const extent_t e = x.g->dims.resolve(x.extents()[static_cast<int>(i)]);
        are_numbers = are_numbers && ir::is_number(e);
        extents.push_back(e);
    }
    if (are_numbers) return c.constant(tensor_of(extents));
    for (const extent_t e : extents) {
        const symbol one = in_shape(emit::extent(c.graph(), e, dtype::int64), shape(1));
        all = all.g ? telar::concat({all, one}, 0) : one;
    }
    return all;
}
inline symbol constant(const call& c) {
    if (c.states("value")) return c.constant(c.stated("value").tensor.values());
    if (c.states("value_int"))
        return emit::constant(c.graph(), dtype::int64, static_cast<double>(c.integer("value_int", 0)));
    if (c.states("value_float")) return emit::constant(c.graph(), dtype::float32, c.real("value_float", 0));
    if (c.states("value_ints")) return c.constant(tensor_of(c.list("value_ints")));
    if (c.states("value_floats")) {
        const std::vector<float>& v = c.stated("value_floats").reals;
        return c.constant(tensor_of<float>(shape(v.size()), v.data()));
    }
    refuse(reason::type, "text or a sparse tensor");
}
inline symbol constant_of_shape(const call& c) {
    const shape to = shape_of(c.known_integers(0));
    symbol value = emit::constant(c.graph(), dtype::float32, 0);
    if (c.states("value")) value = in_shape(c.constant(c.stated("value").tensor.values()), shape());
    return spread(value, to);
}
inline symbol range(const call& c) {
    if (c.depends_on_extents(1)) {
        require_form(c.known(0).at(0) == 0 && c.known(2).at(0) == 1, "a range to an extent, but not 0, 1, ...");
        return emit::iota(c.graph(), c.known_extents(1).at(0), c[0].type());
    }
    const known_values first = c.known(0), last = c.known(1), step = c.known(2);
    const double count = std::ceil((last.at(0) - first.at(0)) / step.at(0));
    require_form(count <= 2147483647.0, "so long a range");
    return c[0] + c[2] * emit::iota(c.graph(), static_cast<extent_t>(std::max(count, 0.0)), c[0].type());
}
inline symbol eye_like(const call& c) {
    const symbol x = c[0];
    require_rank(x, 2, 2), moderate(c.integer("k", 0));
    const dtype type = c.states("dtype") ? type_of(c.integer("dtype", 1)) : x.type();
    return emit::cast(emit::beside_diagonal(op::equal, *x.g, x.extents()[0], x.extents()[1], c.integer("k", 0)), type);
}
inline symbol triangle(const call& c) {
    return emit::triangle(c[0], c.has(1) ? moderate(c.known_integers(1)[0]) : 0, c.integer("upper", 1) != 0);
}
inline symbol one_hot(const call& c) {
    const extent_t depth = positive(c.known_integers(1)[0]);
    const symbol labels = emit::cast(c[0], dtype::int64), values = c[2];
    const symbol hot = emit::one_hot(where(labels < 0, labels + depth, labels), depth, dtype::boolean);
    const symbol r = where(hot, squeeze(slice(values, 0, 1, 2)), squeeze(slice(values, 0, 0, 1)));
    const int axis = axis_of(c.integer("axis", -1), r.rank());
    extent_t permutation[max_rank]{};
    for (int i = 0, from = 0; i < r.rank(); ++i) permutation[i] = i == axis ? r.rank() - 1 : from++;
    return emit::transpose(r, permutation);
}
/// (N, C, H, W) -> (N, C / b^2, H b, W b) or back.
inline symbol depth_to_space(const call& c) {
    const symbol x = c[0];
    require_rank(x, 4, 4);
    const extent_t b = c.integer("blocksize", 1), n = x.extents()[0], h = number_of_places(x, 2),
                   w = number_of_places(x, 3);
    require_form(b >= 1 && b <= 1024 && number_of_places(x, 1) % (b * b) == 0, "blocks of " + std::to_string(b));
    const extent_t d = number_of_places(x, 1) / (b * b);
    const bool depth_first = c.text("mode", "DCR") == "DCR";
    const extent_t by_depth[] = {0, 3, 4, 1, 5, 2}, by_column[] = {0, 1, 4, 2, 5, 3};
    const symbol apart = depth_first ? in_shape(x, shape(n, b, b, d, h, w)) : in_shape(x, shape(n, d, b, b, h, w));
    return in_shape(emit::transpose(apart, depth_first ? by_depth : by_column), shape(n, d, h * b, w * b));
}
inline symbol space_to_depth(const call& c) {
    const symbol x = c[0];
    require_rank(x, 4, 4);
    const extent_t b = c.integer("blocksize", 1), n = x.extents()[0], d = number_of_places(x, 1);
    require_form(b >= 1 && b <= 1024, "blocks of " + std::to_string(b));
    const extent_t h = number_of_places(x, 2) / b, w = number_of_places(x, 3) / b;
    const extent_t permutation[] = {0, 3, 5, 1, 2, 4};
    return in_shape(emit::transpose(in_shape(x, shape(n, d, h, b, w, b)), permutation), shape(n, d * b * b, h, w));
}
/// Cut or surrounded by zeros, evenly on both sides.
inline symbol center_crop_pad(const call& c) {
    symbol x = c[0];
    const integers target = c.known_integers(1);
    integers axes = c.list("axes");
    if (axes.empty())
        for (int i = 0; i < x.rank(); ++i) axes.push_back(i);
    extent_t before[max_rank]{}, after[max_rank]{};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const int axis = axis_of(axes[i], x.rank());
        const extent_t more = positive(target[i]) - number_of_places(x, axis);
        before[axis] = more >= 0 ? more / 2 : -(-more / 2);
        after[axis] = more - before[axis];
    }
    return surrounded(x, before, after, number(x, 0));
}

/// The condition is known while the graph is built.
inline symbol branch(const call& c) {
    const std::vector<symbol> outputs = c.inlined(c.known(0).at(0) != 0 ? "then_branch" : "else_branch", {});
    require_form(!outputs.empty() && static_cast<int>(outputs.size()) >= c.outputs(), "a branch with fewer outputs");
    for (int i = 1; i < c.outputs(); ++i) c.give(i, outputs[static_cast<std::size_t>(i)]);
    return outputs[0];
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
    {"Size",          [](const call& c) { return emit::extent(c.graph(), c.graph().dims.count(c[0].extents()), dtype::int64); }},
    {"SpaceToDepth",  space_to_depth},
    {"Split",         split},
    {"Squeeze",       squeezed},
    {"Tile",          tiled},
    {"Transpose",     transposed},
    {"Trilu",         triangle},
    {"Unsqueeze",     unsqueezed},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
