// SPDX-License-Identifier: BSL-1.0
// telar's layers by Keras' classes, with options that are known when the program runs. Each is the nn layer itself,
// which is traced at run time: so a model from a file computes what the same layers compute in a struct.
#pragma once
#include <telar/nn/keras_model/options.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

/// What a layer is called with: values, and what else is said by name.
struct call_arguments {
    std::vector<symbol> takes;                                      // args, in their order
    std::map<std::string, std::vector<symbol>, std::less<>> named;  // kwargs that are values
    std::map<std::string, const json*, std::less<>> said;  // other kwargs, and args that are none: "0", "1", ...

    bool is_on(std::string_view name) const {
        const auto found = said.find(name);
        return found != said.end() && found->second->is(json::boolean) && found->second->truth;
    }
    /// A value that is said by name; without a graph where it is not.
    symbol named_value(std::string_view name, std::size_t i = 0) const {
        const auto found = named.find(name);
        return found == named.end() || found->second.size() <= i ? symbol{} : found->second[i];
    }
};

/// A layer whose class is known when the program runs.
class any_layer {
public:
    any_layer() = default;
    any_layer(const any_layer&) = delete;
    any_layer& operator=(const any_layer&) = delete;
    virtual ~any_layer() = default;
    virtual void bind(bound_model& to) = 0;
    /// Its outputs.
    virtual std::vector<symbol> call(const call_arguments& a) const = 0;
    /// Of a parameter whose numbers are options, and no weights in the file; else none.
    virtual const std::vector<double>& numbers_of(std::string_view parameter) const {
        static const std::vector<double> none;
        static_cast<void>(parameter);
        return none;
    }
};
/// What a layer is made of.
struct layer_source {
    option_reader& options;
    const layer_place& at;
    std::string_view kind;  // telar's
};

namespace running {

/// x, of which the mask says what counts, if a call says one by name.
inline symbol with_named_mask(symbol x, const call_arguments& a, std::string_view name = "mask", std::size_t i = 0) {
    const symbol mask = a.named_value(name, i);
    return mask.g ? with_mask(x, mask) : x;
}

/// A layer of one operand.
template <class L> class one_operand final : public any_layer {
public:
    explicit one_operand(const layer_source& from) : at_(from.at) { from.options.read_into(layer_, from.kind); }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        symbol x = with_named_mask(a.takes[0], a);
        if constexpr (std::is_same_v<L, embedding>)  // of an input whose type nobody said, which is float32
            if (x.type() != dtype::int32 && x.type() != dtype::int64) x = ir::emit::cast(x, dtype::int32);
        if constexpr (requires { layer_.depth_multiplier; }) {
            const int channels = layer_.data_format == data_format::channels_first ? 1 : x.rank() - 1;
            if (!ir::is_number(x.g->dims.resolve(x.extents()[channels])))
                at_.refuse("the number of channels must be known");
        }
        return {layer_(x)};
    }

private:
    L layer_{};
    const layer_place& at_;
};

/// A sum, product, ... of any number of operands.
template <merging::kinds Kind> class merged final : public any_layer {
public:
    explicit merged(const layer_source&) {}
    void bind(bound_model& to) override { bind_member(here_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const layer_call call(here_, a.takes[0], merging::names[static_cast<int>(Kind)]);
        return {merging::merged(Kind, a.takes)};
    }

private:
    site here_{};
};
class concatenated final : public any_layer {
public:
    explicit concatenated(const layer_source& from) { from.options.read_into(layer_, from.kind); }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const layer_call call(layer_.here, a.takes[0], "concatenate");
        return {ir::emit::concat(std::span<const symbol>(a.takes), layer_.axis)};
    }

private:
    concatenate layer_{};
};
class multiplied final : public any_layer {
public:
    explicit multiplied(const layer_source& from) { from.options.read_into(layer_, from.kind); }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override { return {layer_(a.takes[0], a.takes[1])}; }

private:
    dot layer_{};
};

// ---------------------------------------------------------------- recurrent layers
template <class L> inline constexpr std::size_t states_of_layer = std::tuple_size_v<decltype(L{}.states)>;

/// Options that decide about a recurrent layer's calls.
struct recurrent_options {
    bool return_state = false;

    recurrent_options(option_reader& options, const layer_place& at) : return_state(options.flag("return_state")) {
        if (options.flag("stateful")) at.refuse("stateful: a model from a file keeps nothing from run to run");
        if (options.flag("time_major")) at.refuse("telar has no option 'time_major'");
    }
};
/// layer.with_state(x, initial states...), as many as a call has.
template <std::size_t Count, class L>
std::vector<symbol> with_states(const L& layer, symbol x, const std::vector<symbol>& initial, const layer_place& at) {
    const auto listed = [](const auto& all) { return std::vector<symbol>(all.begin(), all.end()); };
    if (x.rank() != 3) at.refuse("a sequence of " + std::to_string(x.rank()) + " axes");
    if (initial.empty()) return listed(layer.with_state(x));
    for (const symbol& s : initial)
        if (s.rank() != 2) at.refuse("a state of " + std::to_string(s.rank()) + " axes");
    if (initial.size() != Count)
        at.refuse(std::to_string(initial.size()) + " initial states, where it has " + std::to_string(Count));
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return listed(layer.with_state(x, initial[I]...)); }
    (std::make_index_sequence<Count>{});
}
/// What a call begins with: of initial_state, or behind the sequence.
inline std::vector<symbol> initial_states(const call_arguments& a) {
    const auto named = a.named.find("initial_state");
    if (named != a.named.end()) return named->second;
    return {a.takes.begin() + 1, a.takes.end()};
}
template <class L> class recurrent_layer final : public any_layer {
public:
    explicit recurrent_layer(const layer_source& from) : at_(from.at), said_(from.options, from.at) {
        from.options.read_into(layer_, from.kind);
    }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const symbol x = with_named_mask(a.takes[0], a);
        std::vector<symbol> y = with_states<states_of_layer<L>>(layer_, x, initial_states(a), at_);
        if (!said_.return_state) y.resize(1);
        return y;
    }

