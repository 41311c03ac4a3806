// SPDX-License-Identifier: BSL-1.0
#include <telar/io/safetensors.hpp>

#include <doctest/doctest.h>

#if !TELAR_HAS_SAFETENSORS
TEST_CASE("safetensors") { MESSAGE("skipped: nlohmann-json is not installed"); }
#else
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

using telar::dtype;
using telar::dyn;
using telar::shape;

namespace {

const std::filesystem::path file = std::filesystem::temp_directory_path() / "telar_safetensors_test";

using bytes = std::vector<std::byte>;

bytes of(std::initializer_list<int> numbers) {
    bytes b;
    for (const int n : numbers) b.push_back(static_cast<std::byte>(n));
    return b;
}
/// A file with this header, whatever it says, and so many zero bytes behind it.
bytes with_header(const std::string& header, std::size_t data) {
    bytes b(8 + header.size() + data);
    const std::uint64_t size = header.size();
    std::memcpy(b.data(), &size, 8);
    std::memcpy(b.data() + 8, header.data(), header.size());
    return b;
}
telar::io::archive load(const bytes& content) {
    telar::write_file(file, content);
    return telar::load_safetensors(file);
}
void refuses(const bytes& content, const std::string& why) {
    const std::string text = file.string() + ": " + why;
    CHECK_THROWS_WITH_AS(load(content), text.c_str(), telar::file_error);
}
/// One entry of a header.
std::string entry(const std::string& name, const std::string& type, const std::string& extents, const std::string& at) {
    return '"' + name + R"(":{"dtype":")" + type + R"(","shape":)" + extents + R"(,"data_offsets":)" + at + '}';
}
template <telar::Tensor X> bool same_bits(const X& a, const X& b) {
    return a.extents() == b.extents() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

// clang-format off
// Written by the Python package safetensors 0.8.0:
// save({"b": f64 [1.5, -2], "W": f32 [[1, 2, 3], [4, 5, -6.5]], "n": i64 7, "m": [True, False], "é": u8 (0, 3)},
//      {"format": "np"})
const bytes from_python = of({
    56, 1, 0, 0, 0, 0, 0, 0, 123, 34, 95, 95, 109, 101, 116, 97, 100, 97, 116, 97, 95, 95, 34, 58, 123, 34, 102,
    111, 114, 109, 97, 116, 34, 58, 34, 110, 112, 34, 125, 44, 34, 110, 34, 58, 123, 34, 100, 116, 121, 112, 101,
    34, 58, 34, 73, 54, 52, 34, 44, 34, 115, 104, 97, 112, 101, 34, 58, 91, 93, 44, 34, 100, 97, 116, 97, 95, 111,
    102, 102, 115, 101, 116, 115, 34, 58, 91, 48, 44, 56, 93, 125, 44, 34, 98, 34, 58, 123, 34, 100, 116, 121, 112,
    101, 34, 58, 34, 70, 54, 52, 34, 44, 34, 115, 104, 97, 112, 101, 34, 58, 91, 50, 93, 44, 34, 100, 97, 116, 97,
    95, 111, 102, 102, 115, 101, 116, 115, 34, 58, 91, 56, 44, 50, 52, 93, 125, 44, 34, 87, 34, 58, 123, 34, 100,
    116, 121, 112, 101, 34, 58, 34, 70, 51, 50, 34, 44, 34, 115, 104, 97, 112, 101, 34, 58, 91, 50, 44, 51, 93, 44,
    34, 100, 97, 116, 97, 95, 111, 102, 102, 115, 101, 116, 115, 34, 58, 91, 50, 52, 44, 52, 56, 93, 125, 44, 34,
    195, 169, 34, 58, 123, 34, 100, 116, 121, 112, 101, 34, 58, 34, 85, 56, 34, 44, 34, 115, 104, 97, 112, 101, 34,
    58, 91, 48, 44, 51, 93, 44, 34, 100, 97, 116, 97, 95, 111, 102, 102, 115, 101, 116, 115, 34, 58, 91, 52, 56, 44,
    52, 56, 93, 125, 44, 34, 109, 34, 58, 123, 34, 100, 116, 121, 112, 101, 34, 58, 34, 66, 79, 79, 76, 34, 44, 34,
    115, 104, 97, 112, 101, 34, 58, 91, 50, 93, 44, 34, 100, 97, 116, 97, 95, 111, 102, 102, 115, 101, 116, 115, 34,
    58, 91, 52, 56, 44, 53, 48, 93, 125, 125, 32, 32, 32, 32, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 248, 63, 0,
    0, 0, 0, 0, 0, 0, 192, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64, 0, 0, 208, 192,
    1, 0});
// clang-format on

}  // namespace

TEST_CASE("a file that Python wrote") {
    const telar::io::archive a = load(from_python);
    CHECK(a.arrays().size() == 5);
    CHECK(a.notes() == telar::file_notes{{"format", "np"}});
    CHECK(telar::same(a.get<telar::tensor<double, dyn> >("b"), telar::tensor<double, dyn>{1.5, -2}));
    CHECK(telar::same(a.get<telar::tensor<float, dyn, 3> >("W"), telar::tensor<float, 2, 3>{{1, 2, 3}, {4, 5, -6.5}}));
    CHECK(a.get<telar::tensor<std::int64_t> >("n").item() == 7);
    CHECK(telar::same(a.get<telar::tensor<bool, 2> >("m"), telar::tensor<bool, 2>{true, false}));
    CHECK(a.at("é").extents == shape(0, 3));
    CHECK(a.find("w") == nullptr);
}

TEST_CASE("what was saved is loaded bit for bit, with every NaN as it was") {
    telar::tensor<float, 2, 3> w;
    const std::uint32_t bits[] = {0x7fc00001, 0x7f800001, 0xffc12345, 0x80000000, 1, 0x7f800000};
    std::memcpy(w.data(), bits, sizeof bits);
    telar::tensor<double, dyn> d{-0.0, 5e-324, std::nan("77")};
    const telar::tensor<std::uint8_t, 3> u{0, 128, 255};
    const telar::tensor<std::int8_t, 2> i8{-128, 127};
    const telar::tensor<std::int16_t, 1> i16{-32768};
    const telar::tensor<std::uint16_t, 1> u16{65535};
    const telar::tensor<std::uint32_t, 2> u32{4294967295u, 1};
    const telar::tensor<std::int32_t, 1, 1> i{{-5}};
    const telar::tensor<std::int64_t> scalar(std::int64_t{1} << 40);
    const telar::tensor<bool, 3> b{true, false, true};
    const telar::tensor<float, dyn, dyn> none(shape(0, 7));
    const telar::tensor<telar::bfloat16, 3> brain{1.5, -0.0, 3e38};
    const bytes halves = of({0, 60, 0, 0xc0});
    const telar::file_notes notes = {{"made \"by\"", "a\\b\n\x01é"}};
    telar::save_safetensors(file,
                            {telar::io::view_of("u", u),
                             telar::io::view_of("w", w),
                             telar::io::view_of("a/b \"\\\n", d),
                             telar::io::view_of("i", i),
                             telar::io::view_of("i8", i8),
                             telar::io::view_of("i16", i16),
                             telar::io::view_of("u16", u16),
                             telar::io::view_of("u32", u32),
                             telar::io::view_of("", scalar),
                             telar::io::view_of("é", b),
                             telar::io::view_of("none", none),
                             telar::io::view_of("brain", brain),
                             {"half", dtype::float16, shape(2), halves}},
                            notes);
    const telar::io::archive a = telar::load_safetensors(file);
    CHECK(a.arrays().size() == 13);
    CHECK(a.notes() == notes);
    CHECK(same_bits(a.get<decltype(w)>("w"), w));
    CHECK(same_bits(a.get<decltype(d)>("a/b \"\\\n"), d));
    CHECK(telar::same(a.get<telar::tensor<std::uint8_t, 3> >("u"), u));
    CHECK(telar::same(a.get<telar::tensor<std::int32_t, 1, 1> >("i"), i));
    CHECK(telar::same(a.get<telar::tensor<std::int8_t, 2> >("i8"), i8));
    CHECK(telar::same(a.get<telar::tensor<std::int16_t, 1> >("i16"), i16));
    CHECK(telar::same(a.get<telar::tensor<std::uint16_t, 1> >("u16"), u16));
    CHECK(telar::same(a.get<telar::tensor<std::uint32_t, 2> >("u32"), u32));
    CHECK(a.get<telar::tensor<std::int64_t> >("").item() == std::int64_t{1} << 40);
    CHECK(telar::same(a.get<telar::tensor<bool, 3> >("é"), b));
    CHECK(a.get<telar::tensor<float, dyn, dyn> >("none").extents() == shape(0, 7));
    CHECK(a.at("half").type == dtype::float16);
    CHECK(a.at("half").bytes == halves);
    CHECK(a.at("brain").type == dtype::bfloat16);
    CHECK(telar::same(a.get<telar::tensor<telar::float16, 2> >("half"), telar::tensor<telar::float16, 2>{1, -2}));
    CHECK(telar::same(a.get<telar::tensor<telar::bfloat16, 3> >("brain"), brain));

    const bytes content = telar::read_file(file);
    CHECK(static_cast<int>(content[0]) % 8 == 0);  // the data are aligned
    telar::save_safetensors(file, std::span<const telar::io::named_view>());
    CHECK(telar::load_safetensors(file).arrays().empty());
}

TEST_CASE("loading into tensors is all or nothing") {
    const telar::io::archive a = load(from_python);
    telar::tensor<float, 2, 3> w;
    telar::tensor<double, dyn> b(shape(2)), wrong(shape(3));
    telar::tensor<float, 2> narrow;
    const std::string at = file.string() + ": ";
    CHECK_THROWS_WITH_AS(telar::load_into(a, {telar::io::target_of("W", w), telar::io::target_of("b", wrong)}),
                         (at + "'b' has shape (2,), expected (3,)").c_str(), telar::wrong_shape);
    CHECK_THROWS_WITH_AS(telar::load_into(a, {telar::io::target_of("W", w), telar::io::target_of("b", narrow)}),
                         (at + "'b' is float64, not float32").c_str(), telar::file_error);
    CHECK_THROWS_WITH_AS(telar::load_into(a, {telar::io::target_of("W", w), telar::io::target_of("c", b)}),
                         (at + "no tensor is named 'c'").c_str(), telar::file_error);
    CHECK(telar::same(w, telar::tensor<float, 2, 3>()));  // untouched by all three
    telar::load_into(a, {telar::io::target_of("W", w), telar::io::target_of("b", b)});
    CHECK(w(1, 2) == -6.5f);
    CHECK(b(1) == -2);
    telar::matrix<float, dyn, dyn> m(shape(2, 3));
    telar::load_into(a, "W", m);
    CHECK(m(1, 0) == 4);
    CHECK_THROWS_AS((a.get<telar::tensor<float, 3, dyn> >("W")), telar::wrong_shape);
}

TEST_CASE("a file cut anywhere, or longer, is refused") {
    for (std::size_t n = 0; n < from_python.size(); ++n) {
        CAPTURE(n);
        CHECK_THROWS_AS(load(bytes(from_python.begin(), from_python.begin() + static_cast<std::ptrdiff_t>(n))),
                        telar::file_error);
    }
    bytes longer = from_python;
    longer.push_back(std::byte{0});
    refuses(longer, "byte 370: safetensors: bytes that belong to no tensor");
}

TEST_CASE("a header with any byte damaged is refused, or says something else that is whole") {
    for (std::size_t at = 0; at < 320; ++at)
        for (const int damage : {1, 4, 64, 128, 255}) {
            bytes damaged = from_python;
            damaged[at] ^= static_cast<std::byte>(damage);
            try {
                std::size_t size = 0;
                for (const auto& array : load(damaged).arrays()) {
                    CHECK(static_cast<std::size_t>(array.extents.count()) * size_of(array.type) == array.bytes.size());
                    size += array.bytes.size();
                }
                CHECK(size == 50);
            } catch (const telar::file_error& problem) {
                CHECK(std::string(problem.what()).starts_with(file.string() + ": byte "));
            }
        }
}

TEST_CASE("hostile files are refused, with the offset") {
    const std::string a = entry("a", "F32", "[1]", "[0,4]"), b = entry("b", "F32", "[1]", "[4,8]");
    CHECK(load(with_header('{' + a + ',' + b + '}', 8)).arrays().size() == 2);
    CHECK(load(with_header('{' + b + ',' + a + "}   ", 8)).arrays().front().name == "a");
    const std::string start = "byte 8: safetensors: ";

    refuses(bytes(8, std::byte{0xff}), "byte 0: safetensors: the header is too long");
    refuses(of({0, 0, 0, 1, 0, 0, 0, 0, '{', '}'}), "byte 10: safetensors: truncated");
    refuses(with_header("", 0), start + "the header is no JSON object");
    refuses(with_header(" {}", 0), start + "the header is no JSON object");
    refuses(with_header("[]", 0), start + "the header is no JSON object");
    refuses(with_header("{\"a\":", 0), "byte 14: safetensors: the header is not JSON");
    refuses(with_header("{} x", 0), "byte 12: safetensors: the header is not JSON");
    refuses(with_header("{\"\xff\":1}", 0), "byte 11: safetensors: the header is not JSON");
    refuses(with_header('{' + a + ',' + a + '}', 4), start + "the name 'a' stands twice");
    refuses(with_header('{' + a + ',' + entry("a", "F32", "[1]", "[4,8]") + '}', 8),
            start + "the name 'a' stands twice");
    refuses(with_header("{\"a\":" + std::string(100000, '['), 0), start + "the header is nested too deep");

    const auto one = [&](const std::string& type, const std::string& extents, const std::string& at) {
        return with_header('{' + entry("a", type, extents, at) + '}', 8);
    };
    refuses(one("F8_E4M3", "[8]", "[0,8]"), start + "'a': dtype F8_E4M3 is not supported");
    refuses(one("F64", "[2]", "[0,8]"), start + "'a': data_offsets [0,8] do not hold float64 (2,)");
    refuses(one("F32", "[1]", "[0,8]"), start + "'a': data_offsets [0,8] do not hold float32 (1,)");
    refuses(one("U8", "[-8]", "[0,8]"), start + "'a': an extent is not a number from 0 up");
    refuses(one("U8", "[8.0]", "[0,8]"), start + "'a': an extent is not a number from 0 up");
    refuses(one("U8", "[4294967296,4294967296]", "[0,0]"), start + "'a': the shape is absurd");
    refuses(one("U8", "[0,4294967296,4294967296]", "[0,0]"), start + "'a': the shape is absurd");
    refuses(one("U8", "[18446744073709551615]", "[0,8]"), start + "'a': the shape is absurd");
    refuses(one("U8", "[1,1,1,1,1,1,8]", "[0,8]"), start + "'a': rank 7 is not supported");
    refuses(one("U8", "8", "[0,8]"), start + "'a': shape is not an array");
    refuses(one("U8", "[8]", "[8]"), start + "'a': data_offsets is not two numbers from 0 up");
    refuses(one("U8", "[8]", "[-8,0]"), start + "'a': data_offsets is not two numbers from 0 up");
    refuses(one("U8", "[8]", "[8,0]"), start + "'a': data_offsets [8,0] are outside of the file's 8 bytes of data");
    refuses(one("U8", "[8]", "[1,9]"), start + "'a': data_offsets [1,9] are outside of the file's 8 bytes of data");
    refuses(with_header("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0),
            start + "'a': expected dtype, shape and data_offsets");
    refuses(with_header("{\"a\":1}", 0), start + "'a': expected dtype, shape and data_offsets");
    refuses(with_header("{\"__metadata__\":{\"a\":1}}", 0), start + "__metadata__ holds more than strings");

    const std::string overlapping = '{' + a + ',' + entry("b", "F32", "[1]", "[2,6]") + '}';
    const std::string hole = '{' + a + ',' + entry("b", "F32", "[1]", "[5,9]") + '}';
    const auto offset = [](const std::string& header, int n) {
        return "byte " + std::to_string(8 + header.size() + static_cast<std::size_t>(n));
    };
    refuses(with_header(overlapping, 6), offset(overlapping, 2) + ": safetensors: 'b' overlaps another tensor");
    refuses(with_header(hole, 9), offset(hole, 4) + ": safetensors: 'b' leaves a hole before it");
    bytes two = with_header('{' + entry("a", "BOOL", "[1]", "[0,1]") + '}', 1);
    two.back() = std::byte{2};
    refuses(two, "byte " + std::to_string(two.size() - 1) + ": safetensors: 'a': a bool that is neither 0 nor 1");
}

TEST_CASE("what cannot be saved is refused, and the old file stays") {
    const telar::tensor<float, 2> x{1, 2};
    telar::save_safetensors(file, {telar::io::view_of("x", x)});
    const bytes before = telar::read_file(file);
    CHECK_THROWS_AS(telar::save_safetensors(file, {telar::io::view_of("x", x), telar::io::view_of("x", x)}),
                    telar::duplicate_name);
    CHECK_THROWS_AS(telar::save_safetensors(file, {telar::io::view_of("\xff", x)}), telar::invalid_argument);
    CHECK_THROWS_AS(telar::save_safetensors(file, {telar::io::view_of("__metadata__", x)}), telar::invalid_argument);
    telar::io::named_view short_view = telar::io::view_of("x", x);
    short_view.extents = shape(3);
    CHECK_THROWS_AS(telar::save_safetensors(file, {short_view}), telar::invalid_argument);
    CHECK(telar::read_file(file) == before);
}

TEST_CASE("published weights") {
#if defined(TELAR_DATA_DIR)
    std::string data = TELAR_DATA_DIR;
#else
    std::string data;
#endif
    if (const char* given = std::getenv("TELAR_DATA")) data = given;
    const auto path = std::filesystem::path(data) / "squeezenet" / "squeezenet_v1.0_imagenet.safetensors";
    if (!std::filesystem::exists(path)) {
        MESSAGE("skipped: no squeezenet under TELAR_DATA");
        return;
    }
    const telar::io::archive a = telar::load_safetensors(path);
    CHECK(a.arrays().size() == 52);  // 26 convolutions, each with its bias
    std::size_t parameters = 0;
    for (const auto& array : a.arrays()) {
        CHECK(array.type == dtype::float32);
        parameters += static_cast<std::size_t>(array.extents.count());
    }
    CHECK(parameters == 1248424);  // as in F. Iandola et al., arXiv:1602.07360, rounded there to 1.25 M
}
#endif
