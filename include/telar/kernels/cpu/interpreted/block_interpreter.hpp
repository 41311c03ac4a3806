// SPDX-License-Identifier: BSL-1.0
// Executes a prepared kernel block by block: each instruction runs on a whole block of elements before the next one
// starts. Each thread has its own interpreter.
//
// The elements of a block form a grid. A grid holds several short rows, or a part of a long one. A value that holds for
// a row has one element for each row of the grid; in a kernel by columns, one for each column.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/kernels/cpu/interpreted/prepared_kernel.hpp>
#include <telar/kernels/cpu/matmul/contract_plan.hpp>
#include <telar/kernels/working_memory.hpp>

#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// The position of a section: memory of each access at the grid's first row, strides to the next row, and the grid's
/// first column along the vector axis.
struct place {
    std::byte* const* at = nullptr;
    const std::int64_t* row_stride = nullptr;  // by access, in bytes
    std::int64_t column = 0;
    grid g{};
    std::int64_t number = 0;  // of the first element within the row
    bool is_whole = true;     // the rows lie in the grid whole
};

template <class T> class block_interpreter {
    const prepared_kernel<T>& kernel_;
    std::byte* memory_;
    const std::byte* value_[most_instructions];
    std::int64_t row_[most_instructions];  // of a value: bytes from one row of the grid to the next
    bool is_one_[most_instructions];       // one number for each row
    const std::byte* broadcast_[most_instructions];
    int broadcast_size_[most_instructions];

    struct blocks {
        buffer<std::byte> memory;
    };
    static std::byte* scratch(int slots) {
        return simd::grown(working_memory<blocks>().memory, static_cast<std::ptrdiff_t>(slots) * slot_bytes + 64);
    }

public:
    explicit block_interpreter(const prepared_kernel<T>& prepared) : kernel_(prepared) {
        std::byte* const raw = scratch(prepared.most_slots());
        memory_ = raw + (64 - reinterpret_cast<std::uintptr_t>(raw) % 64) % 64;
        for (int i = 0; i < prepared.code.count; ++i) {
            broadcast_[i] = nullptr;
            if (prepared.at[i].what == action::constant)
                set_value(i, reinterpret_cast<const std::byte*>(&prepared.numbers[prepared.code.at(i).a]), 0, true);
        }
    }
    block_interpreter(const block_interpreter&) = delete;
    block_interpreter& operator=(const block_interpreter&) = delete;

    /// Runs a section whose values hold for rows.
    void run_rows(int section, const place& x) {
        for (int i = kernel_.begin[section]; i < kernel_.end(section); ++i) {
            if (kernel_.at[i].what != action::constant) broadcast_[i] = nullptr;
            run(i, x, false);
        }
    }
    void run_sweep(int section, const place& x) {
        for (int i = kernel_.begin[section]; i < kernel_.end(section); ++i) run(i, x, true);
    }
    /// Runs a product's epilogue on a grid of sums, whose rows are `stride` elements apart.
    void run_epilogue(const place& x, const T* sums, std::ptrdiff_t stride) {
        sums_ = reinterpret_cast<const std::byte*>(sums);
        sums_row_ = stride * static_cast<std::int64_t>(sizeof(T));
        run_sweep(0, x);
    }

    // ---- reductions of columns, and of rows that arrive in parts
    template <class F> void each_reduction(int section, const F& f) {
        for (int i = kernel_.begin[section]; i < kernel_.end(section); ++i)
            if (kernel_.at[i].reduces) f(*kernel_.at[i].reduces, state_of(i), slot(kernel_.at[i].slot), i);
    }
    void begin_rows(int section) {
        each_reduction(section, [](const reduction& r, void* state, std::byte*, int) { r.begin_row(state); });
    }
    void end_line(int section) {
        each_reduction(section, [](const reduction& r, void* state, std::byte*, int) { r.end_line(state); });
    }
    void finish_rows(int section) {
        each_reduction(section, [&](const reduction& r, void* state, std::byte* out, int i) {
            r.finish_row(state, out, 0);
            set_row_value(i, out);
        });
    }
    void begin_columns(int section, int columns) {
        each_reduction(section,
                       [&](const reduction& r, void* state, std::byte*, int) { r.begin_columns(state, columns); });
    }
    void finish_columns(int section) {
        each_reduction(section, [&](const reduction& r, void* state, std::byte* out, int i) {
            r.finish_columns(state, out);
            set_row_value(i, out);
        });
    }

private:
    const std::byte* sums_ = nullptr;
    std::int64_t sums_row_ = 0;

    std::byte* slot(int number) const { return memory_ + std::int64_t{number} * slot_bytes; }
    void* state_of(int i) const { return slot(kernel_.at[i].state); }
    TELAR_INLINE void set_value(int i, const std::byte* at, std::int64_t row, bool is_one = false) {
        value_[i] = at;
        row_[i] = row;
        is_one_[i] = is_one;
    }
    /// A value whose rows are contiguous.
    void set_block(int i, const std::byte* at, const grid& g) {
        set_value(i, at, std::int64_t{g.columns} * kernel_.at[i].bytes);
    }
    void set_row_value(int i, const std::byte* at) {
        set_block(i, at, {1, 1});
        broadcast_[i] = nullptr;
    }
    /// Calls f(address, bytes from one row to the next, whether there is one number for each row) for an operand.
    template <class F> TELAR_INLINE void with_operand(int o, const grid& g, bool in_sweep, const F& f) const {
        const prepared_instruction& p = kernel_.at[o];
        const bool is_of_rows = in_sweep && p.holds_for_row && p.what != action::constant;
        if (!is_of_rows) f(value_[o], row_[o], is_one_[o]);
        else if (kernel_.by_column) f(value_[o], std::int64_t{0}, is_one_[o]);
        else f(value_[o], row_[o], g.columns > 1);
    }
    /// Returns an operand with one element for each of the grid. What holds for rows is broadcast once.
    const std::byte* block_of(int o, const grid& g, bool in_sweep) {
        const prepared_instruction& p = kernel_.at[o];
        if (p.what != action::constant && p.what != action::accumulated && (!in_sweep || !p.holds_for_row))
            return value_[o];
        if (broadcast_[o] && (p.what != action::constant || broadcast_size_[o] >= g.size())) return broadcast_[o];
        const std::byte* block = nullptr;
        with_operand(o, g, in_sweep, [&](const std::byte* at, std::int64_t row, bool is_one) {
            if (!is_one && (g.rows == 1 || row == std::int64_t{g.columns} * p.bytes)) {
                block = at;
                return;
            }
            std::byte* const to = slot(p.broadcast);
            gather_elements(p.bytes, at, g, {row, !is_one}, to);
            block = to;
            if (p.what == action::accumulated) return;
            broadcast_[o] = to;
            broadcast_size_[o] = g.size();
        });
        return block;
    }
    /// The stride of instruction i's access along the vector axis, in elements.
    std::int64_t column_stride(int i) const {
        switch (kernel_.at[i].reached) {
            case reach::contiguous: return 1;
            case reach::same: return 0;
            default: return kernel_.k.inner_stride[kernel_.code.at(i).a];
        }
    }
    strides strides_of(int i, const place& x) const { return {x.row_stride[kernel_.code.at(i).a], column_stride(i)}; }
    std::byte* memory_of(int i, const place& x) const {
        return x.at[kernel_.code.at(i).a] + x.column * column_stride(i) * kernel_.at[i].in_memory;
    }

    void run(int i, const place& x, bool in_sweep) {
        const prepared_instruction& p = kernel_.at[i];
        switch (p.what) {
            case action::load: return load(i, x);
            case action::store: return p.is_fused ? void() : store(i, x, in_sweep);
            case action::compute: return compute(i, x, in_sweep);
            case action::count_columns: return count_columns(i, x);
            case action::accumulated: return set_value(i, sums_, sums_row_);
            case action::reduce: return reduce(i, x);
            case action::fuse:
                if constexpr (std::is_floating_point_v<T>) run_loop(i, x, in_sweep);
                return;
            case action::constant:
            case action::member:
            case action::mark: return;
        }
    }
    void load(int i, const place& x) {
        const prepared_instruction& p = kernel_.at[i];
        const strides s = strides_of(i, x);
        std::byte* from = memory_of(i, x);
        if (p.reads_grid) return set_value(i, from, s.row, s.column == 0 && x.g.columns > 1);
        std::byte* const copy = slot(p.slot);
        const bool together = is_contiguous(x.g, s, p.in_memory);
        if (together && p.reads_in_place) return set_block(i, from, x.g);
        set_block(i, copy, x.g);
        std::byte gathered[block_bytes / sizeof(T) * 8];
        if (!together) {
            std::byte* const to = p.run ? gathered : copy;
            gather_elements(p.in_memory, from, x.g, s, to);
            from = to;
        }
        const std::byte* const in[] = {from, nullptr, nullptr};
        if (p.run) p.run(in, copy, x.g.size());
        else if (together) std::memcpy(copy, from, static_cast<std::size_t>(x.g.size()) * p.in_memory);
    }
    void store(int i, const place& x, bool in_sweep) {
        const prepared_instruction& p = kernel_.at[i];
        const strides s = strides_of(i, x);
        std::byte* const to = memory_of(i, x);
        const std::byte* const in[] = {block_of(p.operand[0], x.g, in_sweep), nullptr, nullptr};
        if (in[0] == to) return;  // the value was computed in place
        const bool together = is_contiguous(x.g, s, p.in_memory);
        if (!p.run) {
            if (together) std::memcpy(to, in[0], static_cast<std::size_t>(x.g.size()) * p.in_memory);
            else scatter_elements(p.in_memory, in[0], to, x.g, s);
        } else if (together) {
            p.run(in, to, x.g.size());
        } else {
            std::byte converted[block_bytes / sizeof(T) * 8];
            p.run(in, converted, x.g.size());
            scatter_elements(p.in_memory, converted, to, x.g, s);
        }
    }
    void compute(int i, const place& x, bool in_sweep) {
        const prepared_instruction& p = kernel_.at[i];
        const std::byte* in[3]{};
        for (int o = 0; o < 3 && p.operand[o] >= 0; ++o) in[o] = block_of(p.operand[o], x.g, in_sweep);
        std::byte* to = slot(p.slot);
        if (p.written_by >= 0) {
            const int store = p.written_by;
            if (is_contiguous(x.g, strides_of(store, x), kernel_.at[store].in_memory)) to = memory_of(store, x);
        }
        set_block(i, to, x.g);
        p.run(in, to, x.g.size());
    }
    void count_columns(int i, const place& x) {
        T* to = as<T>(slot(kernel_.at[i].slot));
        set_block(i, slot(kernel_.at[i].slot), x.g);
        for (int r = 0; r < x.g.rows; ++r)
            for (int j = 0; j < x.g.columns; ++j) *to++ = static_cast<T>(x.column + j);
    }
    void reduce(int i, const place& x) {
        const prepared_instruction& p = kernel_.at[i];
        const std::byte* const in = block_of(p.operand[0], x.g, true);
        if (kernel_.by_column) return p.reduces->feed_columns(state_of(i), in, x.g.rows);
        if (!x.is_whole) return p.reduces->feed_row(state_of(i), in, x.g.columns, x.number);
        p.reduces->rows(in, x.g.rows, x.g.columns, slot(p.slot));
        set_row_value(i, slot(p.slot));
    }
    void run_loop(int last, const place& x, bool in_sweep) {
        fused_loop<T> loop(x.g);
        const prepared_instruction& p = kernel_.at[last];
        for (int s = p.first_step; s < p.first_step + p.steps; ++s) add_step(loop, kernel_.steps[s], x, in_sweep);
        if (!p.reduces) return loop.run();
        if (kernel_.by_column) return p.reduces->feed_columns_fused(state_of(last), &loop);
        if (!x.is_whole) return p.reduces->feed_row_fused(state_of(last), &loop);
        if (x.g.columns < reduced_in_loops<T>) {
            loop.end_with_store(slot(p.broadcast));
            loop.run();
            p.reduces->rows(slot(p.broadcast), x.g.rows, x.g.columns, slot(p.slot));
        } else {
            p.reduces->rows_fused(&loop, slot(p.slot));
        }
        set_row_value(last, slot(p.slot));
    }
    void add_step(fused_loop<T>& loop, const prepared_step& s, const place& x, bool in_sweep) {
        if (s.from == operand_in::registers) return loop.add(s.what, s.called);
        const int i = s.instruction;
        if (s.what != fused::store)
            return with_operand(i, x.g, in_sweep, [&](const std::byte* at, std::int64_t row, bool is_one) {
                loop.add(s.what, s.called, at, row, is_one);
            });
        const prepared_instruction& p = kernel_.at[i];
        const bool is_kept = p.what != action::store;  // in a slot
        const std::byte* const to = is_kept ? slot(p.slot) : memory_of(i, x);
        const std::int64_t row = is_kept ? std::int64_t{x.g.columns} * p.bytes : strides_of(i, x).row;
        const int value = is_kept ? i : p.operand[0];
        if (is_kept || kernel_.at[value].lies_in == i) set_value(value, to, row);
        loop.add(s.what, nullptr, to, row, false);
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
