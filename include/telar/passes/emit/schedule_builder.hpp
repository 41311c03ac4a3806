// SPDX-License-Identifier: BSL-1.0
// A schedule under construction: the buffers of nodes, the tables, and the kernel that is being written. What a kernel
// of each kind consists of stands in the files beside this one.
#pragma once
#include <telar/graph/schedule.hpp>
#include <telar/graph/target.hpp>
#include <telar/passes/grouping.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

constexpr node zero_of(dtype type) {
    node n;
    n.type = type;
    return n;
}

class schedule_builder {
public:
    graph& g;
    const node* const nodes;
    const view* const views;
    const grouping& groups;
    const target& machine;
    kernel now;      // being written
    int region = 0;  // of the kernels that are begun

    constexpr schedule_builder(graph& whole, const growable<view>& all_views, const grouping& all_groups,
                               const target& for_machine)
        : g(whole),
          nodes(whole.nodes.data()),
          views(all_views.data()),
          groups(all_groups),
          machine(for_machine),
          roots_on_(whole.size(), whole.roots.size()),
          buffer_of_(whole.size(), -1),
          result_of_(whole.size(), -1) {
        for (int r = 0; r < g.roots.size(); ++r) roots_on_.add(views[g.roots[r].id].base, r);
        s_.instructions.reserve(4 * g.size());
        s_.accesses.reserve(3 * g.size());
        s_.buffers.reserve(g.size() + 8);
        s_.kernels.reserve(groups.order.size() + 8);
    }
    /// Takes the schedule out. Lifetimes are not known yet.
    constexpr schedule finished() {
        s_.dims = std::move(g.dims);
        s_.labels = std::move(g.labels);
        return std::move(s_);
    }

    // ------------------------------------------------------------ buffers
    constexpr int new_buffer(storage where, int index, dtype type, extent_t count) {
        return s_.buffers.push({where, index, type, 0, -1, -1, count});
    }
    /// The buffer of a node: its leaf's, the first root's that it is, or a temporary. A number gets memory in a kernel
    /// of its own, which must not come while another is being written.
    constexpr int buffer_of(int i) {
        if (buffer_of_[i] >= 0) return buffer_of_[i];
        const node& n = nodes[i];
        const extent_t count = g.dims.count(n.extents);
        if (n.kind == op::leaf)
            return buffer_of_[i] = new_buffer(storage::leaf, static_cast<int>(n.attribute[0]), n.type, count);
        if (n.kind == op::scan_next)
            return buffer_of_[i] = new_buffer(storage::carried, buffer_of(n.in[1]), n.type, count);
        for (int r = roots_on_.first(i); r >= 0 && n.kind != op::scan_state; r = roots_on_.next(r))
            if (is_whole(g.roots[r].id, i)) {
                result_of_[i] = r;
                return buffer_of_[i] =
                           new_buffer(g.roots[r].target < 0 ? storage::result : storage::state, r, n.type, count);
            }
        buffer_of_[i] = new_buffer(storage::temporary, i, n.type, count);
        if (is_number_source(n.kind)) fill(buffer_of_[i], n);
        return buffer_of_[i];
    }
    /// The view of a node, which has a buffer from now on; numbers need none where they are copied.
    constexpr const view& with_buffer(int i) {
        if (!is_number_source(nodes[views[i].base].kind)) buffer_of(views[i].base);
        return views[i];
    }
    /// True if node i writes root r where it is wanted.
    constexpr bool writes_root(int i, int r) const { return result_of_[i] == r; }
    /// True if the memory of node i keeps an old value until the new one is written.
    constexpr bool is_assigned(int i) const {
        if (nodes[i].kind == op::scan_next) return true;
        for (int r = roots_on_.first(i); r >= 0; r = roots_on_.next(r))
            if (g.roots[r].target >= 0) return true;
        return false;
    }

    // ------------------------------------------------------------ kernels
    constexpr int kernel_count() const { return s_.kernels.size(); }
    constexpr void begin(kernel_kind kind, dtype type) {
        now = {};
        now.kind = kind;
        now.region = region;
        now.type = computed_in(type);
        now.first_instruction = first_value_ = s_.instructions.size();
        now.first_access = first_shared_ = s_.accesses.size();
        now.first_scalar = s_.scalars.size();
    }
    /// `kept_rows`: rows of the kernel's own memory, which are counted like accesses.
    constexpr void end(int kept_rows = 0) {
        now.instructions = s_.instructions.size() - now.first_instruction;
        now.accesses = s_.accesses.size() - now.first_access;
        now.scalars = s_.scalars.size() - now.first_scalar;
        const bool takes_any = now.kind == kernel_kind::call;
        s_.fits = s_.fits && now.instructions <= machine.most.instructions && now.scalars <= machine.most.scalars &&
                  (takes_any || now.accesses + kept_rows <= machine.most.accesses);
        s_.kernels.push(now);
    }
    /// The space of the kernel: the axes of `full` that are not 1, by number.
    constexpr void set_space(const shape& full, unsigned reduced, unsigned always_kept = 0) {
        axes_ = {};
        full_ = full;
        now.space = {};
        for (int i = 0; i < full.rank; ++i) {
            if (full[i] == 1 && !(always_kept >> i & 1)) continue;
            if (reduced >> i & 1) now.reduced |= 1 << now.space.rank;
            axes_.append(i);
            now.space.append(full[i]);
        }
    }
    /// Values are numbered anew, and accesses before this point are not shared any more.
    constexpr void begin_second_product() {
        first_value_ = s_.instructions.size();
        first_shared_ = s_.accesses.size();
    }
    /// Kernels from here on run once for each step, as long as the condition's buffer, if any, is true.
    constexpr void begin_repetition(extent_t steps, int condition) {
        s_.repetitions.push({kernel_count(), 0, steps, condition, 0});
    }
    constexpr void extend_repetition() { s_.repetitions[s_.repetitions.size() - 1].end = kernel_count(); }

