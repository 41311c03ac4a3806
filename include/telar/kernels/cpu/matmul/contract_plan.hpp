// SPDX-License-Identifier: BSL-1.0
// A matrix product as a value, and how it is cut into tiles.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/kernels/cpu/matmul/contract_tile.hpp>
#include <telar/kernels/working_memory.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// An epilogue that takes whole tiles: epilogue.tile(sums, stride, i, j, rows, columns).
template <class Epilogue, class T>
concept TakesTiles = requires(const Epilogue& epilogue, const T* tile) {
    epilogue.tile(tile, 1, 1, 1, 1, 1);
};
/// What an epilogue does with row i: f(vec<T> sum, j, lanes). An epilogue that finds its pointers once for a row has a
/// row(i); any other is called as epilogue(sum, i, j, lanes).
template <Lane T, class Epilogue> TELAR_INLINE auto row_of(const Epilogue& epilogue, std::ptrdiff_t i) {
    if constexpr (requires { epilogue.row(i); }) return epilogue.row(i);
    else return [&epilogue, i](vec<T> sum, std::ptrdiff_t j, int lanes) { epilogue(sum, i, j, lanes); };
}
/// What is done with the finished sums of one row, in a loop over registers. Lanes beyond the last column are not read:
/// there may be a denormal number, with which a division takes far longer.
template <Lane T, class Row>
TELAR_INLINE void finish_row(const Row& finish, const T* sums, std::ptrdiff_t j, int columns) {
    constexpr int width = vec<T>::width;
    const int rest = columns % width, whole = columns - rest;
    for (int s = 0; s < whole; s += width) finish(load(sums + s), j + s, width);
    if (rest > 0) finish(load_first(sums + whole, rest), j + whole, rest);
}

/// A finished tile of sums goes here: rows x columns numbers from (i, j), `stride` apart.
template <Lane T>
using tile_sink = void (*)(const void* epilogue, const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i,
                           std::ptrdiff_t j, int rows, int columns);

template <Lane T> struct contraction {
    std::ptrdiff_t m, n, k;
    operand<T> a;  // (m, k)
    operand<T> b;  // (k, n)
    tile_sink<T> sink;
    const void* epilogue;
    bool is_turned = false;  // this computes the transpose of what the epilogue wants

    /// The same product as D^T = B^T A^T.
    contraction turned() const { return {n, m, k, b.transposed(), a.transposed(), sink, epilogue, !is_turned}; }
    double operations() const { return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }

    /// Hands a finished tile to the epilogue. Whole vectors of each row may be read.
    void deliver(const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i, std::ptrdiff_t j, int rows,
                 int columns) const {
        if (is_turned) deliver_turned(tile, stride, i, j, rows, columns);
        else sink(epilogue, tile, stride, i, j, rows, columns);
    }

private:
    /// Transposes blocks of a tile; where a tile has fewer rows than a vector has lanes, several blocks at once.
    TELAR_NOINLINE void deliver_turned(const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i, std::ptrdiff_t j,
                                       int rows, int columns) const {
        constexpr int width = vec<T>::width;
        constexpr int height = std::min(width, most_tile_rows), together = width / height;
        alignas(64) T block[std::size_t(width * width)];
        for (int r = 0; r < rows; r += height)
            for (int s = 0; s < columns; s += together * width) {
                vec<T> lines[std::size_t(width)];
                TELAR_UNROLL for (int l = 0; l < width; ++l) {
                    const int row = std::min(r + l % height, rows - 1), column = s + l / height * width;
                    lines[l] = column < columns ? load(tile + row * stride + column) : vec<T>(T(0));
                }
                transpose(lines);
                TELAR_UNROLL for (int l = 0; l < width; ++l) store(block + l * width, lines[l]);
                for (int g = 0; g < together && s + g * width < columns; ++g)
                    sink(epilogue, block + g * height, width, j + s + g * width, i + r,
                         std::min(width, columns - s - g * width), std::min(height, rows - r));
            }
    }
};

/// Half-open range of parts.
struct part_range {
    std::ptrdiff_t begin, end;
    std::ptrdiff_t count() const { return end - begin; }
    /// The part that is worked on after this one; after the last, the first again.
    std::ptrdiff_t after(std::ptrdiff_t part) const { return part + 1 < end ? part + 1 : begin; }
};

/// `extent` things cut into parts of at most `most` whose sizes differ by one at most.
struct even_parts {
    std::ptrdiff_t count, size, larger;  // the first `larger` parts hold size + 1

    constexpr even_parts(std::ptrdiff_t extent, std::ptrdiff_t most)
        : count((extent + most - 1) / most), size(count ? extent / count : 0), larger(count ? extent % count : 0) {}
    constexpr std::ptrdiff_t start(std::ptrdiff_t part) const { return part * size + std::min(part, larger); }
    constexpr std::ptrdiff_t length(std::ptrdiff_t part) const { return size + (part < larger); }
    constexpr std::ptrdiff_t most() const { return size + (larger > 0); }
};

/// Columns cut into panels of whole vectors. Where masks cost something, the last, broken vector of an unpacked B gets
/// a panel of its own, which only the kernels one vector wide may meet.
template <Lane T> struct column_panels {
    static constexpr std::ptrdiff_t width = vec<T>::width;
    std::ptrdiff_t extent;
    bool last_alone;
    even_parts vectors;

    column_panels(std::ptrdiff_t n, int rows, bool is_packed)
        : extent(n),
          last_alone(!masks_are_free && !is_packed && n % width != 0),
          vectors(last_alone ? n / width : (n + width - 1) / width, most_tile_vectors(rows)) {}
    std::ptrdiff_t count() const { return vectors.count + last_alone; }
    std::ptrdiff_t start(std::ptrdiff_t panel) const {
        return panel > vectors.count ? extent : std::min(extent, vectors.start(panel) * width);
    }
    int columns(std::ptrdiff_t panel) const { return static_cast<int>(start(panel + 1) - start(panel)); }
    int vectors_in(std::ptrdiff_t panel) const {
        return panel == vectors.count ? 1 : static_cast<int>(vectors.length(panel));
    }
    /// Columns including the padding of the last vector.
    int padded(std::ptrdiff_t panel) const { return vectors_in(panel) * vec<T>::width; }
    int last_lanes(std::ptrdiff_t panel) const { return columns(panel) - padded(panel) + vec<T>::width; }
};

/// Working memory. It grows to what the largest product so far needed and is then kept.
template <Lane T> struct contract_scratch {
    buffer<T> rows, panels, sums, image;
    buffer<std::int64_t> places;
};
template <Lane T> contract_scratch<T>& scratch() { return working_memory<contract_scratch<T>>(); }
template <class T> T* grown(buffer<T>& memory, std::ptrdiff_t size) {
    memory.resize(static_cast<std::size_t>(size));
    return memory.data();
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
