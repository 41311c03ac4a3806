// SPDX-License-Identifier: BSL-1.0
// Fused loops: operations, each of which reads the result of the one before, on values that stay in registers. A step
// runs on several registers before the next step starts, so choosing its code costs little. One function serves all
// sequences of operations on a type. Functions such as exp are called; their loops are in block_loops.hpp.
#pragma once
#include <telar/kernels/cpu/loop/partials.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// The registers that a step runs on. There are as many for its second operands.
inline constexpr int fused_registers = simd::vector_registers >= 32 ? 8 : 4;
static_assert(fused_registers % accumulators == 0);

/// What a step does with v, the value at hand, and x, its operand.
enum class fused : std::uint8_t {
    // clang-format off
    none, load, store,
    neg, abs, sign, sqrt, floor, ceil, round, relu,
    add, sub, mul, div, maximum, minimum,          // v + x, ...
    sub_from, div_into, maximum_of, minimum_of,    // x - v, ...: the operand is the left one
    call, call_with, call_of,                      // f(x), f(v, x) and f(x, v), by a loop on memory
    sum, prod, max, min,                           // into partial results
    // clang-format on
};
/// The step of an operation whose operand `at_hand`, 0 or 1, is the value at hand.
constexpr fused fused_of(op k, int at_hand = 0) {
    switch (k) {
        case op::neg: return fused::neg;
        case op::abs: return fused::abs;
        case op::sign: return fused::sign;
        case op::sqrt: return fused::sqrt;
        case op::floor: return fused::floor;
        case op::ceil: return fused::ceil;
        case op::round: return fused::round;
        case op::relu: return fused::relu;
        case op::add: return fused::add;
        case op::mul: return fused::mul;
        case op::sub: return at_hand == 0 ? fused::sub : fused::sub_from;
        case op::div: return at_hand == 0 ? fused::div : fused::div_into;
        case op::maximum: return at_hand == 0 ? fused::maximum : fused::maximum_of;
        case op::minimum: return at_hand == 0 ? fused::minimum : fused::minimum_of;
        case op::sum: return fused::sum;
        case op::prod: return fused::prod;
        case op::max: return fused::max;
        case op::min: return fused::min;
        default: return info(k).arity == 1 ? fused::call : at_hand == 0 ? fused::call_with : fused::call_of;
    }
}
constexpr bool is_called(fused f) { return f == fused::call || f == fused::call_with || f == fused::call_of; }
/// Whether fused loops compute operation k in type t without a call.
constexpr bool is_fused(op k, dtype t) {
    const bool is_known = is_reduction(k) || formula_kind_of(k) == formula_kind::number;
    return is_float(t) && is_known && !is_called(fused_of(k));
}

/// Where a step's operand is: in memory, in memory as one number for a register, or at hand.
enum class operand_in : std::uint8_t { memory, one, registers };

/// Computes n elements of `out` from at most three operands.
using block_loop = void (*)(const std::byte* const* in, std::byte* out, int n);

struct fused_step {
    fused what;
    operand_in from;
    const std::byte* at;   // of the first register of the first group; store: its destination
    std::int64_t stride;   // bytes from one register to the next
    std::int64_t advance;  // bytes from one group of registers to the next
    block_loop called;
};
/// The registers of a fused loop, and the partial results of its reduction.
template <class T> struct fused_range {
    int groups;
    const int* lanes = nullptr;  // of each register, if they are not whole
    vec<T>* turns = nullptr;     // a row: register u of a group goes to turns[u % accumulators]
    int in_turn = 0;             // if they are not whole: the first so many; the others go to `rest`
    vec<T>* rest = nullptr;
    int rest_advance = 0;  // from one group to the next
};

