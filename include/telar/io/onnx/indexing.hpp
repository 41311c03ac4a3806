// SPDX-License-Identifier: BSL-1.0
// Operations of ONNX by indices, as telar's functions.
#pragma once
#include <telar/io/onnx/movements.hpp>

#include <telar/expr/indexing.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

/// Indices below 0 count from the end.
inline symbol from_start(symbol indices, extent_t extent) {
    return where(indices < 0, indices + extent_like(indices, extent), indices);
}
inline symbol whole_number(symbol like, extent_t v) { return number(like, static_cast<double>(v)); }

inline symbol gathered(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", 0), x.rank());
    return gather(x, from_start(c[1], x.extents()[axis]), axis);
}
inline symbol gathered_elements(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", 0), x.rank());
    return take_along_axis(x, from_start(c[1], x.extents()[axis]), axis);
}
/// With leading axes that x and the indices share: they become a column of the indices.
inline symbol gathered_nd(const call& c) {
    const symbol x = c[0];
    symbol indices = c[1];
    require_rank(indices, 1);
    const std::int64_t batch_axes = c.integer("batch_dims", 0);
    require_form(batch_axes >= 0 && batch_axes < indices.rank(), "batch_dims");
    for (std::int64_t i = batch_axes; i-- > 0;) {
        shape along, to = indices.extents();
        for (int k = 0; k < to.rank; ++k) along.append(k == i ? to[k] : 1);
        to[to.rank - 1] = 1;
        const symbol own = emit::iota(*x.g, along[static_cast<int>(i)], indices.type());
        indices = telar::concat({spread(in_shape(own, along), to), indices}, -1);
    }
    return gather_nd(x, indices);
}

inline emit::joined reduction_of(const call& c) {
    using emit::joined;
    const std::string reduction = c.text("reduction", "none");
    require_form(reduction != "mul", "scattering by " + reduction);
    return reduction == "add"   ? joined::add
           : reduction == "max" ? joined::max
           : reduction == "min" ? joined::min
                                : joined::update;
}
inline symbol scattered_elements(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", 0), x.rank());
    return emit::scatter(x, from_start(c[1], x.extents()[axis]), c[2], axis, reduction_of(c));
}
inline symbol scattered_nd(const call& c) {
    const symbol x = c[0], indices = c[1], updates = c[2];
    require_rank(indices, 1);
    const int rank = indices.rank(), axes = static_cast<int>(number_of_places(indices, rank - 1));
    require_form(axes <= x.rank(), "an index of so many numbers");
    ir::dimensions& dims = x.g->dims;
    const shape whole = x.extents();
    shape lines(1), places(1), rows(1);
    for (int i = 0; i < rank - 1; ++i) places[0] = dims.multiply(places[0], indices.extents()[i]);
    for (int i = 0; i < axes; ++i) lines[0] = dims.multiply(lines[0], x.extents()[i]);
    for (int i = axes; i < x.rank(); ++i) lines.append(x.extents()[i]);
    rows[0] = places[0];
    for (int i = axes; i < x.rank(); ++i) rows.append(x.extents()[i]);
    const symbol place = in_shape(emit::place_of(indices, whole, axes), places);
    return in_shape(emit::scatter_lines(in_shape(x, lines), place, in_shape(updates, rows), reduction_of(c)), whole);
}

/// Lines in the place of those from an index on, one for each of a batch; circular: around the end.
inline symbol scattered_tensor(const call& c) {
    const symbol x = c[0], updates = c[1];
    const int axis = axis_of(c.integer("axis", -2), x.rank());
    shape along, batch;
    for (int i = 0; i < x.rank(); ++i) {
        along.append(i == axis ? updates.extents()[i] : 1);
        batch.append(i == 0 ? x.extents()[i] : 1);
    }
    symbol place = in_shape(emit::iota(*x.g, along[axis], dtype::int64), along);
    if (c.has(2)) place = place + in_shape(emit::cast(c[2], dtype::int64), batch);
    if (c.text("mode", "linear") == "circular")
        place = floor_mod(place, whole_number(place, number_of_places(x, axis)));
    return emit::scatter(x, spread(place, updates.extents()), updates, axis, emit::joined::update);
}

/// The elements of an axis where a condition holds; without an axis those of x, flattened.
inline symbol compressed(const call& c) {
    const symbol x = c.states("axis") ? c[0] : in_shape(c[0], shape(c.graph().dims.count(c[0].extents())));
    const known_values condition = c.known(1);
    integers kept;
    for (int i = 0; i < condition.count(); ++i)
        if (condition.at(i) != 0) kept.push_back(i);
    return gather(x, c.constant(tensor_of(kept)), axis_of(c.integer("axis", 0), x.rank()));
}
/// The first `length` elements of each sequence turned around.
inline symbol reversed_sequences(const call& c) {
    const symbol x = c[0], length = c[1];
    const int time = axis_of(c.integer("time_axis", 0), x.rank()),
              batch = axis_of(c.integer("batch_axis", 1), x.rank());
    shape along_time, along_batch;
    for (int i = 0; i < x.rank(); ++i) {
        along_time.append(i == time ? x.extents()[i] : 1);
        along_batch.append(i == batch ? x.extents()[i] : 1);
    }
    const symbol t = in_shape(emit::iota(*x.g, x.extents()[time], length.type()), along_time);
    const symbol n = in_shape(length, along_batch);
    return take_along_axis(x, where(t < n, n - 1 - t, t), time);
}

