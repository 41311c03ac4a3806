// SPDX-License-Identifier: BSL-1.0
// The options of layers, losses and optimisers as Keras' config.json has them. The members of telar's structs are named
// as Keras' options: so what a struct holds is told member by member.
#pragma once
#include <telar/io/json_text.hpp>
#include <telar/nn/activations.hpp>
#include <telar/nn/keras/names.hpp>
#include <telar/nn/layers.hpp>
#include <telar/nn/losses/common.hpp>
#include <telar/nn/names.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::nn::keras {

/// "{"a": 1, "b": 2}" of parts that are JSON.
class json_object {
public:
    json_object& add(std::string_view key, std::string_view json) {
        text_ += (text_.empty() ? "" : ", ") + io::json_text(key) + ": " + std::string(json);
        return *this;
    }
    std::string text() const { return '{' + text_ + '}'; }

private:
    std::string text_;
};
inline std::string json_number(double v) {
    if (std::isinf(v)) return v > 0 ? "Infinity" : "-Infinity";  // as Python writes it
    char digits[40];
    for (int precision = 15; precision <= 17; ++precision) {  // as few as say which number it is
        std::snprintf(digits, sizeof digits, "%.*g", precision, v);
        if (std::strtod(digits, nullptr) == v) break;
    }
    std::string text = digits;
    for (char& c : text)
        if (c == ',') c = '.';  // the decimal sign of a locale
    return text;
}
template <class Numbers> std::string json_list(const Numbers& numbers, int count) {
    std::string text = "[";
    for (int i = 0; i < count; ++i) text += (i ? ", " : "") + std::to_string(numbers[static_cast<std::size_t>(i)]);
    return text + ']';
}
/// Something that Keras makes of a class and options.
inline std::string json_of_class(std::string_view module, std::string_view class_name, std::string_view config) {
    return json_object()
        .add("module", io::json_text(module))
        .add("class_name", io::json_text(class_name))
        .add("config", config)
        .add("registered_name", "null")
        .text();
}

