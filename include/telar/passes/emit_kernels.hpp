// SPDX-License-Identifier: BSL-1.0
// emit_kernels: groups of nodes to a schedule.
//
// in      a graph, the views of its nodes, a grouping with its members
// out     a schedule: buffers, and kernels as flat lists of instructions; it does not `fit` if one is too large
// needs   verify(graph)
// order   last but plan_memory, which places the buffers
//
// A loop kernel runs row by row. A node's sweep is the number of reductions that it waits for; what a later sweep needs
// is read back if it was costly (or stored anyway), else computed again. What does not change along a row is computed
// once.
#pragma once
#include <telar/passes/find_lifetimes.hpp>
#include <telar/passes/find_members.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

class emitter {
public:
    constexpr emitter(graph& g, const growable<view>& views, const grouping& groups)
        : g_(g),
          nodes_(g.nodes.data()),
          views_(views.data()),
          groups_(groups),
          roots_on_(g.size(), g.roots.size()),
          buffer_of_(g.size(), -1),
          result_of_(g.size(), -1),
          notes_(g.size()) {
        for (int r = 0; r < g.roots.size(); ++r) roots_on_.add(views[g.roots[r].id].base, r);
        s_.instructions.reserve(4 * g.size());
        s_.accesses.reserve(3 * g.size());
        s_.buffers.reserve(g.size() + 8);
        s_.kernels.reserve(groups.order.size() + 8);
    }

    constexpr schedule run() {
        for (int k = 0; k < groups_.order.size(); ++k) emit_in_order(k);
        emit_copied_roots();
        find_lifetimes(s_, g_.roots);
        s_.dims = std::move(g_.dims);
        s_.labels = std::move(g_.labels);
        return std::move(s_);
    }

private:
    // ------------------------------------------------------------ buffers
    constexpr int new_buffer(storage where, int index, dtype type, extent_t count) {
        return s_.buffers.push({where, index, type, 0, -1, -1, count});
    }
    /// The buffer of a node: its leaf's, the first root's that it is, or a temporary.
    constexpr int buffer_of(int i) {
        if (buffer_of_[i] >= 0) return buffer_of_[i];
        const node& n = nodes_[i];
        const extent_t count = g_.dims.count(n.extents);
        if (n.kind == op::leaf)
            return buffer_of_[i] = new_buffer(storage::leaf, static_cast<int>(n.attribute[0]), n.type, count);
        if (n.kind == op::scan_next)
            return buffer_of_[i] = new_buffer(storage::carried, buffer_of(n.in[1]), n.type, count);
        for (int r = roots_on_.first(i); r >= 0 && n.kind != op::scan_state; r = roots_on_.next(r))
            if (is_whole(g_.roots[r].id, i)) {
                result_of_[i] = r;
                return buffer_of_[i] =
                           new_buffer(g_.roots[r].target < 0 ? storage::result : storage::state, r, n.type, count);
            }
        buffer_of_[i] = new_buffer(storage::temporary, 0, n.type, count);
        if (n.kind == op::constant || n.kind == op::extent) fill(buffer_of_[i], n);
        return buffer_of_[i];
    }

    /// True if node r, a view of node i, is all of it: then the result can be written where it is wanted.
    constexpr bool is_whole(int r, int i) {
        const view& v = views_[r];
        return v.offset == 0 && g_.dims.same(g_.dims.count(nodes_[r].extents), g_.dims.count(nodes_[i].extents)) &&
               views_of::is_contiguous(g_.dims, v, nodes_[r].extents);
    }

