// SPDX-License-Identifier: BSL-1.0
// Metrics by Keras' names. A metric is sums over a batch, which are part of the step, and a result of the sums of an
// epoch: so it is exact over an epoch, whatever the size of its batches. One of your own is a struct with `name` and
//
// * operator()(y_true, y_pred), a number for each sample or place: their mean is the metric. So is every loss one; or
// * sums(y_true, y_pred, weights), a value of any shape or an array of them; `states`, how many numbers these are, a
//   constant or a function of the type of y_pred; and result(std::span<const double> sums).
#pragma once
#include <telar/nn/metrics/common.hpp>
#include <telar/nn/metrics/confusion.hpp>
#include <telar/nn/metrics/curve.hpp>
#include <telar/nn/metrics/mean.hpp>
#include <telar/nn/metrics/overlap.hpp>
#include <telar/nn/metrics/regression.hpp>
