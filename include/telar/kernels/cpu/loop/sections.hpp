// SPDX-License-Identifier: BSL-1.0
// A section of a loop kernel on several registers, one instruction on all of them before the next: the processor looks
// only so far ahead, and finds that many independent chains there.
#pragma once
#include <telar/kernels/cpu/loop/partials.hpp>
#include <telar/kernels/known_arguments.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// A kernel by columns that has no more lines than this knows where they lie before it begins.
inline constexpr std::int64_t most_few_lines = 16;

/// Where line l of an access begins, in bytes from the first one.
template <class Arguments> constexpr std::int64_t place_of_line(const Arguments& k, std::int64_t l, int access) {
    std::int64_t place = 0;
    for (int r = k.reduced_rank - 1; r >= 0; l /= k.reduced[r--])
        place += l % k.reduced[r] * k.reduced_stride[access][r];
    return place;
}

/// What the innermost loops read. Stores may alias anything: a local copy is not read again after each.
template <class D> struct loop_arguments {
    std::int64_t inner;
    std::int64_t lines = 1;  // of `inner` elements, that a row has
    std::int64_t inner_stride[std::max(1, D::accesses)];
    std::uint64_t scalars[std::max(1, D::scalars)];
    /// Of a kernel by columns, if its lines are few: where each begins, in bytes.
    std::int64_t line_place[D::header.by_column ? most_few_lines : 1][std::max(1, D::accesses)];
    const kernel_arguments& all;

    explicit loop_arguments(const kernel_arguments& k) : inner(k.inner), all(k) {
        for (int a = 0; a < D::accesses; ++a) inner_stride[a] = k.inner_stride[a];
        for (int a = 0; a < D::scalars; ++a) scalars[a] = k.scalars[a];
        for (int a = 0; a < k.reduced_rank; ++a) lines *= k.reduced[a];
        if (D::header.by_column && lines <= most_few_lines) find_lines();
    }

private:
    void find_lines() {
        for (std::int64_t l = 0; l < lines; ++l)
            for (int a = 0; a < D::accesses; ++a) line_place[l][a] = place_of_line(all, l, a);
    }
};
/// The same as constants.
template <KnownArguments D> struct loop_arguments<D> {
    static constexpr const auto& numbers = D::arguments;
    static constexpr std::int64_t inner = numbers.inner;
    static constexpr std::int64_t lines = [] {
        std::int64_t n = 1;
        for (int a = 0; a < numbers.reduced_rank; ++a) n *= numbers.reduced[a];
        return n;
    }();
    static constexpr const auto& inner_stride = numbers.inner_stride;
    static constexpr const auto& scalars = numbers.scalars;
    struct places {
        std::int64_t of[most_few_lines][std::size_t(std::max(1, D::accesses))]{};
    };
    static constexpr places found = [] {
        places p;
        for (std::int64_t l = 0; D::header.by_column && lines <= most_few_lines && l < lines; ++l)
            for (int a = 0; a < D::accesses; ++a) p.of[l][a] = place_of_line(numbers, l, a);
        return p;
    }();
    static constexpr const auto& line_place = found.of;
    const known_arguments<D> all;

    explicit loop_arguments(const known_arguments<D>& k) : all(k) {}
};

/// What a section runs on: `lanes` elements, from i on along the vector axis.
template <class D, class T> struct position {
    using descriptor = D;
    using registers = values<T, D::count>;

    const loop_arguments<D>& k;
    const registers& row;  // what holds for the row
    partial<D, T>* p;      // of the sweep's reductions
    std::byte* const* at;  // the memory of each access
    std::int64_t i;
    int lanes;
    std::int64_t number;  // of the first element, within the row
};

// ---- how many registers are taken together

/// Values of a section that are alive at once, partial results included.
template <class D> constexpr int most_alive(int section) {
    const int begin = D::begin_of(section), end = D::end_of(section);
    int last_use[D::count]{}, alive = 0, most = 1, partial_results = 0;
    for (int i = begin; i < end; ++i) {
        for (int o = 0; o < 3; ++o)
            if (const int value = operand_of<D>(i, o); value >= begin) last_use[value] = i;
        partial_results += D::reduces(i) + D::finds_place(i);
    }
    for (int i = begin; i < end; ++i) {
        most = std::max(most, alive + 1);
        alive += last_use[i] > i;
        for (int o = 0; o < 3; ++o)
            if (const int value = operand_of<D>(i, o); value >= begin && last_use[value] == i) {
                --alive;
                last_use[value] = 0;
            }
    }
    return most + partial_results;
}
template <class D> constexpr int size_of_section(int section) {
    int size = 0;
    for (int i = D::begin_of(section); i < D::end_of(section); ++i)
        size += D::is_op(i) ? size_of_formula(D::op_of(i)) : 1;
    return size;
}
template <class D> constexpr int together_in(int section) {
    const int size = size_of_section<D>(section);
    bool moves = false;  // along the vector axis
    for (int i = D::begin_of(section); i < D::end_of(section); ++i) {
        const instruction x = D::at(i);
        moves = moves || (D::is(i, code::load) && static_cast<reach>(x.c) != reach::same) ||
                (D::is(i, code::store) && static_cast<reach>(x.c >> 4) != reach::same);
    }
    if (!moves || TELAR_SMALL) return 1;  // bookkeeping on single numbers
    if (D::end_of(section) - D::begin_of(section) <= 3 && !D::header.by_column)
        return 8;                      // as sum x: bound by the latency of its addition
    constexpr int of_one_formula = 8;  // its constants, and what it computes on the way
    const int fitting = (simd::vector_registers - of_one_formula) / most_alive<D>(section);
    return fitting >= 4 && size <= 80 ? 4 : fitting >= 2 && size <= 160 ? 2 : 1;
}
/// Of what does not fill the registers above, so many go together, where a broken register costs no more than a whole
/// one: a formula after the other takes far longer than the formulas have work.
template <class D> constexpr int last_together_in(int section) {
    const bool is_long = size_of_section<D>(section) > 40;
    return simd::masks_are_free && is_long ? std::min(together_in<D>(section), 3) : 1;
}

