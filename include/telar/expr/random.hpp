// SPDX-License-Identifier: BSL-1.0
// Random numbers inside of graphs. They come from a state, (seed, position), that a run leaves behind it: every run
// sees other numbers, and all that is computed in one run sees the same.
#pragma once
#include <telar/core/random.hpp>
#include <telar/expr/composite.hpp>
#include <telar/expr/indexing.hpp>
#include <telar/expr/sort.hpp>
#include <telar/expr/variable.hpp>

namespace telar::inline TELAR_ABI {

using random_key = tensor<std::int64_t, 2>;  // seed, position

template <fixed_string Name> struct random_leaf : expr::named_leaf<random_leaf<Name>, random_key> {
    static constexpr std::string_view name = Name.view();
    static constexpr bool is_variable = true;
    static constexpr bool is_trainable = false;
    using handle = expr::storage_handle;

    /// After a run: the next one begins 2^32 blocks further on.
    static void advance(expr::stored_value& v) {
        constexpr std::uint64_t blocks_of_a_run = std::uint64_t{1} << 32;
        std::int64_t& position = expr::value_in<random_key>(v)(1);
        position = static_cast<std::int64_t>(static_cast<std::uint64_t>(position) + blocks_of_a_run);
    }
};

/// Where random numbers come from: state, like a variable. Each run or training step that reads it, and does not fail,
/// leaves it at the next of 2^32 positions; within a run forward and backward see the same numbers. It owns its value
/// as a variable does: a copy draws the same numbers, assignment writes (seed, position), alias(rng) is the same state.
/// `random_state<"dropout"> rng(42);` or, of several, each by its own name.
///
/// edge      value() is (seed, position); saved and loaded as a variable, so that training goes on with the same bits
/// test      tests/expr/random_test.cpp
template <fixed_string Name> class random_state {
public:
    using leaf = random_leaf<Name>;
    using value_t = random_key;
    static constexpr bool is_named_operand = true;

    explicit random_state(std::uint64_t seed = 0) { value() = {static_cast<std::int64_t>(seed), 0}; }
    const random_key& value() const { return storage_.value(); }
    random_key& value() { return storage_.value(); }
    static constexpr std::string_view name() { return Name.view(); }
    const typename leaf::handle& handle() const { return storage_.handle(); }
    /// (seed, position).
    random_state& operator=(const random_key& key) {
        storage_.write(key);
        return *this;
    }
    /// What alias(rng) returns.
    random_state(expr::sharing, const typename leaf::handle& h) : storage_(h) {}

private:
    expr::owned_storage<leaf> storage_;
};

namespace expr::functions {

// ---- numbers of a shape
struct words {
    static constexpr symbol of(symbol state, symbol stream, dtype t, shape to) {
        return emit::random(state, stream, t, to);
    }
};
struct uniform {
    static constexpr symbol of(symbol state, symbol stream, dtype t, shape to) {
        if (is_float(t)) return emit::random(state, stream, t, to);
        state.g->fail({mistake_kind::needs_float, op::random, t, t, 0, to, {}, 0});
        return emit::broadcast_to(emit::constant(*state.g, t, 0), to);
    }
};
/// sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v): the first half of the numbers from cosines, the second from sines.
struct normal {
    static constexpr symbol of(symbol state, symbol stream, dtype t, shape to) {
        graph& g = *state.g;
        const extent_t count = g.dims.count(to), half = g.dims.divide(g.dims.add(count, 1), 2);
        const symbol u = uniform::of(state, stream, t, shape(2, half));
        const extent_t first[] = {0, 0}, second[] = {1, 0};
        const symbol radius = emit::elementwise(
            op::sqrt, -2 * emit::elementwise(op::log, 1 - emit::slice(u, first, shape(1, half))));  // of 1 - u > 0
        const symbol angle = 6.283185307179586 * emit::slice(u, second, shape(1, half));
        const symbol both =
            emit::concat(radius * emit::elementwise(op::cos, angle), radius * emit::elementwise(op::sin, angle), 0);
        const symbol flat = emit::reshape(both, shape(g.dims.multiply(2, half)));
        return emit::reshape(emit::slice(flat, first, shape(count)), to);
    }
};
/// sqrt(2) erfinv(p), p uniform between -erf(sqrt 2) and erf(sqrt 2).
struct truncated_normal {
    static constexpr symbol of(symbol state, symbol stream, dtype t, shape to) {
        const symbol p = 0.9544997361036416 * (2 * uniform::of(state, stream, t, to) - 1);
        const symbol y = 1.4142135623730951 * emit::elementwise(op::erfinv, p);
        return clip{}(y, emit::constant(*y.g, t, -2), emit::constant(*y.g, t, 2));  // the ends are rounded
    }
};
/// Of two bytes: those of float32, rounded; what would round up to 1 is the number before it.
template <class Of> constexpr symbol numbers_of(symbol state, symbol stream, dtype t, const shape& to) {
    const symbol y = Of::of(state, stream, arithmetic_type(t), to);
    if (!is_half(t)) return y;
    const symbol narrow = emit::cast(y, t);
    if (!std::same_as<Of, uniform>) return narrow;
    return emit::elementwise(op::minimum, narrow,
                             emit::constant(*y.g, t, 1 - (t == dtype::float16 ? 0x1p-11 : 0x1p-8)));
}
template <class Of, dtype D, extent_t... N> struct random_of_shape {
    constexpr symbol operator()(symbol state, symbol stream) const {
        return numbers_of<Of>(state, stream, D, shape(N...));
    }
};
template <class Of> struct random_like {
    constexpr symbol operator()(symbol x, symbol state, symbol stream) const {
        return numbers_of<Of>(state, stream, x.type(), x.extents());
    }
};
struct bernoulli {
    constexpr symbol operator()(symbol p, symbol state, symbol stream) const {
        return uniform::of(state, stream, p.type(), p.extents()) < p.plain();
    }
};
/// argmax(logits + Gumbel noise): of independent -ln(-ln u) the largest sum is at k with probability softmax(logits)_k.
/// u = 0 stands for the numbers up to the next u, and becomes their middle: noise that is -inf would make a class that
/// may be drawn equal to one of logit -inf, which may not.
struct categorical {
    constexpr symbol operator()(symbol logits, symbol state, symbol stream) const {
        const double middle = logits.type() == dtype::float64 ? 0x1p-54 : 0x1p-25;
        const symbol drawn = uniform::of(state, stream, logits.type(), logits.extents());
        const symbol u = emit::elementwise(op::maximum, drawn, emit::constant(*logits.g, logits.type(), middle));
        const symbol noise = -emit::elementwise(op::log, -emit::elementwise(op::log, u));
        return argmax(logits.plain() + noise, -1);
    }
};
/// 0 .. n-1 in the order of random words.
constexpr symbol permutation_of(symbol state, symbol stream, extent_t n) {
    return emit::argsort(emit::random(state, stream, dtype::int32, shape(n)), false, n);
}
template <extent_t N> struct permutation {
    constexpr symbol operator()(symbol state, symbol stream) const { return permutation_of(state, stream, N); }
};
struct shuffle {
    constexpr symbol operator()(symbol x, symbol state, symbol stream) const {
        if (emit::axis_bits(x, {0}) == 0) return x.plain();  // no axis: a mistake
        return emit::gather_lines(x.plain(), permutation_of(state, stream, x.extents()[0]), 0, 0);
    }
};
/// Random words, two for each line of the first axis: each pair is a state.
struct keys_of_lines {
    constexpr symbol operator()(symbol x, symbol state, symbol stream) const {
        if (emit::axis_bits(x, {0}) == 0) return x.plain();  // no axis: a mistake
        return emit::random(state, stream, dtype::int64, shape(x.extents()[0], 2));
    }
};
/// One number for all elements along an axis where Noise has 1; -1: as x.
template <extent_t... Noise> struct dropout {
    constexpr symbol operator()(symbol x, symbol rate, symbol state, symbol stream) const {
        constexpr extent_t noise[] = {Noise..., -1};
        shape drawn = x.extents();
        for (int i = 0; i < static_cast<int>(sizeof...(Noise)) && i < drawn.rank; ++i)
            if (noise[i] != -1) drawn[i] = noise[i];
        if (sizeof...(Noise) != 0 && static_cast<int>(sizeof...(Noise)) != x.rank())
            x.g->fail({mistake_kind::broadcast_to, op::broadcast_to, {}, {}, 0, drawn, x.extents(), 0});
        const symbol kept = emit::broadcast_to(uniform::of(state, stream, x.type(), drawn) >= rate, x.extents());
        return emit::elementwise(op::select, kept, x.plain() * (1 / (1 - rate)), emit::constant(*x.g, x.type(), 0));
    }
};

}  // namespace expr::functions

template <class S> inline constexpr bool is_random_state = false;
template <fixed_string Name> inline constexpr bool is_random_state<random_state<Name>> = true;
/// Where a draw may come from: a random_state, or inside a traced function the symbol that it has become.
template <class S>
concept RandomState = Symbol<S> || is_random_state<std::remove_cvref_t<S>>;

template <class T>
concept FloatElement = std::floating_point<T> || Half<T>;

namespace expr::calling {
/// F of operands, a state and the stream of the next draw.
template <class F, class S, class... A> constexpr auto drawn(source_line at, const S& state, const A&... a) {
    if constexpr (Symbol<S>) {
        line_scope scope(state.g, at);
        return call<F>(at, a..., state, emit::next_streams(*state.g));
    } else {
        return call<F>(at, a..., state, expression<draw_number, draw_number>(std::in_place, draw_handle::next(1)));
    }
}
/// The same, now: `numbers` of type T are taken from the generator, whose blocks hold 16 bytes.
template <class F, class T, class... A> auto drawn_now(source_line at, generator& g, extent_t numbers, const A&... a) {
    const auto bits = [](std::uint64_t x) { return static_cast<std::int64_t>(x); };
    const auto y =
        call<F>(at, a..., random_key{bits(g.seed()), bits(g.position())}, tensor<std::int64_t, 1>{bits(g.stream())});
    constexpr extent_t in_block = 16 / sizeof(element_t<arithmetic_type(dtype_of<T>())>);
    g.set_position(g.position() + static_cast<std::uint64_t>((numbers + in_block - 1) / in_block));
    return y;
}
}  // namespace expr::calling

// clang-format off
/// Numbers of a shape: random_uniform<float>(rng, extents<2, 3>), uniform in [0, 1); random_normal: of mean 0 and
/// variance 1; random_truncated_normal: of those only numbers between -2 and 2, as tf.random.truncated_normal; or of the
/// shape and type of x: random_uniform_like(x, rng), random_normal_like(x, rng), random_truncated_normal_like(x, rng).
///
/// types     floats; random_words: int32, int64, all the bits
/// edge      words and uniforms have the same bits on every machine and for any number of threads: those of
///           generator(seed, stream); normals pass through log, sin and cos. Each draw is from a stream of its own: two
///           calls differ, one expression used twice is one draw. A function and an expression number theirs 0, 1, 2,
///           ... in the order of the calls, so that the same function draws the same eagerly, lazily and inside of
///           another; what is computed again (checkpoint, a derivative, custom_gradient's function) draws the same
///           again. C++ leaves the order open inside of one full expression: for the same numbers by every compiler
///           give each draw a statement of its own. A draw in the step of a scan is one for all steps, unless it is
///           from a key of the step: random_keys. Those of two bytes are the numbers of float32, rounded;
///           uniform ones stay below 1
/// gradient  none
/// source    Salmon, Moraes, Dror and Shaw, SC 2011; Box and Muller, Ann. Math. Statist. 29 (1958)
/// test      tests/expr/random_test.cpp
template <FloatElement T, RandomState S, extent_t... N> constexpr auto random_uniform(const S& rng, extent_list<N...>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_of_shape<expr::functions::uniform, dtype_of<T>(), N...>>(at, rng); }
template <FloatElement T, RandomState S, extent_t... N> constexpr auto random_normal(const S& rng, extent_list<N...>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_of_shape<expr::functions::normal, dtype_of<T>(), N...>>(at, rng); }
template <FloatElement T, RandomState S, extent_t... N> constexpr auto random_truncated_normal(const S& rng, extent_list<N...>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_of_shape<expr::functions::truncated_normal, dtype_of<T>(), N...>>(at, rng); }
template <Element T, RandomState S, extent_t... N> requires (std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t>) constexpr auto random_words(const S& rng, extent_list<N...>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_of_shape<expr::functions::words, dtype_of<T>(), N...>>(at, rng); }
template <Operand A, RandomState S> constexpr auto random_uniform_like(const A& x, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_like<expr::functions::uniform>>(at, rng, x); }
template <Operand A, RandomState S> constexpr auto random_normal_like(const A& x, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_like<expr::functions::normal>>(at, rng, x); }
template <Operand A, RandomState S> constexpr auto random_truncated_normal_like(const A& x, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_like<expr::functions::truncated_normal>>(at, rng, x); }

/// y = true with probability p.   p any -> bool, the same shape
template <Operand P, RandomState S> constexpr auto bernoulli(const P& p, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::composed<expr::functions::bernoulli>>(at, rng, p); }
/// y = k with probability softmax(logits)_k, along the last axis. A class of logit -inf is never drawn, unless all are.
/// (...,C) -> (...) int64
template <Operand L, RandomState S> constexpr auto categorical(const L& logits, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::composed<expr::functions::categorical>>(at, rng, logits); }
/// 0 .. n-1 in an order of which each is as likely, to a part in 2^32 / n.   random_permutation(rng, extents<n>) -> (n) int64
template <RandomState S, extent_t N> constexpr auto random_permutation(const S& rng, extent_list<N>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::permutation<N>>(at, rng); }
/// The lines of the first axis in such an order, as tf.random.shuffle.   any type; E103 for a value without axes
template <Operand A, RandomState S> constexpr auto shuffle(const A& x, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::shuffle>(at, rng, x); }

/// States of their own, one for each step of a scan, to be drawn from inside of it; as JAX's random.split:
///
///     const auto keys = random_keys(rng, extents<10>);  // or, of the first axis of x, random_keys_like(x, rng)
///     scan([](symbol h, symbol x, symbol key) { return h + dropout(x, 0.1, key); }, states(h), over(x, keys));
///
/// shapes    random_keys(rng, extents<T>) -> (T,2) int64; random_keys_like(x, rng): (T,...) -> (T,2)
/// edge      each key is a random seed and a random position
template <RandomState S, extent_t N> constexpr auto random_keys(const S& rng, extent_list<N>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::random_of_shape<expr::functions::words, dtype::int64, N, 2>>(at, rng); }
template <Operand A, RandomState S> constexpr auto random_keys_like(const A& x, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::keys_of_lines>(at, rng, x); }

/// y = 0 with probability `rate`, else x / (1 - rate): in training; to predict, leave it out.
///
/// shapes    any -> the same; dropout(x, rate, rng, extents<-1, 1>): (N,C), whole lines are dropped, as TensorFlow's
///           noise_shape; -1 is x's extent
/// types     floats
/// errors    E100, E111: the extents of the noise are not those of x, or 1
/// gradient  dx = dy where y was kept, over 1 - rate: the numbers of the same run
/// source    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 15 (2014)
/// test      tests/expr/random_test.cpp
template <class A, class R, RandomState S> requires Operands<A, R> constexpr auto dropout(const A& x, const R& rate, const S& rng, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::composed<expr::functions::dropout<>>>(at, rng, x, rate); }
template <class A, class R, RandomState S, extent_t... Noise> requires Operands<A, R> constexpr auto dropout(const A& x, const R& rate, const S& rng, extent_list<Noise...>, source_line at = source_line::current()) { return expr::calling::drawn<expr::functions::composed<expr::functions::dropout<Noise...>>>(at, rng, x, rate); }
/// The same of tensors, now; the generator goes on.
template <Tensor A, Scalar R> auto dropout(const A& x, const R& rate, generator& g, source_line at = source_line::current()) { return expr::calling::drawn_now<expr::functions::composed<expr::functions::dropout<>>, typename A::value_type>(at, g, static_cast<extent_t>(x.size()), x, rate); }
template <Tensor P> auto bernoulli(const P& p, generator& g, source_line at = source_line::current()) { return expr::calling::drawn_now<expr::functions::composed<expr::functions::bernoulli>, typename P::value_type>(at, g, static_cast<extent_t>(p.size()), p); }
template <Tensor L> auto categorical(const L& logits, generator& g, source_line at = source_line::current()) { return expr::calling::drawn_now<expr::functions::composed<expr::functions::categorical>, typename L::value_type>(at, g, static_cast<extent_t>(logits.size()), logits); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