// ---------------------------------------------------------------- one option; "" is one that Keras does not have
// clang-format off
struct activation_row { activation function; std::string_view name; };
inline const activation_row activation_names[] = {
    {linear, "linear"}, {relu, "relu"}, {sigmoid, "sigmoid"}, {tanh, "tanh"}, {softmax, "softmax"},
    {log_softmax, "log_softmax"}, {softplus, "softplus"}, {softsign, "softsign"}, {elu, "elu"}, {selu, "selu"},
    {celu, "celu"}, {gelu, "gelu"}, {silu, "silu"}, {swish, "silu"}, {relu6, "relu6"}, {leaky_relu, "leaky_relu"},
    {hard_sigmoid, "hard_sigmoid"}, {hard_silu, "hard_silu"}, {hard_tanh, "hard_tanh"}, {mish, "mish"},
    {log_sigmoid, "log_sigmoid"}, {exponential, "exponential"}, {glu, "glu"}, {hard_shrink, "hard_shrink"},
    {soft_shrink, "soft_shrink"}, {tanh_shrink, "tanh_shrink"}, {squareplus, "squareplus"},
    {sparse_plus, "sparse_plus"}, {sparse_sigmoid, "sparse_sigmoid"},  // sparsemax differs: see activations.hpp
};
// clang-format on
inline std::string json_of(activation f) {
    if (!f) return "\"linear\"";
    for (const activation_row& row : activation_names)
        if (row.function == f) return io::json_text(row.name);
    return "";
}
inline std::string json_of(const initializer& i) {
    json_object config;
    const auto made = [&](std::string_view name) { return json_of_class("keras.initializers", name, config.text()); };
    if (i.variant != 0) return "";
    switch (i.kind) {
        case initializer::constant_value: config.add("value", json_number(i.a)); return made("Constant");
        case initializer::normal_values:
        case initializer::truncated_values:
            config.add("mean", json_number(i.a)).add("stddev", json_number(i.b));
            return made(i.kind == initializer::normal_values ? "RandomNormal" : "TruncatedNormal");
        case initializer::uniform_values:
            config.add("minval", json_number(i.a)).add("maxval", json_number(i.b));
            return made("RandomUniform");
        case initializer::scaled_uniform:
        case initializer::scaled_normal:
        case initializer::scaled_untruncated:
            config.add("scale", json_number(i.a));
            config.add("mode", i.b == 0 ? "\"fan_in\"" : i.b == 1 ? "\"fan_avg\"" : "\"fan_out\"");
            config.add("distribution", i.kind == initializer::scaled_uniform  ? "\"uniform\""
                                       : i.kind == initializer::scaled_normal ? "\"truncated_normal\""
                                                                              : "\"untruncated_normal\"");
            return made("VarianceScaling");
        case initializer::orthonormal: config.add("gain", json_number(i.a)); return made("Orthogonal");
        case initializer::identity_matrix: config.add("gain", json_number(i.a)); return made("Identity");
        default: return "";
    }
}
inline std::string json_of(const regularizer& r) {
    if (r.kind == regularizer::none) return "null";
    json_object config;
    if (r.kind == regularizer::sums) {
        config.add("l1", json_number(r.l1)).add("l2", json_number(r.l2));
        return json_of_class("keras.regularizers", "L1L2", config.text());
    }
    config.add("factor", json_number(r.l1));
    config.add("mode", r.kind == regularizer::orthogonal_rows ? "\"rows\"" : "\"columns\"");
    return json_of_class("keras.regularizers", "OrthogonalRegularizer", config.text());
}
inline std::string json_of(const axes& a) {
    return a.count == 0 ? "null" : a.count == 1 ? std::to_string(a.numbers[0]) : json_list(a.numbers, a.count);
}
inline std::string json_of(const constraint& c) {
    json_object config;
    const auto made = [&](std::string_view name) { return json_of_class("keras.constraints", name, config.text()); };
    switch (c.kind) {
        case constraint::none: return "null";
        case constraint::not_negative: return made("NonNeg");
        case constraint::norm_of_one: config.add("axis", json_of(c.axis)); return made("UnitNorm");
        case constraint::norm_at_most:
            config.add("max_value", json_number(c.most)).add("axis", json_of(c.axis));
            return made("MaxNorm");
        default:
            config.add("min_value", json_number(c.least)).add("max_value", json_number(c.most));
            config.add("rate", json_number(c.rate)).add("axis", json_of(c.axis));
            return made("MinMaxNorm");
    }
}
inline std::string json_of(const number_list& n) { return n.count == 0 ? "null" : json_list(n.numbers, n.count); }
template <int Space> std::string json_of(const ends_of_space<Space>& e) {
    std::string text;
    for (const ends& each : e.axes)
        text += (text.empty() ? "" : ", ") + json_list(std::array{each.before, each.after}, 2);
    return Space == 1 ? text : '[' + text + ']';
}
inline std::string json_of(padding p) {
    return p == padding::valid ? "\"valid\"" : p == padding::same ? "\"same\"" : "\"causal\"";
}
inline std::string json_of(data_format f) {
    return f == data_format::channels_first ? "\"channels_first\"" : "\"channels_last\"";
}
inline std::string json_of(interpolation i) { return i == interpolation::nearest ? "\"nearest\"" : "\"bilinear\""; }
inline std::string json_of(merge_modes m) {
    constexpr std::string_view names[]{"concat", "sum", "mul", "ave"};
    return io::json_text(names[static_cast<int>(m)]);
}
inline std::string json_of(score_modes m) { return m == score_modes::dot ? "\"dot\"" : "\"concat\""; }
inline std::string json_of(reduction r) {
    return r == reduction::sum_over_batch_size ? "\"sum_over_batch_size\"" : r == reduction::sum ? "\"sum\"" : "";
}
inline std::string json_of(const renorm_limits& r) {
    return std::isinf(r.rmax) && std::isinf(r.dmax) && r.rmin == 0 ? "null" : "";
}
/// What has not its own function here.
template <class T> std::string json_of(const T& v) {
    if constexpr (std::is_same_v<T, bool>) return v ? "true" : "false";
    else if constexpr (std::is_integral_v<T>) return v == T{no_class} ? "null" : std::to_string(v);
    else if constexpr (std::is_floating_point_v<T>) return json_number(v);
    else return "";
}
/// A number for each axis of space. 0 and -1 stand for none.
inline std::string json_of_axes(const per_axis& a, int space) {
    if (a.numbers[0] <= 0) return "null";
    return space == 1 ? std::to_string(a.numbers[0]) : json_list(a.numbers, space);
}

