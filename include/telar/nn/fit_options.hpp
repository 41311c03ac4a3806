// SPDX-License-Identifier: BSL-1.0
// What fit may be told.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/initializers.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

namespace samples {

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
    if constexpr (requires {
                      batch.x;
                      batch.y;
                  }) {
        if constexpr (I == 0) return batch.x;
        else return batch.y;
    } else {
        return std::get<I>(batch);
    }
}
template <Tensor Y> std::tuple<Y> as_tuple(Y y) { return {std::move(y)}; }
template <Tensor... Y> std::tuple<Y...> as_tuple(std::tuple<Y...> y) { return y; }
template <Tensor Y, std::size_t N> auto as_tuple(std::array<Y, N> y) {
    return std::apply([](auto&... each) { return std::tuple(std::move(each)...); }, y);
}

/// y in the type of the targets, (n) as (n,1) where the model gives one number for each sample.
///
/// errors    wrong_shape
template <Tensor Target, Tensor Y> Target converted(const Y& y) {
    Target t;
    shape extents = y.extents();
    if (extents.rank + 1 == Target::rank && Target::static_extents[Target::rank - 1] == 1) extents.append(1);
    bool fits = extents.rank == Target::rank;
    for (int k = 1; fits && k < Target::rank; ++k)
        fits = Target::static_extents[k] == dyn || Target::static_extents[k] == extents[k];
    if (!fits)
        fail<wrong_shape>("the targets have shape " + to_string(y.extents()) + ", the model's loss expects " +
                          to_string(Target::static_extents));
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

}  // namespace samples

/// Data that fit evaluates after each epoch; it must outlive that. Several inputs or outputs are std::tie(a, b).
template <class X, class Y> struct validation {
    X x;  // tuples of references
    Y y;
    std::span<const float> sample_weights;
    template <class A, class B>
    validation(const A& x_values, const B& y_values, std::span<const float> weights = {})
        : x(samples::columns(x_values)), y(samples::columns(y_values)), sample_weights(weights) {}
};
template <class A> using columns_t = decltype(samples::columns(std::declval<const A&>()));
template <class A, class B> validation(const A&, const B&) -> validation<columns_t<A>, columns_t<B>>;
template <class A, class B>
validation(const A&, const B&, std::span<const float>) -> validation<columns_t<A>, columns_t<B>>;

template <class T> inline constexpr bool is_validation = false;
template <class X, class Y> inline constexpr bool is_validation<validation<X, Y>> = true;

/// Options of fit, with Keras' names and defaults.
struct fit_options {
    int epochs = 1;
    extent_t batch_size = 32;
    bool shuffle = true;
    std::uint64_t seed = 0;
    int initial_epoch = 0;
    int verbose = 1;  // 0: silent; 1: a progress bar, which moves on a terminal; 2: a line for each epoch
    std::span<const float> sample_weights{};
    std::vector<double> class_weights{};  // of class 0, 1, ...; of those behind the last 1
    double validation_split = 0;          // of the samples the last, before they are shuffled
    extent_t validation_batch_size = 0;   // 0: batch_size
    int validation_freq = 1;              // validates every so many epochs
    extent_t steps_per_epoch = 0;         // batches of an epoch, which go on through the data; 0: all of it
    bool catch_interrupt = true;          // Ctrl-C ends fit at the next batch

    /// errors    invalid_argument: an option that cannot be
    void require() const {
        const auto refuse = [](const std::string& text) { fail<invalid_argument>("fit: " + text); };
        if (epochs < 0) refuse("epochs is " + std::to_string(epochs));
        if (batch_size < 1) refuse("batch_size is " + std::to_string(batch_size));
        if (validation_batch_size < 0) refuse("validation_batch_size is " + std::to_string(validation_batch_size));
        if (validation_freq < 1) refuse("validation_freq is " + std::to_string(validation_freq));
        if (steps_per_epoch < 0) refuse("steps_per_epoch is " + std::to_string(steps_per_epoch));
        if (!(validation_split >= 0 && validation_split < 1))
            refuse("validation_split is " + std::to_string(validation_split));
        if (!class_weights.empty() && !sample_weights.empty()) refuse("class_weights and sample_weights together");
    }
    /// How many of the samples are trained.
    extent_t trained_of(extent_t samples) const {
        if (validation_split == 0) return samples;
        const auto n = static_cast<extent_t>(std::floor(static_cast<double>(samples) * (1 - validation_split)));
        if (n == 0 || n == samples)
            fail<invalid_argument>("fit: validation_split " + std::to_string(validation_split) + " of " +
                                   std::to_string(samples) + " samples leaves one part empty");
        return n;
    }
};

namespace samples {

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

}  // namespace samples
}  // namespace telar::inline TELAR_ABI::nn
