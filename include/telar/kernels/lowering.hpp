// SPDX-License-Identifier: BSL-1.0
// Lowering: from a schedule to the arguments of its kernels, as far as the extents alone decide them: strides in bytes,
// numbers, axes that lie as one.
#pragma once
#include <telar/kernels/arguments.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels {

/// What the tables of arguments need: one entry for each access, axis or number of a kernel.
struct argument_sizes {
    int pointers = 0, numbers = 0, scalars = 0, images = 0;

    constexpr argument_sizes& operator+=(const argument_sizes& s) {
        pointers += s.pointers, numbers += s.numbers, scalars += s.scalars, images += s.images;
        return *this;
    }
};
/// Of one kernel: at most so many, whatever the extents are. A call has none; its operands are its block's.
constexpr argument_sizes sizes_of_arguments(const kernel& k) {
    if (k.kind == kernel_kind::call) return {};
    const int axes = k.space.rank > 0 ? k.space.rank - 1 : 0;  // that are not the vector axis, kept or reduced
    const int strides = k.accesses * (axes + (k.kind == kernel_kind::loop ? 1 : 2));
    const int walks = 2 * (k.walk.rows + k.walk.columns);
    return {k.accesses, axes + strides + operands_of(k.kind) + walks, k.scalars, k.walk.image_axes};
}

/// Writes so many values there, and goes on behind them; returns the first.
template <class T> constexpr T* fill_next(T*& next, int count, std::type_identity_t<T> value) {
    T* const first = next;
    next = std::fill_n(next, count, value);
    return first;
}
/// Where tables of arguments are taken from.
struct argument_room {
    std::byte** pointers = nullptr;
    std::int64_t* numbers = nullptr;
    std::uint64_t* scalars = nullptr;
    image_axis* images = nullptr;

    constexpr std::byte** take_pointers(int count) { return fill_next(pointers, count, nullptr); }
    constexpr std::int64_t* take(int count) { return fill_next(numbers, count, 0); }
    constexpr std::uint64_t* take_scalars(int count) { return fill_next(scalars, count, 0); }
    constexpr image_axis* take_images(int count) { return fill_next(images, count, {}); }
};

/// The tables of a schedule that arguments follow from.
struct schedule_tables {
    const slot* buffers;
    const memory_access* accesses;
    const instruction* instructions;
    const scalar_argument* scalars;
    const char* labels;
    const void* loops;
};

/// Writes the arguments of a program's kernels when its dimensions have these values.
class argument_writer {
public:
    constexpr argument_writer(const schedule_tables& p, const extent_t* dims, argument_room room, refusal_note* refused)
        : p_(p), dims_(dims), room_(room), refused_(refused) {}

    constexpr void write(const kernel& k, kernel_arguments& to) {
        to = {};
        to.labels = p_.labels;
        to.what = &k;
        to.loops = p_.loops;
        to.instructions = p_.instructions + k.first_instruction;
        to.refused = refused_;
        if (k.kind == kernel_kind::call) return;  // its operands are those of another workspace
        to.data = room_.take_pointers(k.accesses);
        to.inner_stride = room_.take(k.accesses);
        if (k.kind != kernel_kind::loop) to.line_stride = room_.take(k.accesses);
        to.depth_stride = room_.take(operands_of(k.kind));
        to.scalars = room_.take_scalars(k.scalars);
        switch (k.kind) {
            case kernel_kind::loop: prepare_loop(k, to); break;
            case kernel_kind::contract: prepare_product(k, to); break;
            case kernel_kind::chain: prepare_chain(k, to); break;
            case kernel_kind::routine: prepare_routine(k, to); break;
            case kernel_kind::call: break;
        }
        prepare_scalars(k, to);
    }

private:
    constexpr extent_t value(extent_t e) const { return is_number(e) ? e : dims_[entry_of(e)]; }
    constexpr const memory_access& access(const kernel& k, int a) const { return p_.accesses[k.first_access + a]; }
    constexpr std::int64_t bytes(const kernel& k, int a) const {
        return static_cast<std::int64_t>(size_of(p_.buffers[access(k, a).buffer].type));
    }

