// SPDX-License-Identifier: BSL-1.0
// compile, fit, evaluate, predict. A step is one program: the model, the loss, the metrics, gradients and updates.
#pragma once
#include <telar/data/batches.hpp>
#include <telar/io/progress.hpp>
#include <telar/nn/callbacks.hpp>
#include <telar/nn/mask.hpp>
#include <telar/nn/metrics.hpp>
#include <telar/nn/model.hpp>

#include <optional>
#include <span>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

// ---------------------------------------------------------------- what a step computes
namespace programs {

/// The targets of a loss for predictions of a type, as a tensor type. (A value as a template argument: g++ 12 breaks.)
template <auto Loss, class Prediction> struct targets {
    static constexpr expr::value_type value = Loss.target_of(Prediction::type);
    static constexpr extent_t extent(std::size_t k) { return value.extents.extent[k]; }
    template <std::size_t... K> static tensor<element_t<value.type>, extent(K)...> made(std::index_sequence<K...>);
    using type = decltype(made(std::make_index_sequence<std::size_t(value.extents.rank)>{}));
};

/// Of the metrics together, behind the sum of the losses and the number of samples.
template <auto... Metrics> inline constexpr int sums_count = (2 + ... + Metrics.states);

/// (values of the model, inputs..., targets, weights of samples, sums) -> the new sums, and in training before them the
/// loss: Keras' mean of a loss for each place of each sample, times the sample's weight, and what layers add to it.
/// Where the predictions have a mask, it is the mean of the places that count.
template <class Leaf, class M, bool Trains, auto Loss, auto... Metrics> struct step_function {
    static constexpr bool is_users = true;

    template <class... S> constexpr auto operator()(symbol first, S... rest) const {
        constexpr std::size_t inputs = sizeof...(S) - 3;
        const symbol all[]{rest...};
        const symbol y_true = all[inputs], sums = all[inputs + 2];
        bound_model bound = model_function<Leaf, M>::bound_to(first);
        M m{};
        bind_model(m, bound);
        const symbol y_pred = [&]<std::size_t... I>(std::index_sequence<I...>) { return symbol(m(all[I]...)); }
        (std::make_index_sequence<inputs>{});
        bound.finish();

        const ir::open_region region(*first.g, "loss");
        const symbol each = Loss(y_true, y_pred);
        const symbol weights = masks::weights_of_places(all[inputs + 1], y_pred);
        symbol loss = mean(each * metrics::stretched(masks::weights_of_mean(all[inputs + 1], y_pred), each));
        for (const symbol& penalty : bound.penalties) loss = loss + ir::emit::cast(penalty, loss.type());
        const symbol new_sums = sums + collected(loss, y_true, y_pred, weights);
        if constexpr (Trains) return std::array<symbol, 2>{loss, new_sums};
        else return new_sums;
    }

private:
    static constexpr symbol collected(symbol loss, symbol y_true, symbol y_pred, symbol weights) {
        symbol parts[std::size_t(sums_count<Metrics...>)];
        int at = 0;
        const auto add = [&](symbol s) {
            parts[at++] = ir::emit::reshape(ir::emit::cast(s, dtype::float64), shape(1));
        };
        const symbol samples = ir::emit::extent(*loss.g, y_pred.extents()[0], dtype::float64);
        add(ir::emit::cast(loss, dtype::float64) * samples);
        add(samples);
        [[maybe_unused]] const auto add_metric = [&](const auto& metric) {
            for (const symbol& s : metric.sums(y_true, y_pred, weights)) add(s);
        };
        (add_metric(Metrics), ...);
        return stop_gradient(ir::emit::concat(std::span<const symbol>(parts), 0));
    }
};

}  // namespace programs

/// Data that fit evaluates after each epoch; it must outlive that.
template <class X, class Y> struct validation {
    const X* x;
    const Y* y;
    validation(const X& x_values, const Y& y_values) : x(&x_values), y(&y_values) {}
};

/// Options of fit, with Keras' names and defaults.
struct fit_options {
    int epochs = 1;
    extent_t batch_size = 32;
    bool shuffle = true;
    std::uint64_t seed = 0;
    int initial_epoch = 0;
    int verbose = 1;  // 0: silent, 1: a progress bar for each epoch
    std::span<const float> sample_weights{};
};

/// What nn::compile returns: trains a model, which it refers to, and owns what the optimiser remembers.
template <class Model, class Optimizer, auto Loss, auto... Metrics> class trainer;
template <class M, class... Inputs, class Optimizer, auto Loss, auto... Metrics>
class trainer<model<M, Inputs...>, Optimizer, Loss, Metrics...> {
    static_assert(sizeof...(Inputs) == 1, "nn::compile: models of several inputs are trained by minimize");

