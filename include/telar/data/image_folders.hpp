// SPDX-License-Identifier: BSL-1.0
// Images in folders, one for each class, as a dataset.
#pragma once
#include <telar/data/images.hpp>
#include <telar/data/sources.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

struct image_folder_options {
    std::array<extent_t, 2> image_size = {256, 256};  ///< height, width
    extent_t batch_size = 32;
    int channels = 3;  ///< 1 grey, 3 red, green, blue, 4 these and alpha
    bool shuffle = true;
    std::uint64_t seed = 0;
    double validation_split = 0;  ///< the share of the files that is kept for validation
    image_interpolation interpolation = image_interpolation::bilinear;
    bool crop_to_aspect_ratio = false;       ///< cut out the middle, instead of distorting the image
    std::vector<std::string> class_names{};  ///< the folders, in the order of their labels; {}: all, by their names
    int threads = 0;                         ///< that decode images; 0: as many as the machine has
};

/// What image_dataset_from_directory finds.
struct image_folder {
    using images = std::tuple<tensor<float, dyn, dyn, dyn, dyn>, tensor<std::int32_t, dyn>>;
    dataset<images> train, validation;     ///< batches: (n, height, width, channels) in 0 .. 255, (n)
    std::vector<std::string> class_names;  ///< of label 0, 1, ...
    std::vector<std::filesystem::path> files, validation_files;
};

namespace io::images {
/// The folders of the classes.
inline std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder) {
    return datasets::entries_of(folder, [](const auto& e, std::error_code&) {
        std::error_code of_entry;
        return e.is_directory(of_entry) && !e.path().filename().string().starts_with('.');
    });
}
inline std::vector<std::filesystem::path> images_in(const std::filesystem::path& folder) {
    return datasets::entries_of(folder, [](const auto& e, std::error_code&) {
        std::error_code of_entry;
        std::string kind = e.path().extension().string();
        std::transform(kind.begin(), kind.end(), kind.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return (kind == ".png" || kind == ".jpg" || kind == ".jpeg") && e.is_regular_file(of_entry);
    });
}
}  // namespace io::images

/// Images in folders, one for each class: folder/cat/1.png has the label of "cat". They are read as they are asked for.
///
///     const auto pets = image_dataset_from_directory("pets", {.image_size = {64, 64}, .validation_split = 0.2});
///
/// errors    file_error: the folder cannot be read, has no folder of a class or no image; later, with its path, an
///           image that cannot be decoded. invalid_argument: a size or a split that cannot be
/// edge      .png, .jpg and .jpeg, in the folders of the classes themselves. The files are put into an order that the
///           seed decides, and the last of them are for validation, which always has the same order.
/// source    Keras' image_dataset_from_directory
/// test      tests/data/images_test.cpp
inline image_folder image_dataset_from_directory(const std::filesystem::path& folder,
                                                 const image_folder_options& o = {}) {
    const std::string name = "image_dataset_from_directory: ";
    if (!(o.validation_split >= 0 && o.validation_split < 1))
        fail<invalid_argument>(name + "validation_split is " + std::to_string(o.validation_split));
    if (o.image_size[0] < 1 || o.image_size[1] < 1 || (o.channels != 1 && o.channels != 3 && o.channels != 4))
        fail<invalid_argument>(name + "images of " + std::to_string(o.image_size[0]) + " x " +
                               std::to_string(o.image_size[1]) + " x " + std::to_string(o.channels));
    std::vector<std::string> classes = o.class_names;
    if (classes.empty())
        for (const auto& path : io::images::folders_in(folder)) classes.push_back(path.filename().string());
    if (classes.empty()) fail<file_error>(folder.string() + ": no folder of a class");

    using labelled_file = std::pair<std::filesystem::path, std::int32_t>;
    std::vector<labelled_file> all;
    for (std::size_t label = 0; label < classes.size(); ++label)
        for (auto& path : io::images::images_in(folder / classes[label]))
            all.emplace_back(std::move(path), static_cast<std::int32_t>(label));
    if (all.empty()) fail<file_error>(folder.string() + ": no image");
    if (o.shuffle) generator(o.seed, 1).shuffle(std::span(all));
    const auto kept = static_cast<std::ptrdiff_t>(std::floor(static_cast<double>(all.size()) * o.validation_split));
    std::vector<labelled_file> validated(all.end() - kept, all.end());
    all.resize(all.size() - static_cast<std::size_t>(kept));

    const auto read = [o](const std::filesystem::path& path, std::int32_t label) {
        const auto image = read_image(path, o.channels);
        const auto [height, width] = o.image_size;
        return std::tuple(o.crop_to_aspect_ratio
                              ? resize_image(crop_to_ratio(image, height, width), height, width, o.interpolation)
                              : resize_image(image, height, width, o.interpolation),
                          label);
    };
    const auto paths_of = [](const std::vector<labelled_file>& files) {
        std::vector<std::filesystem::path> paths;
        for (const auto& [path, label] : files) paths.push_back(path);
        return paths;
    };
    const auto batches_of = [&](const dataset<labelled_file>& files) {
        return files.map(read, o.threads).batch(o.batch_size).prefetch(2);
    };
    const auto count = static_cast<extent_t>(all.size());
    auto files = paths_of(all), validation_files = paths_of(validated);
    const auto trained = from_list(std::move(all));
    return {batches_of(o.shuffle ? trained.shuffle(std::max(count, extent_t{1}), o.seed) : trained),
            batches_of(from_list(std::move(validated))), std::move(classes), std::move(files),
            std::move(validation_files)};
}

}  // namespace telar::inline TELAR_ABI
