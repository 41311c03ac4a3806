// SPDX-License-Identifier: BSL-1.0
// What a step of fit, and of evaluate, computes: the model, the losses of its outputs, the sums of the metrics.
#pragma once
#include <telar/nn/mask.hpp>
#include <telar/nn/metrics.hpp>
#include <telar/nn/model.hpp>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace telar::inline TELAR_ABI::nn {

/// The losses of a model of several outputs, in their order; their sum is trained:
/// nn::compile<nn::outputs<nn::mean_squared_error{}, nn::weighted{nn::huber{}, 0.5}>{}>(net, adam{}).
template <auto... Losses> struct outputs { static constexpr int count = sizeof...(Losses); };
/// A loss times a weight: Keras' loss_weights.
template <class L> struct weighted {
    L loss{};
    double weight = 1;

    static constexpr std::string_view name = L::name;
};
template <class L> weighted(L, double) -> weighted<L>;
/// The loss of an output with a name, which goes before its numbers in the history: "b_loss", "val_b_accuracy".
template <fixed_string Name, class L> struct named_loss {
    L loss{};

    static constexpr std::string_view name = L::name, output_name = Name.view();
};
/// nn::outputs<nn::named<"a">(nn::mean_squared_error{}), nn::named<"b">(nn::huber{})>{}
template <fixed_string Name, class L> constexpr named_loss<Name, L> named(L loss) { return {loss}; }
/// A metric of output number Output. A plain metric belongs to the first output.
template <int Output, auto Metric> struct of_output {
    static constexpr int output = Output;
    static constexpr auto metric = Metric;
    static constexpr std::string_view name = metric.name;
};

