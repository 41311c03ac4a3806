// SPDX-License-Identifier: BSL-1.0
// The value that a user holds: an owning, row-major array, and the matrix, which is a tensor that acts as a linear map.
// Arithmetic on tensors stands in expr/; here is only storage. A program's headers include this page, so that it does
// without <algorithm> and <cmath>, which cost half of what it costs to compile.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/storage_checks.hpp>
#include <telar/core/tensor_view.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

template <Element T, extent_t Rows, extent_t Columns> class matrix;

template <class T> inline constexpr bool is_tensor = false;
template <class T, extent_t... Extents> inline constexpr bool is_tensor<tensor<T, Extents...>> = true;
template <class T, extent_t Rows, extent_t Columns> inline constexpr bool is_tensor<matrix<T, Rows, Columns>> = true;

/// A tensor or a matrix, by value or by reference.
template <class T>
concept Tensor = is_tensor<std::remove_cvref_t<T>>;

namespace core {
/// {{1, 2}, {3, 4}}: an initialiser list as deep as the tensor has axes.
template <class T, int Rank> struct nested { using type = std::initializer_list<typename nested<T, Rank - 1>::type>; };
template <class T> struct nested<T, 0> { using type = T; };
template <class T, int Rank> using nested_list = typename nested<T, Rank>::type;

template <class T> void fill(T* elements, std::size_t count, T value) {
    for (std::size_t i = 0; i < count; ++i) elements[i] = value;
}
}  // namespace core

/// Memory that values for T can be read from: std::vector, std::array, std::span, a C array.
template <class Range, class T>
concept Contiguous = requires(const Range& r) {
    { *std::data(r) } -> std::convertible_to<T>;
    { std::size(r) } -> std::convertible_to<std::size_t>;
};

namespace core {
/// Whether a type with the extents `from` can become another with the extents `to`: where both are numbers they agree.
constexpr bool can_become(const shape& from, const shape& to) {
    if (from.rank != to.rank || from == to) return false;
    for (int i = 0; i < from.rank; ++i)
        if (from[i] != to[i] && from[i] != dyn && to[i] != dyn) return false;
    return true;
}
/// Whether it needs no check at run time to become it.
constexpr bool always_becomes(const shape& from, const shape& to) {
    for (int i = 0; i < from.rank; ++i)
        if (from[i] == dyn && to[i] != dyn) return false;
    return true;
}
}  // namespace core

