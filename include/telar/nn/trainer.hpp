// SPDX-License-Identifier: BSL-1.0
// compile, fit, evaluate, predict. A step is one program: the model, the loss, the metrics, gradients and updates.
#pragma once
#include <telar/data/batches.hpp>
#include <telar/io/progress.hpp>
#include <telar/nn/callbacks.hpp>
#include <telar/nn/fit_options.hpp>
#include <telar/nn/interrupt.hpp>
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
template <class Prediction, auto... Metrics>
inline constexpr int sums_count = (2 + ... + metrics::states_of(Metrics, Prediction::type));

/// (values of the model, inputs..., targets, weights of samples, sums) -> the new sums, and in training before them the
/// loss: Keras' mean of a loss for each place of each sample, times the sample's weight, and what layers add to it.
template <class Leaf, class M, bool Trains, auto Loss, auto... Metrics> struct step_function {
    static constexpr bool is_users = true;

    template <class... S> constexpr auto operator()(symbol first, S... rest) const {
        constexpr std::size_t inputs = sizeof...(S) - 3;
        const symbol all[]{rest...};
        const symbol y_true = all[inputs], weights = all[inputs + 1], sums = all[inputs + 2];
        bound_model bound = model_function<Leaf, M>::bound_to(first);
        M m{};
        bind_model(m, bound);
        const symbol y_pred = [&]<std::size_t... I>(std::index_sequence<I...>) { return symbol(m(all[I]...)); }
        (std::make_index_sequence<inputs>{});
        bound.finish();

        const ir::open_region region(*first.g, "loss");
        symbol loss = losses::reduced(Loss, y_true, y_pred, weights);
        bound.add_regularization();
        for (const symbol& penalty : bound.penalties) loss = loss + ir::emit::cast(penalty, loss.type());
        const symbol new_sums = sums + collected(loss, y_true, y_pred, weights);
        if constexpr (Trains) return std::array<symbol, 2>{loss, new_sums};
        else return new_sums;
    }

private:
    static constexpr symbol collected(symbol loss, symbol y_true, symbol y_pred, symbol weights) {
        core::growable<symbol> parts;
        const auto append = [&](symbol s) { parts.push(metrics::in_a_row(ir::emit::cast(s, dtype::float64))); };
        const symbol samples = ir::emit::extent(*loss.g, y_pred.extents()[0], dtype::float64);
        append(ir::emit::cast(loss, dtype::float64) * samples);
        append(samples);
        [[maybe_unused]] const auto add_metric = [&](const auto& metric) {
            metrics::each_sum(metric, y_true, y_pred, weights, append);
        };
        (add_metric(Metrics), ...);
        return stop_gradient(
            ir::emit::concat(std::span<const symbol>(parts.data(), static_cast<std::size_t>(parts.size())), 0));
    }
};

}  // namespace programs

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
    static constexpr int sums_count = nn::programs::sums_count<prediction, Metrics...>;
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
    /// The epoch that fit begins with; a callback may set another in on_train_begin.
    int initial_epoch = 0;

    trainer(net_type& net, Optimizer optimizer) : net_(net), step_(training_of(net, optimizer, sums_)) {}
    trainer(const trainer&) = delete;
    trainer& operator=(const trainer&) = delete;

    net_type& net() { return net_; }
    Optimizer& optimizer() { return step_.optimizer; }
    int steps() const { return step_.steps(); }
    /// The rate of the next step.
    double learning_rate() const { return learning_rate_value(step_.optimizer.learning_rate).at(steps()); }
    /// What minimize returned: it owns what the optimiser remembers.
    training& step() { return step_; }
    /// Whether Ctrl-C ended the epoch.
    bool interrupted() const { return interrupted_; }
    /// All that the training needs to go on with the same bits: values of the model, what the optimiser remembers, the
    /// count of steps, the random state, the learning rate; and the next epoch. Needs telar/nn/checkpoints.hpp.
    template <class Path> void save(const Path& path, int next_epoch = 0) { save_training(path, *this, next_epoch); }
    /// The same read back; returns the next epoch: trainer.fit(x, y, {.initial_epoch =
    /// trainer.load("run.safetensors")}).
    template <class Path> int load(const Path& path) { return load_training(path, *this); }
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
        options.require();
        const auto targets = targets_of(y);
        const tensor<float, dyn> given = samples::weights(options.sample_weights, x.extent(0)),
                                 weights = options.class_weights.empty()
                                               ? given
                                               : samples::class_weights(options.class_weights, targets);
        batches data(x, targets, weights, options.batch_size,
                     options.shuffle ? std::optional<generator>(generator(options.seed, 1)) : std::nullopt);
        constexpr bool has_validation = (... || is_validation<std::remove_cvref_t<More>>);
        const extent_t trained = has_validation ? x.extent(0) : options.trained_of(x.extent(0));
        data.set_rows(0, trained);
        const bool is_split = trained < x.extent(0);
        const extent_t validation_batch =
            options.validation_batch_size > 0 ? options.validation_batch_size : options.batch_size;
        history h;
        stop_training = interrupted_ = false;
        initial_epoch = options.initial_epoch;
        const interrupt_guard guard(options.catch_interrupt);
        (callbacks::train_begins(more, *this), ...);
        samples::epoch_feed<decltype(data)> feed(data, options.steps_per_epoch, initial_epoch);
        for (int epoch = initial_epoch; epoch < options.epochs && !stop_training && !interrupted_; ++epoch) {
            (callbacks::epoch_begins(more, *this, epoch), ...);
            epoch_logs logs;
            train_epoch(feed, epoch, options, guard, logs, more...);
            interrupted_ = guard.was_interrupted();
            logs.skips_validation =
                (has_validation || is_split) && (interrupted_ || (epoch + 1) % options.validation_freq != 0);
            if (!logs.skips_validation) {
                (validate(more, validation_batch, logs), ...);
                if (is_split) evaluate_rows(x, targets, given, trained, validation_batch, "val_", logs);
            }
            if (options.verbose > 0) bar_->finish(feed.batches_of_epoch(), shown(logs));
            h.add(epoch, logs);
            (callbacks::epoch_ended(more, *this, epoch, logs), ...);
            h.interrupted = interrupted_ = guard.was_interrupted();
        }
        take_means();
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
        const tensor<float, dyn> weights = samples::weights({}, x.extent(0));
        return static_cast<float>(run(step_, x_input{} = x, y_input{} = targets, w_input{} = weights).item());
    }
    /// The loss, then the metrics, of all samples: auto [loss, accuracy] = trainer.evaluate(x, y).
    template <Tensor X, Tensor Y>
    std::array<double, 1 + sizeof...(Metrics)> evaluate(const X& x, const Y& y, extent_t batch_size = 32) {
        epoch_logs logs;
        return evaluate_rows(x, targets_of(y), samples::weights({}, x.extent(0)), 0, batch_size, "", logs);
    }
    template <class Data>
    requires requires(const Data& d) { d.x, d.y; }
    auto evaluate(const Data& data, extent_t batch_size = 32) { return evaluate(data.x, data.y, batch_size); }
    /// The sums of metric number K, of the last epoch or evaluate: of nn::confusion_matrix the matrix.
    template <std::size_t K> std::span<const double> sums_of() const {
        static_assert(K < sizeof...(Metrics), "sums_of: the trainer has no such metric");
        std::size_t begin[]{2, static_cast<std::size_t>(metrics::states_of(Metrics, prediction::type))...};
        for (std::size_t i = 0; i < sizeof...(Metrics); ++i) begin[i + 1] += begin[i];
        return {sums_.value().data() + begin[K], begin[K + 1] - begin[K]};
    }
    /// The predictions of all samples, so many at a time.
    ///
    /// shapes    (N,...) -> (N,...)
    /// errors    invalid_argument: batch_size < 1; wrong_shape: the model gives another number of rows
    template <Tensor X> auto predict(const X& x, extent_t batch_size = 32) const {
        io::any_rows_t<decltype(net_(x))> all;
        batches data(x, batch_size);
        extent_t done = 0;
        for (const auto& batch : data) {
            const auto y = net_(batch.x);
            if (y.extent(0) != batch.x.extent(0))
                fail<wrong_shape>("predict: the model gives " + to_string(y.extents()) + " for " +
                                  to_string(batch.x.extents()));
            if (done == 0) {
                shape extents = y.extents();
                extents[0] = data.rows();
                all.resize(extents);
            }
            std::copy(y.data(), y.data() + y.size(),
                      all.data() + static_cast<std::size_t>(done) * y.size() / static_cast<std::size_t>(y.extent(0)));
            done += y.extent(0);
        }
        return all;
    }

