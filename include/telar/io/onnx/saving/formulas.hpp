// SPDX-License-Identifier: BSL-1.0
// What ONNX lacks, as formulas of what it has, in telar's own operations.
#pragma once
#include <telar/expr/indexing.hpp>
#include <telar/expr/math.hpp>
#include <telar/expr/movement.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/passes/rewrite.hpp>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>

namespace telar::inline TELAR_ABI::io::onnx::saving::formulas {

namespace emit = ir::emit;

/// A node that is rewritten, with its operands in the new graph.
struct operands {
    const ir::node& n;
    symbol a, b, c;
};

inline symbol constant(symbol like, double v) { return emit::constant(*like.g, like.type(), v); }
inline symbol unary(op k, symbol x) { return emit::elementwise(k, x); }
inline symbol binary(op k, symbol x, symbol y) { return emit::elementwise(k, x, y); }
inline symbol select(symbol c, symbol x, symbol y) { return emit::elementwise(op::select, c, x, y); }
inline symbol negated(symbol x) { return unary(op::logical_not, x); }
inline symbol both(symbol x, symbol y) { return binary(op::logical_and, x, y); }
inline symbol either(symbol x, symbol y) { return binary(op::logical_or, x, y); }
inline symbol magnitude(symbol x) { return unary(op::abs, x); }
/// The elements of a table, constant term first, as the coefficients of a polynomial in x.
template <class Table> symbol polynomial(symbol x, const Table& table) {
    symbol y = constant(x, 0);
    bool is_first = true;
    for (auto c = std::rbegin(table); c != std::rend(table); ++c) {
        const symbol term = constant(x, static_cast<double>(*c));
        y = is_first ? term : y * x + term;
        is_first = false;
    }
    return y;
}
/// f(table of the type), which is minimax<float> or minimax<double>.
template <class F> symbol by_type(symbol x, F f) {
    if (x.type() == dtype::float64) return f(ir::kernels::minimax<double>{});
    return f(ir::kernels::minimax<float>{});
}

// ---------------------------------------------------------------- exponentials and logarithms
inline symbol expm1(symbol x) { return unary(op::tanh, x * 0.5) * (unary(op::exp, x) + 1); }
/// log(u) x / (u - 1) of the rounded u = 1 + x, whose errors cancel.
inline symbol log1p(symbol x) {
    const symbol u = x + 1, rounded = u - 1, scale = select(rounded == x, constant(x, 1), x / rounded);
    return select(rounded == 0, x, unary(op::log, u) * scale);
}
inline symbol cbrt(symbol x) { return unary(op::sign, x) * binary(op::pow, magnitude(x), constant(x, 1.0 / 3)); }

// ---------------------------------------------------------------- error functions
/// As exporters write it, so that run times find Gelu: where it is small its last digits are lost.
inline symbol erfc(symbol x) { return constant(x, 1) - unary(op::erf, x); }
/// y with erfc y = q, q <= 1/2.
inline symbol erfcinv_tail(symbol q) {
    return by_type(q, [&](auto table) {
        const symbol r = unary(op::sqrt, -unary(op::log, q)),
                     y = r - polynomial(r, decltype(table)::erfc_inverse_above) /
                                 polynomial(r, decltype(table)::erfc_inverse_below);
        return select(q == 0, constant(q, std::numeric_limits<double>::infinity()), y);
    });
}
inline symbol erfinv_near_zero(symbol x) {
    return by_type(x, [&](auto table) { return x * polynomial(x * x, decltype(table)::erf_inverse_small); });
}
inline symbol erfinv(symbol x) {
    const symbol tail = erfcinv_tail(constant(x, 1) - magnitude(x));
    return select(magnitude(x) <= 0.53125, erfinv_near_zero(x), select(x < 0, -tail, tail));
}
inline symbol erfcinv(symbol x) {
    const symbol off = constant(x, 1) - x, small = binary(op::minimum, x, constant(x, 2) - x),
                 tail = erfcinv_tail(small);
    return select(magnitude(off) <= 0.53125, erfinv_near_zero(off), select(off < 0, -tail, tail));
}

// ---------------------------------------------------------------- the gamma function
/// Stirling's series at x + 8, and the product of what lies between; 1 - x where x < 1/2.
inline symbol lgamma(symbol x) {
    constexpr double pi = 3.14159265358979323846, half_ln_two_pi = 0.91893853320467274178;
    constexpr double series[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156};
    const symbol is_left = x < 0.5, z = select(is_left, constant(x, 1) - x, x), above = z + 8;
    symbol product = z;
    for (int i = 1; i < 8; ++i) product = product * (z + i);
    const symbol inverse = constant(x, 1) / above,
                 far = (above - 0.5) * unary(op::log, above) - above + half_ln_two_pi +
                       inverse * polynomial(inverse * inverse, series),
                 is_large = z > 1000,
                 right = select(is_large, (z - 0.5) * unary(op::log, z) - z + half_ln_two_pi,
                                far - unary(op::log, select(is_large, constant(x, 1), product)));
    const symbol whole = unary(op::floor, x), sine = unary(op::sin, (x - whole) * pi),
                 left = constant(x, std::log(pi)) - unary(op::log, magnitude(sine)) - right;
    const symbol value = select(is_left, left, right);
    return select(both(x <= 0, x == whole) || (magnitude(x) == std::numeric_limits<double>::infinity()),
                  constant(x, std::numeric_limits<double>::infinity()), value);
}
inline symbol digamma(symbol x) {
    constexpr double pi = 3.14159265358979323846;
    constexpr double series[] = {-1.0 / 12, 1.0 / 120, -1.0 / 252, 1.0 / 240, -1.0 / 132, 691.0 / 32760, -1.0 / 12};
    const symbol is_left = x < 0, z = select(is_left, constant(x, 1) - x, x);
    symbol fractions = constant(x, 1) / z;
    for (int i = 1; i < 8; ++i) fractions = fractions + constant(x, 1) / (z + i);
    const symbol above = z + 8, inverse = constant(x, 1) / above, square = inverse * inverse,
                 right = unary(op::log, above) - inverse * 0.5 + square * polynomial(square, series) - fractions;
    const symbol part = x - unary(op::floor, x);
    return select(is_left, right - constant(x, pi) / unary(op::tan, part * pi), right);
}

// ---------------------------------------------------------------- angles
inline symbol atan2(symbol y, symbol x) {
    constexpr double pi = 3.14159265358979323846;
    // Of a zero the reciprocal has its sign.
    const auto is_negative = [](symbol s) { return either(s < 0, both(s == 0, constant(s, 1) / s < 0)); };
    const symbol size_x = magnitude(x), size_y = magnitude(y), is_steep = size_y > size_x;
    const symbol small = select(is_steep, size_x, size_y), large = select(is_steep, size_y, size_x);
    const symbol ratio = select(small == large, select(large == 0, large, constant(x, 1)), small / large);
    const symbol angle = unary(op::atan, ratio), first = select(is_steep, constant(x, pi / 2) - angle, angle),
                 right = select(is_negative(x), constant(x, pi) - first, first);
    const symbol signed_angle = select(is_negative(y), -right, right);
    return select(either(unary(op::is_nan, x), unary(op::is_nan, y)), x + y, signed_angle);
}

// ---------------------------------------------------------------- whole numbers
inline bool is_nonzero(symbol b) { return b.self().kind == op::constant && b.self().value != 0; }
/// x / 0 = 0, and the lowest number by -1 wraps: ONNX leaves both open.
inline symbol div(symbol a, symbol b) {
    if (is_float(a.type()) || (is_nonzero(b) && ir::number_of(b.self()) != -1)) return binary(op::div, a, b);
    const symbol is_usual = either(b > 0, b < -1);
    return select(is_usual, binary(op::div, a, select(is_usual, b, constant(b, 1))),
                  select(b == 0, constant(a, 0), -a));
}
/// a if b is 0.
inline symbol floor_mod(symbol a, symbol b) {
    if (is_float(a.type()) || (is_nonzero(b) && ir::number_of(b.self()) != -1)) return binary(op::floor_mod, a, b);
    const symbol is_usual = either(b > 0, b < -1);
    return select(is_usual, binary(op::floor_mod, a, select(is_usual, b, constant(b, 1))),
                  select(b == 0, a, constant(a, 0)));
}
inline symbol relu(symbol x) {
    return is_float(x.type()) ? unary(op::relu, x) : binary(op::maximum, x, constant(x, 0));
}
inline symbol bitwise_not(symbol x) { return constant(x, -1) - x; }

/// 2^n as an integer that wraps: 2^63 is the lowest number. n from 0 to 63; int64
inline symbol power_of_two(symbol n) {
    symbol p = emit::constant(*n.g, dtype::int64, 1);
    for (int bit = 0; bit < 6; ++bit) {  // 2^n = the product of 2^(2^k) over the bits k of n
        const symbol has_it = binary(op::floor_mod, div(n, constant(n, 1 << bit)), constant(n, 2)) == 1;
        p = p * select(has_it, emit::whole_constant(*n.g, dtype::int64, std::int64_t{1} << (1 << bit)),
                       emit::constant(*n.g, dtype::int64, 1));
    }
    return p;
}
inline symbol clamped(symbol n, double most) {
    return binary(op::minimum, binary(op::maximum, n, constant(n, 0)), constant(n, most));
}
inline symbol shift_left(symbol a, symbol n) {
    const symbol wide = emit::cast(a, dtype::int64), by = emit::cast(n, dtype::int64);
    const double bits = a.type() == dtype::int32 ? 31 : 63;
    const symbol is_inside = both(by >= 0, by <= bits);
    return select(is_inside, emit::cast(wide * power_of_two(clamped(by, bits)), a.type()), constant(a, 0));
}
/// floor(a / 2^n); beyond the bits, and below 0, the sign alone.
inline symbol shift_right(symbol a, symbol n) {
    const symbol wide = emit::cast(a, dtype::int64), by = emit::cast(n, dtype::int64);
    const symbol power = power_of_two(clamped(by, 62)), is_inside = both(by >= 0, by <= 62);
    const symbol sign = select(wide < 0, constant(wide, -1), constant(wide, 0));
    const symbol shifted = binary(op::div, wide - binary(op::floor_mod, wide, power), power);
    return emit::cast(select(is_inside, shifted, sign), a.type());
}
/// Bit by bit: of each the bits as truth values along a new axis; f joins them, and their weights are summed.
template <class F> symbol by_bits(symbol a, symbol b, F f) {
    const auto bits_of = [](symbol x, int bits) {
        const symbol wide = emit::cast(x, dtype::int64), zero = constant(wide, 0);
        core::growable<symbol> all;
        for (int k = 0; k < bits - 1; ++k) {
            const symbol p = emit::whole_constant(*x.g, dtype::int64, std::int64_t{1} << k);
            const symbol part = binary(op::div, wide - binary(op::floor_mod, wide, p), p);
            all.push(binary(op::floor_mod, part, constant(part, 2)) == 1);
        }
        all.push(wide < zero);
        return all;
    };
    const int bits = a.type() == dtype::int64 ? 64 : 32;
    const core::growable<symbol> x = bits_of(a, bits), y = bits_of(b, bits);
    symbol sum = emit::constant(*a.g, dtype::int64, 0);
    for (int k = 0; k < bits; ++k) {
        const std::int64_t weight = k < bits - 1 ? std::int64_t{1} << k
                                    : bits == 64 ? std::numeric_limits<std::int64_t>::min()
                                                 : -(std::int64_t{1} << 31);
        sum = sum + select(f(x[k], y[k]), emit::whole_constant(*a.g, dtype::int64, weight),
                           emit::constant(*a.g, dtype::int64, 0));
    }
    return emit::cast(sum, a.type());
}
inline symbol bitwise_and(symbol a, symbol b) { return by_bits(a, b, both); }
inline symbol bitwise_or(symbol a, symbol b) { return by_bits(a, b, either); }
inline symbol bitwise_xor(symbol a, symbol b) {
    return by_bits(a, b, [](symbol x, symbol y) { return x != y; });
}

// ---------------------------------------------------------------- truth values
inline symbol choice(const operands& o) {
    return o.b.type() == dtype::boolean ? either(both(o.a, o.b), both(negated(o.a), o.c)) : select(o.a, o.b, o.c);
}
inline symbol any(const operands& o) {
    const symbol count =
        emit::reduce(op::sum, emit::cast(o.a, dtype::int32), static_cast<unsigned>(o.n.attribute[0]), true);
    return count > 0;
}
inline symbol all(const operands& o) {
    const symbol count =
        emit::reduce(op::sum, emit::cast(negated(o.a), dtype::int32), static_cast<unsigned>(o.n.attribute[0]), true);
    return count == 0;
}

// ---------------------------------------------------------------- reductions and movements
/// Along several axes: they are one, behind the others.
inline symbol place_of_extreme(const operands& o) {
    ir::graph& g = *o.a.g;
    const unsigned axes = static_cast<unsigned>(o.n.attribute[0]);
    const shape whole = o.a.extents();
    const auto reduced = [&](symbol x, unsigned along) { return emit::reduce(o.n.kind, x, along, true); };
    if ((axes & (axes - 1)) == 0) return reduced(o.a, axes);
    extent_t permutation[max_rank]{};
    int rank = 0;
    shape kept, inside;
    for (int i = 0; i < whole.rank; ++i)
        if (!(axes >> i & 1)) permutation[rank++] = i, kept.append(whole[i]);
    for (int i = 0; i < whole.rank; ++i)
        if (axes >> i & 1) permutation[rank++] = i, inside.append(whole[i]);
    shape flat = kept;
    flat.append(g.dims.count(inside));
    const symbol one = reduced(emit::reshape(emit::transpose(o.a, permutation), flat), 1u << kept.rank);
    return emit::reshape(one, o.n.extents);
}
/// Indices along an axis that may lie outside: those inside, and which they are.
struct checked_indices {
    symbol inside, all;
};
inline checked_indices checked(symbol x, symbol indices, int axis) {
    const symbol end = emit::extent(*x.g, x.extents()[axis], indices.type());
    return {both(indices >= 0, indices < end), indices};
}
/// An index outside of the axis gives 0.
inline symbol gather(const operands& o) {
    const int axis = static_cast<int>(o.n.attribute[0]);
    const auto gathered = [&](symbol at) { return emit::gather(o.a, at, axis); };
    const bool are_inside = o.b.self().kind == op::argsort;  // of top_k
    if (o.n.attribute[1] == 0 || are_inside) return gathered(o.b);
    const bool is_spread = o.b.self().kind == op::broadcast_to;
    const symbol indices = is_spread ? symbol{o.b.g, o.b.self().in[0]} : o.b;
    const symbol inside = checked(o.a, indices, axis).inside;
    const symbol at = emit::broadcast_to(select(inside, indices, constant(indices, 0)), o.b.extents());
    return o.a.type() == dtype::boolean ? both(inside, gathered(at)) : select(inside, gathered(at), constant(o.a, 0));
}
/// An index outside counts for nothing: it names a place behind the last.
inline symbol scatter(const operands& o) {
    ir::graph& g = *o.a.g;
    const int axis = static_cast<int>(o.n.attribute[0]);
    const emit::joined how = emit::joined_of(o.n.attribute[1]);
    if ((o.n.attribute[1] & 1) == 0) return emit::scatter(o.a, o.b, o.c, axis, how);
    const shape whole = o.a.extents();
    shape wider = whole;
    wider[axis] = g.dims.add(whole[axis], 1);
    const extent_t start[max_rank]{};
    const symbol room = emit::pad(o.a, start, wider);
    const symbol end = emit::extent(g, whole[axis], o.b.type());
    const symbol at = select(checked(o.a, o.b, axis).inside, o.b, end);
    return emit::slice(emit::scatter(room, at, o.c, axis, how), start, whole);
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving::formulas
