// SPDX-License-Identifier: BSL-1.0
// Partial results of a sweep's reductions, a register each: started, fed, added up, and finished to a row's values.
#pragma once
#include <telar/kernels/cpu/steps.hpp>

namespace telar::inline TELAR_ABI::cpu {

/// Places are numbers of elements, as wide as the values they belong to.
template <class T> using place_of = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

/// Results so far, by the number of the reduction; argmax and argmin have a place beside their value.
template <class D, class T> struct partial {
    values<T, D::count> sum;
    vec<place_of<T>> at[D::count];
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
constexpr bool gives_truth(op k) { return k == op::any || k == op::all; }

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
        if constexpr (gives_truth(k)) p.sum.m[i] = mask<T>(k == op::all);
        else p.sum.v[i] = vec<T>(identity<T>(k));
        if constexpr (D::finds_place(i)) p.at[i] = vec<place_of<T>>(std::numeric_limits<place_of<T>>::max());
    });
}

template <op K, class T> TELAR_INLINE mask<T> is_better(vec<T> a, vec<T> b) {  // nan beats everything, as in NumPy
    const mask<T> wins = K == op::argmax ? a > b : a < b;
    if constexpr (std::is_floating_point_v<T>) return wins | ((a != a) & (b == b));
    else return wins;
}
template <int I, class D, class T> TELAR_INLINE void combine(partial<D, T>& into, const partial<D, T>& from) {
    constexpr op k = D::op_of(I);
    if constexpr (k == op::sum) into.sum.v[I] = into.sum.v[I] + from.sum.v[I];
    else if constexpr (k == op::prod) into.sum.v[I] = into.sum.v[I] * from.sum.v[I];
    else if constexpr (k == op::max) into.sum.v[I] = maximum(into.sum.v[I], from.sum.v[I]);
    else if constexpr (k == op::min) into.sum.v[I] = minimum(into.sum.v[I], from.sum.v[I]);
    else if constexpr (k == op::any) into.sum.m[I] = into.sum.m[I] | from.sum.m[I];
    else if constexpr (k == op::all) into.sum.m[I] = into.sum.m[I] & from.sum.m[I];
    else {  // the better value, then the earlier place
        const mask<T> better = is_better<k>(from.sum.v[I], into.sum.v[I]);
        const mask<T> worse = is_better<k>(into.sum.v[I], from.sum.v[I]);
        const mask<T> earlier = simd::mask_as<T>(from.at[I] < into.at[I]);
        const mask<T> take = better | ((!worse) & earlier);
        into.sum.v[I] = select(take, from.sum.v[I], into.sum.v[I]);
        into.at[I] = select(simd::mask_as<place_of<T>>(take), from.at[I], into.at[I]);
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
template <int I, bool Whole, class D, class T, class Get, class Truth>
TELAR_INLINE void accumulate(partial<D, T>& p, const Get& get, const Truth& truth, [[maybe_unused]] int lanes,
                             [[maybe_unused]] std::int64_t number) {
    using place = place_of<T>;
    constexpr op k = D::op_of(I);
    constexpr std::integral_constant<int, D::at(I).a> a{};
    constexpr bool masked = !Whole && !D::header.by_column;
    partial<D, T> now;
    if constexpr (gives_truth(k)) {
        now.sum.m[I] = truth(a);
        if constexpr (masked)
            now.sum.m[I] =
                k == op::any ? now.sum.m[I] & simd::first_lanes<T>(lanes) : now.sum.m[I] | !simd::first_lanes<T>(lanes);
    } else {
        now.sum.v[I] = get(a);
        if constexpr (masked) now.sum.v[I] = select(simd::first_lanes<T>(lanes), now.sum.v[I], vec<T>(identity<T>(k)));
        if constexpr (D::finds_place(I)) {
            now.at[I] = vec<place>(static_cast<place>(number));
            if constexpr (!D::header.by_column) now.at[I] = now.at[I] + simd::iota<place>();
            if constexpr (masked)
                now.at[I] =
                    select(simd::first_lanes<place>(lanes), now.at[I], vec<place>(std::numeric_limits<place>::max()));
        }
    }
    combine<I>(p, now);
}

template <int I, class D, class T> place_of<T> first_place(const partial<D, T>& p) {
    constexpr int width = vec<T>::width;
    T best[std::size_t(width)];
    place_of<T> at[std::size_t(width)];
    simd::store(best, p.sum.v[I]);
    simd::store(at, p.at[I]);
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
        if constexpr (k == op::sum) row.v[i] = vec<T>(hsum(p.sum.v[i]));
        else if constexpr (k == op::prod) row.v[i] = vec<T>(hprod(p.sum.v[i]));
        else if constexpr (k == op::max) row.v[i] = vec<T>(hmax(p.sum.v[i]));
        else if constexpr (k == op::min) row.v[i] = vec<T>(hmin(p.sum.v[i]));
        else if constexpr (k == op::any) row.m[i] = mask<T>(any(p.sum.m[i]));
        else if constexpr (k == op::all) row.m[i] = mask<T>(all(p.sum.m[i]));
        else p.at[i] = vec<place_of<T>>(first_place<i>(p));
    });
}
/// Of columns: each lane is a result.
template <int Section, class D, class T>
TELAR_INLINE void finish_columns([[maybe_unused]] values<T, D::count>& row, const partial<D, T>& p) {
    for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
        constexpr int i = decltype(index)::value;
        if constexpr (gives_truth(D::op_of(i))) row.m[i] = p.sum.m[i];
        else row.v[i] = p.sum.v[i];
    });
}

}  // namespace telar::inline TELAR_ABI::cpu
