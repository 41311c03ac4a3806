// SPDX-License-Identifier: BSL-1.0
// Running a schedule: everything that needs no templates. A program's tables are constants; a workspace belongs to one
// caller and holds what a run needs: the values of the dimensions, the arena, the kernels' arguments.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/failure.hpp>
#include <telar/expr/trace.hpp>
#include <telar/kernels/cpu/launch.hpp>
#include <telar/passes/plan_memory.hpp>

#include <algorithm>
#include <compare>
#include <cstring>
#include <limits>
#include <string>

namespace telar::inline TELAR_ABI::runtime {

/// What a program says of one of its leaves.
struct leaf_info {
    std::string_view name;  // empty: a captured value
    value_type type;
};

/// A program's constants, without its type.
struct program_tables {
    const slot* buffers;
    int buffer_count;
    const memory_access* accesses;
    const instruction* instructions;
    const scalar_argument* scalars;
    const kernel* kernels;
    int kernel_count;
    const repetition* repetitions;
    int repetition_count;
    const char* labels;
    const dimension* dims;
    int dim_count;
    const equality* equalities;
    int equality_count;
    const root* roots;
    const shape* result_extents;  // of the roots, in the schedule's dimensions
    int root_count;
    const leaf_info* leaves;
    int leaf_count;
    const kernel_function* functions;
    int call_count;
    const program_tables* const* blocks;  // that are called, of a program that is no block itself
};

/// The values of a block's dimensions that it reads from its operands: a call's accesses state their extents.
template <class Value>
constexpr void bind_operands(const program_tables& block, const memory_access* operands, Value value, extent_t* dims) {
    for (int i = 0; i < block.dim_count; ++i)
        if (const dimension& d = block.dims[i]; d.kind == dimension_kind::variable)
            dims[i] = value(operands[d.lhs].stride[d.rhs]);
    evaluate(block.dims, block.dim_count, dims);
}
/// Bytes of the arena when the dimensions have these values: the program's own, behind them those of what it calls, one
/// call after the other.
constexpr extent_t arena_bytes_of(const program_tables& p, const program_tables* const* blocks, const extent_t* dims) {
    growable<extent_t> offsets(p.buffer_count, 0);
    extent_t most = 0;
    for (int k = 0; k < p.kernel_count; ++k) {
        if (p.kernels[k].kind != kernel_kind::call) continue;
        const program_tables& block = *blocks[p.kernels[k].block];
        growable<extent_t> inside(block.dim_count, 0);
        const auto value = [&](extent_t e) { return is_number(e) ? e : dims[entry_of(e)]; };
        bind_operands(block, p.accesses + p.kernels[k].first_access, value, inside.data());
        if (const extent_t bytes = arena_bytes_of(block, blocks, inside.data()); bytes > most) most = bytes;
    }
    return saturating_add(plan_memory(p.buffers, p.buffer_count, dims, offsets.data()), most);
}

/// A leaf's value for one run.
struct leaf_value {
    const void* data = nullptr;
    const shape* extents = nullptr;
    bool is_static = false;  // the compiler has compared its extents with the leaf's, as far as those are known
};

/// Is told of every kernel that a workspace runs; run/profile.hpp is one. `dims` holds the values of the program's
/// dimensions.
class kernel_observer {
public:
    virtual void kernel_begins(const program_tables&, const extent_t* dims, int kernel) = 0;
    virtual void kernel_ended(const program_tables&, const extent_t* dims, int kernel) = 0;

protected:
    ~kernel_observer() = default;
};

/// Memory and bookkeeping of one caller. Running allocates nothing once a shape has been seen.
class workspace {
public:
#if TELAR_COMPILED  // else the compiler's own: those are not instantiated before they are used
    workspace();
    workspace(const workspace&);
    workspace(workspace&&) noexcept;
    workspace& operator=(const workspace&);
    workspace& operator=(workspace&&) noexcept;
    ~workspace();
#endif
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
        if (have_moved(p, leaves, results)) place(p, leaves, results);
        if (p.repetition_count == 0 && p.call_count == 0 && watcher_ == nullptr) {
            const kernel_arguments* const arguments = arguments_.data();
            for (int k = 0; k < p.kernel_count; ++k) p.functions[k](arguments[k]);
        } else {
            run_in_turn(p);
        }
        for (const int b : copied_) {  // all new values at once, after every read
            const slot& s = p.buffers[b];
            std::memcpy(results[s.index], base_.data()[b], static_cast<std::size_t>(value(s.count)) * size_of(s.type));
        }
    }
    extent_t arena_bytes() const { return arena_bytes_; }
    /// From now on the watcher is told of every kernel; nullptr: nobody is. It must outlive the runs that it watches.
    void watch(kernel_observer* watcher) { watcher_ = watcher; }

private:
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
    /// An access that moves on with the steps of a scan.
    struct moving_access {
        int kernel, access;
        std::int64_t bytes;  // a step
    };
    /// A state whose new value lies elsewhere until the step is over.
    struct new_state {
        int from, to;  // buffers
        std::size_t bytes;
    };
    struct scan_steps {
        int first = 0, end = 0;  // kernels
        extent_t steps = 0;      // at most
        int condition = -1;      // the buffer that says whether there is another one
        growable<moving_access> moving;
        growable<new_state> states;
    };
    void prepare_scans(const program_tables& p);
    void run_steps(const program_tables& p, const scan_steps& s);
    extent_t value(extent_t e) const { return is_number(e) ? e : values_[entry_of(e)]; }
    static std::int64_t bytes(const program_tables& p, const memory_access& a);