template <op K, class T> TELAR_INLINE vec<T> combined(vec<T> a, vec<T> b) {
    if constexpr (K == op::sum) return a + b;
    else if constexpr (K == op::prod) return a * b;
    else if constexpr (K == op::max) return maximum(a, b);
    else return minimum(a, b);
}
template <op K, class T, bool Whole>
TELAR_INLINE void reduce_registers(const vec<T> (&v)[std::size_t(fused_registers)],
                                   vec<T> (&turns)[std::size_t(accumulators)], const fused_range<T>& r, int group) {
    if (r.turns != nullptr && (Whole || r.in_turn > 0))
        for_numbers<0, fused_registers>([&](auto u) TELAR_INLINE_LAMBDA {
            vec<T>& sum = turns[u % accumulators];
            if (Whole || u < r.in_turn) sum = combined<K>(sum, v[u]);
        });
    if (Whole && r.turns != nullptr) return;
    vec<T>* const to = r.rest + group * r.rest_advance;
    vec<T> sum = *to;
    for_numbers<0, fused_registers>([&](auto u) TELAR_INLINE_LAMBDA {
        if constexpr (Whole) sum = combined<K>(sum, v[u]);
        else if (u >= r.in_turn && r.lanes[u] > 0)
            sum = combined<K>(sum, select(simd::first_lanes<T>(r.lanes[u]), v[u], vec<T>(identity<T>(K))));
    });
    *to = sum;
}

/// Writes f(a...) to v, where f is a loop on memory. While f computes, the processor loads and stores for other steps.
template <class T, class... Registers>
TELAR_INLINE void call_loop(block_loop f, vec<T> (&v)[std::size_t(fused_registers)], const Registers&... a) {
    constexpr int W = vec<T>::width, n = fused_registers * W;
    alignas(64) T numbers[sizeof...(a)][std::size_t(n)];
    const std::byte* in[3]{};
    int operand = 0;
    const auto store = [&](const auto& from) TELAR_INLINE_LAMBDA {
        T* const to = numbers[operand];
        in[operand++] = reinterpret_cast<const std::byte*>(to);
        for_numbers<0, fused_registers>([&](auto u) TELAR_INLINE_LAMBDA { simd::store(to + u * W, from[u]); });
    };
    (store(a), ...);
    f(in, reinterpret_cast<std::byte*>(numbers[0]), n);
    for_numbers<0, fused_registers>([&](auto u) TELAR_INLINE_LAMBDA { v[u] = simd::load(numbers[0] + u * W); });
}

