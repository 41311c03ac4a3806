// SPDX-License-Identifier: BSL-1.0
// A folder for a run's files of events. It is gone afterwards; or with $TELAR_LOGS it lies there and stays, for
// tests/fixtures/tensorboard_reads.py.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace support {

struct log_folder {
    bool stays = std::getenv("TELAR_LOGS") != nullptr;
    std::filesystem::path path;

    explicit log_folder(std::string_view name)
        : path((stays ? std::filesystem::path(std::getenv("TELAR_LOGS"))
                      : std::filesystem::temp_directory_path() / "telar_logs") /
               name) {
        std::filesystem::remove_all(path);
    }
    log_folder(const log_folder&) = delete;
    log_folder& operator=(const log_folder&) = delete;
    ~log_folder() {
        if (!stays) std::filesystem::remove_all(path);
    }
};

}  // namespace support
