// SPDX-License-Identifier: BSL-1.0
// Layers that prepare what a net reads: numbers rescaled and normalised, categories, bins, sizes of images.
#pragma once
#include <telar/nn/layers/annotated_images.hpp>
#include <telar/nn/layers/normalization.hpp>
#include <telar/nn/layers/reshaping.hpp>

#include <array>
#include <cmath>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

namespace preprocessing {
/// (N, H, W, C) of a height and a width that are known, or a mistake.
constexpr bool is_image(symbol x, int height, int width) {
    const auto is_known = [&](int axis) { return ir::is_number(x.g->dims.resolve(x.extents()[axis])); };
    if (x.rank() == 4 && height >= 1 && width >= 1 && is_known(1) && is_known(2)) return true;
    ir::emit::refuse_convolution(x, x);
    return false;
}
constexpr symbol resized(symbol x, int height, int width, interpolation between) {
    const bool is_bilinear = between == interpolation::bilinear;
    return ir::emit::resample(ir::emit::resample(x, 1, height, is_bilinear), 2, width, is_bilinear);
}
/// A part of an image.
struct part {
    extent_t top, left, height, width;

    constexpr symbol of(symbol x) const {
        return ir::emit::part_of_axis(ir::emit::part_of_axis(x, 1, top, height), 2, left, width);
    }
};
constexpr part whole(symbol x) { return {0, 0, x.g->dims.resolve(x.extents()[1]), x.g->dims.resolve(x.extents()[2])}; }
/// The part in the middle: of these extents, or the largest one with the ratio of height to width.
constexpr part middle(symbol x, extent_t rows, extent_t columns) {
    const part all = whole(x);
    return {(all.height - rows) / 2, (all.width - columns) / 2, rows, columns};
}
constexpr part middle_of_ratio(symbol x, int height, int width) {
    const part all = whole(x);
    const auto within = [](extent_t n, extent_t most) { return n > most ? most : n < 1 ? extent_t{1} : n; };
    return middle(x, within(all.width * height / width, all.height), within(all.height * width / height, all.width));
}
/// A part of images, resized to height and width; masks are read by the nearest element.
struct resized_part {
    part from;
    int height, width;
    interpolation between = interpolation::bilinear;

    constexpr auto motion() const {
        const auto image = [*this](symbol x, bool is_mask) {
            const symbol y = from.of(x);
            if (from.height == height && from.width == width) return y;
            return resized(y, height, width, is_mask ? interpolation::nearest : between);
        };
        const auto point = [*this](const boxes::point& at) {
            const auto along = [](symbol v, extent_t first, extent_t of, extent_t to) {
                return (v - static_cast<double>(first)) * (static_cast<double>(to) / static_cast<double>(of));
            };
            return boxes::point{along(at.x, from.left, from.width, width), along(at.y, from.top, from.height, height)};
        };
        return augmentation::motion{image, point, extent_t{height}, extent_t{width}};
    }
};
}  // namespace preprocessing

/// y = x scale + offset; of integers in the type of the model.
///
/// source    Keras' Rescaling
/// test      tests/fixtures/keras_preprocessing_test.cpp
struct rescaling {
    double scale = 1, offset = 0;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "rescaling");
        const symbol y = preprocessing::as_float(here, x) * scale;
        return call.gives(offset == 0 ? y : y + offset);
    }
};

/// y = (x - mean) / sqrt(variance), of the features along the axes, {}: of all together; with `invert` the other way.
/// Neither is trained: nn::adapt<"path of the layer">(net, data) computes them of data.
///
/// shapes    x -> the same; mean, variance: the extents of the axes
/// edge      the divisor is at least 1e-7
/// source    Keras' Normalization
/// test      tests/fixtures/keras_preprocessing_test.cpp
struct normalization {
    nn::axes axis = -1;
    bool invert = false;
    parameter mean{}, variance{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "normalization");
        x = preprocessing::as_float(here, x);
        const unsigned axes = axis.count == 0 ? 0 : axis.bits(x);
        const shape s = normalizing::extents_of(x, axes);
        const symbol average = normalizing::beside(mean(x, s, zeros, false), x, axes);
        const symbol spread = normalizing::beside(variance(x, s, ones, false), x, axes);
        const symbol deviation = telar::maximum(telar::sqrt(spread), 1e-7);
        return call.gives(invert ? average + x * deviation : (x - average) / deviation);
    }
};

