// SPDX-License-Identifier: BSL-1.0
// Running a schedule: everything that needs no templates. A program's tables are constants; a workspace belongs to one
// caller and holds what a run needs: the values of the dimensions, the arena, the kernels' arguments.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/processor.hpp>
#include <telar/kernels/working_memory.hpp>
#include <telar/run/binding.hpp>
#include <telar/run/kernel_setup.hpp>
#include <telar/run/program_tables.hpp>
#include <telar/run/scan_steps.hpp>
#include <telar/run/table_memory.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::runtime {

/// Memory and bookkeeping of one caller. Running allocates nothing once a shape has been seen.
class workspace {
public:
    workspace();
    /// In the caller's memory, which must outlive it: nothing is taken from the heap. memory_bytes(tables) says how
    /// much a program needs. One workspace runs one program after another; each uses all of the memory.
    ///
    /// errors    invalid_argument, when a program is run: the memory is too small
    explicit workspace(std::span<std::byte> memory) : tables_(table_memory::in(memory)) {}
    /// A copy keeps the watcher and starts empty: everything else follows from the programs that it runs.
    workspace(const workspace& other) : watcher_(other.watcher_) {}
    workspace(workspace&&) noexcept;
    workspace& operator=(const workspace& other) {
        if (this != &other) *this = workspace(other);
        return *this;
    }
    workspace& operator=(workspace&&) noexcept;
    ~workspace();
    /// Reads the dimensions from the leaves; checks every extent. Must come before results are allocated. Of a program
    /// without unknown extents nothing is left to do but once, which is known where this is called.
    TELAR_INLINE void bind(const program_tables& p, const leaf_value* leaves) {
        bool is_bound = prepared_for_ == &p && p.dim_count == 0;
        for (int i = 0; i < p.leaf_count; ++i) is_bound = is_bound && leaves[i].is_static;
        if (!is_bound) read_dimensions(p, leaves);
    }
    /// The extents of result i (roots count).
    shape result_extents(const program_tables& p, int i) const;
    /// Runs the kernels. results[i] is the memory of root i: a result's, or a variable's.
    TELAR_INLINE void run(const program_tables& p, const leaf_value* leaves, void* const* results) {
        if (working_memory_) run_prepared(p, leaves, results);
        else run_now(p, leaves, results);
    }
    /// Makes the next run with these extents allocate nothing, on any thread: binds, and runs the kernels once. Results
    /// and new values are dropped. From now on the kernels work in memory of this workspace.
    void prepare(const program_tables& p, const leaf_value* leaves);
    extent_t arena_bytes() const { return arena_bytes_; }
    /// Bytes of memory that a workspace needs which lies in the caller's: of a program's tables, when its dimensions
    /// have these values. It may begin at any address.
    static constexpr std::size_t memory_bytes(const program_tables& p, const extent_t* dims) {
        return table_memory::bytes_around + bytes_of_tables(p, p.blocks) +
               static_cast<std::size_t>(arena_bytes_of(p, p.blocks, dims));
    }
    /// From now on the watcher is told of every kernel; nullptr: nobody is. It must outlive the runs that it watches.
    void watch(kernel_observer* watcher) { watcher_ = watcher; }

private:
    TELAR_INLINE void run_now(const program_tables& p, const leaf_value* leaves, void* const* results) {
        if (have_moved(p, leaves, results)) place(p, leaves, results);
        if (p.repetition_count == 0 && p.call_count == 0 && watcher_ == nullptr) {
            const kernel_arguments* const arguments = arguments_.data();
            for (int k = 0; k < p.kernel_count; ++k) p.functions[k](arguments[k]);
        } else {
            run_in_turn(p);
        }
        for (const int b : buffers_.copied) {  // all new values at once, after every read
            const slot& s = p.buffers[b];
            std::memcpy(results[s.index], base_.data()[b], static_cast<std::size_t>(value(s.count)) * size_of(s.type));
        }
    }
    void run_prepared(const program_tables& p, const leaf_value* leaves, void* const* results);
    void read_dimensions(const program_tables& p, const leaf_value* leaves);
    void run_in_turn(const program_tables& p);
    void run_kernels(const program_tables& p, int first, int end);
    void run_each(const program_tables& p, int first, int end);
    // ---- calls
    /// A call of a block, which has a workspace of its own but for the memory of its temporaries.
    struct call {
        int kernel = 0, operands = 0;
        growable<std::byte*> data;  // of the operands, then of the results
        growable<shape> extents;
        growable<leaf_value> leaves;
        growable<void*> results;
    };
    call& call_at(int kernel) { return calls_[static_cast<int>(arguments_.data()[kernel].rows)]; }
    void run_call(const program_tables& p, call& c);
    const program_tables& block_of(const program_tables& p, const call& c) const;
    void prepare_calls(const program_tables& p);
    /// Memory for the temporaries, behind it for those of what is called.
    void use_memory(std::byte* memory);
    std::byte*& pointer(const program_tables& p, int kernel, int access);
    // ---- scans
    void run_steps(const program_tables& p, const scan_steps& s);
    extent_t value(extent_t e) const { return extent_value(e, values_.data()); }