/// t: index -> number, for every index below the extents; row-major.
///
/// shapes    Extents..., outermost first; dyn stands for an extent that is known at run time
/// types     every Element; a bool takes one byte
/// errors    wrong_shape from all that take a shape or a list; index_error from at(i, j), row(i) and rows(begin, end),
///           and from (i, j) and from [i] of a vector if checked
/// edge      without elements it owns no memory; with no axes the one element lies in the object itself;
///           a moved-from tensor may be assigned to, resized or destroyed, nothing else
/// test      tests/core/tensor_test.cpp
template <Element T, extent_t... Extents> class tensor {
public:
    using value_type = T;
    static constexpr int rank = sizeof...(Extents);
    static_assert(rank <= max_rank, "a tensor has at most max_rank axes");
    static_assert((... && (Extents >= 0 || Extents == dyn)), "an extent is a number from 0 up, or dyn");
    static constexpr telar::shape static_extents{Extents...};
    static_assert(is_addressable(static_extents, sizeof(T)), "a tensor's elements have addresses: these are too many");
    static constexpr bool is_static = (... && (Extents != dyn));
    static constexpr bool is_matrix = false;
    static constexpr dtype type = dtype_of<T>();

    /// All zero; an extent that is dyn is 0.
    tensor() : tensor(telar::shape((Extents == dyn ? 0 : Extents)...)) {}
    /// {{1, 2}, {3, 4}}, or a number when there are no axes.
    tensor(core::nested_list<T, rank> values) : tensor(sized{}, shape_of(values)) { copy_list<0>(values, data()); }
    /// All zero.
    explicit tensor(telar::shape extents) : tensor(sized{}, extents) { core::fill(data(), size(), T{}); }
    /// The same elements under another type: from constants to dyn implicitly, from dyn to constants checked.
    // clang-format off
    template <extent_t... Other>
        requires(core::can_become(telar::shape(Other...), static_extents))
    explicit(!core::always_becomes(telar::shape(Other...), static_extents))
    tensor(tensor<T, Other...> other) {
        // clang-format on
        core::failures::require_fit(static_extents, other.extents());
        set_extents(other.extents());
        elements_ = std::move(other.elements_);
    }

    /// The elements are not set.
    static tensor uninitialized(telar::shape extents) { return tensor(sized{}, extents); }
    /// Every element is the value.
    static tensor filled(telar::shape extents, T value) {
        tensor t(sized{}, extents);
        core::fill(t.data(), t.size(), value);
        return t;
    }
    /// Row-major values, converted to T.
    template <Contiguous<T> Range> static tensor from(telar::shape extents, const Range& values) {
        require_count(extents, std::size(values));
        tensor t(sized{}, extents);
        const auto* const given = std::data(values);
        for (std::size_t i = 0; i < t.size(); ++i) t.data()[i] = static_cast<T>(given[i]);
        return t;
    }
    static tensor from(telar::shape extents, std::initializer_list<T> values) {
        return from(extents, std::span<const T>(values.begin(), values.size()));
    }

    constexpr extent_t extent(int axis) const {
        if constexpr (is_static) return static_extents[axis];
        else return static_extents[axis] == dyn ? extents_[axis] : static_extents[axis];
    }
    constexpr const telar::shape& extents() const {
        if constexpr (is_static) return static_extents;
        else return extents_;
    }
    constexpr std::size_t size() const {
        if constexpr (is_static) return static_cast<std::size_t>(static_extents.count());
        else return elements_.size();
    }
    /// The size of the elements in memory.
    constexpr std::size_t bytes() const { return size() * sizeof(T); }

    T* data() { return elements_.data(); }
    const T* data() const { return elements_.data(); }
    T* begin() { return data(); }
    const T* begin() const { return data(); }
    T* end() { return data() + size(); }
    const T* end() const { return data() + size(); }
    std::span<T> span() { return {data(), size()}; }
    std::span<const T> span() const { return {data(), size()}; }

    template <std::integral... I>
    requires(sizeof...(I) == rank) TELAR_INLINE T& operator()(I... i) {
        if constexpr (TELAR_BOUNDS_ARE_CHECKED) require_inside(telar::shape(i...));
        return data()[offset(i...)];
    }
    template <std::integral... I>
    requires(sizeof...(I) == rank) TELAR_INLINE const T& operator()(I... i) const {
        if constexpr (TELAR_BOUNDS_ARE_CHECKED) require_inside(telar::shape(i...));
        return data()[offset(i...)];
    }
    template <std::integral... I>
    requires(sizeof...(I) == rank) T& at(I... i) {
        require_inside(telar::shape(i...));
        return data()[offset(i...)];
    }
    template <std::integral... I>
    requires(sizeof...(I) == rank) const T& at(I... i) const {
        require_inside(telar::shape(i...));
        return data()[offset(i...)];
    }

    /// Row i, along the first axis, as a view of the memory; of a vector its element i.   (N, ...) -> (...)
    decltype(auto) operator[](extent_t i) requires(rank >= 1) { return row_of<T>(*this, i); }
    decltype(auto) operator[](extent_t i) const requires(rank >= 1) { return row_of<const T>(*this, i); }
    tensor_view<T> row(extent_t i) { return tensor_view(*this).row(i); }
    tensor_view<const T> row(extent_t i) const { return tensor_view(*this).row(i); }
    /// Rows begin .. end - 1, as a view of the memory.   (N, ...) -> (end - begin, ...)
    tensor_view<T> rows(extent_t begin, extent_t end) { return tensor_view(*this).rows(begin, end); }
    tensor_view<const T> rows(extent_t begin, extent_t end) const { return tensor_view(*this).rows(begin, end); }

    /// The element of a tensor that has just one, whatever its rank.
    T item() const {
        if (size() != 1) core::failures::refuse_several(extents());
        return *data();
    }
    operator T() const requires(rank == 0) { return *data(); }

    /// Gives the tensor other extents; its elements are not set. Memory is kept when the tensor shrinks.
    void resize(telar::shape extents) {
        const std::size_t count = core::failures::checked_count(static_extents, extents, sizeof(T));
        elements_.resize(count);
        set_extents(extents);
    }

private:
    template <Element, extent_t...> friend class tensor;

    struct sized {};
    tensor(sized, const telar::shape& extents) { resize(extents); }

    void set_extents(const telar::shape& extents) {
        if constexpr (!is_static) extents_ = extents;
    }

    template <class Viewed, class Self> static decltype(auto) row_of(Self& self, extent_t i) {
        if constexpr (rank > 1) return tensor_view<Viewed>(self).row(i);
        else return self(i);
    }
    template <class... I> TELAR_INLINE constexpr std::size_t offset(I... i) const {
        extent_t at = 0;
        [[maybe_unused]] int axis = 0;
        ((at = at * extent(axis++) + static_cast<extent_t>(i)), ...);
        return static_cast<std::size_t>(at);
    }

    // ---- checks
    static void require_count(const telar::shape& extents, std::size_t values) {
        if (values != core::failures::checked_count(static_extents, extents, sizeof(T)))
            core::failures::refuse_count("tensor", extents, values);
    }
    void require_inside(const telar::shape& index) const {
        bool is_inside = true;
        for (int i = 0; i < rank; ++i) is_inside = is_inside && index[i] >= 0 && index[i] < extent(i);
        if (!is_inside) core::failures::refuse_index("tensor", index, extents());
    }

    // ---- nested lists
    template <class List> static telar::shape shape_of(const List& values) {
        telar::shape extents = static_extents;
        for (int i = 0; i < rank; ++i)
            if (extents[i] < 0) extents[i] = 0;  // what an empty list says nothing about
        measure<0>(values, extents);
        return extents;
    }
    template <int Axis, class List> static void measure(const List& values, telar::shape& extents) {
        if constexpr (Axis < rank) {
            extents[Axis] = static_cast<extent_t>(values.size());
            if (values.size() != 0) measure<Axis + 1>(*values.begin(), extents);
        }
    }
    template <int Axis, class List> T* copy_list(const List& values, T* to) const {
        if constexpr (Axis == rank) {
            *to = values;
            return to + 1;
        } else {
            if (static_cast<extent_t>(values.size()) != extent(Axis))
                core::failures::refuse_ragged(Axis, extent(Axis), values.size());
            for (const auto& part : values) to = copy_list<Axis + 1>(part, to);
            return to;
        }
    }

    struct nothing {};
    [[no_unique_address]] std::conditional_t<is_static, nothing, telar::shape> extents_;
    std::conditional_t<rank == 0, core::single<T>, core::buffer<T>> elements_;
};