/// An axis with elements of its own around it: edge 0 0 0 1 2 2, reflect 2 1 0 1 2 1, wrap 1 2 0 1 2 0.
inline symbol repeated_around(symbol x, int axis, extent_t before, extent_t after, const std::string& mode) {
    const extent_t n = number_of_places(x, axis);
    require_form(n >= 1 && n + before + after >= 0, "padding of nothing");
    const symbol place = emit::iota(*x.g, n + before + after, dtype::int64) - before;
    symbol index = floor_mod(place, whole_number(place, n));
    if (mode == "edge") index = clip(place, 0, n - 1);
    if (mode == "reflect") {
        require_form(n >= 2, "one element reflected");
        const symbol around = floor_mod(place, whole_number(place, 2 * n - 2));
        index = minimum(around, whole_number(around, 2 * n - 2) - around);
    }
    return gather(x, index, axis);
}
inline symbol padded(const call& c) {
    symbol x = c[0];
    const integers pads = c.list_or_operand("pads", 1);
    integers axes = c.has(3) ? c.known_integers(3) : integers(static_cast<std::size_t>(x.rank()));
    if (!c.has(3)) std::iota(axes.begin(), axes.end(), 0);
    extent_t before[max_rank]{}, after[max_rank]{};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        before[axis_of(axes[i], x.rank())] = moderate(pads[i]);
        after[axis_of(axes[i], x.rank())] = moderate(pads[axes.size() + i]);
    }
    const std::string mode = c.text("mode", "constant");
    if (mode == "constant") {
        const symbol value = number(x, c.real("value", 0));
        return surrounded(x, before, after, !c.has(2) || (c.is_known(2) && c.known(2).at(0) == 0) ? value : c[2]);
    }
    for (int i = 0; i < x.rank(); ++i)
        if (before[i] != 0 || after[i] != 0) x = repeated_around(x, i, before[i], after[i], mode);
    return x;
}

/// from, from + step, ... of an axis, also backwards.
inline symbol sliced_by(symbol x, int axis, extent_t from, extent_t to, extent_t step) {
    const extent_t e = x.g->dims.resolve(x.extents()[axis]);
    constexpr extent_t far = std::numeric_limits<std::int32_t>::max() - 1;
    if (!ir::is_number(e) && from == 0 && step == 1 && to > far) return x;
    if (!ir::is_number(e) && step == -1 && from == -1 && to <= -far) return emit::reverse(x, 1u << axis);
    if (!ir::is_number(e) && step == 1 && from > -far && to > -far) {  // a run checks that both are on the axis
        ir::dimensions& dims = x.g->dims;
        const auto place = [&](extent_t n) { return n > far ? e : n < 0 ? dims.subtract(e, -n) : n; };
        const extent_t start = place(from), end = place(to);
        for (const extent_t n : {from, to})
            if (n <= far) dims.require_at_most(n < 0 ? -n : n, e);
        require_form(dims.require_at_most(start, end), "a slice that ends before it begins");
        return emit::part_of_axis(x, axis, start, dims.subtract(end, start));
    }
    const extent_t whole = number_of_places(x, axis);
    require_form(step != 0, "a step of 0");
    if (from == std::numeric_limits<extent_t>::min()) ++from;
    if (step < -whole - 1) step = -whole - 1;
    if (step > whole + 1) step = whole + 1;
    const auto place = [&](extent_t n, extent_t low, extent_t high) {
        return std::clamp(n < 0 ? n + whole : n, low, std::max(low, high));
    };
    if (step > 0) {
        from = place(from, 0, whole), to = std::max(from, place(to, 0, whole));
        x = slice(x, axis, from, to);
        return to > from ? every(x, axis, step) : x;
    }
    from = place(from, 0, whole - 1), to = to < -whole ? -1 : place(to, -1, whole - 1);
    const extent_t count = std::max<extent_t>((to - from + step + 1) / step, 0);
    const symbol index = emit::iota(*x.g, count, dtype::int64) * step;
    return gather(x, index + from, axis);
}
inline symbol sliced(const call& c) {
    symbol x = c[0];
    const integers starts = c.list_or_operand("starts", 1), ends = c.list_or_operand("ends", 2);
    integers axes = c.list_or_operand("axes", 3);
    const integers steps = c.has(4) ? c.known_integers(4) : integers(starts.size(), 1);
    if (axes.empty())
        for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    for (std::size_t i = 0; i < starts.size(); ++i)
        x = sliced_by(x, axis_of(axes[i], x.rank()), starts[i], ends[i], steps[i]);
    return x;
}

// clang-format off
inline constexpr operation indexing_operations[] = {
    {"Compress",        compressed},
    {"Gather",          gathered},
    {"GatherElements",  gathered_elements},
    {"GatherND",        gathered_nd},
    {"Pad",             padded},
    {"ReverseSequence", reversed_sequences},
    {"Scatter",         scattered_elements},
    {"ScatterElements", scattered_elements},
    {"ScatterND",       scattered_nd},
    {"Slice",           sliced},
    {"TensorScatter",   scattered_tensor},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
