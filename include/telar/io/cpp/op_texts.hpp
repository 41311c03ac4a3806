// SPDX-License-Identifier: BSL-1.0
// How a primitive is written in a traced function: a call of telar's public function, with its attributes. What has no
// public function, or a form that the public one does not give, is written as the primitive itself, in telar::ir::emit.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/expr/movement.hpp>
#include <telar/graph/graph.hpp>
#include <telar/graph/print.hpp>
#include <telar/io/cpp/literals.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::cpp {

struct op_text {
    op kind;
    std::string_view text;  // $0, $1, $2: the operands; #: what the attributes say (attributes_text)
};

// clang-format off
inline constexpr op_text op_texts[] = {
    {op::leaf, ""}, {op::constant, "telar::ir::emit::#"}, {op::extent, "telar::ir::emit::extent(#)"},
    {op::iota, "telar::ir::emit::iota(#)"},
    {op::neg, "-$0"}, {op::abs, "telar::abs($0)"}, {op::sign, "telar::sign($0)"}, {op::exp, "telar::exp($0)"},
    {op::expm1, "telar::expm1($0)"}, {op::log, "telar::log($0)"}, {op::log1p, "telar::log1p($0)"},
    {op::sqrt, "telar::sqrt($0)"}, {op::cbrt, "telar::cbrt($0)"}, {op::sin, "telar::sin($0)"},
    {op::cos, "telar::cos($0)"}, {op::tan, "telar::tan($0)"}, {op::asin, "telar::asin($0)"},
    {op::acos, "telar::acos($0)"}, {op::atan, "telar::atan($0)"}, {op::sinh, "telar::sinh($0)"},
    {op::cosh, "telar::cosh($0)"}, {op::tanh, "telar::tanh($0)"}, {op::asinh, "telar::asinh($0)"},
    {op::acosh, "telar::acosh($0)"}, {op::atanh, "telar::atanh($0)"}, {op::sigmoid, "telar::sigmoid($0)"},
    {op::softplus, "telar::softplus($0)"}, {op::erf, "telar::erf($0)"}, {op::erfc, "telar::erfc($0)"},
    {op::erfinv, "telar::erfinv($0)"}, {op::erfcinv, "telar::erfcinv($0)"}, {op::lgamma, "telar::lgamma($0)"},
    {op::digamma, "telar::digamma($0)"}, {op::floor, "telar::floor($0)"}, {op::ceil, "telar::ceil($0)"},
    {op::round, "telar::round($0)"}, {op::relu, "telar::relu($0)"}, {op::bitwise_not, "telar::bitwise_not($0)"},
    {op::logical_not, "!$0"}, {op::is_nan, "telar::is_nan($0)"}, {op::stop_gradient, "telar::stop_gradient($0)"},
    {op::cast, "telar::cast<#>($0)"},
    {op::add, "$0 + $1"}, {op::sub, "$0 - $1"}, {op::mul, "$0 * $1"}, {op::div, "$0 / $1"},
    {op::maximum, "telar::maximum($0, $1)"}, {op::minimum, "telar::minimum($0, $1)"}, {op::pow, "telar::pow($0, $1)"},
    {op::atan2, "telar::atan2($0, $1)"}, {op::floor_mod, "telar::floor_mod($0, $1)"},
    {op::bitwise_and, "telar::bitwise_and($0, $1)"}, {op::bitwise_or, "telar::bitwise_or($0, $1)"},
    {op::bitwise_xor, "telar::bitwise_xor($0, $1)"}, {op::shift_left, "telar::shift_left($0, $1)"},
    {op::shift_right, "telar::shift_right($0, $1)"},
    {op::equal, "$0 == $1"}, {op::not_equal, "$0 != $1"}, {op::less, "$0 < $1"}, {op::less_equal, "$0 <= $1"},
    {op::logical_and, "$0 && $1"}, {op::logical_or, "$0 || $1"},
    {op::select, "telar::where($0, $1, $2)"},
    {op::sum, "telar::sum($0, #, telar::keep_dims)"}, {op::prod, "telar::prod($0, #, telar::keep_dims)"},
    {op::max, "telar::max($0, #, telar::keep_dims)"}, {op::min, "telar::min($0, #, telar::keep_dims)"},
    {op::any, "telar::any($0, #, telar::keep_dims)"}, {op::all, "telar::all($0, #, telar::keep_dims)"},
    {op::argmax, "telar::argmax($0, #, telar::keep_dims)"}, {op::argmin, "telar::argmin($0, #, telar::keep_dims)"},
    {op::matmul, "telar::matmul($0, $1)"},
    {op::scan, "telar::ir::emit::scan(#)"}, {op::scan_slice, "telar::ir::emit::scan_slice($0, $1, #)"},
    {op::scan_state, "telar::ir::emit::scan_state($0, $1, #)"}, {op::scan_next, "telar::ir::emit::scan_next($0, $1, $2)"},
    {op::scan_stack, "telar::ir::emit::scan_stack($0, $1, #)"},
    {op::call_operand, ""}, {op::call, ""}, {op::call_result, ""},
    {op::reshape, "telar::reshape($0, #)"}, {op::transpose, "telar::transpose($0, #)"},
    {op::broadcast_to, "telar::broadcast_to($0, #)"}, {op::slice, "telar::slice($0, #)"}, {op::pad, "telar::pad($0, #)"},
    {op::concat, "telar::concat($0, $1, #)"}, {op::windows, "telar::ir::emit::windows($0, #)"},
    {op::overlap_add, "telar::ir::emit::overlap_add($0, #)"}, {op::reverse, "telar::reverse($0, #)"},
    {op::gather, "telar::ir::emit::gather($0, $1, #)"}, {op::scatter, "telar::ir::emit::scatter($0, $1, $2, #)"},
    {op::cumsum, "telar::cumsum($0, #)"}, {op::cumprod, "telar::cumprod($0, #)"},
    {op::recurrence, "telar::ir::emit::recurrence($0, $1, #)"}, {op::sort, "telar::sort($0#)"},
    {op::argsort, "telar::ir::emit::argsort($0, #)"}, {op::random, ""}, {op::print, ""},
};
// clang-format on
static_assert(ir::has_every_op(op_texts), "op_texts: one row per op, in the order of the enum");

