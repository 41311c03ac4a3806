// SPDX-License-Identifier: BSL-1.0
#include "../support/damaged.hpp"

#include <telar/io/hdf5_writer.hpp>
#include <telar/io/zip.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

using telar::dtype;
using telar::file_error;
using telar::shape;
namespace hdf5 = telar::io::hdf5;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras";

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
template <class T, std::size_t N> std::span<const std::byte> bytes_of(const std::array<T, N>& a) {
    return std::as_bytes(std::span(a));
}
/// What a reader sees of a file: no array is longer than its bytes.
std::size_t elements_of(const std::vector<hdf5::object>& objects) {
    std::size_t bytes = 0;
    for (const hdf5::object& o : objects) {
        if (!o.is_array || !o.has_type) continue;
        CHECK(static_cast<std::size_t>(o.extents.count()) * size_of(o.type) == o.elements.size());
        bytes += o.elements.size();
    }
    return bytes;
}
void refuses(const std::string& content, const std::string& why) {
    CHECK_THROWS_WITH_AS(hdf5::read(bytes_of(content), "x.h5"), ("x.h5: byte " + why).c_str(), file_error);
}

}  // namespace

TEST_CASE("a file that Keras wrote: groups, arrays, texts") {
    const auto bytes = telar::read_raw_file(folder / "mlp.weights.h5");
    const auto all = hdf5::read(bytes, "mlp");
    CHECK(all.front().path.empty());
    const hdf5::object* kernel = hdf5::find(all, "layers/dense/vars/0");
    REQUIRE(kernel);
    CHECK(kernel->is_array);
    CHECK(kernel->type == dtype::float32);
    CHECK(kernel->extents == shape(3, 5));
    CHECK(kernel->elements.size() == 60);
    CHECK(hdf5::find(all, "layers/dense_1/vars")->texts.at("name") == std::vector<std::string>{"dense_1"});
    CHECK(hdf5::find(all, "layers/dense_2") == nullptr);

    const auto legacy = telar::read_raw_file(folder / "mlp.h5");
    const auto old = hdf5::read(legacy, "mlp");
    CHECK(hdf5::find(old, "")->texts.at("keras_version") == std::vector<std::string>{"3.15.1"});
    CHECK(hdf5::find(old, "model_weights")->texts.at("layer_names") ==
          std::vector<std::string>{"dense", "dropout", "dense_1"});
    CHECK(hdf5::find(old, "optimizer_weights/adam/iteration")->type == dtype::int64);
}

TEST_CASE("what is written is read: every type, many members, long names, nothing") {
    const std::array<float, 6> w{1, 2, 3, 4, 5, -6.5f};
    const std::array<double, 1> d{1e300};
    const std::array<std::int64_t, 2> i{-1, 1};
    const std::array<std::uint8_t, 3> u{0, 128, 255};
    const std::array<std::uint16_t, 2> halves{0x3c00, 0xc000};
    hdf5::writer to;
    to.add_array("w", dtype::float32, shape(2, 3), bytes_of(w));
    to.add_array("a/b/c/d", dtype::float64, shape(), bytes_of(d));
    to.add_array("a/b/i", dtype::int64, shape(2), bytes_of(i));
    to.add_array("a/u", dtype::uint8, shape(3), bytes_of(u));
    to.add_array("a/half", dtype::float16, shape(2), bytes_of(halves));
    to.add_array("a/brain", dtype::bfloat16, shape(2, 1), bytes_of(halves));
    to.add_array("none", dtype::float32, shape(0, 4), {});
    to.add_group("empty");
    to.add_text("", "said", "é \"x\"");
    to.add_text("empty", "nothing", "");
    for (int k = 0; k < 300; ++k)
        to.add_array("many/" + std::to_string(k) + std::string(60, '_'), dtype::float32, shape(6), bytes_of(w));
    const auto bytes = to.finish();
    const auto all = hdf5::read(bytes, "x");
    const auto is = [&](const char* path, dtype type, const shape& extents, std::span<const std::byte> want) {
        const hdf5::object* o = hdf5::find(all, path);
        REQUIRE(o);
        CHECK(o->type == type);
        CHECK(o->extents == extents);
        CHECK(text_of(o->elements.bytes()) == text_of(want));
    };
    is("w", dtype::float32, shape(2, 3), bytes_of(w));
    is("a/b/c/d", dtype::float64, shape(), bytes_of(d));
    is("a/b/i", dtype::int64, shape(2), bytes_of(i));
    is("a/u", dtype::uint8, shape(3), bytes_of(u));
    is("a/half", dtype::float16, shape(2), bytes_of(halves));
    is("a/brain", dtype::bfloat16, shape(2, 1), bytes_of(halves));
    is("none", dtype::float32, shape(0, 4), {});
    CHECK_FALSE(hdf5::find(all, "empty")->is_array);
    CHECK(hdf5::find(all, "")->texts.at("said") == std::vector<std::string>{"é \"x\""});
    CHECK(hdf5::find(all, "empty")->texts.at("nothing") == std::vector<std::string>{""});
    CHECK(all.size() == 300 + 13);
    CHECK_THROWS_AS(to.add_array("w", dtype::float32, shape(2, 3), bytes_of(w)), telar::invalid_argument);
    CHECK_THROWS_AS(to.add_array("w/x", dtype::float32, shape(2, 3), bytes_of(w)), telar::invalid_argument);
    CHECK_THROWS_AS(to.add_array("a//x", dtype::float32, shape(2, 3), bytes_of(w)), telar::invalid_argument);
}

