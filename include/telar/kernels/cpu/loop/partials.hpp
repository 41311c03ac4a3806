// SPDX-License-Identifier: BSL-1.0
// Partial results of a sweep's reductions, a register each: started, fed, added up, and finished to a row's values.
//
// The order of a row's sum depends on its length and on the lanes W of a register alone, not on the kernel around it.
// Its terms are taken in blocks of 32 x 4 W. Within a block, whole registers go to four accumulators in turn, which are
// then added. The blocks are added sixteen at a time, and what that gives again, sixteen at a time. What does not fill
// four registers has an accumulator of its own, added last, before the lanes. Columns: one accumulator for a block of
// 64 lines, the blocks sixteen at a time. So the error is bounded by a constant for each level, and does not grow with
// the number of terms but with its logarithm.
#pragma once
#include <telar/kernels/cpu/loop/steps.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// Places are numbers of elements, as wide as the values they belong to.
template <class T> using place_of = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

constexpr bool gives_truth(op k) { return k == op::any || k == op::all; }

/// N registers; none take no memory.
template <class V, int N> struct slots { V at[std::size_t(N)]; };
template <class V> struct slots<V, 0> {};

/// Results so far, by the number of the reduction; argmax and argmin have a place beside their value.
template <class D, class T> class partial {
    enum class room { number, truth, place };
    static constexpr int slots_before(int value, room r) {
        int n = 0;
        for (int i = 0; i < value; ++i)
            n += r == room::place ? D::finds_place(i) : D::reduces(i) && gives_truth(D::op_of(i)) == (r == room::truth);
        return n;
    }
    static constexpr int slots_of(room r) { return slots_before(D::count, r); }
    [[no_unique_address]] slots<vec<T>, slots_of(room::number)> numbers_;
    [[no_unique_address]] slots<mask<T>, slots_of(room::truth)> truths_;
    [[no_unique_address]] slots<vec<place_of<T>>, slots_of(room::place)> places_;

public:
    // clang-format off
    template <int I> TELAR_INLINE vec<T>& number() { return numbers_.at[slots_before(I, room::number)]; }
    template <int I> TELAR_INLINE mask<T>& truth() { return truths_.at[slots_before(I, room::truth)]; }
    template <int I> TELAR_INLINE vec<place_of<T>>& place() { return places_.at[slots_before(I, room::place)]; }
    template <int I> TELAR_INLINE const vec<T>& number() const { return numbers_.at[slots_before(I, room::number)]; }
    template <int I> TELAR_INLINE const mask<T>& truth() const { return truths_.at[slots_before(I, room::truth)]; }
    template <int I> TELAR_INLINE const vec<place_of<T>>& place() const { return places_.at[slots_before(I, room::place)]; }
    // clang-format on
};

/// What a reduction over nothing gives.
template <class T> constexpr T identity(op k) {
    using limits = std::numeric_limits<T>;
    constexpr T lowest = limits::has_infinity ? -limits::infinity() : limits::lowest();
    constexpr T highest = limits::has_infinity ? limits::infinity() : limits::max();
    return k == op::prod                     ? T(1)
           : k == op::max || k == op::argmax ? lowest
           : k == op::min || k == op::argmin ? highest
                                             : T(0);
}

/// f(Begin), ..., f(End - 1), as constants: an array that is indexed by anything else stays in memory.
template <int Begin, int End, class F> TELAR_INLINE void for_numbers([[maybe_unused]] const F& f) {
    [&]<int... I>(std::integer_sequence<int, I...>) TELAR_INLINE_LAMBDA {
        (f(std::integral_constant<int, Begin + I>{}), ...);
    }
    (std::make_integer_sequence<int, End - Begin>{});
}
/// f(constant i) for the reductions i of a section.
template <class D, int Section, class F> TELAR_INLINE void for_reductions(const F& f) {
    for_numbers<D::begin_of(Section), D::end_of(Section)>([&](auto index) TELAR_INLINE_LAMBDA {
        if constexpr (D::reduces(decltype(index)::value)) f(index);
    });
}

template <int Section, class D, class T> TELAR_INLINE void reset(partial<D, T>& p) {
    for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
        constexpr int i = decltype(index)::value;
        constexpr op k = D::op_of(i);
        if constexpr (gives_truth(k)) p.template truth<i>() = mask<T>(k == op::all);
        else p.template number<i>() = vec<T>(identity<T>(k));
        if constexpr (D::finds_place(i))
            p.template place<i>() = vec<place_of<T>>(std::numeric_limits<place_of<T>>::max());
    });
}

