// SPDX-License-Identifier: BSL-1.0
// Small programs: where all extents are known and the work takes no longer than to launch kernels, the schedule is
// compiled as one function. Extents, strides and places are constants, temporaries lie on the stack, where the compiler
// keeps what it can in registers, and the kernels are the same bodies as ever, so the results have the same bits.
#pragma once
#include <telar/graph/frozen.hpp>
#include <telar/kernels/known_arguments.hpp>
#include <telar/kernels/lowering.hpp>
#include <telar/run/program_tables.hpp>
#include <telar/run/target/programs.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace telar::inline TELAR_ABI::runtime {

/// What a small program has at most. Work: multiply-adds, and one for each instruction and element.
struct small_program_limits {
    static constexpr int kernels = 48, instructions = 512;
    static constexpr extent_t work = 32'768, arena_bytes = 16'384;
    static constexpr extent_t buffer_bytes = 1 << 30;  // of a leaf of which little is read: strides take half a word
};

/// The work of a kernel when the dimensions have these values; -1: of a kind that small programs have not.
constexpr extent_t small_work(const kernel& k, const extent_t* dims) {
    const bool is_product = k.kind == kernel_kind::contract;
    if ((k.kind != kernel_kind::loop && !is_product) || k.walk.image_axes > 0) return -1;
    extent_t elements = 1;
    for (int i = 0; i < k.space.rank; ++i) {
        const extent_t extent = extent_value(k.space[i], dims);
        if (extent < 1) return -1;
        elements = saturating_multiply(elements, extent);
    }
    const extent_t depth = is_product ? extent_value(k.depth, dims) : 0;
    if (is_product && depth < 1) return -1;
    return saturating_multiply(elements, k.instructions + depth);
}
/// Whether a program is compiled as one function. Not if an extent is unknown, or if it has a routine (which may refuse
/// an index, draw or print), a chain, a scan or a call: such programs launch their kernels one by one.
constexpr bool is_small(const program_tables& p) {
    using most = small_program_limits;
    if (p.repetition_count > 0 || p.call_count > 0 || p.may_refuse) return false;
    if (p.kernel_count == 0 || p.kernel_count > most::kernels) return false;
    for (int i = 0; i < p.dim_count; ++i)
        if (p.dims[i].kind == dimension_kind::variable) return false;
    if (p.equality_count > 0) return false;
    growable<extent_t> dims(p.dim_count, 0);
    evaluate(p.dims, p.dim_count, dims.data());
    extent_t work = 0;
    int instructions = 0;
    for (int k = 0; k < p.kernel_count; ++k) {
        const extent_t of_kernel = small_work(p.kernels[k], dims.data());
        if (of_kernel < 0) return false;
        work = saturating_add(work, of_kernel);
        instructions += p.kernels[k].instructions;
    }
    if (work > most::work || instructions > most::instructions) return false;
    for (int b = 0; b < p.buffer_count; ++b)
        if (bytes_of(p.buffers[b], dims.data(), 1) > most::buffer_bytes) return false;
    return arena_bytes_of(p, nullptr, dims.data()) <= most::arena_bytes;
}