/// A: R^Columns -> R^Rows, a linear map: to multiply by it is the matrix product.
///
/// shapes    (Rows, Columns); each may be dyn
/// edge      a matrix passes wherever a tensor is taken, and is then no linear map any more; back only explicitly
/// test      tests/core/tensor_test.cpp
template <Element T, extent_t Rows, extent_t Columns> class matrix : public tensor<T, Rows, Columns> {
    using base = tensor<T, Rows, Columns>;

public:
    static constexpr bool is_matrix = true;

    matrix() = default;
    matrix(core::nested_list<T, 2> values) : base(values) {}
    explicit matrix(telar::shape extents) : base(extents) {}
    explicit matrix(base elements) noexcept : base(std::move(elements)) {}
    // clang-format off
    template <extent_t R, extent_t C>
        requires(core::can_become(shape(R, C), shape(Rows, Columns)))
    explicit matrix(tensor<T, R, C> elements) : base(std::move(elements)) {}
    template <extent_t R, extent_t C>
        requires(core::can_become(shape(R, C), shape(Rows, Columns)))
    explicit(!core::always_becomes(shape(R, C), shape(Rows, Columns)))
    matrix(matrix<T, R, C> other) : base(static_cast<tensor<T, R, C>&&>(other)) {}
    // clang-format on

    static matrix uninitialized(telar::shape extents) { return matrix(base::uninitialized(extents)); }
    static matrix filled(telar::shape extents, T value) { return matrix(base::filled(extents, value)); }
    template <Contiguous<T> Range> static matrix from(telar::shape extents, const Range& values) {
        return matrix(base::from(extents, values));
    }
    static matrix from(telar::shape extents, std::initializer_list<T> values) {
        return matrix(base::from(extents, values));
    }
};

