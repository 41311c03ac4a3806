// SPDX-License-Identifier: BSL-1.0
// Lab 3. An LSTM and a GRU forecast two series: carbon dioxide in the air 13 weeks ahead, and the load of a power
// transformer one hour ahead. Both are better than "as now", and better than a linear model of the same 24 values.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <numbers>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

constexpr extent_t past = 24, features = 3;
using windows = tensor<float, dyn, past, features>;

inline constexpr auto linear = nn::flatten{} | nn::dense{1};
inline constexpr auto by_lstm = nn::lstm{32} | nn::dense{1};
inline constexpr auto by_gru = nn::gru{32} | nn::dense{1};

struct part {
    windows x;             // the value and the time of day or year (sine, cosine) of 24 times
    tensor<float, dyn> y;  // the change from the last of them to the time that is forecast
};
/// A series, how far ahead it is forecast, and how it is cut.
struct series {
    std::vector<double> values;
    double period;      // of what repeats, in steps
    extent_t ahead;     // steps
    extent_t training;  // values to learn from; those behind them are the test
    bool is_relative;   // a window holds differences from its last value: for a series that rises
    double deviation = 0;
    part train{}, test{};

    /// Scales by the mean and the deviation of the training part alone: the test is the future.
    void cut() {
        double mean = 0;
        const auto n = static_cast<double>(training);
        for (extent_t t = 0; t < training; ++t) mean += value(t) / n;
        for (extent_t t = 0; t < training; ++t) deviation += std::pow(value(t) - mean, 2) / n;
        deviation = std::sqrt(deviation);
        train = part_of(past + ahead - 1, training, mean);
        test = part_of(training, static_cast<extent_t>(values.size()), mean);
    }
    double value(extent_t t) const { return values[static_cast<std::size_t>(t)]; }

private:
    /// Forecasts of the times begin .. end - 1.
    part part_of(extent_t begin, extent_t end, double mean) const {
        part p{windows(shape(end - begin, past, features)), tensor<float, dyn>(shape(end - begin))};
        for (extent_t n = 0; n < end - begin; ++n) {
            const extent_t last = begin + n - ahead;
            for (extent_t k = 0; k < past; ++k) {
                const extent_t t = last - past + 1 + k;
                const double angle = 2 * std::numbers::pi * std::fmod(static_cast<double>(t), period) / period;
                p.x(n, k, 0) = scaled(value(t) - (is_relative ? value(last) : mean));
                p.x(n, k, 1) = static_cast<float>(std::sin(angle));
                p.x(n, k, 2) = static_cast<float>(std::cos(angle));
            }
            p.y(n) = scaled(value(begin + n) - value(last));
        }
        return p;
    }
    float scaled(double v) const { return static_cast<float>(v / deviation); }
};
/// The second column; what is missing lies on the line between its neighbours.
std::vector<double> read_with_gaps(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::vector<double> values;
    std::size_t known = 0;  // the last that is
    std::string line;
    for (std::getline(in, line); std::getline(in, line);) {
        const std::string text = line.substr(line.find(',') + 1);
        values.push_back(text.empty() ? 0 : std::stod(text));
        if (text.empty()) continue;
        const std::size_t now = values.size() - 1;
        for (std::size_t t = known + 1; t < now; ++t)
            values[t] = values[known] + (values[now] - values[known]) * double(t - known) / double(now - known);
        known = now;
    }
    return values;
}

struct forecast {
    std::vector<double> values;  // of the times of the test
    double error = 0;            // mean absolute error
};
forecast compared(const std::string& name, const series& s, const auto& changes) {
    forecast f;
    for (std::size_t n = 0; n < s.test.y.size(); ++n) {
        const extent_t now = s.training + static_cast<extent_t>(n);
        f.values.push_back(s.value(now - s.ahead) + s.deviation * changes.data()[n]);
        f.error += std::abs(f.values[n] - s.value(now)) / static_cast<double>(s.test.y.size());
    }
    std::cout << name << ": mean absolute error " << f.error << '\n';
    return f;
}

/// The same loss, optimiser and epochs for every model.
template <const auto& Net> forecast learn(const std::string& name, const series& s, int epochs) {
    nn::model_of<Net, windows> net(1);
    auto trainer = nn::compile<nn::mean_absolute_error{}>(net, adam{.learning_rate = 3e-3});
    nn::learning_rate_scheduler cosine{[=](int epoch, double) {  // from 0.003 to 0
        return 0.0015 * (1 + std::cos(std::numbers::pi * epoch / epochs));
    }};
    trainer.fit(s.train, {.epochs = epochs, .batch_size = 64, .verbose = 0}, cosine);
    return compared(name, s, net(s.test.x));
}

struct forecasts {
    forecast naive, line, lstm, gru;
};
forecasts all_of(const series& s, int epochs) {
    return {compared("as now", s, zeros<float, dyn>(s.test.y.extents())), learn<linear>("linear", s, epochs),
            learn<by_lstm>("LSTM", s, epochs), learn<by_gru>("GRU", s, epochs)};
}
void draw(const char* file, const series& s, const forecasts& f, std::size_t shown, const chart_options& how) {
    const auto first = [&](auto begin) { return std::vector<double>(begin, begin + std::ptrdiff_t(shown)); };
    save_line_chart(lab::picture(file),
                    {{"measured", first(s.values.begin() + s.training)},
                     {"as now", first(f.naive.values.begin())},
                     {"LSTM", first(f.lstm.values.begin())}},
                    how);
}

int main(int count, char** words) {
    const int epochs = count > 1 ? std::stoi(words[1]) : 20;
    std::cout << "carbon dioxide, 13 weeks ahead\n";
    series air{read_with_gaps("examples/data/co2.csv"), 365.25 / 7, 13, 1784, true};
    air.cut();
    const forecasts of_air = all_of(air, 3 * epochs);
    draw("03_air.svg", air, of_air, 4 * 52,
         {.title = "Carbon dioxide at Mauna Loa, forecast 13 weeks ahead",
          .x_label = "week of the test",
          .y_label = "ppm"});

    std::cout << "load, an hour ahead\n";
    const auto file = lab::data("timeseries/ETTh1.csv");
    if (!std::filesystem::exists(file)) return lab::skip(file);
    const auto table = read_csv<double>(file, {.skip_columns = 1, .has_header = true});
    series load{{}, 24, 1, 12000, false};
    for (extent_t t = 0; t < table.extent(0); ++t) load.values.push_back(table(t, 0));
    load.cut();
    const forecasts of_load = all_of(load, epochs);
    draw("03_forecast.svg", load, of_load, 4 * 24,
         {.title = "Load of a transformer, forecast one hour ahead", .x_label = "hour of the test", .y_label = "load"});

    const auto is_learnt = [](const forecasts& f, double of_naive, double of_line) {
        return f.line.error < of_naive * f.naive.error && f.lstm.error < of_line * f.line.error &&
               f.gru.error < of_line * f.line.error;
    };
    return is_learnt(of_air, 0.5, 0.9) && is_learnt(of_load, 1, 0.95) ? 0 : 1;
}

// prints:
// carbon dioxide, 13 weeks ahead
// as now: mean absolute error 2.9364
// /linear: mean absolute error 0[.][56][0-9]*/
// /LSTM: mean absolute error 0[.][45][0-9]*/
// /GRU: mean absolute error 0[.][45][0-9]*/
// load, an hour ahead
// as now: mean absolute error 2.36762
// /linear: mean absolute error 1[.]8[0-9]*/
// /LSTM: mean absolute error 1[.][567][0-9]*/
// /GRU: mean absolute error 1[.][567][0-9]*/