    // ------------------------------------------------------------ accesses
    /// How the kernel reaches a value of extents `s` that lies as `v` says.
    constexpr memory_access access_to(const view& v, const shape& s) {
        memory_access a{buffer_of(v.base), 0, v.offset, {}, 0, v.step};
        const int added = full_.rank - s.rank;
        for (int k = 0; k < axes_.rank; ++k) {
            const int axis = static_cast<int>(axes_[k]) - added;
            a.stride[k] = axis < 0 || s[axis] == 1 ? 0 : v.stride[axis];
        }
        return a;
    }
    /// How the kernel reaches a place in a buffer, of the extents of its space.
    constexpr memory_access place_in(int buffer, const view& v) const {
        memory_access a{buffer, 0, v.offset, {}, 0, v.step};
        for (int k = 0; k < axes_.rank; ++k) a.stride[k] = v.stride[axes_[k]];
        return a;
    }
    /// An access that no instruction names: an operand of a product, a routine or a call, or its result.
    constexpr void push_operand(memory_access a, bool writes = false) {
        a.writes = writes;
        s_.accesses.push(a);
        first_shared_ = s_.accesses.size();
    }
    /// True if the value does not change along what a sweep runs over.
    constexpr bool is_fixed_in_row(const memory_access& a) const {
        const int last = now.space.rank - 1;
        for (int k = 0; k <= last; ++k) {
            const bool swept = (now.reduced >> k & 1) || (k == last && now.reduced == 0);
            if (swept && a.stride[k] != 0) return false;
        }
        return true;
    }

    // ------------------------------------------------------------ instructions, each with the number of its value
    /// `what` is a code, or an operation's own number.
    constexpr int push(auto what, int a = 0, int b = 0, int c = 0) {
        s_.instructions.push({static_cast<std::uint8_t>(what), static_cast<std::uint8_t>(a),
                              static_cast<std::uint8_t>(b), static_cast<std::uint8_t>(c)});
        return s_.instructions.size() - 1 - first_value_;
    }
    constexpr int push_argument(const scalar_argument& v) { return s_.scalars.push(v) - now.first_scalar; }
    constexpr int push_scalar(const node& n) {
        scalar_argument v{n.value, 0, n.kind == op::extent, n.type};
        if (n.kind == op::extent) v.extent = n.attribute[0];
        return push(code::scalar, push_argument(v), static_cast<int>(n.type));
    }
    constexpr int push_load(const memory_access& a) {
        const int reached = static_cast<int>(reach_of(a));
        return push(code::load, push_access(a), static_cast<int>(s_.buffers[a.buffer].type), reached);
    }
    constexpr void push_store(memory_access a, int value) {
        a.writes = 1;
        const int type = static_cast<int>(s_.buffers[a.buffer].type);
        push(code::store, push_access(a), value, type | static_cast<int>(reach_of(a)) << 4);
    }

    // ------------------------------------------------------------ loops of one sweep
    /// Begins a loop over `s`; the value of `number`, if that is one.
    constexpr int begin_sweep(const shape& s, dtype type, const node* number = nullptr) {
        begin(kernel_kind::loop, type);
        set_space(s, 0);
        push(code::rows);
        const int value = number ? push_scalar(*number) : -1;
        push(code::sweep);
        return value;
    }
    /// Writes a number to every element of a part of a buffer.
    constexpr void fill(int buffer, const view& at, const shape& part, const node& number) {
        const int value = begin_sweep(part, number.type, &number);
        push_store(place_in(buffer, at), value);
        end();
    }
    constexpr void fill(int buffer, const node& number) {
        view whole;
        whole.stride[0] = 1;
        fill(buffer, whole, shape(s_.buffers[buffer].count), number);
    }

private:
    /// True if node r, a view of node i, is all of it: then the result can be written where it is wanted.
    constexpr bool is_whole(int r, int i) {
        const view& v = views[r];
        return v.offset == 0 && g.dims.same(g.dims.count(nodes[r].extents), g.dims.count(nodes[i].extents)) &&
               views_of::is_contiguous(g.dims, v, nodes[r].extents);
    }
    /// The number of an access in the kernel; equal ones are one.
    constexpr int push_access(const memory_access& a) {
        const memory_access* const all = s_.accesses.data();
        for (int i = first_shared_, end = s_.accesses.size(); i < end; ++i) {
            const memory_access& b = all[i];
            if (a.buffer != b.buffer) continue;
            bool same = a.offset == b.offset && a.writes == b.writes && a.inner == b.inner && a.step == b.step;
            for (int k = 0; same && k < now.space.rank; ++k) same = a.stride[k] == b.stride[k];
            if (same) return i - now.first_access;
        }
        return s_.accesses.push(a) - now.first_access;
    }
    constexpr reach reach_of(const memory_access& a) const {
        if (now.space.rank == 0) return reach::same;
        const extent_t inner = a.stride[now.space.rank - 1];
        return inner == 0 ? reach::same : inner == 1 ? reach::contiguous : reach::strided;
    }

    lists_by_key roots_on_;  // a node
    schedule s_;
    growable<int> buffer_of_;
    growable<int> result_of_;  // the root whose buffer a node writes
    shape axes_, full_;        // of the space: axes by number, and with those of extent 1
    int first_value_ = 0;      // the instruction whose value is number 0
    int first_shared_ = 0;     // the first access that may be one for several instructions
};

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
