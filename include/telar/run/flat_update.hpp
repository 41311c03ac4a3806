// SPDX-License-Identifier: BSL-1.0
// Updates all parameters of a model as one tensor. The trained values are contiguous in memory, and so are their
// gradients and the optimiser's states, so an element-wise optimiser can treat them as one. A step is then two
// programs: the loss with its gradients, and the update, whose size does not depend on the number of layers.
#pragma once
#include <telar/run/step_leaves.hpp>
#include <telar/run/update.hpp>

#include <array>
#include <cstring>
#include <type_traits>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace runtime::training {

/// True if the optimiser updates the variables as one tensor.
template <class Optimizer, class... Variables> inline constexpr bool is_flat = false;
template <class Optimizer, LeafGroup Group>
inline constexpr bool is_flat<Optimizer, Group> = optimizers::is_per_element<Optimizer>&& Group::flat_count > 0;

/// A loss and its derivatives by the trained values of a group.
template <class Loss, class Group> struct gradient_node {
    static constexpr int captures = Loss::captures;
    static constexpr int tree_size = Loss::tree_size + 1;
    static constexpr int count = Group::trained_count;

    static constexpr void add_roots(trace& t) {
        t.g.regions.set_training(true);
        const symbol loss = Loss::lower(t);
        symbol variables[std::size_t(count)], gradients[std::size_t(count)];
        for (int k = 0; k < count; ++k)
            variables[k] = t.named(identity<Group> + static_cast<unsigned>(Group::trained[k]));
        differentiate(loss, variables, count, gradients);
        push(t, loss, {});
        for (const symbol& g : gradients) push(t, emit::widened(g.plain()), {});
        if constexpr (requires { Loss::add_updates(t); }) Loss::add_updates(t);
    }
};

/// Which tensor of a flat update: the parameters, their gradients, or behind them a state of the optimiser.
enum flat_part : int { flat_values, flat_gradients, flat_states };
template <class Group, class Optimizer, int Part>
using flat_tensor =
    std::conditional_t<Part == flat_values, tensor<element_t<Group::type.type>, Group::flat_count>,
                       typename slot_value<tensor<element_t<Group::type.type>, Group::flat_count>>::type>;
template <class Group, class Optimizer, int Part>
struct flat_leaf : named_leaf<flat_leaf<Group, Optimizer, Part>, flat_tensor<Group, Optimizer, Part>>, slot_leaf_base {
    static constexpr std::string_view name = Part == flat_values ? std::string_view("parameters")
                                             : Part == flat_gradients
                                                 ? std::string_view("gradients")
                                                 : Optimizer::state_names[std::size_t(Part - flat_states)];
};
/// The update of all of them.
template <class Group, class Optimizer> struct flat_update_node {
    static constexpr int captures = 0, tree_size = 1;

    static constexpr void add_roots(trace& t) {
        auto hypers = hypers_of<Optimizer, hyper_type<Group>>(t);
        symbol gradients = t.named<flat_leaf<Group, Optimizer, flat_gradients>>();
        const auto states = [&]<int... K>(std::integer_sequence<int, K...>) {
            return std::array<symbol, std::size_t(Optimizer::states)>{
                t.named<flat_leaf<Group, Optimizer, flat_states + K>>()...};
        }
        (std::make_integer_sequence<int, Optimizer::states>{});
        if constexpr (optimizers::transforms<Optimizer>)
            Optimizer::transform(&gradients, 1, states.data(), hypers.data());
        update<Optimizer>(t, t.named<flat_leaf<Group, Optimizer, flat_values>>(), gradients, t.named<step_leaf>(),
                          states, hypers);
    }
};

/// The second program of a step, with the gradients and the optimiser's states.
template <class Loss, class Optimizer, class Group> class flat_update;
template <class Node, class... L, class Optimizer, class Group>
class flat_update<expression<Node, L...>, Optimizer, Group> {
    template <int... Part, int... H>
    static compiled<flat_update_node<Group, Optimizer>, flat_leaf<Group, Optimizer, Part>..., step_leaf,
                    hyper_leaf<H, hyper_type<Group>>...>
        code_of(std::integer_sequence<int, Part...>, std::integer_sequence<int, H...>);
    static constexpr int parts = flat_states + Optimizer::states;

public:
    using step_code = compiled<gradient_node<Node, Group>, L...>;
    using next_code = decltype(code_of(std::make_integer_sequence<int, parts>{},
                                       std::make_integer_sequence<int, Optimizer::hypers>{}));
    tensor<float> number{0.0f};  // of steps

