// SPDX-License-Identifier: BSL-1.0
// What fit returns: the loss and the metrics of every epoch.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/text_table.hpp>

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// The numbers of one epoch by their names: logs["val_loss"].
class epoch_logs {
public:
    void set(std::string_view name, double value) {
        for (auto& [known, held] : values_)
            if (known == name) {
                held = value;
                return;
            }
        values_.emplace_back(name, value);
    }
    bool has(std::string_view name) const { return find(name) != nullptr; }
    /// errors    invalid_argument: there is no such number, of those that there are
    double operator[](std::string_view name) const {
        if (const double* value = find(name)) return *value;
        std::string text = "\"" + std::string(name) + "\" is none of";
        for (const auto& [known, value] : values_) text += " " + known;
        fail<invalid_argument>(text);
    }
    const std::vector<std::pair<std::string, double>>& all() const { return values_; }

private:
    const double* find(std::string_view name) const {
        for (const auto& [known, value] : values_)
            if (known == name) return &value;
        return nullptr;
    }
    std::vector<std::pair<std::string, double>> values_;
};

/// One column for each number, one line for each epoch: history["val_accuracy"].back().
///
/// test      tests/nn/trainer_test.cpp
class history {
public:
    void add(int epoch, const epoch_logs& logs) {
        epochs_.push_back(epoch);
        for (const auto& [name, value] : logs.all()) column(name).push_back(value);
    }
    /// errors    invalid_argument: there is no such number
    const std::vector<double>& operator[](std::string_view name) const {
        for (const auto& [known, values] : columns_)
            if (known == name) return values;
        std::string text = "history: \"" + std::string(name) + "\" is none of";
        for (const auto& [known, values] : columns_) text += " " + known;
        fail<invalid_argument>(text);
    }
    std::size_t size() const { return epochs_.size(); }
    const std::vector<int>& epochs() const { return epochs_; }
    const auto& columns() const { return columns_; }

    friend std::ostream& operator<<(std::ostream& out, const history& h) {
        std::vector<core::text_table::column> headings{{"epoch"}};
        for (const auto& [name, values] : h.columns_) headings.push_back({name});
        core::text_table table(headings);
        for (std::size_t i = 0; i < h.size(); ++i) {
            std::vector<std::string> line{std::to_string(h.epochs_[i] + 1)};
            for (const auto& [name, values] : h.columns_)
                line.push_back(i < values.size() ? core::decimal_text(values[i], 4) : "");
            table.add(std::move(line));
        }
        return out << table.text();
    }

private:
    std::vector<double>& column(const std::string& name) {
        for (auto& [known, values] : columns_)
            if (known == name) return values;
        return columns_.emplace_back(name, std::vector<double>(epochs_.size() - 1)).second;
    }
    std::vector<int> epochs_;
    std::vector<std::pair<std::string, std::vector<double>>> columns_;
};

}  // namespace telar::inline TELAR_ABI::nn
