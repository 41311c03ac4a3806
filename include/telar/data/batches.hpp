// SPDX-License-Identifier: BSL-1.0
// Mini-batches: for (const auto& [x, y] : batches(...)) runs over one epoch.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/random.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI {

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

/// Runs over the rows of x and y together, `batch_size` at a time; the last batch of an epoch holds what is left.
/// Each begin() starts an epoch; with a generator the rows of each epoch come in another order.
///
/// shapes    x (N, ...), y (N, ...) -> (n, ...), (n, ...) with n <= batch_size
/// errors    wrong_shape: x and y have different numbers of rows; invalid_argument: batch_size < 1
/// edge      x and y must outlive it. A batch is overwritten by the next one, and nothing is allocated after the first.
///           The order of epoch e is a function of the generator and e: set_epoch(e) goes on where a run broke off.
/// test      tests/data/batches_test.cpp
template <Tensor X, Tensor Y> class batches {
    static_assert(X::rank >= 1 && Y::rank >= 1, "batches: x and y must have rows");

public:
    struct batch {
        any_rows_t<X> x;
        any_rows_t<Y> y;
    };

    batches(const X& x, const Y& y, extent_t batch_size, std::optional<generator> shuffle = {})
        : x_(x), y_(y), batch_size_(batch_size), shuffle_(shuffle) {
        if (x.extent(0) != y.extent(0))
            fail<wrong_shape>("batches: x has shape " + to_string(x.extents()) + ", but y has shape " +
                              to_string(y.extents()));
        if (batch_size < 1) fail<invalid_argument>("batches: batch_size is " + std::to_string(batch_size));
        if (shuffle) start_ = shuffle->position();
        order_.resize(static_cast<std::size_t>(x.extent(0)));
    }
    batches(X&&, auto&&...) = delete;  // a temporary would be gone before the first batch
    batches(const X&, Y&&, auto&&...) = delete;

    /// The number of batches in an epoch.
    extent_t size() const { return (x_.extent(0) + batch_size_ - 1) / batch_size_; }
    extent_t rows() const { return x_.extent(0); }
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
        std::iota(order_.begin(), order_.end(), std::int64_t{0});
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
        const auto chosen = std::span<const std::int64_t>(order_).subspan(first, count);
        gather_rows(x_, chosen, batch_.x);
        gather_rows(y_, chosen, batch_.y);
    }

    const X& x_;
    const Y& y_;
    extent_t batch_size_;
    std::optional<generator> shuffle_;
    std::uint64_t start_ = 0;
    std::uint64_t epoch_ = 0;
    std::vector<std::int64_t> order_;
    batch batch_;
};

}  // namespace telar::inline TELAR_ABI