// ---- running it

template <int I, class D, class T> TELAR_INLINE void store_place(const position<D, T>& x) {
    constexpr instruction s = D::at(I);
    constexpr auto reached = static_cast<reach>(s.c >> 4);
    place_of<T> found[vec<T>::width];
    simd::store(found, x.p->template place<s.b>());
    auto* to = reinterpret_cast<std::int64_t*>(x.at[s.a]);
    for (int l = 0; l < (reached == reach::same ? 1 : x.lanes); ++l)
        to[reached == reach::same ? 0 : (x.i + l) * x.k.inner_stride[s.a]] = found[l];
}
template <int I, bool Whole, class D, class T>
TELAR_FLATTENED void step(values<T, D::count>& r, const position<D, T>& x) {
    constexpr bool in_row = D::holds_for_row(I) && !D::reduces(I);
    const operands<D, T, in_row> in{r, x.row};
    if constexpr (D::reduces(I)) accumulate<I, Whole>(*x.p, in, x.lanes, x.number);
    else if constexpr (D::is_op(I)) compute<D, T, I>(r, in);
    else if constexpr (D::is(I, code::store) && D::finds_place(D::at(I).b)) store_place<I>(x);
    else move<D, T, I, Whole>(r, x.at, x.k, x.i, x.lanes, in);
}
// Functions and packs, not lambdas in lambdas: a kernel has up to a hundred instructions, and each is inlined U times.
template <int I, bool Whole, class D, class T, int... U>
TELAR_FLATTENED void step_on_each(values<T, D::count>* r, const position<D, T>* x, std::integer_sequence<int, U...>) {
    (step<I, Whole>(r[U], x[U]), ...);
}
template <int Begin, bool Whole, class Where, int... U, int... I>
TELAR_FLATTENED void run_steps(const Where& where, std::integer_sequence<int, U...> each,
                               std::integer_sequence<int, I...>) {
    using position = decltype(where(0));
    [[maybe_unused]] typename position::registers r[sizeof...(U)];
    [[maybe_unused]] const position x[] = {where(U)...};
    (step_on_each<Begin + I, Whole>(r, x, each), ...);
}
/// A section of a sweep, on U registers at where(0), ..., where(U - 1).
template <int Section, bool Whole, int U = 1, class Where> TELAR_INLINE void sweep(const Where& where) {
    using D = typename decltype(where(0))::descriptor;
    constexpr int begin = D::begin_of(Section), end = D::end_of(Section);
    run_steps<begin, Whole>(where, std::make_integer_sequence<int, U>{},
                            std::make_integer_sequence<int, end - begin>{});
}
template <int Begin, bool Whole, class D, class T, int... I>
TELAR_FLATTENED void run_steps_between([[maybe_unused]] values<T, D::count>& row,
                                       [[maybe_unused]] const position<D, T>& x, std::integer_sequence<int, I...>) {
    (step<Begin + I, Whole>(row, x), ...);
}
/// A section between sweeps: what it computes holds for the row.
template <int Section, bool Whole, class D, class T>
TELAR_INLINE void run_between(values<T, D::count>& row, const position<D, T>& x) {
    constexpr int begin = D::begin_of(Section), end = D::end_of(Section);
    run_steps_between<begin, Whole>(row, x, std::make_integer_sequence<int, end - begin>{});
}
/// f(constant s) for the sweeps of a kernel, which are the odd sections.
template <class D, class F> TELAR_INLINE void for_each_sweep(const F& f) {
    [&]<int... I>(std::integer_sequence<int, I...>) TELAR_INLINE_LAMBDA {
        (f(std::integral_constant<int, 2 * I + 1>{}), ...);
    }
    (std::make_integer_sequence<int, D::sections / 2>{});
}

/// What follows the unrolled part of a loop goes through masks: one more copy of the code, not two.
template <class T> TELAR_INLINE int lanes_left(std::int64_t i, std::int64_t end) {
    if constexpr (vec<T>::width == 1) return 1;
    return end - i < vec<T>::width ? static_cast<int>(end - i) : vec<T>::width;
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
