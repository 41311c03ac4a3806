// SPDX-License-Identifier: BSL-1.0
// Elements of a dataset as one batch: tensors get an axis of samples, tuples are batched part by part.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io {

template <class T> inline constexpr bool is_tuple = false;
template <class... T> inline constexpr bool is_tuple<std::tuple<T...>> = true;
template <class A, class B> inline constexpr bool is_tuple<std::pair<A, B>> = true;

// clang-format off
template <class T> struct batch_type { using type = std::vector<T>; };
template <Element T> struct batch_type<T> { using type = tensor<T, dyn>; };
template <class T, extent_t... E> struct batch_type<tensor<T, E...>> { using type = tensor<T, dyn, E...>; };
template <class T, extent_t R, extent_t C> struct batch_type<matrix<T, R, C>> { using type = tensor<T, dyn, R, C>; };
template <class... T> struct batch_type<std::tuple<T...>> { using type = std::tuple<typename batch_type<T>::type...>; };
template <class A, class B> struct batch_type<std::pair<A, B>> : batch_type<std::tuple<A, B>> {};
template <class T> struct padded_type : batch_type<T> {};
template <class T, extent_t... E> struct padded_type<tensor<T, E...>> { using type = tensor<T, dyn, (static_cast<void>(E), dyn)...>; };
template <class... T> struct padded_type<std::tuple<T...>> { using type = std::tuple<typename padded_type<T>::type...>; };
template <class A, class B> struct padded_type<std::pair<A, B>> : padded_type<std::tuple<A, B>> {};
// clang-format on
/// What batch makes of elements: a number becomes a vector of them, a tensor (...) one of (n, ...), a tuple a tuple of
/// batches, anything else a std::vector.
template <class T> using batch_t = typename batch_type<T>::type;
/// The same of padded_batch: every extent is known at run time only.
template <class T> using padded_t = typename padded_type<T>::type;

/// How tensors of different extents become one.
struct padding_rule {
    bool pads = false;
    extent_t length = 0;  // of the first axis; 0: the longest
    double value = 0;
};

/// Copies a block into the front corner of a larger one.
template <class T> void copy_corner(const T* from, const shape& small, T* to, const shape& large, int axis = 0) {
    if (axis == small.rank) {
        *to = *from;
        return;
    }
    std::ptrdiff_t step_from = 1, step_to = 1;
    for (int i = axis + 1; i < small.rank; ++i) step_from *= small[i], step_to *= large[i];
    if (step_from == step_to) std::copy_n(from, small[axis] * step_from, to);  // nothing is padded further in
    else
        for (extent_t i = 0; i < small[axis]; ++i)
            copy_corner(from + i * step_from, small, to + i * step_to, large, axis + 1);
}

/// The extents that all tensors get.
///
/// errors    wrong_shape: they differ, or with padding one is longer than its length
template <class Extents> shape common_extents(std::size_t count, Extents extents_of, const padding_rule& rule) {
    shape all = extents_of(0);
    const std::string name = rule.pads ? "padded_batch" : "batch";
    for (std::size_t i = 1; i < count; ++i) {
        const shape s = extents_of(i);
        if (!rule.pads && s != all)
            fail<wrong_shape>(name + ": element " + std::to_string(i) + " has shape " + to_string(s) +
                              ", but element 0 has shape " + to_string(all));
        for (int k = 0; k < s.rank; ++k) all[k] = std::max(all[k], s[k]);
    }
    if (rule.pads && rule.length > 0 && all.rank > 0) {
        if (all[0] > rule.length)
            fail<wrong_shape>(name + ": an element of length " + std::to_string(all[0]) + " does not fit length " +
                              std::to_string(rule.length));
        all[0] = rule.length;
    }
    return all;
}

/// The batch of part(e) of all elements e.
template <class Batch, class T, class Part>
Batch collated(std::vector<T>& elements, Part part, const padding_rule& rule) {
    using value = std::remove_cvref_t<decltype(part(elements[0]))>;
    if constexpr (is_tuple<value>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return Batch(collated<std::tuple_element_t<I, Batch>>(
                elements, [&](T & e) -> auto& { return std::get<I>(part(e)); }, rule)...);
        }
        (std::make_index_sequence<std::tuple_size_v<value>>());
    } else if constexpr (Tensor<value>) {
        const shape each = common_extents(
            elements.size(), [&](std::size_t i) { return part(elements[i]).extents(); }, rule);
        shape extents(static_cast<extent_t>(elements.size()));
        for (int k = 0; k < each.rank; ++k) extents.append(each[k]);
        Batch batch = Batch::uninitialized(extents);
        using number = typename value::value_type;
        const auto width = static_cast<std::size_t>(each.count());
        if (rule.pads) std::fill(batch.begin(), batch.end(), static_cast<number>(rule.value));
        for (std::size_t i = 0; i < elements.size(); ++i) {
            const value& from = part(elements[i]);
            if (from.size() == width) std::copy_n(from.data(), width, batch.data() + i * width);
            else copy_corner(from.data(), from.extents(), batch.data() + i * width, each);
        }
        return batch;
    } else if constexpr (Tensor<Batch>) {
        Batch batch = Batch::uninitialized(shape(static_cast<extent_t>(elements.size())));
        for (std::size_t i = 0; i < elements.size(); ++i) batch.data()[i] = part(elements[i]);
        return batch;
    } else {
        Batch batch;
        batch.reserve(elements.size());
        for (T& e : elements) batch.push_back(std::move(part(e)));
        return batch;
    }
}

}  // namespace telar::inline TELAR_ABI::io
