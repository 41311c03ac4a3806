// SPDX-License-Identifier: BSL-1.0
// The shape and the element type of every operation's result, and the mistakes, by the compiler alone.
#include <doctest/doctest.h>

#include <telar/expr/composite.hpp>

using namespace telar;
using namespace telar::expr;

namespace {

constexpr dtype f32 = dtype::float32, i64 = dtype::int64, truth = dtype::boolean;

/// What tracing f on operands of the given types gives.
struct traced_result {
    shape extents{};
    dtype type = f32;
    bool linear = false;
    mistake_kind what = mistake_kind::none;
    bool has_runtime_checks = false;

    constexpr bool is(const shape& s, dtype t = f32) const {
        return what == mistake_kind::none && extents == s && type == t;
    }
};
constexpr traced_result traced_on(auto f, auto... operands) {
    graph g;
    int number = 0;
    const value_type types[]{operands...};
    symbol s[sizeof...(operands)];
    for (const value_type& v : types) s[number] = declare_leaf(g, number, v), ++number;
    const symbol r = [&]<std::size_t... I>(std::index_sequence<I...>) { return f(s[I]...); }
    (std::make_index_sequence<sizeof...(operands)>{});
    shape e = r.extents();
    for (int i = 0; i < e.rank; ++i)
        if (!is_number(e[i] = g.dims.resolve(e[i]))) e[i] = dyn;
    return {e, r.type(), r.linear, g.error.what, !g.dims.equalities.empty()};
}
constexpr value_type of(auto... extents) { return {f32, 0, shape(extents...)}; }
constexpr value_type typed(dtype t, auto... extents) { return {t, 0, shape(extents...)}; }
constexpr value_type map_of(extent_t rows, extent_t columns) { return {f32, 1, shape(rows, columns)}; }

// ---------------------------------------------------------------- reductions
static_assert(traced_on([](auto x) { return sum(x); }, of(2, 3, 4)).is(shape()));
static_assert(traced_on([](auto x) { return sum(x, axis<1>); }, of(2, 3, 4)).is(shape(2, 4)));
static_assert(traced_on([](auto x) { return sum(x, axis<1>, keep_dims); }, of(2, 3, 4)).is(shape(2, 1, 4)));
static_assert(traced_on([](auto x) { return sum(x, axis<>, keep_dims); }, of(2, 3, 4)).is(shape(1, 1, 1)));
static_assert(traced_on([](auto x) { return max(x, axis<0, -1>); }, of(2, 3, 4)).is(shape(3)));
static_assert(traced_on([](auto x) { return sum(x, -1); }, of(2, 3, 4)).is(shape(2, 3)));
static_assert(traced_on([](auto x) { return min(x, 0, true); }, of(2, 3, 4)).is(shape(1, 3, 4)));
static_assert(traced_on([](auto x) { return mean(x, axis<0>); }, of(dyn, 4)).is(shape(4)));
static_assert(traced_on([](auto x) { return variance(x, axis<1>); }, of(dyn, 4)).is(shape(dyn)));
static_assert(traced_on([](auto x) { return stddev(x, 1, true); }, of(5, 4)).is(shape(5, 1)));
static_assert(traced_on([](auto x) { return norm(x); }, of(5, 4)).is(shape()));
static_assert(traced_on([](auto x) { return norm(x); }, map_of(4, 4)).is(shape()));
static_assert(traced_on([](auto x) { return prod(x); }, typed(dtype::int32, 3)).is(shape(), dtype::int32));
static_assert(traced_on([](auto x) { return any(x); }, typed(truth, 3, 2)).is(shape(), truth));
static_assert(traced_on([](auto x) { return all(x, axis<0>); }, typed(truth, 3, 2)).is(shape(2), truth));
static_assert(traced_on([](auto x) { return argmax(x); }, of(3, 2)).is(shape(), i64));
static_assert(traced_on([](auto x) { return argmax(x, axis<>, keep_dims); }, of(3, 2)).is(shape(1, 1), i64));
static_assert(traced_on([](auto x) { return argmin(x, axis<-1>); }, of(3, 2)).is(shape(3), i64));
static_assert(traced_on([](auto x) { return sum(x); }, of()).is(shape()));
static_assert(traced_on([](auto x) { return argmax(x); }, of()).is(shape(), i64));
static_assert(!traced_on([](auto x) { return sum(x, axis<0>, keep_dims); }, map_of(3, 3)).linear);

static_assert(traced_on([](auto x) { return sum(x, axis<3>); }, of(2, 3, 4)).what == mistake_kind::axis);
static_assert(traced_on([](auto x) { return sum(x, axis<-4>); }, of(2, 3, 4)).what == mistake_kind::axis);
static_assert(traced_on([](auto x) { return sum(x, axis<1, -2>); }, of(2, 3, 4)).what == mistake_kind::axis);
static_assert(traced_on([](auto x) { return sum(x, 0); }, of()).what == mistake_kind::axis);
static_assert(traced_on([](auto x) { return mean(x); }, typed(i64, 3)).what == mistake_kind::needs_float);
static_assert(traced_on([](auto x) { return sum(x); }, typed(truth, 3)).what == mistake_kind::needs_number);
static_assert(traced_on([](auto x) { return any(x); }, of(3)).what == mistake_kind::needs_boolean);
static_assert(traced_on([](auto x) { return max(x, axis<0>); }, of(0, 2)).what == mistake_kind::empty_reduction);
static_assert(traced_on([](auto x) { return sum(x, axis<0>); }, of(0, 2)).is(shape(2)));

// ---------------------------------------------------------------- products and transposes
constexpr auto product = [](auto a, auto b) { return matmul(a, b); };
static_assert(traced_on(product, of(2, 3), of(3, 5)).is(shape(2, 5)));
static_assert(traced_on(product, of(3), of(3, 5)).is(shape(5)));
static_assert(traced_on(product, of(2, 3), of(3)).is(shape(2)));
static_assert(traced_on(product, of(3), of(3)).is(shape()));
static_assert(traced_on(product, of(7, 1, 2, 3), of(4, 3, 5)).is(shape(7, 4, 2, 5)));
static_assert(traced_on(product, of(7, 2, 3), of(3)).is(shape(7, 2)));
static_assert(traced_on(product, of(3), of(7, 3, 5)).is(shape(7, 5)));
static_assert(traced_on(product, of(dyn, 3), of(3, dyn)).is(shape(dyn, dyn)));
static_assert(!traced_on(product, map_of(3, 3), map_of(3, 3)).linear);
static_assert(traced_on(product, of(2, 3), of(4, 5)).what == mistake_kind::matmul_extents);
static_assert(traced_on(product, of(3), of(4)).what == mistake_kind::matmul_extents);
static_assert(traced_on(product, of(), of(4)).what == mistake_kind::matmul_rank);
static_assert(traced_on(product, of(2, 2, 3), of(5, 3, 4)).what == mistake_kind::broadcast);
static_assert(traced_on(product, of(2, 3), typed(i64, 3, 4)).what == mistake_kind::types_differ);

static_assert(traced_on([](auto a, auto b) { return dot(a, b); }, of(3), of(3)).is(shape()));
static_assert(traced_on([](auto a, auto b) { return dot(a, b); }, of(2, 3), of(3)).is(shape(2)));
static_assert(traced_on([](auto a, auto b) { return outer(a, b); }, of(3), of(dyn)).is(shape(3, dyn)));
static_assert(traced_on([](auto a, auto b) { return outer(a, b); }, map_of(2, 2), map_of(2, 2)).is(shape(4, 4)));

static_assert(traced_on([](auto x) { return transpose(x); }, of(2, 3, 4)).is(shape(4, 3, 2)));
static_assert(traced_on([](auto x) { return transpose(x, axes<1, 2, 0>); }, of(2, 3, 4)).is(shape(3, 4, 2)));
static_assert(traced_on([](auto x) { return transpose(x, axes<-1, 0, 1>); }, of(2, 3, 4)).is(shape(4, 2, 3)));
static_assert(traced_on([](auto x) { return transpose(x); }, map_of(2, 3)).linear);
static_assert(traced_on([](auto x) { return swap_axes(x, axes<0, 1>); }, map_of(2, 3)).linear);
static_assert(traced_on([](auto x) { return swap_axes(x, 0, -1); }, of(2, 3, 4)).is(shape(4, 3, 2)));
static_assert(traced_on([](auto x) { return transpose(x, axes<1, 1>); }, of(2, 3)).what == mistake_kind::permutation);
static_assert(traced_on([](auto x) { return transpose(x, axes<0>); }, of(2, 3)).what == mistake_kind::permutation);
static_assert(traced_on([](auto x) { return swap_axes(x, 0, 2); }, of(2, 3)).what == mistake_kind::axis);

// ---------------------------------------------------------------- movements
static_assert(traced_on([](auto x) { return reshape(x, extents<-1, 6>); }, of(2, 3, 4)).is(shape(4, 6)));
static_assert(traced_on([](auto x) { return reshape(x, extents<>); }, of(1, 1)).is(shape()));
static_assert(traced_on([](auto x) { return reshape(x, shape(3, 8)); }, of(2, 3, 4)).is(shape(3, 8)));
static_assert(traced_on([](auto x) { return reshape(x, extents<-1, 784>); }, of(dyn, 28, 28)).is(shape(dyn, 784)));
static_assert(!traced_on([](auto x) { return reshape(x, extents<-1, 784>); }, of(dyn, 28, 28)).has_runtime_checks);
static_assert(traced_on([](auto x) { return reshape(x, extents<-1, 5>); }, of(dyn, 3)).has_runtime_checks);
static_assert(traced_on([](auto x) { return reshape(x, extents<-1, 3>) + x; }, of(dyn, 3)).is(shape(dyn, 3)));
static_assert(traced_on([](auto x) { return reshape(x, extents<0, 3>); }, of(3, 0)).is(shape(0, 3)));
static_assert(traced_on([](auto x) { return reshape(x, extents<5, -1>); }, of(2, 3)).what ==
              mistake_kind::reshape_count);
static_assert(traced_on([](auto x) { return reshape(x, extents<-1, -1>); }, of(2, 3)).what ==
              mistake_kind::reshape_count);
static_assert(traced_on([](auto x) { return reshape(x, extents<-2, 3>); }, of(2, 3)).what ==
              mistake_kind::reshape_count);
static_assert(traced_on([](auto x) { return reshape(x, extents<1, 1, 1, 1, 1, 1, 6>); }, of(6)).what ==
              mistake_kind::rank_too_high);
static_assert(traced_on([](auto x) { return flatten(x); }, of(dyn, 3, 4)).is(shape(dyn, 12)));
static_assert(traced_on([](auto x) { return flatten(x); }, of(5)).is(shape(5, 1)));
static_assert(traced_on([](auto x) { return flatten(x); }, of()).is(shape(1, 1)));

static_assert(traced_on([](auto x) { return broadcast_to(x, extents<2, 3>); }, of(3)).is(shape(2, 3)));
static_assert(traced_on([](auto x) { return broadcast_to(x, extents<-1, 3>); }, of(dyn, 1)).is(shape(dyn, 3)));
static_assert(traced_on([](auto x) { return broadcast_to(x, shape(4, 3)); }, of()).is(shape(4, 3)));
static_assert(traced_on([](auto x) { return broadcast_to(x, extents<4>); }, of(3)).what != mistake_kind::none);
static_assert(traced_on([](auto x) { return broadcast_to(x, extents<1>); }, of(3)).what == mistake_kind::broadcast_to);
static_assert(traced_on([](auto x) { return broadcast_to(x, extents<3>); }, of(1, 3)).what ==
              mistake_kind::broadcast_to);

static_assert(traced_on([](auto x) { return expand_dims(x, axis<1>); }, of(2, 3)).is(shape(2, 1, 3)));
static_assert(traced_on([](auto x) { return expand_dims(x, axis<-1>); }, of(2, 3)).is(shape(2, 3, 1)));
static_assert(traced_on([](auto x) { return expand_dims(x, axes<0, 3>); }, of(2, 3)).is(shape(1, 2, 3, 1)));
static_assert(traced_on([](auto x) { return expand_dims(x, 0); }, of()).is(shape(1)));
static_assert(traced_on([](auto x) { return expand_dims(x, 4); }, of(2, 3)).what == mistake_kind::axis);
static_assert(traced_on([](auto x) { return expand_dims(x, 0); }, of(1, 2, 3, 4, 5, 6)).what ==
              mistake_kind::rank_too_high);
static_assert(traced_on([](auto x) { return squeeze(x); }, of(1, 2, 1)).is(shape(2)));
static_assert(traced_on([](auto x) { return squeeze(x, axis<-1>); }, of(1, 2, 1)).is(shape(1, 2)));
static_assert(traced_on([](auto x) { return squeeze(x, 0); }, of(dyn, 2)).has_runtime_checks);
static_assert(traced_on([](auto x) { return squeeze(x, 1); }, of(1, 2, 1)).what == mistake_kind::reshape_count);

static_assert(traced_on([](auto x) { return telar::slice(x, axis<1>, range<2, 5>); }, of(2, 7)).is(shape(2, 3)));
static_assert(traced_on([](auto x) { return telar::slice(x, axis<1>, range<2>); }, of(2, 7)).is(shape(2, 5)));
static_assert(traced_on([](auto x) { return telar::slice(x, axis<-1>, range<-2>); }, of(2, 7)).is(shape(2, 2)));
static_assert(traced_on([](auto x) { return telar::slice(x, 1, 0, -1); }, of(2, 7)).is(shape(2, 6)));
static_assert(traced_on([](auto x) { return telar::slice(x, 1, 3, 3); }, of(2, 7)).is(shape(2, 0)));
static_assert(traced_on([](auto x) { return telar::slice(x, starts<1, 2>, sizes<1, -1>); }, of(2, 7)).is(shape(1, 5)));
static_assert(
    traced_on([](auto x) { return telar::slice(x, starts<0, 2>, sizes<-1, 3>); }, of(dyn, 7)).is(shape(dyn, 3)));
static_assert(traced_on([](auto x) { return telar::slice(x, axis<0>, range<0, 5>); }, of(dyn, 7)).is(shape(5, 7)));
static_assert(traced_on([](auto x) { return telar::slice(x, axis<0>, range<0, 5>); }, of(dyn, 7)).has_runtime_checks);
static_assert(!traced_on([](auto x) { return telar::slice(x, 0, 0); }, of(dyn, 7)).has_runtime_checks);
static_assert(traced_on([](auto x) { return telar::slice(x, 1, 2, 8); }, of(2, 7)).what == mistake_kind::slice_range);
static_assert(traced_on([](auto x) { return telar::slice(x, 1, 5, 4); }, of(2, 7)).what == mistake_kind::slice_range);
static_assert(traced_on([](auto x) { return telar::slice(x, 1, -8, 4); }, of(2, 7)).what == mistake_kind::slice_range);
static_assert(traced_on([](auto x) { return telar::slice(x, 0, 1); }, of(dyn, 7)).is(shape(dyn, 7)));
static_assert(traced_on([](auto x) { return telar::slice(x, 0, 1); }, of(dyn, 7)).has_runtime_checks);
static_assert(traced_on([](auto x) { return telar::slice(x, 0, -2); }, of(dyn, 7)).is(shape(2, 7)));
static_assert(traced_on([](auto x) { return telar::slice(x, 0, -3, -1); }, of(dyn, 7)).is(shape(2, 7)));
static_assert(traced_on([](auto x) { return telar::slice(x, 0, -1, -3); }, of(2, 7)).what == mistake_kind::slice_range);
static_assert(traced_on([](auto x) { return telar::slice(x, starts<0>, sizes<1>); }, of(2, 7)).what ==
              mistake_kind::slice_range);
static_assert(traced_on([](auto x) { return telar::slice(x, starts<0, 1>, sizes<2, 7>); }, of(2, 7)).what ==
              mistake_kind::slice_range);
static_assert(traced_on([](auto x) { return telar::slice(x, 2, 0, 1); }, of(2, 7)).what == mistake_kind::axis);

static_assert(traced_on([](auto x) { return pad(x, before<1, 0>, after<0, 2>); }, of(dyn, 3)).is(shape(dyn, 5)));
static_assert(traced_on([](auto x) { return pad(x, before<-1, 0>, after<2, 2>); }, of(2, 3)).what ==
              mistake_kind::pad_range);
static_assert(traced_on([](auto x) { return pad(x, before<1>, after<1>); }, of(2, 3)).what == mistake_kind::pad_range);

constexpr auto joined = [](auto a, auto b) { return concat(a, b, axis<1>); };
static_assert(traced_on(joined, of(2, 3), of(2, 4)).is(shape(2, 7)));
static_assert(traced_on(joined, of(dyn, 3), of(2, 4)).is(shape(2, 7)));
static_assert(
    traced_on([](auto a, auto b) { return concat(a, b, a, b, axis<-1>); }, of(2, 3), of(2, 4)).is(shape(2, 14)));
static_assert(traced_on(
                  [](auto a, auto b) {
                      return concat({a, b, a, b, a}, 1);
                  },
                  of(2, 3), of(2, 4))
                  .is(shape(2, 17)));
static_assert(traced_on(joined, of(2, 3), of(3, 3)).what == mistake_kind::concat_extents);
static_assert(traced_on(joined, of(3), of(3)).what == mistake_kind::axis);
static_assert(traced_on(joined, of(2, 3), typed(i64, 2, 3)).what == mistake_kind::types_differ);
static_assert(traced_on([](auto a, auto b) { return stack(a, b, a, axis<0>); }, of(2, 3), of(2, 3)).is(shape(3, 2, 3)));
static_assert(traced_on([](auto a, auto b) { return stack(a, b, axis<-1>); }, of(2, 3), of(2, 3)).is(shape(2, 3, 2)));
static_assert(traced_on([](auto a, auto b) { return stack(a, b, axis<0>); }, of(2), of(3)).what ==
              mistake_kind::concat_extents);

static_assert(traced_on([](auto x) { return one_hot(x, depth<10>); }, typed(i64, dyn)).is(shape(dyn, 10)));
static_assert(traced_on([](auto x) { return one_hot<double>(x, 3); }, typed(dtype::uint8, 4, 2))
                  .is(shape(4, 2, 3), dtype::float64));
static_assert(traced_on([](auto x) { return zeros_like(x); }, typed(i64, 4, dyn)).is(shape(4, dyn), i64));
static_assert(traced_on([](auto x) { return ones_like(x); }, typed(truth, 4)).is(shape(4), truth));
static_assert(traced_on([](auto x) { return full_like(x, 2.5); }, of(4)).is(shape(4)));

// ---------------------------------------------------------------- composites
static_assert(traced_on([](auto x) { return softmax(x); }, of(dyn, 4)).is(shape(dyn, 4)));
static_assert(traced_on([](auto x) { return softmax(x, axis<0>); }, of(dyn, 4)).is(shape(dyn, 4)));
static_assert(traced_on([](auto x) { return softmax(x, 2); }, of(dyn, 4)).what == mistake_kind::axis);
static_assert(traced_on([](auto x) { return log_softmax(x, 0); }, of(5, 4)).is(shape(5, 4)));
static_assert(traced_on([](auto x) { return softmax(x); }, typed(i64, 4)).what == mistake_kind::needs_float);
static_assert(traced_on([](auto x) { return logsumexp(x); }, of(5, 4)).is(shape()));
static_assert(traced_on([](auto x) { return logsumexp(x, axis<1>, keep_dims); }, of(5, 4)).is(shape(5, 1)));
static_assert(traced_on([](auto x) { return logsumexp(x, -1); }, of(5, 4)).is(shape(5)));

constexpr auto activations = [](auto x) {
    return leaky_relu(x) + leaky_relu(x, 0.1) + elu(x) + elu(x, 2) + gelu(x) + gelu_tanh(x) + silu(x) + swish(x);
};
static_assert(traced_on(activations, of(dyn, 4)).is(shape(dyn, 4)));
static_assert(traced_on(activations, typed(dtype::float64, 4)).is(shape(4), dtype::float64));
static_assert(traced_on(activations, map_of(2, 3)).is(shape(2, 3)) && !traced_on(activations, map_of(2, 3)).linear);

constexpr auto losses = [](auto t, auto p) {
    return mean_squared_error(t, p) + mean_absolute_error(t, p) + huber(t, p) + huber(t, p, 0.5) + hinge(t, p) +
           kl_divergence(t, p) + binary_cross_entropy(t, p) + binary_cross_entropy(t, p, from_logits) +
           softmax_cross_entropy(p, t) + categorical_cross_entropy(t, p) +
           categorical_cross_entropy(t, p, from_logits) + categorical_accuracy(t, p) + binary_accuracy(t, p);
};
static_assert(traced_on(losses, of(dyn, 4), of(dyn, 4)).is(shape(dyn)));
static_assert(traced_on(losses, of(7, 2, 4), of(7, 2, 4)).is(shape(7, 2)));
static_assert(traced_on(losses, map_of(4, 4), map_of(4, 4)).is(shape(4)));
static_assert(traced_on(losses, of(5, 4), of(5, 3)).what == mistake_kind::broadcast);
static_assert(traced_on(losses, of(), of()).what == mistake_kind::axis);

constexpr auto sparse_losses = [](auto labels, auto p) {
    return sparse_softmax_cross_entropy(p, labels) + sparse_categorical_cross_entropy(labels, p) +
           sparse_categorical_cross_entropy(labels, p, from_logits) + sparse_categorical_accuracy(labels, p);
};
static_assert(traced_on(sparse_losses, typed(dtype::int32, dyn), of(dyn, 4)).is(shape(dyn)));
static_assert(traced_on(sparse_losses, typed(dtype::uint8, 6), of(6, 4)).is(shape(6)));
static_assert(traced_on(sparse_losses, typed(i64, 6), of(5, 4)).what == mistake_kind::broadcast);

static_assert(
    traced_on([](auto x, auto g, auto b) { return layer_norm(x, g, b); }, of(dyn, 8), of(8), of(8)).is(shape(dyn, 8)));
static_assert(traced_on([](auto x, auto g, auto b) { return layer_norm(x, g, b, 1e-5); }, map_of(8, 8), of(8), of(8))
                  .is(shape(8, 8)));

/// How many nodes of a kind the trace of f on a square linear map has.
constexpr int count_on_a_map(auto f, op k) {
    graph g;
    f(declare_leaf(g, 0, map_of(4, 4)), declare_leaf(g, 1, map_of(4, 4)));
    return count(g, k);
}
static_assert(count_on_a_map(losses, op::matmul) == 0, "inside telar's composites * is element-wise");
static_assert(count_on_a_map([](auto a, auto) { return activations(a); }, op::matmul) == 0);
static_assert(count_on_a_map([](auto a, auto b) { return layer_norm(a, b, b); }, op::matmul) == 0);
static_assert(count_on_a_map([](auto a, auto) { return variance(a) + norm(a) + logsumexp(a); }, op::matmul) == 0);
static_assert(count_on_a_map([](auto a, auto b) { return a * b; }, op::matmul) == 1);
static_assert(count_on_a_map([](auto a, auto) { return softmax(a); }, op::reshape) == 0, "one row kernel");
static_assert(count_on_a_map([](auto a, auto) { return log_softmax(a); }, op::reshape) == 0);

}  // namespace

TEST_CASE("the same shapes come out of a trace at run time") {
    CHECK(traced_on(losses, of(dyn, 4), of(dyn, 4)).is(shape(dyn)));
    CHECK(traced_on(sparse_losses, typed(i64, 6), of(6, 4)).is(shape(6)));
    CHECK(traced_on([](auto x) { return reshape(x, extents<-1, 784>); }, of(dyn, 28, 28)).is(shape(dyn, 784)));
    CHECK(traced_on([](auto x) { return sum(x, 7); }, of(2, 3)).what == mistake_kind::axis);
}