// ---- making tensors

/// t_i = 0.
template <Element T, extent_t... Extents> tensor<T, Extents...> zeros() { return {}; }
template <Element T, extent_t... Extents> tensor<T, Extents...> zeros(shape extents) {
    return tensor<T, Extents...>(extents);
}
/// t_i = value.
template <Element T, extent_t... Extents>
requires tensor<T, Extents...>::is_static tensor<T, Extents...> full(T value) {
    return tensor<T, Extents...>::filled(shape(Extents...), value);
}
template <Element T, extent_t... Extents> tensor<T, Extents...> full(shape extents, T value) {
    return tensor<T, Extents...>::filled(extents, value);
}
/// t_i = 1.
template <Element T, extent_t... Extents>
requires tensor<T, Extents...>::is_static tensor<T, Extents...> ones() { return full<T, Extents...>(T{1}); }
template <Element T, extent_t... Extents> tensor<T, Extents...> ones(shape extents) {
    return full<T, Extents...>(extents, T{1});
}
/// t_i = i, for 0 <= i < n.
template <Element T> tensor<T, dyn> arange(extent_t n) {
    auto t = tensor<T, dyn>::uninitialized(shape(n));
    for (extent_t i = 0; i < n; ++i) t.data()[i] = static_cast<T>(i);
    return t;
}
/// I x = x: the identity map of N dimensions.
template <Element T, extent_t N>
requires(N != dyn) matrix<T, N, N> eye() {
    matrix<T, N, N> t;
    for (extent_t i = 0; i < N; ++i) t.data()[i * N + i] = T{1};
    return t;
}
template <Element T> matrix<T, dyn, dyn> eye(extent_t n) {
    matrix<T, dyn, dyn> t(shape(n, n));
    for (extent_t i = 0; i < n; ++i) t.data()[i * n + i] = T{1};
    return t;
}
template <Element T> tensor<T, dyn> from_vector(const std::vector<T>& values) {
    auto t = tensor<T, dyn>::uninitialized(shape(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) t.data()[i] = values[i];  // a vector<bool> has no contiguous ones
    return t;
}

// ---- comparing tensors as a whole (== and < on tensors are element-wise, and stand in expr/)

/// True when types, extents and every element's bits agree; any NaN equals any NaN, 0.0 differs from -0.0.
template <Tensor A, Tensor B> bool same(const A& a, const B& b) {
    using T = typename A::value_type;
    if constexpr (!std::same_as<T, typename B::value_type>) return false;
    else {
        if (!(a.extents() == b.extents())) return false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const T x = a.data()[i], y = b.data()[i];
            if constexpr (!Real<T>) {
                if (x != y) return false;
            } else {
                const double left = static_cast<double>(x), right = static_cast<double>(y);
                const bool are_nan = left != left && right != right;
                if (!are_nan && std::bit_cast<std::uint64_t>(left) != std::bit_cast<std::uint64_t>(right)) return false;
            }
        }
        return true;
    }
}

/// True when extents agree and |a_i - b_i| <= absolute + relative * |b_i| for every element, as in NumPy's allclose.
///
/// edge      NaN is close to NaN, an infinity to itself
template <Tensor A, Tensor B> bool close(const A& a, const B& b, double relative = 1e-5, double absolute = 1e-8) {
    if (!(a.extents() == b.extents())) return false;
    const auto magnitude = [](double x) { return x < 0 ? -x : x; };
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double x = static_cast<double>(a.data()[i]), y = static_cast<double>(b.data()[i]);
        constexpr double most = std::numeric_limits<double>::max();
        const bool is_close = x != x || y != y ? x != x && y != y
                              : magnitude(x) > most || magnitude(y) > most
                                  ? x == y
                                  : magnitude(x - y) <= absolute + relative * magnitude(y);
        if (!is_close) return false;
    }
    return true;
}

}  // namespace telar::inline TELAR_ABI
