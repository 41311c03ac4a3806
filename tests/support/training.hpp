// SPDX-License-Identifier: BSL-1.0
// What tests of trainings share: a line, a net with dropout and its samples, a training that breaks off.
#pragma once
#include <telar/nn/trainer.hpp>

#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace support {

struct line {
    telar::nn::dense out{1};
    constexpr telar::symbol operator()(telar::symbol x) const { return out(x); }
};
using line_model = telar::nn::model<line, telar::tensor<float, telar::dyn, 1>>;
inline const telar::tensor<float, 5, 1> xs{{0}, {1}, {2}, {3}, {4}};

struct dropping {
    telar::nn::dense hidden{8, telar::nn::tanh};
    telar::nn::dropout drop{0.3};
    telar::nn::dense out{1};
    constexpr telar::symbol operator()(telar::symbol x) const { return out(drop(hidden(x))); }
};
using dropping_model = telar::nn::model<dropping, telar::tensor<float, telar::dyn, 2>>;

/// Six batches of 4, of which the last has one sample.
struct products {
    telar::tensor<float, 21, 2> x;
    telar::tensor<float, 21> y;
    products() {
        telar::generator random(5);
        for (float& v : x) v = static_cast<float>(random.normal());
        for (int i = 0; i < 21; ++i) y(i) = x(i, 0) * x(i, 1);
    }
};
inline telar::nn::fit_options options(int epochs, int from = 0) {
    return {.epochs = epochs, .batch_size = 4, .seed = 3, .initial_epoch = from, .verbose = 0};
}

/// Whether all values have the same bits. The random state is one of the parameters.
template <class Model> bool same(const Model& a, const Model& b) {
    for (int k = 0; k < Model::parameter_count(); ++k) {
        const auto& type = Model::leaf::value_types[k];
        const auto bytes = static_cast<std::size_t>(type.extents.count()) * telar::size_of(type.type);
        if (std::memcmp(a.data(k), b.data(k), bytes) != 0) return false;
    }
    return true;
}

/// A folder that is gone afterwards.
struct temporary_folder {
    std::filesystem::path path;
    explicit temporary_folder(const char* name) : path(std::filesystem::temp_directory_path() / name) {
        std::filesystem::remove_all(path), std::filesystem::create_directories(path);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path); }
    std::filesystem::path operator/(const char* name) const { return path / name; }
};
struct stop_at {
    int epoch;
    void on_epoch_begin(auto&, int e) const {
        if (e == epoch) throw std::runtime_error("power cut");
    }
};

}  // namespace support