    /// Whether a leaf or a result lies elsewhere than in the run before.
    TELAR_INLINE bool have_moved(const program_tables& p, const leaf_value* leaves, void* const* results) {
        bool moved = !is_placed_;
        const void** seen = seen_.data();
        for (int i = 0; i < p.leaf_count; ++i, ++seen) {
            moved |= *seen != leaves[i].data;
            *seen = leaves[i].data;
        }
        for (int r = 0; r < p.root_count; ++r, ++seen) {
            moved |= *seen != results[r];
            *seen = results[r];
        }
        return moved;
    }
    void find_buffers(const program_tables& p, const leaf_value* leaves, void* const* results);
    void place(const program_tables& p, const leaf_value* leaves, void* const* results);
    /// Gives the kernels their pointers.
    void point_kernels(const program_tables& p);
    void set_up(const program_tables& p);
    /// Of the tables of a program and of the blocks that it calls.
    static constexpr std::size_t bytes_of_tables(const program_tables& p, const program_tables* const* blocks);

    table_memory* tables_ = nullptr;    // of the tables below; nullptr: the heap
    growable<extent_t> values_, next_;  // of the dimensions
    growable<extent_t> offsets_;        // of the buffers in the arena
    buffer<std::byte*> base_;
    buffer<kernel_arguments> arguments_;
    growable<scan_steps> scans_;
    growable<call> calls_;
    growable<workspace> callees_;  // of each call
    const program_tables* const* blocks_ = nullptr;
    bool is_callee_ = false;                    // whose memory is the caller's
    std::byte* memory_ = nullptr;               // of the temporaries
    buffer<std::byte> arena_;                   // of a program that is no block
    extent_t arena_bytes_ = 0, own_bytes_ = 0;  // with and without those of what is called
    kernel_observer* watcher_ = nullptr;
    const program_tables* prepared_for_ = nullptr;
    buffer<const void*> seen_;  // where leaves and results lay in the last run
    bool is_placed_ = false;    // whether the pointers of the kernels are for that
    buffers_of_run buffers_;
    std::unique_ptr<kernels::owned_working_memory> working_memory_;  // once it is prepared
};

constexpr std::size_t workspace::bytes_of_tables(const program_tables& p, const program_tables* const* blocks) {
    using m = table_memory;
    std::size_t bytes = 2 * m::piece<extent_t>(p.dim_count) + m::piece<extent_t>(p.buffer_count) +
                        m::piece<std::byte*>(p.buffer_count) + m::piece<const void*>(p.leaf_count + p.root_count) +
                        m::piece<kernel_arguments>(p.kernel_count) + buffers_of_run::bytes_for(p) +
                        m::piece<scan_steps>(p.repetition_count) + m::piece<call>(p.call_count) +
                        m::piece<workspace>(p.call_count);
    for (int i = 0; i < p.repetition_count; ++i) bytes += scan_steps::bytes_for(p, p.repetitions[i]);
    for (int k = 0; k < p.kernel_count; ++k) {
        if (p.kernels[k].kind != kernel_kind::call) continue;
        const program_tables& block = *blocks[p.kernels[k].block];
        const int accesses = p.kernels[k].accesses, operands = block.leaf_count;
        bytes += m::piece<std::byte*>(accesses) + m::piece<shape>(operands) + m::piece<leaf_value>(operands) +
                 m::piece<void*>(accesses - operands) + bytes_of_tables(block, blocks);
    }
    return bytes;
}