/// Writes nodes of a graph whose extents are known by names: `x` is an input, of which the text takes the graph.
class node_writer {
public:
    node_writer(const ir::graph& g, std::string input, std::string path)
        : g_(g), input_(std::move(input)), path_(std::move(path)) {}

    /// The name of an extent that is known at run time only, as an expression of C++ (graph::dims says what it is).
    std::string extent(extent_t e) const {
        e = g_.dims.resolve(e);
        if (ir::is_number(e)) return std::to_string(e);
        const ir::dimension& d = g_.dims.table[ir::entry_of(e)];
        const auto both = [&](const char* name) {
            return std::string("dims.") + name + '(' + extent(d.lhs) + ", " + extent(d.rhs) + ')';
        };
        switch (d.kind) {
            case ir::dimension_kind::sum: return both("add");
            case ir::dimension_kind::difference: return both("subtract");
            case ir::dimension_kind::product: return both("multiply");
            case ir::dimension_kind::quotient: return both("divide");
            case ir::dimension_kind::variable: break;
        }
        return inputs_[static_cast<std::size_t>(d.lhs)] + ".extents()[" + std::to_string(d.rhs) + ']';
    }
    void set_inputs(std::vector<std::string> names) { inputs_ = std::move(names); }

    /// The text of a node, whose operands are of the same graph.
    ///
    /// errors    unsupported_model: what a file's model does not have
    std::string text(const ir::node& n) const {
        const std::string_view row = op_texts[static_cast<std::size_t>(n.kind)].text;
        if (row.empty() || n.copy != 0)
            fail<unsupported_model>(path_ + ": " + std::string(ir::name_of(n.kind)) + " cannot be written as C++");
        if (const std::string other = without_public_function(n); !other.empty()) return other;
        std::string all;
        for (const char c : row) all += c == '#' ? attributes(n) : std::string(1, c);
        return all;
    }
    /// "telar::shape(n, 3)"
    std::string shape_of(const shape& s) const {
        std::string all = "telar::shape(";
        for (int i = 0; i < s.rank; ++i) all += (i ? ", " : "") + extent(s[i]);
        return all + ')';
    }

private:
    const ir::graph& g_;
    std::string input_, path_;
    std::vector<std::string> inputs_;

