// SPDX-License-Identifier: BSL-1.0
// The data of fit: inputs, targets and weights as columns of tensors, batch after batch, epoch after epoch.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/initializers.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::nn::samples {

/// One tensor as a tuple of references, or several as they are: std::tie(a, b).
template <Tensor X> auto columns(const X& x) { return std::tuple<const X&>(x); }
template <Tensor... X> auto columns(const std::tuple<X&...>& x) {
    return std::apply([](auto&... each) { return std::tuple<const X&...>(each...); }, x);
}
template <Tensor... X> auto columns(const std::tuple<X...>& x) {
    return std::apply([](auto&... each) { return std::tuple<const X&...>(each...); }, x);
}
template <class X>
concept Columns = requires(const X& x) {
    samples::columns(x);
};
template <Columns X> extent_t rows_of(const X& x) { return std::get<0>(columns(x)).extent(0); }
/// Inputs, targets and weights, one behind the other.
template <class... X, class... Y>
auto row(const std::tuple<X...>& x, const std::tuple<Y...>& y, const tensor<float, dyn>& weights) {
    return std::tuple_cat(x, std::apply([](const auto&... each) { return std::tie(each...); }, y), std::tie(weights));
}
/// Tensor I of a batch.
template <std::size_t I, class Batch> const auto& part(const Batch& batch) {
    if constexpr (!requires { batch.x; }) return std::get<I>(batch);
    else if constexpr (I == 0) return batch.x;
    else return batch.y;
}
/// The parts of a batch: inputs, targets, weights; of a tensor one.
template <class B> inline constexpr std::size_t part_count = 0;
template <Tensor B> inline constexpr std::size_t part_count<B> = 1;
template <class B>
requires requires(const B& b) {
    b.x;
    b.y;
}
inline constexpr std::size_t part_count<B> = 2;
template <class B>
requires requires { std::tuple_size<B>::value; }
inline constexpr std::size_t part_count<B> = std::tuple_size_v<B>;
template <class D> using element_t = std::remove_cvref_t<decltype(*std::declval<D&>().begin())>;
/// Several batches, one after the other, in as many passes as are wanted: a dataset, or batches(x, y, 32). A batch is
/// (inputs, targets), (inputs, targets, weights) or a struct with members x and y; several inputs are a tuple in it.
template <class D>
concept Batches = requires(D& data) {
    { data.begin() == data.end() } -> std::convertible_to<bool>;
    requires part_count<element_t<D>>
    == 2 || part_count<element_t<D>> == 3;
    samples::columns(part<0>(*data.begin()));
    samples::columns(part<1>(*data.begin()));
};
/// The same to predict of: an element is a tensor, or of its parts the inputs are the first.
template <class D>
concept InputBatches = requires(D& data) {
    { data.begin() == data.end() } -> std::convertible_to<bool>;
    requires part_count<element_t<D>>
    >= 1;
};
/// One result as a tuple, or several as they are.
template <class Y> std::tuple<Y> as_tuple(Y y) { return {std::move(y)}; }
template <class... Y> std::tuple<Y...> as_tuple(std::tuple<Y...> y) { return y; }
template <class Y, std::size_t N> auto as_tuple(std::array<Y, N> y) {
    return std::apply([](auto&... each) { return std::tuple(std::move(each)...); }, y);
}

