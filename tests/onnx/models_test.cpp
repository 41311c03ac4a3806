// SPDX-License-Identifier: BSL-1.0
// Trained models give what ONNX Runtime computed of them, in any batch; what does not fit them is refused by name.
#include <doctest/doctest.h>

#include "../support/data_folder.hpp"
#include "../support/temporary_file.hpp"

#include <telar/io/npz.hpp>
#include <telar/io/onnx.hpp>
#include <telar/io/safetensors.hpp>
#include <telar/io/save_onnx.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace telar;

namespace {

/// A trained model of the data folder, with inputs and outputs of ONNX Runtime; a test without it is skipped.
struct trained {
    std::filesystem::path folder;
    std::string file;

    trained(const char* name, const char* f) : folder(std::filesystem::path(support::data_folder()) / name), file(f) {}
    bool is_there() const {
        if (std::filesystem::exists(folder / file)) return true;
        MESSAGE("skipped: there is no " << (folder / file).string());
        return false;
    }
    graph_model load(const onnx_options& options = {}) const { return load_onnx(folder / file, options); }
    template <Tensor X> X reference(std::string_view name) const {
        return load_safetensors(folder / "reference.safetensors").get<X>(name);
    }
};
const trained digits("mnist-cnn-onnx", "mnist.onnx"), resnet("resnet20-cifar10", "resnet20_cifar10.onnx");

/// `count` samples from `first` on.
template <Tensor X> X samples(const X& x, extent_t first, extent_t count) {
    shape s = x.extents();
    const auto size = static_cast<std::ptrdiff_t>(x.size()) / s[0];
    s[0] = count;
    X some = X::uninitialized(s);
    std::copy_n(x.data() + first * size, count * size, some.data());
    return some;
}
/// |a - b| in roundings of the largest |b|.
template <class A, class B> double roundings_apart(const A& a, const B& b) {
    REQUIRE(a.extents() == b.extents());
    double apart = 0, largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        apart = std::max(apart, std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
        largest = std::max(largest, std::abs(static_cast<double>(b.data()[i])));
    }
    return apart / largest / 0x1p-23;
}
template <class E, class F> std::string text_of_error(const F& f) {
    try {
        f();
    } catch (const E& e) { return e.what(); }
    return "no error";
}
bool says(const std::string& text, std::string_view part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return true;
}

}  // namespace

TEST_CASE("handwritten digits, one at a time") {
    if (!digits.is_there()) return;
    const graph_model m = digits.load();
    const auto images = digits.reference<tensor<float, dyn, 1, 28, 28>>("input");
    const auto want = digits.reference<tensor<float, dyn, 10>>("logits");
    REQUIRE(m.inputs().size() == 1);  // the weights, which are inputs in the file, too, have values there
    CHECK(m.inputs()[0].name == "Input3");
    CHECK(m.inputs()[0].extents == shape(1, 1, 28, 28));
    for (extent_t i = 0; i < images.extents()[0]; ++i) {
        CAPTURE(i);
        const auto one = samples(images, i, 1);
        const tensor<float, dyn, 10> logits = m(one);
        CHECK(roundings_apart(logits, samples(want, i, 1)) < 32);
    }
    CHECK(m.run({{"Input3", samples(images, 0, 1)}})["Plus214_Output_0"].extents() == shape(1, 10));
}
TEST_CASE("a residual network, in batches of all sizes") {
    if (!resnet.is_there()) return;
    const graph_model m = resnet.load();
    const auto images = resnet.reference<tensor<float, dyn, 3, 32, 32>>("input");
    const auto want = resnet.reference<tensor<float, dyn, 10>>("logits");
    CHECK(m.inputs()[0].extents == shape(dyn, 3, 32, 32));
    CHECK(m.outputs()[0].extents == shape(dyn, 10));
    for (const extent_t n : {16, 1, 7}) {
        const tensor<float, dyn, 10> logits = m(samples(images, 0, n));
        CHECK(roundings_apart(logits, samples(want, 0, n)) < 64);
    }
    onnx_options of_one_sample;
    of_one_sample.extents["n"] = 1;
    const graph_model of_one = resnet.load(of_one_sample);
    CHECK(of_one.inputs()[0].extents == shape(1, 3, 32, 32));
    CHECK(roundings_apart(of_one(samples(images, 0, 1)).as<tensor<float, dyn, 10>>(), samples(want, 0, 1)) < 64);

    says(show_graph(m, stage::traced), "layer1.0.conv1.weight");
    says(to_string(explain(m)), "stem");
    says(summary(m), "input");
    says(text_of_error<wrong_shape>([&] { m(tensor<float, 1, 3, 32, 31>{}); }),
         "input \"input\": expected float32 (None, 3, 32, 32), got float32 (1, 3, 32, 31)");
    says(text_of_error<wrong_type>([&] { m(tensor<double, 1, 3, 32, 32>{}); }),
         "expected float32 (None, 3, 32, 32), got float64 (1, 3, 32, 32)");
}
TEST_CASE("a network that was read is saved and read again, without transposes") {
    if (!resnet.is_there()) return;
    const graph_model m = resnet.load();
    const char* kept = std::getenv("TELAR_ONNX_OUT");
    const support::temporary_file own("again.onnx");
    const std::filesystem::path file = kept ? std::filesystem::path(kept) / "resnet20.onnx" : own.path;
    save_onnx(file, m);
    const graph_model again = load_onnx(file);
    CHECK(again.inputs()[0].name == m.inputs()[0].name);
    CHECK(again.inputs()[0].extents == m.inputs()[0].extents);
    CHECK(again.outputs()[0].name == m.outputs()[0].name);
    CHECK(again.weight("layer1.0.conv1.weight").extents() == m.weight("layer1.0.conv1.weight").extents());
    const auto images = resnet.reference<tensor<float, dyn, 3, 32, 32>>("input");
    const auto want = resnet.reference<tensor<float, dyn, 10>>("logits");
    for (const extent_t n : {16, 3}) {
        const tensor<float, dyn, 10> logits = again(samples(images, 0, n));
        CHECK(roundings_apart(logits, samples(want, 0, n)) < 64);
    }
    if (kept) {
        const std::vector<io::named_view> all{io::view_of("x0", images), io::view_of("y0", want)};
        save_npz(std::filesystem::path(kept) / "resnet20.npz", all);
    }
    const std::vector<std::byte> bytes = read_raw_file(file);
    const io::onnx::model content({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    for (const io::onnx::node& n : content.graphs[0].nodes)  // but for that of Gemm's weights
        CHECK((n.operation != "Transpose" || n.inputs[0] == "linear.weight"));
}
TEST_CASE("a file that is no model") {
    CHECK_THROWS_AS(static_cast<void>(load_onnx("absent.onnx")), file_error);
    if (!digits.is_there()) return;
    const std::vector<std::byte> whole = read_raw_file(digits.folder / digits.file);
    const support::temporary_file file("cut.onnx");
    write_file(file.path, std::span(whole).first(whole.size() / 2));
    const std::string text = text_of_error<file_error>([&] { static_cast<void>(load_onnx(file.path)); });
    says(text, file.path.string());
    says(text, "byte ");
}
