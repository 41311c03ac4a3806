// SPDX-License-Identifier: BSL-1.0
#include <telar/data/idx.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

using telar::dyn;
using telar::shape;

namespace {

const std::filesystem::path file = std::filesystem::temp_directory_path() / "telar_idx_test";

std::vector<std::byte> of(std::initializer_list<int> numbers) {
    std::vector<std::byte> b;
    for (const int n : numbers) b.push_back(static_cast<std::byte>(n));
    return b;
}
template <class T, int Rank> auto read(const std::vector<std::byte>& bytes) {
    telar::write_file(file, bytes);
    return telar::read_idx<T, Rank>(file);
}
template <class T> void check_round_trip(const telar::tensor<T, dyn, dyn>& x) {
    telar::write_idx(file, x);
    CHECK(telar::same(telar::read_idx<T, 2>(file), x));
}

// Two rows of three 16-bit numbers, written by hand from the description of the format.
const auto small = of({0, 0, 0x0b, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 0xff, 0xfe, 1, 0, 0x7f, 0xff, 0x80, 0, 0, 0});

}  // namespace

TEST_CASE("numbers stand highest byte first") {
    const auto x = read<std::int32_t, 2>(small);
    CHECK(telar::same(x, telar::tensor<std::int32_t, dyn, dyn>{{1, -2, 256}, {32767, -32768, 0}}));
    CHECK(telar::same(read<float, 2>(small), telar::tensor<float, dyn, dyn>{{1, -2, 256}, {32767, -32768, 0}}));
    const auto i8 = read<std::int64_t, 1>(of({0, 0, 9, 1, 0, 0, 0, 2, 0xff, 0x7f}));
    CHECK(telar::same(i8, telar::tensor<std::int64_t, dyn>{-1, 127}));
    const auto f32 = read<double, 1>(of({0, 0, 0x0d, 1, 0, 0, 0, 1, 0xc0, 0x20, 0, 0}));
    CHECK(f32(0) == -2.5);
}

TEST_CASE("every type that is written is read back bit for bit") {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const auto inf = std::numeric_limits<float>::infinity();
    check_round_trip(telar::tensor<std::uint8_t, dyn, dyn>{{0, 1, 255}});
    check_round_trip(telar::tensor<std::int8_t, dyn, dyn>{{0, -1, -128}});
    check_round_trip(telar::tensor<std::int16_t, dyn, dyn>{{0, -1, -32768}});
    check_round_trip(telar::tensor<std::int32_t, dyn, dyn>{{std::numeric_limits<int>::min()}, {-1}});
    check_round_trip(telar::tensor<float, dyn, dyn>{{-0.0f, 1e-45f}, {inf, 3.14f}});
    check_round_trip(telar::tensor<double, dyn, dyn>{{nan, -1e308, 5e-324}});
    check_round_trip(telar::tensor<double, dyn, dyn>(shape(0, 7)));
    telar::tensor<float, 2, 1, 2, 1, 1, 3> six;
    six.data()[11] = 4;
    telar::write_idx(file, six);
    CHECK(telar::same(telar::read_idx<float, 6>(file), six));
}

TEST_CASE("a file cut anywhere, or one byte longer, is refused") {
    for (std::size_t n = 0; n < small.size(); ++n) {
        CAPTURE(n);
        const std::vector<std::byte> cut(small.begin(), small.begin() + static_cast<std::ptrdiff_t>(n));
        CHECK_THROWS_AS((read<std::int32_t, 2>(cut)), telar::file_error);
    }
    auto longer = small;
    longer.push_back(std::byte{0});
    const std::string text = file.string() + ": byte 24: IDX: bytes behind the elements (2, 3)";
    CHECK_THROWS_WITH_AS((read<std::int32_t, 2>(longer)), text.c_str(), telar::file_error);
}