    const ir::node& operand(const ir::node& n) const { return g_[n.in[0]]; }
    bool are_numbers(const shape& s) const {
        for (int i = 0; i < s.rank; ++i)
            if (!ir::is_number(g_.dims.resolve(s[i]))) return false;
        return true;
    }
    /// "telar::axes<0, 2>"
    template <class Numbers> static std::string tag(std::string_view name, int count, const Numbers& number) {
        std::string all = "telar::" + std::string(name) + '<';
        for (int i = 0; i < count; ++i) all += (i ? ", " : "") + std::to_string(number(i));
        return all + '>';
    }
    static std::string axes(extent_t bits) {
        shape s;
        for (int i = 0; i < max_rank; ++i)
            if (bits >> i & 1) s.append(i);
        return tag("axis", s.rank, [&](int i) { return s[i]; });
    }
    static std::string flag(bool b) { return b ? "true" : "false"; }
    /// One extent may be unknown: it is what remains.
    int unknowns(const shape& s) const {
        int n = 0;
        for (int i = 0; i < s.rank; ++i) n += !ir::is_number(g_.dims.resolve(s[i]));
        return n;
    }
    bool is_inferred(const ir::node& n) const {
        if (unknowns(n.extents) == 0) return true;
        if (unknowns(n.extents) > 1) return false;
        ir::dimensions dims = g_.dims;
        extent_t others = 1, unknown = 0;
        for (int i = 0; i < n.extents.rank; ++i)
            if (const extent_t e = dims.resolve(n.extents[i]); ir::is_number(e))
                others = saturating_multiply(others, e);
            else unknown = e;
        return others > 0 && dims.same(dims.divide(dims.count(operand(n).extents), others), unknown);
    }
    /// Of a broadcast: an extent that is not a number is the operand's own.
    bool is_kept(const ir::node& n, int axis) const {
        const shape& from = operand(n).extents;
        const int of = axis - (n.extents.rank - from.rank);
        return of >= 0 && g_.dims.same(from[of], n.extents[axis]);
    }
    bool keeps_unknowns(const ir::node& n) const {
        for (int i = 0; i < n.extents.rank; ++i)
            if (!ir::is_number(g_.dims.resolve(n.extents[i])) && !is_kept(n, i)) return false;
        return true;
    }
    bool has_numbers_or_all(const ir::node& n) const {
        for (int i = 0; i < n.extents.rank; ++i) {
            const bool is_number =
                ir::is_number(g_.dims.resolve(n.attribute[i])) && ir::is_number(g_.dims.resolve(n.extents[i]));
            if (!is_number && !(n.attribute[i] == 0 && g_.dims.same(n.extents[i], operand(n).extents[i]))) return false;
        }
        return true;
    }
    /// How many zeros stand behind an axis; below 0: that is no number.
    extent_t zeros_behind(const ir::node& n, int axis) const {
        ir::dimensions dims = g_.dims;
        const extent_t before = dims.resolve(n.attribute[axis]);
        if (!ir::is_number(before)) return -1;
        const extent_t behind = dims.subtract(n.extents[axis], dims.add(operand(n).extents[axis], before));
        return ir::is_number(behind) ? behind : -1;
    }
    std::string list(const ir::node& n) const {
        std::string all = "std::array<telar::extent_t, " + std::to_string(n.extents.rank) + ">{";
        for (int i = 0; i < n.extents.rank; ++i) all += (i ? ", " : "") + extent(n.attribute[i]);
        return all + "}.data()";
    }
    static std::string places(const ir::node& n, extent_t size) {
        return '{' + std::to_string(n.attribute[0]) + ", " + std::to_string(size) + ", " +
               std::to_string(n.attribute[1]) + ", " + std::to_string(n.attribute[2]) + '}';
    }
    static std::string rest_of(const ir::node& n) {
        const auto outside = n.attribute[1] & 1 ? "is_nothing" : "is_refused";
        return std::to_string(n.attribute[0]) + ", telar::ir::emit::outside::" + outside;
    }

