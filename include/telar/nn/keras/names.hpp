// SPDX-License-Identifier: BSL-1.0
// What Keras calls telar's layers: their classes, and these in the paths of its files.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::nn::keras {

/// telar's kind of a layer, and Keras' class where it is called otherwise than in the general rule of class_of_kind.
struct class_row {
    std::string_view kind, class_name;
};
// clang-format off
inline constexpr class_row classes[] = {
    {"batch_norm",             "BatchNormalization"},
    {"layer_norm",             "LayerNormalization"},
    {"group_norm",             "GroupNormalization"},
    {"rms_norm",               "RMSNormalization"},
    {"group_query_attention",  "GroupedQueryAttention"},
    {"prelu",                  "PReLU"},
    {"relu",                   "ReLU"},
    {"leaky_relu",             "LeakyReLU"},
    {"elu",                    "ELU"},
    {"simple_rnn",             "SimpleRNN"},
    {"lstm",                   "LSTM"},
    {"gru",                    "GRU"},
    {"rnn",                    "RNN"},
    {"conv_lstm1d",            "ConvLSTM1D"},
    {"conv_lstm2d",            "ConvLSTM2D"},
    {"conv_lstm3d",            "ConvLSTM3D"},
    {"stft_spectrogram",       "STFTSpectrogram"},
};
// clang-format on

/// "separable_conv2d" is SeparableConv2D.
inline std::string class_of_kind(std::string_view kind) {
    for (const class_row& row : classes)
        if (row.kind == kind) return std::string(row.class_name);
    std::string name;
    bool begins = true;
    for (const char c : kind) {
        const bool is_letter = c >= 'a' && c <= 'z';
        if (c != '_') name += begins && is_letter ? static_cast<char>(c - 'a' + 'A') : c;
        begins = c == '_' || !is_letter;
    }
    return name;
}
/// How Keras names layers of a class in files: BatchNormalization is batch_normalization, Conv2D is conv2d.
///
/// source    keras/src/utils/naming.py, to_snake_case
inline std::string snake_case(std::string_view name) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool begins_word = i + 1 < name.size() && is_upper(name[i]) && is_lower(name[i + 1]);
        const bool follows_lower = i > 0 && is_upper(name[i]) && is_lower(name[i - 1]);
        if (i > 0 && (begins_word || follows_lower)) out += '_';
        out += is_upper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
    }
    return out;
}

}  // namespace telar::inline TELAR_ABI::nn::keras
