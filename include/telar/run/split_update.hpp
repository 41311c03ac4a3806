// SPDX-License-Identifier: BSL-1.0
// A step as two programs: the loss with its gradients, and the updates of all variables. Between them the gradients lie
// in one piece of memory, where processes that train together take their mean.
#pragma once
#include <telar/run/data_parallel.hpp>
#include <telar/run/fused_update.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace runtime::training {

/// What the second program reads beside an optimiser's states: the gradients, in the place of a state.
struct gradient_memory {
    static constexpr std::string_view name = "mean", state_names[]{"gradient"};
};
/// The second program.
template <class Optimizer, class... Variables> struct update_node {
    static constexpr int captures = 0, tree_size = 1;

    static constexpr void add_roots(trace& t) {
        step_symbols<Optimizer, Variables...> s(t);
        add_states<gradient_memory, 0, Variables...>(t, s.gradients);
        s.push_updates(t);
    }
};

template <class Loss, class Optimizer, class... Variables> class split_update;
template <class Node, class... L, class Optimizer, class... Variables>
class split_update<expression<Node, L...>, Optimizer, Variables...>
    : public fused_update<true, expression<Node, L...>, Optimizer, Variables...> {
    using base = fused_update<true, expression<Node, L...>, Optimizer, Variables...>;
    using base::first_state, base::state_count, base::variable_count, base::numbers;
    template <int K> using states = typename base::template states<K>;
    using gradients = type_list<typename state_of<Variables, gradient_memory, 0>::type...>;

    /// Of parameter i; what is computed of two bytes is float32.
    static constexpr auto elements = [] {
        constexpr const value_type* types[]{types_of_leaf<Variables>()...};
        std::array<dtype, std::size_t(variable_count)> all{};
        std::size_t next = 0;
        each_trained<Variables...>(
            [&](int i, int k) { all[next++] = is_half(types[i][k].type) ? dtype::float32 : types[i][k].type; });
        return all;
    }();
    static constexpr dtype element = elements[0];
    static constexpr bool require_one_type() {
        constexpr bool is_one = std::count(elements.begin(), elements.end(), element) == variable_count;
        if constexpr (!is_one) core::errors::gradients_of_several_types<core::errors::of_variables<Variables...>>();
        return true;
    }
    static_assert(require_one_type());

    template <class... S, int... H>
    static compiled<update_node<Optimizer, Variables...>, Variables..., S..., step_leaf,
                    hyper_leaf<H, hyper_type<Variables...>>...>
        code_with(type_list<S...>, std::integer_sequence<int, H...>);
    /// The leaves: the variables, their states as in the first program, the gradients, the count of steps, the
    /// hyper-parameters.
    template <int... K>
    static decltype(code_with(
        concatenated<states<K>..., gradients>{},
        std::make_integer_sequence<int, Optimizer::hypers>{})) code_of(std::integer_sequence<int, K...>);

public:
    using next_code = decltype(code_of(std::make_integer_sequence<int, Optimizer::states>{}));

    /// Called before the step: as of one program, and says where it writes the gradients.
    void prepare(leaf_value* leaves, const hyper_type<Variables...>* hypers, void** results) {
        base::prepare(leaves, hypers, results);
        place_gradients(leaves);
        for (std::size_t i = 0; i < std::size_t(variable_count); ++i) results[1 + i] = gradient(i);
    }
    shared_gradients<element_t<element>>& gradients_of_all() { return shared_; }
    /// Called after that, with the step's leaves: updates the variables.
    void finish(const leaf_value* leaves, const hyper_type<Variables...>*) {
        leaf_value own[next_code::leaf_count];
        leaf_value* to = own;
        const int firsts[]{leaf_numbers<L...>::first(number_of_leaf<Variables, L...>)...},
            widths[]{width_of_leaf<Variables>()...};
        for (std::size_t i = 0; i < sizeof...(Variables); ++i) to = std::copy_n(leaves + firsts[i], widths[i], to);
        to = std::copy_n(leaves + first_state, state_count, to);
        const leaf_info* infos = next_code::leaves.data() + (to - own);
        for (std::size_t i = 0; i < std::size_t(variable_count); ++i)
            *to++ = {gradient(i), leaves[numbers[i]].extents, infos[i].is_static};
        std::copy_n(leaves + first_state + state_count, 1 + Optimizer::hypers, to);
        workspace_.bind(next_code::tables(), own);
        void* results[next_code::sizes.roots];
        updates::set_targets<next_code>(results, own);
        workspace_.run(next_code::tables(), own, results);
    }
    void watch(kernel_observer* watcher) { workspace_.watch(watcher); }

private:
    std::byte* gradient(std::size_t i) { return memory_.bytes.data() + offsets_[i]; }
    /// Each begins at a multiple of the alignment; what lies between stays 0.
    void place_gradients(const leaf_value* leaves) {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < std::size_t(variable_count); ++i) {
            offsets_[i] = bytes;
            const auto own = static_cast<std::size_t>(leaves[numbers[i]].extents->count()) * size_of(element);
            bytes += (own + core::alignment - 1) / core::alignment * core::alignment;
        }
        memory_.fit(shape(static_cast<extent_t>(bytes / size_of(element) + places_behind_gradients)), element);
        shared_.place(base::step_code::tables(), offsets_.size(), [&](std::size_t i) { return offsets_[i]; },
                      {memory_.bytes.data(), memory_.bytes.size()});
    }

    std::array<std::size_t, std::size_t(variable_count)> offsets_{};
    state_memory memory_;
    shared_gradients<element_t<element>> shared_;
    workspace workspace_;
};

}  // namespace runtime::training

}  // namespace telar::inline TELAR_ABI
