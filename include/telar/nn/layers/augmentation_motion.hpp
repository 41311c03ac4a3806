// SPDX-License-Identifier: BSL-1.0
// How images are turned, zoomed, shifted, flipped and cropped: where each element of the result is read, and where
// places of the image go. Nothing here is drawn.
#pragma once
#include <telar/nn/layers/annotated_images.hpp>
#include <telar/nn/layers/reshaping.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What stands outside of an image: a number, the nearest element, the image mirrored at its edge, or repeated.
enum class fill_mode : std::int32_t { constant, nearest, reflect, wrap };
enum class flip_mode : std::int32_t { horizontal, vertical, horizontal_and_vertical };

namespace augmentation {

/// Element (y, x) of the result is what the image has at (b0 x + b1 y + b2, a0 x + a1 y + a2); each a number, or
/// (N,1,1).
struct affine {
    symbol a0, a1, a2, b0, b1, b2;
};
/// The same, both over c0 x + c1 y + c2; what is over 0 lies beside the image.
struct projective {
    symbol a0, a1, a2, b0, b1, b2, c0, c1, c2;
};
/// What is read between elements and beside the image.
struct reading {
    interpolation between = interpolation::bilinear;
    fill_mode outside = fill_mode::reflect;
    double fill_value = 0;

    /// Masks are read by the nearest element.
    constexpr reading of(bool is_mask) const {
        return {is_mask ? interpolation::nearest : between, outside, fill_value};
    }
};

/// Coordinates are calculated in this type.
constexpr dtype coordinate_type(symbol x) { return arithmetic_type(x.type()); }
constexpr symbol number(symbol x, double v) { return ir::emit::constant(*x.g, coordinate_type(x), v); }
/// An extent of x as a coordinate.
constexpr symbol extent(symbol x, int axis) { return ir::emit::extent(*x.g, x.extents()[axis], coordinate_type(x)); }
constexpr symbol floor_of(symbol x) { return ir::emit::elementwise(op::floor, x); }

/// A coordinate, where it lies beside 0 .. n - 1, inside again; as TensorFlow's ImageProjectiveTransformV3.
constexpr symbol inside_again(symbol at, symbol n, fill_mode mode) {
    if (mode == fill_mode::constant) return at;
    const symbol last = n - 1;
    if (mode == fill_mode::reflect) {  // dcba|abcd|dcba: of period 2 n
        const symbol place = telar::floor_mod(at, 2 * n);
        at = telar::where(place >= n, 2 * n - place - 1, place);
    } else if (mode == fill_mode::wrap) {  // abcd|abcd|abcd
        const symbol gaps = telar::maximum(last, 1);
        const symbol below = at + n * (floor_of(-at / gaps) + 1), above = at - n * floor_of(at / gaps);
        at = telar::where(at < 0, below, telar::where(at > last, above, at));
    }
    return telar::minimum(telar::maximum(at, 0), last);
}

/// The elements at (row, column), whole numbers in (N,H,W): (N,H,W,C) -> (N,H,W,C).
constexpr symbol elements_at(symbol image, symbol row, symbol column, const reading& r) {
    ir::graph& g = *image.g;
    const extent_t n = image.extents()[0], h = image.extents()[1], w = image.extents()[2], c = image.extents()[3];
    const extent_t places = g.dims.multiply(h, w);
    const dtype type = ir::emit::place_type(g, dtype::int32, places);
    const symbol height = ir::emit::extent(g, h, row.type()), width = ir::emit::extent(g, w, row.type());
    const symbol is_inside = row >= 0 && row < height && column >= 0 && column < width;
    const auto whole = [&](symbol s) { return ir::emit::cast(telar::where(is_inside, s, 0), type); };
    const symbol place = whole(row) * ir::emit::extent(g, w, type) + whole(column);
    const symbol index = telar::where(is_inside, place, ir::emit::constant(g, type, -1));
    const symbol flat =
        ir::emit::gather_lines(ir::emit::reshape(image, shape(n, places, c)),
                               ir::emit::reshape(index, shape(n, places)), 1, 1, ir::emit::outside::is_nothing);
    const symbol y = ir::emit::reshape(flat, image.extents());
    if (r.fill_value == 0) return y;
    return telar::where(ir::emit::expand_dims(is_inside, {-1}), y, r.fill_value);
}

/// What lies at (row, column) in (N,H,W), as it is interpolated of elements: at(row, column) of whole numbers.
template <class At>
constexpr symbol interpolated(symbol image, symbol row, symbol column, interpolation between, const At& at) {
    if (between == interpolation::nearest) {  // halves away from 0
        const auto rounded = [](symbol s) {
            return telar::where(s < 0, ir::emit::elementwise(op::ceil, s - 0.5), floor_of(s + 0.5));
        };
        return at(rounded(row), rounded(column));
    }
    const symbol top = floor_of(row), left = floor_of(column);
    const auto share = [&](symbol s) { return ir::emit::expand_dims(ir::emit::cast(s, image.type()), {-1}); };
    const symbol down = share(row - top), right = share(column - left);
    const auto line = [&](symbol of) { return (1 - right) * at(of, left) + right * at(of, left + 1); };
    return (1 - down) * line(top) + down * line(top + 1);
}
/// The coordinates of elements: 0, 1, 2, ... along an axis, as (1,H,1) or (1,1,W).
constexpr symbol coordinates(symbol image, int axis) {
    const extent_t n = image.extents()[axis];
    shape to(1, 1, 1);
    to[axis] = n;
    return ir::emit::reshape(ir::emit::iota(*image.g, n, coordinate_type(image)), to);
}
/// What the image has at (row, column), which stretch to (N,H,W); coordinates beside it come inside again.
constexpr symbol read_at(symbol image, symbol row, symbol column, const reading& r) {
    const auto inside = [&](symbol at, int axis) {
        return ir::emit::broadcast_to(inside_again(at, extent(image, axis), r.outside),
                                      shape(image.extents()[0], image.extents()[1], image.extents()[2]));
    };
    const auto at = [&](symbol i, symbol k) { return elements_at(image, i, k, r); };
    const symbol x = inside(column, 2), y = inside(row, 1);
    return interpolated(image, y, x, r.between, at);
}
constexpr symbol transformed(symbol image, const affine& m, const reading& r) {
    const symbol x = coordinates(image, 2), y = coordinates(image, 1);
    return read_at(image, m.b0 * x + m.b1 * y + m.b2, m.a0 * x + m.a1 * y + m.a2, r);
}
constexpr symbol projected(symbol image, const projective& m, const reading& r) {
    const symbol x = coordinates(image, 2), y = coordinates(image, 1);
    const symbol depth = m.c0 * x + m.c1 * y + m.c2, is_outside = depth == 0;
    const symbol divisor = telar::where(is_outside, 1, depth);
    const auto coordinate = [&](symbol of) { return telar::where(is_outside, -2, of / divisor); };
    return read_at(image, coordinate(m.b0 * x + m.b1 * y + m.b2), coordinate(m.a0 * x + m.a1 * y + m.a2), r);
}

/// Where a place of the image lies in the result: the inverse of the map.
constexpr boxes::point point_of_result(const projective& m, const boxes::point& p) {
    const auto det = [](symbol a, symbol b, symbol c, symbol d) { return a * d - b * c; };
    const symbol x =
        det(m.b1, m.b2, m.c1, m.c2) * p.x + det(m.a2, m.a1, m.c2, m.c1) * p.y + det(m.a1, m.a2, m.b1, m.b2);
    const symbol y =
        det(m.b2, m.b0, m.c2, m.c0) * p.x + det(m.a0, m.a2, m.c0, m.c2) * p.y + det(m.a2, m.a0, m.b2, m.b0);
    const symbol z =
        det(m.b0, m.b1, m.c0, m.c1) * p.x + det(m.a1, m.a0, m.c1, m.c0) * p.y + det(m.a0, m.a1, m.b0, m.b1);
    return {x / z, y / z};
}
constexpr boxes::point point_of_result(const affine& m, const boxes::point& p) {
    const symbol x = p.x - m.a2, y = p.y - m.b2, det = m.a0 * m.b1 - m.a1 * m.b0;
    return {(m.b1 * x - m.a1 * y) / det, (m.a0 * y - m.b0 * x) / det};
}
constexpr auto motion_by(symbol image, const affine& m, const reading& r) {
    return motion{[m, r](symbol x, bool is_mask) { return transformed(x, m, r.of(is_mask)); },
                  [m](const boxes::point& p) { return point_of_result(m, p); }, image.extents()[1], image.extents()[2]};
}

/// By an angle in radians, around the middle.
constexpr affine rotation(symbol image, symbol angle) {
    const symbol c = telar::cos(angle), s = telar::sin(angle);
    const symbol x = (extent(image, 2) - 1) * 0.5, y = (extent(image, 1) - 1) * 0.5;
    return {c, -s, x - x * c + y * s, s, c, y - x * s - y * c};
}
/// 1 + factors: below 1 nearer.
constexpr affine zoom(symbol image, symbol of_height, symbol of_width) {
    const symbol zero = number(image, 0);
    const symbol x = (extent(image, 2) - 1) * 0.5 * (1 - of_width), y = (extent(image, 1) - 1) * 0.5 * (1 - of_height);
    return {of_width, zero, x, zero, of_height, y};
}
/// By parts of the height and of the width.
constexpr affine translation(symbol image, symbol of_height, symbol of_width) {
    const symbol one = number(image, 1), zero = number(image, 0);
    return {one, zero, -(of_width * extent(image, 2)), zero, one, -(of_height * extent(image, 1))};
}
/// Where the flag is true.
constexpr symbol flipped(symbol image, symbol flag, flip_mode mode) {
    constexpr unsigned axes[]{1u << 2, 1u << 1, 3u << 1};
    return telar::where(flag, ir::emit::reverse(image, axes[static_cast<int>(mode)]), image.plain());
}
constexpr auto flip(symbol image, symbol flag, flip_mode mode) {
    const symbol is_flipped = ir::emit::reshape(flag, shape(image.extents()[0], 1, 1));
    const symbol width = extent(image, 2), height = extent(image, 1);
    return motion{[=](symbol x, bool) { return flipped(x, flag, mode); },
                  [=](const boxes::point& p) {
                      const symbol x = mode == flip_mode::vertical ? p.x : width - p.x;
                      const symbol y = mode == flip_mode::horizontal ? p.y : height - p.y;
                      return boxes::point{telar::where(is_flipped, x, p.x), telar::where(is_flipped, y, p.y)};
                  },
                  image.extents()[1], image.extents()[2]};
}
/// From (row, column) on, which are whole numbers of rank 0.
constexpr symbol cropped(symbol image, symbol row, symbol column, int height, int width) {
    const auto places = [&](symbol first, int count) { return first + ir::emit::iota(*image.g, count, first.type()); };
    const symbol rows = ir::emit::gather_lines(image, places(row, height), 1, 0);
    return ir::emit::gather_lines(rows, places(column, width), 2, 0);
}
constexpr auto crop(symbol image, symbol row, symbol column, int height, int width) {
    const dtype type = coordinate_type(image);
    return motion{[=](symbol x, bool) { return cropped(x, row, column, height, width); },
                  [=](const boxes::point& p) {
                      return boxes::point{p.x - ir::emit::cast(column, type), p.y - ir::emit::cast(row, type)};
                  },
                  extent_t{height}, extent_t{width}};
}

}  // namespace augmentation

}  // namespace telar::inline TELAR_ABI::nn
