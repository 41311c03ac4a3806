// SPDX-License-Identifier: BSL-1.0
// Models as text of C++: what each kind of operation is called, and that a file cannot say more than names.
#include <telar/io/convert.hpp>

#include "../support/draft_model.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/recurrent.hpp>
#include <telar/expr/sort.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace telar;
using support::draft;

namespace {

/// The header of a model of x (N, 4) and a weight W (4, 3).
template <class F> std::string written(const F& f, const convert_options& options = {}) {
    draft d;
    const symbol x = d.input("x", shape(dyn, 4)),
                 w = d.weight("W", tensor<float, 4, 3>{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}});
    d.output("y", f(x, w));
    return convert(std::move(d).model(), options).header;
}
bool says(const std::string& text, std::string_view part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return true;
}
bool is_plain_name(std::string_view name) {
    const auto fits = [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), fits) && !(name[0] >= '0' && name[0] <= '9') &&
           name[0] != '_' && name.find("__") == std::string_view::npos && !io::cpp::is_reserved(name);
}

}  // namespace

TEST_CASE("a header says what a model is, one statement for each operation") {
    const std::string text = written([](symbol x, symbol w) { return telar::tanh(matmul(x, w) + 0.1f) * 2; });
    says(text, "// Made of draft by telar's convert.\n#pragma once\n#include <telar/nn/constant_model.hpp>\n");
    says(text, "namespace net {\n");
    says(text, "// input  x  (None, 4) float32\n// output y  (None, 3) float32\n");
    says(text, "// (4, 3)\nalignas(64) inline constexpr float w[] = {\n    1.0f, 0.0f, 0.0f, 2.0f,");
    says(text,
         "struct description {\n    telar::nn::parameter w;\n"
         "    constexpr telar::symbol operator()(telar::symbol x) const {\n"
         "        const auto w_ = w(x, telar::shape(4, 3), telar::nn::values_of(weights::w));\n");
    says(text, " matmul = telar::matmul(x, w_); ");
    says(text, " add = matmul + 0.1f; ");
    says(text, " tanh = telar::tanh(add); ");
    says(text, " mul = tanh * 2.0f; ");
    says(text, "// (None, 3)\n        return mul;\n    }\n    TELAR_NAMES(description, w)\n};\n");
    says(text, "using model = telar::nn::constant_model<description, telar::tensor<float, telar::dyn, 4>>;\n");
    says(text, "using trainable_model = telar::nn::model<description, telar::tensor<float, telar::dyn, 4>>;\n");
}
TEST_CASE("movements, reductions, comparisons, routines") {
    const auto of = [](auto f) { return written([&](symbol x, symbol) { return f(x); }); };
    says(of([](symbol x) { return reshape(x, extents<-1, 2, 2>); }), "telar::reshape(x, telar::extents<-1, 2, 2>)");
    says(of([](symbol x) { return transpose(exp(x)); }), "telar::transpose(exp, telar::axes<1, 0>)");
    says(of([](symbol x) { return slice(x, 1, 1, 3); }), "telar::slice(x, telar::starts<0, 1>, telar::sizes<-1, 2>)");
    says(of([](symbol x) { return pad(x, before<0, 1>, after<0, 2>); }),
         "telar::pad(x, telar::before<0, 1>, telar::after<0, 2>)");
    says(of([](symbol x) { return concat({x, -x}, 1); }), "telar::concat(x, neg, telar::axis<1>)");
    says(of([](symbol x) { return reverse(x, 1); }), "telar::reverse(x, telar::axis<1>)");
    says(of([](symbol x) { return sum(x, 1, true); }), "telar::sum(x, telar::axis<1>, telar::keep_dims)");
    says(of([](symbol x) { return mean(x, 1, true); }), "telar::mean(x, telar::axis<1>, telar::keep_dims)");
    says(of([](symbol x) { return softmax(x, 1); }), "telar::softmax(x)");
    says(of([](symbol x) { return max(x, 1, true); }), "telar::max(x, telar::axis<1>, telar::keep_dims)");
    says(of([](symbol x) { return where(x < 0.5f, x, 0); }), "telar::where(less, x, 0.0f)");
    says(of([](symbol x) { return cast<std::int64_t>(x) + 7; }), "telar::cast<std::int64_t>(x)");
    says(of([](symbol x) { return cast<std::int64_t>(x) + 7; }), "cast + std::int64_t{7}");
    says(of([](symbol x) { return cumsum(x, axis<1>, exclusive); }),
         "telar::cumsum(x, telar::axis<1>, telar::exclusive)");
    says(of([](symbol x) { return telar::sort(x, descending); }), "telar::sort(x, telar::descending)");
    says(of([](symbol x) { return full_like(x, 1); }), "telar::ir::emit::broadcast_to(constant, telar::shape(");
    says(of([](symbol x) { return x - std::numeric_limits<float>::infinity(); }),
         "x - std::numeric_limits<float>::infinity()");
}
TEST_CASE("convolutions and pools are found, and keep their channels last") {
    draft d;
    const symbol image = d.input("image", shape(dyn, 3, 8, 8)),
                 w = d.weight("conv.weight", tensor<float, 5, 3, 3, 3>{}),
                 b = d.weight("conv.bias", tensor<float, 5>{});
    const symbol kernel = transpose(w, axes<2, 3, 1, 0>);
    symbol y = conv(image, kernel, steps<2>, padding<1>, channels_first) + reshape(b, extents<1, 5, 1, 1>);
    y = max_pool(relu(y), window<2>, channels_first);
    d.output("y", mean_pool(y, window<2>, steps<1>, channels_first));
    const std::string text = convert(std::move(d).model()).header;
    says(text, "transpose = telar::transpose(image, telar::axes<0, 2, 3, 1>); ");
    says(text, "conv = telar::conv(transpose, conv_weight_, telar::steps<2>, telar::padding<1>); ");
    says(text, "add = conv + conv_bias_; ");
    says(text, "max_pool = telar::max_pool(relu, telar::window<2>); ");
    says(text, "mean_pool = telar::mean_pool(max_pool, telar::window<2>, telar::steps<1>); ");
    says(text, "conv_weight(image, telar::shape(3, 3, 3, 5), ");  // its axes were moved beforehand
    says(written([](symbol x, symbol v) {
             const symbol pixels = reshape(x, extents<-1, 2, 2, 1>);
             return reshape(conv(pixels, reshape(v, extents<1, 1, 1, 12>)), extents<-1, 48>);
         }),
         " = telar::reshape(conv, telar::extents<-1, 48>); ");
}
TEST_CASE("what depends on weights alone is computed, unless it is not to be") {
    const auto f = [](symbol x, symbol w) { return matmul(x, 2 * w + 1); };
    says(written(f), "w[] = {\n    3.0f, 1.0f, 1.0f, 5.0f,");
    says(written(f), " matmul = telar::matmul(x, w_); ");
    const std::string whole = written(f, {.fold_weights = false});
    says(whole, "w[] = {\n    1.0f, 0.0f, 0.0f, 2.0f,");
    says(whole, " mul = w_ * 2.0f; ");
    says(whole, " matmul = telar::matmul(x, add); ");
}
TEST_CASE("recurrent layers") {
    draft d;
    const symbol x = d.input("x", shape(2, 5, 3)), w = d.weight("w", tensor<float, 3, 4>{}),
                 u = d.weight("u", tensor<float, 4, 4>{}), b = d.weight("b", tensor<float, 4>{});
    const auto [all, last] = simple_rnn(x, w, u, b);
    d.output("all", all), d.output("last", last);
    const std::string text = convert(std::move(d).model()).header;
    says(text, "constexpr auto operator()(telar::symbol x) const {");
    says(text, " = telar::ir::emit::scan(*x.g, 5, false);");
    says(text, "telar::ir::emit::scan_next(");
    says(text, "return std::tuple(");
}
TEST_CASE("names of a file are no code") {
    const std::vector<std::string> hostile = {"x; } system(\"rm\"); //",
                                              "a\nb",
                                              "*/ int main() {",
                                              "int",
                                              "",
                                              "9",
                                              "__x__",
                                              "\\",
                                              "telar",
                                              "weights",
                                              "NULL",
                                              "na\xc3\xafve",
                                              std::string(5000, 'n'),
                                              "a::b",
                                              "x",
                                              "x",
                                              "X",
                                              "co_await",
                                              "TELAR_NAMES"};
    io::cpp::unique_names names;
    std::vector<std::string> all;
    for (const std::string& name : hostile) {
        all.push_back(names.add(name));
        INFO(name, " -> ", all.back());
        CHECK(is_plain_name(all.back()));
        CHECK(all.back().size() < 100);
        CHECK(io::cpp::comment(name).find_first_of("\n\r\\?") == std::string::npos);
    }
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());

    draft d;
    d.source.path = "a\n#include \"b\"\\";
    const symbol x = d.input("x\nint y;", shape(2)), w = d.weight("w[] = {}; int z; //", tensor<float, 2>{1, 2});
    d.output("out\\\n", x + w);
    const std::string text = convert(std::move(d).model()).header;
    CHECK(text.find("\nint") == std::string::npos);
    CHECK(text.find("\n#include \"") == std::string::npos);
    CHECK(text.find('\\') == std::string::npos);
    says(text, "w_int_z[] = {");

    for (const char* name : {"", "a b", "1", "a::", "::a", "int", "a;b", "a::b::", "std"})
        CHECK_THROWS_AS(written([](symbol s, symbol) { return s; }, {.name_space = name}), invalid_argument);
    says(written([](symbol s, symbol) { return exp(s); }, {.name_space = "nets::first"}), "namespace nets::first {");
}
TEST_CASE("numbers read back as the same bits") {
    const auto text_of = [](const auto& t) { return io::cpp::elements_text(any_tensor(t)); };
    CHECK(text_of(tensor<float, 4>{0.1f, -0.0f, 1e-45f, 3.4028235e38f}) ==
          "\n    0.1f, -0.0f, 1e-45f, 3.4028235e+38f,");
    CHECK(text_of(tensor<double, 2>{0.1, 1e300}) == "\n    0.1, 1e+300,");
    CHECK(text_of(tensor<std::int64_t, 1>{std::numeric_limits<std::int64_t>::min()}) ==
          "\n    (-9223372036854775807 - 1),");
    CHECK(text_of(tensor<bool, 2>{true, false}) == "\n    true, false,");
    CHECK(text_of(tensor<float16, 1>{float16(1)}) == "\n    15360,");
    CHECK(text_of(tensor<float, 1>{std::numeric_limits<float>::quiet_NaN()}) ==
          "\n    std::numeric_limits<float>::quiet_NaN(),");
}
TEST_CASE("weights in a file beside the header") {
    const support::temporary_file header("telar_convert_test.hpp"), values("telar_convert_test.safetensors");
    draft d;
    const symbol x = d.input("x", shape(dyn, 2)), scale = d.weight("scale", tensor<float, 2>{3, 4});
    d.output("y", x * scale);
    save_cpp(header.path, std::move(d).model(), {.weights = weight_storage::file});
    const std::string text = header.read();
    says(text, "#include <telar/nn/checkpoints.hpp>");
    says(text, "scale(x, telar::shape(2), telar::nn::zeros)");
    says(text, "inline model load(const std::filesystem::path& path = \"telar_convert_test.safetensors\") {");
    CHECK(text.find("values_of") == std::string::npos);
    CHECK(load_safetensors(values.path).get<tensor<float, 2>>("scale")(1) == 4);
}
TEST_CASE("what cannot be written is refused by name") {
    draft d;
    const symbol x = d.input("x", shape(2)), state = d.weight("state", tensor<std::int64_t, 2>{});
    const symbol stream = ir::emit::whole_constant(*x.g, dtype::int64, 0);
    d.output("y", x + ir::emit::random(state, stream, dtype::float32, shape(2)));
    const graph_model m = std::move(d).model();
    CHECK_THROWS_WITH_AS(convert(m), "draft: random cannot be written as C++", unsupported_model);
    draft without_inputs;
    without_inputs.output("y", exp(without_inputs.weight("w", tensor<float, 2>{})));
    CHECK_THROWS_AS(convert(std::move(without_inputs).model()), unsupported_model);
}
