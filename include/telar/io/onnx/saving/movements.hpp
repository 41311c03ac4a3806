// SPDX-License-Identifier: BSL-1.0
// Movements as ONNX's. What can be done with the axes as they lie in the file is done so.
#pragma once
#include <telar/io/onnx/saving/windows.hpp>

#include <limits>

namespace telar::inline TELAR_ABI::io::onnx::saving {

inline void write_transpose(writer& w, int id, const char*) {
    const stored_value x = w.value(w.g[id].in[0]);
    permutation p;
    for (int i = 0; i < w.g[id].extents.rank; ++i) p.append(x.order.at[w.g[id].attribute[i]]);
    w.set(id, x.name, p);
}
/// Whether two shapes differ in axes of extent 1 alone.
inline bool differs_in_ones(writer& w, const shape& a, const shape& b) {
    int i = 0, j = 0;
    while (true) {
        while (i < a.rank && a[i] == 1) ++i;
        while (j < b.rank && b[j] == 1) ++j;
        if (i == a.rank || j == b.rank) return i == a.rank && j == b.rank;
        if (!w.g.dims.same(a[i++], b[j++])) return false;
    }
}
/// Axes of extent 1 come and go behind the others, which keep their places.
inline void write_ones(writer& w, int id, const stored_value& x, const shape& from, const shape& to) {
    shape in_file;
    permutation order = in_order(to.rank);
    for (int place = 0; place < from.rank; ++place) {
        int axis = 0, before = 0;  // the axis that lies there, and how many that stay are before it
        while (x.order.at[axis] != place) ++axis;
        if (from[axis] == 1) continue;
        for (int i = 0; i < axis; ++i) before += from[i] != 1;
        for (int i = 0; i < to.rank; ++i)
            if (to[i] != 1 && before-- == 0) order.at[i] = in_file.rank;
        in_file.append(from[axis]);
    }
    for (int i = 0; i < to.rank; ++i)
        if (to[i] == 1) {
            order.at[i] = in_file.rank;
            in_file.append(1);
        }
    w.set(id, w.reshape(x.name, in_file), order);
}
inline void write_reshape(writer& w, int id, const char*) {
    if (write_windowed(w, id)) return;
    const int from = w.g[id].in[0];
    const stored_value x = w.value(from);
    const shape before = w.extents_of(from), after = w.extents_of(id);
    if (!is_in_order(x.order) && differs_in_ones(w, before, after)) return write_ones(w, id, x, before, after);
    w.set(id, w.reshape(w.plain(from), after));
}
inline void write_broadcast(writer& w, int id, const char*) {
    w.set(id, w.add("Expand", {w.plain(w.g[id].in[0]), w.whole(w.extents_of(id))}));
}
/// A place on an axis as a number, if it is one from the start or from the end.
inline std::optional<std::int64_t> place_on_axis(writer& w, extent_t place, extent_t whole, bool is_end) {
    place = w.resolved(place);
    if (ir::is_number(place)) return place;
    const extent_t left = w.resolved(w.g.dims.subtract(whole, place));
    if (!ir::is_number(left) || (left == 0 && !is_end)) return std::nullopt;
    return left == 0 ? std::numeric_limits<std::int64_t>::max() : -left;
}
inline void write_slice(writer& w, int id, const char*) {
    const int from = w.g[id].in[0];
    const stored_value x = w.value(from);
    const shape whole = w.extents_of(from), size = w.extents_of(id);
    shape starts, ends;
    std::vector<std::int64_t> first, last, axes;
    for (int i = 0; i < size.rank; ++i) {
        if (size[i] == whole[i]) continue;
        const extent_t start = w.g[id].attribute[i], end = w.g.dims.add(start, size[i]);
        starts.append(start), ends.append(end);
        axes.push_back(axis_in_file(x.order, i));
        const auto a = place_on_axis(w, start, whole[i], false), b = place_on_axis(w, end, whole[i], true);
        if (a && b) first.push_back(*a), last.push_back(*b);
    }
    const bool are_known = first.size() == axes.size();
    w.set(id,
          w.add("Slice", {x.name, are_known ? w.whole(first) : w.whole(starts),
                          are_known ? w.whole(last) : w.whole(ends), w.whole(axes)}),
          x.order);
}
inline void write_pad(writer& w, int id, const char*) {
    const int from = w.g[id].in[0];
    const stored_value x = w.value(from);
    const shape inside = w.extents_of(from), to = w.extents_of(id);
    std::vector<extent_t> around(2 * static_cast<std::size_t>(to.rank), 0);
    bool are_known = true;
    for (int i = 0; i < to.rank; ++i) {
        const extent_t before = w.resolved(w.g[id].attribute[i]);
        const auto axis = static_cast<std::size_t>(axis_in_file(x.order, i));
        around[axis] = before;
        extent_t& after = around[axis + static_cast<std::size_t>(to.rank)];
        after = w.resolved(w.g.dims.subtract(w.g.dims.subtract(to[i], inside[i]), before));
        are_known = are_known && ir::is_number(before) && ir::is_number(after);
    }
    std::vector<std::string> parts;
    for (const extent_t e : around)
        if (!are_known) parts.push_back(w.extent(e));
    const std::string pads = are_known ? w.whole(around) : w.add("Concat", parts, attributes().integer("axis", 0));
    w.set(id, w.add("Pad", {x.name, pads}), x.order);
}
inline void write_concat(writer& w, int id, const char*) {
    permutation order = w.value(w.g[id].in[0]).order;
    if (is_in_order(order)) order = w.value(w.g[id].in[1]).order;
    const std::int64_t axis = axis_in_file(order, w.g[id].attribute[0]);
    w.set(id,
          w.add("Concat", {w.in(w.g[id].in[0], order), w.in(w.g[id].in[1], order)}, attributes().integer("axis", axis)),
          order);
}
inline void write_reverse(writer& w, int id, const char*) {
    const stored_value x = w.value(w.g[id].in[0]);
    const std::vector<std::int64_t> axes = axes_in_file(x.order, w.g[id].attribute[0]), back(axes.size(), -1),
                                    beyond(axes.size(), std::numeric_limits<std::int64_t>::min());
    w.set(id, w.add("Slice", {x.name, w.whole(back), w.whole(beyond), w.whole(axes), w.whole(back)}), x.order);
}
/// Places i step + j dilation, for all i < count and j < size, as a tensor (count, size) of int64.
inline std::string places_of_windows(writer& w, extent_t count, extent_t size, extent_t step, extent_t dilation) {
    const auto constant = [&](const shape& s, const std::vector<std::int64_t>& v) {
        return w.file.constant(dtype::int64, s, std::as_bytes(std::span(v)));
    };
    std::vector<std::int64_t> elements, all;
    for (extent_t j = 0; j < size; ++j) elements.push_back(j * dilation);
    constexpr extent_t most_written = 1 << 16;
    if (ir::is_number(count) && saturating_multiply(count, size) <= most_written) {
        for (extent_t i = 0; i < count; ++i)
            for (const std::int64_t j : elements) all.push_back(i * step + j);
        return constant(shape(count, size), all);
    }
    const std::string first = w.add("Range", {w.whole_number(0), w.extent_number(count), w.whole_number(1)}),
                      starts = w.add("Mul", {first, w.whole_number(step)});
    return w.add("Add", {w.add("Unsqueeze", {starts, w.whole({1})}), constant(shape(size), elements)});
}
inline void write_windows(writer& w, int id, const char*) {
    const ir::node n = w.g[id];
    const auto axis = static_cast<int>(n.attribute[0]);
    const std::string places = places_of_windows(w, w.resolved(n.extents[axis]), w.resolved(n.extents[axis + 1]),
                                                 n.attribute[1], n.attribute[2]);
    w.set(id, w.add("Gather", {w.plain(n.in[0]), places}, attributes().integer("axis", axis)));
}
/// Windows added where they came from.
inline void write_overlap_add(writer& w, int id, const char*) {
    const ir::node n = w.g[id];
    const auto axis = static_cast<int>(n.attribute[0]);
    const shape apart = w.extents_of(n.in[0]), whole = w.extents_of(id);
    const extent_t all = w.g.dims.multiply(apart[axis], apart[axis + 1]);
    shape lines = whole, along;
    lines[axis] = all;
    for (int i = 0; i < whole.rank; ++i) along.append(i == axis ? all : 1);
    const std::string places = places_of_windows(w, apart[axis], apart[axis + 1], n.attribute[1], n.attribute[2]);
    const std::string indices = w.add("Expand", {w.reshape(places, along), w.whole(lines)}),
                      zeros = w.add("Expand", {w.number(n.type, 0), w.whole(whole)});
    w.set(id, w.add("ScatterElements", {zeros, indices, w.reshape(w.plain(n.in[0]), lines)},
                    attributes().integer("axis", axis).text("reduction", "add")));
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