/// workspace::memory_bytes when `batch` stands for every extent that is unknown.
constexpr std::size_t memory_bytes_of(const program_tables& p, extent_t batch) {
    growable<extent_t> dims(p.dim_count, batch);
    evaluate(p.dims, p.dim_count, dims.data());
    return workspace::memory_bytes(p, dims.data());
}

#if TELAR_HAS_BODIES
TELAR_ONCE workspace::workspace() = default;
TELAR_ONCE workspace::workspace(workspace&&) noexcept = default;
TELAR_ONCE workspace& workspace::operator=(workspace&&) noexcept = default;
TELAR_ONCE workspace::~workspace() = default;

TELAR_ONCE shape workspace::result_extents(const program_tables& p, int i) const {
    shape s = p.result_extents[i];
    for (int k = 0; k < s.rank; ++k) s[k] = value(s[k]);
    return s;
}
TELAR_ONCE void workspace::read_dimensions(const program_tables& p, const leaf_value* leaves) {
    for (int i = 0; i < p.leaf_count; ++i)
        if (!leaves[i].is_static) binding_checks::check_leaf(p.leaves[i], *leaves[i].extents);
    if (prepared_for_ == &p && p.dim_count == 0) return;
    const bool begins = tables_ && prepared_for_ != &p;
    if (begins && !is_callee_) tables_->begin_behind(0);
    if (begins || values_.size() < p.dim_count) {
        sized(tables_, values_, p.dim_count);
        sized(tables_, next_, p.dim_count);
    }
    for (int i = 0; i < p.dim_count; ++i)
        if (p.dims[i].kind == dimension_kind::variable)
            next_[i] = (*leaves[p.dims[i].lhs].extents)[static_cast<int>(p.dims[i].rhs)];
    evaluate(p.dims, p.dim_count, next_.data());
    const binding_checks checks(p, next_.data());
    for (int i = 0; i < p.equality_count; ++i) checks.check_equality(p.equalities[i]);
    if (prepared_for_ == &p && std::equal(next_.begin(), next_.end(), values_.begin())) return;
    prepared_for_ = nullptr;
    std::copy(next_.begin(), next_.end(), values_.begin());
    checks.require_addressable();
    set_up(p);
    prepared_for_ = &p;
}
TELAR_ONCE TELAR_COLD void workspace::prepare(const program_tables& p, const leaf_value* leaves) {
    if (!working_memory_) working_memory_ = std::make_unique<kernels::owned_working_memory>();
    bind(p, leaves);
    std::vector<buffer<std::byte>> memory(static_cast<std::size_t>(p.root_count));
    for (int b = 0; b < p.buffer_count; ++b) {
        const slot& s = p.buffers[b];
        if (s.where == storage::result || s.where == storage::state)
            memory[static_cast<std::size_t>(s.index)].resize(static_cast<std::size_t>(value(s.count)) *
                                                             size_of(s.type));
    }
    std::vector<void*> results;
    for (auto& m : memory) results.push_back(m.data());
    run(p, leaves, results.data());
}
TELAR_ONCE void workspace::run_prepared(const program_tables& p, const leaf_value* leaves, void* const* results) {
    const kernels::owned_working_memory::lender lends(*working_memory_);
    run_now(p, leaves, results);
}
TELAR_ONCE void workspace::run_in_turn(const program_tables& p) {
    int k = 0;
    for (const scan_steps& s : scans_) {
        run_kernels(p, k, s.first);
        run_steps(p, s);
        k = s.end;
    }
    run_kernels(p, k, p.kernel_count);
}
TELAR_ONCE void workspace::run_kernels(const program_tables& p, int first, int end) {
    if (watcher_ || !calls_.empty()) return run_each(p, first, end);
    for (int k = first; k < end; ++k) p.functions[k](arguments_.data()[k]);
}
TELAR_ONCE TELAR_COLD void workspace::run_each(const program_tables& p, int first, int end) {
    for (int k = first; k < end; ++k) {
        if (watcher_) watcher_->kernel_begins(p, values_.data(), k);
        if (p.kernels[k].kind == kernel_kind::call) run_call(p, call_at(k));
        else p.functions[k](arguments_.data()[k]);
        if (watcher_) watcher_->kernel_ended(p, values_.data(), k);
    }
}

