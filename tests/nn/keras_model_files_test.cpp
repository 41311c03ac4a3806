// SPDX-License-Identifier: BSL-1.0
// Models from Keras' files: what is refused, training further, models of others, files that are damaged.
#include "../support/damaged.hpp"
#include "../support/data_folder.hpp"
#include "../support/keras_file.hpp"

#include <telar/core/random.hpp>
#include <telar/io/npz.hpp>
#include <telar/io/safetensors.hpp>
#include <telar/nn/keras_model.hpp>
#include <telar/run/fine_tuning.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

using namespace telar;
using support::bytes_of, support::text_of, support::write_keras;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras_models";
const std::filesystem::path small_folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras";

template <class E, class F> std::string text_of_error(const F& f) {
    try {
        f();
    } catch (const E& e) { return e.what(); }
    return "nothing was thrown";
}
void refuses(const std::string& name, const std::string& why) {
    const std::string path = (folder / "refused" / (name + ".keras")).string();
    CHECK(text_of_error<unsupported_model>([&] { static_cast<void>(load_keras_model(path)); }) == path + ": " + why);
}

/// Whether a file is read, or refused by an error of telar's that names it.
bool is_safe(std::vector<std::byte> bytes) {
    try {
        static_cast<void>(nn::keras::model_of(nn::keras::stored_model(std::move(bytes), "file", true)));
    } catch (const error& e) { return std::string(e.what()).starts_with("file: "); }
    return true;
}

// ---------------------------------------------------------------- models of others
const std::filesystem::path tiny = std::filesystem::path(support::data_folder()) / "mlperf-tiny";

double largest_difference(const any_tensor& got, const io::named_array& want) {
    if (got.bytes().size() != want.bytes.size()) return INFINITY;
    double most = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        float wanted = 0;
        std::memcpy(&wanted, want.bytes.data() + i * sizeof wanted, sizeof wanted);
        const double apart = std::abs(static_cast<double>(got.values<float>()[i] - wanted));
        most = std::max(most, std::isnan(apart) ? INFINITY : apart / (1 + std::abs(static_cast<double>(wanted))));
    }
    return most;
}
any_tensor input_of(const io::archive& reference) {
    const io::named_array& x = reference.at("input");
    any_tensor t(x.type, x.extents);
    std::copy(x.bytes.begin(), x.bytes.end(), t.bytes().begin());
    return t;
}
void check_tiny(const std::string& name) {
    CAPTURE(name);
    const std::filesystem::path config = tiny / (name + ".keras.json");
    if (support::data_folder().empty() || !std::filesystem::exists(config)) {
        MESSAGE("skipped: there is no " << config.string());
        return;
    }
    const auto path = std::filesystem::temp_directory_path() / ("telar-" + name + ".keras");
    const io::archive reference = load_safetensors(tiny / (name + "_reference.safetensors"));
    write_keras(path, text_of(read_file(config)), load_safetensors(tiny / (name + ".safetensors")));
    const graph_model m = load_keras_model(path);
    std::filesystem::remove(path);
    CHECK(largest_difference(m(input_of(reference)), reference.at("output")) < 2e-5);
}

// ---------------------------------------------------------------- JSON, changed in one place
std::string written(const io::json& v) {
    std::string s;
    switch (v.kind) {
        case io::json::null: return "null";
        case io::json::boolean: return v.truth ? "true" : "false";
        case io::json::number: return nn::keras::json_number(v.value);
        case io::json::text: return io::json_text(v.words);
        case io::json::list:
            for (const io::json& each : v.items) s += (s.empty() ? "" : ", ") + written(each);
            return '[' + s + ']';
        default:
            for (std::size_t i = 0; i < v.items.size(); ++i)
                s += (i ? ", " : "") + io::json_text(v.names[i]) + ": " + written(v.items[i]);
            return '{' + s + '}';
    }
}
void add_places(io::json& v, std::vector<io::json*>& to) {
    to.push_back(&v);
    for (io::json& each : v.items) add_places(each, to);
}

}  // namespace

#if TELAR_ZLIB
TEST_CASE("what is refused, and how") {
    refuses("own_class", "layer \"doubled\", class Twice: a class of one's own, registered as mine>Twice");
    refuses("own_model", "class Net: a class of one's own, registered as Net");
    refuses("lambda", "layer \"code\", class Lambda: its function is code of Python");
    refuses("stateful", "layer \"lstm\", class LSTM: stateful: a model from a file keeps nothing from run to run");
    refuses("mixed", "layer \"half\", class Dense: telar has no type 'mixed_float16'");
    refuses(
        "unbuilt",
        "layer \"unbuilt\", class Sequential: it was saved before it was built: the shape of its input is not known");
    refuses("text", "layer \"words\", class InputLayer: telar has no type 'string'");
    const std::string weights = (small_folder / "mlp.weights.h5").string();
    CHECK(text_of_error<unsupported_model>([&] {
              static_cast<void>(load_keras_model(weights));
          }).starts_with(weights + ": it holds weights alone"));
    CHECK_THROWS_AS(static_cast<void>(load_keras_model("absent.keras")), file_error);
}
#endif

