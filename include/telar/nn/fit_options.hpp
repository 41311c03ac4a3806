// SPDX-License-Identifier: BSL-1.0
// What fit may be told.
#pragma once
#include <telar/nn/samples.hpp>

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// Data that fit evaluates after each epoch; it must outlive that. Several inputs or outputs are std::tie(a, b).
template <class X, class Y> struct validation {
    X x;  // tuples of references
    Y y;
    std::span<const float> sample_weights;
    template <class A, class B>
    validation(const A& x_values, const B& y_values, std::span<const float> weights = {})
        : x(samples::columns(x_values)), y(samples::columns(y_values)), sample_weights(weights) {}
};
/// The same of batches, as a dataset has them: a pass over them after each epoch. A temporary is kept.
template <class Data> struct validation<Data, void> {
    std::shared_ptr<Data> data;  // owns it, or refers to what lasts
    validation(Data& lasting) : data(std::shared_ptr<Data>(), &lasting) {}
    validation(Data&& temporary) : data(std::make_shared<Data>(std::move(temporary))) {}
};
template <class A> using columns_t = decltype(samples::columns(std::declval<const A&>()));
template <class A, class B> validation(const A&, const B&) -> validation<columns_t<A>, columns_t<B>>;
template <class A, class B>
validation(const A&, const B&, std::span<const float>) -> validation<columns_t<A>, columns_t<B>>;
template <samples::Batches D> validation(D&&) -> validation<std::remove_reference_t<D>, void>;

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
    /// errors    invalid_argument: what a dataset has to say by itself
    void require_for_batches(bool have_weights) const {
        if (!sample_weights.empty() || validation_split > 0 || (have_weights && !class_weights.empty()))
            fail<invalid_argument>(
                "fit: of a dataset, sample_weights are the third part of a batch, without class_weights; validation "
                "data is nn::validation(other)");
    }
    /// The samples that are evaluated at once.
    extent_t validated_at_once() const { return validation_batch_size > 0 ? validation_batch_size : batch_size; }
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

}  // namespace telar::inline TELAR_ABI::nn
