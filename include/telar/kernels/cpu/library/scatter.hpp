// SPDX-License-Identifier: BSL-1.0
// scatter: z = y, then z(i(m, j), j) += x(m, j), or whatever joins the two, in every row, m ascending: threads share
// rows and columns, so the order of a sum does not depend on them. Of more than 4096 lines, those of which more than 64
// meet in one place are added 64 at a time, then their sums 64 at a time, and so on: an error does not grow with how
// many they are.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/graph/symbol.hpp>
#include <telar/kernels/cpu/library/routine_rows.hpp>
#include <telar/kernels/working_memory.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// z = y in these columns. y may be one number.
template <class T>
void begin_with(const sheet<T>& z, const sheet<const T>& y, std::int64_t lines, std::int64_t from, std::int64_t to) {
    if (lines == 0 || from == to) return;
    const bool is_number = y.column_stride == 0 && y.line_stride == 0;
    if (is_number && z.column_stride == 1 && z.line_stride == to - from) {
        std::fill_n(z.first + from, lines * (to - from), *y.first);
        return;
    }
    for (std::int64_t n = 0; n < lines; ++n) {
        T* const line = z.line(n) + from * z.column_stride;
        if (z.column_stride == 1 && y.column_stride == 1) copy_line(line, &y(n, from), to - from);
        else if (z.column_stride == 1 && y.column_stride == 0) std::fill_n(line, to - from, y(n, 0));
        else
            for (std::int64_t j = from; j < to; ++j) z(n, j) = y(n, j);
    }
}

/// NaN if either is, of the larger and the smaller.
template <emit::joined J, class T> TELAR_INLINE T together(T a, T b) {
    if constexpr (J == emit::joined::update) return b;
    else if constexpr (J == emit::joined::max) return b != b || b > a ? b : a;
    else if constexpr (J == emit::joined::min) return b != b || b < a ? b : a;
    else return wrapped_sum(a, b);
}

/// Places where many lines meet. Each has a line for every level of sums, in working memory.
template <class T> class meeting_places {
    struct memory {
        buffer<std::int32_t> numbers;
        buffer<std::int64_t> lines;
        buffer<T> sums;
    };

public:
    static constexpr std::int64_t in_a_row = 64;
    static constexpr std::int64_t not_worth_looking = 4096;  // of so few lines none is counted

    /// index_of(m) is the place of line m, -1 if it has none.
    template <class IndexOf>
    meeting_places(std::int64_t extent, std::int64_t count, std::int64_t columns, const IndexOf& index_of)
        : columns_(columns) {
        memory& own = working_memory<memory>();
        own.numbers.resize(static_cast<std::size_t>(extent));
        numbers_ = own.numbers.data();
        std::fill_n(numbers_, extent, 0);
        for (std::int64_t m = 0; m < count; ++m)
            if (const std::int64_t i = index_of(m); i >= 0) numbers_[i] += numbers_[i] <= in_a_row;
        std::int32_t places = 0;
        for (std::int64_t i = 0; i < extent; ++i) numbers_[i] = numbers_[i] > in_a_row ? ++places : 0;
        if (places == 0) return;
        own.lines.resize(static_cast<std::size_t>(places));
        own.sums.resize(static_cast<std::size_t>(places * levels * columns));
        lines_ = own.lines.data();
        sums_ = own.sums.data();
        std::fill_n(lines_, places, 0);
    }
    /// The number of a place from 1 on, 0 if few lines meet there.
    TELAR_INLINE std::int32_t number(std::int64_t i) const { return numbers_[i]; }
    void add(std::int32_t number, const T* x, std::int64_t stride) {
        std::int64_t& lines = lines_[number - 1];
        join(level(number, 0), x, stride, lines++ % in_a_row == 0);
        std::int64_t full = lines;
        for (int l = 1; l < levels && full % in_a_row == 0; ++l) {
            full /= in_a_row;
            join(level(number, l), level(number, l - 1), 1, l + 1 < levels ? full % in_a_row == 1 : full == 1);
        }
    }
    /// What met in a place.
    const T* sum(std::int32_t number) {
        T* const to = level(number, 0);
        std::int64_t full = lines_[number - 1];
        if (full % in_a_row == 0) std::fill_n(to, columns_, T(0));
        for (int l = 1; l < levels; ++l) {
            full /= in_a_row;
            if (l + 1 < levels ? full % in_a_row != 0 : full != 0) join(to, level(number, l), 1, false);
        }
        return to;
    }

private:
    static constexpr int levels = 5;
    std::int64_t columns_;
    std::int32_t* numbers_ = nullptr;
    std::int64_t* lines_ = nullptr;
    T* sums_ = nullptr;

    T* level(std::int32_t number, int l) const { return sums_ + ((number - 1) * std::int64_t{levels} + l) * columns_; }
    void join(T* TELAR_RESTRICT to, const T* x, std::int64_t stride, bool is_first) const {
        if (stride != 1)
            for (std::int64_t j = 0; j < columns_; ++j) to[j] = is_first ? x[j * stride] : to[j] + x[j * stride];
        else if (is_first) copy_line(to, x, columns_);
        else
            for (std::int64_t j = 0; j < columns_; ++j) to[j] += x[j];
    }
};
/// Sums of floats, in columns from, ..., to - 1, for which index_of(m) is the place of line m.
template <class T, class IndexOf>
void scatter_sums(const sheet<T>& z, const sheet<const T>& x, std::int64_t extent, std::int64_t count,
                  std::int64_t from, std::int64_t to, const IndexOf& index_of) {
    meeting_places<T> meeting(extent, count, to - from, index_of);
    for (std::int64_t m = 0; m < count; ++m) {
        const std::int64_t i = index_of(m);
        if (i < 0) continue;
        if (const std::int32_t number = meeting.number(i))
            meeting.add(number, x.line(m) + from * x.column_stride, x.column_stride);
        else if (z.column_stride == 1 && x.column_stride == 1) {
            T* TELAR_RESTRICT line = z.line(i);
            const T* TELAR_RESTRICT joined = x.line(m);
            for (std::int64_t j = from; j < to; ++j) line[j] += joined[j];
        } else {
            for (std::int64_t j = from; j < to; ++j) z(i, j) += x(m, j);
        }
    }
    for (std::int64_t i = 0; i < extent; ++i)
        if (const std::int32_t number = meeting.number(i)) {
            const T* const sum = meeting.sum(number);
            for (std::int64_t j = from; j < to; ++j) z(i, j) += sum[j - from];
        }
}