TEST_CASE("a model from a file is trained further") {
    graph_model m = load_keras_model(small_folder / "mlp.keras");
    const graph_model copy = m;
    const io::archive kept = load_npz(small_folder / "expected.npz");
    const auto x = kept.get<tensor<float, dyn, 3>>("mlp.x0");
    const auto labels = kept.get<tensor<std::int32_t, dyn>>("mlp.labels");
    const tensor<float, dyn, 4> before = m(x);
    fine_tuning step(m, {"dense_1/kernel", "dense_1/bias"}, {"label", dtype::int32, shape(dyn)},
                     adam{.learning_rate = 0.05},
                     [](symbol logits, symbol label) { return mean(sparse_softmax_cross_entropy(logits, label)); });
    const float first = step.run({{"input_layer", x}, {"label", labels}});
    float last = first;
    for (int i = 0; i < 60; ++i) last = step.run({{"input_layer", x}, {"label", labels}});
    CHECK(last < first / 2);
    const tensor<float, dyn, 4> after = copy(x);
    CHECK(max(abs(after - before)).item() > 0.1f);
}
TEST_CASE("it is printed and explained") {
    const graph_model m = load_keras_model(small_folder / "mlp.keras");
    std::ostringstream text;
    text << m << explain(m, 16);
    CHECK(text.str().find("output  dense_1      float32  (None, 4)") != std::string::npos);
    CHECK(text.str().find("weights: 4, 44 numbers (176 bytes)") != std::string::npos);
    CHECK(to_string(explain(m)).find("dense") != std::string::npos);
}

TEST_CASE("models of MLPerf Tiny, which tf.keras 2 saved") {
    for (const char* name :
         {"ad_autoencoder_toycar", "resnet8_cifar10", "streaming_wakeword", "vww_mobilenet_v1_025_96"})
        check_tiny(name);
    const std::filesystem::path whole = tiny / "resnet8_cifar10.h5";
    if (support::data_folder().empty() || !std::filesystem::exists(whole)) return;
    const io::archive reference = load_safetensors(tiny / "resnet8_cifar10_reference.safetensors");
    CHECK(largest_difference(load_keras_model(whole)(input_of(reference)), reference.at("output")) < 2e-5);
}

TEST_CASE("files that are cut or changed are read or refused") {
    for (const char* name : {"mlp.keras", "mlp.h5"}) {
        CAPTURE(name);
        bool all = true;
        support::each_damage(
            text_of(read_raw_file(small_folder / name)),
            [&](const std::string& damaged) { all = all && is_safe(bytes_of(damaged)); }, 131);
        CHECK(all);
    }
}
#if TELAR_ZLIB
TEST_CASE("configurations that ask for anything are read or refused") {
    generator random(4);
    const auto drawn = [&](std::size_t n) {
        return std::min(n - 1, static_cast<std::size_t>(random.uniform() * static_cast<double>(n)));
    };
    for (const char* name : {"elements", "windows1d", "windows2d", "sequences", "masks", "operands", "nested",
                             "images_in_time", "normalisations"}) {
        CAPTURE(name);
        io::zip::archive file(folder / (std::string(name) + ".keras"));
        const std::span<const std::byte> h5 = file.read("model.weights.h5");
        io::json config = io::read_json(text_of(file.read("config.json")), "config");
        const double numbers[]{-1, 0, 1, 2, 3, 7, 0.5, 1e6, 1073741824, 1e300, -1073741824, INFINITY, NAN};
        bool all = true;
        for (int i = 0; i < 60; ++i) {
            std::vector<io::json*> places;  // anew, for what is put back stands elsewhere
            add_places(config, places);
            io::json& place = *places[drawn(places.size())];
            const io::json before = place, other = *places[drawn(places.size())];
            const std::size_t kind = drawn(12);
            if (kind < 8) place = {io::json::number, false, numbers[drawn(std::size(numbers))], {}, {}, {}, 0};
            else if (kind == 8) place = {};
            else if (kind == 9) place = {io::json::text, false, 0, "x", {}, {}, 0};
            else if (kind == 10) place = {io::json::list, false, 0, {}, {before, before}, {}, 0};
            else place = other;
            const std::string text = written(config);
            place = before;
            const auto path = std::filesystem::temp_directory_path() / "telar-changed.keras";
            const std::vector<std::byte> json = bytes_of(text);
            const io::zip::content parts[]{{"config.json", json}, {"model.weights.h5", h5}};
            io::zip::write(path, parts);
            const bool one = is_safe(read_raw_file(path));
            if (!one) MESSAGE(text);
            all = all && one;
        }
        CHECK(all);
    }
}
#endif
