// SPDX-License-Identifier: BSL-1.0
// Mini-batches: for (const auto& [x, y] : batches(...)) runs over one epoch.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/random.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/share.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io {
// clang-format off
template <class T> struct any_rows;
template <class T, extent_t Rows, extent_t... Rest>
struct any_rows<tensor<T, Rows, Rest...>> { using type = tensor<T, dyn, Rest...>; };
template <class T, extent_t Rows, extent_t Columns>
struct any_rows<matrix<T, Rows, Columns>> { using type = tensor<T, dyn, Columns>; };
// clang-format on
/// A tensor type with any number of rows, and the other extents as they are.
template <Tensor T> using any_rows_t = typename any_rows<T>::type;

/// to_i = from_(rows_i), along the first axis.
template <Tensor From, Tensor To> void gather_rows(const From& from, std::span<const std::int64_t> rows, To& to) {
    shape extents = from.extents();
    extents[0] = static_cast<extent_t>(rows.size());
    to.resize(extents);
    const std::size_t width = from.extent(0) == 0 ? 0 : from.size() / static_cast<std::size_t>(from.extent(0));
    auto* next = to.data();
    for (const std::int64_t row : rows)
        next = std::copy_n(from.data() + static_cast<std::size_t>(row) * width, width, next);
}

/// A batch: for (const auto& [x, y] : ...), or b.x and b.y; of three and more tensors std::get<2>(b) as well.
template <Tensor... T> struct batch_of : std::tuple<any_rows_t<T>...> {};
template <Tensor X> struct batch_of<X> { any_rows_t<X> x; };
template <Tensor X, Tensor Y> struct batch_of<X, Y> {
    any_rows_t<X> x;
    any_rows_t<Y> y;
};

/// A tensor that outlives whoever refers to it: no temporary.
template <class T> struct lasting {
    const T* tensor;
    lasting(const T& t) : tensor(&t) {}
    lasting(const T&&) = delete;
};
}  // namespace io

/// Runs over the rows of several tensors together, `batch_size` at a time; the last batch of an epoch holds what is
/// left: batches(x, y, 32), batches(images, labels, weights, 32, generator(1)). Each begin() starts an epoch; with a
/// generator the rows of each epoch come in another order.
///
/// shapes    x (N, ...), y (N, ...), ... -> (n, ...), (n, ...), ... with n <= batch_size
/// errors    wrong_shape: two have different numbers of rows; invalid_argument: batch_size < 1
/// edge      the tensors must outlive it. A batch is overwritten by the next one, and nothing is allocated after the
///           first. The order of epoch e is a function of the generator and e: set_epoch(e) goes on where a run broke
///           off.
/// test      tests/data/batches_test.cpp
template <Tensor... T> class batches {
    static_assert(sizeof...(T) >= 1 && (... && (T::rank >= 1)), "batches: the tensors must have rows");

public:
    using batch = io::batch_of<T...>;

    batches(io::lasting<T>... t, extent_t batch_size, std::optional<generator> shuffle = {})
        : tensors_(t...), batch_size_(batch_size), shuffle_(shuffle) {
        const auto& first = *std::get<0>(tensors_).tensor;
        int number = 0;
        (require_rows_of(first, *t.tensor, number++), ...);
        if (batch_size < 1) fail<invalid_argument>("batches: batch_size is " + std::to_string(batch_size));
        if (shuffle) start_ = shuffle->position();
        set_rows(0, first.extent(0));
    }
    /// From the next epoch on only `count` rows, from row `first` on.
    void set_rows(extent_t first, extent_t count) {
        first_ = first;
        order_.resize(static_cast<std::size_t>(count));
    }

    /// From the next batch on only part `part` of `parts` of each batch, its rows dealt out in their order: what one
    /// process of several trains. A part may have no rows.
    void set_part(int parts, int part) {
        parts_ = static_cast<std::size_t>(parts);
        part_ = static_cast<std::size_t>(part);
    }

    /// The number of batches in an epoch.
    extent_t size() const { return (rows() + batch_size_ - 1) / batch_size_; }
    extent_t rows() const { return static_cast<extent_t>(order_.size()); }
    extent_t batch_size() const { return batch_size_; }
    /// The number of epochs begun.
    std::uint64_t epoch() const { return epoch_; }
    void set_epoch(std::uint64_t epoch) { epoch_ = epoch; }

    class iterator {
    public:
        using value_type = batch;
        using difference_type = std::ptrdiff_t;
        const batch& operator*() const { return owner_->batch_; }
        const batch* operator->() const { return &owner_->batch_; }
        iterator& operator++() {
            owner_->gather(++index_);
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.index_ == i.owner_->size(); }

    private:
        friend batches;
        explicit iterator(batches* owner) : owner_(owner) {}
        batches* owner_;
        extent_t index_ = 0;
    };

    iterator begin() {
        std::iota(order_.begin(), order_.end(), std::int64_t{first_});
        if (shuffle_) {
            shuffle_->set_position(start_ + epoch_ * static_cast<std::uint64_t>(rows()));  // shuffling takes rows - 1
            shuffle_->shuffle(std::span(order_));
        }
        ++epoch_;
        gather(0);
        return iterator(this);
    }
    std::default_sentinel_t end() const { return {}; }

private:
    void gather(extent_t index) {
        if (index == size()) return;
        const auto first = static_cast<std::size_t>(index * batch_size_);
        const std::size_t count = std::min(static_cast<std::size_t>(batch_size_), order_.size() - first);
        const core::share own = core::share_of(count, parts_, part_);
        const auto chosen = std::span<const std::int64_t>(order_).subspan(first + own.begin, own.size());
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (io::gather_rows(*std::get<I>(tensors_).tensor, chosen, part<I>()), ...);
        }
        (std::index_sequence_for<T...>{});
    }
    template <std::size_t I> auto& part() {
        if constexpr (sizeof...(T) > 2) return std::get<I>(batch_);
        else if constexpr (I == 0) return batch_.x;
        else return batch_.y;
    }
    template <class First, class Other>
    static void require_rows_of(const First& first, const Other& other, int number) {
        if (first.extent(0) != other.extent(0))
            fail<wrong_shape>("batches: x has shape " + to_string(first.extents()) + ", but " +
                              (number == 1 ? "y" : "tensor " + std::to_string(number)) + " has shape " +
                              to_string(other.extents()));
    }

    std::tuple<io::lasting<T>...> tensors_;
    extent_t batch_size_;
    extent_t first_ = 0;
    std::size_t parts_ = 1, part_ = 0;
    std::optional<generator> shuffle_;
    std::uint64_t start_ = 0;
    std::uint64_t epoch_ = 0;
    std::vector<std::int64_t> order_;
    batch batch_;
};

