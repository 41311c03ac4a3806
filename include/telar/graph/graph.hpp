// SPDX-License-Identifier: BSL-1.0
// The graph: a flat array of plain nodes, operands before users. Adding hash-conses: equal nodes are one node, so
// common subexpressions never arise. The same code runs in constant evaluation and at run time.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/graph/dimension.hpp>
#include <telar/graph/op.hpp>
#include <telar/graph/region.hpp>

#include <bit>
#include <limits>
#include <string_view>
#include <utility>

namespace telar::inline TELAR_ABI::ir {

/// One operation. No padding bytes: clang 14 to 19 silently misread padded members of template arguments.
struct node {
    op kind = op::constant;
    dtype type = dtype::float32;
    std::int32_t in[3]{-1, -1, -1};  // operands, each before this node; -1 where there is none
    std::int32_t copy = 0;           // nodes of different copies never merge (what is computed again)
    std::uint64_t value = 0;         // constant: its bits, a double or an int64
    extent_t attribute[max_rank]{};  // see the op's row
    shape extents{};
};
static_assert(sizeof(node) == 24 + 8 + 8 * max_rank + sizeof(shape), "node: no padding");

/// The bits of an integer constant of a type: it wraps.
constexpr std::uint64_t bits_of(dtype t, std::int64_t v) { return static_cast<std::uint64_t>(wrapped(t, v)); }
/// The bits of a constant of a type: float types hold a double, the others an int64 that their type holds.
constexpr std::uint64_t bits_of(dtype t, double v) {
    if (is_float(t)) return std::bit_cast<std::uint64_t>(held_by(t, v));
    return bits_of(t, static_cast<std::int64_t>(v));
}
constexpr double number_of(const node& n) {
    return is_float(n.type) ? std::bit_cast<double>(n.value) : static_cast<double>(static_cast<std::int64_t>(n.value));
}

/// Everything a user can get wrong in a graph. A mistake is recorded as data; the entry point names it
/// (expr/diagnose.hpp).
enum class mistake_kind : std::int32_t {
    none,
    broadcast,
    matmul_extents,
    matmul_rank,
    reshape_count,
    axis,
    permutation,
    concat_extents,
    types_differ,
    needs_float,
    needs_number,
    needs_integer,
    needs_boolean,
    literal_type,
    slice_range,
    broadcast_to,
    pad_range,
    rank_too_high,
    gradient_of_non_scalar,
    gradient_of_integer,
    no_gradient_path,
    condition_type,
    empty_reduction,
    einsum,
    window,
    convolution,
    window_numbers,
    indices,
    scan_length,
    scan_state,
    value_of_another_scan,
    print_inside_cond,
    while_gradient,
    recurrent_weights,
    too_many_elements,
    window_in_padding,
    value_of_a_symbol,
    no_such_operator,
    literal_range,
    function_is_no_constant,
    update_in_a_step,
    update_is_lost,
    updated_is_no_variable,
    parameter_shape,
    parameter_without_model,
    layer_without_units,
    boxes_stay,
};
/// The path of the region in which a mistake was made; a long one's end.
struct mistake_path {
    char text[48]{};

    constexpr void set(std::string_view path) {
        constexpr std::size_t room = sizeof(text) - 1;
        if (path.size() > room) path.remove_prefix(path.size() - room);
        for (std::size_t i = 0; i < path.size(); ++i) text[i] = path[i];
    }
};
struct mistake {
    mistake_kind what = mistake_kind::none;
    op where = op::leaf;
    dtype lhs_type = dtype::float32, rhs_type = dtype::float32;
    extent_t number = 0;
    shape lhs{}, rhs{};
    std::int64_t line = 0;
    mistake_path path{};
};

/// A value that leaves the graph: a result, or the new value of the variable that is leaf `target`.
struct root {
    std::int32_t id = -1;
    std::int32_t target = -1;
    std::int32_t linear = 0;
    std::int32_t unused = 0;
};

/// How the draws of random numbers are counted while a graph is traced. A draw is from the stream base + its number, so
/// that it belongs to its place in the program: what is traced again counts from where it did before.
struct draw_numbers {
    int base = -1;            // a value of the graph; -1: 0
    std::int64_t next = 0;    // number of the next draw
    std::int64_t end = -1;    // numbers from here on are taken; -1: none is
    std::int64_t beyond = 0;  // then the next number is this one