    // ---- numbers
    /// The bits of a number as a kernel of that type reads it: what float holds it, else an int64.
    static constexpr std::uint64_t scalar_bits(dtype kernel_type, double v) {
        if (kernel_type == dtype::float32) return std::bit_cast<std::uint32_t>(static_cast<float>(v));
        if (kernel_type == dtype::float64) return std::bit_cast<std::uint64_t>(v);
        // What fits no integer becomes the lowest, as a cast of it does.
        constexpr double limit = 9223372036854775808.0;
        const bool fits = v >= -limit && v < limit;
        return static_cast<std::uint64_t>(fits ? static_cast<std::int64_t>(v)
                                               : std::numeric_limits<std::int64_t>::lowest());
    }
    static constexpr std::uint64_t scalar_bits(dtype kernel_type, std::int64_t v) {
        return is_float(kernel_type) ? scalar_bits(kernel_type, static_cast<double>(v)) : static_cast<std::uint64_t>(v);
    }
    TELAR_COLD constexpr void prepare_scalars(const kernel& k, kernel_arguments& a) const {
        for (int i = 0; i < k.scalars; ++i) {
            const scalar_argument& s = p_.scalars[k.first_scalar + i];
            if (s.is_extent && is_half(s.type))
                a.scalars[i] = scalar_bits(k.type, held_by(s.type, static_cast<double>(value(s.extent))));
            else if (s.is_extent) a.scalars[i] = scalar_bits(k.type, value(s.extent));
            else if (is_float(s.type)) a.scalars[i] = scalar_bits(k.type, std::bit_cast<double>(s.bits));
            else a.scalars[i] = scalar_bits(k.type, static_cast<std::int64_t>(s.bits));
        }
    }