/// Runs the steps on each group of registers. Without calls, sums stay in registers from one group to the next.
template <class T, bool Whole, bool Calls>
TELAR_NOINLINE void run_fused(const fused_step* first, const fused_step* last, const fused_range<T>& r) {
    constexpr int U = fused_registers, W = vec<T>::width;
    vec<T> v[std::size_t(U)], x[std::size_t(U)], turns[std::size_t(accumulators)];
    for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA { v[u] = vec<T>(T(0)); });
    for_numbers<0, accumulators>([&](auto p) TELAR_INLINE_LAMBDA { turns[p] = r.turns ? r.turns[p] : vec<T>(T(0)); });
    const auto each = [&](const auto& f) TELAR_INLINE_LAMBDA {
        for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA { v[u] = f(v[u], x[u]); });
    };
    for (int g = 0; g < r.groups; ++g)
        for (const fused_step* s = first; s != last; ++s) {
            const std::byte* const at = s->at + g * s->advance;
            // Where no lane is read, the address still must be one that could be: a masked fault is slow.
            const auto number = [&](int u) TELAR_INLINE_LAMBDA {
                return reinterpret_cast<const T*>(at + (Whole || r.lanes[u] > 0 ? u : 0) * s->stride);
            };
            if (s->what == fused::store) {
                for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA {
                    simd::store_as(const_cast<T*>(number(u)), v[u], Whole ? W : r.lanes[u]);
                });
                continue;
            }
            if (s->from == operand_in::memory)
                for_numbers<0, U>(
                    [&](auto u) TELAR_INLINE_LAMBDA { x[u] = simd::load_as<T>(number(u), Whole ? W : r.lanes[u]); });
            else if (s->from == operand_in::one)
                for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA { x[u] = vec<T>(*number(u)); });
            else for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA { x[u] = v[u]; });
            using V = vec<T>;
            switch (s->what) {
                // clang-format off
                case fused::load:       each([](V, V b) TELAR_INLINE_LAMBDA { return b; }); break;
                case fused::neg:        each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::neg>(b); }); break;
                case fused::abs:        each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::abs>(b); }); break;
                case fused::sign:       each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::sign>(b); }); break;
                case fused::sqrt:       each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::sqrt>(b); }); break;
                case fused::floor:      each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::floor>(b); }); break;
                case fused::ceil:       each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::ceil>(b); }); break;
                case fused::round:      each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::round>(b); }); break;
                case fused::relu:       each([](V, V b) TELAR_INLINE_LAMBDA { return formula<op::relu>(b); }); break;
                case fused::add:        each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::add>(a, b); }); break;
                case fused::sub:        each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::sub>(a, b); }); break;
                case fused::mul:        each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::mul>(a, b); }); break;
                case fused::div:        each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::div>(a, b); }); break;
                case fused::maximum:    each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::maximum>(a, b); }); break;
                case fused::minimum:    each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::minimum>(a, b); }); break;
                case fused::sub_from:   each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::sub>(b, a); }); break;
                case fused::div_into:   each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::div>(b, a); }); break;
                case fused::maximum_of: each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::maximum>(b, a); }); break;
                case fused::minimum_of: each([](V a, V b) TELAR_INLINE_LAMBDA { return formula<op::minimum>(b, a); }); break;
                case fused::call: if constexpr (Calls) call_loop<T>(s->called, v, x); break;
                case fused::call_with: if constexpr (Calls) call_loop<T>(s->called, v, v, x); break;
                case fused::call_of: if constexpr (Calls) call_loop<T>(s->called, v, x, v); break;
                case fused::sum:  reduce_registers<op::sum, T, Whole>(x, turns, r, g); break;
                case fused::prod: reduce_registers<op::prod, T, Whole>(x, turns, r, g); break;
                case fused::max:  reduce_registers<op::max, T, Whole>(x, turns, r, g); break;
                case fused::min:  reduce_registers<op::min, T, Whole>(x, turns, r, g); break;
                case fused::none: case fused::store: break;
                    // clang-format on
            }
        }
    if (r.turns != nullptr) for_numbers<0, accumulators>([&](auto p) TELAR_INLINE_LAMBDA { r.turns[p] = turns[p]; });
}

/// A grid of elements, in row-major order within a block.
struct grid {
    int rows = 1, columns = 1;