    static void check_leaf(const program_tables& p, int i, const shape& got);
    void check_equality(const program_tables& p, const equality& e) const;

    /// No size that follows from the extents may be more than memory has, or than a loop can count.
    void require_addressable(const program_tables& p) const;
    static bool finds_place(const program_tables& p, const kernel& k);
    /// Places are counted in as many bits as the elements have.
    static void require_places(const kernel& k, const shape& space);

    // ---- what is wrong, in words
    [[noreturn]] static void refuse_size(const shape& s);
    [[noreturn]] static void refuse_leaf(const leaf_info& leaf, const shape& got);
    [[noreturn]] void refuse_equality(const program_tables& p, const equality& e) const;
    [[noreturn]] static void refuse_assigned(const leaf_info& read, const leaf_info& assigned);
    [[noreturn]] static void refuse_moved_from(const program_tables& p, const slot& s);
    [[noreturn]] static void refuse_output(const leaf_info& read);
    std::string spelled(const program_tables& p, extent_t e) const;
    std::string spelled_less_one(const program_tables& p, extent_t e) const;
    static std::string described(const leaf_info& leaf);

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
    /// What has elements has memory, unless it was moved from.
    void require_values(const program_tables& p, void* const* results) const;
    /// Memory that the run writes must not be memory that it reads, but for a variable's own.
    void require_apart(const program_tables& p, void* const* results) const;
    void find_written(const program_tables& p);
    void prepare(const program_tables& p);
    /// The bits of a number as a kernel of that type reads it: what float holds it, else an int64.
    static std::uint64_t scalar_bits(dtype kernel_type, double v);
    static std::uint64_t scalar_bits(dtype kernel_type, std::int64_t v);
    void prepare_scalars(const program_tables& p, const kernel& k, kernel_arguments& a) const;
    /// Adjacent axes of one class become one where every access allows it.
    struct axis {
        std::int64_t extent = 1;
        std::int64_t stride[most_accesses]{};
    };
    static int merge(axis* axes, int rank, int accesses);
    static bool counts(const program_tables& p, const kernel& k);
    void prepare_loop(const program_tables& p, const kernel& k, kernel_arguments& to) const;
    void prepare_routine(const program_tables& p, const kernel& k, kernel_arguments& to) const;
    void prepare_walk(const operand_walk& w, kernel_arguments& to) const;
    /// One image after the other: the rows of one, and how far it is to the next.
    void prepare_images(const program_tables& p, const kernel& k, kernel_arguments& to) const;
    void prepare_product(const program_tables& p, const kernel& k, kernel_arguments& to) const;
    /// As a product; its rows are also the last axis of those that a loop goes through.
    void prepare_chain(const program_tables& p, const kernel& k, kernel_arguments& to) const;

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
    buffer<const void*> seen_;               // where leaves and results lay in the last run
    bool is_placed_ = false;                 // whether the pointers of the kernels are for that
    growable<int> read_, states_, results_;  // buffers: leaves, new values of variables, results
    growable<int> copied_;                   // of the new values, those that are not made where the old ones lie
};

