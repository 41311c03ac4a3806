// SPDX-License-Identifier: BSL-1.0
// The table from ONNX's operations to telar's functions, compiled once for the tests of this folder.
#include "attention.hpp"
#include "elementwise.hpp"
#include "indexing.hpp"
#include "movements.hpp"
#include "normalisation.hpp"
#include "order.hpp"
#include "quantisation.hpp"
#include "recurrent.hpp"
#include "reductions.hpp"
#include "resize.hpp"
#include "signals.hpp"
#include "training.hpp"
#include "windows.hpp"

namespace onnx {

const operation* find_operation(const std::string& name) {
    static const std::map<std::string, const operation*> table = [] {
        std::map<std::string, const operation*> t;
        const auto add = [&](const auto& rows) {
            for (const operation& row : rows) REQUIRE(t.emplace(row.name, &row).second);
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

}  // namespace onnx
