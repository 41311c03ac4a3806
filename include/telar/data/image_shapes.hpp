// SPDX-License-Identifier: BSL-1.0
// Images of sizes that only a run knows: resized, cut out.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io::images {
enum class interpolation { bilinear, nearest };
}
/// What stands between the pixels of an image that is resized.
using image_interpolation = io::images::interpolation;

namespace io::images {
/// Where an element of a resized axis lies between two of the original.
struct place {
    extent_t lower, upper;
    float between;  // 0: at the lower one
};
inline std::vector<place> places(extent_t from, extent_t to, image_interpolation how) {
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    std::vector<place> all;
    for (extent_t i = 0; i < to; ++i) {
        const float at = (static_cast<float>(i) + 0.5f) * scale;
        if (how == image_interpolation::nearest) {
            const extent_t nearest = std::min(static_cast<extent_t>(at), from - 1);
            all.push_back({nearest, nearest, 0});
        } else {
            const float low = std::floor(at - 0.5f);
            all.push_back({std::max(static_cast<extent_t>(low), extent_t{0}),
                           std::min(static_cast<extent_t>(std::ceil(at - 0.5f)), from - 1), at - 0.5f - low});
        }
    }
    return all;
}
}  // namespace io::images

/// An image in another size: y = the pixels around the place, weighted by their distance; or the nearest one.
///
/// shapes    (H, W, C) -> (height, width, C)
/// types     any number type -> float32
/// errors    invalid_argument: height or width below 1; wrong_shape: an image without pixels
/// edge      pixels have their centres at a half; nothing is averaged when an image becomes smaller
/// source    tf.image.resize
/// test      tests/data/images_test.cpp
template <Tensor X>
tensor<float, dyn, dyn, dyn> resize_image(const X& x, extent_t height, extent_t width,
                                          image_interpolation how = image_interpolation::bilinear) {
    static_assert(X::rank == 3, "resize_image: an image is (height, width, channels)");
    if (height < 1 || width < 1)
        fail<invalid_argument>("resize_image: to " + std::to_string(height) + " x " + std::to_string(width));
    if (x.size() == 0) fail<wrong_shape>("resize_image: an image of shape " + to_string(x.extents()));
    const extent_t channels = x.extent(2);
    const auto rows = io::images::places(x.extent(0), height, how),
               columns = io::images::places(x.extent(1), width, how);
    auto y = tensor<float, dyn, dyn, dyn>::uninitialized(shape(height, width, channels));
    float* to = y.data();
    for (const auto& r : rows) {
        const auto* const above = x.data() + r.lower * x.extent(1) * channels;
        const auto* const below = x.data() + r.upper * x.extent(1) * channels;
        for (const auto& c : columns)
            for (extent_t k = 0; k < channels; ++k) {
                const extent_t left = c.lower * channels + k, right = c.upper * channels + k;
                const auto mixed = [](auto a, auto b, float t) {
                    return static_cast<float>(a) + (static_cast<float>(b) - static_cast<float>(a)) * t;
                };
                *to++ = mixed(mixed(above[left], above[right], c.between), mixed(below[left], below[right], c.between),
                              r.between);
            }
    }
    return y;
}

/// A part of an image.
///
/// shapes    (H, W, C) -> (height, width, C)
/// errors    invalid_argument: the part does not lie in the image
template <Tensor X> auto crop_image(const X& x, extent_t top, extent_t left, extent_t height, extent_t width) {
    static_assert(X::rank == 3, "crop_image: an image is (height, width, channels)");
    if (top < 0 || left < 0 || height < 0 || width < 0 || height > x.extent(0) - top || width > x.extent(1) - left)
        fail<invalid_argument>("crop_image: rows " + std::to_string(top) + " + " + std::to_string(height) +
                               ", columns " + std::to_string(left) + " + " + std::to_string(width) +
                               " of an image of shape " + to_string(x.extents()));
    const extent_t channels = x.extent(2);
    auto y = tensor<typename X::value_type, dyn, dyn, dyn>::uninitialized(shape(height, width, channels));
    for (extent_t i = 0; i < height; ++i)
        std::copy_n(x.data() + ((top + i) * x.extent(1) + left) * channels, width * channels,
                    y.data() + i * width * channels);
    return y;
}

/// The largest part in the middle of an image that has the ratio of height to width.
template <Tensor X> auto crop_to_ratio(const X& x, extent_t height, extent_t width) {
    if (height < 1 || width < 1)
        fail<invalid_argument>("crop_to_ratio: " + std::to_string(height) + " to " + std::to_string(width));
    const extent_t h = x.extent(0), w = x.extent(1);
    const extent_t rows = std::min(h, w * height / width), columns = std::min(w, h * width / height);
    return crop_image(x, (h - rows) / 2, (w - columns) / 2, rows, columns);
}

}  // namespace telar::inline TELAR_ABI
