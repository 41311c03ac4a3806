// SPDX-License-Identifier: BSL-1.0
#include <telar/io/safetensors.hpp>

#include <doctest/doctest.h>

#if !TELAR_HAS_SAFETENSORS
TEST_CASE("weights") { MESSAGE("skipped: nlohmann-json is not installed"); }
#else
#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>

#include "../support/counted_heap.hpp"

using telar::dyn;
using telar::shape;
using telar::variable;

namespace {

const std::filesystem::path file = std::filesystem::temp_directory_path() / "telar_weights_test";

using weights = variable<"W", telar::matrix<float, 2, 3> >;
using bias = variable<"b", telar::tensor<double, 3> >;
const telar::matrix<float, 2, 3> w{{1, 2, 3}, {-0.0f, 5, 1e-45f}};
const telar::tensor<double, 3> b{0.5, -2, 7};

void save() { telar::save_safetensors(file, weights(w), bias(b)); }

/// Loading W and then `wrong` fails with this text, and changes neither.
template <class Error, class V> void refuses(V wrong, const std::string& why) {
    weights W;
    const auto before = wrong.value();
    const std::string text = file.string() + ": " + why;
    CHECK_THROWS_WITH_AS(telar::load_safetensors(file, W, wrong), text.c_str(), Error);
    CHECK(telar::same(W.value(), telar::matrix<float, 2, 3>()));
    CHECK(telar::same(wrong.value(), before));
}

}  // namespace

TEST_CASE("variables are saved under their names and loaded in any order") {
    save();
    const telar::io::archive a = telar::load_safetensors(file);
    CHECK(a.arrays().size() == 2);
    CHECK(telar::same(a.get<telar::matrix<float, 2, 3> >("W"), w));
    weights W;
    bias B;
    const auto same = alias(B);
    telar::load_safetensors(file, B, W);
    CHECK(telar::same(W.value(), w));
    CHECK(telar::same(same.value(), b));
}

TEST_CASE("a tuple of variables, one alone, and one that is not trained") {
    const variable<"n", telar::tensor<std::int64_t>, false> n(telar::tensor<std::int64_t>(std::int64_t{1} << 40));
    telar::save_safetensors(file, std::tuple(weights(w), bias(b), n));
    weights W;
    variable<"n", telar::tensor<std::int64_t>, false> count;
    telar::load_safetensors(file, std::tie(W, count));  // b is passed over
    CHECK(telar::same(W.value(), w));
    CHECK(count.value().item() == std::int64_t{1} << 40);
    telar::save_safetensors(file, W);
    CHECK(telar::load_safetensors(file).arrays().size() == 1);
}

TEST_CASE("an extent that the type leaves open is the file's") {
    save();
    variable<"W", telar::tensor<float, dyn, 3> > W;
    CHECK(W.value().extents() == shape(0, 3));
    telar::load_safetensors(file, W);
    CHECK(W.value().extents() == shape(2, 3));
    CHECK(W.value()(1, 1) == 5);
}

TEST_CASE("when one does not fit, none is changed") {
    save();
    refuses<telar::wrong_shape>(variable<"b", telar::tensor<double, 4> >(), "'b' has shape (3,), expected (4,)");
    refuses<telar::wrong_shape>(variable<"b", telar::tensor<double, dyn, 1> >(telar::tensor<double, dyn, 1>{{6}}),
                                "'b' has shape (3,), expected (None, 1)");
    refuses<telar::file_error>(variable<"b", telar::tensor<float, 3> >({1, 2, 3}), "'b' is float64, not float32");
    refuses<telar::file_error>(variable<"c", telar::tensor<double, 3> >({1, 2, 3}), "no tensor is named 'c'");
    std::filesystem::remove(file);
    weights W;
    CHECK_THROWS_AS(telar::load_safetensors(file, W), telar::file_error);
}

TEST_CASE("saving takes no memory for the elements, loading as much as the file has") {
    using large = telar::tensor<float, dyn>;
    variable<"first", large> first(large::filled(shape(1000000), 1.5f));
    variable<"second", large> second(large::filled(shape(500000), 2.5f));
    const double bytes = 6e6;
    CHECK(static_cast<double>(counted_heap::peak_of([&] { telar::save_safetensors(file, first, second); })) <
          0.1 * bytes);
    CHECK(static_cast<double>(counted_heap::peak_of([&] { telar::load_safetensors(file); })) < 1.1 * bytes);
    CHECK(static_cast<double>(counted_heap::peak_of([&] { telar::load_safetensors(file, first, second); })) <
          1.1 * bytes);
    CHECK(first.value()(999999) == 1.5f);
    CHECK(second.value()(499999) == 2.5f);
}

TEST_CASE("two variables of one name are not saved") {
    save();
    const variable<"W", telar::tensor<float, 1> > other;
    CHECK_THROWS_AS(telar::save_safetensors(file, weights(w), other), telar::duplicate_name);
    CHECK(telar::load_safetensors(file).arrays().size() == 2);  // the old file
}
#endif
