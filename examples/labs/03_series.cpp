// SPDX-License-Identifier: BSL-1.0
// Lab 3. An LSTM and a GRU forecast the load of a power transformer one hour ahead: better than "as now", and better
// than a linear model of the same 24 hours.
#include <cmath>
#include <iostream>
#include <numbers>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

constexpr extent_t past = 24, features = 3, hours_of_training = 12000;
using windows = tensor<float, dyn, past, features>;

inline constexpr auto linear = nn::flatten{} | nn::dense{1};
inline constexpr auto by_lstm = nn::lstm{32} | nn::dense{1};
inline constexpr auto by_gru = nn::gru{32} | nn::dense{1};

struct part {
    windows x;             // the load and the time of day (sine, cosine) of 24 hours
    tensor<float, dyn> y;  // the change of the load in the hour behind them
};
struct series {
    part train, test;
    std::vector<double> load;  // of every hour
    double mean = 0, deviation = 0;
};

/// Scales by the mean and the deviation of the training hours alone: the test hours are the future.
series read_series(const std::filesystem::path& path) {
    const auto table = read_csv<double>(path, {.skip_columns = 1, .has_header = true});
    const extent_t hours = table.extent(0);
    series s;
    for (extent_t t = 0; t < hours; ++t) s.load.push_back(table(t, 0));
    for (extent_t t = 0; t < hours_of_training; ++t) s.mean += s.load[std::size_t(t)] / hours_of_training;
    for (extent_t t = 0; t < hours_of_training; ++t)
        s.deviation += std::pow(s.load[std::size_t(t)] - s.mean, 2) / hours_of_training;
    s.deviation = std::sqrt(s.deviation);

    const auto scaled = [&](extent_t t) { return static_cast<float>((s.load[std::size_t(t)] - s.mean) / s.deviation); };
    const auto cut = [&](extent_t begin, extent_t end) {  // forecasts of the hours begin .. end - 1
        part p{windows(shape(end - begin, past, features)), tensor<float, dyn>(shape(end - begin))};
        for (extent_t n = 0; n < end - begin; ++n) {
            for (extent_t k = 0; k < past; ++k) {
                const extent_t t = begin + n - past + k;
                const double angle = 2 * std::numbers::pi * static_cast<double>(t % 24) / 24;
                p.x(n, k, 0) = scaled(t);
                p.x(n, k, 1) = static_cast<float>(std::sin(angle));
                p.x(n, k, 2) = static_cast<float>(std::cos(angle));
            }
            p.y(n) = scaled(begin + n) - scaled(begin + n - 1);
        }
        return p;
    };
    s.train = cut(past, hours_of_training);
    s.test = cut(hours_of_training, hours);
    return s;
}

struct forecast {
    std::vector<double> load;  // of the hours of the test
    double error = 0;          // mean absolute error
};
forecast compared(const std::string& name, const series& s, const auto& changes) {
    forecast f;
    for (std::size_t n = 0; n < s.test.y.size(); ++n) {
        const std::size_t now = std::size_t(hours_of_training) + n;
        f.load.push_back(s.load[now - 1] + s.deviation * changes.data()[n]);
        f.error += std::abs(f.load[n] - s.load[now]) / static_cast<double>(s.test.y.size());
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

int main(int count, char** words) {
    const int epochs = count > 1 ? std::stoi(words[1]) : 20;
    const auto file = lab::data("timeseries/ETTh1.csv");
    if (!std::filesystem::exists(file)) return lab::skip(file);
    const series s = read_series(file);

    const forecast naive = compared("as now", s, zeros<float, dyn>(s.test.y.extents()));
    const forecast line = learn<linear>("linear", s, epochs);
    const forecast lstm = learn<by_lstm>("LSTM", s, epochs);
    const forecast gru = learn<by_gru>("GRU", s, epochs);

    const std::size_t shown = 4 * 24;
    const auto first = [&](auto begin) { return std::vector<double>(begin, begin + std::ptrdiff_t(shown)); };
    save_line_chart(
        lab::picture("03_forecast.svg"),
        {{"measured", first(s.load.begin() + hours_of_training)},
         {"as now", first(naive.load.begin())},
         {"LSTM", first(lstm.load.begin())}},
        {.title = "Load of a transformer, forecast one hour ahead", .x_label = "hour of the test", .y_label = "load"});
    return lstm.error < 0.95 * line.error && gru.error < 0.95 * line.error && line.error < naive.error ? 0 : 1;
}

// prints:
// as now: mean absolute error 2.36762
// /linear: mean absolute error 1[.]8[0-9]*/
// /LSTM: mean absolute error 1[.][567][0-9]*/
// /GRU: mean absolute error 1[.][567][0-9]*/