    constexpr int size() const { return rows * columns; }
};
/// A sequence of steps on a grid of elements. Call add() for each step, then run.
template <class T> class fused_loop {
    static constexpr int U = fused_registers, W = vec<T>::width;
    static constexpr std::int64_t register_bytes = std::int64_t{W} * sizeof(T);
    static constexpr int most_steps = 3 * most_instructions;  // each instruction may load, compute and store

    // Arrays, not structs: a struct is copied in pieces that are wider than its fields, and a load of fields that were
    // stored just before waits until they are in the cache.
    fused what_[std::size_t(most_steps)];
    operand_in from_[std::size_t(most_steps)];
    const std::byte* at_[std::size_t(most_steps)];
    std::int64_t row_[std::size_t(most_steps)];
    bool is_one_[std::size_t(most_steps)];
    block_loop called_[std::size_t(most_steps)];
    int count_ = 0;
    grid g_;
    bool calls_ = false;
    bool is_flat_ = true;  // row after row without gaps

public:
    explicit fused_loop(const grid& g) : g_(g) {}
    /// Adds a step; its operand is at hand, and nothing moves.
    TELAR_INLINE void add(fused what, block_loop called) {
        add(what, called, nullptr, 0, true);
        from_[count_ - 1] = operand_in::registers;
    }
    /// Adds a step whose operand is an array of numbers over the grid, with `row` bytes from one row to the next. With
    /// `is_one`, there is one number for each row.
    TELAR_INLINE void add(fused what, block_loop called, const std::byte* at, std::int64_t row, bool is_one) {
        what_[count_] = what;
        from_[count_] = is_one ? operand_in::one : operand_in::memory;
        at_[count_] = at;
        row_[count_] = row;
        is_one_[count_] = is_one;
        called_[count_] = called;
        calls_ = calls_ || called != nullptr;
        ++count_;
        const bool is_dense = row == (is_one ? 0 : g_.columns * std::int64_t{sizeof(T)});
        is_flat_ = is_flat_ && (at == nullptr || g_.rows == 1 || is_dense);
    }
    /// Replaces the last step, a reduction, by a store.
    void end_with_store(std::byte* to) {
        if (from_[count_ - 1] != operand_in::registers) what_[count_ - 1] = fused::load;
        else --count_;
        add(fused::store, nullptr, to, g_.columns * std::int64_t{sizeof(T)}, false);
    }
    const grid& where() const { return g_; }

    void run() const {
        constexpr int long_row = 4 * W;
        if (is_flat_) run_elements(0, 0, g_.size());
        else if (g_.rows >= U || g_.columns < long_row) run_lines(0, g_.rows, nullptr);
        else
            for (int r = 0; r < g_.rows; ++r) run_elements(r, 0, g_.columns);
    }
    /// Runs on n elements of a row, from `column` on. A reduction takes whole steps of `accumulators` registers in
    /// turn; the others go to the rest.
    void run_elements(int row, int column, int n, vec<T>* turns = nullptr, vec<T>* rest = nullptr) const {
        fused_step at[std::size_t(most_steps)];
        for (int i = 0; i < count_; ++i) {
            const bool moves = !is_one_[i];
            const std::int64_t first = row * row_[i] + moves * (column * std::int64_t{sizeof(T)});
            at[i] = {what_[i],  from_[i], at_[i] + first, moves * register_bytes, moves * U * register_bytes,
                     called_[i]};
        }
        const int groups = n / (U * W), left = n % (U * W);
        if (groups > 0) run_whole(at, {groups, nullptr, turns});
        if (left == 0) return;
        for (int i = 0; i < count_; ++i) at[i].at += groups * at[i].advance;
        int lanes[std::size_t(U)];
        for (int u = 0; u < U; ++u) lanes[u] = std::clamp(left - u * W, 0, W);
        run_fused<T, false, true>(at, at + count_, {1, lanes, turns, left / (accumulators * W) * accumulators, rest});
    }
    /// Runs on rows first ... end - 1. With partials, there is one for each register of columns.
    void run_lines(int first, int end, vec<T>* partials) const {
        const int whole = g_.columns / W, rest = g_.columns % W, lines = end - first;
        const int groups = lines / U;
        if (whole == 1)  // down a register of columns
            run_registers(first, 0, groups, true, W, U, partials);
        else if (whole > 1)
            for (int g = 0; g < groups; ++g) run_registers(first + g * U, 0, whole, false, W, U, partials);
        if (whole > 0 && lines % U > 0) run_registers(first + groups * U, 0, whole, false, W, lines % U, partials);
        if (rest == 0) return;
        vec<T>* const last = partials ? partials + whole : nullptr;
        if (groups > 0) run_registers(first, whole * W, groups, true, rest, U, last);
        if (lines % U > 0) run_registers(first + groups * U, whole * W, 1, true, rest, lines % U, last);
    }

private:
    void run_whole(const fused_step* at, const fused_range<T>& range) const {
        if (calls_) run_fused<T, true, true>(at, at + count_, range);
        else run_fused<T, true, false>(at, at + count_, range);
    }
    /// Groups of at most U registers, one above the other; the groups stand one above the other (`down`), or side by
    /// side.
    void run_registers(int row, int column, int groups, bool down, int lanes, int registers, vec<T>* partials) const {
        if (groups == 0) return;
        fused_step at[std::size_t(most_steps)];
        for (int i = 0; i < count_; ++i) {
            const bool moves = !is_one_[i];
            const std::int64_t first = row * row_[i] + moves * (column * std::int64_t{sizeof(T)});
            at[i] = {what_[i],  from_[i], at_[i] + first, row_[i], down ? U * row_[i] : moves * register_bytes,
                     called_[i]};
        }
        int lanes_of[std::size_t(U)];
        for (int u = 0; u < U; ++u) lanes_of[u] = u < registers ? lanes : 0;
        const fused_range<T> range{groups, lanes_of, nullptr, 0, partials, partials && !down};
        if (lanes == W && registers == U) run_whole(at, range);
        else run_fused<T, false, true>(at, at + count_, range);
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