TEST_CASE("a header with any byte wrong is refused") {
    for (std::size_t at = 0; at < 12; ++at)
        for (const int wrong : {1, 0x0d, 0x0f, 0xff}) {
            CAPTURE(at);
            auto damaged = small;
            if (damaged[at] == static_cast<std::byte>(wrong)) continue;
            damaged[at] = static_cast<std::byte>(wrong);
            CHECK_THROWS_AS((read<std::int32_t, 2>(damaged)), telar::file_error);
        }
}

TEST_CASE("extents that overflow are refused before memory is taken") {
    const auto huge = of({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1});
    CHECK_THROWS_AS((read<std::uint8_t, 3>(huge)), telar::file_error);
    const auto wraps = of({0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0});  // 2^64 elements
    CHECK_THROWS_AS((read<std::uint8_t, 4>(wraps)), telar::file_error);
    const auto none = of({0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28});
    CHECK(read<std::uint8_t, 3>(none).extents() == shape(0, 28, 28));
}

TEST_CASE("a type that cannot hold the file's numbers is refused") {
    CHECK_THROWS_AS((read<std::uint8_t, 2>(small)), telar::file_error);
    const auto i32 = of({0, 0, 0x0c, 1, 0, 0, 0, 1, 1, 0, 0, 1});
    CHECK_THROWS_AS((read<float, 1>(i32)), telar::file_error);
    CHECK(read<double, 1>(i32)(0) == 16777217.0);
}

TEST_CASE("read_mnist joins images and labels") {
    const auto folder = std::filesystem::temp_directory_path() / "telar_mnist_test";
    std::filesystem::create_directories(folder);
    for (const std::string part : {"train", "t10k"}) {
        telar::tensor<std::uint8_t, dyn, dyn, dyn> images(shape(3, 2, 2));
        images(1, 0, 1) = 255, images(2, 1, 1) = 51;
        telar::write_idx(folder / (part + "-images-idx3-ubyte"), images);
        telar::write_idx(folder / (part + "-labels-idx1-ubyte"), telar::tensor<std::uint8_t, dyn>{7, 0, 9});
    }
    const auto [train, test] = telar::read_mnist(folder);
    CHECK(train.x.extents() == shape(3, 4));
    CHECK(train.x(1, 1) == 1.0f);
    CHECK(test.x(2, 3) == 0.2f);
    CHECK(test.x(0, 0) == 0.0f);
    CHECK(telar::same(train.y, telar::tensor<std::int32_t, dyn>{7, 0, 9}));

    telar::write_idx(folder / "t10k-labels-idx1-ubyte", telar::tensor<std::uint8_t, dyn>{7, 0});
    CHECK_THROWS_AS(telar::read_mnist(folder), telar::wrong_shape);
    std::filesystem::remove_all(folder);
}

TEST_CASE("MNIST as published") {
#if defined(TELAR_DATA_DIR)
    std::string data = TELAR_DATA_DIR;
#else
    std::string data;
#endif
    if (const char* given = std::getenv("TELAR_DATA")) data = given;
    const auto folder = std::filesystem::path(data) / "mnist";
    if (!std::filesystem::exists(folder)) {
        MESSAGE("skipped: no MNIST under TELAR_DATA");
        return;
    }
    if (!TELAR_ZLIB && !std::filesystem::exists(folder / "train-images-idx3-ubyte")) {
        MESSAGE("skipped: MNIST is packed with gzip, and this was built without TELAR_ZLIB");
        return;
    }
    const auto [train, test] = telar::read_mnist(folder);
    CHECK(train.x.extents() == shape(60000, 784));
    CHECK(test.x.extents() == shape(10000, 784));
    double sum = 0;
    for (const float pixel : train.x) sum += static_cast<double>(pixel);
    CHECK(sum / static_cast<double>(train.x.size()) == doctest::Approx(0.1306604762738429));  // known mean of MNIST
    std::vector<int> count(10);
    for (const int label : test.y) ++count[static_cast<std::size_t>(label)];
    CHECK(count == std::vector<int>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
    CHECK(train.y(0) == 5);
}