// ---------------------------------------------------------------- the options of a struct
/// How many axes of space a layer has: of "conv2d" 2.
inline int space_of(std::string_view kind) {
    const std::size_t digit = kind.find_first_of("123");
    return digit == std::string_view::npos ? 1 : kind[digit] - '0';
}
template <class T> inline constexpr bool is_no_option = std::is_same_v<T, parameter> || std::is_same_v<T, site>;
template <class T, std::size_t N> inline constexpr bool is_no_option<std::array<T, N>> = is_no_option<T>;
template <> inline constexpr bool is_no_option<attending::projection> = true;

/// Options that telar has as 0, or without a bound, where Keras has None.
template <class T> bool is_none(std::string_view name, const T& value) {
    if constexpr (std::is_same_v<T, int>)
        return value == 0 && (name == "value_dim" || name == "output_shape" || name == "sliding_window");
    else if constexpr (std::is_same_v<T, double>) return name == "max_value" && std::isinf(value);
    else return false;
}
/// Adds all of them; false, and which, where there is one that Keras does not have.
template <class T> bool add_options(const T& of, std::string_view kind, json_object& to, std::string& unknown) {
    bool all = true;
    members::apply(of, [&](const auto&... member) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto one = [&]<std::size_t Number>(const auto& each, std::index_sequence<Number>) {
                using each_type = std::remove_cvref_t<decltype(each)>;
                if constexpr (!is_no_option<each_type>) {
                    std::string_view name = members::name<T, Number>;
                    if (kind == "activation" && name == "function") name = "activation";
                    std::string json;
                    if constexpr (std::is_same_v<each_type, per_axis>) json = json_of_axes(each, space_of(kind));
                    else if constexpr (std::is_same_v<each_type, number_list>)
                        json = name == "axes" && each.count == 1 ? json_of(each[0]) : json_of(each);
                    else json = is_none(name, each) ? "null" : json_of(each);
                    if (!json.empty()) {
                        to.add(name, json);
                    } else if (all) {
                        all = false;
                        unknown = name;
                    }
                }
            };
            (one(member, std::index_sequence<I>{}), ...);
        }
        (std::index_sequence_for<decltype(member)...>{});
    });
    return all;
}

template <class T> inline constexpr bool is_object = false;
template <const auto& Object> inline constexpr bool is_object<from_object<Object>> = true;

/// The layers that are told where an nn::sequential hides them; others' types nobody knows any more.
using known_layers =
    core::type_list<sequential, dense, activation_layer, flatten, embedding, masking, conv1d, conv2d, conv3d,
                    depthwise_conv1d, depthwise_conv2d, separable_conv1d, separable_conv2d, conv1d_transpose,
                    conv2d_transpose, conv3d_transpose, max_pooling1d, max_pooling2d, max_pooling3d, average_pooling1d,
                    average_pooling2d, average_pooling3d, global_max_pooling, global_average_pooling, batch_norm,
                    layer_norm, group_norm, rms_norm, unit_normalization, dropout, spatial_dropout1d, spatial_dropout2d,
                    spatial_dropout3d, gaussian_noise, gaussian_dropout, alpha_dropout, activity_regularization,
                    simple_rnn, lstm, gru, bidirectional<simple_rnn>, bidirectional<lstm>, bidirectional<gru>, reshape,
                    permute, repeat_vector, zero_padding1d, zero_padding2d, zero_padding3d, cropping1d, cropping2d,
                    cropping3d, up_sampling1d, up_sampling2d, up_sampling3d, prelu, leaky_relu_layer, elu_layer,
                    relu_layer, softmax_layer, rescaling>;

