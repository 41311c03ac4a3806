// SPDX-License-Identifier: BSL-1.0
// Operations between Keras' layers, such as x + y and keras.ops.relu(x): a file has them beside its layers.
#pragma once
#include <telar/nn/keras_model/layers.hpp>

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
        if (a.takes.empty()) at_.refuse("called without a value");
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
        return ir::emit::constant(*x.g, x.type(), v.value);
    }
    const operation_row& row_;
    const layer_place& at_;
};
}  // namespace running

}  // namespace telar::inline TELAR_ABI::nn::keras