/// Computes the mean and the variance of a model's nn::normalization from data:
///
///     nn::adapt<"norm">(net, x);
///
/// shapes    x as the layer has it; Axes are the layer's, the last one unless given
/// errors    wrong_shape: x does not have as many features
/// source    Keras' Normalization.adapt
/// test      tests/nn/preprocessing_test.cpp
template <fixed_string Path, int... Axes, class Net, Tensor X> void adapt(Net& net, const X& x) {
    auto mean = net.template get<Path + fixed_string(".mean")>();
    auto variance = net.template get<Path + fixed_string(".variance")>();
    using number = std::remove_cvref_t<decltype(*mean.data())>;
    const shape whole = x.extents();
    constexpr int axes[]{Axes..., -1};
    unsigned kept = 0;
    for (std::size_t i = 0; i < (sizeof...(Axes) == 0 ? 1 : sizeof...(Axes)); ++i)
        kept |= 1u << (axes[i] < 0 ? axes[i] + whole.rank : axes[i]);
    shape features;
    for (int i = 0; i < whole.rank; ++i)
        if (kept >> i & 1) features.append(whole[i]);
    if (!(features == mean.extents())) fail<wrong_shape>("nn::adapt: the data has other features than the layer");
    const auto feature_of = [&](extent_t element) {
        extent_t feature = 0, step = 1;
        for (int i = whole.rank - 1; i >= 0; --i) {
            if (kept >> i & 1) feature += element % whole[i] * step, step *= whole[i];
            element /= whole[i];
        }
        return static_cast<std::size_t>(feature);
    };
    const auto count = static_cast<std::size_t>(features.count());
    const double each = static_cast<double>(whole.count()) / static_cast<double>(features.count());
    std::vector<double> sums(count), squares(count);
    for (extent_t i = 0; i < whole.count(); ++i) sums[feature_of(i)] += static_cast<double>(x.data()[i]) / each;
    for (extent_t i = 0; i < whole.count(); ++i) {
        const double deviation = static_cast<double>(x.data()[i]) - sums[feature_of(i)];
        squares[feature_of(i)] += deviation * deviation / each;
    }
    for (std::size_t k = 0; k < count; ++k) {
        mean.data()[k] = static_cast<number>(sums[k]);
        variance.data()[k] = static_cast<number>(squares[k]);
    }
}

/// What stands for a category: its number; 1 at its place (one_hot); of several in a sample 1 at the place of each
/// (multi_hot), or how often it is there (count).
enum class category_mode : std::int32_t { integer, one_hot, multi_hot, count };

namespace preprocessing {
constexpr symbol encoded(const site& here, symbol x, int depth, category_mode mode, const symbol* weights = nullptr) {
    const dtype type = here.owner ? here.owner->type : dtype::float32;
    if (mode == category_mode::integer) return x;
    if (mode == category_mode::one_hot) {
        const bool is_column = x.rank() > 1 && x.g->dims.same(x.extents()[x.rank() - 1], 1);
        if (is_column) x = ir::emit::reshape(x, ir::emit::without(x.extents(), 1u << (x.rank() - 1)));
        return ir::emit::one_hot(x, depth, type);
    }
    symbol each = ir::emit::one_hot(x, depth, type);
    if (weights) each = each * ir::emit::expand_dims(ir::emit::cast(weights->plain(), type), {-1});
    const unsigned summed = x.rank() > 1 ? 2 : 1;
    return ir::emit::reduce(mode == category_mode::count ? op::sum : op::max, each, summed, false);
}
}  // namespace preprocessing

