// SPDX-License-Identifier: BSL-1.0
// What a parameter may be after a step: nn::dense{.units = 10, .kernel_constraint = nn::max_norm(3)}.
#pragma once
#include <telar/nn/axes.hpp>

namespace telar::inline TELAR_ABI::nn {

/// Keras' constraints, with Keras' names, formulas and defaults: what becomes of the new value of a parameter that a
/// step of minimize has trained. Norms are those of the lines along `axis`, of a dense kernel (in, units) each unit's.
///
/// errors    E103: the parameter has no such axis
/// test      tests/fixtures/keras_regularizers_test.cpp
struct constraint {
    enum kinds : std::int32_t { none, norm_at_most, not_negative, norm_of_one, norm_between } kind = none;
    std::int32_t unused = 0;
    double least = 0, most = 0, rate = 1;
    nn::axes axis = 0;

    constexpr symbol operator()(symbol w) const {
        constexpr double epsilon = 1e-7;
        if (kind == none) return w;
        if (kind == not_negative) return telar::maximum(w, 0);
        const symbol norms = sqrt(ir::emit::reduce(op::sum, square(w), axis.bits(w), true));
        if (kind == norm_of_one) return w / (norms + epsilon);
        const symbol allowed = clip(norms, least, most);
        return w * ((rate == 1 ? allowed : rate * allowed + (1 - rate) * norms) / (norms + epsilon));
    }
};

/// Lines that are longer than max_value get that length.
///
/// source    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 15 (2014)
constexpr constraint max_norm(double max_value = 2, const axes& axis = 0) {
    return {constraint::norm_at_most, 0, 0, max_value, 1, axis};
}
/// What is below 0 becomes 0.
inline constexpr constraint non_neg{constraint::not_negative};
/// Lines get length 1.
constexpr constraint unit_norm(const axes& axis = 0) { return {constraint::norm_of_one, 0, 0, 0, 1, axis}; }
/// Lines get a length in [min_value, max_value], or go there by a share `rate` of the way.
constexpr constraint min_max_norm(double min_value = 0, double max_value = 1, double rate = 1, const axes& axis = 0) {
    return {constraint::norm_between, 0, min_value, max_value, rate, axis};
}

}  // namespace telar::inline TELAR_ABI::nn
