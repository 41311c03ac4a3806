// SPDX-License-Identifier: BSL-1.0
// print: a value as text, when it is computed. A header of its own, since it includes <iostream>.
#pragma once
#include <telar/telar.hpp>

#include <iostream>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI {

/// Called by kernels that print.
template <class T> TELAR_COLD void print_elements(std::string_view label, const T* elements, const shape& extents) {
    std::string text(label);
    if (!label.empty()) text += ": ";
    std::cout << text + core::printing::array_text(elements, extents) + "\n";
}

namespace expr::functions {
template <fixed_string Label> struct print {
    static constexpr bool is_users = true;  // of an expression that is used twice it prints once
    constexpr symbol operator()(symbol x) const {
        emit::print(x, Label.view());
        return x;
    }
};
}  // namespace expr::functions

/// Prints x to std::cout when it is computed, as `label: tensor(...)`; gives x. With a tensor that is now. In a traced
/// function it is an effect: print(h, "h"); prints in every run, also if nothing uses its result.
///
///     print(h, "h");                   // in a traced function, or of a tensor
///     auto y = print<"h">(relu(W * x));  // of an expression too, in whose type the label stands
///
/// shapes    any; the result is x
/// types     all element types
/// errors    E145 print_inside_a_cond, E247 label_of_an_expression
/// edge      the prints of a graph keep their order. In a scan or a while_loop each step prints what differs from step
///           to step; of what does not there is one print. In constant evaluation nothing is printed
/// gradient  that of x; a derivative prints nothing again, nor does what `checkpoint` computes anew
/// lowers to one routine; x is stored for it
/// test      tests/io/print_test.cpp
template <fixed_string Label = "", Operand A> constexpr auto print(const A& x) {
    if constexpr (Tensor<A>) {
        print_elements(Label.view(), x.data(), x.extents());
        return x;
    } else {
        return expr::call<expr::functions::print<Label>>(source_line{}, x);
    }
}
template <Operand A> constexpr auto print(const A& x, std::string_view label) {
    if constexpr (Tensor<A>) print_elements(label, x.data(), x.extents());
    else if constexpr (Symbol<A>) ir::emit::print(x, label);
    else core::errors::label_of_an_expression<A>();
    return x;
}

}  // namespace telar::inline TELAR_ABI
