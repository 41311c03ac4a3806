// SPDX-License-Identifier: BSL-1.0
// Finds calls of public functions in a graph of primitives: a convolution is windows, a product and four movements.
// What is found is traced once more on the same operands: it counts only if it gives the very node, which adding finds
// again.
#pragma once
#include <telar/expr/composite.hpp>
#include <telar/expr/convolution.hpp>
#include <telar/graph/graph.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::cpp {

/// A call that gives a node: its operands, its text ($0, $1 are the operands), and the call itself.
struct composite {
    std::vector<int> operands;
    std::string text;
    std::function<symbol(const std::vector<symbol>&)> make;
    bool commutes_with_transposes = false;  // a reduction: see `axes`
    unsigned axes = 0;
};

class composite_finder {
public:
    explicit composite_finder(const ir::graph& g) : g_(g) {}

    std::optional<composite> find(int i) const {
        const ir::node& n = g_[i];
        if (is_half(n.type)) return {};  // the functions widen their operands
        if (n.kind == op::reshape) {
            if (auto c = convolution(i)) return c;
            return pooling(i, g_[n.in[0]], op::max);
        }
        if (n.kind == op::concat) return grouped_convolution(i);
        if (n.kind == op::mul) return softmax(i);
        if (n.kind == op::div) {
            if (const ir::node& total = g_[n.in[0]]; total.kind == op::reshape)
                return pooling(i, g_[total.in[0]], op::sum);
            return mean(i);
        }
        return {};
    }

private:
    const ir::graph& g_;

    /// Whether the call gives node i.
    std::optional<composite> confirmed(int i, composite c) const {
        ir::graph trial = g_;
        std::vector<symbol> operands;
        for (const int o : c.operands) operands.push_back({&trial, o});
        const symbol made = c.make(operands);
        if (made.id != i || trial.error.what != ir::mistake_kind::none) return {};
        return c;
    }
    extent_t number(extent_t e) const {
        e = g_.dims.resolve(e);
        return ir::is_number(e) ? e : -1;
    }

    /// Windows on the axes of space, one behind the other, and what they stand on.
    struct windows_found {
        ir::emit::window_plan plan;
        int x = -1, space = 0;
    };
    std::optional<windows_found> windows(int i) const {
        windows_found f;
        if (g_[i].kind == op::transpose) i = g_[i].in[0];
        std::vector<const ir::node*> found;
        for (; g_[i].kind == op::windows; i = g_[i].in[0]) found.push_back(&g_[i]);
        f.space = static_cast<int>(found.size());
        if (f.space < 1 || f.space > 2) return {};
        for (int k = 0; k < f.space; ++k) {
            const ir::node& w = *found[static_cast<std::size_t>(f.space - 1 - k)];
            f.plan.size[k] = number(w.extents[static_cast<int>(w.attribute[0]) + 1]);
            f.plan.step[k] = w.attribute[1];
            f.plan.dilation[k] = w.attribute[2];
            f.plan.has_steps = true;
        }
        f.x = i;
        return f;
    }
    /// The padding that node `pad` is, between a batch and channels; false if it is another.
    bool take_padding(windows_found& f, const ir::node& pad) const {
        const ir::node& x = g_[pad.in[0]];
        if (x.extents.rank != f.space + 2) return false;
        ir::dimensions dims = g_.dims;
        for (int k = 0; k < f.space; ++k) {
            f.plan.before[k] = number(pad.attribute[k + 1]);
            f.plan.after[k] = number(dims.subtract(pad.extents[k + 1], dims.add(x.extents[k + 1], f.plan.before[k])));
            if (f.plan.before[k] < 0 || f.plan.after[k] < 0) return false;
        }
        f.x = pad.in[0];
        return true;
    }

