// SPDX-License-Identifier: BSL-1.0
// The published cases: a model, the values of its inputs, and what must come out.
#pragma once
#include "../support/arrays.hpp"
#include "../support/data_folder.hpp"
#include "archive.hpp"

#include <telar/io/onnx/translation.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace onnx {

using namespace telar::io::onnx;
using support::array;

struct published_case {
    std::string name;  // "node/test_add"
    const archive* from = nullptr;

    model read_model() const { return model(view("model.onnx")); }
    /// "input" or "output", in order. Values that are no tensors are refused.
    std::vector<telar::any_tensor> tensors(const std::string& kind, std::size_t count) const {
        std::vector<telar::any_tensor> all;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string file = "test_data_set_0/" + kind + '_' + std::to_string(i) + ".pb";
            if (!from->files().contains(root + name + '/' + file)) break;  // the rest have values in the model
            all.push_back(tensor(view(file)).values());
        }
        return all;
    }
    std::vector<array> values(const std::string& kind, std::size_t count) const {
        std::vector<array> all;
        for (const telar::any_tensor& t : tensors(kind, count)) all.push_back(array_of(t));
        return all;
    }

    static constexpr const char* root = "onnx-backend-test/data/";

private:
    protozero::data_view view(const std::string& file) const {
        const std::span<const std::byte> bytes = from->files().at(root + name + '/' + file);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
};

inline std::filesystem::path published_archive() {
    return std::filesystem::path(support::data_folder()) / "onnx-tests" / "onnx-backend-test-data.tar.gz";
}
/// All cases that have a model in the archive, by name.
inline std::vector<published_case> all_cases(const archive& from) {
    const std::string root = published_case::root, model = "/model.onnx";
    std::vector<published_case> cases;
    for (const auto& [path, bytes] : from.files())
        if (path.starts_with(root) && path.ends_with(model))
            cases.push_back({path.substr(root.size(), path.size() - root.size() - model.size()), &from});
    return cases;
}

/// |got - want| in roundings of |want| + 1; infinite where integers, types or shapes differ at all.
inline double roundings_between(const array& got, const array& want) {
    if (got.type != want.type || got.extents != want.extents) return INFINITY;
    const auto unit_of = [](telar::dtype t) {
        switch (t) {
            case telar::dtype::float16: return support::roundings<telar::float16>(1);
            case telar::dtype::bfloat16: return support::roundings<telar::bfloat16>(1);
            case telar::dtype::float32: return support::roundings<float>(1);
            default: return support::roundings<double>(1);
        }
    };
    const double unit = unit_of(want.type);
    double largest = 0;
    for (int i = 0; i < want.count(); ++i) {
        double apart = support::distance(got.at(i), want.at(i)) / (unit * (1 + std::abs(want.at(i))));
        if (!is_float(want.type)) apart = got.at<std::int64_t>(i) == want.at<std::int64_t>(i) ? 0 : INFINITY;
        else if (got.at(i) == want.at(i)) apart = 0;
        largest = std::max(largest, apart);
    }
    return largest;
}

/// Whether the archive is there; a test without it is skipped.
inline bool is_there() {
    if (std::filesystem::exists(published_archive())) return true;
    MESSAGE("skipped: there is no " << published_archive().string());
    return false;
}

}  // namespace onnx
