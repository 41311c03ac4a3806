// SPDX-License-Identifier: BSL-1.0
// Which layer of telar's each class of Keras' is.
#pragma once
#include <telar/nn/keras_model/layers.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

namespace running {

/// What a layer is that acts in training only.
class identity final : public any_layer {
public:
    explicit identity(const layer_source& from) { from.options.pass_over_all(); }
    void bind(bound_model&) override {}
    std::vector<symbol> call(const call_arguments& a) const override { return {with_named_mask(a.takes[0], a)}; }
};
/// The same of images, which become floats.
class unaltered final : public any_layer {
public:
    explicit unaltered(const layer_source& from) { from.options.pass_over_all(); }
    void bind(bound_model& to) override { bind_member(here_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        return {preprocessing::as_float(here_, a.takes[0])};
    }

private:
    site here_{};
};
class activation_of_layer final : public any_layer {
public:
    explicit activation_of_layer(const layer_source& from) {
        from.options.read(from.options.other("activation"), layer_.function);
    }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        return {with_mask_of(a.takes[0], layer_(a.takes[0]))};
    }

private:
    activation_layer layer_{};
};
/// LeakyReLU's slope is alpha in Keras 2.
class leaky final : public any_layer {
public:
    explicit leaky(const layer_source& from) {
        const json& alpha = from.options.other("alpha");
        if (!alpha.is(json::null)) from.options.read(alpha, layer_.negative_slope);
        from.options.read_into(layer_, from.kind);
    }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override { return {layer_(a.takes[0])}; }

private:
    leaky_relu_layer layer_{};
};

/// Numbers of an option: one, or a list, of any depth.
inline void add_numbers(const json& v, std::vector<double>& to, option_reader& options) {
    if (!v.is(json::list)) return options.read(v, to.emplace_back());
    for (const json& each : v.items) add_numbers(each, to, options);
}
/// Its mean and variance are weights, or options.
class normalized final : public any_layer {
public:
    explicit normalized(const layer_source& from) {
        from.options.read_into(layer_, from.kind);
        for (const auto& [name, to] : {std::pair("mean", &mean_), std::pair("variance", &variance_)})
            if (const json& v = from.options.other(name); !v.is(json::null)) add_numbers(v, *to, from.options);
    }
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override { return {layer_(a.takes[0])}; }
    const std::vector<double>& numbers_of(std::string_view parameter) const override {
        return parameter == "mean" ? mean_ : variance_;
    }

private:
    normalization layer_{};
    std::vector<double> mean_, variance_;
};
/// nn::rescaling, whose numbers may be one for each feature.
class rescaled final : public any_layer {
    struct each_feature {
        parameter scale{}, offset{};
        site here{};
    };

public:
    explicit rescaled(const layer_source& from) : at_(from.at) {
        add_numbers(from.options.other("scale"), scale_, from.options);
        add_numbers(from.options.other("offset"), offset_, from.options);
    }
    void bind(bound_model& to) override {
        if (is_one_for_all()) bind_member(layer_ = {scale_[0], offset_[0]}, to);
        else bind_member(features_, to);
    }
    std::vector<symbol> call(const call_arguments& a) const override {
        if (is_one_for_all()) return {layer_(a.takes[0])};
        const layer_call call(features_.here, a.takes[0], "rescaling");
        const symbol x = preprocessing::as_float(features_.here, a.takes[0]);
        const shape s(static_cast<extent_t>(std::max(scale_.size(), offset_.size())));
        return {x * features_.scale(x, s, ones, false) + features_.offset(x, s, zeros, false)};
    }
    const std::vector<double>& numbers_of(std::string_view parameter) const override {
        return parameter == "scale" ? scale_ : offset_;
    }

private:
    bool is_one_for_all() const { return scale_.size() == 1 && offset_.size() == 1; }

    const layer_place& at_;
    rescaling layer_{};
    each_feature features_{};
    std::vector<double> scale_, offset_;
};

}  // namespace running

