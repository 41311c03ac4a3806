// SPDX-License-Identifier: BSL-1.0
// A kernel whose arguments are all known when it is compiled. Its descriptor has them as one more pack of words, and
// known_arguments<D> has the members of kernel_arguments as constants: the same bodies serve both kinds of arguments.
#pragma once
#include <telar/kernels/descriptor.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels {

/// The numbers among kernel_arguments.
struct argument_numbers {
    std::int64_t rows = 1, inner = 1;
    std::int64_t outer[max_rank]{}, reduced[max_rank]{};
    int outer_rank = 0, reduced_rank = 0;
    std::int64_t lines = 1, depth = 0, columns = 0;
    std::int64_t outer_stride[most_accesses][max_rank]{};
    std::int64_t reduced_stride[most_accesses][max_rank]{};
    std::int64_t inner_stride[most_accesses]{};
    std::int64_t line_stride[most_accesses]{};
    std::int64_t depth_stride[3]{};
    int walk_rows = 0, walk_columns = 0;
    std::int64_t walk_extent[max_rank]{}, walk_stride[max_rank]{};
    std::uint64_t scalars[most_scalars]{};
};

/// Calls number(x) for each number that a kernel of this kind with so many accesses has, scalars apart; the ranks come
/// first, so that a visitor may write them.
template <class Numbers, class Number>
constexpr void visit_numbers(Numbers& k, kernel_kind kind, int accesses, const Number& number) {
    number(k.outer_rank), number(k.reduced_rank), number(k.walk_rows), number(k.walk_columns);
    number(k.rows), number(k.inner), number(k.lines), number(k.depth), number(k.columns);
    for (int i = 0; i < k.outer_rank; ++i) number(k.outer[i]);
    for (int i = 0; i < k.reduced_rank; ++i) number(k.reduced[i]);
    for (int i = 0; i < k.walk_rows + k.walk_columns; ++i) number(k.walk_extent[i]), number(k.walk_stride[i]);
    for (int i = 0; i < operands_of(kind); ++i) number(k.depth_stride[i]);
    for (int a = 0; a < accesses; ++a) {
        number(k.inner_stride[a]);
        if (kind != kernel_kind::loop) number(k.line_stride[a]);
        for (int i = 0; i < k.outer_rank; ++i) number(k.outer_stride[a][i]);
        for (int i = 0; i < k.reduced_rank; ++i) number(k.reduced_stride[a][i]);
    }
}

/// The arguments of a kernel in words: how many accesses and scalars it has, and its kind; the scalars; then two
/// numbers to a word, which fit 32 bits each.
class argument_words {
public:
    /// As many words as a kernel needs at most.
    static constexpr int most(const kernel& k) {
        const int numbers = 12 + 2 * max_rank + 4 * k.walk.rows + 4 * k.walk.columns + k.accesses * (2 + max_rank);
        return 1 + k.scalars + (numbers + 1) / 2;
    }
    /// Writes them; returns how many there are.
    static constexpr int write(const kernel_arguments& arguments, const kernel& k, std::uint64_t* to) {
        to[0] = static_cast<std::uint64_t>(k.accesses) | static_cast<std::uint64_t>(k.kind) << 16 |
                static_cast<std::uint64_t>(k.scalars) << 32;
        for (int i = 0; i < k.scalars; ++i) to[1 + i] = arguments.scalars[i];
        int numbers = 2 * (1 + k.scalars);
        visit_numbers(arguments, k.kind, k.accesses, [&](std::int64_t x) {
            const std::uint64_t half = static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
            if (numbers % 2 == 0) to[numbers / 2] = half;
            else to[numbers / 2] |= half << 32;
            ++numbers;
        });
        return (numbers + 1) / 2;
    }
    static constexpr argument_numbers read(const std::uint64_t* from) {
        argument_numbers k;
        const int accesses = static_cast<int>(*from & 0xffff), scalars = static_cast<int>(*from >> 32);
        const auto kind = static_cast<kernel_kind>(*from++ >> 16 & 0xffff);
        for (int i = 0; i < scalars; ++i) k.scalars[i] = *from++;
        int numbers = 0;
        visit_numbers(k, kind, accesses, [&](auto& x) {
            const auto half = static_cast<std::uint32_t>(*from >> (numbers % 2 * 32));
            if (numbers++ % 2 == 1) ++from;
            x = static_cast<std::int32_t>(half);
        });
        return k;
    }
};

