// SPDX-License-Identifier: BSL-1.0
// Makes a .keras file of a model that is given as its JSON and its weights by name.
#pragma once
#include <telar/io/archive.hpp>
#include <telar/io/hdf5_writer.hpp>
#include <telar/io/json.hpp>
#include <telar/io/zip.hpp>
#include <telar/nn/keras_model.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace support {

inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::vector<std::byte> bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    return {bytes.begin(), bytes.end()};
}
inline void write_keras(const std::filesystem::path& path, const std::string& config,
                        const telar::io::archive& weights) {
    using namespace telar;
    io::hdf5::writer to;
    std::map<std::string, int> used;
    const io::json model = io::read_json(config, "config");
    for (const io::json& l : model["config"]["layers"].items) {
        const std::string kind = nn::keras::snake_case(l["class_name"].words), name = l["config"]["name"].words + '/';
        const int number = used[kind]++;
        const std::string group = "layers/" + kind + (number > 0 ? '_' + std::to_string(number) : "") + "/vars";
        to.add_group(group);
        int next = 0;
        for (const io::named_array& w : weights.arrays())
            if (w.name.starts_with(name))
                to.add_array(group + '/' + std::to_string(next++), w.type, w.extents, w.bytes);
    }
    const std::vector<std::byte> h5 = to.finish(), json = bytes_of(config),
                                 about = bytes_of("{\"keras_version\": \"2.11.0\"}");
    const io::zip::content all[]{{"metadata.json", about}, {"config.json", json}, {"model.weights.h5", h5}};
    io::zip::write(path, all);
}

}  // namespace support
