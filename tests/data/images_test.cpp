// SPDX-License-Identifier: BSL-1.0
#include <telar/data/image_folders.hpp>
#include <telar/io/npz.hpp>

#include <doctest/doctest.h>

#include "../support/damaged.hpp"
#include "../support/data_folder.hpp"
#include "../support/temporary_file.hpp"

#include <cmath>
#include <string>

using namespace telar;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "images";
using pixels = tensor<std::uint8_t, dyn, dyn, dyn>;
const io::archive& expected() {
    static const io::archive all = load_npz(folder.parent_path() / "images.npz");
    return all;
}
int difference(const pixels& a, const pixels& b) {
    REQUIRE(a.extents() == b.extents());
    int most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(int{a.data()[i]} - int{b.data()[i]}));
    return most;
}
/// A folder that is gone afterwards: cat/0.png .. and dog/0.png .., each filled with a number of its own.
struct pets {
    std::filesystem::path path = std::filesystem::temp_directory_path() / "telar_images_test";
    pets(int cats, int dogs) {
        std::filesystem::remove_all(path);
        for (const auto& [name, count] : {std::pair("cat", cats), std::pair("dog", dogs)}) {
            std::filesystem::create_directories(path / name);
            for (int i = 0; i < count; ++i)
                save_png(path / name / (std::to_string(i) + ".png"),
                         pixels::filled(shape(2 + i, 3, 3), static_cast<std::uint8_t>((*name == 'd' ? 100 : 0) + i)));
        }
        write_file(path / "cat" / "notes.txt", std::string_view("no image"));
    }
    pets(const pets&) = delete;
    pets& operator=(const pets&) = delete;
    ~pets() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("PNG as Pillow reads it, to the bit; JPEG but for what decoders round") {
    for (const char* name : {"colour.png", "grey.png", "alpha.png", "palette.png", "one_bit.png", "deep.png"}) {
        CAPTURE(name);
        CHECK(difference(read_image(folder / name), expected().get<pixels>(name)) == 0);
    }
    for (const char* name : {"full.jpg", "grey.jpg"}) {
        CAPTURE(name);
        CHECK(difference(read_image(folder / name), expected().get<pixels>(name)) <= 2);
    }
    for (const char* name : {"halved.jpeg", "progressive.jpg"})  // colours of half the resolution, spread otherwise
        CHECK(difference(read_image(folder / name), expected().get<pixels>(name)) <= 8);
    CHECK(read_image(folder / "grey.png", 3).extent(2) == 3);
    CHECK(read_image(folder / "alpha.png", 3).extent(2) == 3);
    CHECK(read_image(folder / "colour.png", 1).extent(2) == 1);
    CHECK_THROWS_AS(read_image(folder / "colour.png", 5), invalid_argument);
}
TEST_CASE("photographs of the data folder as Pillow reads them") {
    const std::filesystem::path photographs = std::filesystem::path(support::data_folder()) / "images";
    if (support::data_folder().empty() || !std::filesystem::exists(photographs)) return;
    int found = 0;
    for (const auto& path : io::images::images_in(photographs)) {
        const std::string name = path.filename().string();
        CAPTURE(name);
        const auto image = read_image(path);
        const std::string_view bytes(reinterpret_cast<const char*>(image.data()), image.size());
        CHECK(static_cast<std::int64_t>(io::crc32<io::ieee_802_3>(bytes)) ==
              expected().get<tensor<std::int64_t>>("crc32/" + name).item());
        ++found;
    }
    CHECK(found == 5);
}
TEST_CASE("resized as TensorFlow does") {
    const auto image = read_image(folder / "colour.png");
    for (const auto& [height, width] :
         {std::pair(5, 7), std::pair(3, 4), std::pair(11, 2), std::pair(1, 1), std::pair(10, 21)})
        for (const auto how : {image_interpolation::bilinear, image_interpolation::nearest}) {
            const std::string name = std::string(how == image_interpolation::bilinear ? "bilinear_" : "nearest_") +
                                     std::to_string(height) + '_' + std::to_string(width);
            CAPTURE(name);
            const auto want = expected().get<tensor<float, dyn, dyn, dyn>>(name);
            const auto found = resize_image(image, height, width, how);
            REQUIRE(found.extents() == want.extents());
            for (std::size_t i = 0; i < want.size(); ++i)
                CHECK(std::abs(found.data()[i] - want.data()[i]) <=
                      (how == image_interpolation::bilinear ? 1e-4f : 0.0f));
        }
    CHECK_THROWS_AS(resize_image(image, 0, 3), invalid_argument);
    CHECK_THROWS_AS(resize_image(pixels(shape(0, 3, 3)), 2, 3), wrong_shape);
    CHECK(crop_image(image, 1, 2, 3, 4)(2, 3, 1) == image(3, 5, 1));
    CHECK(crop_image(image, 5, 7, 0, 0).size() == 0);
    CHECK(crop_to_ratio(image, 1, 2).extents() == shape(3, 7, 3));
    CHECK(crop_to_ratio(image, 3, 1).extents() == shape(5, 1, 3));
    CHECK_THROWS_WITH_AS(crop_image(image, 3, 0, 3, 1),
                         "crop_image: rows 3 + 3, columns 0 + 1 of an image of shape (5, 7, 3)", invalid_argument);
}
TEST_CASE("what is saved is read") {
    const support::temporary_file file("telar_images_test.png");
    generator random(3);
    for (const extent_t channels : {1, 2, 3, 4}) {
        const auto image = random_integers<std::uint8_t, dyn, dyn, dyn>(random, shape(7, 5, channels), 0, 256);
        save_png(file.path, image);
        CHECK(same(read_image(file.path), image));
    }
    save_png(file.path, tensor<std::uint8_t, 1, 2>{{7, 9}});
    CHECK(same(read_image(file.path), pixels{{{7}, {9}}}));
    CHECK_THROWS_AS(save_png(file.path, pixels(shape(3, 3, 5))), wrong_shape);
    CHECK_THROWS_AS(save_png(file.path, pixels(shape(0, 3, 3))), wrong_shape);
}
TEST_CASE("hostile files are refused with their path") {
    const support::temporary_file file("telar_images_test.bin");
    const auto refuses = [&](const std::string& content, const std::string& why) {
        file.write(content);
        CHECK_THROWS_WITH_AS(read_image(file.path), (file.path.string() + ": no PNG or JPEG image: " + why).c_str(),
                             file_error);
    };
    refuses("", "it begins like neither");
    refuses("GIF89a", "it begins like neither");
    const auto bytes_of = [](const char* name) {
        const auto bytes = read_raw_file(folder / name);
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    std::string large = bytes_of("colour.png");
    large[18] = large[22] = '\x40';
    refuses(large, "16389 x 16391 pixels in 178 bytes");
    const std::string photograph = bytes_of("full.jpg");
    const auto refuses_frame = [&](const std::string& content, const std::string& why) {
        file.write(content);
        CHECK_THROWS_WITH_AS(read_image(file.path), (file.path.string() + ": byte " + why).c_str(), file_error);
    };
    for (const std::size_t size : {photograph.size() - 2, photograph.size() - 100, photograph.size() / 2})
        refuses_frame(photograph.substr(0, size), std::to_string(size) + ": JPEG: truncated");
    std::string codes = photograph;
    const std::size_t table = codes.find("\xff\xc4") + 4;
    std::fill_n(codes.begin() + static_cast<std::ptrdiff_t>(table) + 1, 16, '\x7f');
    refuses_frame(codes, std::to_string(table) + ": JPEG: 2032 Huffman codes");
    refuses_frame("\xff\xd8\xff\xe0" + std::string(2, '\0'), "4: JPEG: a segment of 0 bytes");
    for (const char* name : {"colour.png", "palette.png", "deep.png", "grey.jpg", "progressive.jpg"})
        support::each_damage(bytes_of(name), [&](const std::string& damaged) {
            file.write(damaged);
            try {
                const auto image = read_image(file.path);  // no checksum is compared
                CHECK(image.size() > 0);
            } catch (const file_error& e) { CHECK(std::string(e.what()).starts_with(file.path.string() + ": ")); }
        });
    CHECK_THROWS_AS(read_image("absent.png"), file_error);
}
TEST_CASE("folders of classes: labels by their names, a part for validation, the same order from the seed") {
    const pets data(6, 5);
    const auto read = [&](image_folder& found) {
        std::vector<int> seen;
        for (const auto& [images, labels] : found.train) {
            CHECK(images.extents() == shape(images.extent(0), 4, 5, 3));
            for (extent_t i = 0; i < images.extent(0); ++i) {
                CHECK(labels(i) == (images(i, 1, 1, 1) >= 100 ? 1 : 0));
                seen.push_back(static_cast<int>(images(i, 3, 4, 2)));
            }
        }
        return seen;
    };
    const image_folder_options options{
        .image_size = {4, 5}, .batch_size = 4, .seed = 3, .validation_split = 0.2, .threads = 2};
    auto found = image_dataset_from_directory(data.path, options);
    CHECK(found.class_names == std::vector<std::string>{"cat", "dog"});
    CHECK(found.files.size() == 9);
    CHECK(found.validation_files.size() == 2);
    CHECK(found.train.cardinality() == 3);
    const auto first = read(found), second = read(found);
    CHECK(first != second);
    auto again = image_dataset_from_directory(data.path, options);
    CHECK(read(again) == first);
    int validated = 0;
    for (const auto& batch : found.validation) validated += static_cast<int>(std::get<1>(batch).extent(0));
    CHECK(validated == 2);

    auto plain = image_dataset_from_directory(
        data.path, {.image_size = {4, 5}, .shuffle = false, .crop_to_aspect_ratio = true, .class_names = {"dog"}});
    std::vector<float> dogs;
    for (const auto& [images, labels] : plain.train)
        for (extent_t i = 0; i < images.extent(0); ++i) dogs.push_back(images(i, 0, 0, 0));
    CHECK(dogs == std::vector<float>{100, 101, 102, 103, 104});

    write_file(data.path / "cat" / "bad.PNG", std::string_view("PNG"));
    auto bad = image_dataset_from_directory(data.path, {.threads = 3});
    CHECK_THROWS_WITH_AS(
        read(bad),
        ((data.path / "cat" / "bad.PNG").string() + ": no PNG or JPEG image: it begins like neither").c_str(),
        file_error);
    CHECK_THROWS_AS(image_dataset_from_directory(data.path / "cat"), file_error);
    CHECK_THROWS_AS(image_dataset_from_directory(data.path / "bird"), file_error);
    CHECK_THROWS_AS(image_dataset_from_directory(data.path, {.image_size = {0, 1}}), invalid_argument);
    CHECK_THROWS_AS(image_dataset_from_directory(data.path, {.validation_split = 1}), invalid_argument);
}
