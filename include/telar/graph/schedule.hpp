// SPDX-License-Identifier: BSL-1.0
// A schedule: what runs, in order. Plain values; a kernel sees its instructions and its pointers, never an expression.
#pragma once
#include <telar/graph/graph.hpp>

namespace telar::inline TELAR_ABI::ir {

/// Where values live.
enum class storage : std::int32_t { leaf, result, state, temporary, carried };

struct slot {
    storage where = storage::temporary;
    std::int32_t index = 0;  // leaf: its number; result, state: the number of the root; carried: the state's buffer;
                             // temporary: its node
    dtype type = dtype::float32;
    std::int32_t in_place = 0;           // state: written straight into the variable; carried: into the state's buffer
    std::int32_t first = -1, last = -1;  // kernels that touch it
    extent_t count = 0;                  // elements
};

/// How an access moves on with the steps of a scan: by so many elements, from the first step's place or backward from
/// the last's.
struct stepping {
    extent_t by = 0;
    std::int32_t backward = 0;
    std::int32_t unused = 0;

    friend constexpr bool operator==(const stepping&, const stepping&) = default;
};

/// How a kernel reads or writes a buffer: element (i0, i1, ...) of its space lies at offset + sum stride_k i_k.
struct memory_access {
    std::int32_t buffer = 0;
    std::int32_t writes = 0;
    extent_t offset = 0;
    extent_t stride[max_rank]{};  // call: the extents; it lies contiguous
    extent_t inner = 0;           // contract: the stride along k
    stepping step{};
};

/// An axis of images around which a product puts zeros: `inside` elements, `stride` apart in memory, of `extent`.
struct image_axis {
    extent_t extent = 0, before = 0, inside = 0, stride = 0;
};
/// How the left operand of a product lies whose rows and whose columns are several axes: one of each makes an element.
struct operand_walk {
    std::int32_t rows = 0, columns = 0;  // how many axes; 0: the operand is a matrix with two strides
    extent_t extent[max_rank]{};         // those of the rows, then those of the columns
    extent_t stride[max_rank]{};
    /// If not 0, the walk goes through images with zeros around them, the first axis of its rows from one to the next;
    /// in memory lies what is inside. image[0] counts the images, image[1], ... are their axes.
    std::int32_t image_axes = 0;
    image_axis image[max_rank]{};
};

/// Instructions of a kernel. Element-wise operations and reductions use op's own numbers. A routine is one instruction:
/// its op, in a and b the types of its four accesses at most, operands then result, four bits each; in c its options.
enum class code : std::uint8_t {
    load = 160,   // a: access, b: dtype in memory, c: reach
    store,        // a: access, b: value, c: dtype in memory | reach << 4
    scalar,       // a: scalar slot, b: dtype
    index,        // 0, 1, 2, ... along the vector axis
    accumulated,  // contract: the finished sum; chain: of the first product, then of the second
    rounded,      // a: value, b: dtype: the number as that type holds it, of fewer digits than the kernel's
    rows,         // what follows is computed once per row
    sweep,        // what follows is computed for each element of the row
    keep,         // chain; a: number of a row in the kernel's own memory, b: value
    kept,         // chain; a: that number; 0: the sums of the first product, 1: the rows of the second's left operand
};
constexpr std::uint8_t code_of(op k) { return static_cast<std::uint8_t>(k); }
static_assert(static_cast<int>(last_op) < static_cast<int>(code::load));
static_assert(std::size(dtype_table) <= 16, "an instruction has four bits for a dtype");

/// How an access moves along the vector axis.
enum class reach : std::uint8_t { contiguous, same, strided };

/// One instruction in 32 bits, so that two make one word of a kernel's name. Its number is the name of its value.
struct instruction {
    std::uint8_t what = 0, a = 0, b = 0, c = 0;

    constexpr std::uint32_t bits() const {
        return what | static_cast<std::uint32_t>(a) << 8 | static_cast<std::uint32_t>(b) << 16 |
               static_cast<std::uint32_t>(c) << 24;
    }
};
constexpr instruction instruction_of(std::uint32_t bits) {
    return {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8),
            static_cast<std::uint8_t>(bits >> 16), static_cast<std::uint8_t>(bits >> 24)};
}

/// A number that a kernel gets as an argument: a constant, or an extent known only at run time.
struct scalar_argument {
    std::uint64_t bits = 0;
    extent_t extent = 0;
    std::int32_t is_extent = 0;
    dtype type = dtype::float32;
};

/// chain: a product, the sections of a loop on its rows, then the sections of a product whose left operand they made:
/// from the last sweep on, whose values are numbered anew. call: a program of its own.
enum class kernel_kind : std::int32_t { loop, contract, chain, routine, call };

struct kernel {
    kernel_kind kind = kernel_kind::loop;
    dtype type = dtype::float32;  // what it computes in; bools are masks beside it
    std::int32_t first_instruction = 0, instructions = 0;
    std::int32_t first_access = 0, accesses = 0;
    std::int32_t first_scalar = 0, scalars = 0;
    std::int32_t reduced =
        0;                   // loop: bits of the space's axes that are reduced; routine: the axis along which it works
    std::int32_t nodes = 0;  // of the graph, that it computes
    std::int32_t block = 0;  // call: its number; accesses: its operands, then its results
    std::int32_t refuses = 0;  // call: may refuse the run
    std::int32_t region = 0;   // of its product, or of most of its nodes
    std::int32_t unused = 0;
    extent_t depth = 0;    // contract: the extent of k; its operands are the first two accesses
    extent_t columns = 0;  // chain: of the second product, whose right operand is the third access
    operand_walk walk{};   // contract: through the left operand
    shape space{};         // axes of extent 1 are left out (contract: the last two stay; routine: its axis)
};

/// Kernels that run once for each step of a scan; if there is a condition, only while that buffer, a bool, is true.
struct repetition {
    std::int32_t first = 0, end = 0;
    extent_t steps = 0;  // at most
    std::int32_t condition = -1;
    std::int32_t unused = 0;
};

struct schedule {
    growable<slot> buffers;
    growable<memory_access> accesses;
    growable<instruction> instructions;
    growable<scalar_argument> scalars;
    growable<kernel> kernels;
    growable<repetition> repetitions;
    growable<char> labels;  // the graph's
    dimensions dims;
    bool fits = true;  // no kernel is larger than may be
};

/// True if a kernel, whose instructions begin there, looks at indices and may refuse the run.
constexpr bool may_refuse(const kernel& k, const instruction* code) {
    if (k.kind != kernel_kind::routine) return k.refuses != 0;
    return may_refuse(static_cast<op>(code->what), code->c);
}

/// How many of a kernel's accesses are operands of products, which reach them in their own way: they come first.
constexpr int operands_of(kernel_kind k) { return k == kernel_kind::chain ? 3 : k == kernel_kind::contract ? 2 : 0; }

/// The largest kernel: its accesses must fit the launch arguments, its instructions a name of reasonable length.
inline constexpr int most_accesses = 32;
inline constexpr int most_scalars = 16;
inline constexpr int most_instructions = 96;

}  // namespace telar::inline TELAR_ABI::ir