/// What a section reduces, from one to the other; the rest of a partial result may never have been written.
template <int Section, class D, class T>
TELAR_INLINE void copy([[maybe_unused]] partial<D, T>& to, [[maybe_unused]] const partial<D, T>& from) {
    for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
        constexpr int i = decltype(index)::value;
        if constexpr (gives_truth(D::op_of(i))) to.template truth<i>() = from.template truth<i>();
        else to.template number<i>() = from.template number<i>();
        if constexpr (D::finds_place(i)) to.template place<i>() = from.template place<i>();
    });
}

template <op K, class T> TELAR_INLINE mask<T> is_better(vec<T> a, vec<T> b) {  // nan beats everything, as in NumPy
    const mask<T> wins = K == op::argmax ? a > b : a < b;
    if constexpr (std::is_floating_point_v<T>) return wins | ((a != a) & (b == b));
    else return wins;
}
template <int I, class D, class T> TELAR_INLINE void combine(partial<D, T>& into, const partial<D, T>& from) {
    constexpr op k = D::op_of(I);
    if constexpr (k == op::sum) into.template number<I>() = into.template number<I>() + from.template number<I>();
    else if constexpr (k == op::prod) into.template number<I>() = into.template number<I>() * from.template number<I>();
    else if constexpr (k == op::max)
        into.template number<I>() = maximum(into.template number<I>(), from.template number<I>());
    else if constexpr (k == op::min)
        into.template number<I>() = minimum(into.template number<I>(), from.template number<I>());
    else if constexpr (k == op::any) into.template truth<I>() = into.template truth<I>() | from.template truth<I>();
    else if constexpr (k == op::all) into.template truth<I>() = into.template truth<I>() & from.template truth<I>();
    else {  // the better value, then the earlier place
        const mask<T> better = is_better<k>(from.template number<I>(), into.template number<I>());
        const mask<T> worse = is_better<k>(into.template number<I>(), from.template number<I>());
        const mask<T> earlier = simd::mask_as<T>(from.template place<I>() < into.template place<I>());
        const mask<T> take = better | ((!worse) & earlier);
        into.template number<I>() = select(take, from.template number<I>(), into.template number<I>());
        into.template place<I>() =
            select(simd::mask_as<place_of<T>>(take), from.template place<I>(), into.template place<I>());
    }
}
template <int Section, class D, class T> TELAR_INLINE void add_up(partial<D, T>& into, const partial<D, T>& from) {
    for_reductions<D, Section>([&](auto i) TELAR_INLINE_LAMBDA { combine<decltype(i)::value>(into, from); });
}
/// p[0] + ... + p[U - 1] to p[0]; U is a power of two.
template <int Section, int U, class D, class T> TELAR_INLINE void gather([[maybe_unused]] partial<D, T>* p) {
    if constexpr (U > 1) {
        for_numbers<0, U / 2>([&](auto u) TELAR_INLINE_LAMBDA { add_up<Section>(p[u], p[u + U / 2]); });
        gather<Section, U / 2>(p);
    }
}

/// Feeds the operand of reduction I: `lanes` lanes of it, which are the elements `number`, `number` + 1, ... of the
/// row; of columns, all lanes are element `number` of theirs.
template <int I, bool Whole, class D, class T, class In>
TELAR_INLINE void accumulate(partial<D, T>& p, const In& in, [[maybe_unused]] int lanes,
                             [[maybe_unused]] std::int64_t number) {
    using place = place_of<T>;
    constexpr op k = D::op_of(I);
    constexpr int a = D::at(I).a;
    constexpr bool masked = !Whole && !D::header.by_column;
    partial<D, T> now;
    if constexpr (gives_truth(k)) {
        now.template truth<I>() = in.template truth<a>();
        if constexpr (masked)
            now.template truth<I>() = k == op::any ? now.template truth<I>() & simd::first_lanes<T>(lanes)
                                                   : now.template truth<I>() | !simd::first_lanes<T>(lanes);
    } else {
        now.template number<I>() = in.template number<a>();
        if constexpr (masked)
            now.template number<I>() =
                select(simd::first_lanes<T>(lanes), now.template number<I>(), vec<T>(identity<T>(k)));
        if constexpr (D::finds_place(I)) {
            now.template place<I>() = vec<place>(static_cast<place>(number));
            if constexpr (!D::header.by_column) now.template place<I>() = now.template place<I>() + simd::iota<place>();
            if constexpr (masked)
                now.template place<I>() = select(simd::first_lanes<place>(lanes), now.template place<I>(),
                                                 vec<place>(std::numeric_limits<place>::max()));
        }
    }
    combine<I>(p, now);
}

