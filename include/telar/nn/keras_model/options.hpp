// SPDX-License-Identifier: BSL-1.0
// The options of a layer from Keras' config.json: the members of telar's layers are named as Keras' options, so each is
// read by its own name. (nn/keras/options.hpp writes them.)
#pragma once
#include <telar/io/json.hpp>
#include <telar/nn/keras/options.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::nn::keras {

using io::json;

/// Which layer of which file: what every refusal begins with.
struct layer_place {
    std::string file, name, class_name;
    bool is_keras_2 = false;

    std::string text() const {
        return file + ": " + (name.empty() ? "" : "layer \"" + name + "\", ") +
               (class_name.empty() ? "" : "class " + class_name + ": ");
    }
    /// Keras' file is as it should be, but asks for what telar does not have.
    [[noreturn]] void refuse(const std::string& why) const { fail<unsupported_model>(text() + why); }
};

inline constexpr double most_of_an_option = 1 << 30;

/// One option's value. What cannot be one is refused.
class option_reader {
public:
    option_reader(const json& config, const layer_place& at) : config_(config), at_(at) {}

    /// The members of a layer that the file has options for; initialisers and what only training asks for are passed
    /// over.
    template <class L> void read_into(L& layer, std::string_view kind) {
        space_ = space_of(kind);
        members::apply(layer, [&](auto&... member) {
            [&]<std::size_t... I>(std::index_sequence<I...>) { (read_member(member, members::name<L, I>), ...); }
            (std::index_sequence_for<decltype(member)...>{});
        });
    }
    /// An option that is no member of telar's layer.
    const json& other(std::string_view name) {
        known_.insert(std::string(name));
        name_ = name;
        return config_[name];
    }
    bool flag(std::string_view name) {
        const json& v = other(name);
        bool is_on = false;
        if (!v.is(json::null)) read(v, is_on);
        return is_on;
    }
    /// Refuses options that say something nobody has read.
    void require_all_read() const {
        static constexpr std::string_view passed_over[]{"name",           "trainable",   "dtype",
                                                        "seed",           "batch_shape", "batch_input_shape",
                                                        "sparse",         "ragged",      "optional",
                                                        "implementation", "unroll",      "input_length",
                                                        "synchronized",   "autocast",    "shared_object_id",
                                                        "fill_mode",      "fill_value",  "lora_rank",
                                                        "lora_alpha",     "use_cudnn",   "activity_regularizer"};
        for (std::size_t i = 0; i < config_.names.size(); ++i) {
            const std::string& name = config_.names[i];
            const json& v = config_.items[i];
            const bool says_nothing = v.is(json::null) || (v.is(json::boolean) && !v.truth);
            const bool is_one = (name == "dilation_rate" || name == "groups") && all_are_1(v);
            const bool is_of_training =
                name.ends_with("_initializer") || name.ends_with("_regularizer") || name.ends_with("_constraint");
            if (says_nothing || is_one || is_of_training || known_.contains(name)) continue;
            if (std::find(std::begin(passed_over), std::end(passed_over), name) == std::end(passed_over))
                at_.refuse("telar has no option '" + name + '\'');
        }
    }

    /// Of a layer that does nothing where it predicts.
    void pass_over_all() { known_.insert(config_.names.begin(), config_.names.end()); }

