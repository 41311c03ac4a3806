// SPDX-License-Identifier: BSL-1.0
// What attention layers share: which axes attend, what a query sees, the weights of keys, projections to heads and
// back.
#pragma once
#include <telar/nn/activations.hpp>
#include <telar/nn/axes.hpp>
#include <telar/nn/mask.hpp>
#include <telar/nn/mode.hpp>
#include <telar/nn/parameter.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What a call of an attention layer may say besides: att(x, x, {.use_causal_mask = true}).
struct attention_options {
    symbol attention_mask{};  // bools (N,T,S): true where query t sees key s
    bool use_causal_mask = false;
};

namespace attending {
/// What a call takes beside the query.
constexpr void take_others(const layer_call& call, symbol value, symbol key, bool has_options) {
    call.takes(value);
    call.takes(key);
    if (has_options) call.takes_unnamed();
}
/// The axes of (N, D..., F) that attend, A among D. Each place along the others, O, attends by itself; T is the number
/// of places along A, in row-major order.
class attended_axes {
public:
    constexpr attended_axes(symbol x, const nn::axes& wanted) : rank_(x.rank()) {
        const unsigned between = ((1u << rank_) - 1) >> 1 & ~1u;
        const unsigned attended = wanted.count == 0 ? between : wanted.bits(x);
        if (rank_ == max_rank) x.g->fail({ir::mistake_kind::rank_too_high, op::leaf, {}, {}, 0, x.extents(), {}, 0});
        if (attended == 0 || (attended & ~between) != 0)
            x.g->fail({ir::mistake_kind::axis, op::leaf, {}, {}, wanted.numbers[0], x.extents(), {}, 0});
        int at = 1;
        for (int k = 1; k < rank_ - 1; ++k)
            if (!ir::emit::has_axis(attended, k)) order_[at++] = k;
        heads_ = at;
        order_[at++] = rank_ - 1;
        for (int k = 1; k < rank_ - 1; ++k)
            if (ir::emit::has_axis(attended, k)) order_[at++] = k;
        order_[at] = rank_;
    }
    constexpr int count() const { return rank_ - 1 - heads_; }
    /// The rank of (N, O..., T, S).
    constexpr int rank_of_masks() const { return heads_ + 2; }

