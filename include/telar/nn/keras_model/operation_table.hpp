// SPDX-License-Identifier: BSL-1.0
// Operations between Keras' layers, such as x + y and keras.ops.relu(x): a file has them beside its layers.
#pragma once
#include <telar/nn/keras_model/layers.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

struct operation_row {
    std::string_view class_name;
    op kind;
    int operands;
    bool is_swapped = false;  // x > y is y < x
};
// clang-format off
inline constexpr operation_row operation_table[] = {
    {"Add",     op::add,     2}, {"Subtract", op::sub,     2}, {"Multiply", op::mul,      2}, {"Divide",     op::div,         2},
    {"Maximum", op::maximum, 2}, {"Minimum",  op::minimum, 2}, {"TrueDivide", op::div,    2},
    {"Equal",   op::equal,   2}, {"NotEqual", op::not_equal, 2}, {"LogicalAnd", op::logical_and, 2}, {"LogicalOr", op::logical_or, 2},
    {"Less",    op::less,    2}, {"LessEqual", op::less_equal, 2}, {"Greater", op::less,  2, true}, {"GreaterEqual", op::less_equal, 2, true},
    {"Negative", op::neg,    1}, {"Absolute", op::abs,     1}, {"Exp",      op::exp,      1}, {"Log",        op::log,         1},
    {"Sqrt",    op::sqrt,    1}, {"Sin",      op::sin,     1}, {"Cos",      op::cos,      1},
    {"Relu",    op::relu,    1}, {"Tanh",     op::tanh,    1}, {"Sigmoid",  op::sigmoid,  1}, {"Softplus",   op::softplus,    1},
};
// clang-format on