// A temporary would be gone before the first batch: these take lvalues alone.
// clang-format off
template <Tensor A> batches(A&, extent_t, std::optional<generator> = {}) -> batches<std::remove_const_t<A>>;
template <Tensor A, Tensor B> batches(A&, B&, extent_t, std::optional<generator> = {}) -> batches<std::remove_const_t<A>, std::remove_const_t<B>>;
template <Tensor A, Tensor B, Tensor C> batches(A&, B&, C&, extent_t, std::optional<generator> = {}) -> batches<std::remove_const_t<A>, std::remove_const_t<B>, std::remove_const_t<C>>;
template <Tensor A, Tensor B, Tensor C, Tensor D> batches(A&, B&, C&, D&, extent_t, std::optional<generator> = {}) -> batches<std::remove_const_t<A>, std::remove_const_t<B>, std::remove_const_t<C>, std::remove_const_t<D>>;
template <Tensor A, Tensor B, Tensor C, Tensor D, Tensor E> batches(A&, B&, C&, D&, E&, extent_t, std::optional<generator> = {}) -> batches<std::remove_const_t<A>, std::remove_const_t<B>, std::remove_const_t<C>, std::remove_const_t<D>, std::remove_const_t<E>>;
template <Tensor A, Tensor B, Tensor C, Tensor D, Tensor E, Tensor F> batches(A&, B&, C&, D&, E&, F&, extent_t, std::optional<generator> = {}) -> batches<std::remove_const_t<A>, std::remove_const_t<B>, std::remove_const_t<C>, std::remove_const_t<D>, std::remove_const_t<E>, std::remove_const_t<F>>;
// clang-format on

}  // namespace telar::inline TELAR_ABI

template <telar::Tensor... T>
requires(sizeof...(T) > 2) struct std::tuple_size<telar::io::batch_of<T...>>
    : std::integral_constant<std::size_t, sizeof...(T)> {
};
template <std::size_t I, telar::Tensor... T>
requires(sizeof...(T) > 2) struct std::tuple_element<I, telar::io::batch_of<T...>> {
    using type = telar::io::any_rows_t<std::tuple_element_t<I, std::tuple<T...>>>;
};