    // ------------------------------------------------------------ one value
    void read(const json& v, bool& to) const {
        const bool is_number = v.is(json::number) && (v.value == 0 || v.value == 1);  // as Python takes them
        if (!v.is(json::boolean) && !is_number) refuse();
        to = is_number ? v.value == 1 : v.truth;
    }
    void read(const json& v, double& to) const {
        if (!v.is(json::number)) refuse();
        to = v.value;
    }
    void read(const json& v, int& to) const {
        if (v.is(json::list) && v.items.size() == 1) return read(v.items[0], to);  // axis [3] of Keras 2
        const bool may_be_negative = name_ == "axis" || name_ == "groups";
        to = static_cast<int>(whole(v, may_be_negative ? -most_of_an_option : 1));
    }
    void read(const json& v, activation& to) const {
        if (!v.is(json::text)) at_.refuse("an activation of one's own in '" + std::string(name_) + '\'');
        if (v.words == "hard_sigmoid" && at_.is_keras_2) {
            to = [](symbol x) -> symbol { return clip(0.2 * x + 0.5, 0, 1); };
            return;
        }
        std::string_view name = v.words;
        if (name == "swish" || name == "hard_swish") name = name == "swish" ? "silu" : "hard_silu";
        for (const activation_row& row : activation_names)
            if (row.name == name) {
                to = name == "linear" ? nullptr : row.function;
                return;
            }
        at_.refuse("telar has no activation '" + v.words + '\'');
    }
    void read(const json& v, nn::padding& to) const {
        to = chosen<nn::padding>(
            v, {{"valid", nn::padding::valid}, {"same", nn::padding::same}, {"causal", nn::padding::causal}});
    }
    void read(const json& v, nn::data_format& to) const {
        to = chosen<nn::data_format>(v, {{"channels_last", nn::data_format::channels_last},
                                         {"channels_first", nn::data_format::channels_first}});
    }
    void read(const json& v, nn::interpolation& to) const {
        to = chosen<nn::interpolation>(
            v, {{"nearest", nn::interpolation::nearest}, {"bilinear", nn::interpolation::bilinear}});
    }
    void read(const json& v, merge_modes& to) const {
        to = chosen<merge_modes>(v, {{"concat", merge_modes::concat},
                                     {"sum", merge_modes::sum},
                                     {"mul", merge_modes::mul},
                                     {"ave", merge_modes::ave}});
    }
    void read(const json& v, score_modes& to) const {
        to = chosen<score_modes>(v, {{"dot", score_modes::dot}, {"concat", score_modes::concat}});
    }
    /// A number for all axes of space, or one for each.
    void read(const json& v, per_axis& to) const {
        if (v.is(json::number)) {
            to = per_axis(static_cast<int>(whole(v, least_per_axis())));
            return;
        }
        if (!v.is(json::list) || static_cast<int>(v.items.size()) != space_) refuse();
        for (std::size_t i = 0; i < v.items.size(); ++i) to.numbers[i] = whole(v.items[i], least_per_axis());
    }
    void read(const json& v, number_list& to) const {
        to = number_list();
        each(v, max_rank, [&](const json& one) {
            const bool is_free = one.is(json::null);
            to.numbers[to.count++] = is_free ? -1 : static_cast<int>(whole(one, -1));
        });
        if (name_ == "target_shape" && std::count(to.numbers, to.numbers + to.count, -1) > 1) refuse();
    }
    void read(const json& v, axes& to) const {
        to = axes();
        each(v, max_rank, [&](const json& one) { to.numbers[to.count++] = static_cast<int>(whole(one, -max_rank)); });
    }
    template <int Space> void read(const json& v, ends_of_space<Space>& to) const {
        const auto both = [&](const json& from, ends& e) {
            const bool is_pair = from.is(json::list) && from.items.size() == 2;
            if (!is_pair && !from.is(json::number)) refuse();
            e.before = static_cast<int>(whole(is_pair ? from.items[0] : from, 0));
            e.after = static_cast<int>(whole(is_pair ? from.items[1] : from, 0));
        };
        if (Space > 1 && v.is(json::list) && v.items.size() != Space) refuse();
        for (std::size_t i = 0; i < Space; ++i) both(Space > 1 && v.is(json::list) ? v.items[i] : v, to.axes[i]);
    }

    /// A whole number that is not below `least`.
    extent_t whole(const json& v, double least) const {
        if (!v.is(json::number) || v.value != std::floor(v.value) || v.value < least || v.value > most_of_an_option)
            refuse();
        return static_cast<extent_t>(v.value);
    }
    [[noreturn]] void refuse() const { at_.refuse("the value of '" + std::string(name_) + "' is none that telar has"); }

private:
    template <class T> void read_member(T& to, std::string_view name) {
        using member = std::remove_cvref_t<T>;
        constexpr bool is_of_training = std::is_same_v<member, initializer> || std::is_same_v<member, regularizer> ||
                                        std::is_same_v<member, constraint>;
        if constexpr (!is_no_option<member> && !is_of_training) {
            const json& v = other(name);
            if (!v.is(json::null)) {
                if constexpr (requires { this->read(v, to); }) read(v, to);
                else refuse();
            } else if constexpr (std::is_same_v<member, axes>) {
                if (is_said(name)) to = axes();  // all
            }
        }
    }
    bool is_said(std::string_view name) const {
        return std::find(config_.names.begin(), config_.names.end(), name) != config_.names.end();
    }
    static bool all_are_1(const json& v) {
        if (v.is(json::list)) return std::all_of(v.items.begin(), v.items.end(), &all_are_1);
        return v.is(json::number) && v.value == 1;
    }
    double least_per_axis() const { return name_ == "output_padding" ? 0 : 1; }
    template <class F> void each(const json& v, int most, const F& f) const {
        if (!v.is(json::list)) return f(v);
        if (static_cast<int>(v.items.size()) > most) refuse();
        for (const json& one : v.items) f(one);
    }
    template <class T> struct choice {
        std::string_view name;
        T value;
    };
    template <class T> T chosen(const json& v, std::initializer_list<choice<T>> all) const {
        for (const choice<T>& c : all)
            if (v.is_text(c.name)) return c.value;
        refuse();
    }

    const json& config_;
    const layer_place& at_;
    std::set<std::string, std::less<>> known_;
    std::string_view name_;  // of the option that is read
    int space_ = 1;
};

}  // namespace telar::inline TELAR_ABI::nn::keras
