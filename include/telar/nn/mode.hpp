// SPDX-License-Identifier: BSL-1.0
// Training or predicting: what is traced knows which.
#pragma once
#include <telar/telar.hpp>

namespace telar::inline TELAR_ABI::nn {

/// True while a step of minimize is traced, and inside of training(f); false in what is run otherwise, and inside of
/// predicting(f). Layers that do something else in training (dropout, batch norm) ask it; nobody writes two nets.
///
///     constexpr auto layer = telar::function([](symbol x, symbol rng) { return nn::is_training(x) ? dropout(x, 0.5,
///     rng) : x; });
///
/// edge      both ways must give values of one shape and type
/// test      tests/nn/mode_test.cpp
constexpr bool is_training(symbol x) { return x.g->regions.ask_mode(); }

namespace modes {
template <bool Trains> struct mode {
    struct opened {
        ir::open_region region;
        constexpr explicit opened(ir::graph& g) : region(g, {}) { region.set_training(Trains); }
    };
    static constexpr opened open(ir::graph& g) { return opened(g); }
};
}  // namespace modes

/// f, as a step of training computes it.
template <class F> constexpr auto training(function_object<F>) {
    return function_object<expr::functions::in_region<F, modes::mode<true>>>{};
}
/// f, as it predicts, also where it is part of a training step.
template <class F> constexpr auto predicting(function_object<F>) {
    return function_object<expr::functions::in_region<F, modes::mode<false>>>{};
}

}  // namespace telar::inline TELAR_ABI::nn
