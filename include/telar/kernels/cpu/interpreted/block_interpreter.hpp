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
    const std::byte* broadcast_[most_instructions];

    struct blocks {
        buffer<std::byte> memory;
    };
    static std::byte* scratch(int slots) {
        return simd::grown(working_memory<blocks>().memory, static_cast<std::ptrdiff_t>(slots) * slot_bytes + 64);
    }

public:
    explicit block_interpreter(const prepared_kernel<T>& prepared) : kernel_(prepared) {
        std::byte* const raw = scratch(prepared.slots);
        memory_ = raw + (64 - reinterpret_cast<std::uintptr_t>(raw) % 64) % 64;
        for (int i = 0; i < prepared.code.count; ++i) {
            value_[i] = prepared.at[i].slot >= 0 ? slot(prepared.at[i].slot) : nullptr;
            broadcast_[i] = nullptr;
            if (prepared.at[i].what == action::constant) fill_constant(i);
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
    /// Runs a product's epilogue on a grid of sums, which are contiguous.
    void run_epilogue(const place& x, const T* sums) {
        sums_ = reinterpret_cast<const std::byte*>(sums);
        run_sweep(0, x);
    }

    // ---- reductions of columns, and of rows that arrive in parts
    template <class F> void each_reduction(int section, const F& f) {
        for (int i = kernel_.begin[section]; i < kernel_.end(section); ++i)
            if (kernel_.at[i].what == action::reduce)
                f(*kernel_.at[i].reduces, state_of(i), slot(kernel_.at[i].slot), i);
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
            broadcast_[i] = nullptr;
        });
    }
    void begin_columns(int section, int columns) {
        each_reduction(section,
                       [&](const reduction& r, void* state, std::byte*, int) { r.begin_columns(state, columns); });
    }
    void finish_columns(int section) {
        each_reduction(section, [&](const reduction& r, void* state, std::byte* out, int i) {
            r.finish_columns(state, out);
            broadcast_[i] = nullptr;
        });
    }

private:
    const std::byte* sums_ = nullptr;

    std::byte* slot(int number) const { return memory_ + std::int64_t{number} * slot_bytes; }
    void* state_of(int i) const { return slot(kernel_.at[i].state); }
    void fill_constant(int i) {
        const std::uint64_t bits = kernel_.k.scalars[kernel_.code.at(i).a];
        std::byte* const to = slot(kernel_.at[i].slot);
        if (kernel_.at[i].bytes == 1) std::memset(to, bits != 0, static_cast<std::size_t>(block_size<T>));
        else std::fill_n(as<T>(to), block_size<T>, scalar_value<T>(bits));
        broadcast_[i] = to;
    }
    /// Returns an operand with one element for each of the grid. Row values are broadcast once.
    const std::byte* operand(int o, const grid& g, bool in_sweep) {
        const prepared_instruction& p = kernel_.at[o];
        if (!in_sweep || !p.holds_for_row) return value_[o];
        if (broadcast_[o]) return broadcast_[o];
        if ((kernel_.by_column ? g.rows : g.columns) == 1) return value_[o];
        std::byte* const to = slot(p.broadcast);
        const strides s = kernel_.by_column ? strides{0, 1} : strides{p.bytes, 0};
        gather_elements(p.bytes, value_[o], g, s, to);
        return broadcast_[o] = to;
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
            case action::store: return store(i, x, in_sweep);
            case action::compute: return compute(i, x, in_sweep);
            case action::count_columns: return count_columns(i, x);
            case action::accumulated: value_[i] = sums_; return;
            case action::reduce: return reduce(i, x);
            case action::constant:
            case action::mark: return;
        }
    }
    void load(int i, const place& x) {
        const prepared_instruction& p = kernel_.at[i];
        const strides s = strides_of(i, x);
        std::byte* const copy = slot(p.slot);
        std::byte* from = memory_of(i, x);
        const bool together = is_contiguous(x.g, s, p.in_memory);
        if (together && p.reads_in_place) {
            value_[i] = from;
            return;
        }
        value_[i] = copy;
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
        const std::byte* const in[] = {operand(p.operand[0], x.g, in_sweep), nullptr, nullptr};
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
        for (int o = 0; o < 3 && p.operand[o] >= 0; ++o) in[o] = operand(p.operand[o], x.g, in_sweep);
        std::byte* to = slot(p.slot);
        if (p.written_by >= 0) {
            const int store = p.written_by;
            if (is_contiguous(x.g, strides_of(store, x), kernel_.at[store].in_memory)) to = memory_of(store, x);
        }
        value_[i] = to;
        p.run(in, to, x.g.size());
    }
    void count_columns(int i, const place& x) {
        T* to = as<T>(slot(kernel_.at[i].slot));
        for (int r = 0; r < x.g.rows; ++r)
            for (int j = 0; j < x.g.columns; ++j) *to++ = static_cast<T>(x.column + j);
    }
    void reduce(int i, const place& x) {
        const prepared_instruction& p = kernel_.at[i];
        const std::byte* const in = operand(p.operand[0], x.g, true);
        if (kernel_.by_column) p.reduces->feed_columns(state_of(i), in, x.g.rows);
        else if (!x.is_whole) p.reduces->feed_row(state_of(i), in, x.g.columns, x.number);
        else {
            p.reduces->rows(in, x.g.rows, x.g.columns, slot(p.slot));
            broadcast_[i] = nullptr;
        }
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