    using net_type = model<M, Inputs...>;
    using leaf = typename net_type::leaf;
    using x_type = std::tuple_element_t<0, std::tuple<Inputs...>>;
    using x_input = input<"x", x_type>;
    using prediction = decltype(std::declval<const net_type&>()(std::declval<x_input>()));
    using y_type = typename nn::programs::targets<Loss, prediction>::type;
    using y_input = input<"y", y_type>;
    using w_input = input<"sample_weight", tensor<float, dyn>>;
    static constexpr int sums_count = nn::programs::sums_count<Metrics...>;
    using sums_variable = variable<"sums", tensor<double, sums_count>, false>;
    template <bool Trains> using step_function = nn::programs::step_function<leaf, M, Trains, Loss, Metrics...>;

    static auto training_of(const net_type& net, const Optimizer& optimizer, sums_variable& sums) {
        auto [loss, new_sums] =
            expr::call<step_function<true>>(source_line{}, net.as_leaf(), x_input{}, y_input{}, w_input{}, sums);
        return minimize(loss, optimizer, wrt(net), update(assign(sums, new_sums)));
    }
    static auto evaluation_of(const net_type& net, sums_variable& sums) {
        return update(assign(sums, expr::call<step_function<false>>(source_line{}, net.as_leaf(), x_input{}, y_input{},
                                                                    w_input{}, sums)));
    }
    using training = decltype(training_of(std::declval<const net_type&>(), std::declval<const Optimizer&>(),
                                          std::declval<sums_variable&>()));

public:
    /// Set by a callback: fit ends after the epoch.
    bool stop_training = false;

    trainer(net_type& net, Optimizer optimizer) : net_(net), step_(training_of(net, optimizer, sums_)) {}
    trainer(const trainer&) = delete;
    trainer& operator=(const trainer&) = delete;

    net_type& net() { return net_; }
    Optimizer& optimizer() { return step_.optimizer; }
    int steps() const { return step_.steps(); }
    /// The values of the model, to be kept and given back.
    core::buffer<std::byte> weights() const { return net_.memory(); }
    void set_weights(const core::buffer<std::byte>& w) { net_.memory() = w; }

    /// Trains for so many epochs. x and y have a row for each sample; y may have another number type than the model's
    /// targets. After each epoch the validation data is evaluated, too: its numbers are called val_loss, val_accuracy,
    /// ...
    ///
    ///     nn::early_stopping stop{.patience = 2};
    ///     trainer.fit(x, y, {.epochs = 5, .batch_size = 128}, nn::validation(tx, ty), stop);
    ///
    /// errors    wrong_shape: x and y have different numbers of rows; invalid_argument: options that cannot be
    /// edge      the last batch of an epoch may be smaller; nothing is allocated after the first step of each size
    template <Tensor X, Tensor Y, class... More>
    history fit(const X& x, const Y& y, const fit_options& options, More&&... more) {
        require(options);
        const auto targets = targets_of(y);
        const tensor<float, dyn> weights = weights_of(options, x.extent(0));
        batches data(x, targets, weights, options.batch_size,
                     options.shuffle ? std::optional<generator>(generator(options.seed, 1)) : std::nullopt);
        data.set_epoch(static_cast<std::uint64_t>(options.initial_epoch));
        history h;
        stop_training = false;
        (callbacks::train_begins(more, *this), ...);
        for (int epoch = options.initial_epoch; epoch < options.epochs && !stop_training; ++epoch) {
            (callbacks::epoch_begins(more, *this, epoch), ...);
            epoch_logs logs;
            train_epoch(data, epoch, options, logs, more...);
            (validate(more, options.batch_size, logs), ...);
            if (options.verbose > 0) bar_->finish(data.size(), shown(logs));
            h.add(epoch, logs);
            (callbacks::epoch_ended(more, *this, epoch, logs), ...);
        }
        (callbacks::train_ended(more, *this), ...);
        return h;
    }
    template <class Data, class... More>
    requires requires(const Data& d) { d.x, d.y; }
    history fit(const Data& data, const fit_options& options, More&&... more) {
        return fit(data.x, data.y, options, std::forward<More>(more)...);
    }