    // ------------------------------------------------------------ instructions of the kernel at hand
    constexpr int push(std::uint8_t what, int a = 0, int b = 0, int c = 0) {
        s_.instructions.push(
            {what, static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b), static_cast<std::uint8_t>(c)});
        return s_.instructions.size() - 1 - first_value_;
    }
    constexpr int push(code what, int a = 0, int b = 0, int c = 0) {
        return push(static_cast<std::uint8_t>(what), a, b, c);
    }
    constexpr int push_scalar(const node& n) {
        scalar_argument v{n.value, 0, n.kind == op::extent, n.type};
        if (n.kind == op::extent) v.extent = n.attribute[0];
        return push(code::scalar, s_.scalars.push(v) - now_.first_scalar, static_cast<int>(n.type));
    }
    constexpr void begin(kernel_kind kind, dtype type) {
        now_ = {};
        now_.kind = kind;
        now_.type = type == dtype::boolean ? dtype::float32
                    : type == dtype::uint8 ? dtype::int32
                                           : arithmetic_type(type);
        now_.first_instruction = first_value_ = s_.instructions.size();
        now_.first_access = first_shared_ = s_.accesses.size();
        now_.first_scalar = s_.scalars.size();
        weights_ = -1;
        kept_rows_ = 0;
    }
    constexpr void end() {
        now_.instructions = s_.instructions.size() - now_.first_instruction;
        now_.accesses = s_.accesses.size() - now_.first_access;
        now_.scalars = s_.scalars.size() - now_.first_scalar;
        const bool takes_any = now_.kind == kernel_kind::call;
        s_.fits = s_.fits && now_.instructions <= most_instructions && now_.scalars <= most_scalars &&
                  (takes_any || now_.accesses + kept_rows_ <= most_accesses);
        s_.kernels.push(now_);
    }
    /// The space of the kernel: the axes of `full` that are not 1, by number.
    constexpr void set_space(const shape& full, unsigned reduced, unsigned always_kept = 0) {
        axes_ = {};
        full_ = full;
        now_.space = {};
        for (int i = 0; i < full.rank; ++i) {
            if (full[i] == 1 && !(always_kept >> i & 1)) continue;
            if (reduced >> i & 1) now_.reduced |= 1 << now_.space.rank;
            axes_.append(i);
            now_.space.append(full[i]);
        }
    }
    /// How the kernel reaches a value of extents `s` that lies as `v` says.
    constexpr memory_access access_to(const view& v, const shape& s) {
        memory_access a;
        a.buffer = buffer_of(v.base);
        a.offset = v.offset;
        a.step = v.step;
        for (int k = 0; k < axes_.rank; ++k) {
            const int axis = static_cast<int>(axes_[k]) - (full_.rank - s.rank);
            a.stride[k] = axis < 0 || s[axis] == 1 ? 0 : v.stride[axis];
        }
        return a;
    }
    constexpr int push_access(const memory_access& a) {
        const memory_access* const all = s_.accesses.data();
        for (int i = first_shared_, end = s_.accesses.size(); i < end; ++i) {
            const memory_access& b = all[i];
            if (a.buffer != b.buffer) continue;
            bool same = a.offset == b.offset && a.writes == b.writes && a.inner == b.inner && a.step == b.step;
            for (int k = 0; same && k < now_.space.rank; ++k) same = a.stride[k] == b.stride[k];
            if (same) return i - now_.first_access;
        }
        return s_.accesses.push(a) - now_.first_access;
    }
    constexpr reach reach_of(const memory_access& a) const {
        if (now_.space.rank == 0) return reach::same;
        const extent_t inner = a.stride[now_.space.rank - 1];
        return inner == 0 ? reach::same : inner == 1 ? reach::contiguous : reach::strided;
    }
    /// True if the value does not change along what a sweep runs over.
    constexpr bool is_fixed_in_row(const memory_access& a) const {
        const int last = now_.space.rank - 1;
        for (int k = 0; k <= last; ++k) {
            const bool swept = (now_.reduced >> k & 1) || (k == last && now_.reduced == 0);
            if (swept && a.stride[k] != 0) return false;
        }
        return true;
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

    // ------------------------------------------------------------ groups
    /// Group number k of the order; those of a scan are repeated together.
    constexpr void emit_in_order(int k) {
        const group& now = groups_.groups[groups_.order[k]];
        const bool begins = now.scan >= 0 && (k == 0 || groups_.groups[groups_.order[k - 1]].scan != now.scan);
        if (begins) {
            for (int j = k; j < groups_.order.size() && groups_.groups[groups_.order[j]].scan == now.scan; ++j)
                fill_constant_operands(groups_.members_of(j));
            const extent_t steps = g_.dims.resolve(nodes_[now.scan].attribute[0]);
            const int condition = condition_of(g_, now.scan);
            s_.repetitions.push({s_.kernels.size(), 0, steps, condition < 0 ? -1 : buffer_of(condition), 0});
        }
        emit_group(now, groups_.members_of(k));
        if (now.scan >= 0) s_.repetitions[s_.repetitions.size() - 1].end = s_.kernels.size();
    }
    /// Operands that are constants get memory, in kernels of their own.
    constexpr void fill_constant_operands(node_list members) {
        for (int i : members)
            for (int a = 0; nodes_[i].kind == op::matmul && a < 2; ++a)
                buffer_of(views_[read_operand(g_, views_, i, a, groups_.buffered)].base);
        if (members.count > 0 && nodes_[members[0]].kind == op::call_result)
            for (const int o : operands_of_call(g_, nodes_[members[0]].in[0])) buffer_of(views_[o].base);
    }
    constexpr void emit_group(const group& group, node_list members) {
        if (members.count == 0) return;
        if (group.kind == group_kind::movement) emit_movement(members[0]);
        else if (group.kind == group_kind::routine) emit_routine(members[0]);
        else if (group.kind == group_kind::call) emit_call(members);
        else if (group.follows >= 0) emit_chain(group, members);
        else if (group.kind != group_kind::chain) emit_fused(group, members);
    }

    /// What the emission of the kernel at hand knows of a node.
    struct note {
        int kernel = -1;           // that it was last computed in
        int stage = 0;             // the sweep it is computed in; of a value per row: the first sweep that may use it
        bool is_row = false;       // one value per row
        bool is_kept = false;      // read back in later sweeps
        bool is_needed = false;    // in the sweep at hand
        bool is_computed = false;  // in the sweep at hand, or before
        bool is_lent = false;      // its result's memory keeps another value until it is written
        int home = -1;             // whose memory keeps it
        int kept_row = -1;         // chain: the row of the kernel's own memory that is it
        int last_use = -1;         // the last sweep that reads it back
        int row_value = -1;        // instruction of a value per row, or that does not change along one
        int value = -1;            // instruction in the sweep at hand
    };
    /// The kernel at hand: its nodes, its number, how often it runs over a row.
    struct fused {
        node_list nodes;
        int number;
        int sweeps = 1;
    };
    constexpr bool is_inside(const fused& f, int i) const { return notes_.at[i].kernel == f.number; }

    constexpr void emit_fused(const group& group, node_list members) {
        const bool is_contract = group.kind == group_kind::contract;
        fill_constant_operands(members);
        begin(is_contract ? kernel_kind::contract : kernel_kind::loop, group.type);
        set_space(group.space, group.reduced, is_contract ? 3u << (group.space.rank - 2) : 0);
        now_.nodes = members.count;
        if (is_contract) push_operands(members);
        emit_sections(group, members, is_contract);
        end();
    }
    /// A product, its rows' work and the product of those rows: three operands, the sections of a loop, then the
    /// sections of a product, whose values are numbered anew.
    constexpr void emit_chain(const group& last, node_list second) {
        const group& group = groups_.groups[last.follows];
        const node_list first = members_of_group(last.follows);
        fill_constant_operands(first);
        fill_constant_operands(second);
        begin(kernel_kind::chain, group.type);
        set_space(group.space, group.reduced, 3u << (group.space.rank - 2));
        now_.nodes = first.count + second.count;
        push_operands(first);
        for (int i : second) {
            if (nodes_[i].kind != op::matmul) continue;
            s_.accesses.push(right_operand(i));
            weights_ = nodes_[i].in[0];
        }
        now_.columns = last.space[last.space.rank - 1];
        first_shared_ = s_.accesses.size();
        kept_rows_ = 2;  // the sums of the first product, the weights
        has_scores_ = false;
        emit_sections(group, first, false);

        weights_ = -1;
        first_value_ = s_.instructions.size();
        first_shared_ = s_.accesses.size();
        const std::int32_t reduced = now_.reduced;
        now_.reduced = 0;
        emit_sections(last, second, true);
        now_.reduced = reduced;
        end();
    }
    constexpr node_list members_of_group(int group) const {
        int k = 0;
        while (groups_.order[k] != group) ++k;
        return groups_.members_of(k);
    }
    constexpr void emit_sections(const group& group, node_list members, bool is_contract) {
        fused f{members, s_.kernels.size()};
        for (int i : f.nodes) {
            forget_operands(i);
            notes_.at[i] = {};
        }
        for (int i : f.nodes) notes_.at[i].kernel = f.number;
        if (weights_ >= 0) notes_.at[weights_].kept_row = 1;
        find_stages(f, group);
        find_kept(f);

        if (!is_contract) {
            push(code::rows);
            load_fixed(f);
            compute_rows(f, 0);
        }
        for (int s = 0; s < f.sweeps; ++s) {
            push(code::sweep);
            emit_sweep(f, s);
            if (is_contract) break;
            push(code::rows);
            compute_rows(f, s + 1);
        }
    }
    /// What an earlier kernel noted of the values that this one reads from outside.
    constexpr void forget_operands(int i) {
        for (int a = 0, count = reads_of(nodes_[i].kind); a < count; ++a) notes_.at[nodes_[i].in[a]] = {};
    }
    constexpr void push_operands(node_list members) {
        for (int i : members) {
            if (nodes_[i].kind != op::matmul) continue;
            const int last = now_.space.rank - 1;
            const shape ls = nodes_[nodes_[i].in[0]].extents;
            const view lv = views_[nodes_[i].in[0]];
            memory_access lhs = access_to(lv, ls);  // right in the batch axes, set below in the others
            lhs.stride[last - 1] = lv.stride[ls.rank - 2];
            lhs.stride[last] = 0;
            lhs.inner = lv.stride[ls.rank - 1];
            now_.depth = ls[ls.rank - 1];
            if (const operand_fold fold = fold_of(g_, views_, nodes_[i].in[0]); fold.source >= 0)
                walk_through(fold, lhs);
            s_.accesses.push(lhs);
            s_.accesses.push(right_operand(i));
        }
        first_shared_ = s_.accesses.size();
    }
    constexpr memory_access right_operand(int product) {
        const int last = now_.space.rank - 1;
        const shape rs = nodes_[nodes_[product].in[1]].extents;
        const view rv = views_[nodes_[product].in[1]];
        memory_access rhs = access_to(rv, rs);
        rhs.stride[last - 1] = 0;
        rhs.stride[last] = rv.stride[rs.rank - 1];
        rhs.inner = rv.stride[rs.rank - 2];
        return rhs;
    }
    /// The left operand's rows and columns, each axis of them on its own; in the batches it is reached as any other.
    constexpr void walk_through(const operand_fold& f, memory_access& lhs) {
        const shape s = nodes_[f.source].extents;
        const view v = views_[f.source];
        const int pad = pad_of_images(g_, views_, f);
        const view& read = pad >= 0 && !groups_.buffered[pad] ? views_[nodes_[pad].in[0]] : v;
        lhs.buffer = buffer_of(read.base);
        lhs.offset = read.offset;
        lhs.step = read.step;
        lhs.inner = 0;
        for (extent_t& stride : lhs.stride) stride = 0;
        for (int k = 0; k + 2 < now_.space.rank; ++k) {
            const int axis = static_cast<int>(axes_[k]) - (full_.rank - 2 - f.batches);
            if (axis >= 0 && s[axis] != 1) lhs.stride[k] = v.stride[axis];
        }
        operand_walk& w = now_.walk;
        if (pad >= 0 && !groups_.buffered[pad]) {
            const node& n = nodes_[pad];
            w.image_axes = n.extents.rank - 1;
            for (int k = 0; k < n.extents.rank; ++k)
                w.image[k] = {n.extents[k], n.attribute[k], nodes_[n.in[0]].extents[k], read.stride[k]};
        }
        const int rows_end = f.batches + f.row_axes;
        const auto append = [&](std::int32_t& count, int begin, int end) {
            for (int axis = begin; axis < end; ++axis) {
                w.extent[w.rows + w.columns] = s[axis];
                w.stride[w.rows + w.columns] = v.stride[axis];
                ++count;
            }
        };
        if (f.is_turned) append(w.rows, rows_end, s.rank), append(w.columns, f.batches, rows_end);
        else append(w.rows, f.batches, rows_end), append(w.columns, rows_end, s.rank);
    }
    constexpr void find_stages(fused& f, const group& group) {
        const shape kept = fusion::kept_shape(group.space, group.reduced);
        for (int i : f.nodes) {
            const node& n = nodes_[i];
            note& me = notes_.at[i];
            const shape& own = fusion::computed_extents(g_, n);
            me.is_row = now_.reduced != 0 && (is_reduction(n.kind) || (own == kept && own != group.space));
            for (int a = 0, count = reads_of(n.kind); a < count; ++a) {
                const int o = n.in[a];
                if (is_inside(f, o) && n.kind != op::matmul && notes_.at[o].stage > me.stage)
                    me.stage = notes_.at[o].stage;
            }
            if (is_reduction(n.kind) && now_.reduced != 0) ++me.stage;
            const int sweeps = me.is_row ? me.stage : me.stage + 1;
            if (sweeps > f.sweeps) f.sweeps = sweeps;
        }
    }
    constexpr bool is_stored_value(int i) const {
        const bool is_scores = weights_ >= 0 && nodes_[i].kind == op::matmul;  // they are in memory already
        const bool is_truth = weights_ >= 0 && nodes_[i].type == dtype::boolean;
        return groups_.buffered[i] || notes_.at[i].is_kept ||
               (fusion::is_costly(nodes_[i].kind) && !is_scores && !is_truth);
    }

    /// Which values must be at hand in a sweep: walking back from its stores and its reductions.
    constexpr void find_needed(const fused& f, int sweep) {
        for (int i : f.nodes) notes_.at[i].is_needed = false;
        for (int j = f.nodes.count - 1; j >= 0; --j) {
            const int i = f.nodes[j];
            const node& n = nodes_[i];
            note& me = notes_.at[i];
            if (!me.is_row && groups_.buffered[i] && me.stage == sweep) me.is_needed = true;
            if (me.is_needed && me.stage < sweep && !me.is_computed && is_stored_value(i))
                me.stage = sweep;  // not needed before
            if (me.is_needed && me.stage == sweep) me.is_computed = true;
            const bool reduces_now = is_reduction(n.kind) && me.is_row && me.stage == sweep + 1;
            if (me.is_row && !reduces_now) continue;
            if (!reduces_now && (!me.is_needed || (me.stage < sweep && is_stored_value(i)))) continue;
            for (int a = 0, count = n.kind == op::matmul ? 0 : reads_of(n.kind); a < count; ++a)
                if (is_inside(f, n.in[a]) && !notes_.at[n.in[a]].is_row) notes_.at[n.in[a]].is_needed = true;
        }
    }
    /// Costly values that a later sweep reads again get memory: that of a result which is written only later, if there
    /// is one.
    constexpr void find_kept(fused& f) {
        if (f.sweeps == 1) return;
        for (int s = 0; s < f.sweeps; ++s) {
            find_needed(f, s);
            for (int i : f.nodes)
                if (notes_.at[i].is_needed && notes_.at[i].stage < s && is_stored_value(i))
                    notes_.at[i].last_use = s, notes_.at[i].is_kept = true;
        }
        for (int i : f.nodes) {
            note& me = notes_.at[i];
            if (!me.is_kept) continue;
            me.home = i;
            for (int j : f.nodes) {
                note& other = notes_.at[j];
                if (!groups_.buffered[i] && groups_.buffered[j] && !other.is_row && !other.is_lent &&
                    other.stage >= me.last_use && nodes_[j].type == nodes_[i].type &&
                    nodes_[j].extents == nodes_[i].extents && !is_assigned(j)) {
                    me.home = j;
                    other.is_lent = true;
                    break;
                }
            }
            if (weights_ >= 0 && notes_.at[me.home].kept_row < 0) notes_.at[me.home].kept_row = kept_rows_++;
        }
    }
    constexpr bool is_assigned(int i) const {
        if (nodes_[i].kind == op::scan_next) return true;
        for (int r = roots_on_.first(i); r >= 0; r = roots_on_.next(r))
            if (g_.roots[r].target >= 0) return true;
        return false;
    }
    /// Values from outside that do not change along a row, and scalars: before everything else.
    constexpr void load_fixed(fused& f) {
        for (int i : f.nodes) {
            const node& n = nodes_[i];
            for (int a = 0, count = n.kind == op::matmul ? 0 : reads_of(n.kind); a < count; ++a) {
                const int o = n.in[a];
                if (is_inside(f, o) || notes_.at[o].row_value >= 0) continue;
                const node& source = nodes_[views_[o].base];
                if (source.kind == op::constant || source.kind == op::extent) {
                    notes_.at[o].row_value = push_scalar(source);
                    continue;
                }
                const memory_access from = access_to(views_[o], nodes_[o].extents);
                if (is_fixed_in_row(from)) notes_.at[o].row_value = push_load(from);
            }
        }
    }
    /// The instruction that holds a value where another is being computed from it.
    constexpr int operand(int o) {
        if (notes_.at[o].row_value >= 0) return notes_.at[o].row_value;
        if (notes_.at[o].value >= 0) return notes_.at[o].value;
        const node& source = nodes_[views_[o].base];
        if (source.kind == op::constant || source.kind == op::extent)
            return notes_.at[o].value = push_scalar(source);  // epilogue
        return notes_.at[o].value = push_load(access_to(views_[o], nodes_[o].extents));
    }
    /// A float16 or bfloat16 is rounded after each operation, as in TensorFlow: how nodes are grouped changes no value.
    constexpr int rounded(const node& n, int value) {
        return fusion::needs_rounding(n) ? push(code::rounded, value, static_cast<int>(n.type)) : value;
    }
    constexpr int compute(int i) { return rounded(nodes_[i], unrounded(i)); }
    constexpr int unrounded(int i) {
        const node& n = nodes_[i];
        if (n.kind == op::matmul) {
            const bool again = weights_ >= 0 && has_scores_;
            has_scores_ = true;
            return again ? push(code::kept, 0) : push(code::accumulated);
        }
        if (n.kind == op::iota) return push(code::index);
        if (n.kind == op::constant || n.kind == op::extent) return push_scalar(n);
        if (fusion::converts_numbers(g_, n)) return operand(n.in[0]);  // the load has converted
        if (fusion::is_kept_step(n.kind)) return operand(n.in[0]);     // it is only stored
        int in[3]{};
        for (int a = 0, arity = info(n.kind).arity; a < arity; ++a) in[a] = operand(n.in[a]);
        if (is_reduction(n.kind) && now_.reduced == 0)  // over axes of extent 1
            return n.kind == op::argmax || n.kind == op::argmin ? push_scalar(zero_index()) : in[0];
        if (n.kind == op::cast) return push(code_of(n.kind), in[0], 0, n.type == dtype::boolean);
        return push(code_of(n.kind), in[0], in[1], in[2]);
    }
    static constexpr node zero_index() {
        node n;
        n.type = dtype::int64;
        return n;
    }
    constexpr memory_access own_access(int i) {
        const node& n = nodes_[i];
        const shape extents = fusion::computed_extents(g_, n);
        view own = contiguous_view(g_.dims, i, extents);
        if (n.kind == op::scan_stack) own.step = {g_.dims.count(extents), static_cast<std::int32_t>(n.attribute[0]), 0};
        return access_to(own, extents);
    }

    constexpr void compute_rows(fused& f, int stage) {
        for (int i : f.nodes) {
            note& me = notes_.at[i];
            if (!me.is_row || me.stage != stage) continue;
            me.row_value = is_reduction(nodes_[i].kind) ? rounded(nodes_[i], me.row_value) : compute(i);
            if (groups_.buffered[i]) push_store(own_access(i), me.row_value);
        }
    }
    constexpr void emit_sweep(fused& f, int s) {
        for (int i : f.nodes) {
            notes_.at[i].value = -1;
            for (int a = 0, count = reads_of(nodes_[i].kind); a < count; ++a) notes_.at[nodes_[i].in[a]].value = -1;
        }
        find_needed(f, s);
        for (int i : f.nodes) {
            const node& n = nodes_[i];
            note& me = notes_.at[i];
            if (me.is_row) {
                if (is_reduction(n.kind) && me.stage == s + 1) me.row_value = push(code_of(n.kind), operand(n.in[0]));
                continue;
            }
            if (!me.is_needed) continue;
            const auto home = [&] { return access_to(contiguous_view(g_.dims, me.home, n.extents), n.extents); };
            if (me.stage < s && me.is_kept) {
                me.value = weights_ < 0 ? push_load(home()) : push(code::kept, notes_.at[me.home].kept_row);
                continue;
            }
            me.value = compute(i);
            if (me.stage != s) continue;
            if (weights_ >= 0 && (me.is_kept || i == weights_))
                push(code::keep, notes_.at[i == weights_ ? i : me.home].kept_row, me.value);
            else if (groups_.buffered[i]) push_store(own_access(i), me.value);
            else if (me.is_kept) push_store(home(), me.value);
        }
    }

    // ------------------------------------------------------------ copies
    /// How the kernel at hand reaches a place in a buffer; its space is set.
    constexpr memory_access place_in(int buffer, const view& v) const {
        memory_access a;
        a.buffer = buffer;
        a.offset = v.offset;
        a.step = v.step;
        for (int k = 0; k < axes_.rank; ++k) a.stride[k] = v.stride[axes_[k]];
        return a;
    }
    /// Adds a value of extents `s` to what lies in a buffer.
    constexpr void add_to(const view& from, const view& to, int to_buffer, const shape& s) {
        const node& source = nodes_[from.base];
        begin(kernel_kind::loop, source.type);
        set_space(s, 0);
        push(code::rows);
        const bool is_scalar = source.kind == op::constant || source.kind == op::extent;
        const int early = is_scalar ? push_scalar(source) : -1;
        push(code::sweep);
        const int added = is_scalar ? early : push_load(access_to(from, s));
        const int old = push_load(place_in(to_buffer, to));
        push_store(place_in(to_buffer, to), push(code_of(op::add), old, added));
        end();
    }
    /// Copies a value of extents `s` from one place to another.
    constexpr void copy(const view& from, const view& to, int to_buffer, const shape& s) {
        const node& source = nodes_[from.base];
        begin(kernel_kind::loop, source.type);
        set_space(s, 0);
        const memory_access target = place_in(to_buffer, to);
        push(code::rows);
        const bool is_scalar = source.kind == op::constant || source.kind == op::extent;
        const int early = is_scalar ? push_scalar(source) : -1;
        push(code::sweep);
        push_store(target, is_scalar ? early : push_load(access_to(from, s)));
        end();
    }
    constexpr void fill(int target, const node& value) {  // the kernel at hand must not be open
        const kernel open = now_;
        const shape axes = axes_, full = full_;
        view whole;
        whole.stride[0] = 1;
        fill_part(target, whole, shape(s_.buffers[target].count), value);
        now_ = open;
        axes_ = axes;
        full_ = full;
    }
    constexpr void fill_part(int target, const view& at, const shape& part, const node& value) {
        begin(kernel_kind::loop, value.type);
        set_space(part, 0);
        push(code::rows);
        const int v = push_scalar(value);
        push(code::sweep);
        push_store(place_in(target, at), v);
        end();
    }
    constexpr void emit_movement(int i) {
        const node n = nodes_[i];
        const int target = buffer_of(i);
        view to = contiguous_view(g_.dims, i, n.extents);
        if (n.kind == op::reshape) {  // in the operand's shape: both lie in one order
            const shape s = nodes_[n.in[0]].extents;
            return copy(prepared(n.in[0]), contiguous_view(g_.dims, i, s), target, s);
        }
        if (n.kind == op::scan_state || n.kind == op::call_operand)
            return copy(prepared(n.in[0]), to, target, n.extents);
        if (n.kind == op::overlap_add) return emit_overlap_add(n, target, to);
        if (n.kind == op::pad) {
            surround_by_zeros(n, target, to);
            return copy(prepared(n.in[0]), to, target, nodes_[n.in[0]].extents);
        }
        copy(prepared(n.in[0]), to, target, nodes_[n.in[0]].extents);  // concat
        const int axis = static_cast<int>(n.attribute[0]);
        to.offset = g_.dims.multiply(nodes_[n.in[0]].extents[axis], to.stride[axis]);
        copy(prepared(n.in[1]), to, target, nodes_[n.in[1]].extents);
    }
    /// Zeros where a pad's operand is not, axis by axis; then `to` is where the operand is.
    constexpr void surround_by_zeros(const node& n, int target, view& to) {
        node zero;
        zero.type = n.type;
        shape left = n.extents;  // what has not been written yet
        for (int k = 0; k < n.extents.rank; ++k) {
            const extent_t inside = nodes_[n.in[0]].extents[k], before = n.attribute[k],
                           upto = g_.dims.add(before, inside), after = g_.dims.subtract(left[k], upto);
            const auto zeros = [&](extent_t from, extent_t count) {
                if (count == 0) return;
                shape part = left;
                part[k] = count;
                view at = to;
                at.offset = g_.dims.add(at.offset, g_.dims.multiply(from, to.stride[k]));
                fill_part(target, at, part, zero);
            };
            zeros(0, before);
            zeros(upto, after);
            left[k] = inside;
            to.offset = g_.dims.add(to.offset, g_.dims.multiply(before, to.stride[k]));
        }
    }
    /// Zeros, then one pass over the result for each element of a window: within a pass no two windows meet.
    constexpr void emit_overlap_add(const node& n, int target, view to) {
        if (sums_in_one_pass(n)) return sum_overlaps(n, target, to);
        node zero;
        zero.type = n.type;
        fill(target, zero);
        const int axis = static_cast<int>(n.attribute[0]);
        shape places = nodes_[n.in[0]].extents;
        const extent_t size = places[axis + 1], apart = g_.dims.multiply(n.attribute[2], to.stride[axis]);
        view from = prepared(n.in[0]);
        const extent_t next = from.stride[axis + 1];
        for (int k = axis + 1; k < n.extents.rank; ++k) from.stride[k] = from.stride[k + 1];
        places = n.extents;
        places[axis] = nodes_[n.in[0]].extents[axis];
        to.stride[axis] = g_.dims.multiply(n.attribute[1], to.stride[axis]);
        for (extent_t j = 0; j < size; ++j) {
            add_to(from, to, target, places);
            from.offset = g_.dims.add(from.offset, next);
            to.offset = g_.dims.add(to.offset, apart);
        }
    }
    /// One instruction; its arguments are the extents of its operands along the axis, then the node's value.
    constexpr void emit_routine(int i) {
        const node n = nodes_[i];
        const int arity = info(n.kind).arity, axis = static_cast<int>(n.attribute[0]);
        const unsigned axis_bit = axis < 0 ? 0 : 1u << axis;
        for (int k = 0; k < arity; ++k) buffer_of(views_[n.in[k]].base);  // a constant's kernel comes before
        begin(kernel_kind::routine, dtype::int64);                        // its arguments are whole numbers
        set_space(n.extents, axis_bit, axis_bit);
        now_.nodes = 1;
        unsigned types = 0;
        for (int k = 0; k <= arity; ++k) {
            const int o = k < arity ? n.in[k] : i;
            types |= static_cast<unsigned>(nodes_[o].type) << (4 * k);
            if (k == arity) s_.accesses.push(own_access(i)), s_.accesses[s_.accesses.size() - 1].writes = 1;
            else s_.accesses.push(access_to(views_[o], nodes_[o].extents));
            if (k < arity) s_.scalars.push({0, axis < 0 ? 1 : nodes_[o].extents[axis], 1, dtype::int64});
        }
        s_.scalars.push({n.value, 0, 0, dtype::int64});
        if (n.kind == op::print) {  // it wants the shape as well
            s_.scalars.push({static_cast<std::uint64_t>(n.extents.rank), 0, 0, dtype::int64});
            for (int k = 0; k < n.extents.rank; ++k) s_.scalars.push({0, n.extents[k], 1, dtype::int64});
        }
        push(code_of(n.kind), static_cast<int>(types & 255), static_cast<int>(types >> 8),
             static_cast<int>(n.attribute[1]));
        end();
    }
    /// The operands as they lie, then the results.
    constexpr void emit_call(node_list results) {
        fill_constant_operands(results);
        const growable<int> operands = operands_of_call(g_, nodes_[results[0]].in[0]);
        const node& call = nodes_[nodes_[results[0]].in[0]];
        begin(kernel_kind::call, dtype::float32);
        now_.nodes = results.count;
        now_.block = static_cast<std::int32_t>(call.attribute[0]);
        now_.refuses = static_cast<std::int32_t>(call.attribute[1]);
        const auto push_whole = [&](int i, bool writes) {
            const view& v = views_[i];
            memory_access a;
            a.buffer = buffer_of(v.base);
            a.writes = writes;
            a.offset = v.offset;
            a.step = v.step;
            for (int k = 0; k < nodes_[i].extents.rank; ++k) a.stride[k] = nodes_[i].extents[k];
            s_.accesses.push(a);
        };
        for (const int o : operands) push_whole(o, false);
        for (const int r : results) push_whole(r, true);  // in their order: so they were added
        end();
    }
    /// True if windows that move on by one element can be added without a pass for each of their elements.
    constexpr bool sums_in_one_pass(const node& n) const {
        const shape& apart = nodes_[n.in[0]].extents;
        const int axis = static_cast<int>(n.attribute[0]);
        const extent_t count = apart[axis], reach = (apart[axis + 1] - 1) * n.attribute[2];
        const op from = nodes_[views_[n.in[0]].base].kind;
        return n.attribute[1] == 1 && is_number(count) && n.extents[axis] == count + reach && reach < count &&
               apart[axis + 1] <= 8 && from != op::constant && from != op::extent && !is_half(n.type);
    }
    /// Along the axis, first the places that only some windows reach, one window more after each dilation; then those
    /// that all reach; then fewer and fewer again. Each is written once.
    constexpr void sum_overlaps(const node& n, int target, const view& to) {
        const int axis = static_cast<int>(n.attribute[0]);
        const extent_t count = nodes_[n.in[0]].extents[axis], size = nodes_[n.in[0]].extents[axis + 1],
                       step = n.attribute[2];
        for (extent_t m = 0; m + 1 < size; ++m) sum_elements(n, target, to, m * step, step, 0, m);
        sum_elements(n, target, to, (size - 1) * step, count - (size - 1) * step, 0, size - 1);
        for (extent_t m = 1; m < size; ++m) sum_elements(n, target, to, count + (m - 1) * step, step, m, size - 1);
    }
    /// `count` places from `begin` on, which are elements first, ..., last of windows.
    constexpr void sum_elements(const node& n, int target, const view& to, extent_t begin, extent_t count,
                                extent_t first, extent_t last) {
        const int axis = static_cast<int>(n.attribute[0]);
        const view apart = prepared(n.in[0]);
        shape part = n.extents;
        part[axis] = count;
        emission::emitter::begin(kernel_kind::loop, n.type);
        set_space(part, 0);
        push(code::rows);
        push(code::sweep);
        int sum = -1;
        for (extent_t j = first; j <= last; ++j) {  // element j of the window at begin - j dilation
            view from = apart;
            from.offset = g_.dims.add(from.offset, g_.dims.multiply(begin - j * n.attribute[2], apart.stride[axis]));
            from.offset = g_.dims.add(from.offset, g_.dims.multiply(j, apart.stride[axis + 1]));
            for (int k = axis + 1; k < n.extents.rank; ++k) from.stride[k] = apart.stride[k + 1];
            const int next = push_load(access_to(from, part));
            sum = sum < 0 ? next : push(code_of(op::add), sum, next);
        }
        view at = to;
        at.offset = g_.dims.add(to.offset, g_.dims.multiply(begin, to.stride[axis]));
        push_store(place_in(target, at), sum);
        end();
    }
    /// The view of a node whose buffer exists.
    constexpr view prepared(int i) {
        if (nodes_[views_[i].base].kind != op::constant && nodes_[views_[i].base].kind != op::extent)
            buffer_of(views_[i].base);
        return views_[i];
    }
    /// Results that are leaves, constants, views, or one value twice.
    constexpr void emit_copied_roots() {
        for (int r = 0; r < g_.roots.size(); ++r) {
            const int i = g_.roots[r].id;
            if (result_of_[views_[i].base] == r) continue;
            const shape s = nodes_[i].extents;
            const int target = new_buffer(g_.roots[r].target < 0 ? storage::result : storage::state, r, nodes_[i].type,
                                          g_.dims.count(s));
            copy(prepared(i), contiguous_view(g_.dims, i, s), target, s);
        }
    }

    graph& g_;
    const node* const nodes_;
    const view* const views_;
    const grouping& groups_;
    lists_by_key roots_on_;  // a node
    schedule s_;
    growable<int> buffer_of_;
    growable<int> result_of_;  // the root whose buffer a node writes
    column<note> notes_;
    kernel now_;
    shape axes_, full_;
    int first_value_ = 0;      // the instruction whose value is number 0
    int first_shared_ = 0;     // the first access that may be one for several instructions
    int weights_ = -1;         // chain, while its rows' work is emitted: what the second product reads of it
    int kept_rows_ = 0;        // chain: rows of the kernel's own memory
    bool has_scores_ = false;  // chain: whether an instruction has given the sums of the first product
};

}  // namespace emission

constexpr schedule emit_kernels(graph g, const growable<view>& views, const grouping& groups) {
    return emission::emitter(g, views, groups).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
