// SPDX-License-Identifier: BSL-1.0
// Models that Keras saved, read without a type, and what Keras predicts: tests/fixtures/from_keras_models.py.
#include <telar/io/npz.hpp>
#include <telar/nn/keras_model.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

using namespace telar;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras_models";
const std::filesystem::path small_folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras";

any_tensor tensor_of(const io::named_array& a) {
    any_tensor t(a.type, a.extents);
    std::copy(a.bytes.begin(), a.bytes.end(), t.bytes().begin());
    return t;
}
/// How far the numbers lie apart, by |y| + 1; of another shape or type as far as can be.
double distance(const any_tensor& got, const io::named_array& want) {
    if (got.type() != want.type || got.extents() != want.extents) return INFINITY;
    const any_tensor wanted = tensor_of(want);
    double most = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double a = static_cast<double>(got.values<float>()[i]),
                     b = static_cast<double>(wanted.values<float>()[i]);
        most = std::max(most, std::isnan(a) ? INFINITY : std::abs(a - b) / (std::abs(b) + 1));
    }
    return most;
}
/// Each output of the model against Keras'.
void check_outputs(const graph_model& m, const io::archive& kept) {
    std::vector<any_tensor> values;
    std::vector<model_feed> feeds;
    for (std::size_t i = 0; i < m.inputs().size(); ++i) values.push_back(tensor_of(kept.at("x" + std::to_string(i))));
    for (std::size_t i = 0; i < values.size(); ++i) feeds.push_back({m.inputs()[i].name, values[i]});
    const auto out = m.run(feeds);
    REQUIRE(kept.arrays().size() == values.size() + out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        CAPTURE(i);
        CAPTURE(m.outputs()[i].name);
        CHECK(distance(out[i], kept.at("y" + std::to_string(i))) < 1e-5);
    }
}
/// A weight's name is Keras' path of it. What of the models around it is said there depends on how it was first called.
void check_names(const graph_model& m, const std::string& name) {
    const auto all = m.weight_names();
    std::ifstream file(folder / (name + ".txt"));
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) {
        CAPTURE(line);
        const std::string last = line.substr(line.rfind('/') + 1);
        if (last == "count" || last == "vector_u") continue;  // of no use where a model predicts
        const auto is_it = [&](std::string_view own) {
            const std::string ours = '/' + std::string(own), keras = '/' + line;
            return ours.ends_with(keras) || keras.ends_with(ours);
        };
        CHECK(std::count_if(all.begin(), all.end(), is_it) == 1);
        ++count;
    }
    CHECK(count <= all.size());  // numbers that are options are weights here
    CHECK(count + 8 >= all.size());
}
graph_model checked(const std::string& name, const std::string& suffix = ".keras") {
    CAPTURE(name);
    const graph_model m = load_keras_model(folder / (name + suffix));
    check_names(m, name);
    check_outputs(m, load_npz(folder / (name + ".npz")));
    return m;
}
}  // namespace

TEST_CASE("a small classifier, stored, packed and of the older format") {
    const io::archive kept = load_npz(small_folder / "expected.npz");
    for (const char* file : {"mlp.keras", "mlp.h5"}) {
        const graph_model m = load_keras_model(small_folder / file);
        CHECK(distance(m(kept.get<tensor<float, dyn, 3>>("mlp.x0")), kept.at("mlp.y")) < 1e-6);
        CHECK(m.weight("dense/kernel").extents() == shape(3, 5));
    }
    for (const char* file : {"text.keras", "text.h5"})
        CHECK(distance(load_keras_model(small_folder / file)(kept.get<tensor<std::int32_t, dyn, 5>>("text.x0")),
                       kept.at("text.y")) < 1e-6);
    const graph_model m = load_keras_model(small_folder / "image.keras");
    CHECK(distance(m(kept.get<tensor<float, dyn, 6, 6, 2>>("image.x0")), kept.at("image.y")) < 1e-6);
}

#if TELAR_ZLIB
TEST_CASE("activations and what moves elements") { checked("elements"); }
TEST_CASE("normalisations") { checked("normalisations"); }
TEST_CASE("windows along one axis") { checked("windows1d"); }
TEST_CASE("windows in images") { checked("windows2d"); }
TEST_CASE("windows in space") { checked("windows3d"); }
TEST_CASE("recurrent layers") { checked("sequences"); }
TEST_CASE("images in time") { checked("images_in_time"); }
TEST_CASE("masks") { checked("masks"); }
TEST_CASE("several operands") { checked("operands"); }
TEST_CASE("a model of models, with branches, a shared layer and a frozen part") {
    const graph_model m = checked("nested");
    CHECK(m.inputs().at(0).name == "image");
    CHECK(m.outputs().at(0).name == "class");
    CHECK(m.outputs().at(2).extents == shape(dyn, 108));
    checked("nested", ".h5");
}
TEST_CASE("Sequential, built by its first call") {
    checked("sequential");
    checked("sequential", ".h5");
}
#endif