/// A layer of a model: its options, or which of them Keras does not have.
struct told_layer {
    std::string options, unknown;
};

/// The layers of a model by path, each with its options.
class option_walk {
public:
    std::map<std::string, told_layer> layers;

    explicit option_walk(std::map<std::string, std::string> kinds) : kinds_(std::move(kinds)) {}

    template <class M> void visit(const M& m, const std::string& path) {
        if constexpr (is_no_option<M> || is_plain<M>) {
            return;
        } else if constexpr (is_chain<M>) {
            int number = 0;
            visit_chain(m, path, number);
        } else if constexpr (std::is_same_v<M, sequential>) {
            hidden_layers hidden(*this, path);
            m.visit(hidden);
        } else if constexpr (is_object<M>) {
            visit(m.layers, path);
        } else if constexpr (requires { m.here; }) {
            tell(m, path);
        } else if constexpr (requires { m.begin()->layer(); }) {
            for (std::size_t i = 0; i < m.size(); ++i) visit(m[i].layer(), below(path, std::to_string(i)));
        } else if constexpr (members::is_array<M>) {
            int i = 0;
            for (const auto& each : m) visit(each, below(path, std::to_string(i++)));
        } else if constexpr (members::Named<M> || (std::is_aggregate_v<M> && std::is_class_v<M>)) {
            members::apply(m, [&](const auto&... member) {
                [&]<std::size_t... I>(std::index_sequence<I...>) {
                    (visit(member, below(path, std::string(members::name<M, I>))), ...);
                }
                (std::index_sequence_for<decltype(member)...>{});
            });
        }
    }

private:
    struct hidden_layers final : layer_visitor {
        option_walk& walk;
        const std::string& path;

        hidden_layers(option_walk& w, const std::string& p) : walk(w), path(p) {}
        void layer(const void* at, const void* mark_of_type, int number) override {
            const std::string own = number < 0 ? path : below(path, std::to_string(number));
            [&]<class... Known>(core::type_list<Known...>) {
                const auto try_one = [&]<class L>(std::type_identity<L>) {
                    if (mark_of_type == &mark<L>) walk.visit(*static_cast<const L*>(at), own);
                };
                (try_one(std::type_identity<Known>{}), ...);
            }(known_layers{});
        }
    };

    static std::string below(const std::string& path, const std::string& name) {
        return path.empty() ? name : path + '.' + name;
    }
    template <class M> void visit_chain(const M& m, const std::string& path, int& number) {
        if constexpr (is_chain<M>) {
            visit_chain(m.first, path, number);
            visit(m.second, below(path, std::to_string(number++)));
        } else {
            visit(m, below(path, std::to_string(number++)));
        }
    }
    template <class L> void tell(const L& layer, const std::string& path) {
        const auto kind = kinds_.find(path);
        if (kind == kinds_.end()) return;  // never called
        told_layer t;
        json_object options;
        if constexpr (requires { layer.forward_layer, layer.backward_layer; }) {
            options.add("layer", nested(layer.forward_layer, below(path, "forward_layer"), t));
            options.add("backward_layer", nested(layer.backward_layer, below(path, "backward_layer"), t));
            options.add("merge_mode", json_of(layer.merge_mode));
        } else if constexpr (requires { layer.layer.here; }) {
            options.add("layer", nested(layer.layer, below(path, "layer"), t));
        } else if constexpr (std::is_aggregate_v<L>) {
            add_options(layer, kind->second, options, t.unknown);
        } else {
            t.unknown = "options";
        }
        t.options = options.text();
        layers[path] = std::move(t);
    }
    template <class L> std::string nested(const L& layer, const std::string& path, told_layer& of) {
        json_object options;
        const std::string& kind = kinds_[path];
        const std::string class_name = class_of_kind(kind);
        options.add("name", io::json_text(path.substr(path.rfind('.') + 1)));
        if constexpr (std::is_aggregate_v<L>) add_options(layer, kind, options, of.unknown);
        return json_of_class("keras.layers", class_name, options.text());
    }

    std::map<std::string, std::string> kinds_;
};

}  // namespace telar::inline TELAR_ABI::nn::keras