/// Targets of one number each stand for those of one less or one more axis: (n) as (n,1), (n,1) as (n).
constexpr shape taken_as(shape y, const shape& wanted) {
    const auto may_be_one = [](extent_t e) { return e == 1 || e == dyn; };
    if (y.rank + 1 == wanted.rank && wanted[y.rank] == 1) y.append(1);
    else if (y.rank == wanted.rank + 1 && y.rank > 1 && may_be_one(y[y.rank - 1])) --y.rank;
    return y;
}
/// Whether these targets, any number of them, are what a loss wants, as far as extents are known.
constexpr bool fits(const shape& y, const shape& wanted) {
    bool all = y.rank == wanted.rank;
    for (int k = 1; all && k < y.rank; ++k) all = y[k] == wanted[k] || y[k] == dyn || wanted[k] == dyn;
    return all;
}
/// y in the type of the targets, with extents that fit.
template <Tensor Target, Tensor Y> Target converted(const Y& y, const shape& extents) {
    Target t;
    t.resize(extents);
    std::transform(y.data(), y.data() + y.size(), t.data(),
                   [](auto v) { return static_cast<typename Target::value_type>(v); });
    return t;
}
/// Writes the predictions of a batch behind those of the batches before.
template <Tensor Y, Tensor All> void append_rows(const Y& y, extent_t rows, extent_t done, extent_t of, All& all) {
    if (y.extent(0) != rows)
        fail<wrong_shape>("predict: the model gives " + to_string(y.extents()) + " for " + std::to_string(rows) +
                          " samples");
    if (done == 0) {
        shape extents = y.extents();
        extents[0] = of;
        all.resize(extents);
    }
    std::copy(y.data(), y.data() + y.size(),
              all.data() + static_cast<std::size_t>(done) * (y.size() / static_cast<std::size_t>(rows)));
}
/// A weight for each sample, 1 where none are given.
///
/// errors    wrong_shape: another number of weights
inline tensor<float, dyn> weights(std::span<const float> given, extent_t samples) {
    if (!given.empty() && static_cast<extent_t>(given.size()) != samples)
        fail<wrong_shape>("fit: " + std::to_string(given.size()) + " sample weights of " + std::to_string(samples) +
                          " samples");
    tensor<float, dyn> w = full<float, dyn>(shape(samples), 1.0f);
    std::copy(given.begin(), given.end(), w.data());
    return w;
}
/// The weight of each sample's class: its label, or where it has several numbers the place of the largest.
///
/// errors    wrong_shape: targets of more than two axes
template <Tensor Y> tensor<float, dyn> class_weights(std::span<const double> of_classes, const Y& y) {
    if (y.extents().rank > 2) fail<wrong_shape>("fit: class_weights with targets of shape " + to_string(y.extents()));
    const extent_t count = y.extents().rank == 0 ? 0 : y.extents()[0];
    const extent_t width = y.extents().rank == 2 ? y.extents()[1] : 1;
    tensor<float, dyn> w = full<float, dyn>(shape(count), 1.0f);
    for (extent_t i = 0; i < count; ++i) {
        const auto* row = y.data() + i * width;
        const double label = width > 1 ? static_cast<double>(std::max_element(row, row + width) - row)
                                       : std::round(static_cast<double>(*row));
        if (label >= 0 && label < static_cast<double>(of_classes.size()))
            w.data()[i] = static_cast<float>(of_classes[static_cast<std::size_t>(label)]);
    }
    return w;
}

/// The batches of an epoch after the other: all of the data, or so many, which go on where those before ended.
template <class Data> class epoch_feed {
public:
    epoch_feed(Data& data, extent_t steps, int epoch)
        : data_(data),
          steps_(steps > 0 ? steps : data.size()),
          epochs_of_pass_(steps_ > 0 ? (data.size() + steps_ - 1) / steps_ : 1),
          at_(begun(data, epochs_of_pass_ > 0 ? epoch / epochs_of_pass_ : 0)) {
        const extent_t before = epochs_of_pass_ > 0 ? epoch % epochs_of_pass_ : 0;
        for (extent_t skipped = before * steps_; skipped > 0; --skipped) ++at_;
    }
    extent_t batches_of_epoch() const { return steps_; }
    void begin_epoch() {
        taken_ = 0;
        if (at_ == data_.end()) at_ = data_.begin();
    }
    bool has_more() const { return taken_ < steps_ && !(at_ == data_.end()); }
    const auto& batch() const { return *at_; }
    void next() { ++taken_, ++at_; }

private:
    static typename Data::iterator begun(Data& data, extent_t pass) {
        data.set_epoch(static_cast<std::uint64_t>(pass));
        return data.begin();
    }
    Data& data_;
    extent_t steps_, epochs_of_pass_, taken_ = 0;
    typename Data::iterator at_;
};

/// The same of batches whose number is not known: an epoch is a pass, or so many of its batches, and epoch e of the
/// training is epoch e of the data. row_of(batch) is what is fed.
template <class Data, class RowOf> class pass_feed {
public:
    pass_feed(Data& data, RowOf row_of, extent_t steps, int epoch)
        : data_(data), row_of_(row_of), steps_(steps), known_(steps) {
        if constexpr (requires { data.cardinality(); })
            if (steps == 0 && data.cardinality() > 0) known_ = data.cardinality();
        if constexpr (requires { data.set_epoch(0); })
            data.set_epoch(steps == 0 ? static_cast<std::uint64_t>(epoch) : 0);
        for (int before = 0; steps > 0 && before < epoch; ++before)
            for (begin_epoch(); has_more();) next();
    }
    /// 0: not known yet.
    extent_t batches_of_epoch() const { return known_; }
    /// errors    invalid_argument: a pass without a batch
    void begin_epoch() {
        taken_ = 0;
        if (!at_ || *at_ == data_.end()) at_.emplace(data_.begin());
        if (*at_ == data_.end()) fail<invalid_argument>("fit: the dataset has no batch");
    }
    bool has_more() {
        if (!(*at_ == data_.end())) return steps_ == 0 || taken_ < steps_;
        known_ = taken_;
        return false;
    }
    auto batch() const { return row_of_(**at_); }
    void next() { ++taken_, ++*at_; }

private:
    Data& data_;
    RowOf row_of_;
    extent_t steps_, known_, taken_ = 0;
    std::optional<decltype(std::declval<Data&>().begin())> at_;
};

}  // namespace telar::inline TELAR_ABI::nn::samples