// clang-format off
inline constexpr int any_number = 1 << 16;
inline constexpr layer_row layer_table[] = {
    // class                  telar's kind              made of                                                 operands    axes
    {"Dense",                 "dense",                  &made<running::one_operand<dense>>,                     1, 1,       2, 6},
    {"Activation",            "activation",             &made<running::activation_of_layer>,                    1, 1,       1, 6},
    {"Flatten",               "flatten",                &made<running::one_operand<flatten>>,                   1, 1,       1, 6},
    {"Embedding",             "embedding",              &made<running::one_operand<embedding>>,                 1, 1,       1, 5},
    {"Masking",               "masking",                &made<running::one_operand<masking>>,                   1, 1,       2, 6},
    {"Identity",              "identity",               &made<running::identity>,                               1, 1,       1, 6},

    {"Conv1D",                "conv1d",                 &made<running::one_operand<conv1d>>,                    1, 1,       3, 3},
    {"Conv2D",                "conv2d",                 &made<running::one_operand<conv2d>>,                    1, 1,       4, 4},
    {"Conv3D",                "conv3d",                 &made<running::one_operand<conv3d>>,                    1, 1,       5, 5},
    {"Conv1DTranspose",       "conv1d_transpose",       &made<running::one_operand<conv1d_transpose>>,          1, 1,       3, 3},
    {"Conv2DTranspose",       "conv2d_transpose",       &made<running::one_operand<conv2d_transpose>>,          1, 1,       4, 4},
    {"Conv3DTranspose",       "conv3d_transpose",       &made<running::one_operand<conv3d_transpose>>,          1, 1,       5, 5},
    {"DepthwiseConv1D",       "depthwise_conv1d",       &made<running::one_operand<depthwise_conv1d>>,          1, 1,       3, 3},
    {"DepthwiseConv2D",       "depthwise_conv2d",       &made<running::one_operand<depthwise_conv2d>>,          1, 1,       4, 4},
    {"SeparableConv1D",       "separable_conv1d",       &made<running::one_operand<separable_conv1d>>,          1, 1,       3, 3},
    {"SeparableConv2D",       "separable_conv2d",       &made<running::one_operand<separable_conv2d>>,          1, 1,       4, 4},

    {"MaxPooling1D",          "max_pooling1d",          &made<running::one_operand<max_pooling1d>>,             1, 1,       3, 3},
    {"MaxPooling2D",          "max_pooling2d",          &made<running::one_operand<max_pooling2d>>,             1, 1,       4, 4},
    {"MaxPooling3D",          "max_pooling3d",          &made<running::one_operand<max_pooling3d>>,             1, 1,       5, 5},
    {"AveragePooling1D",      "average_pooling1d",      &made<running::one_operand<average_pooling1d>>,         1, 1,       3, 3},
    {"AveragePooling2D",      "average_pooling2d",      &made<running::one_operand<average_pooling2d>>,         1, 1,       4, 4},
    {"AveragePooling3D",      "average_pooling3d",      &made<running::one_operand<average_pooling3d>>,         1, 1,       5, 5},
    {"GlobalMaxPooling1D",    "global_max_pooling",     &made<running::one_operand<global_max_pooling>>,        1, 1,       3, 3},
    {"GlobalMaxPooling2D",    "global_max_pooling",     &made<running::one_operand<global_max_pooling>>,        1, 1,       4, 4},
    {"GlobalMaxPooling3D",    "global_max_pooling",     &made<running::one_operand<global_max_pooling>>,        1, 1,       5, 5},
    {"GlobalAveragePooling1D","global_average_pooling", &made<running::one_operand<global_average_pooling>>,    1, 1,       3, 3},
    {"GlobalAveragePooling2D","global_average_pooling", &made<running::one_operand<global_average_pooling>>,    1, 1,       4, 4},
    {"GlobalAveragePooling3D","global_average_pooling", &made<running::one_operand<global_average_pooling>>,    1, 1,       5, 5},

    {"AdaptiveMaxPooling1D",  "adaptive_max_pooling1d", &made<running::one_operand<adaptive_max_pooling1d>>,    1, 1,       3, 3},
    {"AdaptiveMaxPooling2D",  "adaptive_max_pooling2d", &made<running::one_operand<adaptive_max_pooling2d>>,    1, 1,       4, 4},
    {"AdaptiveMaxPooling3D",  "adaptive_max_pooling3d", &made<running::one_operand<adaptive_max_pooling3d>>,    1, 1,       5, 5},
    {"AdaptiveAveragePooling1D","adaptive_average_pooling1d",&made<running::one_operand<adaptive_average_pooling1d>>,1, 1, 3, 3},
    {"AdaptiveAveragePooling2D","adaptive_average_pooling2d",&made<running::one_operand<adaptive_average_pooling2d>>,1, 1, 4, 4},
    {"AdaptiveAveragePooling3D","adaptive_average_pooling3d",&made<running::one_operand<adaptive_average_pooling3d>>,1, 1, 5, 5},

    {"BatchNormalization",    "batch_norm",             &made<running::one_operand<batch_norm>>,                1, 1,       2, 6},
    {"LayerNormalization",    "layer_norm",             &made<running::one_operand<layer_norm>>,                1, 1,       2, 6},
    {"GroupNormalization",    "group_norm",             &made<running::one_operand<group_norm>>,                1, 1,       2, 5},
    {"RMSNormalization",      "rms_norm",               &made<running::one_operand<rms_norm>>,                  1, 1,       2, 6},
    {"UnitNormalization",     "unit_normalization",     &made<running::one_operand<unit_normalization>>,        1, 1,       2, 6},
    {"Normalization",         "normalization",          &made<running::normalized>,             1, 1,       1, 6},
    {"Rescaling",             "rescaling",              &made<running::rescaled>,                 1, 1,       1, 6},

    {"Dropout",               "dropout",                &made<running::identity>,                               1, 1,       1, 6},
    {"SpatialDropout1D",      "spatial_dropout1d",      &made<running::identity>,                               1, 1,       3, 3},
    {"SpatialDropout2D",      "spatial_dropout2d",      &made<running::identity>,                               1, 1,       4, 4},
    {"SpatialDropout3D",      "spatial_dropout3d",      &made<running::identity>,                               1, 1,       5, 5},
    {"GaussianNoise",         "gaussian_noise",         &made<running::identity>,                               1, 1,       1, 6},
    {"GaussianDropout",       "gaussian_dropout",       &made<running::identity>,                               1, 1,       1, 6},
    {"AlphaDropout",          "alpha_dropout",          &made<running::identity>,                               1, 1,       1, 6},
    {"ActivityRegularization","activity_regularization",&made<running::identity>,                               1, 1,       1, 6},

    {"Resizing",              "resizing",               &made<running::one_operand<resizing>>,                  1, 1,       4, 4},
    {"CenterCrop",            "center_crop",            &made<running::one_operand<center_crop>>,               1, 1,       4, 4},
    {"RandomFlip",            "random_flip",            &made<running::unaltered>,                              1, 1,       4, 4},
    {"RandomRotation",        "random_rotation",        &made<running::unaltered>,                              1, 1,       4, 4},
    {"RandomZoom",            "random_zoom",            &made<running::unaltered>,                              1, 1,       4, 4},
    {"RandomTranslation",     "random_translation",     &made<running::unaltered>,                              1, 1,       4, 4},
    {"RandomContrast",        "random_contrast",        &made<running::unaltered>,                              1, 1,       4, 4},
    {"RandomBrightness",      "random_brightness",      &made<running::unaltered>,                              1, 1,       4, 4},

    {"SimpleRNN",             "simple_rnn",             &made<running::recurrent_layer<simple_rnn>>,            1, 2,       3, 3},
    {"LSTM",                  "lstm",                   &made<running::recurrent_layer<lstm>>,                  1, 3,       3, 3},
    {"GRU",                   "gru",                    &made<running::recurrent_layer<gru>>,                   1, 2,       3, 3},
    {"ConvLSTM1D",            "conv_lstm1d",            &made<running::recurrent_convolution<conv_lstm1d>>,     1, 3,       4, 4},
    {"ConvLSTM2D",            "conv_lstm2d",            &made<running::recurrent_convolution<conv_lstm2d>>,     1, 3,       5, 5},
    {"ConvLSTM3D",            "conv_lstm3d",            &made<running::recurrent_convolution<conv_lstm3d>>,     1, 3,       6, 6},

    {"Reshape",               "reshape",                &made<running::one_operand<reshape>>,                   1, 1,       1, 6},
    {"Permute",               "permute",                &made<running::one_operand<permute>>,                   1, 1,       2, 6},
    {"RepeatVector",          "repeat_vector",          &made<running::one_operand<repeat_vector>>,             1, 1,       2, 2},
    {"ZeroPadding1D",         "zero_padding1d",         &made<running::one_operand<zero_padding1d>>,            1, 1,       3, 3},
    {"ZeroPadding2D",         "zero_padding2d",         &made<running::one_operand<zero_padding2d>>,            1, 1,       4, 4},
    {"ZeroPadding3D",         "zero_padding3d",         &made<running::one_operand<zero_padding3d>>,            1, 1,       5, 5},
    {"Cropping1D",            "cropping1d",             &made<running::one_operand<cropping1d>>,                1, 1,       3, 3},
    {"Cropping2D",            "cropping2d",             &made<running::one_operand<cropping2d>>,                1, 1,       4, 4},
    {"Cropping3D",            "cropping3d",             &made<running::one_operand<cropping3d>>,                1, 1,       5, 5},
    {"UpSampling1D",          "up_sampling1d",          &made<running::one_operand<up_sampling1d>>,             1, 1,       3, 3},
    {"UpSampling2D",          "up_sampling2d",          &made<running::one_operand<up_sampling2d>>,             1, 1,       4, 4},
    {"UpSampling3D",          "up_sampling3d",          &made<running::one_operand<up_sampling3d>>,             1, 1,       5, 5},

    {"PReLU",                 "prelu",                  &made<running::one_operand<prelu>>,                     1, 1,       2, 6},
    {"LeakyReLU",             "leaky_relu",             &made<running::leaky>,                                  1, 1,       1, 6},
    {"ELU",                   "elu",                    &made<running::one_operand<elu_layer>>,                 1, 1,       1, 6},
    {"ReLU",                  "relu",                   &made<running::one_operand<relu_layer>>,                1, 1,       1, 6},
    {"Softmax",               "softmax",                &made<running::one_operand<softmax_layer>>,             1, 1,       1, 6},

    {"Add",                   "add",                    &made<running::merged<merging::kinds::add>>,            2, any_number, 1, 6},
    {"Subtract",              "subtract",               &made<running::merged<merging::kinds::subtract>>,       2, 2,       1, 6},
    {"Multiply",              "multiply",               &made<running::merged<merging::kinds::multiply>>,       2, any_number, 1, 6},
    {"Average",               "average",                &made<running::merged<merging::kinds::average>>,        2, any_number, 1, 6},
    {"Maximum",               "maximum",                &made<running::merged<merging::kinds::maximum>>,        2, any_number, 1, 6},
    {"Minimum",               "minimum",                &made<running::merged<merging::kinds::minimum>>,        2, any_number, 1, 6},
    {"Concatenate",           "concatenate",            &made<running::concatenated>,                           1, any_number, 1, 6},
    {"Dot",                   "dot",                    &made<running::multiplied>,                             2, 2,       2, 6},

    {"MultiHeadAttention",    "multi_head_attention",   &made<running::heads<multi_head_attention>>,            1, 3,       3, 5},
    {"GroupedQueryAttention", "group_query_attention",  &made<running::heads<group_query_attention>>,           1, 3,       3, 3},
    {"GroupQueryAttention",   "group_query_attention",  &made<running::heads<group_query_attention>>,           1, 3,       3, 3},
    {"Attention",             "attention",              &made<running::one_head<attention>>,                    1, 3,       3, 3},
    {"AdditiveAttention",     "additive_attention",     &made<running::one_head<additive_attention>>,           1, 3,       3, 3},
};
// clang-format on

inline const layer_row* find_layer(std::string_view class_name) {
    for (const layer_row& row : layer_table)
        if (row.class_name == class_name) return &row;
    return nullptr;
}

}  // namespace telar::inline TELAR_ABI::nn::keras
