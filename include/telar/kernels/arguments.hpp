// SPDX-License-Identifier: BSL-1.0
// The run-time side of a kernel: extents, pointers, strides, numbers. A header, and tables with as many entries as the
// kernel has accesses, axes and numbers; those of all kernels of a program lie in one piece of memory.
#pragma once
#include <telar/graph/schedule.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels {

/// Why a run is refused. A kernel does not throw: it notes here the first index that it may not use, and writes
/// nothing. Who runs the kernels reads it, and throws before a variable is written.
struct refusal_note {
    std::int32_t is_set = 0;
    std::int32_t what = 0;  // the operation
    std::int64_t index = 0, extent = 0;
};

/// The strides of each access along some axes: strides[access][axis]. T is std::int64_t, or const.
template <class T> struct strides_table {
    T* first = nullptr;
    std::int64_t rank = 0;

    TELAR_INLINE constexpr T* operator[](std::int64_t access) const { return first + access * rank; }
    constexpr operator strides_table<const T>() const requires(!std::is_const_v<T>) { return {first, rank}; }
};
using access_strides = strides_table<const std::int64_t>;

/// Strides are in bytes, but along the vector axis, where they are in elements. A table that a kind of kernel does not
/// use is nullptr.
/// A routine has rows of lines of `inner` elements: the lines stand along its axis, the elements along the last axis
/// after that. Its scalars are the extents of its operands along the axis, then a number of its own.
struct kernel_arguments {
    std::int64_t rows = 1;     // product of `outer`
    std::int64_t inner = 1;    // extent of the vector axis; contract: columns
    std::int64_t lines = 1;    // contract: rows of the product; routine: the result's extent along its axis
    std::int64_t depth = 0;    // contract: terms of a sum
    std::int64_t columns = 0;  // chain: of the second product, whose terms are `inner`
    int outer_rank = 0, reduced_rank = 0;
    int walk_rows = 0, walk_columns = 0;  // contract: axes of the left operand's rows, and of its columns
    int image_axes = 0;          // contract: axes of the images that `rows` counts, if zeros are to be put around them
    std::byte** data = nullptr;  // of each access
    std::int64_t* outer = nullptr;
    std::int64_t* reduced = nullptr;
    strides_table<std::int64_t> outer_stride, reduced_stride;
    std::int64_t* inner_stride = nullptr;
    std::int64_t* line_stride = nullptr;   // contract: along the rows, in elements; routine: along its axis
    std::int64_t* depth_stride = nullptr;  // contract: of the operands, in elements
    std::int64_t *walk_extent = nullptr, *walk_stride = nullptr;  // of the axes of a walk, in elements
    image_axis* image = nullptr;                                  // strides in elements
    std::uint64_t* scalars = nullptr;  // bits of the kernel's own float type, else of an int64
    refusal_note* refused = nullptr;
    const char* labels = nullptr;  // of what is printed
    const kernel* what = nullptr;  // what follows serves interpreted kernels
    const instruction* instructions = nullptr;
    const void* loops = nullptr;             // the library of loops
    mutable const void* prepared = nullptr;  // the prepared kernel, while it runs
};
static_assert(sizeof(kernel_arguments) <= 256);
using kernel_function = void (*)(const kernel_arguments&);

/// An extent or a stride in elements, as the machine counts them: what lies in memory fits.
constexpr std::ptrdiff_t as_ptrdiff(std::int64_t n) { return static_cast<std::ptrdiff_t>(n); }

/// The number of an odometer's accesses is given when it starts.
inline constexpr int any_number = -1;
/// Steps through the index space `extent[0..rank)`, outermost first, carrying one offset per access along. Made for
/// short rows: a step along the last axis is an addition per access.
template <int Accesses> class odometer {
    static constexpr auto room = static_cast<std::size_t>(Accesses == any_number ? most_accesses
                                                          : Accesses > 0         ? Accesses
                                                                                 : 1);

public:
    std::byte* at[room];

    odometer() = default;  // to be started
    odometer(const std::int64_t* extent, int rank, access_strides strides, std::byte* const* base, std::int64_t first,
             int accesses = Accesses) {
        start(extent, rank, strides, base, first, accesses);
    }
    TELAR_NOINLINE void start(const std::int64_t* extent, int rank, access_strides strides, std::byte* const* base,
                              std::int64_t first, int accesses = Accesses) {
        accesses_ = accesses;
        extent_ = extent;
        last_ = rank - 1;
        stride_ = strides;
        for (int a = 0; a < count(); ++a) at[a] = base[a];
        for (int k = last_; k >= 0; --k) {
            index_[k] = 0;
            if (first == 0) continue;  // an extent may be 0
            index_[k] = first % extent[k];
            first /= extent[k];
            for (int a = 0; a < count(); ++a) move(a, index_[k] * strides[a][k]);
        }
        for (int a = 0; a < count(); ++a) step_[a] = rank > 0 ? strides[a][last_] : 0;
        left_ = rank > 0 ? extent[last_] - index_[last_] : 1;
    }
    TELAR_INLINE void step() {
        for (int a = 0; a < count(); ++a) move(a, step_[a]);
        if (--left_ == 0) turn();
    }
    /// Takes several steps along the last axis, at most left().
    void step(std::int64_t steps) {
        for (int a = 0; a < count(); ++a) move(a, steps * step_[a]);
        if ((left_ -= steps) == 0) turn();
    }
    std::int64_t left() const { return left_; }
    /// The step of each access along the last axis, in bytes.
    const std::int64_t* steps() const { return step_; }

private:
    TELAR_INLINE int count() const {
        if constexpr (Accesses == any_number) return accesses_;
        else return Accesses;
    }
    /// The last axis is at its end.
    TELAR_NOINLINE void turn() {
        if (last_ < 0) return;
        left_ = index_[last_] = extent_[last_];
        for (int k = last_; k >= 0 && index_[k] == extent_[k]; --k) {
            index_[k] = 0;
            for (int a = 0; a < count(); ++a) {
                move(a, -extent_[k] * stride_[a][k]);
                if (k > 0) move(a, stride_[a][k - 1]);
            }
            if (k > 0) ++index_[k - 1];
        }
    }
    /// In numbers: an empty tensor has no memory, and a pointer to none must not be moved; nothing is read there.
    TELAR_INLINE void move(int a, std::int64_t by) {
        at[a] = reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(at[a]) + static_cast<std::uintptr_t>(by));
    }
    int accesses_;
    const std::int64_t* extent_;
    access_strides stride_;
    int last_;
    std::int64_t left_;             // steps along the last axis
    std::int64_t step_[room];       // along the last axis
    std::int64_t index_[max_rank];  // along the others
};

}  // namespace telar::inline TELAR_ABI::ir::kernels
