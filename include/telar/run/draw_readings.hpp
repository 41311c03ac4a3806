// SPDX-License-Identifier: BSL-1.0
// Several expressions in one program, of which some name calls that draw random numbers: which of them are one call.
#pragma once
#include <telar/expr/join.hpp>

#include <functional>
#include <vector>

namespace telar::inline TELAR_ABI::runtime {

/// Roots that name calls which draw, each by itself, are one program, in which equal calls are one. Where they are two,
/// the program is run once for each way to read it, and every root is taken from a run with its own numbers.
template <class E> struct draw_readings {
    std::vector<E> others;             // beside the expression itself
    std::vector<std::size_t> of_root;  // 0: the expression itself; i: others[i - 1]
};
template <class E> inline constexpr bool has_call_numbers = false;
template <class Node, class... L>
inline constexpr bool has_call_numbers<expression<Node, L...>> = (... || is_call_number<L>);

/// Finds the readings of an expression, whose roots are told one after the other.
template <class E> class reading_finder;
template <class Node, class... L> class reading_finder<expression<Node, L...>> {
    using all = expression<Node, L...>;
    using handles = leaf_handles<L...>;

public:
    explicit reading_finder(const all& joined) : found_{joined.handles()} {}

    template <class Root> void add(const Root& root) {
        std::size_t i = 0;
        while (i < found_.size() && !each_number(root, found_[i], std::equal_to<>{})) ++i;
        if (i == found_.size()) {
            found_.push_back(found_[0]);
            each_number(root, found_[i], [](const draw_handle& from, draw_handle& to) {
                to = from;
                return true;
            });
        }
        of_root_.push_back(i);
    }
    draw_readings<all> take(all& joined) && {
        if (found_.size() == 1) return {};
        std::vector<draw_handle*> numbers;
        for (handles& h : found_)
            each_draw(
                h, [&](draw_handle& draw) { numbers.push_back(&draw); }, typename handles::held_numbers{});
        number_draws(numbers);
        draw_readings<all> readings{{}, std::move(of_root_)};
        joined = all(found_[0]);
        for (std::size_t i = 1; i < found_.size(); ++i) readings.others.emplace_back(found_[i]);
        return readings;
    }

private:
    /// True if f(handle, handle) is for each call that a root names.
    template <class Root, class... R, class F>
    static bool each_number(const expression<Root, R...>& root, handles& h, F f) {
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return (... && one_number<typename leaf_handles<R...>::template held_leaf<K>>(
                               root.handles().template held<K>(), h, f));
        }
        (typename leaf_handles<R...>::held_numbers{});
    }
    template <class Leaf, class F> static bool one_number(const typename Leaf::handle& handle, handles& h, F f) {
        if constexpr (is_call_number<Leaf>)
            return f(handle, h.template held<handles::places.place[number_of_leaf<Leaf, L...>]>());
        else return true;
    }
    std::vector<handles> found_;
    std::vector<std::size_t> of_root_;
};

}  // namespace telar::inline TELAR_ABI::runtime
