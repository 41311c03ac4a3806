// SPDX-License-Identifier: BSL-1.0
// Layers of several operands, by Keras' names and defaults: nn::add{}(a, b, c), nn::concatenate{}(a, b).
#pragma once
#include <telar/nn/layers/reshaping.hpp>

#include <array>
#include <concepts>
#include <span>

namespace telar::inline TELAR_ABI::nn {

namespace merging {
enum class kinds : std::int32_t { add, subtract, multiply, average, maximum, minimum };
inline constexpr std::string_view names[]{"add", "subtract", "multiply", "average", "maximum", "minimum"};
inline constexpr op operations[]{op::add, op::sub, op::mul, op::add, op::maximum, op::minimum};

/// (N, C) beside (N, H, W, C) is (N, 1, 1, C): behind the batch.
constexpr symbol of_rank(symbol x, int rank) {
    shape to(x.extents()[0]);
    for (int i = x.rank(); i < rank; ++i) to.append(1);
    for (int i = 1; i < x.rank(); ++i) to.append(x.extents()[i]);
    return x.rank() == 0 ? x.plain() : ir::emit::reshape(x, to);
}
constexpr symbol merged(kinds kind, std::span<const symbol> all) {
    int rank = 0;
    for (const symbol& x : all) rank = x.rank() > rank ? x.rank() : rank;
    symbol y = of_rank(all[0], rank);
    for (const symbol& x : all.subspan(1))
        y = ir::emit::elementwise(operations[static_cast<int>(kind)], y, of_rank(x, rank));
    return kind == kinds::average ? y / static_cast<double>(all.size()) : y;
}
/// x / |x| along an axis; |x| is at least epsilon.
constexpr symbol normalised(symbol x, unsigned axes, double epsilon) {
    const symbol squares = ir::emit::reduce(op::sum, x.plain() * x.plain(), axes, true);
    return x.plain() * telar::minimum(telar::rsqrt(squares), 1 / epsilon);
}
/// One axis moved to another place.
constexpr symbol with_axis_at(symbol x, int axis, int place) {
    extent_t from[max_rank]{};
    for (int i = 0, k = 0; i < x.rank(); ++i) {
        if (i == place) from[i] = axis;
        else from[i] = (k += k == axis, k++);
    }
    return ir::emit::transpose(x.plain(), from);
}
}  // namespace merging

/// Element by element, of two operands or more.
///
/// shapes    they broadcast; of fewer axes: those behind the batch are missing
/// types     numbers, all alike; average floats
/// gradient  maximum, minimum: of equal elements to the first
/// source    Keras' Add, Multiply, Average, Maximum, Minimum
/// test      tests/fixtures/keras_merging_test.cpp
template <merging::kinds Kind> struct merge {
    site here{};

    template <std::same_as<symbol>... More> constexpr symbol operator()(symbol a, symbol b, More... more) const {
        const layer_call call(here, a, merging::names[static_cast<int>(Kind)]);
        call.takes(b);
        (call.takes(more), ...);
        const std::array<symbol, 2 + sizeof...(More)> all{a, b, more...};
        return call.gives(merging::merged(Kind, all));
    }
};
using add = merge<merging::kinds::add>;
using multiply = merge<merging::kinds::multiply>;
using average = merge<merging::kinds::average>;
using maximum = merge<merging::kinds::maximum>;
using minimum = merge<merging::kinds::minimum>;

/// a - b.
///
/// source    Keras' Subtract
struct subtract {
    site here{};

    constexpr symbol operator()(symbol a, symbol b) const {
        const layer_call call(here, a, "subtract");
        call.takes(b);
        return call.gives(merging::merged(merging::kinds::subtract, std::array{a, b}));
    }
};

/// One behind the other along an axis.
///
/// errors    E103, E104 concat_extents_differ, E105
/// source    Keras' Concatenate
/// test      tests/fixtures/keras_merging_test.cpp
struct concatenate {
    int axis = -1;
    site here{};

    template <std::same_as<symbol>... More> constexpr symbol operator()(symbol a, symbol b, More... more) const {
        const layer_call call(here, a, "concatenate");
        call.takes(b);
        (call.takes(more), ...);
        const std::array<symbol, 2 + sizeof...(More)> all{a, b, more...};
        return call.gives(ir::emit::concat(std::span<const symbol>(all), axis));
    }
};

/// For each sample the sum of products over one axis of each operand; with `normalize` their cosine.
///
/// shapes    dot{1}: (N,K) (N,K) -> (N,1); dot{{1, 2}}: (N,K,A) (N,B,K) -> (N,A,B)
/// errors    E103 axis_out_of_range: the batch, too; E101 of the extents
/// source    Keras' Dot
/// test      tests/fixtures/keras_merging_test.cpp
struct dot {
    number_list axes = 1;
    bool normalize = false;
    site here{};

    constexpr symbol operator()(symbol a, symbol b) const {
        const layer_call call(here, a, "dot");
        call.takes(b);
        const int i = summed(a, axes[0]), k = summed(b, axes[axes.count == 2 ? 1 : 0]);
        if (a.g->error.what != ir::mistake_kind::none) return a;
        constexpr double least_length = 1e-7;  // Keras' backend.epsilon()
        if (normalize) {
            a = merging::normalised(a, 1u << i, least_length);
            b = merging::normalised(b, 1u << k, least_length);
        }
        a = merging::with_axis_at(a, i, a.rank() - 1);  // (N, A..., K)
        b = merging::with_axis_at(b, k, 1);             // (N, K, B...)
        shape rows(a.extents()[0]), columns(b.extents()[0], b.extents()[1]), result(a.extents()[0]);
        rows.append(rest(a, 1, a.rank() - 1, result));
        rows.append(a.extents()[a.rank() - 1]);
        columns.append(rest(b, 2, b.rank(), result));
        if (result.rank == 1) result.append(1);
        const symbol y = ir::emit::matmul(ir::emit::reshape(a, rows), ir::emit::reshape(b, columns));
        return call.gives(ir::emit::reshape(y, result));
    }

private:
    static constexpr int summed(symbol x, int number) {
        const int i = ir::emit::axis_index(*x.g, number, x.rank(), x.extents());
        if (i == 0) x.g->fail({ir::mistake_kind::axis, op::matmul, {}, {}, number, x.extents(), {}, 0});
        return i;
    }
    static constexpr extent_t rest(symbol x, int from, int to, shape& result) {
        extent_t count = 1;
        for (int i = from; i < to; ++i) {
            count = x.g->dims.multiply(count, x.extents()[i]);
            result.append(x.extents()[i]);
        }
        return count;
    }
};

}  // namespace telar::inline TELAR_ABI::nn
