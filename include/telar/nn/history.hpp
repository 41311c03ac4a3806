// SPDX-License-Identifier: BSL-1.0
// What fit returns: the loss and the metrics of every epoch.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/text_table.hpp>
#include <telar/io/json_text.hpp>
#include <telar/io/output_file.hpp>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// The shortest text that is read as the same number, with a sign that it is no integer: 1.0, 0.1, 1e-05, nan.
inline std::string number_text(double value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    std::string s(text, end);
    return s.find_first_of(".eni") == std::string::npos ? s + ".0" : s;
}

/// The same as JSON, which has no word for what is not finite: null.
inline std::string json_number(double value) { return std::isfinite(value) ? number_text(value) : "null"; }

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

    /// There is validation data, but this epoch was not validated: its numbers are missing by intention.
    bool skips_validation = false;
    bool skips(std::string_view name) const { return skips_validation && name.starts_with("val_") && !has(name); }

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
/// edge      a number that an epoch does not have, as where validation_freq passes it over, is NaN
/// test      tests/nn/trainer_test.cpp
class history {
public:
    /// Whether Ctrl-C ended the last epoch, before its end.
    bool interrupted = false;

    void add(int epoch, const epoch_logs& logs) {
        epochs_.push_back(epoch);
        for (auto& [known, values] : columns_) values.push_back(missing);
        for (const auto& [name, value] : logs.all()) column(name).back() = value;
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
                line.push_back(std::isnan(values[i]) ? "" : core::decimal_text(values[i], 4));
            table.add(std::move(line));
        }
        out << table.text();
        if (h.interrupted) out << "interrupted in epoch " << h.epochs_.back() + 1 << '\n';
        return out;
    }

    /// epoch,loss,val_loss,... with a line for each epoch, counted from 0 as Keras' CSVLogger does.
    ///
    /// errors    file_error
    void write_csv(const std::filesystem::path& path) const {
        std::string text = "epoch";
        for (const auto& [name, values] : columns_) text += ',' + name;
        for (std::size_t i = 0; i < size(); ++i) {
            text += '\n' + std::to_string(epochs_[i]);
            for (const auto& [name, values] : columns_) text += ',' + number_text(values[i]);
        }
        write_file(path, text + '\n');
    }
    /// {"epoch":[0,1],"loss":[0.5,0.25]}; what is not finite is null.
    ///
    /// errors    file_error
    void write_json(const std::filesystem::path& path) const {
        std::string text;
        const auto add_column = [&](std::string_view name, auto text_of) {
            text += (text.empty() ? "{" : ",") + io::json_text(name) + ":[";
            for (std::size_t i = 0; i < size(); ++i) text += (i ? "," : "") + text_of(i);
            text += ']';
        };
        add_column("epoch", [&](std::size_t i) { return std::to_string(epochs_[i]); });
        for (const auto& [name, values] : columns_)
            add_column(name, [&values = values](std::size_t i) { return json_number(values[i]); });
        write_file(path, text + "}\n");
    }

private:
    static constexpr double missing = std::numeric_limits<double>::quiet_NaN();
    std::vector<double>& column(const std::string& name) {
        for (auto& [known, values] : columns_)
            if (known == name) return values;
        return columns_.emplace_back(name, std::vector<double>(epochs_.size(), missing)).second;
    }
    std::vector<int> epochs_;
    std::vector<std::pair<std::string, std::vector<double>>> columns_;
};

}  // namespace telar::inline TELAR_ABI::nn