/// The descriptor of a kernel whose arguments are known.
template <class Words, class Arguments> struct known_descriptor;
template <class Words, std::uint64_t... A> struct known_descriptor<Words, words<A...>> : descriptor<Words> {
    static constexpr std::uint64_t packed[]{A...};
    static constexpr argument_numbers arguments = argument_words::read(packed);
};
template <class D>
concept KnownArguments = requires {
    { D::arguments } -> std::convertible_to<argument_numbers>;
};

/// kernel_arguments as constants; only where each access begins is known when it runs.
template <class D> struct known_arguments {
    static constexpr const auto& all = D::arguments;
    static constexpr std::int64_t rows = all.rows, inner = all.inner, lines = all.lines, depth = all.depth;
    static constexpr int outer_rank = all.outer_rank, reduced_rank = all.reduced_rank;

private:
    static constexpr int accesses = std::max(D::accesses, operands_of(D::header.kind));
    /// As one table, for access_strides.
    struct strides {
        std::int64_t outer[std::size_t(accesses * outer_rank + 1)]{};
        std::int64_t reduced[std::size_t(accesses * reduced_rank + 1)]{};
    };
    static constexpr strides stride_numbers = [] {
        strides s;
        for (int a = 0; a < accesses; ++a) {
            for (int i = 0; i < outer_rank; ++i) s.outer[a * outer_rank + i] = all.outer_stride[a][i];
            for (int i = 0; i < reduced_rank; ++i) s.reduced[a * reduced_rank + i] = all.reduced_stride[a][i];
        }
        return s;
    }();

public:
    static constexpr int walk_rows = all.walk_rows, walk_columns = all.walk_columns;
    static constexpr const auto& outer = all.outer;
    static constexpr const auto& reduced = all.reduced;
    static constexpr access_strides outer_stride{stride_numbers.outer, outer_rank},
        reduced_stride{stride_numbers.reduced, reduced_rank};
    static constexpr const auto& inner_stride = all.inner_stride;
    static constexpr const auto& line_stride = all.line_stride;
    static constexpr const auto& depth_stride = all.depth_stride;
    static constexpr const auto& walk_extent = all.walk_extent;
    static constexpr const auto& walk_stride = all.walk_stride;
    static constexpr const auto& scalars = all.scalars;

    std::byte* const* data;

    /// How far a row of an access lies from its first one, in bytes.
    static constexpr std::int64_t place_of_row(std::int64_t row, int access) {
        std::int64_t place = 0;
        for (int i = outer_rank - 1; i >= 0; --i) {
            place += row % outer[i] * outer_stride[access][i];
            row /= outer[i];
        }
        return place;
    }
};
/// What a kernel is given: arguments that are read, or constants.
template <class D> using arguments_of = std::conditional_t<KnownArguments<D>, known_arguments<D>, kernel_arguments>;

/// f(where each access begins) for each row of a kernel whose arguments are known. Short ones are unrolled, so that
/// what one kernel stores and the next loads stays in a register.
template <int Accesses, class D, class F> TELAR_INLINE void for_each_row(const known_arguments<D>& k, const F& f) {
    using arguments = known_arguments<D>;
    constexpr std::int64_t unrolled = D::count <= 16 ? 8 : 2;
    const auto run = [&](auto row) TELAR_INLINE_LAMBDA {
        std::byte* at[std::size_t(Accesses > 0 ? Accesses : 1)];
        TELAR_UNROLL for (int a = 0; a < Accesses; ++a) at[a] = k.data[a] + arguments::place_of_row(row, a);
        f(static_cast<std::byte* const*>(at));
    };
    if constexpr (arguments::rows == 1) {
        f(k.data);
    } else if constexpr (arguments::rows <= unrolled) {
        [&]<std::int64_t... R>(std::integer_sequence<std::int64_t, R...>) TELAR_INLINE_LAMBDA {
            (run(std::integral_constant<std::int64_t, R>{}), ...);
        }
        (std::make_integer_sequence<std::int64_t, arguments::rows>{});
    } else {
        for (std::int64_t row = 0; row < arguments::rows; ++row) run(row);
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels
