// SPDX-License-Identifier: BSL-1.0
// The CPU as a target: what passes are told of it, and the sizes that its kernels choose by.
#pragma once
#include <telar/graph/target.hpp>

#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels {

namespace cpu {

#if defined(TELAR_BLAS)
inline constexpr bool has_blas = true;
#else
inline constexpr bool has_blas = false;
#endif

/// Kernels that are compiled, and interpreted ones: one schedule serves both.
inline constexpr target cpu_target{
    .name = "cpu",
    .most = {.nodes = 32, .instructions = 96, .accesses = 32, .scalars = 16},
    .products =
        {
            .has_chains = true,
            .elements_better_apart = 1 << 18,
            .has_own_loops = true,
            .resident_bytes = 600'000,
            .aliasing_bytes = 1024,
            .few_rows = 8,
            .few_elements = 1024,
            .library = {.is_linked = has_blas, .least_operations = 3e7, .least_extent = 64},
        },
    .elements = {.repeated_operations = 6, .added_windows = 8},
    .memory = {.alignment = 64},
    .errors = refusal::stops_the_run,
};

// ---- threads
/// Fewer elements than this are not worth waking a thread for; a product of fewer operations is not worth a team.
inline constexpr std::int64_t elements_per_thread = 1 << 15;
inline constexpr double operations_per_team = 2e6;

// ---- chains
inline constexpr std::ptrdiff_t chain_block_bytes = 163'840;     // rows that are worked on together
inline constexpr std::ptrdiff_t chain_packed_bytes = 4'194'304;  // a larger B is packed for each block, part by part

}  // namespace cpu

// ---- products: sizes in bytes, for a first cache of 32 KB and a second of 1 MB
namespace simd {

inline constexpr std::ptrdiff_t direct_bytes = cpu::cpu_target.products.resident_bytes;  // a B so small stays in place
inline constexpr std::ptrdiff_t cached_bytes = 1'200'000;  // of a larger B little is left when it is read again
inline constexpr std::ptrdiff_t mapped_bytes = 5'000'000;  // and its pages have to be looked up again
inline constexpr std::ptrdiff_t stream_bytes = 131'072;    // of B that all tiles use before the next is read
inline constexpr std::ptrdiff_t block_bytes = 786'432;     // a packed block of B
inline constexpr std::ptrdiff_t whole_depth_bytes = 3072;  // a k of so many bytes is not cut
inline constexpr std::ptrdiff_t depth_bytes = 2048;        // a part of k, where it is cut
inline constexpr std::ptrdiff_t chunk_tiles = 256;         // tiles of rows that share the memory of partial sums

}  // namespace simd

}  // namespace telar::inline TELAR_ABI::ir::kernels
