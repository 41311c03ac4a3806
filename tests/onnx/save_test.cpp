// SPDX-License-Identifier: BSL-1.0
// Expressions as ONNX files: names, what is refused, and that nothing is written then.
#include "../support/temporary_file.hpp"
#include "saved.hpp"

#include <telar/expr/random.hpp>
#include <telar/io/input_file.hpp>
#include <telar/nn/model.hpp>
#include <telar/run/eager.hpp>
#include <telar/run/update.hpp>

#include <string>
#include <vector>

using namespace telar;

namespace {

/// An expression as a file, read again.
struct file {
    std::string bytes;
    io::onnx::model content;

    template <class... A>
    explicit file(const A&... a)
        : bytes([&] {
              const support::temporary_file at("saved.onnx");
              save_onnx(at.path, a...);
              const std::vector<std::byte> read = read_raw_file(at.path);
              return std::string(reinterpret_cast<const char*>(read.data()), read.size());
          }()),
          content(protozero::data_view(bytes.data(), bytes.size())) {}
    static std::vector<std::string> names(const auto& all) {
        std::vector<std::string> n;
        for (const auto& each : all) n.push_back(each.name);
        return n;
    }
    std::vector<std::string> inputs() const { return names(content.graphs[0].inputs); }
    std::vector<std::string> outputs() const { return names(content.graphs[0].outputs); }
    std::vector<std::string> weights() const { return names(content.graphs[0].initializers); }
    saved::arrays run(const std::vector<any_tensor>& x) const {
        saved::arrays inputs;
        for (const any_tensor& t : x) inputs.push(io::onnx::array_of(t));
        return saved::results_of(bytes, inputs);
    }
};
using list = std::vector<std::string>;
using row = tensor<float, 3>;
using batch = tensor<float, dyn, 3>;

template <class E, class... A> void refuses(const std::string& why, const A&... a) {
    const support::temporary_file at("refused.onnx");
    CHECK_THROWS_WITH_AS(save_onnx(at.path, a...), (at.path.string() + ": " + why).c_str(), E);
    CHECK_FALSE(std::filesystem::exists(at.path));
}

/// Draws when it predicts, too.
struct always_dropping {
    nn::site here{};
    constexpr symbol operator()(symbol x) const {
        const nn::layer_call call(here, x, "always_dropping");
        return call.gives(nn::noise::dropped(x, 0.5, x.extents(), here.random_state()));
    }
};
struct noisy {
    always_dropping drawn;
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const { return out(drawn(x)); }
};

}  // namespace

TEST_CASE("variables are weights by their names, inputs are inputs") {
    variable<"W", matrix<float, 2, 3>> W;
    variable<"b", tensor<float, 2>> b;
    input<"X", batch> X;
    W = matrix<float, 2, 3>{{1, 2, 3}, {4, 5, 6}};
    b = tensor<float, 2>{10, 20};
    const file f(W * X + b);
    CHECK(f.inputs() == list{"X"});
    CHECK(f.weights() == list{"W", "b"});
    CHECK(f.outputs() == list{"y"});
    CHECK(f.content.graphs[0].inputs[0].extents[0].name == "batch");
    CHECK(f.content.graphs[0].outputs[0].extents[0].name == "batch");
    CHECK(f.content.version == 17);
    const saved::arrays y = f.run({tensor<float, 2, 3>{{1, 0, 0}, {1, 1, 1}}});
    CHECK(y[0].extents == shape(2, 2));
    const float expected[] = {11, 24, 16, 35};
    for (int i = 0; i < 4; ++i) CHECK(y[0].at<float>(i) == expected[i]);
    b = tensor<float, 2>{0, 0};  // what was saved stays
    CHECK(f.run({tensor<float, 1, 3>{{1, 0, 0}}})[0].at<float>(0) == 11);
}
TEST_CASE("names that are given, met twice, odd") {
    variable<"y", row> y;
    variable<"a \"b\"/ü", row> odd;
    input<"x", batch> x;
    y = row{1, 2, 3};
    odd = row{1, 1, 1};
    const file f(x * y + odd + row{5, 6, 7} + 0.5f);
    CHECK(f.outputs() == list{"y"});
    const list weights = f.weights();
    CHECK(weights[0] == "y_1");
    CHECK(weights[1] == "a \"b\"/ü");
    CHECK(f.run({tensor<float, 1, 3>{{1, 1, 1}}})[0].at<float>(2) == 3 + 1 + 7 + 0.5f);
    const file named(fetch(x + y, x), onnx_names{.inputs = {"image"}, .outputs = {"sum", "itself"}});
    CHECK(named.inputs() == list{"image"});
    CHECK(named.outputs() == list{"sum", "itself"});
    const saved::arrays both = named.run({tensor<float, 1, 3>{{1, 1, 1}}});
    CHECK(both[0].at<float>(2) == 4);
    CHECK(both[1].at<float>(2) == 1);
    refuses<duplicate_name>("two inputs or outputs of the name \"x\"", x + y, onnx_names{.outputs = {"x"}});
    refuses<invalid_argument>("\"\xff\" is no name for an ONNX model: it is not UTF-8", x + y,
                              onnx_names{.inputs = {"\xff"}});
    refuses<invalid_argument>("onnx_names has more names than there are inputs or outputs", x + y,
                              onnx_names{.outputs = {"a", "b"}});
    CHECK(file(y + 1).inputs().empty());
    const std::string nothing = [] {  // names as a file may have them
        io::onnx::saving::saved_model m;
        m.traced.roots.push({expr::declare_leaf(m.traced, 0, {dtype::float32, 0, shape(2)}).id, -1, 0, 0});
        m.leaves.push_back({"", nullptr, shape(2), true});
        return io::onnx::saving::bytes_of(std::move(m), "m", {});
    }();
    const io::onnx::model unnamed(protozero::data_view(nothing.data(), nothing.size()));
    CHECK(unnamed.graphs[0].inputs[0].name == "x0");
    CHECK(file(x).outputs() == list{"y"});
}
TEST_CASE("what ONNX cannot say is refused, and nothing is written") {
    random_state<"rng"> rng(1);
    input<"x", batch> x;
    refuses<unsupported_model>("ONNX has no operation for random", random_uniform<float>(rng, extents<3>) + x);
    input<"ids", tensor<std::int64_t, dyn>> ids;
    refuses<unsupported_model>("ONNX has no operation for scatter", scatter_max(x, ids, x));
    nn::model<noisy, batch> drawing;
    refuses<unsupported_model>("ONNX has no operation for random, in \"drawn\"", drawing);
    CHECK_THROWS_AS(save_onnx("absent_folder/model.onnx", x + 1), file_error);
}
TEST_CASE("an old file stays as it was where a model is refused") {
    const support::temporary_file at("old.onnx");
    write_file(at.path, "old");
    random_state<"rng"> rng(1);
    CHECK_THROWS_AS(save_onnx(at.path, random_uniform<float>(rng, extents<3>)), unsupported_model);
    CHECK(read_raw_file(at.path).size() == 3);
}