    /// The first of so many numbers in a row.
    constexpr std::int64_t take(std::int64_t count = 1) {
        if (end >= 0 && next + count > end) next = beyond, end = -1;
        next += count;
        return next - count;
    }
    /// These numbers again up to `to`; who needs more gets numbers that no forward pass has.
    constexpr draw_numbers again(const draw_numbers& to) const {
        if (end != to.end) return *this;
        const std::uint64_t apart = (std::uint64_t{1} << 40) + (static_cast<std::uint64_t>(next) << 16);
        return {base, next, to.next, static_cast<std::int64_t>(apart)};
    }
};

struct graph;
/// An operand of a value that has a derivative of its own.
struct derivative_operand {
    std::int32_t id = -1, linear = 0;
};
/// How to differentiate that value: from dy to the operands' derivatives, all by number.
struct own_derivative {
    void (*derive)(graph& g, const derivative_operand* x, int dy, int* dx) = nullptr;
    int first = 0, count = 0;     // its operands, in the graph's list of them
    draw_numbers draws{};         // as they are counted while it is derived
    bool is_elementwise = false;  // of one operand, element by element
};

struct graph_block;

/// The new value of a variable, told where the graph is traced.
struct state_update {
    std::int32_t leaf = -1, value = -1;
};

struct graph {
    growable<node> nodes;
    growable<root> roots;
    dimensions dims;
    growable<own_derivative> own_derivatives;  // of copy c at c - 1; only while the graph is traced
    growable<derivative_operand> derivative_operands;
    growable<char> labels;           // of what is printed, each with a zero behind it
    growable<graph_block> blocks;    // what is called, by number; of all graphs that call each other the first has them
    graph* caller = nullptr;         // the first of them, if this is another; only while it is traced
    draw_numbers draws;              // of the operations that are added now
    region_list regions;             // what the nodes belong to
    growable<state_update> updates;  // while the graph is traced
    growable<int> open_scans;        // whose steps are being traced, the innermost last
    int copy = 0;                    // of the operations that are added now
    mistake error;                   // the first one
    unsigned line = 0;               // of the user's call that is being traced; never part of a node
    int depth = 0;                   // of nested public calls: only the outermost sets the line

    constexpr const node& operator[](int i) const { return nodes.data_[i]; }
    constexpr int size() const { return nodes.size(); }

    /// Adds a node unless an equal one exists; returns its index.
    constexpr int add(const node& n) {
        if (copy != 0 && n.copy == 0 && !is_source(n.kind)) {
            node here = n;
            here.copy = copy;
            return add(here);
        }
        if (slots_.size_ < 2 * (nodes.size_ + 1)) rehash();
        std::int32_t& number = slots_.data_[slot_of(n)];
        if (number > 0) return number - 1;
        if (regions.now != regions.begun) regions.mark(nodes.size_);
        const int made = nodes.push(n);
        number = made + 1;
        return made;
    }
    /// The index of an equal node; -1 if there is none.
    constexpr int find(const node& n) const { return nodes.empty() ? -1 : slots_[slot_of(n)] - 1; }

    /// Values that are computed in a block from now on: nothing may read what stands in their places.
    constexpr void take_out(const growable<bool>& taken) {
        for (int i = 0; i < nodes.size(); ++i) {
            if (!taken[i]) continue;
            node place;
            place.kind = op::leaf;
            place.type = nodes[i].type;
            place.extents = nodes[i].extents;
            place.attribute[0] = -2 - i;
            nodes[i] = place;
        }
        rehash();
    }

    constexpr void fail(mistake m) {
        if (error.what != mistake_kind::none) return;
        m.line = line;
        if (!regions.all.empty()) m.path.set(regions.text(regions.all[regions.now].path));
        for (shape* s : {&m.lhs, &m.rhs})
            for (int i = 0; i < s->rank; ++i)
                if (!is_number(s->extent[i] = dims.resolve(s->extent[i]))) s->extent[i] = dyn;
        error = m;
    }

private:
    /// The result's extents are an attribute of these; of all others they follow from the operands.
    static constexpr bool states_its_extents(op k) { return is_movement(k) || is_source(k) || is_routine(k); }

