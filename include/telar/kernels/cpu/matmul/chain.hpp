// SPDX-License-Identifier: BSL-1.0
// The chain kernel: D = f(A B) C, where f works on whole rows of the first product. Attention is one: softmax(Q K^T) V.
//
// A block of rows after the other: their sums, the weights that f makes of them, and the product of those with C. Only
// the block is in memory, in the second cache. Threads share the blocks, whose size does not depend on them.
#pragma once
#include <telar/kernels/cpu/loop/loop_rows.hpp>
#include <telar/kernels/cpu/matmul/contract.hpp>
#include <telar/kernels/cpu/matmul/contract_repeated.hpp>
#include <telar/kernels/cpu/matmul/product_epilogue.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// Working memory: B as it was packed, the rows of a block.
template <class T> struct chain_scratch { buffer<T> packed, rows; };

/// The kept rows of a chain: number 0 holds the sums of the first product, number 1 the left operand of the second.
inline constexpr int kept_sums = 0, kept_weights = 1;

/// Splits the instructions of a chain: a loop on the rows, whose last accesses are the kept rows, and the second
/// product.
struct chain_parts {
    int second = 0;      // where those of the second product begin
    int first_kept = 3;  // the access of the loop that kept row 0 is
    int kept_rows = 2;
    bool is_in_place = true;  // nothing reads the sums once weights are written: one row is both
    instruction work[most_instructions]{};

    constexpr chain_parts(const instruction_span& all, dtype type) {
        using enum telar::ir::code;
        constexpr auto number = [](auto x) { return static_cast<std::uint8_t>(x); };
        second = all.begin_of(all.sections() - 1) - 1;
        first_kept = std::max(3, all.accesses());
        bool is_written = false;
        for (int i = 0; i < second; ++i) {
            const instruction x = all.at(i);
            const bool keeps = all.is(i, keep),
                       reads_sums = all.is(i, accumulated) || (all.is(i, kept) && x.a == kept_sums);
            if ((keeps || all.is(i, kept)) && x.a >= kept_rows) kept_rows = x.a + 1;
            is_written = is_written || (keeps && x.a == kept_weights);
            is_in_place = is_in_place && !(is_written && reads_sums);
        }
        for (int i = 0; i < second; ++i) {
            instruction x = all.at(i);
            const int row = all.is(i, accumulated) ? kept_sums : x.a;
            constexpr int along = static_cast<int>(reach::contiguous);
            if (all.is(i, keep))
                x = {number(store), number(first_kept + row), x.b, number(static_cast<int>(type) | along << 4)};
            else if (all.is(i, accumulated) || all.is(i, kept))
                x = {number(load), number(first_kept + row), number(type), along};
            work[i] = x;
        }
    }
};

template <class D, class T> class compiled_chain {
    static constexpr chain_parts parts{D::all, D::header.type};
    struct row_work {
        static constexpr descriptor_header header = D::header;
        static constexpr int count = parts.second;
        static constexpr auto code = [] {
            std::array<instruction, static_cast<std::size_t>(count)> list{};
            for (int i = 0; i < count; ++i) list[static_cast<std::size_t>(i)] = parts.work[i];
            return list;
        }();
    };
    struct last_product {
        static constexpr descriptor_header header = D::header;
        static constexpr int count = D::count - parts.second;
        static constexpr auto code = [] {
            std::array<instruction, static_cast<std::size_t>(count)> list{};
            for (int i = 0; i < count; ++i) list[static_cast<std::size_t>(i)] = D::at(parts.second + i);
            return list;
        }();
    };
    using rows = instruction_list<row_work>;

public:
    using epilogue = product_epilogue<instruction_list<last_product>, T>;
    static constexpr int first_kept = parts.first_kept, kept_rows = parts.kept_rows;
    static constexpr bool is_in_place = parts.is_in_place;
    static constexpr int accesses = first_kept;

    explicit compiled_chain(const kernel_arguments&) {}
    static void run_rows(const kernel_arguments& own, std::int64_t from, std::int64_t to) {
        row_loop<rows, T>::run(loop_arguments<rows>(own), from, to);
    }
};