private:
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
    void begin_sums() { std::fill(sums_.value().begin(), sums_.value().end(), 0.0); }
    std::array<double, 1 + sizeof...(Metrics)> results() const {
        const double* s = sums_.value().data();
        std::array<double, 1 + sizeof...(Metrics)> r{metrics::mean({s, 2})};
        s += 2;
        std::size_t i = 1;
        [[maybe_unused]] const auto add_result = [&](const auto& metric) {
            const auto states = static_cast<std::size_t>(metrics::states_of(metric, prediction::type));
            r[i++] = metrics::result_of(metric, {s, states});
            s += states;
        };
        (add_result(Metrics), ...);
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
    template <class Feed, class... More>
    void train_epoch(Feed& feed, int epoch, const fit_options& options, const interrupt_guard& guard, epoch_logs& logs,
                     More&... more) {
        constexpr bool is_watched = (... || callbacks::watches_batches<More, trainer>);
        if (options.verbose > 0) {
            if (options.verbose == 1) bar_.emplace(feed.batches_of_epoch());
            else bar_.emplace(feed.batches_of_epoch(), std::cout, false);
            bar_->start_epoch(epoch + 1, options.epochs);
        }
        begin_sums();
        long long number = 0;
        for (feed.begin_epoch(); feed.has_more() && !guard.was_interrupted(); feed.next()) {
            const auto& [x, y, w] = feed.batch();
            run(step_, x_input{} = x, y_input{} = y, w_input{} = w);
            ++number;
            if (!is_watched && options.verbose == 0) continue;
            set_logs(logs, "");
            if (options.verbose > 0 && number < feed.batches_of_epoch()) bar_->update(number, shown(logs));
            (callbacks::batch_ended(more, *this, number, logs), ...);
        }
        set_logs(logs, "");
    }
    template <class T> void validate(const T&, extent_t, const epoch_logs&) {}
    template <class X, class Y> void validate(const validation<X, Y>& v, extent_t batch_size, epoch_logs& logs) {
        evaluate_rows(*v.x, targets_of(*v.y), samples::weights(v.sample_weights, v.x->extent(0)), 0, batch_size, "val_",
                      logs);
    }
    /// From row `first` on.
    template <class X, class Y>
    auto evaluate_rows(const X& x, const Y& targets, const tensor<float, dyn>& weights, extent_t first,
                       extent_t batch_size, const std::string& prefix, epoch_logs& logs) {
        batches data(x, targets, weights, batch_size);
        data.set_rows(first, x.extent(0) - first);
        begin_sums();
        const auto step = evaluation_of(net_, sums_);
        for (const auto& batch : data) {
            const auto& [bx, by, bw] = batch;
            session_.run(step, x_input{} = bx, y_input{} = by, w_input{} = bw);
        }
        set_logs(logs, prefix);
        return results();
    }
    /// With use_ema the parameters become their running means.
    void take_means() {
        if constexpr (requires { Optimizer::average; }) {
            if constexpr (Optimizer::options.use_ema) {
                const auto states = step_.remembered();
                for (int i = 0; i < leaf::trained_count; ++i) {
                    const auto& mean = states[static_cast<std::size_t>(Optimizer::average * leaf::trained_count + i)];
                    const int k = leaf::trained[i];
                    const dtype type = leaf::value_types[k].type;
                    const auto rounded = [&]<class T>(T* to) {
                        std::copy_n(reinterpret_cast<const float*>(mean.data), mean.bytes / sizeof(float), to);
                    };
                    if (type == mean.type) std::copy_n(mean.data, mean.bytes, static_cast<std::byte*>(net_.data(k)));
                    else if (type == dtype::float16) rounded(static_cast<float16*>(net_.data(k)));
                    else rounded(static_cast<bfloat16*>(net_.data(k)));
                }
            }
        }
    }

    net_type& net_;
    sums_variable sums_;
    training step_;
    session session_;
    std::optional<progress_bar> bar_;
    bool interrupted_ = false;
};

/// What trains the model: nn::compile<nn::mean_squared_error{}, nn::accuracy{}>(net, adam{}). What shapes the program,
/// the loss and the metrics, is a template argument; the optimiser's numbers may change at any time.
template <auto Loss, auto... Metrics, class M, class... Inputs, class Optimizer>
auto compile(model<M, Inputs...>& net, Optimizer optimizer) {
    return trainer<model<M, Inputs...>, Optimizer, Loss, Metrics...>(net, optimizer);
}

}  // namespace telar::inline TELAR_ABI::nn
