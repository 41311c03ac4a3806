// SPDX-License-Identifier: BSL-1.0
// Masks: which steps of a sequence count. A mask stands beside a value of the trace, never in a node.
#pragma once
#include <telar/telar.hpp>

#include <optional>

namespace telar::inline TELAR_ABI::nn {

namespace masks {
/// Whether a mask of an operand says something of y: y has the operand's rank, and the mask's axes.
constexpr bool fits(symbol mask, symbol operand, symbol y) {
    if (operand.rank() != y.rank() || mask.rank() >= y.rank()) return false;
    bool fits = true;
    for (int k = 0; k < mask.rank(); ++k)
        fits = fits && y.g->dims.same(shape(mask.extents()[k]), shape(y.extents()[k]));
    return fits;
}
constexpr int find(ir::graph& g, int node);
/// Of what is computed element by element, and of features beside each other: the mask of the operands; one of several
/// that are not alike holds where any of them does.
constexpr int of_operands(ir::graph& g, int node) {
    const ir::node n = g[node];
    const bool are_features = n.kind == op::concat && n.attribute[0] == n.extents.rank - 1;
    if (!ir::is_elementwise(n.kind) && !are_features) return -1;
    symbol mask{};
    for (int k = n.kind == op::select ? 1 : 0; k < ir::info(n.kind).arity; ++k) {
        const int found = find(g, n.in[k]);
        if (found < 0 || !fits({&g, found}, {&g, n.in[k]}, {&g, node})) continue;
        if (!mask.g) mask = {&g, found};
        else if (mask.id != found) mask = mask || symbol{&g, found};
    }
    return mask.id;
}
constexpr int find(ir::graph& g, int node) {
    for (int k = g.regions.masks.size(); --k >= 0;)
        if (g.regions.masks[k].node == node) return g.regions.masks[k].mask;
    const int found = of_operands(g, node);
    g.regions.masks.push({node, found});
    return found;
}
}  // namespace masks

/// The mask of a value, if it has one: bools, true where a step counts.
///
/// shapes    x (N,T,...) -> (N,T)
/// edge      nn::embedding with mask_zero and nn::masking make masks. What is computed element by element, and a concat
///           of features, has the mask of its operands (of two masks: where either holds, as Keras' Add and
///           Concatenate); a layer passes on the mask of its input where Keras' layer does. Any other operation gives
///           a value without a mask
/// source    Keras' masks
/// test      tests/fixtures/keras_masks_test.cpp
constexpr std::optional<symbol> mask_of(symbol x) {
    if (x.g->regions.masks.empty()) return {};
    const int mask = masks::find(*x.g, x.id);
    if (mask < 0) return {};
    return symbol{x.g, mask};
}
/// x, of which from now on the places count where the mask is true.   mask: bools, the first axes of x
constexpr symbol with_mask(symbol x, symbol mask) {
    x.g->regions.masks.push({x.id, mask.id});
    return x;
}
/// y, with the mask of x if that has one.
constexpr symbol with_mask_of(symbol x, symbol y) {
    const std::optional<symbol> mask = mask_of(x);
    return mask && mask->rank() < y.rank() ? with_mask(y, *mask) : y;
}

namespace masks {
/// A mask with axes of extent 1 behind its own, up to a rank.
constexpr symbol stretched(symbol mask, int rank) {
    shape to = mask.extents();
    while (to.rank < rank) to.append(1);
    return ir::emit::reshape(mask, to);
}
/// x where it counts, else 0.
constexpr symbol where_it_counts(symbol mask, symbol x) {
    return ir::emit::elementwise(op::select, stretched(mask, x.rank()), x.plain(),
                                 ir::emit::constant(*x.g, x.type(), 0));
}

/// The weights of samples (N); where predictions have a mask, those of places (N,T): 0 where it is false.
constexpr symbol weights_of_places(symbol weights, symbol y_pred) {
    const std::optional<symbol> mask = mask_of(y_pred);
    if (!mask) return weights;
    return stretched(ir::emit::cast(weights, y_pred.type()), mask->rank()) * ir::emit::cast(*mask, y_pred.type());
}
}  // namespace masks

}  // namespace telar::inline TELAR_ABI::nn