#if TELAR_HAS_BODIES
#if TELAR_COMPILED
workspace::workspace() = default;
workspace::workspace(const workspace&) = default;
workspace::workspace(workspace&&) noexcept = default;
workspace& workspace::operator=(const workspace&) = default;
workspace& workspace::operator=(workspace&&) noexcept = default;
workspace::~workspace() = default;
#endif

TELAR_ONCE shape workspace::result_extents(const program_tables& p, int i) const {
    shape s = p.result_extents[i];
    for (int k = 0; k < s.rank; ++k) s[k] = value(s[k]);
    return s;
}
TELAR_ONCE void workspace::read_dimensions(const program_tables& p, const leaf_value* leaves) {
    for (int i = 0; i < p.leaf_count; ++i)
        if (!leaves[i].is_static) check_leaf(p, i, *leaves[i].extents);
    if (prepared_for_ == &p && p.dim_count == 0) return;
    if (values_.size() < p.dim_count) values_.resize(p.dim_count), next_.resize(p.dim_count);
    for (int i = 0; i < p.dim_count; ++i)
        if (p.dims[i].kind == dimension_kind::variable)
            next_[i] = (*leaves[p.dims[i].lhs].extents)[static_cast<int>(p.dims[i].rhs)];
    evaluate(p.dims, p.dim_count, next_.data());
    for (int i = 0; i < p.equality_count; ++i) check_equality(p, p.equalities[i]);
    if (prepared_for_ == &p && std::equal(next_.begin(), next_.end(), values_.begin())) return;
    prepared_for_ = nullptr;
    std::copy(next_.begin(), next_.end(), values_.begin());
    require_addressable(p);
    prepare(p);
    prepared_for_ = &p;
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
    calls_.clear();
    if (p.blocks) blocks_ = p.blocks;
    for (int k = 0; k < p.kernel_count; ++k) {
        const kernel& d = p.kernels[k];
        if (d.kind != kernel_kind::call) continue;
        call c;
        c.kernel = k;
        c.operands = block_of(p, c).leaf_count;
        c.data.resize(d.accesses);
        for (int i = 0; i < c.operands; ++i) {
            shape s;
            for (const extent_t e : p.accesses[d.first_access + i].stride) s.append(value(e));
            c.extents.push(s);
        }
        c.leaves.resize(c.extents.size());
        c.results.resize(c.data.size() - c.extents.size());
        calls_.push(std::move(c));
    }
    callees_.resize(calls_.size());
    extent_t most = 0;
    for (int i = 0; i < calls_.size(); ++i) {
        call& c = calls_[i];
        for (int k = 0; k < c.leaves.size(); ++k) c.leaves[k] = {nullptr, &c.extents[k], true};
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
TELAR_ONCE TELAR_COLD void workspace::prepare_scans(const program_tables& p) {
    scans_.resize(p.repetition_count);
    for (int i = 0; i < scans_.size(); ++i) {
        const repetition& r = p.repetitions[i];
        scan_steps& s = scans_[i];
        s = {r.first, r.end, value(r.steps), r.condition, {}, {}};
        for (int k = s.first; k < s.end; ++k)
            for (int a = 0; a < p.kernels[k].accesses; ++a) {
                const memory_access& x = p.accesses[p.kernels[k].first_access + a];
                const std::int64_t by = value(x.step.by) * bytes(p, x);
                if (by != 0) s.moving.push({k, a, x.step.backward ? -by : by});
            }
        for (int b = 0; b < p.buffer_count; ++b) {
            const slot& c = p.buffers[b];
            if (c.where == storage::carried && !c.in_place && c.first >= s.first && c.first < s.end)
                s.states.push({b, c.index, static_cast<std::size_t>(value(c.count)) * size_of(c.type)});
        }
    }
}
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
TELAR_ONCE std::int64_t workspace::bytes(const program_tables& p, const memory_access& a) {
    return static_cast<std::int64_t>(size_of(p.buffers[a.buffer].type));
}
TELAR_ONCE void workspace::check_leaf(const program_tables& p, int i, const shape& got) {
    const shape& expected = p.leaves[i].type.extents;
    bool fits = got.rank == expected.rank;
    for (int k = 0; fits && k < got.rank; ++k) fits = expected[k] == dyn || expected[k] == got[k];
    if (!fits) refuse_leaf(p.leaves[i], got);
}
TELAR_ONCE void workspace::check_equality(const program_tables& p, const equality& e) const {
    const auto next = [&](extent_t x) { return is_number(x) ? x : next_[entry_of(x)]; };
    if (next(e.lhs) != next(e.rhs)) refuse_equality(p, e);
}
TELAR_ONCE TELAR_COLD void workspace::require_addressable(const program_tables& p) const {
    for (int b = 0; b < p.buffer_count; ++b) {
        const slot& s = p.buffers[b];
        if (is_addressable(value(s.count), size_of(s.type))) continue;
        if (s.where == storage::result) refuse_size(result_extents(p, s.index));
        refuse_size(shape(value(s.count)));
    }
    for (int k = 0; k < p.kernel_count; ++k) {
        shape space = p.kernels[k].space;
        for (int i = 0; i < space.rank; ++i) space[i] = value(space[i]);
        if (!is_addressable(space, 1)) refuse_size(space);
        if (finds_place(p, p.kernels[k])) require_places(p.kernels[k], space);
    }
}
TELAR_ONCE bool workspace::finds_place(const program_tables& p, const kernel& k) {
    for (int i = 0; i < k.instructions; ++i)
        if (const std::uint8_t what = p.instructions[k.first_instruction + i].what;
            what == code_of(op::argmax) || what == code_of(op::argmin))
            return true;
    return false;
}
TELAR_ONCE void workspace::require_places(const kernel& k, const shape& space) {
    extent_t count = 1;
    for (int i = 0; i < space.rank; ++i)
        if (k.reduced >> i & 1) count = saturating_multiply(count, space[i]);
    if (size_of(k.type) < 8 && count > std::numeric_limits<std::int32_t>::max())
        fail<wrong_shape>(joined_text({"argmax, argmin: a place among ", std::to_string(count),
                                       " elements needs 64 bits: cast them to double or std::int64_t first"}));
}

// ---- what is wrong, in words
TELAR_ONCE TELAR_COLD void workspace::refuse_size(const shape& s) {
    fail<wrong_shape>(joined_text({"a value of shape ", to_string(s), " has more elements than memory has addresses"}));
}
TELAR_ONCE TELAR_COLD void workspace::refuse_leaf(const leaf_info& leaf, const shape& got) {
    fail<wrong_shape>(
        joined_text({described(leaf), ": expected shape ", to_string(leaf.type.extents), ", got ", to_string(got)}));
}
TELAR_ONCE TELAR_COLD void workspace::refuse_equality(const program_tables& p, const equality& e) const {
    if (!is_number(e.lhs) && e.rhs == 0 && p.dims[entry_of(e.lhs)].kind == dimension_kind::quotient) {
        const dimension& d = p.dims[entry_of(e.lhs)];  // a / (b + 1) = 0: see dimensions::require_at_most
        if (d.lhs == 1)
            fail<wrong_shape>(joined_text({"an extent is 0 where an element is needed: ", spelled_less_one(p, d.rhs)}));
        fail<wrong_shape>(joined_text(
            {"an extent is too small: ", spelled(p, d.lhs), " elements are asked of ", spelled_less_one(p, d.rhs)}));
    }
    fail<wrong_shape>(joined_text({"extents must be equal: ", spelled(p, e.lhs), " and ", spelled(p, e.rhs)}));
}
TELAR_ONCE TELAR_COLD void workspace::refuse_assigned(const leaf_info& read, const leaf_info& assigned) {
    fail<overlapping_output>(joined_text({described(read), " is read from the memory of ", described(assigned),
                                          ", which the run assigns: feed a copy"}));
}
TELAR_ONCE TELAR_COLD void workspace::refuse_moved_from(const program_tables& p, const slot& s) {
    const int leaf = s.where == storage::leaf ? s.index : p.roots[s.index].target;
    fail<no_value>(joined_text({leaf < 0 ? "the output" : described(p.leaves[leaf]),
                                " has no value: its elements were moved to another tensor"}));
}
TELAR_ONCE TELAR_COLD void workspace::refuse_output(const leaf_info& read) {
    fail<overlapping_output>(joined_text({"run_into: the output overlaps ", described(read), ", which is read"}));
}
TELAR_ONCE TELAR_COLD std::string workspace::spelled(const program_tables& p, extent_t e) const {
    if (is_number(e)) return std::to_string(e);
    const dimension& d = p.dims[entry_of(e)];
    const std::string number = std::to_string(next_[entry_of(e)]);
    if (d.kind != dimension_kind::variable) return number;
    return joined_text({number, " (axis ", std::to_string(d.rhs), " of ", described(p.leaves[d.lhs]), ")"});
}
TELAR_ONCE TELAR_COLD std::string workspace::spelled_less_one(const program_tables& p, extent_t e) const {
    if (is_number(e)) return std::to_string(e - 1);
    const dimension& d = p.dims[entry_of(e)];
    if (d.kind == dimension_kind::sum && d.rhs == 1) return spelled(p, d.lhs);
    return std::to_string(next_[entry_of(e)] - 1);
}
TELAR_ONCE TELAR_COLD std::string workspace::described(const leaf_info& leaf) {
    return leaf.name.empty() ? "a captured value" : joined_text({"\"", leaf.name, "\""});
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
    require_values(p, results);
    require_apart(p, results);
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
                reinterpret_cast<std::byte*>(base + static_cast<std::uintptr_t>(value(x.offset) * bytes(p, x)));
        }
    }
    for (const scan_steps& s : scans_)
        for (const moving_access& m : s.moving)
            if (m.bytes < 0 && s.steps > 0) pointer(p, m.kernel, m.access) -= (s.steps - 1) * m.bytes;
}
TELAR_ONCE void workspace::require_values(const program_tables& p, void* const* results) const {
    for (int b = 0; b < p.buffer_count; ++b) {
        const slot& s = p.buffers[b];
        if (s.where == storage::temporary || s.where == storage::carried) continue;
        const void* memory = s.where == storage::leaf ? base_.data()[b] : results[s.index];
        if (memory == nullptr && value(s.count) > 0) refuse_moved_from(p, s);
    }
}
TELAR_ONCE void workspace::require_apart(const program_tables& p, void* const* results) const {
    const auto bytes_of = [&](int b) {
        const slot& s = p.buffers[b];
        return static_cast<std::size_t>(value(s.count)) * size_of(s.type);
    };
    for (const int b : read_) {
        const std::byte* read = base_.data()[b];
        const auto overlaps = [&](const std::byte* written, std::size_t count) {
            constexpr std::compare_three_way order;  // of any two pointers
            return order(read, written + count) < 0 && order(written, read + bytes_of(b)) < 0;
        };
        for (const int s : states_) {
            const int target = p.roots[p.buffers[s].index].target;
            if (target == p.buffers[b].index) continue;
            if (overlaps(static_cast<const std::byte*>(results[p.buffers[s].index]), bytes_of(s)))
                refuse_assigned(p.leaves[p.buffers[b].index], p.leaves[target]);
        }
        for (const int s : results_)
            if (overlaps(base_.data()[s], bytes_of(s))) refuse_output(p.leaves[p.buffers[b].index]);
    }
}
TELAR_ONCE TELAR_COLD void workspace::find_written(const program_tables& p) {
    read_.clear();
    states_.clear();
    results_.clear();
    copied_.clear();
    for (int b = 0; b < p.buffer_count; ++b) switch (p.buffers[b].where) {
            case storage::leaf: read_.push(b); break;
            case storage::state:
                states_.push(b);
                if (!p.buffers[b].in_place) copied_.push(b);
                break;
            case storage::result: results_.push(b); break;
            case storage::temporary:
            case storage::carried: break;
        }
}