template <int I, class D, class T> place_of<T> first_place(const partial<D, T>& p) {
    constexpr int width = vec<T>::width;
    T best[std::size_t(width)];
    place_of<T> at[std::size_t(width)];
    simd::store(best, p.template number<I>());
    simd::store(at, p.template place<I>());
    const auto beats = [](T a, T b) { return (D::op_of(I) == op::argmax ? a > b : a < b) || (a != a && b == b); };
    int winner = 0;
    for (int l = 1; l < width; ++l)
        if (beats(best[l], best[winner]) || (!beats(best[winner], best[l]) && at[l] < at[winner])) winner = l;
    return at[winner];
}
/// All lanes of a row's results to one value, in every lane; places stay where they are.
template <int Section, class D, class T>
TELAR_INLINE void finish_row([[maybe_unused]] values<T, D::count>& row, partial<D, T>& p) {
    for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
        constexpr int i = decltype(index)::value;
        constexpr op k = D::op_of(i);
        if constexpr (k == op::sum) row.v[i] = vec<T>(hsum(p.template number<i>()));
        else if constexpr (k == op::prod) row.v[i] = vec<T>(hprod(p.template number<i>()));
        else if constexpr (k == op::max) row.v[i] = vec<T>(hmax(p.template number<i>()));
        else if constexpr (k == op::min) row.v[i] = vec<T>(hmin(p.template number<i>()));
        else if constexpr (k == op::any) row.m[i] = mask<T>(any(p.template truth<i>()));
        else if constexpr (k == op::all) row.m[i] = mask<T>(all(p.template truth<i>()));
        else p.template place<i>() = vec<place_of<T>>(first_place<i>(p));
    });
}
/// Of columns: each lane is a result.
template <int Section, class D, class T>
TELAR_INLINE void finish_columns([[maybe_unused]] values<T, D::count>& row, const partial<D, T>& p) {
    for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
        constexpr int i = decltype(index)::value;
        if constexpr (gives_truth(D::op_of(i))) row.m[i] = p.template truth<i>();
        else row.v[i] = p.template number<i>();
    });
}

// ---- the order of a sum

inline constexpr int accumulators = 4;               // of a row
inline constexpr std::int64_t steps_per_block = 32;  // in each of which all accumulators are fed
inline constexpr std::int64_t lines_per_rest = 16;   // after which what does not fill the accumulators is added up
inline constexpr std::int64_t lines_per_block = 64;  // of columns
inline constexpr std::int64_t blocks_added_in_a_row = 16;

/// True if a section has a reduction whose result depends on the order.
template <class D, class T> constexpr bool rounds_in(int section) {
    for (int i = D::begin_of(section); i < D::end_of(section); ++i)
        if (D::reduces(i) && (D::op_of(i) == op::sum || D::op_of(i) == op::prod)) return std::is_floating_point_v<T>;
    return false;
}

/// Of a long sum: level[0] holds the sum of up to sixteen groups of blocks, level[1] that of up to sixteen such sums,
/// ...
template <class D, class T> using carried = partial<D, T>[7];  // of up to 2^32 blocks

/// Carries `sum`, that of the group with this number (from 1), upward, and every level that is full thereby; `sum`
/// begins anew.
template <int Section, class D, class T>
TELAR_NOINLINE void carry(carried<D, T>& level, partial<D, T>& sum, std::int64_t group) {
    partial<D, T>* from = &sum;
    for (partial<D, T>& to : level) {
        if (group % blocks_added_in_a_row == 1) copy<Section>(to, *from);
        else add_up<Section>(to, *from);
        if (group % blocks_added_in_a_row != 0) break;
        from = &to;
        group /= blocks_added_in_a_row;
    }
    reset<Section>(sum);
}
/// total += what was carried, after so many groups.
template <int Section, class D, class T>
TELAR_NOINLINE void add_carried(partial<D, T>& total, const carried<D, T>& level, std::int64_t groups) {
    for (int l = 0; groups > 0; groups /= blocks_added_in_a_row, ++l)
        if (groups % blocks_added_in_a_row != 0) add_up<Section>(total, level[l]);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
