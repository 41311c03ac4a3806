// SPDX-License-Identifier: BSL-1.0
// The layers, by Keras' names and defaults.
#pragma once
#include <telar/nn/layers/advanced_activations.hpp>
#include <telar/nn/layers/attention.hpp>
#include <telar/nn/layers/augmentation.hpp>
#include <telar/nn/layers/augmentation_choice.hpp>
#include <telar/nn/layers/augmentation_colour.hpp>
#include <telar/nn/layers/augmentation_contrast.hpp>
#include <telar/nn/layers/augmentation_geometry.hpp>
#include <telar/nn/layers/augmentation_mixing.hpp>
#include <telar/nn/layers/conv_lstm.hpp>
#include <telar/nn/layers/convolution.hpp>
#include <telar/nn/layers/core.hpp>
#include <telar/nn/layers/lookup.hpp>
#include <telar/nn/layers/merging.hpp>
#include <telar/nn/layers/noise.hpp>
#include <telar/nn/layers/normalization.hpp>
#include <telar/nn/layers/pooling.hpp>
#include <telar/nn/layers/preprocessing.hpp>
#include <telar/nn/layers/recurrent.hpp>
#include <telar/nn/layers/repeat.hpp>
#include <telar/nn/layers/reshaping.hpp>
#include <telar/nn/layers/rnn.hpp>
#include <telar/nn/layers/sequential.hpp>
#include <telar/nn/layers/spectral_normalization.hpp>
#include <telar/nn/layers/spectrogram.hpp>
#include <telar/nn/layers/wrappers.hpp>
