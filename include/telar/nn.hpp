// SPDX-License-Identifier: BSL-1.0
// nn: layers and models on top of expressions and functions.
#pragma once
#include <telar/nn/activations.hpp>
#include <telar/nn/callbacks.hpp>
#include <telar/nn/constraint.hpp>
#include <telar/nn/fit_options.hpp>
#include <telar/nn/history.hpp>
#include <telar/nn/initializer.hpp>
#include <telar/nn/layers.hpp>
#include <telar/nn/losses.hpp>
#include <telar/nn/mask.hpp>
#include <telar/nn/metrics.hpp>
#include <telar/nn/mode.hpp>
#include <telar/nn/model.hpp>
#include <telar/nn/plot_model.hpp>
#include <telar/nn/regularizer.hpp>
#include <telar/nn/summary.hpp>
#include <telar/nn/trainer.hpp>
#include <telar/nn/views.hpp>
