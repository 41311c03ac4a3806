// SPDX-License-Identifier: BSL-1.0
// The loop kernel: element-wise work and reductions over any axes, fused, from a descriptor. Map, row and column
// reductions are one nest:
//
//   for each row (the axes that are kept)                      threads share the rows
//     what holds for the row
//     for each sweep: over the reduced axes, a register at a time along the vector axis; then what the sums give
//
// The vector axis is the last one. If it is reduced (or nothing is), a row is its elements: softmax, map. If it is kept
// while others are reduced, a register holds columns, each reduced on its own: column sums.
#pragma once
#include <telar/kernels/cpu/steps.hpp>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace telar::inline TELAR_ABI::cpu {

/// Fewer elements than this are not worth waking a thread for.
inline constexpr std::int64_t elements_per_thread = 1 << 15;
/// Floats are summed in blocks of so many registers, the blocks' sums then among themselves.
inline constexpr std::int64_t registers_per_block = 128;

template <class D, class T> class loop_kernel {
    static constexpr int N = D::count;
    static constexpr int W = vec<T>::width;
    static constexpr int accesses = [] {
        int most = 0;
        for (int i = 0; i < N; ++i)
            if ((D::is(i, code::load) || D::is(i, code::store)) && D::at(i).a + 1 > most) most = D::at(i).a + 1;
        return most;
    }();
    /// Short sections are unrolled, so that one register's latency hides behind another's.
    static constexpr int unroll_of(int section) {
        const int length = D::end_of(section) - D::begin_of(section);
        const bool only_reduces =
            length <= 3 && !D::header.by_column;  // as sum x: bound by the latency of its addition
        return only_reduces ? 8 : length <= 16 ? 4 : length <= 32 ? 2 : 1;
    }
    /// Columns that are worked on together, in registers.
    static constexpr int unroll = N <= 16 ? 4 : N <= 32 ? 2 : 1;
    using registers = values<T, N>;
    using place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    static constexpr int scalar_count = [] {
        int most = 0;
        for (int i = 0; i < N; ++i)
            if (D::is(i, code::scalar) && D::at(i).a + 1 > most) most = D::at(i).a + 1;
        return most;
    }();
    /// What the innermost loops read. Stores may alias anything: a local copy is not read again after each.
    struct local_arguments {
        std::int64_t inner;
        std::int64_t inner_stride[accesses > 0 ? accesses : 1];
        std::uint64_t scalars[scalar_count > 0 ? scalar_count : 1];
        const kernel_arguments& all;

        explicit local_arguments(const kernel_arguments& k) : inner(k.inner), all(k) {
            for (int a = 0; a < accesses; ++a) inner_stride[a] = k.inner_stride[a];
            for (int a = 0; a < scalar_count; ++a) scalars[a] = k.scalars[a];
        }
    };
    struct partial {  // of the reductions in a sweep
        registers sum;
        vec<place> at[N];
    };

public:
    static void run(const kernel_arguments& shared) {
        const local_arguments k(shared);
        if (k.all.rows == 0 || (k.inner == 0 && (D::header.by_column || !has_reduction))) return;
        const std::int64_t row_size = std::max<std::int64_t>(1, k.inner) * reduced_count(k);
        if constexpr (D::header.by_column || !has_reduction) {
            // Columns are independent: the work is rows x registers of columns.
            const std::int64_t blocks = (k.inner + W * unroll - 1) / (W * unroll);
            share(k.all.rows * blocks, k.all.rows * row_size,
                  [&](std::int64_t from, std::int64_t to) { run_blocks(k, blocks, from, to); });
        } else {
            share(k.all.rows, k.all.rows * row_size, [&](std::int64_t from, std::int64_t to) {
                odometer<accesses> row(k.all.outer, k.all.outer_rank, k.all.outer_stride, k.all.data, from);
                for (std::int64_t r = from; r < to; ++r, row.step()) run_row(k, row.at);
            });
        }
    }

private:
    static constexpr bool has_reduction = [] {
        for (int i = 0; i < N; ++i)
            if (D::reduces(i)) return true;
        return false;
    }();
    static std::int64_t reduced_count(const local_arguments& k) {
        std::int64_t n = 1;
        for (int a = 0; a < k.all.reduced_rank; ++a) n *= k.all.reduced[a];
        return n;
    }
    template <class F> static void share(std::int64_t parts, std::int64_t elements, const F& work) {
#if defined(_OPENMP)
        const std::int64_t threads =
            std::min<std::int64_t>({omp_get_max_threads(), parts, elements / elements_per_thread});
        if (threads > 1 && !omp_in_parallel()) {
#pragma omp parallel num_threads(static_cast <int>(threads))
            {
                const std::int64_t t = omp_get_thread_num(), n = omp_get_num_threads();
                work(parts * t / n, parts * (t + 1) / n);
            }
            return;
        }
#endif
        (void)elements;
        work(0, parts);
    }

    /// f(0), f(1), ... as constants: an array that is indexed by anything else stays in memory.
    template <int Count, class F> static TELAR_INLINE void unrolled(const F& f) {
        [&]<int... U>(std::integer_sequence<int, U...>) TELAR_INLINE_LAMBDA {
            (f(std::integral_constant<int, U>{}), ...);
        }
        (std::make_integer_sequence<int, Count>{});
    }

    // ------------------------------------------------------------ instructions
    template <int I, bool Whole>
    static TELAR_INLINE void step([[maybe_unused]] registers& r, [[maybe_unused]] const registers& row,
                                  [[maybe_unused]] partial* p, [[maybe_unused]] std::byte* const* at,
                                  [[maybe_unused]] const local_arguments& k, [[maybe_unused]] std::int64_t i,
                                  [[maybe_unused]] int lanes, [[maybe_unused]] std::int64_t number) {
        constexpr bool in_row = D::holds_for_row(I) && !D::reduces(I);
        const auto get = [&](auto index) TELAR_INLINE_LAMBDA -> vec<T> {
            constexpr int a = decltype(index)::value;
            if constexpr (D::holds_for_row(a) && !in_row) return row.v[a];
            else return r.v[a];
        };
        const auto truth = [&](auto index) TELAR_INLINE_LAMBDA -> mask<T> {
            constexpr int a = decltype(index)::value;
            if constexpr (D::holds_for_row(a) && !in_row) return row.m[a];
            else return r.m[a];
        };
        if constexpr (D::reduces(I)) accumulate<I, Whole>(*p, get, truth, lanes, number);
        else if constexpr (D::is_op(I)) compute<D, T, I>(r, get, truth);
        else if constexpr (D::is(I, code::store) && stores_place(I)) store_place<I>(p, at, i, lanes, k);
        else move<D, T, I, Whole>(r, at, k, i, lanes, get, truth);
    }
    static constexpr bool stores_place(int i) { return D::finds_place(D::at(i).b); }

    template <int Begin, bool Whole, int... I>
    static TELAR_INLINE void steps([[maybe_unused]] registers& r, [[maybe_unused]] const registers& row,
                                   [[maybe_unused]] partial* p, [[maybe_unused]] std::byte* const* at,
                                   [[maybe_unused]] const local_arguments& k, [[maybe_unused]] std::int64_t i,
                                   [[maybe_unused]] int lanes, [[maybe_unused]] std::int64_t number,
                                   std::integer_sequence<int, I...>) {
        (step<Begin + I, Whole>(r, row, p, at, k, i, lanes, number), ...);
    }
    template <int Section, bool Whole>
    static TELAR_INLINE void run_section([[maybe_unused]] registers& r, [[maybe_unused]] const registers& row,
                                         [[maybe_unused]] partial* p, [[maybe_unused]] std::byte* const* at,
                                         [[maybe_unused]] const local_arguments& k, [[maybe_unused]] std::int64_t i,
                                         [[maybe_unused]] int lanes, [[maybe_unused]] std::int64_t number) {
        constexpr int begin = D::begin_of(Section), end = D::end_of(Section);
        steps<begin, Whole>(r, row, p, at, k, i, lanes, number, std::make_integer_sequence<int, end - begin>{});
    }

    // ------------------------------------------------------------ reductions
    static constexpr T lowest =
        std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
    static constexpr T highest =
        std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
    static constexpr T identity(op k) {
        return k == op::prod                     ? T(1)
               : k == op::max || k == op::argmax ? lowest
               : k == op::min || k == op::argmin ? highest
                                                 : T(0);
    }
    template <int I> static TELAR_INLINE void combine(partial& into, const partial& from) {
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
            into.at[I] = select(simd::mask_as<place>(take), from.at[I], into.at[I]);
        }
    }
    template <op K> static TELAR_INLINE mask<T> is_better(vec<T> a, vec<T> b) {  // nan beats everything, as in NumPy
        const mask<T> wins = K == op::argmax ? a > b : a < b;
        if constexpr (std::is_floating_point_v<T>) return wins | ((a != a) & (b == b));
        else return wins;
    }
    template <int I, bool Whole, class Get, class Truth>
    static TELAR_INLINE void accumulate(partial& p, const Get& get, const Truth& truth, int lanes,
                                        std::int64_t number) {
        constexpr op k = D::op_of(I);
        constexpr std::integral_constant<int, D::at(I).a> a{};
        constexpr bool masked = !Whole && !D::header.by_column;
        partial now;
        if constexpr (k == op::any || k == op::all) {
            now.sum.m[I] = truth(a);
            if constexpr (masked)
                now.sum.m[I] = k == op::any ? now.sum.m[I] & simd::first_lanes<T>(lanes)
                                            : now.sum.m[I] | !simd::first_lanes<T>(lanes);
        } else {
            now.sum.v[I] = get(a);
            if constexpr (masked) now.sum.v[I] = select(simd::first_lanes<T>(lanes), now.sum.v[I], vec<T>(identity(k)));
            if constexpr (D::finds_place(I)) {
                now.at[I] = vec<place>(static_cast<place>(number));
                if constexpr (!D::header.by_column) now.at[I] = now.at[I] + simd::iota<place>();
                if constexpr (masked)
                    now.at[I] = select(simd::first_lanes<place>(lanes), now.at[I],
                                       vec<place>(std::numeric_limits<place>::max()));
            }
        }
        combine<I>(p, now);
        (void)lanes;
        (void)number;
    }
    template <int Section, class F> static TELAR_INLINE void for_reductions(const F& f) {
        constexpr int begin = D::begin_of(Section), end = D::end_of(Section);
        [&]<int... I>(std::integer_sequence<int, I...>) TELAR_INLINE_LAMBDA {
            (void)f;
            (
                [&]() TELAR_INLINE_LAMBDA {
                    if constexpr (D::reduces(begin + I)) f(std::integral_constant<int, begin + I>{});
                }(),
                ...);
        }
        (std::make_integer_sequence<int, end - begin>{});
    }
    template <int Section> static TELAR_INLINE void reset(partial& p) {
        for_reductions<Section>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            constexpr op k = D::op_of(i);
            if constexpr (k == op::any || k == op::all) p.sum.m[i] = mask<T>(k == op::all);
            else p.sum.v[i] = vec<T>(identity(k));
            if constexpr (D::finds_place(i)) p.at[i] = vec<place>(std::numeric_limits<place>::max());
        });
    }
    template <int Section> static TELAR_INLINE void add_up(partial& into, const partial& from) {
        for_reductions<Section>([&](auto index) TELAR_INLINE_LAMBDA { combine<decltype(index)::value>(into, from); });
    }
    /// All lanes of a row's partial results to one value, in every lane.
    template <int Section> static TELAR_INLINE void finish_row(registers& row, partial& p) {
        for_reductions<Section>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            constexpr op k = D::op_of(i);
            if constexpr (k == op::sum) row.v[i] = vec<T>(hsum(p.sum.v[i]));
            else if constexpr (k == op::prod) row.v[i] = vec<T>(hprod(p.sum.v[i]));
            else if constexpr (k == op::max) row.v[i] = vec<T>(hmax(p.sum.v[i]));
            else if constexpr (k == op::min) row.v[i] = vec<T>(hmin(p.sum.v[i]));
            else if constexpr (k == op::any) row.m[i] = mask<T>(any(p.sum.m[i]));
            else if constexpr (k == op::all) row.m[i] = mask<T>(all(p.sum.m[i]));
            else p.at[i] = vec<place>(first_place<i>(p));
        });
    }
    template <int I> static place first_place(const partial& p) {
        T best[W];
        place at[W];
        simd::store(best, p.sum.v[I]);
        simd::store(at, p.at[I]);
        const auto beats = [](T a, T b) { return (D::op_of(I) == op::argmax ? a > b : a < b) || (a != a && b == b); };
        int winner = 0;
        for (int l = 1; l < W; ++l)
            if (beats(best[l], best[winner]) || (!beats(best[winner], best[l]) && at[l] < at[winner])) winner = l;
        return at[winner];
    }
    template <int I>
    static TELAR_INLINE void store_place(const partial* p, std::byte* const* at, std::int64_t i, int lanes,
                                         const local_arguments& k) {
        constexpr instruction x = D::at(I);
        constexpr auto reached = static_cast<reach>(x.c >> 4);
        place found[W];
        simd::store(found, p->at[x.b]);
        auto* to = reinterpret_cast<std::int64_t*>(at[x.a]);
        for (int l = 0; l < (reached == reach::same ? 1 : lanes); ++l)
            to[reached == reach::same ? 0 : (i + l) * k.inner_stride[x.a]] = found[l];
    }

    /// What follows the unrolled part goes through masks: one more copy of the code, not two.
    static TELAR_INLINE int lanes_left(std::int64_t i, std::int64_t end) {
        return end - i < W ? static_cast<int>(end - i) : W;
    }

    // ------------------------------------------------------------ rows: the vector axis is what a sweep runs over
    static void run_row(const local_arguments& k, std::byte* const* at) {
        registers row;
        partial total;
        run_section<0, true>(row, row, &total, at, k, 0, 1, 0);
        [&]<int... S>(std::integer_sequence<int, S...>) TELAR_INLINE_LAMBDA {
            (sweep_row<2 * S + 1>(row, total, k, at), ...);
        }
        (std::make_integer_sequence<int, D::sections / 2>{});
    }
    template <int Section>
    static TELAR_INLINE void sweep_row(registers& row, partial& total, const local_arguments& k, std::byte* const* at) {
        constexpr int together = unroll_of(Section);
        odometer<accesses> outer(k.all.reduced, k.all.reduced_rank, k.all.reduced_stride, at, 0);
        const std::int64_t steps_outside = reduced_count(k);
        partial p[together];
        reset<Section>(total);
        unrolled<together>([&](auto u) TELAR_INLINE_LAMBDA { reset<Section>(p[u]); });
        std::int64_t since_block = 0;
        for (std::int64_t o = 0; o < steps_outside; ++o, outer.step()) {
            const std::int64_t number = o * k.inner;
            std::int64_t i = 0;
            while (i < k.inner) {
                const std::int64_t block_end = std::min(k.inner, i + registers_per_block * together * W);
                for (; i + together * W <= block_end; i += together * W) {
                    unrolled<together>([&](auto u) TELAR_INLINE_LAMBDA {
                        registers r;
                        run_section<Section, true>(r, row, &p[u], outer.at, k, i + u * W, W, number + i + u * W);
                    });
                }
                for (; i < block_end; i += W) {
                    registers r;
                    run_section<Section, false>(r, row, &p[0], outer.at, k, i, lanes_left(i, block_end), number + i);
                }
                i = block_end;
                if (++since_block >= registers_per_block / 8 || i < k.inner) {
                    gather_block<Section>(total, p);
                    since_block = 0;
                }
            }
        }
        if (k.inner < together * W) add_up<Section>(total, p[0]);  // nothing went to the others
        else gather_block<Section>(total, p);
        finish_row<Section>(row, total);
        run_section<Section + 1, true>(row, row, &total, at, k, 0, 1, 0);
    }
    template <int Section, int apart, int together> static TELAR_INLINE void gather_half(partial (&p)[together]) {
        if constexpr (apart > 0) {
            unrolled<apart>([&](auto u) TELAR_INLINE_LAMBDA { add_up<Section>(p[u], p[u + apart]); });
            gather_half<Section, apart / 2>(p);
        }
    }
    template <int Section, int together> static TELAR_INLINE void gather_block(partial& total, partial (&p)[together]) {
        gather_half<Section, together / 2>(p);
        add_up<Section>(total, p[0]);
        unrolled<together>([&](auto u) TELAR_INLINE_LAMBDA { reset<Section>(p[u]); });
    }

    // ------------------------------------------------------------ columns: each lane is a row of its own
    static void run_blocks(const local_arguments& k, std::int64_t blocks, std::int64_t from, std::int64_t to) {
        odometer<accesses> row(k.all.outer, k.all.outer_rank, k.all.outer_stride, k.all.data, from / blocks);
        std::int64_t b = from % blocks;
        for (std::int64_t done = from; done < to; b = 0, row.step()) {
            const std::int64_t last = std::min(blocks, b + to - done);
            done += last - b;
            if constexpr (!has_reduction) run_map(k, row.at, b * W * unroll, std::min(k.inner, last * W * unroll));
            else
                for (std::int64_t j = b * W * unroll; j < std::min(k.inner, last * W * unroll);)
                    j = run_columns(k, row.at, j);
        }
    }
    static void run_map(const local_arguments& k, std::byte* const* at, std::int64_t i, std::int64_t end) {
        registers row;
        run_section<0, true>(row, row, nullptr, at, k, 0, 1, 0);
        for (; i + unroll * W <= end; i += unroll * W) {
            TELAR_UNROLL
            for (int u = 0; u < unroll; ++u) {
                registers r;
                run_section<1, true>(r, row, nullptr, at, k, i + u * W, W, 0);
            }
        }
        for (; i < end; i += W) {
            registers r;
            run_section<1, false>(r, row, nullptr, at, k, i, lanes_left(i, end), 0);
        }
    }
    static std::int64_t run_columns(const local_arguments& k, std::byte* const* at, std::int64_t j) {
        if (j + unroll * W <= k.inner) return columns<unroll, true>(k, at, j, W), j + unroll * W;
        return columns<1, false>(k, at, j, lanes_left(j, k.inner)), std::min(k.inner, j + W);
    }
    template <int U, bool Whole>
    static void columns(const local_arguments& k, std::byte* const* at, std::int64_t j, int lanes) {
        registers row[U];
        partial total[U];
        unrolled<U>([&](auto u) TELAR_INLINE_LAMBDA {
            run_section<0, Whole>(row[u], row[u], &total[u], at, k, j + u * W, lanes, 0);
        });
        [&]<int... S>(std::integer_sequence<int, S...>) TELAR_INLINE_LAMBDA {
            (sweep_columns<2 * S + 1, U, Whole>(row, total, k, at, j, lanes), ...);
        }
        (std::make_integer_sequence<int, D::sections / 2>{});
    }
    template <int Section, int U, bool Whole>
    static TELAR_INLINE void sweep_columns(registers (&row)[U], partial (&total)[U], const local_arguments& k,
                                           std::byte* const* at, std::int64_t j, int lanes) {
        partial p[U];
        unrolled<U>([&](auto u) TELAR_INLINE_LAMBDA {
            reset<Section>(total[u]);
            reset<Section>(p[u]);
        });
        odometer<accesses> outer(k.all.reduced, k.all.reduced_rank, k.all.reduced_stride, at, 0);
        const std::int64_t steps_outside = reduced_count(k);
        for (std::int64_t o = 0; o < steps_outside; ++o, outer.step()) {
            unrolled<U>([&](auto u) TELAR_INLINE_LAMBDA {
                registers r;
                run_section<Section, Whole>(r, row[u], &p[u], outer.at, k, j + u * W, lanes, o);
            });
            if ((o + 1) % registers_per_block == 0)
                unrolled<U>([&](auto u) TELAR_INLINE_LAMBDA {
                    add_up<Section>(total[u], p[u]);
                    reset<Section>(p[u]);
                });
        }
        unrolled<U>([&](auto u) TELAR_INLINE_LAMBDA {
            add_up<Section>(total[u], p[u]);
            for_reductions<Section>([&](auto index) TELAR_INLINE_LAMBDA {
                constexpr int i = decltype(index)::value;
                if constexpr (D::is_mask(i)) row[u].m[i] = total[u].sum.m[i];
                else row[u].v[i] = total[u].sum.v[i];
            });
            run_section<Section + 1, Whole>(row[u], row[u], &total[u], at, k, j + u * W, lanes, 0);
        });
    }
};

}  // namespace telar::inline TELAR_ABI::cpu
