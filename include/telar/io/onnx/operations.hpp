// SPDX-License-Identifier: BSL-1.0
// The table from ONNX's operations to telar's functions.
#pragma once
#include <telar/io/onnx/attention.hpp>
#include <telar/io/onnx/elementwise.hpp>
#include <telar/io/onnx/indexing.hpp>
#include <telar/io/onnx/movements.hpp>
#include <telar/io/onnx/normalisation.hpp>
#include <telar/io/onnx/order.hpp>
#include <telar/io/onnx/quantisation.hpp>
#include <telar/io/onnx/recurrent.hpp>
#include <telar/io/onnx/reductions.hpp>
#include <telar/io/onnx/resize.hpp>
#include <telar/io/onnx/signals.hpp>
#include <telar/io/onnx/training.hpp>
#include <telar/io/onnx/windows.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

inline const operation* find_operation(const std::string& name) {
    static const std::map<std::string, const operation*> table = [] {
        std::map<std::string, const operation*> t;
        const auto add = [&](const auto& rows) {
            for (const operation& row : rows) t.emplace(row.name, &row);
        };
        add(attention_operations);
        add(elementwise_operations);
        add(indexing_operations);
        add(movement_operations);
        add(normalisation_operations);
        add(order_operations);
        add(quantisation_operations);
        add(recurrent_operations);
        add(reduction_operations);
        add(resize_operations);
        add(signal_operations);
        add(training_operations);
        add(window_operations);
        return t;
    }();
    const auto found = table.find(name);
    return found == table.end() ? nullptr : found->second;
}

}  // namespace telar::inline TELAR_ABI::io::onnx
