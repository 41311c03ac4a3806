// SPDX-License-Identifier: BSL-1.0
// Files that telar saves for Keras to open. They stay where TELAR_KERAS_OUT says so: for tests/fixtures/keras_opens.py.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace support {

inline bool keeps_keras_files() { return std::getenv("TELAR_KERAS_OUT") != nullptr; }

struct keras_file {
    std::filesystem::path path;

    explicit keras_file(const std::string& name)
        : path(keeps_keras_files() ? std::filesystem::path(std::getenv("TELAR_KERAS_OUT")) / name
                                   : std::filesystem::temp_directory_path() / ("telar-" + name)) {}
    keras_file(const keras_file&) = delete;
    keras_file& operator=(const keras_file&) = delete;
    ~keras_file() {
        std::error_code ignored;
        if (!keeps_keras_files()) std::filesystem::remove(path, ignored);
    }
};

}  // namespace support
