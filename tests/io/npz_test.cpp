// SPDX-License-Identifier: BSL-1.0
#include "../support/damaged.hpp"
#include "../support/temporary_file.hpp"

#include <telar/io/npz.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace telar;

namespace {

const support::temporary_file file("telar_npz_test.npz");

/// A .npy file with this header, padded as NumPy does, and so many bytes behind it.
std::string array(std::string header, std::size_t bytes) {
    header.resize((10 + header.size() + 64) / 64 * 64 - 11, ' ');
    header += '\n';
    return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header +
           std::string(bytes, '\1');
}
void refuses(const std::string& header, std::size_t bytes, const std::string& why) {
    file.write(array(header, bytes));
    CHECK_THROWS_WITH_AS((load_npy<tensor<float, dyn>>(file.path)), (file.path.string() + ": byte " + why).c_str(),
                         file_error);
}

}  // namespace

TEST_CASE("archives that NumPy wrote") {
    const io::archive all = load_npz(std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras" / "expected.npz");
    CHECK(all.at("mlp.x0").extents == shape(8, 3));
    CHECK(all.at("mlp.labels").type == dtype::int32);
    CHECK(all.get<tensor<float, dyn, 4>>("mlp.y").extent(0) == 8);
}
TEST_CASE("what is saved is loaded bit for bit") {
    const tensor<float, 2, 3> w{{1, 2, 3}, {4, 5, -6.5}};
    const tensor<bool, 3> b{true, false, true};
    const tensor<std::int64_t> scalar(std::int64_t{1} << 40);
    const tensor<float16, 2> half{1, -2};
    const tensor<float, dyn, dyn> none(shape(0, 7));
    const tensor<std::uint8_t, 2> u{0, 255};
    save_npz(file.path, {io::view_of("w", w), io::view_of("b", b), io::view_of("scalar", scalar),
                         io::view_of("half", half), io::view_of("none", none), io::view_of("é/u", u)});
    const io::archive all = load_npz(file.path);
    CHECK(all.arrays().size() == 6);
    CHECK(same(all.get<tensor<float, dyn, 3>>("w"), w));
    CHECK(same(all.get<tensor<bool, 3>>("b"), b));
    CHECK(all.get<tensor<std::int64_t>>("scalar").item() == scalar.item());
    CHECK(same(all.get<tensor<float16, 2>>("half"), half));
    CHECK(all.get<tensor<float, dyn, dyn>>("none").extents() == shape(0, 7));
    CHECK(same(all.get<tensor<std::uint8_t, 2>>("é/u"), u));
    save_npy(file.path, w);
    CHECK(same(load_npy<tensor<float, dyn, dyn>>(file.path), w));
    CHECK(std::filesystem::file_size(file.path) % 64 == 24);  // the header is padded to 64
    const tensor<bfloat16, 1> brain{1};
    CHECK_THROWS_AS(save_npz(file.path, {io::view_of("x", brain)}), invalid_argument);
    CHECK_THROWS_AS(save_npz(file.path, {io::view_of("x", w), io::view_of("x", w)}), duplicate_name);
    CHECK(same(load_npy<tensor<float, 2, 3>>(file.path), w));
}
TEST_CASE("columns become rows") {
    const std::string header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }";
    std::string content = array(header, 0);
    content += std::string("\0\3\1\4\2\5", 6);
    file.write(content);
    CHECK(same(load_npy<tensor<std::uint8_t, 2, 3>>(file.path), tensor<std::uint8_t, 2, 3>{{0, 1, 2}, {3, 4, 5}}));
}
TEST_CASE("hostile arrays are refused, with the offset") {
    file.write(array("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8));
    CHECK(load_npy<tensor<float, dyn>>(file.path).extent(0) == 2);
    file.write(array("{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}", 8));
    CHECK(load_npy<tensor<float, dyn>>(file.path).extent(0) == 2);
    const std::string start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
    refuses(start + "(2,), }", 7, "135: npy: 7 bytes of elements, but the shape is (2,)");
    refuses(start + "(2,), }", 9, "136: npy: 9 bytes of elements, but the shape is (2,)");
    refuses(start + "(2,)", 8, "128: npy: expected }");
    refuses(start + "(-2,), }", 8, "61: npy: expected a number from 0 up");
    refuses(start + "(99999999999999999999999,), }", 8, "61: npy: the shape is absurd");
    refuses(start + "(1,1,1,1,1,1,2), }", 8, "73: npy: more than 6 axes");
    refuses(start + "(0,281474976710656,281474976710656), }", 0, "79: npy: the shape is absurd");
    refuses(start + "(2,), } x", 8, "68: npy: something behind the header");
    refuses("{'descr': '<f4', 'shape': (2,), }", 8, "10: npy: descr, fortran_order or shape is missing");
    refuses("{'descr': '<f4', 'descr': '<f4'}", 8, "35: npy: the key 'descr'");
    refuses("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", 8, "19: npy: the type '>f4' is not supported");
    refuses("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 8, "19: npy: the type '|O' is not supported");
    file.write("PK");
    CHECK_THROWS_AS((load_npy<tensor<float, dyn>>(file.path)), file_error);
    const tensor<float, 2> w{1, 2};
    const auto whole = io::npy::written(io::view_of("w", w));
    support::each_damage({reinterpret_cast<const char*>(whole.data()), whole.size()}, [](const std::string& damaged) {
        try {
            const auto bytes = std::as_bytes(std::span(damaged.data(), damaged.size()));
            const io::named_array a = io::npy::read(io::piece(bytes, "x.npy", "npy"), "w");
            CHECK(a.bytes.size() == 8);
        } catch (const file_error& problem) { CHECK(std::string(problem.what()).starts_with("x.npy: byte ")); }
    });
}