    using each_attribute = std::make_integer_sequence<int, max_rank>;
    template <int... I>
    static constexpr bool same(const extent_t* a, const extent_t* b, std::integer_sequence<int, I...>) {
        return (... && (a[I] == b[I]));
    }
    template <int... I> static constexpr std::uint64_t hash(const extent_t* a, std::integer_sequence<int, I...>) {
        return (... + (static_cast<std::uint64_t>(a[I]) *
                       (0xd1b54a32d192ed03u + 0xaef17502108ef2dau * static_cast<std::uint64_t>(I))));
    }
    /// A sum of what makes a node equal to another, each times an odd number of its own, well mixed at the end.
    /// Constant evaluation pays for each statement: there are few.
    static constexpr std::uint32_t hash(const node& n) {
        constexpr std::uint64_t p = 0x9e3779b97f4a7c15u, p2 = p * p, p3 = p2 * p, p4 = p3 * p, p5 = p4 * p;
        std::uint64_t h = static_cast<std::uint64_t>(n.kind) * 31 + static_cast<std::uint64_t>(n.type) +
                          static_cast<std::uint32_t>(n.in[0]) * p + static_cast<std::uint32_t>(n.in[1]) * p2 +
                          static_cast<std::uint32_t>(n.in[2]) * p3 + static_cast<std::uint32_t>(n.copy) * p4;
        if (!is_elementwise(n.kind)) {
            h += n.value * p5 + hash(n.attribute, each_attribute{});
            if (states_its_extents(n.kind))
                for (int i = 0; i < n.extents.rank; ++i) h = h * p + static_cast<std::uint64_t>(n.extents.extent[i]);
        }
        return static_cast<std::uint32_t>((h ^ h >> 29) * p >> 32);
    }
    static constexpr bool equal(const node& a, const node& b) {
        if (a.kind != b.kind || a.type != b.type || a.in[0] != b.in[0] || a.in[1] != b.in[1] || a.in[2] != b.in[2] ||
            a.copy != b.copy)
            return false;
        if (is_elementwise(a.kind)) return true;
        if (a.value != b.value) return false;
        return same(a.attribute, b.attribute, each_attribute{}) &&
               (!states_its_extents(a.kind) || a.extents == b.extents);
    }
    /// Where a node stands in the table, or may stand.
    constexpr int slot_of(const node& n) const {
        const std::int32_t* const slots = slots_.data_;
        const node* const all = nodes.data_;
        const std::uint32_t mask = static_cast<std::uint32_t>(slots_.size_) - 1;
        std::uint32_t at = hash(n) & mask;
        while (slots[at] > 0 && !equal(all[slots[at] - 1], n)) at = (at + 1) & mask;
        return static_cast<int>(at);
    }
    constexpr void rehash() {
        int size = 64;
        while (size < 4 * (nodes.size() + 1)) size *= 2;
        slots_ = growable<std::int32_t>(size);
        std::int32_t* const slots = slots_.data();
        const std::uint32_t mask = static_cast<std::uint32_t>(size) - 1;
        for (int i = 0; i < nodes.size_; ++i) {
            std::uint32_t at = hash(nodes.data_[i]) & mask;
            while (slots[at] > 0) at = (at + 1) & mask;
            slots[at] = i + 1;
        }
    }
    growable<std::int32_t> slots_;  // open addressing: 1 + the index of a node; 0: empty
};

/// True if a scan takes a step only while its state 0, a bool, is true; its number of steps is the most that it takes.
constexpr bool is_while(const node& scan) { return scan.attribute[2] != 0; }
constexpr bool is_one_step_at_most(const node& scan) { return scan.attribute[0] == 1; }
/// True of a print, and of a call of a block that prints: these run although nothing reads their results.
constexpr bool prints(const node& n) { return n.kind == op::print || (n.kind == op::call && n.attribute[2] != 0); }
/// True of the place of a value that has become one of a block. (-1 is a leaf that a block does without.)
constexpr bool is_taken_out(const node& n) { return n.kind == op::leaf && n.attribute[0] < -1; }
inline constexpr extent_t unlimited_steps = std::numeric_limits<extent_t>::max();

/// A graph that others call: its leaves are its operands, its roots its results.
struct graph_block {
    std::uint64_t function = 0;  // whose trace it is
    int derivative_of = -1;      // or the number of the block whose derivative it is,
    growable<int> by, given;     // by these of its operands, given those of these of its results;
    growable<int> reads;         // its operands, as values of that block's `differentiated`
    int silent_of = -1;          // or the number of the block that it is without its prints
    std::uint64_t linear = 0;    // which of its operands are linear maps: bits
    int operands = 0;
    std::int64_t draws = 0;          // how many numbers of draws a call takes
    growable<state_update> updates;  // what a call assigns: the number of an operand, of a result
    bool refuses = false;            // may refuse a run for the values that it meets
    bool prints = false;
    bool keeps = false;  // its derivatives read its values; else they compute them again
    graph body;
    graph differentiated;  // the body, and behind it what computes its derivatives; until one is asked for: empty
    growable<int> kept;    // its values that derivatives read: behind the roots, further results of a call
};

/// How many of a kind there are.
constexpr int count(const graph& g, op k) {
    int n = 0;
    for (const node& d : g.nodes) n += d.kind == k;
    return n;
}

}  // namespace telar::inline TELAR_ABI::ir
