// SPDX-License-Identifier: BSL-1.0
// Equal layers, of which one is compiled.
#pragma once
#include <telar/nn/bind.hpp>
#include <telar/nn/mask.hpp>

#include <array>
#include <cstddef>

namespace telar::inline TELAR_ABI::nn {

/// N layers of one kind, each with parameters of its own. Their body is traced, differentiated, optimised and compiled
/// once, as a block, whatever N is:
///
///     nn::repeat<block, 24> blocks{block{64}};
///     for (const auto& b : blocks) x = b(x);  // or x = blocks(x)
///
/// shapes    those of the layer: all calls have operands of one shape, or each shape is a block of its own
/// edge      a call is fused with nothing around it. What a layer adds to the loss, draws and assigns is as without,
/// and
///           so are masks
/// errors    those of the layer
/// test      tests/nn/repeat_test.cpp
template <class L, std::size_t N> class repeat {
    /// One of them. It knows which slots of the model are its own.
    class element {
    public:
        constexpr element() = default;
        constexpr explicit element(const L& layer) : layer_(layer) {}
        constexpr const L& layer() const { return layer_; }

        constexpr symbol operator()(symbol x) const {
            if (!owner_ || owner_->describes) return layer_(x);
            core::growable<symbol> operands;  // x, the parameters that are asked for, the random state
            operands.push(x);
            for (int slot = first_; slot < end_; ++slot)
                if (const int leaf = owner_->parameters[slot].leaf; leaf >= 0)
                    operands.push({owner_->g, owner_->first + leaf});
            const int random = owner_->parameters[owner_->random].leaf;
            if (random >= 0) operands.push({owner_->g, owner_->first + random});
            const auto mask = mask_of(x);
            if (mask) operands.push(*mask);
            const unsigned number = static_cast<unsigned>(4 * family_ + 2 * mask.has_value() + is_frozen());
            expr::block_call call(*x.g, {operands.data(), static_cast<std::size_t>(operands.size())},
                                  expr::identity<L> + number);
            const core::growable<symbol> y =
                call.results([&](const core::growable<symbol>& leaves) { return traced(leaves, mask.has_value()); });
            // Behind the result stand what is told of its mask, and the terms of the loss.
            for (int k = mask ? 2 : 1; k < y.size(); ++k) owner_->penalties.push(y[k]);
            if (random >= 0 && x.g->regions.is_training()) owner_->draws = true;
            if (mask && y[1].rank() != 1) return with_mask(y[0], y[1].rank() == 0 ? *mask : y[1]);
            return y[0];
        }
        constexpr void bind_to(bound_model& to) {
            owner_ = &to;
            first_ = to.next_slot;
            bind_member(layer_, to);
            end_ = to.next_slot;
        }

    private:
        constexpr bool is_frozen() const {
            return owner_->is_frozen && first_ < end_ &&
                   owner_->is_frozen(owner_->text(owner_->parameters[first_].path));
        }
        /// The layer on the leaves of a block: a model by itself, whose values are those leaves.
        constexpr core::growable<symbol> traced(const core::growable<symbol>& leaves, bool has_mask) const {
            bound_model inside;
            inside.g = leaves[0].g;
            inside.first = leaves[0].id + 1;
            inside.type = owner_->type;
            inside.is_frozen = owner_->is_frozen;
            inside.texts = core::growable<char>::lent(owner_->texts.data(), owner_->texts.size());
            for (int slot = first_; slot < end_; ++slot) {
                inside.parameters.push(owner_->parameters[slot]);
                if (inside.parameters.back().leaf >= 0) inside.parameters.back().leaf = inside.values++;
            }
            inside.random = inside.parameters.push(owner_->parameters[owner_->random]);
            if (inside.parameters.back().leaf >= 0) inside.parameters.back().leaf = inside.values++;
            L layer = layer_;
            inside.sites = core::growable<int>::lent(owner_->sites.data(), owner_->sites.size());
            inside.next_site = first_site_;
            inside.next_family = (family_ + 1) * 256;
            bind_member(layer, inside);
            core::growable<symbol> results;
            if (has_mask) static_cast<void>(with_mask(leaves[0], leaves[leaves.size() - 1]));
            results.push(layer(leaves[0]));
            if (has_mask) results.push(told_of_mask(results[0], leaves[leaves.size() - 1]));
            for (const symbol& p : inside.penalties) results.push(p);
            return results;
        }
        /// The mask of a result; () if it is that of the operand, (1) if there is none.
        static constexpr symbol told_of_mask(symbol y, symbol mask_of_operand) {
            const auto mask = mask_of(y);
            if (mask && mask->id != mask_of_operand.id) return *mask;
            const symbol told = ir::emit::constant(*y.g, dtype::int32, 0);
            return mask ? told : ir::emit::broadcast_to(told, shape(1));
        }
        L layer_{};
        bound_model* owner_ = nullptr;
        int first_ = 0, end_ = 0, first_site_ = 0;
        int family_ = 0;  // layers of one type may be configured otherwise elsewhere
        friend repeat;
    };

public:
    constexpr repeat() = default;
    constexpr explicit repeat(const L& layer) {
        for (element& e : elements_) e = element(layer);
    }
    constexpr symbol operator()(symbol x) const {
        for (const element& e : elements_) x = e(x);
        return x;
    }
    constexpr const element* begin() const { return elements_.data(); }
    constexpr const element* end() const { return elements_.data() + N; }
    static constexpr std::size_t size() { return N; }
    constexpr const element& operator[](std::size_t i) const { return elements_[i]; }

    constexpr void bind_to(bound_model& to) {
        int number = 0;
        const int family = to.next_family++;
        for (element& e : elements_) {
            e.family_ = family;
            const int before = to.enter(number++);
            e.first_site_ = to.next_site;
            e.bind_to(to);
            to.leave(before);
        }
    }

private:
    std::array<element, N> elements_{};
};

}  // namespace telar::inline TELAR_ABI::nn
