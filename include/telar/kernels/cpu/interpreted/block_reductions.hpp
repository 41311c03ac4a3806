// SPDX-License-Identifier: BSL-1.0
// Reductions of rows and columns that arrive block by block. They use the accumulators of the compiled loops
// (loop/partials.hpp), so the order of a sum and its bits are the same.
#pragma once
#include <telar/kernels/cpu/interpreted/block_loops.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// A kernel of one load and one reduction: the descriptor that the accumulators are made for.
template <op K, class T, bool ByColumn> struct one_reduction {
    static constexpr descriptor_header header{
        static_cast<dtype>(core::number_of_element<T>), kernel_kind::loop, ByColumn, false, false, false, 4};
    static constexpr int count = 4;
    static constexpr std::array<instruction, 4> code = [] {
        constexpr auto number = [](auto x) { return static_cast<std::uint8_t>(x); };
        const dtype in = gives_truth(K) ? dtype::boolean : header.type;
        return std::array<instruction, 4>{instruction{number(telar::ir::code::rows)},
                                          {number(telar::ir::code::sweep)},
                                          {number(telar::ir::code::load), 0, number(in), 0},
                                          {code_of(K), 2}};
    }();
};
/// The loaded register, as the operand of the reduction.
template <class T> struct loaded {
    vec<T> v{};
    mask<T> m{};

    template <int> TELAR_INLINE vec<T> number() const { return v; }
    template <int> TELAR_INLINE mask<T> truth() const { return m; }
};
template <op K, class T> TELAR_INLINE loaded<T> load_register(const std::byte* block, std::int64_t i, int lanes) {
    loaded<T> x;
    if constexpr (gives_truth(K)) x.m = simd::load_mask<T>(as<bool>(block) + i, lanes);
    else x.v = simd::load_as<T>(as<T>(block) + i, lanes);
    return x;
}
inline constexpr int reduction_at = 3;
/// Shorter rows are stored in a block before they are reduced.
template <class T> inline constexpr int reduced_in_loops = accumulators* vec<T>::width;

/// Writes element `at` of a result: a number, a truth value, or a place, which is an int64.
template <op K, class D, class T> void store_result(const partial<D, T>& p, int lane, std::byte* out, int at) {
    if constexpr (K == op::argmax || K == op::argmin) {
        place_of<T> places[vec<T>::width];
        simd::store(places, p.template place<reduction_at>());
        as<std::int64_t>(out)[at] = places[lane];
    } else if constexpr (gives_truth(K)) {
        bool truths[vec<T>::width];
        simd::store_mask(truths, p.template truth<reduction_at>(), vec<T>::width);
        as<bool>(out)[at] = truths[lane];
    } else {
        T numbers[vec<T>::width];
        simd::store(numbers, p.template number<reduction_at>());
        as<T>(out)[at] = numbers[lane];
    }
}

/// The registers of the reduction in an array of partial results, which hold nothing else.
template <class D, class T> vec<T>* registers_of(partial<D, T>* p) {
    static_assert(sizeof(partial<D, T>) == sizeof(vec<T>));
    return &p->template number<reduction_at>();
}

/// Reduces one row, whose elements arrive in order. The algorithm is that of loop/loop_rows.hpp.
template <op K, class T> class row_reduction {
    using D = instruction_list<one_reduction<K, T, false>>;
    static constexpr int width = vec<T>::width;
    static constexpr int together = accumulators * width;

    partial<D, T> total_, rest_, p_[std::size_t(accumulators)];
    carried<D, T> levels_;
    std::int64_t blocks_ = 0, lines_ = 0;
    std::int64_t steps_ = 0;  // of the block that is being filled

    void add_block(const partial<D, T>& block) {
        add_up<1>(total_, block);
        if (++blocks_ % blocks_added_in_a_row == 0) carry<1>(levels_, total_, blocks_ / blocks_added_in_a_row);
    }
    void end_block() {
        gather<1, accumulators>(p_);
        add_block(p_[0]);
        steps_ = 0;
    }

public:
    row_reduction() {
        reset<1>(total_);
        reset<1>(rest_);
    }
    /// Adds n elements; the first is element `number` of the row. Only the last part of a line may be shorter than
    /// whole registers.
    void feed(const std::byte* block, int n, std::int64_t number) {
        int i = 0;
        for (; i + together <= n; i += together) {
            if (steps_ == 0)
                for (auto& p : p_) reset<1>(p);
            for_numbers<0, accumulators>([&](auto u) TELAR_INLINE_LAMBDA {
                constexpr int at = decltype(u)::value * width;
                accumulate<reduction_at, true>(p_[u], load_register<K, T>(block, i + at, width), width,
                                               number + i + at);
            });
            if (++steps_ == steps_per_block) end_block();
        }
        for (; i < n; i += width) {
            const int lanes = std::min(width, n - i);
            accumulate<reduction_at, false>(rest_, load_register<K, T>(block, i, lanes), lanes, number + i);
        }
    }
    /// The same of n elements of row `row` that a fused loop computes.
    void feed(const fused_loop<T>& loop, int row, int n) {
        for (int i = 0; i < n;) {
            if (steps_ == 0)
                for (auto& p : p_) reset<1>(p);
            const int left = static_cast<int>(steps_per_block - steps_), steps = std::min(left, (n - i) / together);
            const int count = steps < left ? n - i : steps * together;
            loop.run_elements(row, i, count, registers_of(p_), registers_of(&rest_));
            i += count;
            if ((steps_ += steps) == steps_per_block) end_block();
        }
    }
    void end_line() {
        if (steps_ > 0) end_block();
        if (++lines_ % lines_per_rest == 0) {
            add_block(rest_);
            reset<1>(rest_);
        }
    }
    void finish(std::byte* out, int at) {
        if (blocks_ >= blocks_added_in_a_row) add_carried<1>(total_, levels_, blocks_ / blocks_added_in_a_row);
        write(total_, rest_, out, at);
    }
    /// Reduces a row that has no step in which all accumulators are fed.
    static void reduce_short(const std::byte* block, int n, std::byte* out, int at) {
        partial<D, T> total, rest;
        reset<1>(total);
        reset<1>(rest);
        for (int i = 0; i < n; i += width) {
            const int lanes = std::min(width, n - i);
            accumulate<reduction_at, false>(rest, load_register<K, T>(block, i, lanes), lanes, i);
        }
        write(total, rest, out, at);
    }

private:
    static TELAR_INLINE void write(partial<D, T>& total, const partial<D, T>& rest, std::byte* out, int at) {
        add_up<1>(total, rest);
        if constexpr (K == op::argmax || K == op::argmin) {
            as<std::int64_t>(out)[at] = first_place<reduction_at>(total);
        } else {
            values<T, D::count> row;
            finish_row<1>(row, total);
            if constexpr (gives_truth(K)) as<bool>(out)[at] = all(row.m[reduction_at]);
            else simd::store_first(as<T>(out) + at, row.v[reduction_at], 1);
        }
    }
};