private:
    L layer_{};
    const layer_place& at_;
    recurrent_options said_;
};
/// One whose states are images; it cannot be given any.
template <class L> class recurrent_convolution final : public any_layer {
public:
    explicit recurrent_convolution(const layer_source& from) : at_(from.at), said_(from.options, from.at) {
        from.options.read_into(layer_, from.kind);
        for (const std::string_view of_training : {"dropout", "recurrent_dropout"})
            static_cast<void>(from.options.other(of_training));
        extent_t places = 1;
        for (int i = 0; i < space_of(from.kind); ++i)
            places *= layer_.kernel_size.numbers[i] < most_places ? layer_.kernel_size.numbers[i] : most_places;
        if (places > most_places) at_.refuse("a recurrent kernel of so many places");
    }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        if (!initial_states(a).empty()) at_.refuse("initial states");
        const auto all = layer_.with_state(with_named_mask(a.takes[0], a));
        return {all.begin(), said_.return_state ? all.end() : all.begin() + 1};
    }

private:
    static constexpr extent_t most_places = 1024;  // each is a product of its own

    L layer_{};
    const layer_place& at_;
    recurrent_options said_;
};
template <class L> class both_directions final : public any_layer {
public:
    both_directions(L forward, L backward, bool is_merged, merge_modes mode, bool return_state, const layer_place& at)
        : layer_(forward, backward, mode), is_merged_(is_merged), return_state_(return_state), at_(at) {}
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const symbol x = with_named_mask(a.takes[0], a);
        const std::vector<symbol> initial = initial_states(a);
        if (!is_merged_ && (return_state_ || !initial.empty())) at_.refuse("states without a merge_mode");
        if (!is_merged_) {
            if (x.rank() != 3) at_.refuse("a sequence of " + std::to_string(x.rank()) + " axes");
            const auto both = layer_.apart(x);
            return {both[0], both[1]};
        }
        std::vector<symbol> y = with_states<2 * states_of_layer<L>>(layer_, x, initial, at_);
        if (!return_state_) y.resize(1);
        return y;
    }

private:
    bidirectional<L> layer_;
    bool is_merged_, return_state_;
    const layer_place& at_;
};

// ---------------------------------------------------------------- attention
/// query, value and the key, which may be left out: by order or by name, and each with its mask.
struct attended {
    symbol q{}, v{}, k{};

    attended(const call_arguments& a, const layer_place& at, bool by_name) {
        symbol* const to[]{&q, &v, &k};
        if (a.takes.size() > 3) at.refuse("more than a query, a value and a key");
        for (std::size_t i = 0; i < a.takes.size(); ++i) *to[i] = a.takes[i];
        constexpr std::string_view names[]{"query", "value", "key"}, masks[]{"query_mask", "value_mask", "key_mask"};
        for (std::size_t i = 0; i < 3; ++i)
            if (const symbol s = a.named_value(names[i]); s.g) *to[i] = s;
        if (!q.g || !v.g) at.refuse("a call without a query or a value");
        if (!k.g) k = v;
        if (q.rank() < 3 || v.rank() != q.rank() || k.rank() != q.rank()) at.refuse("operands of other axes");
        for (std::size_t i = 0; i < 3; ++i)
            *to[i] = by_name ? with_named_mask(*to[i], a, masks[i]) : with_named_mask(*to[i], a, "mask", i);
    }
};
template <class L> class heads final : public any_layer {
public:
    explicit heads(const layer_source& from) : at_(from.at) {
        from.options.read_into(layer_, from.kind);
        static_cast<void>(from.options.other("flash_attention"));
    }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const attended x(a, at_, true);
        const attention_options options{a.named_value("attention_mask"), a.is_on("use_causal_mask")};
        if constexpr (requires { layer_.with_scores(x.q, x.v, x.k, options); }) {
            const auto both = layer_.with_scores(x.q, x.v, x.k, options);
            if (a.is_on("return_attention_scores")) return {both[0], both[1]};
            return {both[0]};
        } else {
            if (a.is_on("return_attention_scores")) at_.refuse("attention scores");
            return {layer_(x.q, x.v, x.k, options)};
        }
    }

private:
    L layer_{};
    const layer_place& at_;
};
template <class L> class one_head final : public any_layer {
public:
    explicit one_head(const layer_source& from) : at_(from.at) { from.options.read_into(layer_, from.kind); }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const attended x(a, at_, false);
        if (a.is_on("return_attention_scores")) at_.refuse("attention scores");
        return {layer_(x.q, x.v, x.k, a.is_on("use_causal_mask"))};
    }

private:
    L layer_{};
    const layer_place& at_;
};

}  // namespace running

/// What a class is: telar's kind, how it is made, how many operands it takes and of how many axes.
struct layer_row {
    std::string_view class_name, kind;
    std::unique_ptr<any_layer> (*make)(const layer_source&);
    int least_operands, most_operands, least_rank, most_rank;
};
template <class Running> std::unique_ptr<any_layer> made(const layer_source& from) {
    return std::make_unique<Running>(from);
}
/// The row of a class; nullptr: telar has none.
const layer_row* find_layer(std::string_view class_name);

}  // namespace telar::inline TELAR_ABI::nn::keras