    /// One step on one batch: the loss as it was before.
    template <Tensor X, Tensor Y> float train_on_batch(const X& x, const Y& y) {
        const auto targets = targets_of(y);
        const tensor<float, dyn> weights = weights_of({}, x.extent(0));
        return static_cast<float>(run(step_, x_input{} = x, y_input{} = targets, w_input{} = weights).item());
    }
    /// The loss, then the metrics, of all samples: auto [loss, accuracy] = trainer.evaluate(x, y).
    template <Tensor X, Tensor Y>
    std::array<double, 1 + sizeof...(Metrics)> evaluate(const X& x, const Y& y, extent_t batch_size = 32) {
        epoch_logs logs;
        return evaluate_into(x, y, batch_size, "", logs);
    }
    template <class Data>
    requires requires(const Data& d) { d.x, d.y; }
    auto evaluate(const Data& data, extent_t batch_size = 32) { return evaluate(data.x, data.y, batch_size); }
    /// The predictions of all samples.
    template <Tensor X> auto predict(const X& x) const { return net_(x); }

private:
    static void require(const fit_options& o) {
        if (o.epochs < 0) fail<invalid_argument>("fit: epochs is " + std::to_string(o.epochs));
        if (o.batch_size < 1) fail<invalid_argument>("fit: batch_size is " + std::to_string(o.batch_size));
    }
    /// y in the type of the targets, (n) as (n,1) where the model gives one number for each sample.
    template <Tensor Y> static auto targets_of(const Y& y) {
        using any = io::any_rows_t<y_type>;
        any t;
        shape extents = y.extents();
        if (extents.rank + 1 == any::rank && any::static_extents[any::rank - 1] == 1) extents.append(1);
        bool fits = extents.rank == any::rank;
        for (int k = 1; fits && k < any::rank; ++k)
            fits = any::static_extents[k] == dyn || any::static_extents[k] == extents[k];
        if (!fits)
            fail<wrong_shape>("the targets have shape " + to_string(y.extents()) + ", the model's loss expects " +
                              to_string(any::static_extents));
        t.resize(extents);
        std::transform(y.data(), y.data() + y.size(), t.data(),
                       [](auto v) { return static_cast<typename any::value_type>(v); });
        return t;
    }
    static tensor<float, dyn> weights_of(const fit_options& o, extent_t rows) {
        if (!o.sample_weights.empty() && static_cast<extent_t>(o.sample_weights.size()) != rows)
            fail<wrong_shape>("fit: " + std::to_string(o.sample_weights.size()) + " sample weights of " +
                              std::to_string(rows) + " samples");
        tensor<float, dyn> w = full<float, dyn>(shape(rows), 1.0f);
        std::copy(o.sample_weights.begin(), o.sample_weights.end(), w.data());
        return w;
    }
    void begin_sums() { std::fill(sums_.value().begin(), sums_.value().end(), 0.0); }
    std::array<double, 1 + sizeof...(Metrics)> results() const {
        const double* s = sums_.value().data();
        std::array<double, 1 + sizeof...(Metrics)> r{metrics::mean(s)};
        s += 2;
        std::size_t i = 1;
        [[maybe_unused]] const auto add = [&](const auto& metric) {
            r[i++] = metric.result(s);
            s += metric.states;
        };
        (add(Metrics), ...);
        return r;
    }
    void set_logs(epoch_logs& logs, const std::string& prefix) const {
        const auto r = results();
        logs.set(prefix + "loss", r[0]);
        std::size_t i = 1;
        ((logs.set(prefix + std::string(Metrics.name), r[i++])), ...);
    }
    static std::vector<io::named_value> shown(const epoch_logs& logs) {
        std::vector<io::named_value> v;
        for (const auto& [name, value] : logs.all()) v.push_back({name, value});
        return v;
    }
    template <class Data, class... More>
    void train_epoch(Data& data, int epoch, const fit_options& options, epoch_logs& logs, More&... more) {
        constexpr bool is_watched = (... || callbacks::watches_batches<More, trainer>);
        if (options.verbose > 0) {
            bar_.emplace(data.size());
            bar_->start_epoch(epoch + 1, options.epochs);
        }
        begin_sums();
        long long number = 0;
        for (const auto& batch : data) {
            const auto& [x, y, w] = batch;
            run(step_, x_input{} = x, y_input{} = y, w_input{} = w);
            ++number;
            if (!is_watched && options.verbose == 0) continue;
            set_logs(logs, "");
            if (options.verbose > 0 && number < data.size()) bar_->update(number, shown(logs));
            (callbacks::batch_ended(more, *this, number, logs), ...);
        }
        set_logs(logs, "");
    }
    template <class T> void validate(const T&, extent_t, const epoch_logs&) {}
    template <class X, class Y> void validate(const validation<X, Y>& v, extent_t batch_size, epoch_logs& logs) {
        evaluate_into(*v.x, *v.y, batch_size, "val_", logs);
    }
    template <class X, class Y>
    auto evaluate_into(const X& x, const Y& y, extent_t batch_size, const std::string& prefix, epoch_logs& logs) {
        const auto targets = targets_of(y);
        const tensor<float, dyn> weights = weights_of({}, x.extent(0));
        batches data(x, targets, weights, batch_size);
        begin_sums();
        const auto step = evaluation_of(net_, sums_);
        for (const auto& batch : data) {
            const auto& [bx, by, bw] = batch;
            session_.run(step, x_input{} = bx, y_input{} = by, w_input{} = bw);
        }
        set_logs(logs, prefix);
        return results();
    }

    net_type& net_;
    sums_variable sums_;
    training step_;
    session session_;
    std::optional<progress_bar> bar_;
};

/// What trains the model: nn::compile<nn::mean_squared_error{}, nn::accuracy{}>(net, adam{}). What shapes the program,
/// the loss and the metrics, is a template argument; the optimiser's numbers may change at any time.
template <auto Loss, auto... Metrics, class M, class... Inputs, class Optimizer>
auto compile(model<M, Inputs...>& net, Optimizer optimizer) {
    return trainer<model<M, Inputs...>, Optimizer, Loss, Metrics...>(net, optimizer);
}

}  // namespace telar::inline TELAR_ABI::nn