namespace programs {

template <auto... Losses> struct loss_list { static constexpr std::size_t count = 0; };
template <auto First, auto... Rest> struct loss_list<First, Rest...> {
    static constexpr std::size_t count = 1 + sizeof...(Rest);
    template <std::size_t I> static constexpr const auto& at() {
        if constexpr (I == 0) return first;
        else return loss_list<Rest...>::template at<I - 1>();
    }
    static constexpr auto first = First;
};
template <auto Loss, class = std::remove_cv_t<decltype(Loss)>> struct losses_of : loss_list<Loss> {};
template <auto Loss, auto... Losses> struct losses_of<Loss, outputs<Losses...>> : loss_list<Losses...> {};
/// A loss with a weight or a name.
template <class L>
concept Wrapped = requires(const L& l) {
    l.loss.name;
};
template <class L> constexpr const auto& inner(const L& l) {
    if constexpr (Wrapped<L>) return inner(l.loss);
    else return l;
}
template <class L> constexpr double weight_of(const L& l) {
    if constexpr (!Wrapped<L>) return 1;
    else if constexpr (requires { l.weight; }) return l.weight * weight_of(l.loss);
    else return weight_of(l.loss);
}
/// Of output number I: "b", or "output_1" as Keras' where it has none.
template <class Losses, std::size_t I> std::string output_name() {
    using loss = std::remove_cvref_t<decltype(Losses::template at<I>())>;
    if constexpr (requires { loss::output_name; }) return std::string(loss::output_name);
    else if constexpr (requires { decltype(loss::loss)::output_name; })
        return std::string(decltype(loss::loss)::output_name);
    else return "output_" + std::to_string(I);
}

/// The sums that a step keeps before those of the metrics: loss times samples, samples; of several outputs the loss of
/// each times samples.
template <class Losses> inline constexpr std::size_t sums_of_losses = 2 + (Losses::count > 1 ? Losses::count : 0);

/// The targets of a loss for predictions of a type, as a tensor type.
template <class Losses, std::size_t I, class Prediction> struct targets {
    static constexpr expr::value_type value = inner(Losses::template at<I>()).target_of(Prediction::type);
    static constexpr extent_t extent(std::size_t k) { return value.extents.extent[k]; }
    template <std::size_t... K> static tensor<element_t<value.type>, extent(K)...> made(std::index_sequence<K...>);
    using type = decltype(made(std::make_index_sequence<std::size_t(value.extents.rank)>{}));
};

/// What messages say of loss I and of the output that it is for.
template <class Losses, std::size_t I, class Prediction> struct loss_text {
    using loss_type = std::remove_cvref_t<decltype(inner(Losses::template at<I>()))>;
    static constexpr std::size_t size = loss_type::name.size();
    template <std::size_t... K> static constexpr fixed_string<size + 1> name_of(std::index_sequence<K...>) {
        return {{loss_type::name[K]..., '\0'}};
    }
    using loss = core::errors::loss<name_of(std::make_index_sequence<size>{})>;
    static constexpr shape given = Prediction::type.extents, wanted = targets<Losses, I, Prediction>::value.extents;
    using output = typename expr::diagnosis::spelled<core::errors::output, given>::type;
    using wants = core::errors::wants<typename expr::diagnosis::spelled<core::errors::targets, wanted>::type>;
};
/// E258, of an output that has no place for a target of each sample.
template <class Losses, std::size_t I, class Prediction> constexpr bool require_axes() {
    using text = loss_text<Losses, I, Prediction>;
    if constexpr (text::wanted.rank < 1)
        core::errors::output_has_too_few_axes<typename text::loss, typename text::output>();
    return true;
}
/// E322, of a loss that is a sum over the batch.
template <class Losses, std::size_t I, class Prediction> constexpr bool require_mean() {
    constexpr const auto& loss = inner(Losses::template at<I>());
    if constexpr (requires { loss.reduction; })
        if constexpr (loss.reduction == reduction::sum)
            core::errors::mean_of_sums<typename loss_text<Losses, I, Prediction>::loss>();
    return true;
}
/// E257, of targets of type Y.
template <class Losses, std::size_t I, class Prediction, class Y> constexpr void refuse_targets() {
    using text = loss_text<Losses, I, Prediction>;
    constexpr shape extents = Y::static_extents;
    using given = typename expr::diagnosis::spelled<core::errors::targets, extents>::type;
    core::errors::loss_does_not_fit<typename text::loss, typename text::output, typename text::wants, given>();
}

// ---------------------------------------------------------------- metrics, each of an output
template <class M> constexpr std::size_t output_of(const M&) {
    if constexpr (requires { M::output; }) return static_cast<std::size_t>(M::output);
    else return 0;
}
template <class M> constexpr const auto& metric_of(const M& m) {
    if constexpr (requires { M::output; }) return M::metric;
    else return m;
}
/// "accuracy", of an output "b_accuracy".
template <class Losses, class M> std::string log_name(const M& m) {
    if constexpr (requires { M::output; })
        return output_name<Losses, static_cast<std::size_t>(M::output)>() + '_' + std::string(metric_of(m).name);
    else return std::string(m.name);
}
/// How many sums a metric has, for predictions of these types.
template <class M> constexpr std::size_t states_of(const M& m, const expr::value_type* predictions) {
    return static_cast<std::size_t>(metrics::states_of(metric_of(m), predictions[output_of(m)]));
}

/// (values of the model, inputs..., targets..., weights of samples, sums) -> the new sums, and in training before them
/// the loss: Keras' mean of a loss for each place of each sample, times the sample's weight, and what layers add to it.
/// Where predictions have a mask, it is the mean of the places that count.
template <class Leaf, class M, bool Trains, std::size_t Inputs, auto Loss, auto... Metrics> struct step_function {
    static constexpr bool is_users = true;
    using all_losses = losses_of<Loss>;

    template <class... S> constexpr auto operator()(symbol first, S... rest) const {
        const symbol all[]{rest...};
        const symbol* const y_true = all + Inputs;
        const symbol weights = y_true[all_losses::count], sums = y_true[all_losses::count + 1];
        bound_model bound = model_function<Leaf, M>::bound_to(first);
        M m{};
        bind_model(m, bound);
        const auto results = [&]<std::size_t... I>(std::index_sequence<I...>) { return m(all[I]...); }
        (std::make_index_sequence<Inputs>{});
        symbol y_pred[all_losses::count];
        for (std::size_t i = 0; i < all_losses::count; ++i) y_pred[i] = expr::result_at(results, static_cast<int>(i));
        bound.finish();

        const ir::open_region region(*first.g, "loss");
        symbol each[all_losses::count], loss;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((each[I] = losses::reduced(inner(all_losses::template at<I>()), y_true[I], y_pred[I], weights)), ...);
            ((loss = added(loss, each[I], weight_of(all_losses::template at<I>()))), ...);
        }
        (std::make_index_sequence<all_losses::count>{});
        bound.add_regularization();
        for (const symbol& penalty : bound.penalties) loss = loss + ir::emit::cast(penalty, loss.type());
        const symbol new_sums = sums + collected(loss, each, y_true, y_pred, weights);
        if constexpr (Trains) return std::array<symbol, 2>{loss, new_sums};
        else return new_sums;
    }

private:
    static constexpr symbol added(symbol total, symbol loss, double weight) {
        const symbol weighted = weight == 1 ? loss : loss * weight;
        return total.g ? total + ir::emit::cast(weighted, total.type()) : weighted;
    }
    static constexpr symbol collected(symbol loss, const symbol* each, const symbol* y_true, const symbol* y_pred,
                                      symbol weights) {
        core::growable<symbol> parts;
        const auto append = [&](symbol s) { parts.push(metrics::in_a_row(ir::emit::cast(s, dtype::float64))); };
        const symbol samples = ir::emit::extent(*loss.g, weights.extents()[0], dtype::float64);
        append(ir::emit::cast(loss, dtype::float64) * samples);
        append(samples);
        for (std::size_t i = 0; i < sums_of_losses<all_losses> - 2; ++i)
            append(ir::emit::cast(each[i], dtype::float64) * samples);
        [[maybe_unused]] const auto add_metric = [&](const auto& m) {
            const std::size_t i = output_of(m);
            metrics::each_sum(metric_of(m), y_true[i], y_pred[i], masks::weights_of_places(weights, y_pred[i]), append);
        };
        (add_metric(Metrics), ...);
        return stop_gradient(
            ir::emit::concat(std::span<const symbol>(parts.data(), static_cast<std::size_t>(parts.size())), 0));
    }
};

}  // namespace programs

}  // namespace telar::inline TELAR_ABI::nn
