// SPDX-License-Identifier: BSL-1.0
// Convolutions and pools, which telar composes of windows, found again and written as ONNX's.
#pragma once
#include <telar/io/onnx/saving/elementwise.hpp>

#include <optional>

namespace telar::inline TELAR_ABI::io::onnx::saving {

/// The windows on the axes of space of x (N, space..., C), of which there are one or two.
struct found_windows {
    int x = -1, space = 0;
    std::vector<std::int64_t> sizes, steps, dilations, pads;
    int apart = -1;  // (N, places..., elements..., C)

    attributes as_attributes(bool has_dilations = true) const {
        attributes a;
        a.integers("kernel_shape", sizes).integers("strides", steps).integers("pads", pads);
        if (has_dilations) a.integers("dilations", dilations);
        return a;
    }
    std::int64_t elements() const {
        std::int64_t n = 1;
        for (const std::int64_t s : sizes) n *= s;
        return n;
    }
    unsigned axes_of_elements() const { return ((1u << space) - 1) << (1 + space); }
    bool is_like(const found_windows& other) const {
        return sizes == other.sizes && steps == other.steps && dilations == other.dilations && pads == other.pads;
    }
};
inline bool add_axis(writer& w, int id, int axis, found_windows& f) {
    const ir::node& n = w.g[id];
    const extent_t size = w.resolved(n.extents[axis + 1]);
    if (n.kind != op::windows || n.attribute[0] != axis || !ir::is_number(size)) return false;
    f.sizes.insert(f.sizes.begin(), size);
    f.steps.insert(f.steps.begin(), n.attribute[1]);
    f.dilations.insert(f.dilations.begin(), n.attribute[2]);
    f.x = n.in[0];
    return true;
}
/// Takes the zeros around space into the pads, if it is known how many there are.
inline bool take_pads(writer& w, int id, found_windows& f) {
    const ir::node n = w.g[id];
    if (n.kind != op::pad) return false;
    const shape inside = w.extents_of(n.in[0]), whole = w.extents_of(id);
    std::vector<std::int64_t> before, after;
    for (int i = 0; i < whole.rank; ++i) {
        const extent_t b = w.resolved(n.attribute[i]),
                       a = w.resolved(w.g.dims.subtract(w.g.dims.subtract(whole[i], inside[i]), b));
        const bool is_space = i > 0 && i + 1 < whole.rank;
        if (!ir::is_number(a) || !ir::is_number(b) || (!is_space && (a != 0 || b != 0))) return false;
        if (is_space) before.push_back(b), after.push_back(a);
    }
    f.pads = before;
    f.pads.insert(f.pads.end(), after.begin(), after.end());
    return true;
}
/// The zeros around x still belong to it.
inline std::optional<found_windows> windows_at(writer& w, int id) {
    found_windows f;
    f.apart = id;
    const ir::node n = w.g[id];
    if (n.kind == op::transpose && n.extents.rank == 6) {
        constexpr extent_t places_first[] = {0, 1, 3, 2, 4, 5};
        if (!std::equal(places_first, places_first + 6, n.attribute)) return std::nullopt;
        if (!add_axis(w, n.in[0], 3, f) || !add_axis(w, f.x, 1, f)) return std::nullopt;
    } else if (n.extents.rank != 4 || !add_axis(w, id, 1, f)) {
        return std::nullopt;
    }
    f.space = static_cast<int>(f.sizes.size());
    f.pads.assign(2 * f.sizes.size(), 0);
    if (w.g[f.x].extents.rank != f.space + 2) return std::nullopt;
    return f;
}
/// (N, space..., C) of (N, C, space...)
inline std::string channels_first(writer& w, int id) { return w.in(id, channels_last(w.g[id].extents.rank)); }

/// (space..., C, O) of (O, C, space...)
inline permutation outputs_first(int rank) {
    permutation p;
    for (int i = 0; i < rank; ++i) p.append(i + 2 < rank ? i + 2 : rank - 1 - i);
    return p;
}
/// reshape(matmul(reshape(windows), reshape(kernel))).
inline bool write_convolution(writer& w, int id) {
    const int product = w.g[id].in[0];
    if (w.g[product].kind != op::matmul || w.operand(product, 0).kind != op::reshape ||
        w.operand(product, 1).kind != op::reshape)
        return false;
    std::optional<found_windows> f = windows_at(w, w.operand(product, 0).in[0]);
    const int flat = w.g[product].in[1], kernel = w.g[flat].in[0], rank = w.g[kernel].extents.rank;
    if (!f || rank != f->space + 2) return false;
    const shape k = w.extents_of(kernel), places = w.extents_of(f->apart), y = w.extents_of(id);
    bool fits = y.rank == rank && w.g[flat].extents.rank == 2 && w.resolved(w.g[flat].extents[1]) == k[rank - 1] &&
                y[rank - 1] == k[rank - 1] && w.g.dims.same(k[rank - 2], places[places.rank - 1]);
    for (int i = 0; fits && i < f->space; ++i) fits = k[i] == f->sizes[static_cast<std::size_t>(i)];
    for (int i = 0; fits && i <= f->space; ++i) fits = w.g.dims.same(y[i], places[i]);
    if (!fits) return false;
    if (take_pads(w, f->x, *f)) f->x = w.g[f->x].in[0];
    const bool is_free = w.uses(product) == 1 && w.uses(flat) == 1;
    const std::string x = channels_first(w, f->x), c = w.in(kernel, outputs_first(rank), is_free);
    w.set(id, w.add("Conv", {x, c}, f->as_attributes()), channels_last(rank));
    return true;
}
/// A product whose windows are added where they came from, axis by axis, the last one first.
inline bool write_transposed_convolution(writer& w, int id) {
    constexpr extent_t beside_their_places[] = {0, 1, 4, 2, 3, 5};
    found_windows f;
    int product = w.g[id].in[0];
    while (w.g[product].kind != op::matmul) {
        const ir::node n = w.g[product];
        const bool overlaps = n.kind == op::overlap_add;
        if ((!overlaps && n.kind != op::reshape) || w.g[n.in[0]].kind != op::transpose) return false;
        const ir::node turned = w.g[n.in[0]], flat = w.g[turned.in[0]];
        if (turned.extents.rank != 6 || !std::equal(beside_their_places, beside_their_places + 6, turned.attribute) ||
            flat.kind != op::reshape)
            return false;
        const extent_t size = w.resolved(flat.extents[4]);  // windows side by side are a reshape
        f.sizes.push_back(size);
        f.steps.push_back(overlaps ? n.attribute[1] : size);
        f.dilations.push_back(overlaps ? n.attribute[2] : 1);
        if (!ir::is_number(size) || (size - 1) * f.dilations.back() + 1 < f.steps.back()) return false;
        product = flat.in[0];
    }
    f.space = static_cast<int>(f.sizes.size());
    f.pads.assign(2 * f.sizes.size(), 0);
    const int rank = f.space + 2, turned = w.g[product].in[1];
    if (f.space == 0 || w.g[id].extents.rank != rank || w.operand(product, 0).kind != op::reshape ||
        w.g[turned].kind != op::transpose || w.operand(turned, 0).kind != op::reshape)
        return false;
    const int x = w.operand(product, 0).in[0], flat = w.g[turned].in[0], kernel = w.g[flat].in[0];
    const shape k = w.extents_of(kernel), from = w.extents_of(x), y = w.extents_of(id);
    bool fits = k.rank == rank && from.rank == rank && w.g[flat].extents.rank == 2 && y[rank - 1] == k[f.space] &&
                w.g.dims.same(from[rank - 1], k[rank - 1]) && w.g.dims.same(from[0], y[0]);
    for (int i = 0; fits && i < f.space; ++i) {
        const auto axis = static_cast<std::size_t>(i);
        const extent_t reach = (f.sizes[axis] - 1) * f.dilations[axis] + 1;
        fits =
            k[i] == f.sizes[axis] &&
            w.g.dims.same(y[i + 1], w.g.dims.add(w.g.dims.multiply(from[i + 1], f.steps[axis]), reach - f.steps[axis]));
    }
    if (!fits) return false;
    const bool is_free = w.uses(product) == 1 && w.uses(turned) == 1 && w.uses(flat) == 1;
    w.set(id,
          w.add("ConvTranspose", {channels_first(w, x), w.in(kernel, outputs_first(rank), is_free)}, f.as_attributes()),
          channels_last(rank));
    return true;
}
/// reshape(sum(windows * kernel)): each channel by itself.
inline bool write_depthwise(writer& w, int id, int reduction) {
    const int product = w.g[reduction].in[0];
    if (w.g[product].kind != op::mul) return false;
    for (int k = 0; k < 2; ++k) {
        std::optional<found_windows> f = windows_at(w, w.g[product].in[k]);
        const int kernel = w.g[product].in[1 - k];
        if (!f || w.g[reduction].attribute[0] != f->axes_of_elements()) continue;
        const shape c = w.extents_of(kernel);
        bool fits = c.rank == f->space + 1 && ir::is_number(c[f->space]);
        for (int i = 0; fits && i < f->space; ++i) fits = c[i] == f->sizes[static_cast<std::size_t>(i)];
        if (!fits) continue;
        if (take_pads(w, f->x, *f)) f->x = w.g[f->x].in[0];
        permutation channels;  // (space..., C) of (C, space...)
        shape to(c[f->space], 1);
        for (int i = 0; i < f->space; ++i) channels.append(i + 1), to.append(c[i]);
        channels.append(0);
        const std::string kernels = w.reshape(w.in(kernel, channels), to), x = channels_first(w, f->x);
        w.set(id, w.add("Conv", {x, kernels}, f->as_attributes().integer("group", c[f->space])),
              channels_last(f->space + 2));
        return true;
    }
    return false;
}
/// select(inside, pad(x), the lowest number), as a pool of the largest elements has its x.
inline bool take_lowest_around(writer& w, found_windows& f) {
    const ir::node n = w.g[f.x];
    if (n.kind != op::select || w.operand(f.x, 2).kind != op::constant || w.operand(f.x, 0).kind != op::pad)
        return false;
    const ir::node &around = w.operand(f.x, 2), &inside = w.g[w.operand(f.x, 0).in[0]];
    found_windows of_mask = f;
    const bool fits = ir::number_of(around) == -std::numeric_limits<double>::infinity() &&
                      inside.kind == op::broadcast_to && w.g[inside.in[0]].kind == op::constant &&
                      w.g[inside.in[0]].value != 0 && take_pads(w, n.in[0], of_mask) && take_pads(w, n.in[1], f) &&
                      of_mask.pads == f.pads;
    if (fits) f.x = w.g[n.in[1]].in[0];
    return fits;
}
inline std::optional<found_windows> pool_at(writer& w, int id, op kind) {
    if (w.g[id].kind != op::reshape || w.operand(id, 0).kind != kind || !is_float(w.g[id].type)) return std::nullopt;
    std::optional<found_windows> f = windows_at(w, w.operand(id, 0).in[0]);
    if (!f || w.operand(id, 0).attribute[0] != f->axes_of_elements() || w.g[id].extents.rank != f->space + 2)
        return std::nullopt;
    return f;
}
inline void write_pool(writer& w, int id, const found_windows& f, const std::string& name) {
    const std::string x = channels_first(w, f.x);
    w.set(id, w.add(name, {x}, f.as_attributes(name == "MaxPool")), channels_last(f.space + 2));
}
/// A convolution or a pool that ends with this reshape.
inline bool write_windowed(writer& w, int id) {
    if (!is_float(w.g[id].type)) return false;
    if (write_convolution(w, id) || write_transposed_convolution(w, id)) return true;
    const int reduction = w.g[id].in[0];
    if (w.g[reduction].kind == op::sum && write_depthwise(w, id, reduction)) return true;
    if (std::optional<found_windows> f = pool_at(w, id, op::max)) {
        take_lowest_around(w, *f);
        write_pool(w, id, *f, "MaxPool");
        return true;
    }
    return false;
}
/// The mean of each window: a sum over as many elements as there are, without those around.
inline bool write_mean_pool(writer& w, int id) {
    const int total = w.g[id].in[0], count = w.g[id].in[1];
    std::optional<found_windows> f = pool_at(w, total, op::sum);
    if (!f) return false;
    for (const std::int64_t d : f->dilations)
        if (d != 1) return false;  // which AveragePool has from version 19 on
    const std::optional<found_windows> ones = pool_at(w, count, op::sum);
    if (ones && take_pads(w, f->x, *f)) {
        found_windows of_ones = *ones;
        const bool fits = take_pads(w, ones->x, of_ones) && f->is_like(of_ones);
        const ir::node& inside = w.g[w.g[ones->x].in[0]];
        if (!fits || inside.kind != op::broadcast_to || w.g[inside.in[0]].kind != op::constant ||
            ir::number_of(w.g[inside.in[0]]) != 1)
            return false;
        f->x = w.g[f->x].in[0];
    } else if (w.g[count].kind != op::constant || ir::number_of(w.g[count]) != static_cast<double>(f->elements())) {
        return false;
    }
    write_pool(w, id, *f, "AveragePool");
    return true;
}
inline void write_division(writer& w, int id, const char* name) {
    if (!write_mean_pool(w, id)) write_elementwise(w, id, name);
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