TEST_CASE("a damaged file is refused with the offset, or is read without harm") {
    // Every byte of telar's own form, and of what Keras writes all that is no element.
    const std::array<float, 2> w{1, 2};
    hdf5::writer to;
    to.add_array("a/b", dtype::float32, shape(2), bytes_of(w));
    to.add_text("a", "name", "x");
    const std::string own = text_of(to.finish());
    std::size_t refused = 0, read = 0;
    const auto check = [&](const std::string& damaged) {
        try {
            const std::vector<hdf5::object> all = hdf5::read(bytes_of(damaged), "x.h5");
            CHECK(elements_of(all) <= damaged.size() * all.size());
            ++read;
        } catch (const file_error& problem) {
            CHECK(std::string(problem.what()).starts_with("x.h5: byte "));
            ++refused;
        }
    };
    support::each_damage(own, check);
    support::each_damage(text_of(telar::read_raw_file(folder / "named.weights.h5")), check, 7);
    support::each_damage(text_of(telar::read_raw_file(folder / "mlp.h5")), check, 37);
    CHECK(refused > 0);
    CHECK(read > 0);
}

TEST_CASE("hostile files are refused, with the offset") {
    refuses("", "0: hdf5: no HDF5 file");
    refuses(std::string(hdf5::signature), "8: hdf5: truncated");
    const std::array<float, 2> w{1, 2};
    hdf5::writer to;
    to.add_array("a", dtype::float32, shape(2), bytes_of(w));
    const std::string whole = text_of(to.finish());
    const auto changed = [&](std::size_t at, auto value) {
        std::string s = whole;
        std::memcpy(s.data() + at, &value, sizeof value);
        return s;
    };
    std::uint64_t root = 0;
    std::memcpy(&root, whole.data() + 64, 8);
    refuses(changed(8, std::uint8_t{2}),
            "8: hdf5: superblock version 2 is not supported (h5py writes it with libver='latest')");
    refuses(changed(13, std::uint8_t{4}), "13: hdf5: offsets and lengths that have not 8 bytes");
    refuses(changed(64, ~std::uint64_t{0}), std::to_string(whole.size()) + ": hdf5: truncated");
    refuses(changed(root, std::uint8_t{7}), std::to_string(root) + ": hdf5: no object header");
    // The link of `a` leads back to the root: the last 8 bytes of the file before padding.
    const std::size_t link = whole.find(std::string("\1\0a", 3), root) + 3;
    refuses(changed(link, root), std::to_string(root) + ": hdf5: an object that is used twice");
    // Elements behind the end, and more than there are.
    const std::size_t layout = whole.find(std::string("\x03\x01", 2), 96);
    refuses(changed(layout + 2, std::uint64_t{1} << 60), std::to_string(whole.size()) + ": hdf5: truncated");
    refuses(changed(layout + 10, std::uint64_t{12}),
            std::to_string(layout + 2) + ": hdf5: 'a' has 12 bytes, but is float32 (2,)");
}