/// Reduces at most block_size<T> columns, whose lines arrive in order. The algorithm is that of loop/loop_columns.hpp.
template <op K, class T> class column_reduction {
    using D = instruction_list<one_reduction<K, T, true>>;
    static constexpr int width = vec<T>::width;
    static constexpr int most = (block_size<T> + width - 1) / width;

    partial<D, T> total_[std::size_t(most)], recent_[std::size_t(most)];
    carried<D, T> levels_[std::size_t(most)];
    std::int64_t lines_ = 0, blocks_ = 0;
    int columns_;

    int registers() const { return (columns_ + width - 1) / width; }
    void end_block() {
        ++blocks_;
        for (int c = 0; c < registers(); ++c) {
            add_up<1>(total_[c], recent_[c]);
            reset<1>(recent_[c]);
            if (blocks_ % blocks_added_in_a_row == 0) carry<1>(levels_[c], total_[c], blocks_ / blocks_added_in_a_row);
        }
    }

public:
    explicit column_reduction(int columns) : columns_(columns) {
        for (int c = 0; c < registers(); ++c) reset<1>(total_[c]), reset<1>(recent_[c]);
    }
    /// Adds some lines, which are contiguous.
    void feed(const std::byte* block, int lines) {
        for (int l = 0; l < lines; ++l) {
            for (int c = 0; c < registers(); ++c)
                accumulate<reduction_at, false>(
                    recent_[c],
                    load_register<K, T>(block, static_cast<std::int64_t>(l) * columns_ + c * width,
                                        std::min(width, columns_ - c * width)),
                    width, lines_);
            if (++lines_ % lines_per_block == 0) end_block();
        }
    }
    /// The same of lines that a fused loop computes.
    void feed(const fused_loop<T>& loop, int lines) {
        for (int l = 0, together; l < lines; l += together) {
            together = std::min(lines - l, static_cast<int>(lines_per_block - lines_ % lines_per_block));
            loop.run_lines(l, l + together, registers_of(recent_));
            if ((lines_ += together) % lines_per_block == 0) end_block();
        }
    }
    void finish(std::byte* out) {
        if (lines_ % lines_per_block != 0) end_block();
        for (int j = 0; j < columns_; ++j) {
            partial<D, T>& sum = total_[j / width];
            if (j % width == 0 && blocks_ >= blocks_added_in_a_row)
                add_carried<1>(sum, levels_[j / width], blocks_ / blocks_added_in_a_row);
            store_result<K>(sum, j % width, out, j);
        }
    }
};

