// SPDX-License-Identifier: BSL-1.0
// A model's folder, with a folder for each version: what lies there, and what of it is served.
#pragma once
#include <telar/serve/servable.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// How a file in a version's folder becomes a model; it throws where it does not.
///
///     {"model.onnx", [](const std::filesystem::path& p) { graph_model m = load_onnx(p); m.prepare(); return m; }}
struct model_loader {
    std::string file_name;
    std::function<servable(const std::filesystem::path&)> load;
};

/// Which versions of a folder are served: the newest `latest` of them, unless `versions` names some.
struct version_policy {
    std::size_t latest = 1;
    std::vector<std::int64_t> versions{};
};

/// A folder with a folder for each version: digits/1/model.onnx, digits/2/model.onnx.
struct model_folder {
    std::string name;
    std::filesystem::path path;
    version_policy policy{};
    std::map<std::string, std::int64_t> labels{};
};

/// What a file was when it was read.
struct file_stamp {
    std::filesystem::file_time_type time{};
    std::uintmax_t size = 0;
    friend bool operator==(const file_stamp&, const file_stamp&) = default;
};
struct found_version {
    std::filesystem::path file;
    const model_loader* loader = nullptr;
    file_stamp stamp{};
};

/// The folders in a folder; none if it cannot be read.
inline std::vector<std::filesystem::path> folders_in(const std::filesystem::path& parent) {
    std::vector<std::filesystem::path> all;
    std::error_code problem;
    for (std::filesystem::directory_iterator i(parent, problem), end; !problem && i != end; i.increment(problem))
        if (i->is_directory(problem)) all.push_back(i->path());
    return all;
}
/// The versions that lie in a folder.
inline std::map<std::int64_t, found_version> versions_in(const std::filesystem::path& folder,
                                                         const std::vector<model_loader>& loaders) {
    std::map<std::int64_t, found_version> all;
    for (const std::filesystem::path& p : folders_in(folder)) {
        const std::string name = p.filename().string();
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (problem != std::errc() || end != name.data() + name.size() || number < 0) continue;
        for (const model_loader& l : loaders) {
            std::error_code absent;
            const std::filesystem::path file = p / l.file_name;
            const file_stamp stamp{std::filesystem::last_write_time(file, absent),
                                   absent ? 0 : std::filesystem::file_size(file, absent)};
            if (absent) continue;
            all[number] = {file, &l, stamp};
            break;
        }
    }
    return all;
}
/// The versions of the policy, out of those that there are.
inline std::vector<std::int64_t> wanted_versions(const std::map<std::int64_t, found_version>& there,
                                                 const version_policy& policy) {
    std::vector<std::int64_t> all;
    for (auto at = there.rbegin(); at != there.rend(); ++at) {
        const bool is_named =
            std::find(policy.versions.begin(), policy.versions.end(), at->first) != policy.versions.end();
        if (policy.versions.empty() ? all.size() < policy.latest : is_named) all.push_back(at->first);
    }
    return all;
}

}  // namespace telar::inline TELAR_ABI::serve