/// Work runs the loop on the rows and the second product's epilogue.
template <class Work, class T> class chain_kernel {
    // ---- sizes
    static constexpr std::ptrdiff_t few_lines = 4;  // for which B is not packed: they are dot products

    /// Apart by more than their elements: rows 2^n bytes apart would fall into one set of the cache.
    static std::ptrdiff_t row_elements(const kernel_arguments& k) {
        constexpr std::ptrdiff_t width = vec<T>::width;
        return (as_ptrdiff(k.inner) + width - 1) / width * width + width;
    }
    /// The rows of a product in blocks of whole tiles, about as many in each.
    struct line_blocks {
        static constexpr std::ptrdiff_t tile = simd::most_tile_rows;
        std::ptrdiff_t lines;
        simd::even_parts tiles;

        explicit line_blocks(const kernel_arguments& k)
            : lines(as_ptrdiff(k.lines)), tiles((lines + tile - 1) / tile, tiles_together(k)) {}
        std::ptrdiff_t count() const { return tiles.count; }
        std::ptrdiff_t most() const { return tiles.most() * tile; }
        std::ptrdiff_t start(std::ptrdiff_t block) const { return std::min(lines, tiles.start(block) * tile); }

    private:
        static std::ptrdiff_t tiles_together(const kernel_arguments& k) {
            constexpr std::ptrdiff_t most = 64 / tile;
            const std::ptrdiff_t row_bytes = row_elements(k) * static_cast<std::ptrdiff_t>(sizeof(T));
            return std::clamp<std::ptrdiff_t>(chain_block_bytes / (row_bytes * tile), 1, most);
        }
    };

public:
    static void run(const kernel_arguments& k) {
        if (k.rows == 0 || k.columns == 0) return;
        const Work work(k);
        const line_blocks blocks(k);
        const double operations =
            2.0 * static_cast<double>(k.rows) * static_cast<double>(k.inner) * static_cast<double>(k.depth + k.columns);
        simd::share(operations, as_ptrdiff(k.rows) / blocks.lines * blocks.count(), 1,
                    [&](simd::part_range range, simd::part_range) { run_blocks(work, k, blocks, range); });
    }

private:
    static TELAR_NOINLINE void run_blocks(const Work& work, const kernel_arguments& k, const line_blocks& blocks,
                                          simd::part_range range) {
        constexpr int sums = kept_sums, weights = kept_weights;
        const std::ptrdiff_t stride = row_elements(k), block = blocks.most() * stride;
        const std::ptrdiff_t inner = as_ptrdiff(k.inner), depth = as_ptrdiff(k.depth);
        chain_scratch<T>& memory = working_memory<chain_scratch<T>>();
        T* const kept = simd::grown(memory.rows, (work.kept_rows - work.is_in_place) * block);
        const auto kept_row = [&](int number) { return kept + (number - (work.is_in_place && number > sums)) * block; };
        own_arguments own_tables(k, work.first_kept, work.kept_rows, stride * static_cast<std::ptrdiff_t>(sizeof(T)));
        const kernel_arguments& own = own_tables.k;
        std::optional<simd::repeated_operand<T>> packed;
        const std::byte* packed_from = nullptr;
        for (std::ptrdiff_t b = range.begin; b < range.end; ++b) {
            const std::ptrdiff_t part = b % blocks.count(), line = blocks.start(part);
            const std::ptrdiff_t lines = blocks.start(part + 1) - line, row = b / blocks.count() * blocks.lines + line;
            const odometer<Work::accesses> at(k.outer, k.outer_rank, k.outer_stride, k.data, row, work.first_kept);
            const simd::operand<T> left{reinterpret_cast<const T*>(at.at[0]), as_ptrdiff(k.line_stride[0]),
                                        as_ptrdiff(k.depth_stride[0])};
            const simd::operand<T> right = operand(k, at.at, 1);
            if (is_packed(k, right)) {
                if (packed_from != at.at[1]) packed.emplace(depth, inner, right, memory.packed);
                packed_from = at.at[1];
                packed->multiply(lines, left, kept_row(sums), stride);
            } else {
                simd::contract<T>(lines, inner, depth, left, right, to_rows{kept_row(sums), stride});
            }
            for (int n = 0; n < work.kept_rows;
                 ++n) {  // as if the rows before were there too; in numbers: they are not
                const auto first = reinterpret_cast<std::uintptr_t>(kept_row(n));
                const auto before =
                    static_cast<std::uintptr_t>(line * own.outer_stride[work.first_kept + n][k.outer_rank - 1]);
                own.data[work.first_kept + n] = reinterpret_cast<std::byte*>(first - before);
            }
            work.run_rows(own, row, row + lines);
            simd::contract<T>(lines, as_ptrdiff(k.columns), inner, {kept_row(weights), stride, 1}, operand(k, at.at, 2),
                              typename Work::epilogue(k, at.at));
        }
    }
    /// The arguments with more accesses: the kept rows, which are this thread's.
    struct own_arguments {
        kernel_arguments k;
        std::byte* data[most_accesses];
        std::int64_t outer_stride[most_accesses * max_rank], inner_stride[most_accesses], line_stride[most_accesses];

        own_arguments(const kernel_arguments& all, int accesses, int kept_rows, std::int64_t row_bytes) : k(all) {
            const int rank = k.outer_rank;
            for (int a = 0; a < accesses + kept_rows; ++a) {
                const bool is_kept = a >= accesses;
                data[a] = is_kept ? nullptr : k.data[a];
                inner_stride[a] = is_kept ? 0 : k.inner_stride[a];
                line_stride[a] = is_kept ? 0 : k.line_stride[a];
                for (int i = 0; i < rank; ++i) outer_stride[a * rank + i] = is_kept ? 0 : k.outer_stride[a][i];
                if (is_kept) outer_stride[a * rank + rank - 1] = row_bytes;
            }
            k.data = data;
            k.outer_stride.first = outer_stride;
            k.inner_stride = inner_stride;
            k.line_stride = line_stride;
        }
        own_arguments(const own_arguments&) = delete;
        own_arguments& operator=(const own_arguments&) = delete;
    };
    /// A right operand.
    static simd::operand<T> operand(const kernel_arguments& k, std::byte* const* at, int i) {
        return {reinterpret_cast<const T*>(at[i]), as_ptrdiff(k.depth_stride[i]), as_ptrdiff(k.inner_stride[i])};
    }
    static bool is_packed(const kernel_arguments& k, const simd::operand<T>& right) {
        const double bytes = static_cast<double>(k.depth) * static_cast<double>(k.inner) * sizeof(T);
        return right.column_stride != 1 && k.lines > few_lines && bytes > 0 && bytes <= chain_packed_bytes;
    }
    struct to_rows {
        T* sums;
        std::ptrdiff_t stride;

        auto row(std::ptrdiff_t i) const {
            return [to = sums + i * stride](vec<T> sum, std::ptrdiff_t j, int) { simd::store(to + j, sum); };
        }
    };
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
