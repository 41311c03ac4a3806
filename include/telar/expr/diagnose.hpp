// SPDX-License-Identifier: BSL-1.0
// From a mistake that a trace recorded as data to the named compile-time error.
#pragma once
#include <telar/core/errors.hpp>
#include <telar/graph/graph.hpp>

#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::expr {

namespace diagnosis {
template <template <extent_t...> class Side, shape S, class = std::make_index_sequence<static_cast<unsigned>(S.rank)>>
struct spelled;
template <template <extent_t...> class Side, shape S, std::size_t... I>
struct spelled<Side, S, std::index_sequence<I...>> {
    using type = Side<S.extent[I]...>;
};
/// The line of a mistake, and the region in which it was made.
template <mistake_path Path> struct region_name {
    static constexpr std::size_t size = std::string_view(Path.text).size();
    template <std::size_t... I> static constexpr fixed_string<size + 1> of(std::index_sequence<I...>) {
        return {{Path.text[I]..., '\0'}};
    }
    static constexpr fixed_string<size + 1> value = of(std::make_index_sequence<size>{});
};
template <class M> constexpr auto place_of() {
    using line = core::errors::at_line<M::error.line>;
    if constexpr (M::error.path.text[0] == '\0') return std::type_identity<line>{};
    else return std::type_identity<core::errors::in_region<region_name<M::error.path>::value, line>>{};
}
struct no_mistake {};
template <class Error> constexpr std::type_identity<Error> is() { return {}; }

/// The error of M's mistake, as a type that is not constructed yet.
template <class M> constexpr auto error_of() {
    constexpr mistake m = M::error;
    if constexpr (m.what == mistake_kind::none) return is<no_mistake>();
    else {
        using enum mistake_kind;
        using line = typename decltype(place_of<M>())::type;
        using lhs = typename diagnosis::spelled<core::errors::lhs, m.lhs>::type;
        using rhs = typename diagnosis::spelled<core::errors::rhs, m.rhs>::type;
        using from = typename diagnosis::spelled<core::errors::from, m.lhs>::type;
        using to = typename diagnosis::spelled<core::errors::to, m.rhs>::type;
        using of = typename diagnosis::spelled<core::errors::of_shape, m.lhs>::type;
        using at_axis = core::errors::axis_number<m.number>;
        using type = core::errors::got_type<m.lhs_type>;
        // clang-format off
        if constexpr (m.what == broadcast) return is<core::errors::shapes_do_not_broadcast<lhs, rhs, line>>();
        else if constexpr (m.what == matmul_extents) return is<core::errors::matmul_inner_extents_differ<lhs, rhs, line>>();
        else if constexpr (m.what == matmul_rank) return is<core::errors::matmul_needs_two_axes<lhs, rhs, line>>();
        else if constexpr (m.what == reshape_count) return is<core::errors::reshape_changes_the_number_of_elements<from, to, line>>();
        else if constexpr (m.what == mistake_kind::axis) return is<core::errors::axis_out_of_range<at_axis, of, line>>();
        else if constexpr (m.what == permutation) return is<core::errors::not_a_permutation<of, line>>();
        else if constexpr (m.what == concat_extents) return is<core::errors::concat_extents_differ<lhs, rhs, at_axis, line>>();
        else if constexpr (m.what == types_differ) return is<core::errors::element_types_differ<core::errors::lhs_type<m.lhs_type>, core::errors::rhs_type<m.rhs_type>, line>>();
        else if constexpr (m.what == needs_float) return is<core::errors::needs_a_float<type, line>>();
        else if constexpr (m.what == needs_number) return is<core::errors::needs_a_number<type, line>>();
        else if constexpr (m.what == needs_integer) return is<core::errors::needs_an_integer<type, line>>();
        else if constexpr (m.what == needs_boolean || m.what == condition_type) return is<core::errors::needs_a_boolean<type, line>>();
        else if constexpr (m.what == literal_type) return is<core::errors::literal_is_no_integer<type, line>>();
        else if constexpr (m.what == slice_range) return is<core::errors::slice_out_of_range<of, to, line>>();
        else if constexpr (m.what == broadcast_to) return is<core::errors::cannot_broadcast_to<from, to, line>>();
        else if constexpr (m.what == pad_range) return is<core::errors::pad_out_of_range<from, to, line>>();
        else if constexpr (m.what == rank_too_high) return is<core::errors::too_many_axes<of, line>>();
        else if constexpr (m.what == gradient_of_non_scalar) return is<core::errors::gradient_of_a_non_scalar<of, line>>();
        else if constexpr (m.what == gradient_of_integer) return is<core::errors::gradient_of_an_integer<type, line>>();
        else if constexpr (m.what == no_gradient_path) return is<core::errors::no_path_for_the_gradient<line>>();
        else if constexpr (m.what == empty_reduction) return is<core::errors::reduction_over_nothing<of, line>>();
        else if constexpr (m.what == mistake_kind::einsum) return is<core::errors::einsum_does_not_fit<lhs, rhs, line>>();
        else if constexpr (m.what == mistake_kind::window) return is<core::errors::window_does_not_fit<of, core::errors::window<m.rhs.extent[0], m.rhs.extent[1], m.rhs.extent[2]>, at_axis, line>>();
        else if constexpr (m.what == mistake_kind::convolution) return is<core::errors::convolution_does_not_fit<lhs, rhs, line>>();
        else if constexpr (m.what == mistake_kind::window_numbers) return is<core::errors::window_numbers_do_not_fit<of, line>>();
        else if constexpr (m.what == mistake_kind::indices) return is<core::errors::indices_do_not_fit<lhs, rhs, at_axis, line>>();
        else if constexpr (m.what == scan_length) return is<core::errors::scan_lengths_differ<of, line>>();
        else if constexpr (m.what == mistake_kind::scan_state) return is<core::errors::scan_changes_its_state<lhs, rhs, line>>();
        else if constexpr (m.what == mistake_kind::value_of_another_scan) return is<core::errors::value_of_another_scan<line>>();
        else if constexpr (m.what == print_inside_cond) return is<core::errors::print_inside_a_cond<line>>();
        else if constexpr (m.what == while_gradient) return is<core::errors::gradient_through_a_while_loop<line>>();
        else if constexpr (m.what == recurrent_weights) return is<core::errors::recurrent_weights_do_not_fit<lhs, rhs, core::errors::operands<m.number>, line>>();
        else if constexpr (m.what == mistake_kind::too_many_elements) return is<core::errors::too_many_elements<of, line>>();
        else if constexpr (m.what == mistake_kind::window_in_padding) return is<core::errors::window_in_padding<of, core::errors::window<m.rhs.extent[0], m.rhs.extent[1], m.rhs.extent[2]>, at_axis, line>>();
        else if constexpr (m.what == mistake_kind::update_in_a_step) return is<core::errors::update_in_a_step<line>>();
        else if constexpr (m.what == mistake_kind::update_is_lost) return is<core::errors::update_is_lost<line>>();
        else if constexpr (m.what == mistake_kind::updated_is_no_variable) return is<core::errors::updated_is_no_variable<of, line>>();
        else if constexpr (m.what == mistake_kind::parameter_shape) return is<core::errors::parameter_shape<core::errors::has<lhs>, core::errors::wants<rhs>, line>>();
        else if constexpr (m.what == mistake_kind::parameter_without_model) return is<core::errors::parameter_without_model<of, line>>();
        else if constexpr (m.what == mistake_kind::layer_without_units) return is<core::errors::layer_without_units<core::errors::wants<rhs>, line>>();
        else if constexpr (m.what == mistake_kind::boxes_stay) return is<core::errors::boxes_stay<of, line>>();
        else if constexpr (m.what == value_of_a_symbol) return is<core::errors::a_symbol_has_no_value<core::errors::result_of<m.where>, of, line>>();
        else if constexpr (m.what == mistake_kind::no_such_operator) return is<core::errors::no_such_operator<type, line>>();
        else if constexpr (m.what == mistake_kind::literal_range) return is<core::errors::literal_does_not_fit<type, line>>();
        else if constexpr (m.what == mistake_kind::function_is_no_constant) return is<core::errors::function_is_no_constant<M>>();
        else return is<no_mistake>();
        // clang-format on
    }
}
}  // namespace diagnosis

/// diagnose<M>() fails to compile, with the mistake's name and values, if M (a holder with a static constexpr `error`)
/// has one. (A type, so that the compiler reports the mistake in the function that says so, not one deeper.)
template <class M> using diagnose = typename decltype(diagnosis::error_of<M>())::type;

}  // namespace telar::inline TELAR_ABI::expr