    /// ", telar::steps<2>, telar::padding<1>": what differs from the function's own.
    static std::string options(const windows_found& f, bool is_pooling) {
        const auto& p = f.plan;
        const auto tag = [&](const char* name, const extent_t* numbers) {
            const bool alike = f.space == 1 || numbers[0] == numbers[1];
            return ", telar::" + std::string(name) + '<' + std::to_string(numbers[0]) +
                   (alike ? "" : ", " + std::to_string(numbers[1])) + '>';
        };
        std::string text;
        bool has_steps = false, has_dilation = false, is_padded = false, is_even = true;
        for (int k = 0; k < f.space; ++k) {
            has_steps = has_steps || p.step[k] != (is_pooling ? p.size[k] : 1);
            has_dilation = has_dilation || p.dilation[k] != 1;
            is_padded = is_padded || p.before[k] != 0 || p.after[k] != 0;
            is_even = is_even && p.before[k] == p.before[0] && p.after[k] == p.before[0];
        }
        if (has_steps) text += tag("steps", p.step);
        if (has_dilation) text += tag("dilations", p.dilation);
        if (!is_padded) return text;
        text += ", telar::padding<" + std::to_string(p.before[0]);
        for (int k = 0; k < f.space && !is_even; ++k)
            text += (k ? ", " + std::to_string(p.before[k]) : "") + ", " + std::to_string(p.after[k]);
        return text + '>';
    }
    std::optional<composite> convolution(int i) const {
        const ir::node& product = g_[g_[i].in[0]];
        if (product.kind != op::matmul) return {};
        const ir::node &rows = g_[product.in[0]], &kernel = g_[product.in[1]];
        if (rows.kind != op::reshape || kernel.kind != op::reshape) return {};
        auto f = windows(rows.in[0]);
        if (!f) return {};
        if (g_[f->x].kind == op::pad)
            if (!take_padding(*f, g_[f->x])) return {};
        const ir::emit::window_plan p = f->plan;
        return confirmed(i, {{f->x, kernel.in[0]},
                             "telar::conv($0, $1" + options(*f, false) + ')',
                             [p](const std::vector<symbol>& s) { return ir::emit::convolve(s[0], s[1], p); }});
    }
    /// Side by side: the first of its groups says what the others are.
    std::optional<composite> grouped_convolution(int i) const {
        int first = i;
        while (g_[first].kind == op::concat) first = g_[first].in[0];
        if (g_[first].kind != op::reshape) return {};
        const auto one = convolution(first);
        if (!one || g_[one->operands[0]].kind != op::slice || g_[one->operands[1]].kind != op::slice) return {};
        const int x = g_[one->operands[0]].in[0], w = g_[one->operands[1]].in[0];
        const int last = g_[x].extents.rank - 1;
        const extent_t all = number(g_[x].extents[last]), part = number(g_[one->operands[0]].extents[last]);
        if (all < 1 || part < 1) return {};
        const int rows = g_[g_[first].in[0]].in[0];
        auto f = windows(g_[rows].in[0]);
        if (!f) return {};
        if (g_[f->x].kind == op::pad && !take_padding(*f, g_[f->x])) return {};
        ir::emit::window_plan p = f->plan;
        p.groups = all / part;
        return confirmed(
            i, {{x, w},
                "telar::conv($0, $1" + options(*f, false) + ", telar::groups<" + std::to_string(p.groups) + ">)",
                [p](const std::vector<symbol>& s) { return ir::emit::convolve(s[0], s[1], p); }});
    }
    std::optional<composite> pooling(int i, const ir::node& reduced, op k) const {
        if (reduced.kind != k) return {};
        auto f = windows(reduced.in[0]);
        if (!f) return {};
        if (g_[f->x].kind == op::select) f->x = g_[f->x].in[1];
        if (g_[f->x].kind == op::pad && !take_padding(*f, g_[f->x])) return {};
        const ir::emit::window_plan p = f->plan;
        const bool is_square = f->space == 1 || p.size[0] == p.size[1];
        const std::string window =
            "telar::window<" + std::to_string(p.size[0]) + (is_square ? "" : ", " + std::to_string(p.size[1])) + '>';
        const bool is_max = k == op::max;
        return confirmed(i, {{f->x},
                             std::string(is_max ? "telar::max_pool" : "telar::mean_pool") + "($0, " + window +
                                 options(*f, true) + ')',
                             [p, is_max](const std::vector<symbol>& s) {
                                 return is_max ? ir::emit::pool_max(s[0], p) : ir::emit::pool_mean(s[0], p);
                             }});
    }
    /// e (1 / sum e), e = exp(x - max x)
    std::optional<composite> softmax(int i) const {
        for (int k = 0; k < 2; ++k) {
            const int e = g_[i].in[k], inverse = g_[i].in[1 - k];
            if (g_[e].kind != op::exp || g_[inverse].kind != op::div) continue;
            const ir::node &total = g_[g_[inverse].in[1]], &shifted = g_[g_[e].in[0]];
            if (total.kind != op::sum || total.in[0] != e || shifted.kind != op::sub) continue;
            for (int axis = 0; axis < max_rank; ++axis) {
                if (total.attribute[0] != 1 << axis) continue;
                const bool is_last = axis == g_[e].extents.rank - 1;
                return confirmed(i, {{shifted.in[0]},
                                     is_last ? "telar::softmax($0)"
                                             : "telar::softmax($0, telar::axis<" + std::to_string(axis) + ">)",
                                     [axis](const std::vector<symbol>& s) { return telar::softmax(s[0], axis); }});
            }
        }
        return {};
    }
    std::optional<composite> mean(int i) const {
        const ir::node& total = g_[g_[i].in[0]];
        if (total.kind != op::sum) return {};
        const auto axes = static_cast<unsigned>(total.attribute[0]);
        composite c{{total.in[0]}, "", {}, true, axes};
        c.make = [axes](const std::vector<symbol>& s) { return expr::functions::mean{}(s[0], axes, true); };
        return confirmed(i, std::move(c));
    }
};

}  // namespace telar::inline TELAR_ABI::io::cpp