    // ---- axes
    struct axis {
        std::int64_t extent = 1;
        std::int64_t stride[most_accesses]{};
    };
    constexpr axis axis_of(const kernel& k, int i) const {
        axis x;
        x.extent = value(k.space[i]);
        for (int a = 0; a < k.accesses; ++a) x.stride[a] = value(access(k, a).stride[i]);
        return x;
    }
    /// Adjacent axes of one class become one where every access allows it.
    static constexpr int merge(axis* axes, int rank, int accesses) {
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
    /// True if the kernel counts along its last axis.
    constexpr bool counts(const kernel& k) const {
        for (int i = 0; i < k.instructions; ++i)
            if (p_.instructions[k.first_instruction + i].what == static_cast<std::uint8_t>(code::index)) return true;
        return false;
    }

    /// The axes that are kept, and those that are reduced.
    constexpr void take_axes(const kernel& k, int outer, int reduced, kernel_arguments& to) {
        to.outer_rank = outer;
        to.reduced_rank = reduced;
        to.outer = room_.take(outer);
        to.reduced = room_.take(reduced);
        to.outer_stride = {room_.take(k.accesses * outer), outer};
        to.reduced_stride = {room_.take(k.accesses * reduced), reduced};
    }

    // ---- kinds of kernels
    TELAR_COLD constexpr void prepare_loop(const kernel& k, kernel_arguments& to) {
        axis kept[max_rank], reduced[max_rank];
        int kept_rank = 0, reduced_rank = 0;
        const int last = k.space.rank - 1;
        for (int i = 0; i <= last; ++i) {
            const axis x = axis_of(k, i);
            if (k.reduced >> i & 1) reduced[reduced_rank++] = x;
            else kept[kept_rank++] = x;
        }
        axis vector_axis;
        if (last >= 0 && counts(k)) {  // along the last axis, which then stays as it is
            vector_axis = k.reduced >> last & 1 ? reduced[--reduced_rank] : kept[--kept_rank];
            kept_rank = merge(kept, kept_rank, k.accesses);
            reduced_rank = merge(reduced, reduced_rank, k.accesses);
        } else {
            kept_rank = merge(kept, kept_rank, k.accesses);
            reduced_rank = merge(reduced, reduced_rank, k.accesses);
            if (last >= 0) vector_axis = k.reduced >> last & 1 ? reduced[--reduced_rank] : kept[--kept_rank];
        }
        to.inner = vector_axis.extent;
        take_axes(k, kept_rank, reduced_rank, to);
        for (int i = 0; i < kept_rank; ++i) to.rows *= to.outer[i] = kept[i].extent;
        for (int i = 0; i < reduced_rank; ++i) to.reduced[i] = reduced[i].extent;
        for (int a = 0; a < k.accesses; ++a) {
            const std::int64_t size = bytes(k, a);
            to.inner_stride[a] = vector_axis.stride[a];
            for (int i = 0; i < kept_rank; ++i) to.outer_stride[a][i] = kept[i].stride[a] * size;
            for (int i = 0; i < reduced_rank; ++i) to.reduced_stride[a][i] = reduced[i].stride[a] * size;
        }
    }
    TELAR_COLD constexpr void prepare_routine(const kernel& k, kernel_arguments& to) {
        axis kept[max_rank], columns;
        int rank = 0;
        const int last = k.space.rank - 1;
        for (int i = 0; i <= last; ++i) {
            const axis x = axis_of(k, i);
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
        take_axes(k, rank, 0, to);
        for (int i = 0; i < rank; ++i) to.rows *= to.outer[i] = kept[i].extent;
        for (int a = 0; a < k.accesses; ++a) {
            to.inner_stride[a] = columns.stride[a];
            const std::int64_t size = bytes(k, a);
            for (int i = 0; i < rank; ++i) to.outer_stride[a][i] = kept[i].stride[a] * size;
        }
    }
    TELAR_COLD constexpr void prepare_walk(const operand_walk& w, kernel_arguments& to) {
        to.walk_extent = room_.take(w.rows + w.columns);
        to.walk_stride = room_.take(w.rows + w.columns);
        to.image = room_.take_images(w.image_axes);
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
    /// One image after the other: the rows of one, and how far it is to the next.
    TELAR_COLD constexpr void prepare_images(const kernel& k, kernel_arguments& to) {
        take_axes(k, 1, 0, to);
        to.rows = to.outer[0] = value(k.walk.extent[0]);
        to.lines = 1;
        for (int i = 1; i < k.walk.rows; ++i) to.lines *= value(k.walk.extent[i]);
        for (int a = 0; a < k.accesses; ++a) to.outer_stride[a][0] = a < 2 ? 0 : to.lines * to.line_stride[a];
        to.outer_stride[0][0] = value(k.walk.image[0].stride) * bytes(k, 0);
    }
    TELAR_COLD constexpr void prepare_product(const kernel& k, kernel_arguments& to) {
        const int rows = k.space.rank - 2, columns = k.space.rank - 1;
        const bool is_chain = k.kind == kernel_kind::chain;
        axis axes[max_rank];
        int rank = 0;
        for (int i = 0; i <= rows; ++i) {  // batches of rows that lie as one are more rows
            axes[rank++] = axis_of(k, i);
        }
        // Rows that are walked through are no one axis of the left operand: batches stay what they are.
        if (k.walk.rows == 0) rank = merge(axes, rank, k.accesses);
        const int batches = rank - 1;
        prepare_walk(k.walk, to);
        to.lines = axes[batches].extent;
        // Rows that merged with batches must not walk through the right operand.
        to.inner = value(k.space[columns]);
        to.depth = value(k.depth);
        for (int a = 0; a < k.accesses; ++a) {
            const memory_access& x = access(k, a);
            to.inner_stride[a] = value(x.stride[columns]);
            to.line_stride[a] = axes[batches].stride[a] * (a < 2 ? 1 : bytes(k, a));
            if (a < 2) to.depth_stride[a] = value(x.inner);
        }
        if (k.walk.image_axes > 0) return prepare_images(k, to);
        take_axes(k, batches + is_chain, 0, to);
        for (int i = 0; i < batches; ++i) {
            to.rows *= to.outer[i] = axes[i].extent;
            for (int a = 0; a < k.accesses; ++a) to.outer_stride[a][i] = axes[i].stride[a] * bytes(k, a);
        }
    }
    /// As a product; its rows are also the last axis of those that a loop goes through.
    TELAR_COLD constexpr void prepare_chain(const kernel& k, kernel_arguments& to) {
        prepare_product(k, to);
        const int rows = to.outer_rank - 1;
        to.rows *= to.outer[rows] = to.lines;
        to.columns = value(k.columns);
        for (int a = 0; a < k.accesses; ++a) to.outer_stride[a][rows] = to.line_stride[a] * (a < 2 ? bytes(k, a) : 1);
        to.depth_stride[2] = value(access(k, 2).inner);
    }

    const schedule_tables p_;
    const extent_t* dims_;
    argument_room room_;
    refusal_note* refused_;
};

}  // namespace telar::inline TELAR_ABI::ir::kernels