template <class T, class Index, emit::joined J, bool Refuses> void scatter(const kernel_arguments& k) {
    const auto extent = static_cast<std::int64_t>(k.scalars[0]), count = static_cast<std::int64_t>(k.scalars[1]);
    const std::int64_t elements = k.rows * (extent + count) * k.inner;
    if (elements == 0) return;
    if constexpr (Refuses)
        if (!are_inside<4, Index>(op::scatter, k, count, extent)) return;

    const auto run_columns = [&k, extent, count](std::byte* const* at, std::int64_t from, std::int64_t to) {
        const auto y = sheet_of<const T>(k, at, 0);
        const auto index = sheet_of<const Index>(k, at, 1);
        const auto x = sheet_of<const T>(k, at, 2);
        const auto z = sheet_of<T>(k, at, 3);
        if (z.first != y.first)  // else an assignment to the variable that is read
            begin_with(z, y, extent, from, to);
        if constexpr (J == emit::joined::add && std::is_floating_point_v<T>)
            if (count > meeting_places<T>::not_worth_looking) {
                const auto index_in = [&](std::int64_t column) {
                    return [&index, extent, column](std::int64_t m) {
                        const auto i = static_cast<std::int64_t>(index(m, column));
                        return Refuses || lies_inside(i, extent) ? i : -1;
                    };
                };
                if (index.column_stride == 0) return scatter_sums(z, x, extent, count, from, to, index_in(0));
                // Column by column, where many meet on the average.
                if (to - from == 1 || count / meeting_places<T>::in_a_row > extent / 4) {
                    for (std::int64_t j = from; j < to; ++j) scatter_sums(z, x, extent, count, j, j + 1, index_in(j));
                    return;
                }
            }
        if (index.column_stride == 0 && x.column_stride == 1 && z.column_stride == 1) {
            for (std::int64_t m = 0; m < count; ++m) {
                const auto i = static_cast<std::int64_t>(index(m, 0));
                if (!Refuses && !lies_inside(i, extent)) continue;
                T* TELAR_RESTRICT line = z.line(i);
                const T* TELAR_RESTRICT joined = x.line(m);
                for (std::int64_t j = from; j < to; ++j) line[j] = together<J>(line[j], joined[j]);
            }
            return;
        }
        for (std::int64_t m = 0; m < count; ++m)
            for (std::int64_t j = from; j < to; ++j) {
                const auto i = static_cast<std::int64_t>(index(m, j));
                if (Refuses || lies_inside(i, extent)) z(i, j) = together<J>(z(i, j), x(m, j));
            }
    };
    if (k.rows == 1) share(k.inner, elements, [&](std::int64_t a, std::int64_t b) { run_columns(k.data, a, b); });
    else share_rows<4>(k, elements, [&](std::byte* const* at) { run_columns(at, 0, k.inner); });
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