// ---- calls
TELAR_ONCE void workspace::run_call(const program_tables& p, call& c) {
    for (int i = 0; i < c.operands; ++i) c.leaves[i].data = c.data[i];
    for (int i = 0; i < c.results.size(); ++i) c.results[i] = c.data[c.operands + i];
    callees_[static_cast<int>(&c - calls_.data())].run(block_of(p, c), c.leaves.data(), c.results.data());
}
TELAR_ONCE const program_tables& workspace::block_of(const program_tables& p, const call& c) const {
    return *blocks_[p.kernels[c.kernel].block];
}
TELAR_ONCE TELAR_COLD void workspace::prepare_calls(const program_tables& p) {
    if (p.blocks) blocks_ = p.blocks;
    emptied(tables_, calls_, p.call_count);
    for (int k = 0; k < p.kernel_count; ++k) {
        const kernel& d = p.kernels[k];
        if (d.kind != kernel_kind::call) continue;
        call c;
        c.kernel = k;
        c.operands = block_of(p, c).leaf_count;
        sized(tables_, c.data, d.accesses);
        emptied(tables_, c.extents, c.operands);
        for (int i = 0; i < c.operands; ++i) {
            shape s;
            for (const extent_t e : p.accesses[d.first_access + i].stride) s.append(value(e));
            c.extents.push(s);
        }
        sized(tables_, c.leaves, c.operands);
        sized(tables_, c.results, d.accesses - c.operands);
        calls_.push(std::move(c));
    }
    sized(tables_, callees_, p.call_count);
    extent_t most = 0;
    for (int i = 0; i < calls_.size(); ++i) {
        call& c = calls_[i];
        for (int k = 0; k < c.leaves.size(); ++k) c.leaves[k] = {nullptr, &c.extents[k], true};
        callees_[i].tables_ = tables_;
        callees_[i].blocks_ = blocks_;
        callees_[i].is_callee_ = true;
        callees_[i].bind(block_of(p, c), c.leaves.data());
        most = std::max(most, callees_[i].arena_bytes_);
    }
    arena_bytes_ = saturating_add(arena_bytes_, most);
}
TELAR_ONCE TELAR_COLD void workspace::use_memory(std::byte* memory) {
    memory_ = memory;
    is_placed_ = false;
    for (workspace& callee : callees_) callee.use_memory(memory + own_bytes_);
}
TELAR_ONCE std::byte*& workspace::pointer(const program_tables& p, int kernel, int access) {
    if (p.kernels[kernel].kind == kernel_kind::call) return call_at(kernel).data[access];
    return arguments_.data()[kernel].data[access];
}

// ---- scans
TELAR_ONCE void workspace::run_steps(const program_tables& p, const scan_steps& s) {
    const auto copy = [&](int to, int from, std::size_t bytes) {
        if (bytes > 0) std::memcpy(base_.data()[to], base_.data()[from], bytes);
    };
    const auto goes_on = [&](extent_t t) {
        return t < s.steps && (s.condition < 0 || base_.data()[s.condition][0] != std::byte{});
    };
    if (!goes_on(0))
        for (const new_state& n : s.states) copy(n.from, n.to, n.bytes);
    is_placed_ = false;  // should a kernel fail
    for (extent_t t = 0; goes_on(t); ++t) {
        run_kernels(p, s.first, s.end);
        for (const new_state& n : s.states) copy(n.to, n.from, n.bytes);
        const bool is_last = t + 1 == s.steps;  // then back to where the first step begins; no condition stops before
        for (const moving_access& m : s.moving) pointer(p, m.kernel, m.access) += is_last ? -t * m.bytes : m.bytes;
    }
    is_placed_ = true;
}