/// Categories 0 .. num_tokens - 1 as vectors; others are nowhere.
///
/// shapes    one_hot: (N), (N,1) -> (N,num_tokens); multi_hot, count: (N,K) -> (N,num_tokens), with weights (N,K) the
///           second operand of a count
/// types     integers -> the model's type
/// source    Keras' CategoryEncoding
/// test      tests/fixtures/keras_preprocessing_test.cpp
struct category_encoding {
    int num_tokens = 1;
    category_mode output_mode = category_mode::multi_hot;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "category_encoding");
        return call.gives(preprocessing::encoded(here, x, num_tokens, output_mode));
    }
    constexpr symbol operator()(symbol x, symbol count_weights) const {
        const layer_call call(here, x, "category_encoding");
        return call.gives(preprocessing::encoded(here, x, num_tokens, category_mode::count, &count_weights));
    }
};

/// The bin of each number: how many of the boundaries, which ascend, are not above it.
///
///     nn::discretization<3> bins{{0.0, 1.0, 5.0}};                // a member
///     nn::sequential body = nn::discretization{{0.0, 1.0, 5.0}} | nn::embedding{4, 8};
///
/// shapes    integer: any -> the same, int32; others as category_encoding, of N + 1 categories
/// source    Keras' Discretization
/// test      tests/fixtures/keras_preprocessing_test.cpp
template <std::size_t N> struct discretization {
    std::array<double, N> bin_boundaries{};
    category_mode output_mode = category_mode::integer;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "discretization");
        x = preprocessing::as_float(here, x);
        symbol bin = ir::emit::broadcast_to(ir::emit::constant(*x.g, dtype::int32, 0), x.extents());
        for (const double boundary : bin_boundaries) bin = bin + ir::emit::cast(x >= boundary, dtype::int32);
        return call.gives(preprocessing::encoded(here, bin, static_cast<int>(N) + 1, output_mode));
    }
};
template <std::size_t N> discretization(const double (&)[N]) -> discretization<N>;
template <std::size_t N> discretization(const double (&)[N], category_mode) -> discretization<N>;

/// Images of another size: each element lies between those of x, or is the nearest; as it is stretched, or after what
/// is too much on two sides is cut off (crop_to_aspect_ratio).
///
/// shapes    (N,H,W,C) -> (N,height,width,C)
/// errors    E126 convolution_does_not_fit: no image, or one of unknown extents
/// source    Keras' Resizing
/// test      tests/fixtures/keras_preprocessing_test.cpp
struct resizing {
    int height = 1, width = 1;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    bool crop_to_aspect_ratio = false;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        return augmentation::moved(
            *this, all, "resizing", [&](symbol x) { return preprocessing::is_image(x, height, width); },
            [](symbol) { return true; },
            [&](symbol x) {
                const preprocessing::part from =
                    crop_to_aspect_ratio ? preprocessing::middle_of_ratio(x, height, width) : preprocessing::whole(x);
                return preprocessing::resized_part{from, height, width, interpolation}.motion();
            });
    }
};

/// The middle of images; of those that are smaller the largest part of the same ratio, resized.
///
/// shapes    (N,H,W,C) -> (N,height,width,C)
/// errors    as resizing
/// source    Keras' CenterCrop
/// test      tests/fixtures/keras_preprocessing_test.cpp
struct center_crop {
    int height = 1, width = 1;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        return augmentation::moved(
            *this, all, "center_crop", [&](symbol x) { return preprocessing::is_image(x, height, width); },
            [](symbol) { return true; },
            [&](symbol x) {
                const preprocessing::part whole = preprocessing::whole(x);
                const preprocessing::part from = whole.height >= height && whole.width >= width
                                                     ? preprocessing::middle(x, height, width)
                                                     : preprocessing::middle_of_ratio(x, height, width);
                return preprocessing::resized_part{from, height, width}.motion();
            });
    }
};

}  // namespace telar::inline TELAR_ABI::nn