    /// (N, D..., heads, width) -> (N, O..., heads, T, width)
    constexpr symbol heads_first(symbol y) const {
        return with_one_axis(ir::emit::transpose(y, order_), heads_ + 1, count());
    }
    /// (N, O..., heads, T, width) -> (N, D..., heads, width); D... as those of x
    constexpr symbol heads_last(symbol y, symbol x) const {
        extent_t back[max_rank + 1]{};
        for (int k = 0; k <= rank_; ++k) back[order_[k]] = k;
        if (count() == 1) return ir::emit::transpose(y, back);
        shape apart;
        for (int k = 0; k <= heads_; ++k) apart.append(y.extents()[k]);
        for (int k = heads_ + 1; k < rank_; ++k) apart.append(x.extents()[static_cast<int>(order_[k])]);
        apart.append(y.extents()[y.rank() - 1]);
        return ir::emit::transpose(ir::emit::reshape(y, apart), back);
    }
    /// The mask of x (N, ...), which has the first of the axes (N, D...) -> (N, O..., T)
    constexpr symbol of_places(symbol mask, symbol x) const {
        if (rank_ == 3) return mask;
        extent_t order[max_rank]{};
        shape all;
        for (int k = 0, at = 0; k < rank_; ++k)
            if (k != heads_) order[at++] = order_[k];
        for (int k = 0; k < rank_ - 1; ++k) all.append(x.extents()[k]);
        const symbol each = ir::emit::broadcast_to(masks::stretched(mask, rank_ - 1), all);
        return with_one_axis(ir::emit::transpose(each, order), heads_, count());
    }
    /// What a call says, (A..., A...) behind N, O... or some of them -> (...,T,S)
    constexpr symbol of_pairs(symbol mask) const {
        if (count() == 1 || mask.rank() < 2 * count()) return mask;
        const symbol of_keys = with_one_axis(mask, mask.rank() - count(), count());
        return with_one_axis(of_keys, of_keys.rank() - 1 - count(), count());
    }

private:
    /// Some axes as one.
    static constexpr symbol with_one_axis(symbol y, int first, int count) {
        if (count == 1) return y;
        extent_t places = 1;
        for (int k = first; k < first + count; ++k) places = y.g->dims.multiply(places, y.extents()[k]);
        shape to;
        for (int k = 0; k < y.rank(); ++k) {
            if (k == first) to.append(places);
            if (k < first || k >= first + count) to.append(y.extents()[k]);
        }
        return ir::emit::reshape(y, to);
    }
    int rank_, heads_ = 1;
    extent_t order_[max_rank + 1]{};  // of (N, D..., heads, width): N, O..., heads, A..., width
};

// ---------------------------------------------------------------- what a query sees
/// The numbers of the places along T: (T,1), or of keys (S).
constexpr symbol places(symbol x, bool are_keys) {
    const symbol i = ir::emit::iota(*x.g, x.extents()[x.rank() - 2], dtype::int64);
    return are_keys ? i : ir::emit::expand_dims(i, {1});
}
/// Keys up to a query's own place.   (...,T,d), (...,S,d) -> (T,S)
constexpr symbol causal(symbol q, symbol k) { return places(k, true) <= places(q, false); }
/// Keys less than `window` places away.
constexpr symbol within(int window, symbol q, symbol k) {
    return telar::abs(places(k, true) - places(q, false)) < ir::emit::whole_constant(*q.g, dtype::int64, window);
}
constexpr void join(symbol& all, symbol mask) { all = all.g ? all && mask : mask; }
/// With axes of extent 1 before the last two.
constexpr symbol of_rank(symbol mask, int rank) {
    while (mask.rank() > 2 && mask.rank() < rank) mask = ir::emit::expand_dims(mask, {-3});
    return mask;
}
/// Joins the masks of query, value and key with those of the call: (N, O..., T, S) or (T,S), true where query t sees
/// key s; empty if there is no mask.   qs, ks: query and key as heads
constexpr symbol seen(symbol query, symbol value, symbol key, symbol qs, symbol ks, const attended_axes& axes,
                      int sliding_window, const attention_options& options) {
    symbol all{};
    const auto hide_keys = [&](symbol x) {
        if (const auto m = mask_of(x)) join(all, ir::emit::expand_dims(axes.of_places(*m, x), {-2}));
    };
    if (const auto m = mask_of(query)) join(all, ir::emit::expand_dims(axes.of_places(*m, query), {-1}));
    hide_keys(value);
    if (key.id != value.id) hide_keys(key);
    if (options.use_causal_mask) join(all, causal(qs, ks));
    if (sliding_window > 0) join(all, within(sliding_window, qs, ks));
    if (options.attention_mask.g)
        join(all, of_rank(axes.of_pairs(ir::emit::cast(options.attention_mask, dtype::boolean)), axes.rank_of_masks()));
    return all;
}
/// Dropped, in training.
constexpr symbol dropped(const site& here, symbol weights, double rate) {
    return rate > 0 && is_training(weights) ? telar::dropout(weights, rate, here.random_state()) : weights;
}
/// softmax(q k' / sqrt(d)) over the keys that are seen.   (N,...,heads,T,d), (N,...,heads,S,d) -> (N,...,heads,T,S)
///
/// edge      a query that sees no key sees all alike; where the layer drops weights, or has more axes than (N,T,F), it
///           sees nothing: as Keras' two ways of computing it
constexpr symbol weights(const site& here, symbol q, symbol k, symbol sees, double rate, bool sees_nothing) {
    ir::graph& g = *q.g;
    const symbol d = ir::emit::extent(g, q.extents()[q.rank() - 1], q.type());
    symbol scores = matmul(q, ir::emit::swap_last(k)) * (1 / ir::emit::elementwise(op::sqrt, d));
    if (!sees.g) return dropped(here, telar::softmax(scores, -1), rate);
    const double lowest = scores.type() == dtype::float16 ? -3e4 : sees_nothing ? -1e9 : -2.372671e38;
    sees = of_rank(sees, scores.rank());
    symbol w = telar::softmax(
        ir::emit::elementwise(op::select, sees, scores, ir::emit::constant(g, scores.type(), lowest)), -1);
    if (sees_nothing) w = ir::emit::elementwise(op::select, sees, w, ir::emit::constant(g, w.type(), 0));
    return dropped(here, w, rate);
}

// ---------------------------------------------------------------- heads
/// The parameters of x kernel + bias, of which the last axis is taken apart or put together, as Keras' EinsumDense.
struct projection {
    parameter kernel{}, bias{};
};
/// A call of a layer with heads: what its projections do.
template <class Layer> struct projecting {
    const Layer& l;
    const layer_call& call;
    attended_axes axes;

    /// (N, D..., F) -> (N, O..., heads, T, width)
    constexpr symbol apart(const projection& p, symbol x, int heads, extent_t width,
                           activation of_result = nullptr) const {
        const extent_t features = x.extents()[x.rank() - 1];
        const symbol w = kernel_of(p, x, shape(features, heads, width));
        symbol y = matmul(x.plain(), ir::emit::reshape(w, shape(features, heads * width)));
        if (l.use_bias) y = y + ir::emit::reshape(bias_of(p, x, shape(heads, width)), shape(heads * width));
        y = activated(of_result, y);
        call.adds_to_loss(y, l.activity_regularizer);
        shape to = x.extents();
        to[to.rank - 1] = heads;
        to.append(width);
        return axes.heads_first(ir::emit::reshape(y, to));
    }
    /// (N, O..., heads, T, width) -> (N, D..., F), D... as those of the query
    constexpr symbol together(const projection& p, symbol x, symbol query, extent_t features) const {
        const symbol last = axes.heads_last(x, query);
        const extent_t heads = last.extents()[last.rank() - 2], width = last.extents()[last.rank() - 1],
                       wide = x.g->dims.multiply(heads, width);
        const symbol w = kernel_of(p, x, shape(heads, width, features));
        shape to = query.extents();
        to[to.rank - 1] = wide;
        symbol y = matmul(ir::emit::reshape(last, to), ir::emit::reshape(w, shape(wide, features)));
        if (l.use_bias) y = y + bias_of(p, x, shape(features));
        call.adds_to_loss(y, l.activity_regularizer);
        return y;
    }

private:
    constexpr symbol kernel_of(const projection& p, symbol x, const shape& extents) const {
        return p.kernel(x, extents, l.kernel_initializer, l.kernel_regularizer, l.kernel_constraint);
    }
    constexpr symbol bias_of(const projection& p, symbol x, const shape& extents) const {
        return p.bias(x, extents, l.bias_initializer, l.bias_regularizer, l.bias_constraint);
    }
};
}  // namespace attending

}  // namespace telar::inline TELAR_ABI::nn