    /// Called before the step: says where it writes the gradients. The gaps between them stay zero.
    void prepare(leaf_value*, const hyper_type<Group>*, void** results) {
        for (int part = flat_gradients; part < parts; ++part) fit(part);
        for (int i = 0; i < Group::trained_count; ++i) results[1 + i] = part_of(flat_gradients, i);
    }
    /// Called after the step, with its leaves: updates the parameters.
    void finish(const leaf_value* leaves, const hyper_type<Group>* hypers) {
        static constexpr shape whole(Group::flat_count);
        constexpr int values = leaf_numbers<L...>::first(number_of_leaf<Group, L...>) + Group::trained[0];
        leaf_value own[next_code::leaf_count];
        own[flat_values] = {leaves[values].data, &whole, true};
        for (int part = flat_gradients; part < parts; ++part) own[part] = {memory_of(part).bytes.data(), &whole, true};
        number() += 1;
        own[parts] = leaf_value_of(number);
        for (int k = 0; k < Optimizer::hypers; ++k) own[parts + 1 + k] = leaf_value_of(hypers[k]);
        workspace_.bind(next_code::tables(), own);
        void* results[next_code::sizes.roots];
        updates::set_targets<next_code>(results, own);
        workspace_.run(next_code::tables(), own, results);
    }
    void watch(kernel_observer* watcher) { workspace_.watch(watcher); }
    /// What use_memory needs: for the gradients, the states and the second program.
    static constexpr std::size_t memory_bytes(extent_t batch) {
        return std::size_t(parts - flat_gradients) * memory_pieces::piece(bytes_of_part) +
               memory_pieces::piece(memory_bytes_of(next_code::description(), batch));
    }
    void use_memory(memory_pieces& memory, extent_t batch) {
        for (state_memory& part : memory_) memory.lend(part, bytes_of_part);
        workspace_ = workspace(memory.take(memory_bytes_of(next_code::description(), batch)));
    }
    /// The states by parameter: the first state of each, then the second of each, ...
    std::vector<named_state> remembered() {
        std::vector<named_state> all;
        const auto add = [&]<int K>(std::integral_constant<int, K>) {
            for (int i = 0; i < Group::trained_count; ++i) {
                const shape& extents = Group::value_types[Group::trained[i]].extents;
                const bool is_there = memory_of(flat_states + K).bytes.size() > 0;
                const auto bytes = static_cast<std::size_t>(extents.count()) * std::size_t(size_of(element));
                all.push_back({state_group<Group, Optimizer, K>::name_of(i), element, extents, extents,
                               is_there ? part_of(flat_states + K, i) : nullptr, is_there ? bytes : 0});
            }
        };
        [&]<int... K>(std::integer_sequence<int, K...>) { (add(std::integral_constant<int, K>{}), ...); }
        (std::make_integer_sequence<int, Optimizer::states>{});
        return all;
    }
    /// Zeroes a state and returns its memory.
    std::byte* begin_state(int i, const shape&) {
        const int part = flat_states + i / Group::trained_count, k = i % Group::trained_count;
        fit(part);
        const extent_t count = Group::value_types[Group::trained[k]].extents.count();
        std::memset(part_of(part, k), 0, static_cast<std::size_t>(count) * std::size_t(size_of(element)));
        return part_of(part, k);
    }

private:
    static constexpr dtype element = flat_leaf<Group, Optimizer, flat_gradients>::type.type;
    static constexpr std::size_t bytes_of_part = std::size_t(Group::flat_count) * std::size_t(size_of(element));
    state_memory& memory_of(int part) { return memory_[static_cast<std::size_t>(part - flat_gradients)]; }
    void fit(int part) { memory_of(part).fit(shape(Group::flat_count), element); }
    /// The part of a tensor that belongs to trained value i.
    std::byte* part_of(int part, int i) {
        const std::size_t behind = Group::offset_of(Group::trained[i]) - Group::offset_of(Group::trained[0]);
        return memory_of(part).bytes.data() + behind / size_of(Group::type.type) * std::size_t(size_of(element));
    }
    std::array<state_memory, std::size_t(parts - flat_gradients)> memory_;
    workspace workspace_;
};

}  // namespace runtime::training

}  // namespace telar::inline TELAR_ABI
