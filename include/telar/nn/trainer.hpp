// SPDX-License-Identifier: BSL-1.0
// compile, fit, evaluate, predict. The model, the loss, the metrics, gradients and updates are compiled together.
#pragma once
#include <telar/data/batches.hpp>
#include <telar/io/progress.hpp>
#include <telar/nn/callbacks.hpp>
#include <telar/nn/fit_options.hpp>
#include <telar/nn/interrupt.hpp>
#include <telar/nn/replicas.hpp>
#include <telar/nn/step_program.hpp>
#include <telar/nn/views.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// What nn::compile returns: trains a model, or a view of one, which it refers to, and owns what the optimiser
/// remembers.
template <Model Net, class Optimizer, auto Loss, auto... Metrics> class trainer {
    using leaf = typename Net::leaf;
    using all_losses = programs::losses_of<Loss>;
    static constexpr std::size_t input_count = std::tuple_size_v<typename Net::inputs>,
                                 output_count = all_losses::count;
    template <std::size_t... I> using numbers = std::index_sequence<I...>;
    static constexpr auto each_input = std::make_index_sequence<input_count>{};
    static constexpr auto each_output = std::make_index_sequence<output_count>{};

    template <std::size_t I> using x_input = input<"x" + number<I>, std::tuple_element_t<I, typename Net::inputs>>;
    template <std::size_t... I> static auto called(const Net& net, numbers<I...>) {
        return samples::as_tuple(net(x_input<I>{}...));
    }
    using predictions = decltype(called(std::declval<const Net&>(), each_input));
    static_assert(std::tuple_size_v<predictions> == output_count,
                  "nn::compile: the model has several outputs, or other ones: nn::outputs<loss, loss>{}");
    template <std::size_t I> using prediction = std::tuple_element_t<I, predictions>;
    template <std::size_t... I> static constexpr bool require_axes(numbers<I...>) {
        return (... && programs::require_axes<all_losses, I, prediction<I>>());
    }
    static_assert(require_axes(each_output));
    template <std::size_t... I> static constexpr bool require_means(numbers<I...>) {
        if constexpr (distributed::is_data_parallel<Optimizer>)
            return (... && programs::require_mean<all_losses, I, prediction<I>>());
        else return true;
    }
    static_assert(require_means(each_output));
    template <std::size_t I> using y_type = typename programs::targets<all_losses, I, prediction<I>>::type;
    template <std::size_t I> using y_input = input<"y" + number<I>, y_type<I>>;
    using w_input = input<"sample_weight", tensor<float, dyn>>;
    template <std::size_t... I> static constexpr auto types_of(numbers<I...>) {
        return std::array<expr::value_type, output_count>{prediction<I>::type...};
    }
    static constexpr auto types = types_of(each_output);
    static constexpr std::size_t sums_of_losses = programs::sums_of_losses<all_losses>,
                                 sums_count = (sums_of_losses + ... + programs::states_of(Metrics, types.data()));
    using sums_variable = variable<"sums", tensor<double, static_cast<extent_t>(sums_count)>, false>;
    template <bool Trains>
    using step_function = programs::step_function<leaf, typename Net::aggregate, Trains, input_count, Loss, Metrics...>;

    template <bool Trains, std::size_t... I, std::size_t... O>
    static auto program_of(const Net& net, sums_variable& sums, numbers<I...>, numbers<O...>) {
        return expr::call<step_function<Trains>>(source_line{}, net.as_leaf(), x_input<I>{}..., y_input<O>{}...,
                                                 w_input{}, sums);
    }
    static auto training_of(const Net& net, const Optimizer& optimizer, sums_variable& sums) {
        auto [loss, new_sums] = program_of<true>(net, sums, each_input, each_output);
        return minimize(loss, optimizer, wrt(net), update(assign(sums, new_sums)));
    }
    static auto evaluation_of(const Net& net, sums_variable& sums) {
        return update(assign(sums, program_of<false>(net, sums, each_input, each_output)));
    }
    using training = decltype(training_of(std::declval<const Net&>(), std::declval<const Optimizer&>(),
                                          std::declval<sums_variable&>()));
    static constexpr bool is_parallel =
        distributed::is_data_parallel<Optimizer> && !std::is_same_v<training, runtime::refused_step>;

public:
    /// Set by a callback: fit ends after the epoch.
    bool stop_training = false;
    /// The epoch that fit begins with; a callback may set another in on_train_begin.
    int initial_epoch = 0;

    trainer(Net& net, Optimizer optimizer) : net_(net), step_(training_of(net, optimizer, sums_)) {}
    trainer(const trainer&) = delete;
    trainer& operator=(const trainer&) = delete;

    /// The model, also where a view of it is trained.
    auto& net() {
        if constexpr (is_view<Net>) return net_.whole();
        else return net_;
    }
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
    /// Reads it back and returns the next epoch: trainer.fit(x, y, {.initial_epoch = trainer.load(path)}).
    template <class Path> int load(const Path& path) { return load_training(path, *this); }
    /// The values of the model, to be kept and given back.
    core::buffer<std::byte> weights() const { return net_.memory(); }
    void set_weights(const core::buffer<std::byte>& w) { net_.memory() = w; }

    /// Trains for so many epochs. x and y have a row for each sample; y may have another number type than the model's
    /// targets. Several inputs or outputs are std::tie(a, b). The validation data is evaluated after each epoch; its
    /// numbers are val_loss, val_accuracy, ...
    ///
    ///     nn::early_stopping stop{.patience = 2};
    ///     trainer.fit(x, y, {.epochs = 5, .batch_size = 128}, nn::validation(tx, ty), stop);
    ///
    /// errors    E257 loss_does_not_fit: y does not have the shape that the loss expects for the model's output; where
    ///           types do not know it wrong_shape, as where x and y have different numbers of rows; invalid_argument:
    ///           options that cannot be. All before anything has changed
    /// edge      the last batch of an epoch may be smaller; nothing is allocated after the first step of each size
    template <samples::Columns X, samples::Columns Y, class... More>
    history fit(const X& x, const Y& y, const fit_options& options, More&&... more) {
        options.require();
        const auto targets = targets_of(y);
        const extent_t rows = samples::rows_of(x);
        const tensor<float, dyn> given = samples::weights(options.sample_weights, rows),
                                 weights = options.class_weights.empty()
                                               ? given
                                               : samples::class_weights(options.class_weights, std::get<0>(targets));
        auto data = batches_of(samples::row(inputs_of(x), targets, weights), options.batch_size,
                               options.shuffle ? std::optional<generator>(generator(options.seed, 1)) : std::nullopt);
        constexpr bool has_validation = (... || is_validation<std::remove_cvref_t<More>>);
        const extent_t trained = has_validation ? rows : options.trained_of(rows);
        data.set_rows(0, trained);
        processes().deal_out(data);
        const bool is_split = trained < rows;
        processes().require_alike(net(), options, rows, kinds_of<More...>);
        (require_validation(more, options.validated_at_once()), ...);
        return fit_epochs(
            options, is_split,
            [&] { return samples::epoch_feed<decltype(data)>(data, options.steps_per_epoch, initial_epoch); },
            [&](epoch_logs& logs) {
                evaluate_rows(x, targets, given, trained, rows, options.validated_at_once(), "val_", logs);
            },
            more...);
    }
    /// The same of batches that come one after the other, as those of a dataset; only the one that is trained has to be
    /// in memory. Epoch e reads epoch e of the data: a pass, or steps_per_epoch batches. batch_size and shuffle of the
    /// options have no meaning. See samples::Batches.
    ///
    ///     auto data = from_rows(x, y).shuffle(1000).batch(32).prefetch(2);
    ///     trainer.fit(data, {.epochs = 5}, nn::validation(others));
    ///
    /// errors    those of a batch come as it is trained, and those of the data where they arise: the steps before them
    ///           are done. invalid_argument: also an epoch without a batch
    template <samples::Batches Data, class... More>
    history fit(Data&& data, const fit_options& options, More&&... more) {
        options.require();
        options.require_for_batches(samples::part_count<samples::element_t<Data>> == 3);
        processes().require_alike(net(), options, replicas::unknown_rows, kinds_of<More...>);
        (require_validation(more, options.validated_at_once()), ...);
        const auto row_of = [&](const auto& batch) { return row_of_batch(batch, options.class_weights); };
        return fit_epochs(
            options, false,
            [&] {
                return samples::pass_feed<std::remove_reference_t<Data>, decltype(row_of)>(
                    data, row_of, options.steps_per_epoch, initial_epoch);
            },
            [](epoch_logs&) {}, more...);
    }
    template <class Data, class... More>
    requires requires(const Data& d) { d.x, d.y; }
    history fit(const Data& data, const fit_options& options, More&&... more) {
        return fit(data.x, data.y, options, std::forward<More>(more)...);
    }

    /// One step on one batch: the loss as it was before.
    template <samples::Columns X, samples::Columns Y> float train_on_batch(const X& x, const Y& y) {
        const auto targets = targets_of(y);
        const tensor<float, dyn> weights = samples::weights({}, samples::rows_of(x));
        return take_step(samples::row(inputs_of(x), targets, weights));
    }
    /// The loss, then the metrics, of all samples: auto [loss, accuracy] = trainer.evaluate(x, y).
    template <samples::Columns X, samples::Columns Y>
    std::array<double, 1 + sizeof...(Metrics)> evaluate(const X& x, const Y& y, extent_t batch_size = 32) {
        epoch_logs logs;
        const extent_t rows = samples::rows_of(x);
        return evaluate_rows(x, targets_of(y), samples::weights({}, rows), 0, rows, batch_size, "", logs);
    }
    template <class Data>
    requires requires(const Data& d) { d.x, d.y; }
    auto evaluate(const Data& data, extent_t batch_size = 32) { return evaluate(data.x, data.y, batch_size); }
    /// The same of batches: evaluate(data).
    template <samples::Batches Data> std::array<double, 1 + sizeof...(Metrics)> evaluate(Data&& data) {
        epoch_logs logs;
        return evaluate_batches(data, "", logs);
    }
    /// The sums of metric number K, of the last epoch or evaluate: of nn::confusion_matrix the matrix.
    template <std::size_t K> std::span<const double> sums_of() const {
        static_assert(K < sizeof...(Metrics), "sums_of: the trainer has no such metric");
        std::size_t begin[]{sums_of_losses, programs::states_of(Metrics, types.data())...};
        for (std::size_t i = 0; i < sizeof...(Metrics); ++i) begin[i + 1] += begin[i];
        return {all_sums_.data() + begin[K], begin[K + 1] - begin[K]};
    }
    /// The predictions of all samples, so many at a time; of a model of several outputs a tuple.
    ///
    /// shapes    (N,...) -> (N,...)
    /// errors    invalid_argument: batch_size < 1; wrong_shape: the model gives another number of rows
    template <samples::Columns X> auto predict(const X& x, extent_t batch_size = 32) const {
        auto data = batches_of(inputs_of(x), batch_size);
        return [&]<std::size_t... O>(numbers<O...>) {
            using results = decltype(predicted(*data.begin()));
            std::tuple<io::any_rows_t<std::tuple_element_t<O, results>>...> all;
            extent_t done = 0;
            for (const auto& batch : data) {
                const results y = predicted(batch);
                const extent_t rows = samples::part<0>(batch).extent(0);
                (samples::append_rows(std::get<O>(y), rows, done, data.rows(), std::get<O>(all)), ...);
                done += rows;
            }
            if constexpr (output_count == 1) return std::get<0>(std::move(all));
            else return all;
        }
        (each_output);
    }
    /// The same of a dataset, an element of which is the inputs of a batch, or has them as its first part.
    template <samples::InputBatches Data> auto predict(Data&& data) const {
        const auto of_batch = [&](const auto& batch) {
            if constexpr (Tensor<decltype(batch)>) return predicted(std::tie(batch));
            else return predicted(inputs_of(samples::part<0>(batch)));
        };
        return [&]<std::size_t... O>(numbers<O...>) {
            std::vector<decltype(of_batch(*data.begin()))> parts;
            extent_t rows = 0, done = 0;
            for (const auto& batch : data) rows += std::get<0>(parts.emplace_back(of_batch(batch))).extent(0);
            std::tuple<io::any_rows_t<std::remove_cvref_t<decltype(std::get<O>(parts[0]))>>...> all;
            for (const auto& y : parts) {
                const extent_t count = std::get<0>(y).extent(0);
                (samples::append_rows(std::get<O>(y), count, done, rows, std::get<O>(all)), ...);
                done += count;
            }
            if constexpr (output_count == 1) return std::get<0>(std::move(all));
            else return all;
        }
        (each_output);
    }

private:
    /// All epochs: the feed is made after the callbacks have said with which epoch they begin.
    template <class MakeFeed, class EvaluateSplit, class... More>
    history fit_epochs(const fit_options& options, bool is_split, MakeFeed make_feed, EvaluateSplit evaluate_split,
                       More&... more) {
        constexpr bool has_validation = (... || is_validation<std::remove_cvref_t<More>>);
        history h;
        stop_training = interrupted_ = false;
        initial_epoch = options.initial_epoch;
        const interrupt_guard guard(options.catch_interrupt);
        each_told([&](auto& c) { callbacks::train_begins(c, *this); }, more...);
        processes().begin_alike(*this);
        auto feed = make_feed();
        for (int epoch = initial_epoch; epoch < options.epochs && !stop_training && !interrupted_; ++epoch) {
            each_told([&](auto& c) { callbacks::epoch_begins(c, *this, epoch); }, more...);
            epoch_logs logs;
            train_epoch(feed, epoch, options, guard, logs, more...);
            interrupted_ = processes().anywhere(guard.was_interrupted());
            processes().end_epoch(net());
            logs.skips_validation =
                (has_validation || is_split) && (interrupted_ || (epoch + 1) % options.validation_freq != 0);
            if (!logs.skips_validation) {
                (validate(more, options.validated_at_once(), logs), ...);
                if (is_split) evaluate_split(logs);
            }
            if (prints(options)) bar_->finish(feed.batches_of_epoch(), shown(logs));
            h.add(epoch, logs);
            each_told([&](auto& c) { callbacks::epoch_ended(c, *this, epoch, logs); }, more...);
            h.interrupted = interrupted_ = processes().anywhere(guard.was_interrupted());
            stop_training = processes().anywhere(stop_training);
        }
        take_means();
        each_told([&](auto& c) { callbacks::train_ended(c, *this); }, more...);
        return h;
    }
    /// The extents with which targets are those of output O.
    ///
    /// errors    E257, wrong_shape: they do not fit its loss
    template <std::size_t O, class Y> static shape target_extents(const Y& y) {
        constexpr shape wanted = programs::targets<all_losses, O, prediction<O>>::value.extents;
        if constexpr (!samples::fits(samples::taken_as(Y::static_extents, wanted), wanted))
            programs::refuse_targets<all_losses, O, prediction<O>, Y>();
        const shape extents = samples::taken_as(y.extents(), wanted);
        if (!samples::fits(extents, wanted))
            fail<wrong_shape>(joined_text(
                {"output ", std::to_string(O), " of the model has shape ", to_string(prediction<O>::type.extents),
                 ", for which ", programs::inner(all_losses::template at<O>()).name, " expects targets of shape ",
                 to_string(wanted), ", not ", to_string(y.extents())}));
        return extents;
    }
    /// y in the types of the targets.
    template <class Y> static auto targets_of(const Y& y) {
        const auto columns = samples::columns(y);
        static_assert(std::tuple_size_v<decltype(columns)> == output_count,
                      "fit: y has another number of tensors than the model has outputs");
        return [&]<std::size_t... O>(numbers<O...>) {
            return std::tuple(samples::converted<io::any_rows_t<y_type<O>>>(
                std::get<O>(columns), target_extents<O>(std::get<O>(columns)))...);
        }
        (each_output);
    }
    template <class X> static auto inputs_of(const X& x) {
        static_assert(std::tuple_size_v<decltype(samples::columns(x))> == input_count,
                      "fit: x has another number of tensors than the model has inputs");
        return samples::columns(x);
    }
    /// Inputs, targets and weights of a batch that has them as its parts.
    template <class Batch> static auto row_of_batch(const Batch& batch, std::span<const double> of_classes = {}) {
        const auto inputs = inputs_of(samples::part<0>(batch));
        auto targets = targets_of(samples::part<1>(batch));
        const extent_t rows = std::get<0>(inputs).extent(0);
        tensor<float, dyn> weights;
        if constexpr (samples::part_count<Batch> == 3) {
            const auto& given = std::get<2>(batch);
            if (given.extents() != shape(rows))
                fail<wrong_shape>("fit: weights of shape " + to_string(given.extents()) + " of " +
                                  std::to_string(rows) + " samples");
            weights = samples::converted<tensor<float, dyn>>(given, given.extents());
        } else if (of_classes.empty()) {
            weights = samples::weights({}, rows);
        } else {
            weights = samples::class_weights(of_classes, std::get<0>(targets));
        }
        return std::tuple_cat(inputs, std::move(targets), std::tuple(std::move(weights)));
    }
    /// What the model gives for a batch, as a tuple.
    template <class Batch> auto predicted(const Batch& batch) const {
        return [&]<std::size_t... I>(numbers<I...>) { return samples::as_tuple(net_(samples::part<I>(batch)...)); }
        (each_input);
    }
    /// Batches of all these tensors.
    template <class Columns>
    static auto batches_of(const Columns& columns, extent_t batch_size, std::optional<generator> shuffle = {}) {
        return std::apply(
            [&](const auto&... column) {
                return batches<std::remove_cvref_t<decltype(column)>...>(column..., batch_size, shuffle);
            },
            columns);
    }
    /// f(feeds...) of a batch.
    template <class Batch, class F> static auto fed(const Batch& batch, F f) {
        return [&]<std::size_t... I, std::size_t... O>(numbers<I...>, numbers<O...>) {
            return f((x_input<I>{} = std::get<I>(batch))..., (y_input<O>{} = std::get<input_count + O>(batch))...,
                     w_input{} = std::get<input_count + output_count>(batch));
        }
        (each_input, each_output);
    }

    // ---- of several processes
    replicas::processes<is_parallel> processes() const {
        if constexpr (is_parallel) return {*step_.optimizer.group};
        else return {};
    }
    bool prints(const fit_options& options) const { return options.verbose > 0 && processes().is_first(); }
    template <class... More>
    static constexpr replicas::callback_kinds kinds_of{
        (... || is_validation<std::remove_cvref_t<More>>),
        (... || callbacks::watches_batches<std::remove_reference_t<More>, trainer>)};
    /// f(callback), of those that are called in this process.
    template <class F, class... More> void each_told(F f, More&... more) const {
        [[maybe_unused]] const auto tell = [&]<class C>(C& callback) {
            if (!callbacks::Writer<C> || processes().is_first()) f(callback);
        };
        (tell(more), ...);
    }
    template <class Batch> static extent_t rows_of_batch(const Batch& batch) {
        return std::get<input_count + output_count>(batch).extent(0);
    }
    /// One step, of this process's part of a batch, which may be empty: the loss.
    template <class Batch> float take_step(const Batch& batch) {
        if constexpr (is_parallel) {
            if (rows_of_batch(batch) == 0) return static_cast<float>(step_.without_batch().item());
            step_.optimizer.samples = static_cast<double>(rows_of_batch(batch));
        }
        return fed(batch, [&](const auto&... feeds) { return static_cast<float>(run(step_, feeds...).item()); });
    }
    template <class Feed> void take_next_step(Feed& feed) {
        if constexpr (is_parallel)
            if (!feed.has_more()) return void(step_.without_batch());
        take_step(feed.batch());
    }
    template <class Feed> static void go_to_next(Feed& feed) {
        if constexpr (is_parallel)
            if (!feed.has_more()) return;
        feed.next();
    }

    void begin_sums() { std::fill(sums_.value().begin(), sums_.value().end(), 0.0); }
    /// all_sums_ <- those of all processes so far.
    void add_up_sums() {
        std::copy_n(sums_.value().data(), sums_count, all_sums_.data());
        processes().add_up(all_sums_);
    }
    std::array<double, 1 + sizeof...(Metrics)> results() const {
        const double* s = all_sums_.data();
        std::array<double, 1 + sizeof...(Metrics)> r{metrics::mean({s, 2})};
        s += sums_of_losses;
        std::size_t i = 1;
        [[maybe_unused]] const auto add_result = [&](const auto& metric) {
            const std::size_t states = programs::states_of(metric, types.data());
            r[i++] = metrics::result_of(programs::metric_of(metric), {s, states});
            s += states;
        };
        (add_result(Metrics), ...);
        return r;
    }
    void set_logs(epoch_logs& logs, const std::string& prefix) const {
        const auto r = results();
        logs.set(prefix + "loss", r[0]);
        if constexpr (output_count > 1) [&]<std::size_t... O>(numbers<O...>) {
                const double* const s = all_sums_.data();
                const auto mean = [&](std::size_t o) { return s[1] == 0 ? 0 : s[2 + o] / s[1]; };
                (logs.set(prefix + programs::output_name<all_losses, O>() + "_loss", mean(O)), ...);
            }
        (each_output);
        std::size_t i = 1;
        ((logs.set(prefix + programs::log_name<all_losses>(Metrics), r[i++])), ...);
    }
    static std::vector<io::named_value> shown(const epoch_logs& logs) {
        std::vector<io::named_value> v;
        for (const auto& [name, value] : logs.all()) v.push_back({name, value});
        return v;
    }
    template <class Feed, class... More>
    void train_epoch(Feed& feed, int epoch, const fit_options& options, const interrupt_guard& guard, epoch_logs& logs,
                     More&... more) {
        constexpr bool is_watched = kinds_of<More...>.watch_batches;
        if (prints(options)) {
            if (options.verbose == 1) bar_.emplace(feed.batches_of_epoch());
            else bar_.emplace(feed.batches_of_epoch(), std::cout, false);
            bar_->start_epoch(epoch + 1, options.epochs);
        }
        begin_sums();
        long long number = 0;
        for (feed.begin_epoch(); processes().go_on(feed.has_more(), guard.was_interrupted()); go_to_next(feed)) {
            take_next_step(feed);
            ++number;
            if (!is_watched && options.verbose == 0) continue;
            add_up_sums();
            set_logs(logs, "");
            if (prints(options) && (number < feed.batches_of_epoch() || feed.batches_of_epoch() == 0))
                bar_->update(number, shown(logs));
            each_told([&](auto& c) { callbacks::batch_ended(c, *this, number, logs); }, more...);
        }
        add_up_sums();
        set_logs(logs, "");
    }
    template <class T> void require_validation(const T&, extent_t) {}
    /// What does not fit would be found after the first epoch: the first batch is evaluated before it.
    template <class X, class Y> void require_validation(const validation<X, Y>& v, extent_t batch_size) {
        epoch_logs logs;
        const extent_t end = std::min(samples::rows_of(v.x), batch_size);
        evaluate_rows(v.x, targets_of(v.y), weights_of(v), 0, end, batch_size, "", logs);
    }
    template <class D> void require_validation(const validation<D, void>& v, extent_t) {
        const auto first = v.data->begin();
        if (first == v.data->end()) fail<invalid_argument>("fit: the validation data has no batch");
        epoch_logs logs;
        evaluated([&](const auto& evaluate) { evaluate(row_of_batch(*first)); }, "", logs);
    }
    template <class T> void validate(const T&, extent_t, const epoch_logs&) {}
    template <class D> void validate(const validation<D, void>& v, extent_t, epoch_logs& logs) {
        evaluate_batches(*v.data, "val_", logs);
    }
    template <class X, class Y> void validate(const validation<X, Y>& v, extent_t batch_size, epoch_logs& logs) {
        evaluate_rows(v.x, targets_of(v.y), weights_of(v), 0, samples::rows_of(v.x), batch_size, "val_", logs);
    }
    template <class X, class Y> static tensor<float, dyn> weights_of(const validation<X, Y>& v) {
        return samples::weights(v.sample_weights, samples::rows_of(v.x));
    }
    /// The samples begin .. end - 1.
    template <class X, class Y>
    auto evaluate_rows(const X& x, const Y& targets, const tensor<float, dyn>& weights, extent_t begin, extent_t end,
                       extent_t batch_size, const std::string& prefix, epoch_logs& logs) {
        auto data = batches_of(samples::row(inputs_of(x), targets, weights), batch_size);
        data.set_rows(begin, end - begin);
        processes().deal_out(data);
        return evaluated(
            [&](const auto& evaluate) {
                for (const auto& batch : data)
                    if (rows_of_batch(batch) > 0) evaluate(batch);
            },
            prefix, logs);
    }
    template <class Data> auto evaluate_batches(Data& data, const std::string& prefix, epoch_logs& logs) {
        return evaluated(
            [&](const auto& evaluate) {
                for (const auto& batch : data) evaluate(row_of_batch(batch));
            },
            prefix, logs);
    }
    /// The sums of all batches that each(f) calls f of, in all processes.
    template <class Each> auto evaluated(const Each& each, const std::string& prefix, epoch_logs& logs) {
        begin_sums();
        const auto step = evaluation_of(net_, sums_);
        each([&](const auto& batch) { fed(batch, [&](const auto&... feeds) { session_.run(step, feeds...); }); });
        add_up_sums();
        set_logs(logs, prefix);
        return results();
    }
    /// With use_ema the parameters become their running means.
    void take_means() {
        if constexpr (requires { Optimizer::options.use_ema; }) {
            if constexpr (Optimizer::options.use_ema) {
                const auto states = step_.remembered();
                for (int i = 0; i < leaf::trained_count; ++i) {
                    const auto& mean = states[static_cast<std::size_t>(Optimizer::average * leaf::trained_count + i)];
                    const int k = leaf::trained[i];
                    const dtype type = leaf::value_types[k].type;
                    const auto rounded = [&]<class T>(T* to) {
                        std::copy_n(reinterpret_cast<const float*>(mean.data), mean.bytes / sizeof(float), to);
                    };
                    if (type == mean.type) std::copy_n(mean.data, mean.bytes, static_cast<std::byte*>(net().data(k)));
                    else if (type == dtype::float16) rounded(static_cast<float16*>(net().data(k)));
                    else rounded(static_cast<bfloat16*>(net().data(k)));
                }
            }
        }
    }

    std::conditional_t<is_view<Net>, Net, Net&> net_;
    sums_variable sums_;
    std::array<double, sums_count> all_sums_{};  // which results are made of
    training step_;
    session session_;
    std::optional<progress_bar> bar_;
    bool interrupted_ = false;
};

/// What trains the model: nn::compile<nn::mean_squared_error{}, nn::accuracy{}>(net, adam{}). What shapes the program,
/// the loss and the metrics, is a template argument; the optimiser's numbers may change at any time.
template <auto Loss, auto... Metrics, Model Net, class Optimizer>
requires(!is_view<Net>) auto compile(Net& net, Optimizer optimizer) {
    return trainer<Net, Optimizer, Loss, Metrics...>(net, optimizer);
}
/// The same of a view: nn::compile<nn::huber{}>(nn::frozen<"backbone">(net), adam{}).
template <auto Loss, auto... Metrics, Model View, class Optimizer>
requires is_view<View>
auto compile(View view, Optimizer optimizer) { return trainer<View, Optimizer, Loss, Metrics...>(view, optimizer); }

}  // namespace telar::inline TELAR_ABI::nn
