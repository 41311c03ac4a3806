// SPDX-License-Identifier: BSL-1.0
// Element-wise operations of ONNX, as telar's functions.
#pragma once
#include <telar/io/onnx/translation.hpp>

#include <telar/expr/composite.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

/// Operands joined from left to right.
template <class F> symbol joined(const call& c, F f) {
    symbol r = c[0];
    for (int i = 1; i < c.operands(); ++i) r = f(r, c[i]);
    return r.plain();
}
/// Before version 7 an operand was aligned by an attribute.
inline symbol second(const call& c) {
    const symbol a = c[0], b = c[1];
    if (c.integer("broadcast", 0) == 0 || !c.states("axis")) return b;
    shape s;
    const int first = axis_of(c.integer("axis", 0), a.rank());
    for (int i = first; i < a.rank(); ++i) s.append(i < first + b.rank() ? b.extents()[i - first] : 1);
    return in_shape(b, s);
}
/// Before version 9 a slope per channel stood alone.
inline symbol slope(const call& c) {
    const symbol x = c[0], s = c[1];
    if (c.version >= 9 || s.rank() != 1) return s;
    shape to = s.extents();
    while (to.rank + 1 < x.rank()) to.append(1);
    return in_shape(s, to);
}
inline symbol power(symbol base, symbol exponent) {  // of integers by way of float64: exact below 2^53
    const dtype type = base.type(), wide = is_float(type) ? type : dtype::float64;
    return emit::cast(pow(emit::cast(base, wide), emit::cast(exponent, wide)), type);
}
/// The remainder with the sign of the dividend.
inline symbol truncated_mod(symbol a, symbol b) {
    const symbol r = floor_mod(abs(a), abs(b));
    return where(a < 0, -r, r);
}
inline symbol infinite(const call& c) {
    const symbol x = c[0], found = is_inf(x);
    const bool negative = c.integer("detect_negative", 1) != 0, positive = c.integer("detect_positive", 1) != 0;
    if (negative && positive) return found;
    return negative ? found && x < 0 : positive ? found && x > 0 : found && !found;
}
inline symbol clipped(const call& c) {
    symbol x = c[0];
    if (c.has(1)) x = maximum(x, c[1]);
    else if (c.states("min")) x = maximum(x, c.real("min", 0));
    if (c.has(2)) x = minimum(x, c[2]);
    else if (c.states("max")) x = minimum(x, c.real("max", 0));
    return x;
}
inline symbol thresholded(symbol x, double alpha) { return where(x > alpha, x, 0); }
inline symbol shrunk(symbol x, double limit, double bias) {
    return where(x < -limit, x + bias, where(x > limit, x - bias, 0));
}