/// A type-erased reduction. Its state needs aligned memory (64 bytes) of one of the two sizes. Its elements come from a
/// block, or from a fused loop (`loop`, a const fused_loop<T>*) if the reduction is a step of fused loops.
struct reduction {
    std::size_t bytes_of_row, bytes_of_columns;
    void (*begin_row)(void* state);
    void (*feed_row)(void* state, const std::byte* block, int n, std::int64_t number);
    void (*feed_row_fused)(void* state, const void* loop);
    void (*end_line)(void* state);
    void (*finish_row)(void* state, std::byte* out, int at);
    /// Reduces whole rows of n elements each.
    void (*rows)(const std::byte* block, int rows, int n, std::byte* out);
    void (*rows_fused)(const void* loop, std::byte* out);
    void (*begin_columns)(void* state, int columns);
    void (*feed_columns)(void* state, const std::byte* block, int lines);
    void (*feed_columns_fused)(void* state, const void* loop);
    void (*finish_columns)(void* state, std::byte* out);
};
template <op K, class T> struct reduction_functions {
    using row = row_reduction<K, T>;
    using columns = column_reduction<K, T>;
    static constexpr bool fuses = is_fused(K, static_cast<dtype>(core::number_of_element<T>));

    static void rows(const std::byte* block, int rows, int n, std::byte* out) {
        constexpr int bytes = gives_truth(K) ? 1 : static_cast<int>(sizeof(T));
        for (int r = 0; r < rows; ++r, block += static_cast<std::ptrdiff_t>(n) * bytes) {
            if (n < reduced_in_loops<T>) {
                row::reduce_short(block, n, out, r);
                continue;
            }
            if constexpr (!fuses) {  // a fused loop reduces longer rows
                row one;
                one.feed(block, n, 0);
                one.end_line();
                one.finish(out, r);
            }
        }
    }
    static constexpr reduction table = [] {
        reduction t{};
        t.bytes_of_row = sizeof(row);
        t.bytes_of_columns = sizeof(columns);
        t.begin_row = [](void* s) { ::new (s) row; };
        t.end_line = [](void* s) { static_cast<row*>(s)->end_line(); };
        t.finish_row = [](void* s, std::byte* out, int at) { static_cast<row*>(s)->finish(out, at); };
        t.rows = &reduction_functions::rows;
        t.begin_columns = [](void* s, int count) { ::new (s) columns(count); };
        t.finish_columns = [](void* s, std::byte* out) { static_cast<columns*>(s)->finish(out); };
        if constexpr (fuses) {
            t.feed_row_fused = [](void* s, const void* loop) {
                const auto& all = *static_cast<const fused_loop<T>*>(loop);
                static_cast<row*>(s)->feed(all, 0, all.where().columns);
            };
            t.rows_fused = [](const void* loop, std::byte* out) {
                const auto& all = *static_cast<const fused_loop<T>*>(loop);
                for (int r = 0; r < all.where().rows; ++r) {
                    row one;
                    one.feed(all, r, all.where().columns);
                    one.end_line();
                    one.finish(out, r);
                }
            };
            t.feed_columns_fused = [](void* s, const void* loop) {
                const auto& all = *static_cast<const fused_loop<T>*>(loop);
                static_cast<columns*>(s)->feed(all, all.where().rows);
            };
        } else {
            t.feed_row = [](void* s, const std::byte* block, int n, std::int64_t number) {
                static_cast<row*>(s)->feed(block, n, number);
            };
            t.feed_columns = [](void* s, const std::byte* block, int lines) {
                static_cast<columns*>(s)->feed(block, lines);
            };
        }
        return t;
    }();
};
template <op K, class T, class Wanted> constexpr const reduction* reduction_if_wanted() {
    if constexpr (is_reduction(K) && Wanted::has(K, static_cast<dtype>(core::number_of_element<T>)))
        return &reduction_functions<K, T>::table;
    else return nullptr;
}
/// The reduction of an operation; nullptr if there is none.
template <class T, class Wanted> const reduction* reduction_of(op k) {
    static constexpr auto table = []<std::size_t... K>(std::index_sequence<K...>) {
        return std::array<const reduction*, sizeof...(K)>{reduction_if_wanted<static_cast<op>(K), T, Wanted>()...};
    }
    (std::make_index_sequence<static_cast<std::size_t>(last_op) + 1>{});
    return table[static_cast<std::size_t>(k)];
}

/// The loops and reductions of a program, by register type.
struct loop_library {
    struct of_type {
        block_loop (*loop_of)(op) = nullptr;
        const reduction* (*reduction_of)(op) = nullptr;
    };
    of_type types[4];  // at its number: float32, float64, int32, int64

    template <class T> const of_type& in() const { return types[core::number_of_element<T>]; }
};
using register_types = type_list<float, double, std::int32_t, std::int64_t>;
template <class Wanted, class T> constexpr loop_library::of_type loops_in() {
    if constexpr (!Wanted::has(static_cast<dtype>(core::number_of_element<T>))) return {};
    else return {&loop_of<T, Wanted>, &reduction_of<T, Wanted>};
}
template <class Wanted, class... T> constexpr loop_library library_in(type_list<T...>) {
    return {{loops_in<Wanted, T>()...}};
}
template <class Wanted> inline constexpr loop_library library_of = library_in<Wanted>(register_types{});

#if TELAR_COMPILED
TELAR_INSTANCE const reduction* reduction_of<float, all_operations>(op);
TELAR_INSTANCE const reduction* reduction_of<double, all_operations>(op);
TELAR_INSTANCE const reduction* reduction_of<std::int32_t, all_operations>(op);
TELAR_INSTANCE const reduction* reduction_of<std::int64_t, all_operations>(op);
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