/// A small program's function.
template <class Code> class small_program {
    static constexpr const auto& p = Code::description_tables;
    static constexpr int kernels = p.kernel_count;
    /// Sums and products of numbers, which reversed accesses have.
    static constexpr fixed<extent_t, p.dim_count> dims = [] {
        fixed<extent_t, p.dim_count> values{};
        evaluate(p.dims, p.dim_count, values.items);
        return values;
    }();

    // ---- arguments, in words
    static constexpr int most_words = [] {
        int n = 0;
        for (int k = 0; k < kernels; ++k) n += argument_words::most(p.kernels[k]);
        return n;
    }();
    struct table {
        fixed<int, kernels + 1> first{};
        fixed<std::uint64_t, most_words> words{};
    };
    static constexpr table arguments = [] {
        table t;
        for (int k = 0; k < kernels; ++k) {
            const kernels::argument_sizes sizes = kernels::sizes_of_arguments(p.kernels[k]);
            growable<std::byte*> pointers(sizes.pointers, nullptr);
            growable<std::int64_t> numbers(sizes.numbers, 0);
            growable<std::uint64_t> scalars(sizes.scalars, 0);
            kernels::argument_writer writer(schedule_tables_of(p), dims.data(),
                                            {pointers.data(), numbers.data(), scalars.data(), nullptr}, nullptr);
            kernel_arguments made;
            writer.write(p.kernels[k], made);
            t.first.items[k + 1] = t.first[k] + argument_words::write(made, p.kernels[k], t.words.items + t.first[k]);
        }
        return t;
    }();
    template <int K, class = std::make_integer_sequence<int, arguments.first[K + 1] - arguments.first[K]>> struct known;
    template <int K, int... I> struct known<K, std::integer_sequence<int, I...>> {
        using type = known_descriptor<typename Code::template described<K>::type,
                                      words<arguments.words[arguments.first[K] + I]...>>;
    };

    // ---- memory
    struct layout {
        extent_t bytes = 0;
        fixed<extent_t, p.buffer_count> offsets{};
    };
    static constexpr layout arena = [] {
        layout a;
        a.bytes = plan_memory(p.buffers, p.buffer_count, dims.data(), a.offsets.items, p.machine->memory.alignment);
        return a;
    }();
    /// Where an access begins.
    template <int A> static TELAR_INLINE std::byte* place(std::byte* const* buffers, std::byte* temporaries) {
        constexpr memory_access x = p.accesses[A];
        constexpr std::ptrdiff_t offset = as_ptrdiff(extent_value(x.offset, dims.data()) * element_bytes(p, x));
        if constexpr (lives_in_arena(p.buffers[x.buffer])) return temporaries + arena.offsets[x.buffer] + offset;
        else return buffers[x.buffer] + offset;
    }
    template <int B> static TELAR_INLINE void commit(std::byte* const* buffers, const std::byte* temporaries) {
        constexpr slot s = p.buffers[B];
        if constexpr (s.where == storage::state && lives_in_arena(s))
            std::memcpy(buffers[B], temporaries + arena.offsets[B],
                        static_cast<std::size_t>(extent_value(s.count, dims.data())) * size_of(s.type));
    }

    // ---- kernels
    template <int K, int... A>
    static TELAR_FLATTENED void run_kernel(std::byte* const* buffers, std::byte* temporaries,
                                           std::integer_sequence<int, A...>) {
        std::byte* const data[] = {place<p.kernels[K].first_access + A>(buffers, temporaries)...};
        chosen::run_known<typename known<K>::type>(data);
    }
    template <int K>
    static TELAR_FLATTENED void run_watched(std::byte* const* buffers, std::byte* temporaries,
                                            const program_tables& tables, kernel_observer* watcher) {
        if (watcher) [[unlikely]]
            watcher->kernel_begins(tables, dims.data(), K);
        run_kernel<K>(buffers, temporaries, std::make_integer_sequence<int, p.kernels[K].accesses>{});
        if (watcher) [[unlikely]]
            watcher->kernel_ended(tables, dims.data(), K);
    }
    template <int... K, int... B>
    static TELAR_FLATTENED void run_all(std::byte* const* buffers, const program_tables& tables,
                                        kernel_observer* watcher, std::integer_sequence<int, K...>,
                                        std::integer_sequence<int, B...>) {
        alignas(static_cast<std::size_t>(chosen::machine.memory.alignment))
            std::byte temporaries[std::size_t(std::max<extent_t>(1, arena.bytes))];
        (run_watched<K>(buffers, temporaries, tables, watcher), ...);
        (commit<B>(buffers, temporaries), ...);
    }

public:
    static TELAR_FLATTEN void run(std::byte* const* buffers, const program_tables& tables, kernel_observer* watcher) {
        run_all(buffers, tables, watcher, std::make_integer_sequence<int, kernels>{},
                std::make_integer_sequence<int, p.buffer_count>{});
    }
};

}  // namespace telar::inline TELAR_ABI::runtime
