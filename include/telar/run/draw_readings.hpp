// SPDX-License-Identifier: BSL-1.0
// Several expressions in one program, of which some name calls that draw random numbers: which of them are one call.
#pragma once
#include <telar/expr/expression.hpp>

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
    using handles = std::tuple<typename L::handle...>;

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
        const auto collect = [&]<class H>(H& handle) {
            if constexpr (std::same_as<H, draw_handle>) numbers.push_back(&handle);
        };
        for (handles& h : found_) std::apply([&](auto&... one) { (collect(one), ...); }, h);
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
        const auto one = [&]<class Leaf>(std::type_identity<Leaf>, const typename Leaf::handle& handle) {
            if constexpr (!is_call_number<Leaf>) return true;
            else {
                constexpr std::size_t at = [] {
                    const bool is_it[] = {std::same_as<L, Leaf>...};
                    std::size_t i = 0;
                    while (!is_it[i]) ++i;
                    return i;
                }();
                return f(handle, std::get<at>(h));
            }
        };
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (... && one(std::type_identity<R>{}, std::get<I>(root.handles())));
        }
        (std::index_sequence_for<R...>{});
    }
    std::vector<handles> found_;
    std::vector<std::size_t> of_root_;
};

}  // namespace telar::inline TELAR_ABI::runtime