namespace running {
/// An operation of one or two values; numbers that a call says are values of the other's type.
class operation final : public any_layer {
public:
    operation(const operation_row& row, const layer_place& at) : row_(row), at_(at) {}
    void bind(bound_model&) override {}
    std::vector<symbol> call(const call_arguments& a) const override {
        symbol x[2]{};
        std::size_t next = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(row_.operands); ++i) {
            const auto number = a.said.find(std::to_string(i));
            if (number != a.said.end()) x[i] = number_like(a.takes[0], *number->second);
            else if (next < a.takes.size()) x[i] = a.takes[next++];
            else at_.refuse("called with too few values");
        }
        if (next != a.takes.size()) at_.refuse("called with " + std::to_string(a.takes.size()) + " values");
        if (row_.operands == 1) return {ir::emit::elementwise(row_.kind, x[0].plain())};
        if (row_.is_swapped) std::swap(x[0], x[1]);
        return {ir::emit::elementwise(row_.kind, x[0].plain(), x[1].plain())};
    }

private:
    symbol number_like(symbol x, const json& v) const {
        if (!v.is(json::number)) at_.refuse("called with what is neither a value nor a number");
        if (!is_float(x.type()) && !(std::abs(v.value) <= most_of_an_option))
            at_.refuse("called with a number so large");
        return ir::emit::constant(*x.g, x.type(), v.value);
    }
    const operation_row& row_;
    const layer_place& at_;
};
/// The sum, the mean, the largest, ... along axes.
class reduction final : public any_layer {
public:
    reduction(op kind, bool is_mean, option_reader& options) : kind_(kind), is_mean_(is_mean) {
        const json& axis = options.other("axis");
        if (!axis.is(json::null)) options.read(axis, axes_);
        keepdims_ = options.flag("keepdims");
    }
    void bind(bound_model&) override {}
    std::vector<symbol> call(const call_arguments& a) const override {
        const symbol x = a.takes[0].plain();
        const unsigned along = axes_.bits(x);
        if (is_mean_) return {expr::functions::mean{}(x, along, keepdims_)};
        return {ir::emit::reduce(kind_, x, along, keepdims_)};
    }

private:
    op kind_;
    bool is_mean_, keepdims_ = false;
    axes axes_{};
};
/// An axis of extent 1, values beside each other, or zeros.
class arrangement final : public any_layer {
public:
    enum kinds { expand_dims, concat, zeros };
    arrangement(kinds kind, option_reader& options) : kind_(kind) {
        const json& axis = options.other("axis");
        if (!axis.is(json::null)) axis_ = static_cast<int>(options.whole(axis, -max_rank));
        is_mask_ = options.other("dtype").is_text("bool");
    }
    void bind(bound_model&) override {}
    std::vector<symbol> call(const call_arguments& a) const override {
        const symbol x = a.takes[0].plain();
        if (kind_ == concat) return {ir::emit::concat(std::span<const symbol>(a.takes), axis_)};
        if (kind_ == expand_dims) return {ir::emit::expand_dims(x, {axis_})};
        const symbol zero = ir::emit::constant(*x.g, is_mask_ ? dtype::boolean : x.type(), 0);
        return {ir::emit::broadcast_to(zero, shape(x.extents()))};
    }

private:
    kinds kind_;
    int axis_ = 0;
    bool is_mask_ = false;
};
/// x[:, -1, 2:4]
class item final : public any_layer {
public:
    explicit item(const layer_place& at) : at_(at) {}
    void bind(bound_model&) override {}
    std::vector<symbol> call(const call_arguments& a) const override {
        const auto key = a.said.find("1");
        if (a.takes.size() != 1 || key == a.said.end()) at_.refuse("called with an index that a run decides");
        const json one{json::list, false, 0, {}, {*key->second}, {}, 0};
        symbol y = a.takes[0].plain();
        shape rest;
        int axis = 0;
        for (const json& k : key->second->is(json::list) ? key->second->items : one.items) {
            if (axis == y.rank()) at_.refuse("an index of more axes than there are");
            const extent_t n = y.g->dims.resolve(y.extents()[axis]);
            if (k.is(json::number)) {
                const extent_t from = place(k, 0, n);
                if (from < 0 || from >= n) at_.refuse("an index outside of the axis");
                y = ir::emit::part_of_axis(y, axis++, from, 1);
            } else {
                if (!k["class_name"].is_text("__slice__")) at_.refuse("an index that telar does not have");
                const json& c = k["config"];
                if (!c["step"].is(json::null) && c["step"].value != 1) at_.refuse("a slice of steps");
                if (!c["start"].is(json::null) || !c["stop"].is(json::null)) {
                    const extent_t from = within(place(c["start"], 0, n), n), to = within(place(c["stop"], n, n), n);
                    y = ir::emit::part_of_axis(y, axis, from, to > from ? to - from : 0);
                }
                rest.append(y.extents()[axis++]);
            }
        }
        for (; axis < y.rank(); ++axis) rest.append(y.extents()[axis]);
        return {ir::emit::reshape(y, rest)};
    }

private:
    /// Counted from the end where it is below 0.
    extent_t place(const json& v, extent_t otherwise, extent_t n) const {
        if (!ir::is_number(n)) at_.refuse("a part of an axis whose extent a run decides");
        if (v.is(json::null)) return otherwise;
        if (!v.is(json::number) || !(std::abs(v.value) <= most_of_an_option))
            at_.refuse("an index that telar does not have");
        const auto i = static_cast<extent_t>(v.value);
        return i < 0 ? i + n : i;
    }
    static extent_t within(extent_t i, extent_t n) { return std::clamp(i, extent_t{0}, n); }

    const layer_place& at_;
};
}  // namespace running

/// The operation of a class.
inline std::unique_ptr<any_layer> made_operation(option_reader& options, const layer_place& at) {
    const std::string& name = at.class_name;
    for (const operation_row& row : operation_table)
        if (row.class_name == name) return std::make_unique<running::operation>(row, at);
    constexpr std::pair<std::string_view, op> reductions[]{{"Sum", op::sum}, {"Max", op::max}, {"Min", op::min},
                                                           {"Any", op::any}, {"All", op::all}, {"Mean", op::sum}};
    for (const auto& [own, kind] : reductions)
        if (own == name) return std::make_unique<running::reduction>(kind, name == "Mean", options);
    using running::arrangement;
    if (name == "ExpandDims") return std::make_unique<arrangement>(arrangement::expand_dims, options);
    if (name == "Concatenate") return std::make_unique<arrangement>(arrangement::concat, options);
    if (name == "ZerosLike") return std::make_unique<arrangement>(arrangement::zeros, options);
    if (name == "GetItem") return std::make_unique<running::item>(at);
    at.refuse("telar does not read this operation");
}

}  // namespace telar::inline TELAR_ABI::nn::keras
