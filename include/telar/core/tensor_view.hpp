// SPDX-License-Identifier: BSL-1.0
// Elements that belong to someone else: rows of a tensor, memory of another library.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/storage_checks.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI {

template <Element T, extent_t... Extents> class tensor;

namespace core {
/// Consecutive elements that know how many they are: a tensor, std::vector, std::span, std::array, a C array.
template <class Range>
concept Memory = requires(Range& r) {
    std::data(r);
    std::size(r);
};
template <Memory Range> using memory_element = std::remove_pointer_t<decltype(std::data(std::declval<Range&>()))>;
}  // namespace core

/// v: index -> number, in memory that it does not own; row-major, any rank. It is fed as a tensor is, and run_into
/// writes to one; nothing is copied. As a std::span it is passed by value, and const T makes it read-only.
///
///     tensor_view(pointer, shape(32, 784)), tensor_view(values, shape(2, 3)), tensor_view(values): of a vector, an
///     array
///
/// shapes    known at run time, the rank too
/// errors    index_error from v[i], rows(begin, end) and (i, j), with the number and the extent; wrong_shape where it
///           becomes a tensor of another shape, or where the number of values is not that of the shape
/// edge      the memory must outlive the view, and a feed of it must be run while it lives; a tensor that is resized or
///           assigned a tensor of another size leaves its views behind
/// test      tests/core/tensor_view_test.cpp
template <class T> class tensor_view {
public:
    using value_type = std::remove_const_t<T>;
    static_assert(Element<value_type>, "a view has elements that a tensor may have");
    static constexpr dtype type = dtype_of<value_type>();
    static constexpr bool is_static = false;

    tensor_view(T* data, const shape& extents) : data_(data), extents_(extents) {
        core::failures::require_extents("view", extents);
    }
    template <core::Memory Range>
    requires(!std::same_as<std::remove_const_t<Range>, tensor_view>) tensor_view(Range& values, const shape& extents)
        : tensor_view(std::data(values), extents) {
        if (size() != std::size(values)) core::failures::refuse_count("view", extents, std::size(values));
    }
    template <core::Memory Range>
    requires(!std::same_as<std::remove_const_t<Range>, tensor_view>) explicit tensor_view(Range& values)
        : tensor_view(std::data(values), shape_of(values)) {}
    operator tensor_view<const T>() const requires(!std::is_const_v<T>) { return {data_, extents_}; }

    int rank() const { return extents_.rank; }
    extent_t extent(int axis) const { return extents_[axis]; }
    const shape& extents() const { return extents_; }
    std::size_t size() const { return static_cast<std::size_t>(extents_.count()); }
    std::size_t bytes() const { return size() * sizeof(T); }
    T* data() const { return data_; }
    T* begin() const { return data_; }
    T* end() const { return data_ + size(); }
    std::span<T> span() const { return {data_, size()}; }

    /// One element: as many indices as there are axes.
    template <std::integral... I> T& operator()(I... i) const {
        const shape index(i...);
        bool is_inside = index.rank == rank();
        extent_t at = 0;
        for (int k = 0; is_inside && k < rank(); ++k) {
            is_inside = index[k] >= 0 && index[k] < extents_[k];
            at = at * extents_[k] + index[k];
        }
        if (!is_inside) core::failures::refuse_index("view", index, extents_);
        return data_[at];
    }
    /// Row i, along the first axis, which goes.   (N, ...) -> (...)
    tensor_view operator[](extent_t i) const {
        if (rank() == 0 || i < 0 || i >= extents_[0]) core::failures::refuse_row(i, extents_);
        shape rest;
        for (int k = 1; k < rank(); ++k) rest.append(extents_[k]);
        return {data_ + i * rest.count(), rest};
    }
    tensor_view row(extent_t i) const { return (*this)[i]; }
    /// Rows begin .. end - 1.   (N, ...) -> (end - begin, ...)
    tensor_view rows(extent_t begin, extent_t end) const {
        if (rank() == 0 || begin < 0 || end < begin || end > extents_[0])
            core::failures::refuse_rows(begin, end, extents_);
        shape part = extents_;
        part[0] = end - begin;
        const extent_t width = extents_[0] == 0 ? 0 : extents_.count() / extents_[0];
        return {data_ + begin * width, part};
    }
    /// The one element of a view that has just one.
    value_type item() const {
        if (size() != 1) core::failures::refuse_several(extents_);
        return *data_;
    }

    /// A tensor with the same elements, which are copied.
    template <extent_t... Extents> operator tensor<value_type, Extents...>() const {
        auto copy = tensor<value_type, Extents...>::uninitialized(extents_);
        if (size() > 0) std::memcpy(copy.data(), data_, size() * sizeof(value_type));
        return copy;
    }
    /// Writes the elements of a tensor or of another view, of the same shape, to the memory.
    template <class From>
    requires requires(const From& from) {
        { *from.data() } -> std::convertible_to<value_type>;
        from.extents();
    }
    const tensor_view& assign(const From& from) const {
        if (from.extents() != extents_) core::failures::refuse_shape("view", extents_, from.extents());
        if (size() > 0) std::memmove(data_, from.data(), size() * sizeof(value_type));  // the two may overlap
        return *this;
    }

private:
    template <class Range> static shape shape_of(const Range& values) {
        if constexpr (requires { values.extents(); }) return values.extents();
        else return shape(std::size(values));
    }
    T* data_;
    shape extents_;
};
template <class T> tensor_view(T*, const shape&) -> tensor_view<T>;
template <core::Memory Range> tensor_view(Range&, const shape&) -> tensor_view<core::memory_element<Range>>;
template <core::Memory Range> tensor_view(Range&) -> tensor_view<core::memory_element<Range>>;

template <class T> inline constexpr bool is_view = false;
template <class T> inline constexpr bool is_view<tensor_view<T>> = true;

}  // namespace telar::inline TELAR_ABI
