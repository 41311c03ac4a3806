// SPDX-License-Identifier: BSL-1.0
// A model whose values are constants of the program: they are read where they lie, in flash for example.
#pragma once
#include <telar/nn/model.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace telar::inline TELAR_ABI::nn {

/// The arrays that the parameters of a model begin with, as its values.
template <class M, class... Inputs> struct constant_leaf : model_leaf<M, Inputs...> {
    using base = model_leaf<M, Inputs...>;
    static constexpr bool is_trainable = false;
    static constexpr int trained_count = 0;
    static constexpr bool all_are_arrays = [] {
        for (int k = 0; k < base::width; ++k)
            if (k != base::table.parameters[base::table.random].leaf && !base::info(k).begins.holds(base::info(k).type))
                return false;
        return true;
    }();
    static constexpr std::int64_t no_random_state[2]{};
    static constexpr auto arrays = [] {
        std::array<const void*, std::size_t(base::width)> all{};
        for (int k = 0; k < base::width; ++k) {
            const void* const array = base::info(k).begins.array;
            all[static_cast<std::size_t>(k)] = array ? array : no_random_state;
        }
        return all;
    }();
    /// Nothing writes to it: none of the values is trained or assigned.
    static void* data_of(expr::stored_value&, int k) { return const_cast<void*>(arrays[static_cast<std::size_t>(k)]); }
    static constexpr symbol lower(expr::trace& t) { return t.named(expr::identity<constant_leaf>); }
};

/// A model whose parameters all begin with nn::values_of an array: the arrays are its values, and no memory is taken.
///
///     constexpr float weights[] = {1, 2, 3};
///     struct scaled {
///         nn::parameter weight;
///         constexpr symbol operator()(symbol x) const { return x * weight(x, shape(3), nn::values_of(weights)); }
///     };
///     nn::constant_model<scaled, tensor<float, dyn, 3>> net;  // net(x); callable<...> f = net;
///
/// edge      it predicts: it has nothing to train. nn::model<scaled, ...> begins with a copy of the same values
/// errors    at compile time, where a parameter begins otherwise, or with an array of another number of elements
/// test      tests/nn/constant_model_test.cpp
template <class M, class... Inputs> class constant_model : public model_calls<constant_model<M, Inputs...>> {
    static_assert(sizeof...(Inputs) > 0, "nn::constant_model<M, Input...>: name the types of its inputs");

public:
    using leaf = constant_leaf<M, Inputs...>;
    using aggregate = M;
    using inputs = std::tuple<Inputs...>;
    static_assert(leaf::all_are_arrays,
                  "nn::constant_model: a parameter does not begin with nn::values_of an array of its size");

    /// How many numbers it holds.
    static constexpr extent_t count_of_numbers() {
        extent_t n = 0;
        for (int k = 0; k < leaf::width; ++k)
            if (leaf::info(k).begins.array) n += leaf::info(k).type.extents.count();
        return n;
    }
    /// The values as an operand, which outlives the model.
    expression<leaf, leaf> as_leaf() const { return expression<leaf, leaf>(std::in_place, handle()); }
    const expr::storage_handle& handle() const { return handle_; }

private:
    static inline expr::stored_value storage_{leaf::name};  // a leaf has one; nothing is in it
    expr::storage_handle handle_{std::shared_ptr<void>(), &storage_};
};

}  // namespace telar::inline TELAR_ABI::nn