// ---- what depends on the extents alone
TELAR_ONCE TELAR_COLD void workspace::prepare(const program_tables& p) {
    is_placed_ = false;
    find_written(p);
    offsets_.resize(p.buffer_count);
    base_.resize(static_cast<std::size_t>(p.buffer_count));
    seen_.resize(static_cast<std::size_t>(p.leaf_count + p.root_count));
    std::memset(seen_.data(), 0, seen_.size() * sizeof(const void*));
    arguments_.resize(static_cast<std::size_t>(p.kernel_count));
    arena_bytes_ = own_bytes_ = plan_memory(p.buffers, p.buffer_count, values_.data(), offsets_.data());
    prepare_calls(p);
    if (!is_addressable(arena_bytes_, 1)) refuse_size(shape(arena_bytes_));
    if (!is_callee_) {
        if (arena_.size() < static_cast<std::size_t>(arena_bytes_))
            arena_.resize(static_cast<std::size_t>(arena_bytes_));
        use_memory(arena_.data());
    }
    prepare_scans(p);
    int calls = 0;
    for (int k = 0; k < p.kernel_count; ++k) {
        arguments_.data()[k] = {};
        arguments_.data()[k].labels = p.labels;
        switch (p.kernels[k].kind) {
            case kernel_kind::loop: prepare_loop(p, p.kernels[k], arguments_.data()[k]); break;
            case kernel_kind::contract: prepare_product(p, p.kernels[k], arguments_.data()[k]); break;
            case kernel_kind::chain: prepare_chain(p, p.kernels[k], arguments_.data()[k]); break;
            case kernel_kind::routine: prepare_routine(p, p.kernels[k], arguments_.data()[k]); break;
            case kernel_kind::call: arguments_.data()[k].rows = calls++; break;
        }
        prepare_scalars(p, p.kernels[k], arguments_.data()[k]);
    }
}
TELAR_ONCE std::uint64_t workspace::scalar_bits(dtype kernel_type, double v) {
    if (kernel_type == dtype::float32) return std::bit_cast<std::uint32_t>(static_cast<float>(v));
    if (kernel_type == dtype::float64) return std::bit_cast<std::uint64_t>(v);
    // What fits no integer becomes the lowest, as a cast of it does.
    constexpr double limit = 9223372036854775808.0;
    const bool fits = v >= -limit && v < limit;
    return static_cast<std::uint64_t>(fits ? static_cast<std::int64_t>(v)
                                           : std::numeric_limits<std::int64_t>::lowest());
}
TELAR_ONCE std::uint64_t workspace::scalar_bits(dtype kernel_type, std::int64_t v) {
    return is_float(kernel_type) ? scalar_bits(kernel_type, static_cast<double>(v)) : static_cast<std::uint64_t>(v);
}
TELAR_ONCE TELAR_COLD void workspace::prepare_scalars(const program_tables& p, const kernel& k,
                                                      kernel_arguments& a) const {
    for (int i = 0; i < k.scalars; ++i) {
        const scalar_argument& s = p.scalars[k.first_scalar + i];
        if (s.is_extent && is_half(s.type))
            a.scalars[i] = scalar_bits(k.type, held_by(s.type, static_cast<double>(value(s.extent))));
        else if (s.is_extent) a.scalars[i] = scalar_bits(k.type, value(s.extent));
        else if (is_float(s.type)) a.scalars[i] = scalar_bits(k.type, std::bit_cast<double>(s.bits));
        else a.scalars[i] = scalar_bits(k.type, static_cast<std::int64_t>(s.bits));
    }
}
TELAR_ONCE int workspace::merge(axis* axes, int rank, int accesses) {
    int kept = 0;
    for (int i = 0; i < rank; ++i) {
        bool merges = kept > 0;
        for (int a = 0; merges && a < accesses; ++a)
            merges = axes[kept - 1].stride[a] == axes[i].stride[a] * axes[i].extent;
        if (merges) {
            for (int a = 0; a < accesses; ++a) axes[kept - 1].stride[a] = axes[i].stride[a];
            axes[kept - 1].extent *= axes[i].extent;
        } else {
            axes[kept++] = axes[i];
        }
    }
    return kept;
}
TELAR_ONCE bool workspace::counts(const program_tables& p, const kernel& k) {
    for (int i = 0; i < k.instructions; ++i)
        if (p.instructions[k.first_instruction + i].what == static_cast<std::uint8_t>(code::index)) return true;
    return false;
}
TELAR_ONCE TELAR_COLD void workspace::prepare_loop(const program_tables& p, const kernel& k,
                                                   kernel_arguments& to) const {
    axis kept[max_rank], reduced[max_rank];
    int kept_rank = 0, reduced_rank = 0;
    const int last = k.space.rank - 1;
    for (int i = 0; i <= last; ++i) {
        axis x;
        x.extent = value(k.space[i]);
        for (int a = 0; a < k.accesses; ++a) x.stride[a] = value(p.accesses[k.first_access + a].stride[i]);
        if (k.reduced >> i & 1) reduced[reduced_rank++] = x;
        else kept[kept_rank++] = x;
    }
    axis vector_axis;
    if (last >= 0 && counts(p, k)) {  // along the last axis, which then stays as it is
        vector_axis = k.reduced >> last & 1 ? reduced[--reduced_rank] : kept[--kept_rank];
        kept_rank = merge(kept, kept_rank, k.accesses);
        reduced_rank = merge(reduced, reduced_rank, k.accesses);
    } else {
        kept_rank = merge(kept, kept_rank, k.accesses);
        reduced_rank = merge(reduced, reduced_rank, k.accesses);
        if (last >= 0) vector_axis = k.reduced >> last & 1 ? reduced[--reduced_rank] : kept[--kept_rank];
    }
    to.inner = vector_axis.extent;
    to.outer_rank = kept_rank;
    to.reduced_rank = reduced_rank;
    for (int i = 0; i < kept_rank; ++i) to.rows *= to.outer[i] = kept[i].extent;
    for (int i = 0; i < reduced_rank; ++i) to.reduced[i] = reduced[i].extent;
    for (int a = 0; a < k.accesses; ++a) {
        const std::int64_t size = bytes(p, p.accesses[k.first_access + a]);
        to.inner_stride[a] = vector_axis.stride[a];
        for (int i = 0; i < kept_rank; ++i) to.outer_stride[a][i] = kept[i].stride[a] * size;
        for (int i = 0; i < reduced_rank; ++i) to.reduced_stride[a][i] = reduced[i].stride[a] * size;
    }
}
TELAR_ONCE TELAR_COLD void workspace::prepare_routine(const program_tables& p, const kernel& k,
                                                      kernel_arguments& to) const {
    axis kept[max_rank], columns;
    int rank = 0;
    const int last = k.space.rank - 1;
    for (int i = 0; i <= last; ++i) {
        axis x;
        x.extent = value(k.space[i]);
        for (int a = 0; a < k.accesses; ++a) x.stride[a] = value(p.accesses[k.first_access + a].stride[i]);
        if (!(k.reduced >> i & 1)) {
            kept[rank++] = x;
            continue;
        }
        to.lines = x.extent;
        for (int a = 0; a < k.accesses; ++a) to.line_stride[a] = x.stride[a];
    }
    rank = merge(kept, rank, k.accesses);
    if (last >= 0 && !(k.reduced >> last & 1)) columns = kept[--rank];
    to.inner = columns.extent;
    to.outer_rank = rank;
    for (int i = 0; i < rank; ++i) to.rows *= to.outer[i] = kept[i].extent;
    for (int a = 0; a < k.accesses; ++a) {
        to.inner_stride[a] = columns.stride[a];
        const std::int64_t size = bytes(p, p.accesses[k.first_access + a]);
        for (int i = 0; i < rank; ++i) to.outer_stride[a][i] = kept[i].stride[a] * size;
    }
}
TELAR_ONCE TELAR_COLD void workspace::prepare_walk(const operand_walk& w, kernel_arguments& to) const {
    const auto merged = [&](int first, int count) {
        axis axes[max_rank];
        for (int i = 0; i < count; ++i)
            axes[i].extent = value(w.extent[first + i]), axes[i].stride[0] = value(w.stride[first + i]);
        const int rank = merge(axes, count, 1);
        for (int i = 0; i < rank; ++i) {
            const int at = to.walk_rows + to.walk_columns + i;
            to.walk_extent[at] = axes[i].extent;
            to.walk_stride[at] = axes[i].stride[0];
        }
        return rank;
    };
    const int images = w.image_axes > 0;  // the first axis of the rows is not one of them then
    to.walk_rows = merged(images, w.rows - images);
    to.walk_columns = merged(w.rows, w.columns);
    to.image_axes = w.image_axes;
    for (int i = 0; i < w.image_axes; ++i) {
        const image_axis& x = w.image[i + 1];
        to.image[i] = {value(x.extent), value(x.before), value(x.inside), value(x.stride)};
    }
}
TELAR_ONCE TELAR_COLD void workspace::prepare_images(const program_tables& p, const kernel& k,
                                                     kernel_arguments& to) const {
    to.outer_rank = 1;
    to.rows = to.outer[0] = value(k.walk.extent[0]);
    to.lines = 1;
    for (int i = 1; i < k.walk.rows; ++i) to.lines *= value(k.walk.extent[i]);
    for (int a = 0; a < k.accesses; ++a) to.outer_stride[a][0] = a < 2 ? 0 : to.lines * to.line_stride[a];
    to.outer_stride[0][0] = value(k.walk.image[0].stride) * bytes(p, p.accesses[k.first_access]);
}
TELAR_ONCE TELAR_COLD void workspace::prepare_product(const program_tables& p, const kernel& k,
                                                      kernel_arguments& to) const {
    const int rows = k.space.rank - 2, columns = k.space.rank - 1;
    axis axes[max_rank];
    int rank = 0;
    for (int i = 0; i <= rows; ++i) {  // batches of rows that lie as one are more rows
        axes[rank].extent = value(k.space[i]);
        for (int a = 0; a < k.accesses; ++a) axes[rank].stride[a] = value(p.accesses[k.first_access + a].stride[i]);
        ++rank;
    }
    // Rows that are walked through are no one axis of the left operand: batches stay what they are.
    if (k.walk.rows == 0) rank = merge(axes, rank, k.accesses);
    prepare_walk(k.walk, to);
    to.lines = axes[rank - 1].extent;
    // Rows that merged with batches must not walk through the right operand.
    to.inner = value(k.space[columns]);
    to.depth = value(k.depth);
    to.outer_rank = rank - 1;
    for (int i = 0; i < rank - 1; ++i) to.rows *= to.outer[i] = axes[i].extent;
    for (int a = 0; a < k.accesses; ++a) {
        const memory_access& x = p.accesses[k.first_access + a];
        const std::int64_t size = bytes(p, x);
        to.inner_stride[a] = value(x.stride[columns]);
        to.line_stride[a] = axes[rank - 1].stride[a] * (a < 2 ? 1 : size);
        if (a < 2) to.depth_stride[a] = value(x.inner);
        for (int i = 0; i < rank - 1; ++i) to.outer_stride[a][i] = axes[i].stride[a] * size;
    }
    if (k.walk.image_axes > 0) prepare_images(p, k, to);
}
TELAR_ONCE TELAR_COLD void workspace::prepare_chain(const program_tables& p, const kernel& k,
                                                    kernel_arguments& to) const {
    prepare_product(p, k, to);
    const int rows = to.outer_rank++;
    to.rows *= to.outer[rows] = to.lines;
    to.columns = value(k.columns);
    for (int a = 0; a < k.accesses; ++a)
        to.outer_stride[a][rows] = to.line_stride[a] * (a < 2 ? bytes(p, p.accesses[k.first_access + a]) : 1);
    to.depth_stride[2] = value(p.accesses[k.first_access + 2].inner);
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::runtime

namespace telar::inline TELAR_ABI {
using runtime::kernel_observer;
using runtime::workspace;
}  // namespace telar::inline TELAR_ABI