// ---- where it lies
TELAR_ONCE void workspace::find_buffers(const program_tables& p, const leaf_value* leaves, void* const* results) {
    for (int b = 0; b < p.buffer_count; ++b) {
        const slot& s = p.buffers[b];
        switch (s.where) {
            case storage::leaf:
                base_.data()[b] = const_cast<std::byte*>(static_cast<const std::byte*>(leaves[s.index].data));
                break;
            case storage::result: base_.data()[b] = static_cast<std::byte*>(results[s.index]); break;
            case storage::state:
                base_.data()[b] = s.in_place ? static_cast<std::byte*>(results[s.index]) : memory_ + offsets_[b];
                break;
            case storage::temporary: base_.data()[b] = memory_ + offsets_[b]; break;
            case storage::carried: base_.data()[b] = memory_ + offsets_[s.in_place ? s.index : b]; break;
        }
    }
}
TELAR_ONCE TELAR_NOINLINE void workspace::place(const program_tables& p, const leaf_value* leaves,
                                                void* const* results) {
    is_placed_ = false;
    if (!is_callee_ && memory_ != arena_.data()) use_memory(arena_.data());  // a copy has an arena of its own
    find_buffers(p, leaves, results);
    const binding_checks checks(p, values_.data());
    checks.require_values(base_.data(), results);
    checks.require_apart(buffers_, base_.data(), results);
    point_kernels(p);
    is_placed_ = true;
}
TELAR_ONCE void workspace::point_kernels(const program_tables& p) {
    for (int k = 0; k < p.kernel_count; ++k) {
        const kernel& d = p.kernels[k];
        for (int i = 0; i < d.accesses; ++i) {
            const memory_access& x = p.accesses[d.first_access + i];
            // In numbers: an empty tensor has no memory, and may be read backwards from before its start.
            const auto base = reinterpret_cast<std::uintptr_t>(base_.data()[x.buffer]);
            pointer(p, k, i) =
                reinterpret_cast<std::byte*>(base + static_cast<std::uintptr_t>(value(x.offset) * element_bytes(p, x)));
        }
    }
    for (const scan_steps& s : scans_)
        for (const moving_access& m : s.moving)
            if (m.begins_at_last && s.steps > 0) pointer(p, m.kernel, m.access) -= (s.steps - 1) * m.bytes;
}

// ---- what depends on the extents alone
TELAR_ONCE TELAR_COLD void workspace::set_up(const program_tables& p) {
    require_processor();
    is_placed_ = false;
    if (tables_ && !is_callee_) tables_->begin_behind(2 * table_memory::piece<extent_t>(p.dim_count));
    buffers_.find(p, tables_);
    sized(tables_, offsets_, p.buffer_count);
    sized(tables_, base_, p.buffer_count);
    sized(tables_, seen_, p.leaf_count + p.root_count);
    if (seen_.size() > 0) std::memset(seen_.data(), 0, seen_.size() * sizeof(const void*));
    sized(tables_, arguments_, p.kernel_count);
    arena_bytes_ = own_bytes_ = plan_memory(p.buffers, p.buffer_count, values_.data(), offsets_.data());
    prepare_calls(p);
    if (!is_addressable(arena_bytes_, 1)) binding_checks::refuse_size(shape(arena_bytes_));
    emptied(tables_, scans_, p.repetition_count);
    for (int i = 0; i < p.repetition_count; ++i) scans_.push(steps_of(p, p.repetitions[i], values_.data(), tables_));
    if (!is_callee_) {
        if (tables_) arena_ = tables_->arena(static_cast<std::size_t>(arena_bytes_));
        else if (arena_.size() < static_cast<std::size_t>(arena_bytes_))
            arena_.resize(static_cast<std::size_t>(arena_bytes_));
        use_memory(arena_.data());
    }
    const argument_writer arguments(p, values_.data());
    int calls = 0;
    for (int k = 0; k < p.kernel_count; ++k) {
        arguments.write(p.kernels[k], arguments_.data()[k]);
        if (p.kernels[k].kind == kernel_kind::call) arguments_.data()[k].rows = calls++;
    }
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::runtime

namespace telar::inline TELAR_ABI {
using runtime::workspace;
}  // namespace telar::inline TELAR_ABI
