// SPDX-License-Identifier: BSL-1.0
// One row times a matrix whose extents are known: as many rows of B at once as are whole registers together, so that B
// is read in the order in which it lies, and no register of it twice or across two lines of the cache. A register that
// holds the end of one row and the start of the next is multiplied by two numbers of A.
#pragma once
#include <telar/kernels/cpu/loop/long_sums.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <numeric>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// Lanes first, first + 1, ... of a, then those of b.
template <int first, Lane T> TELAR_INLINE vec<T> lanes_from(vec<T> a, vec<T> b) {
    if constexpr (first == 0) return a;
#if TELAR_WIDE && defined(__AVX512F__)
    else if constexpr (std::same_as<T, float>)
        return native<T>(
            _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(b.raw), _mm512_castps_si512(a.raw), first)));
#endif
    else {
        T both[2 * vec<T>::width];
        store(both, a);
        store(both + vec<T>::width, b);
        return load(both + first);
    }
}

/// sum[j] = sum_p a[p] * b[p * n + j] for p < k.
template <Lane T, std::ptrdiff_t n, std::ptrdiff_t k> class row_product {
    static constexpr int width = vec<T>::width;
    static constexpr std::ptrdiff_t period = width / std::gcd(n, std::ptrdiff_t(width));
    /// Rows of B that are read at once; eight sums at least, since each waits for the one before.
    static constexpr std::ptrdiff_t rows = period * n / width < 8 ? 2 * period : period;
    static constexpr int sums = static_cast<int>(rows * n / width);

public:
    static constexpr int vectors = static_cast<int>((n + width - 1) / width);
    static constexpr bool fits = n >= width && k >= rows && sums <= vector_registers - 8;

    static TELAR_INLINE void run(const T* a, const T* b, vec<T> (&total)[std::size_t(vectors)]) {
        constexpr std::ptrdiff_t block = block_depth * rows, whole = k / rows * rows;
        vec<T> sum[1][std::size_t(sums)];
        tile_sums<T, 1, sums> so_far;
        for (std::ptrdiff_t p = 0;;) {
            TELAR_UNROLL for (int v = 0; v < sums; ++v) sum[0][v] = vec<T>(T(0));
            const std::ptrdiff_t end = std::min(whole, p + block);
            for (; p < end; p += rows, b += rows * n) add_rows<rows>(a + p, b, sum[0]);
            if (p == whole || whole <= block) break;
            so_far.add_to(sum);
            so_far.keep(sum);
        }
        if constexpr (k % rows > 0) add_rows<k % rows>(a + whole, b, sum[0]);
        if constexpr (whole > block) so_far.add_to(sum);
        if constexpr (whole > block * added_in_a_row) so_far.finish(sum);
        add_up(sum[0], total, std::make_integer_sequence<int, vectors>{});
    }

private:
    template <std::ptrdiff_t count>
    static TELAR_INLINE void add_rows(const T* a, const T* b, vec<T> (&sum)[std::size_t(sums)]) {
        TELAR_UNROLL for (std::ptrdiff_t v = 0; v * width < count * n; ++v) {
            const std::ptrdiff_t begin = v * width, row = begin / n, next = (row + 1) * n;
            const int lanes = static_cast<int>(std::min<std::ptrdiff_t>(width, count * n - begin));
            vec<T> left(a[row]);
            if (next < begin + lanes)
                left = select(first_lanes<T>(static_cast<int>(next - begin)), left, vec<T>(a[row + 1]));
            if (lanes == width) {
                sum[v] = fma(left, load(b + begin), sum[v]);
            } else {  // inf times what is not there would not be 0
                left = select(first_lanes<T>(lanes), left, vec<T>(T(0)));
                sum[v] = fma(left, load_first(b + begin, lanes), sum[v]);
            }
        }
    }
    template <int... V>
    static TELAR_INLINE void add_up(const vec<T> (&sum)[std::size_t(sums)], vec<T> (&total)[std::size_t(vectors)],
                                    std::integer_sequence<int, V...>) {
        ((total[V] = summed<V>(sum, std::make_integer_sequence<int, static_cast<int>(rows)>{})), ...);
    }
    template <int V, int... R>
    static TELAR_INLINE vec<T> summed(const vec<T> (&sum)[std::size_t(sums)], std::integer_sequence<int, R...>) {
        return (... + part<R * n + V * width>(sum));
    }
    /// The register that begins at a place in all of the sums.
    template <std::ptrdiff_t place> static TELAR_INLINE vec<T> part(const vec<T> (&sum)[std::size_t(sums)]) {
        constexpr std::ptrdiff_t v = place / width;
        return lanes_from<static_cast<int>(place % width)>(sum[v], sum[std::min<std::ptrdiff_t>(v + 1, sums - 1)]);
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