// clang-format off
inline constexpr operation elementwise_operations[] = {
    {"Abs",        [](const call& c) { return abs(c[0]); }},
    {"Acos",       [](const call& c) { return acos(c[0]); }},
    {"Acosh",      [](const call& c) { return acosh(c[0]); }},
    {"Asin",       [](const call& c) { return asin(c[0]); }},
    {"Asinh",      [](const call& c) { return asinh(c[0]); }},
    {"Atan",       [](const call& c) { return atan(c[0]); }},
    {"Atanh",      [](const call& c) { return atanh(c[0]); }},
    {"BitwiseNot", [](const call& c) { return bitwise_not(c[0]); }},
    {"Cast",       [](const call& c) { return emit::cast(c[0], type_of(c.integer("to", 0))); }},
    {"CastLike",   [](const call& c) { return emit::cast(c[0], c[1].type()); }},
    {"Ceil",       [](const call& c) { return ceil(c[0]); }},
    {"Celu",       [](const call& c) { return celu(c[0], c.real("alpha", 1)); }},
    {"Cos",        [](const call& c) { return cos(c[0]); }},
    {"Cosh",       [](const call& c) { return cosh(c[0]); }},
    {"Elu",        [](const call& c) { return elu(c[0], c.real("alpha", 1)); }},
    {"Erf",        [](const call& c) { return erf(c[0]); }},
    {"Exp",        [](const call& c) { return exp(c[0]); }},
    {"Floor",      [](const call& c) { return floor(c[0]); }},
    {"Gelu",       [](const call& c) { return c.text("approximate", "none") == "tanh" ? gelu_tanh(c[0]) : gelu(c[0]); }},
    {"HardSigmoid",[](const call& c) { return clip(c.real("alpha", 0.2) * c[0] + c.real("beta", 0.5), 0, 1); }},
    {"HardSwish",  [](const call& c) { return hard_silu(c[0]); }},
    {"Identity",   [](const call& c) { return c[0]; }},
    {"IsInf",      [](const call& c) { return infinite(c); }},
    {"IsNaN",      [](const call& c) { return is_nan(c[0]); }},
    {"LeakyRelu",  [](const call& c) { return leaky_relu(c[0], c.real("alpha", 0.01)); }},
    {"Log",        [](const call& c) { return log(c[0]); }},
    {"Mish",       [](const call& c) { return mish(c[0]); }},
    {"Neg",        [](const call& c) { return -c[0]; }},
    {"Not",        [](const call& c) { return !c[0]; }},
    {"Reciprocal", [](const call& c) { return reciprocal(c[0]); }},
    {"Relu",       [](const call& c) { return relu(c[0]); }},
    {"Round",      [](const call& c) { return round(c[0]); }},
    {"Selu",       [](const call& c) { const symbol x = c[0]; return c.real("gamma", 1.05070102214813232421875) * elu(x, c.real("alpha", 1.67326319217681884765625)); }},
    {"Shrink",     [](const call& c) { return shrunk(c[0], c.real("lambd", 0.5), c.real("bias", 0)); }},
    {"Sigmoid",    [](const call& c) { return sigmoid(c[0]); }},
    {"Sign",       [](const call& c) { return sign(c[0]); }},
    {"Sin",        [](const call& c) { return sin(c[0]); }},
    {"Sinh",       [](const call& c) { return sinh(c[0]); }},
    {"Softplus",   [](const call& c) { return softplus(c[0]); }},
    {"Softsign",   [](const call& c) { return softsign(c[0]); }},
    {"Sqrt",       [](const call& c) { return sqrt(c[0]); }},
    {"Swish",      [](const call& c) { return c[0] * sigmoid(c.real("alpha", 1) * c[0]); }},
    {"Tan",        [](const call& c) { return tan(c[0]); }},
    {"Tanh",       [](const call& c) { return tanh(c[0]); }},
    {"ThresholdedRelu", [](const call& c) { return thresholded(c[0], c.real("alpha", 1)); }},

    {"Add",        [](const call& c) { return c[0] + second(c); }},
    {"And",        [](const call& c) { return c[0] && second(c); }},
    {"BitShift",   [](const call& c) { return c.text("direction", "") == "LEFT" ? shift_left(c[0], c[1]) : shift_right(c[0], c[1]); }},
    {"BitwiseAnd", [](const call& c) { return bitwise_and(c[0], c[1]); }},
    {"BitwiseOr",  [](const call& c) { return bitwise_or(c[0], c[1]); }},
    {"BitwiseXor", [](const call& c) { return bitwise_xor(c[0], c[1]); }},
    {"Clip",       clipped},
    {"Div",        [](const call& c) { return c[0] / second(c); }},
    {"Equal",      [](const call& c) { return c[0] == second(c); }},
    {"Greater",    [](const call& c) { return c[0] > second(c); }},
    {"GreaterOrEqual", [](const call& c) { return c[0] >= c[1]; }},
    {"Less",       [](const call& c) { return c[0] < second(c); }},
    {"LessOrEqual",[](const call& c) { return c[0] <= c[1]; }},
    {"Max",        [](const call& c) { return joined(c, [](symbol a, symbol b) { return maximum(a, b); }); }},
    {"Mean",       [](const call& c) { return joined(c, [](symbol a, symbol b) { return a + b; }) / c.operands(); }},
    {"Min",        [](const call& c) { return joined(c, [](symbol a, symbol b) { return minimum(a, b); }); }},
    {"Mod",        [](const call& c) { return c.integer("fmod", 0) != 0 ? truncated_mod(c[0], c[1]) : floor_mod(c[0], c[1]); }},
    {"Mul",        [](const call& c) { return c[0] * second(c); }},
    {"Or",         [](const call& c) { return c[0] || second(c); }},
    {"PRelu",      [](const call& c) { return leaky_relu(c[0], slope(c)); }},
    {"Pow",        [](const call& c) { return power(c[0], second(c)); }},
    {"Sub",        [](const call& c) { return c[0] - second(c); }},
    {"Sum",        [](const call& c) { return joined(c, [](symbol a, symbol b) { return a + b; }); }},
    {"Where",      [](const call& c) { return where(c[0], c[1], c[2]); }},
    {"Xor",        [](const call& c) { return c[0] != second(c); }},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