    std::string without_public_function(const ir::node& n) const {
        const std::string emit = "telar::ir::emit::";
        switch (n.kind) {
            case op::max:
            case op::min:
            case op::argmax:
            case op::argmin:
                if (n.attribute[1] == 0 && n.attribute[2] == 0) return "";
                return emit + "reduce(telar::op::" + std::string(ir::name_of(n.kind)) + ", $0, " +
                       std::to_string(n.attribute[0]) + ", true, " + emit + "ties{" + std::to_string(n.attribute[1]) +
                       "}, " + "telar::ir::of_nothing{" + std::to_string(n.attribute[2]) + "})";
            case op::reshape: return is_inferred(n) ? "" : emit + "reshape($0, " + shape_of(n.extents) + ')';
            case op::broadcast_to:
                return keeps_unknowns(n) ? "" : emit + "broadcast_to($0, " + shape_of(n.extents) + ')';
            case op::slice:
                return has_numbers_or_all(n) ? "" : emit + "slice($0, " + list(n) + ", " + shape_of(n.extents) + ')';
            case op::pad:
                for (int i = 0; i < n.extents.rank; ++i)
                    if (zeros_behind(n, i) < 0) return emit + "pad($0, " + list(n) + ", " + shape_of(n.extents) + ')';
                return "";
            case op::windows: {
                // Windows of one element may be none, which is what a slice in steps makes of an unknown extent.
                ir::dimensions dims = g_.dims;
                const int axis = static_cast<int>(n.attribute[0]);
                const ir::emit::window_places w{axis, dims.resolve(n.extents[axis + 1]), n.attribute[1],
                                                n.attribute[2]};
                const extent_t count =
                    dims.add(dims.divide(dims.subtract(operand(n).extents[axis], w.reach()), w.step), 1);
                if (ir::is_number(w.size) && dims.same(count, n.extents[axis])) return "";
                return emit + "move(telar::op::windows, $0, " + shape_of(n.extents) + ", " + attributes_array(n, 3) +
                       ')';
            }
            case op::matmul:  // the function takes vectors, too
                return n.extents.rank >= 2 && operand(n).extents.rank >= 2 && g_[n.in[1]].extents.rank >= 2
                           ? ""
                           : emit + "matmul($0, $1)";
            default: return "";
        }
    }
    static std::string attributes_array(const ir::node& n, int count) {
        std::string all = "std::array<telar::extent_t, " + std::to_string(count) + ">{";
        for (int i = 0; i < count; ++i) all += (i ? ", " : "") + std::to_string(n.attribute[i]);
        return all + "}.data(), " + std::to_string(count);
    }
    std::string attributes(const ir::node& n) const {
        using ir::told;
        const shape& s = n.extents;
        const auto at = [&](const shape& numbers) {
            return [&, numbers](int i) {
                const extent_t e = g_.dims.resolve(numbers[i]);
                return ir::is_number(e) ? e : -1;
            };
        };
        const std::string graph = '*' + input_ + ".g, ";
        switch (n.kind) {
            case op::constant:
                return (is_float(n.type) ? "constant(" : "whole_constant(") + graph + dtype_text(n.type) + ", " +
                       (is_float(n.type) ? float_text(ir::number_of(n))
                                         : whole_text(static_cast<std::int64_t>(n.value))) +
                       ')';
            case op::extent: return graph + extent(n.attribute[0]) + ", " + dtype_text(n.type);
            case op::iota: return graph + extent(s[0]) + ", " + dtype_text(n.type);
            case op::cast: return type_text(n.type);
            case op::scan:
                return graph +
                       (n.attribute[0] == ir::unlimited_steps ? "telar::ir::unlimited_steps" : extent(n.attribute[0])) +
                       ", " + flag(ir::is_while(n));
            case op::reshape: return tag("extents", s.rank, at(s));
            case op::broadcast_to: return tag("extents", s.rank, [&](int i) { return is_kept(n, i) ? -1 : at(s)(i); });
            case op::transpose: return tag("axes", s.rank, [&](int i) { return n.attribute[i]; });
            case op::slice:
                return tag("starts", s.rank, [&](int i) { return n.attribute[i]; }) + ", " +
                       tag("sizes", s.rank, [&](int i) {
                           return g_.dims.same(s[i], operand(n).extents[i]) ? extent_t{-1} : g_.dims.resolve(s[i]);
                       });
            case op::pad:
                return tag("before", s.rank, [&](int i) { return n.attribute[i]; }) + ", " +
                       tag("after", s.rank, [&](int i) { return zeros_behind(n, i); });
            case op::windows: return places(n, g_.dims.resolve(s[static_cast<int>(n.attribute[0]) + 1]));
            case op::overlap_add:
                return places(n, g_.dims.resolve(operand(n).extents[static_cast<int>(n.attribute[0]) + 1])) + ", " +
                       shape_of(s);
            case op::scatter:
                return std::to_string(n.attribute[0]) + ", telar::ir::emit::joined{" +
                       std::to_string(n.attribute[1] >> 1) + "}, telar::ir::emit::outside{" +
                       std::to_string(n.attribute[1] & 1) + '}';
            case op::gather: return rest_of(n);
            case op::cumsum:
            case op::cumprod: {
                const auto c = ir::emit::cumulation_of(n.attribute[1]);
                return "telar::axis<" + std::to_string(n.attribute[0]) + '>' +
                       (c.exclusive ? ", telar::exclusive" : "") + (c.reverse ? ", telar::reversed" : "");
            }
            case op::recurrence:
                return std::to_string(n.attribute[0]) + ", " + flag(ir::emit::cumulation_of(n.attribute[1]).reverse);
            case op::sort: return n.attribute[1] ? ", telar::descending" : "";
            case op::argsort: return flag(n.attribute[1] != 0) + ", " + extent(n.attribute[2]);
            default: break;
        }
        switch (ir::info(n.kind).attributes) {
            case told::axes: return axes(n.attribute[0]);
            case told::axis: return "telar::axis<" + std::to_string(n.attribute[0]) + '>';
            case told::direction: return flag(n.attribute[0] != 0);
            case told::ordinal: return std::to_string(n.attribute[0]);
            default: return "";
        }
    }
};

}  // namespace telar::inline TELAR_ABI::io::cpp
