// SPDX-License-Identifier: BSL-1.0
// A mistake in a graph that is traced at run time, in words. (One that is traced by the compiler has a named error.)
#pragma once
#include <telar/core/failure.hpp>
#include <telar/graph/graph.hpp>

#include <string>

namespace telar::inline TELAR_ABI::runtime {

/// "operands that do not fit: matmul of float32 (2, 3) and float32 (2, 3)"
inline std::string mistake_text(const ir::mistake& m) {
    switch (m.what) {
        case ir::mistake_kind::rank_too_high: return "more than six axes";
        case ir::mistake_kind::gradient_of_non_scalar: return "the loss is no single number";
        case ir::mistake_kind::gradient_of_integer: return "a gradient of or by integers";
        case ir::mistake_kind::no_gradient_path: return "the loss does not depend on what is trained";
        case ir::mistake_kind::while_gradient: return "a gradient through a loop whose length a run decides";
        case ir::mistake_kind::too_many_elements: return "more elements than memory has addresses";
        default:
            return "operands that do not fit: " + std::string(ir::name_of(m.where)) + " of " +
                   std::string(name_of(m.lhs_type)) + ' ' + to_string(m.lhs) + " and " +
                   std::string(name_of(m.rhs_type)) + ' ' + to_string(m.rhs);
    }
}

}  // namespace telar::inline TELAR_ABI::runtime
