// SPDX-License-Identifier: BSL-1.0
// Losses by Keras' names, as values that nn::compile takes: nn::compile<nn::mean_squared_error{}>(net, adam{}). A loss
// of your own is a struct with `name`, operator()(y_true, y_pred), which gives a number for each sample (or for each
// place of a sample), and target_of(type of y_pred). It may have a `reduction`, and counts(y_true, each), a bool for
// each number: whether it counts.
#pragma once
#include <telar/nn/losses/classification.hpp>
#include <telar/nn/losses/common.hpp>
#include <telar/nn/losses/overlap.hpp>
#include <telar/nn/losses/regression.hpp>
#include <telar/nn/losses/sequence.hpp>
