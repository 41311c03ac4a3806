// SPDX-License-Identifier: BSL-1.0
// The formulas that all targets share (kernels/elementwise.hpp) as tables of functions on the reference's numbers, by
// op.
#pragma once
#include <telar/graph/shape_rules.hpp>
#include <telar/kernels/reference/number.hpp>

#include <concepts>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// The shared formulas on one number type, by op. A null pointer: not an operation on this type.
template <class V> struct formula_table {
    static constexpr int size = static_cast<int>(std::size(op_table));
    V (*unary[size])(V) = {};
    V (*binary[size])(V, V) = {};
    truth (*question[size])(V) = {};
    truth (*comparison[size])(V, V) = {};
};

template <class V> constexpr dtype widest = dtype::float64;
template <> inline constexpr dtype widest<integer> = dtype::int64;
template <> inline constexpr dtype widest<truth> = dtype::boolean;

template <op K, class V> constexpr void set_row(formula_table<V>& table) {
    constexpr op_info row = info(K);
    constexpr formula_kind kind = formula_kind_of(K);
    constexpr int k = static_cast<int>(K);
    if constexpr (row.group != family::elementwise || kind == formula_kind::cast || kind == formula_kind::select ||
                  check_type(row.operands, widest<V>) != mistake_kind::none) {
        return;
    } else if constexpr (std::same_as<V, truth>) {
        if constexpr (row.arity == 1) table.unary[k] = &logical<K, truth>;
        else table.binary[k] = &logical<K, truth>;
    } else if constexpr (kind == formula_kind::number) {
        if constexpr (row.arity == 1) table.unary[k] = &formula<K, V>;
        else table.binary[k] = &formula<K, V>;
    } else {
        if constexpr (row.arity == 1) table.question[k] = &compare<K, V>;
        else table.comparison[k] = &compare<K, V>;
    }
}

/// An op that has no row in kernels/elementwise.hpp does not compile here.
template <class V> inline constexpr formula_table<V> formulas = []<int... K>(std::integer_sequence<int, K...>) {
    formula_table<V> table;
    (set_row<static_cast<op>(K)>(table), ...);
    return table;
}
(std::make_integer_sequence<int, formula_table<V>::size>{});

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
