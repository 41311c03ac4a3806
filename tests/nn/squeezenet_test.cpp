// SPDX-License-Identifier: BSL-1.0
// SqueezeNet 1.0 as others trained it, in telar's layers: what ONNX Runtime computes of two images.
#include "../support/data_folder.hpp"

#include <doctest/doctest.h>
#include <telar/io/safetensors.hpp>
#include <telar/nn.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

using namespace telar;

namespace {

struct fire {
    nn::conv2d squeeze, expand1, expand3;
    nn::concatenate both;
    constexpr symbol operator()(symbol x) const {
        const symbol s = squeeze(x);
        return both(expand1(s), expand3(s));
    }
};
constexpr fire fire_of(int squeezed, int expanded) {
    return {.squeeze = {squeezed, 1, nn::relu},
            .expand1 = {expanded, 1, nn::relu},
            .expand3 = {.filters = expanded, .kernel_size = 3, .activation = nn::relu, .padding = nn::padding::same},
            .both = {}};
}
struct squeezenet {
    nn::conv2d conv1{.filters = 96, .kernel_size = 7, .activation = nn::relu, .strides = 2};
    nn::max_pooling2d pool{.pool_size = 3, .strides = 2};
    fire fire2 = fire_of(16, 64), fire3 = fire_of(16, 64), fire4 = fire_of(32, 128), fire5 = fire_of(32, 128),
         fire6 = fire_of(48, 192), fire7 = fire_of(48, 192), fire8 = fire_of(64, 256), fire9 = fire_of(64, 256);
    nn::zero_padding2d pad{1};
    nn::conv2d conv10{1000, 1, nn::relu};
    nn::global_average_pooling mean;

    constexpr symbol operator()(symbol x) const {
        x = pool(fire4(fire3(fire2(pool(conv1(x))))));
        x = pool(fire8(fire7(fire6(fire5(x)))));
        return mean(conv10(pad(fire9(x))));
    }
};
using images = tensor<float, dyn, 227, 227, 3>;

/// "fire2.expand1.kernel" is "fire2/expand1x1.weight" in the file.
std::string name_in_file(std::string path) {
    for (const auto& [from, to] : std::map<std::string, std::string>{{".squeeze.", "/squeeze1x1."},
                                                                     {".expand1.", "/expand1x1."},
                                                                     {".expand3.", "/expand3x3."},
                                                                     {".kernel", ".weight"}})
        if (const std::size_t at = path.find(from); at != path.npos) path.replace(at, from.size(), to);
    return path;
}
/// (O,C,H,W) of the file to (H,W,C,O).
void read_kernel(const tensor<float, dyn, dyn, dyn, dyn>& from, float* to) {
    const extent_t outputs = from.extent(0), channels = from.extent(1), rows = from.extent(2), columns = from.extent(3);
    for (extent_t h = 0; h < rows; ++h)
        for (extent_t w = 0; w < columns; ++w)
            for (extent_t c = 0; c < channels; ++c)
                for (extent_t o = 0; o < outputs; ++o) *to++ = from(o, c, h, w);
}

}  // namespace

TEST_CASE("SqueezeNet's published weights give its published logits") {
    const auto folder = std::filesystem::path(support::data_folder()) / "squeezenet";
    if (!std::filesystem::exists(folder)) {
        MESSAGE("skipped: there is no " << folder.string());
        return;
    }
    nn::model<squeezenet, images> net;
    const auto weights = load_safetensors(folder / "squeezenet_v1.0_imagenet.safetensors");
    for (const nn::parameter_view& p : net.parameters()) {
        const std::string name = name_in_file(std::string(p.path));
        CAPTURE(name);
        if (p.extents->rank == 4) {
            const auto kernel = weights.get<tensor<float, dyn, dyn, dyn, dyn>>(name);
            REQUIRE(kernel.size() * sizeof(float) == p.bytes());
            read_kernel(kernel, static_cast<float*>(p.data));
        } else {
            const auto bias = weights.get<tensor<float, dyn>>(name);
            REQUIRE(bias.size() * sizeof(float) == p.bytes());
            std::memcpy(p.data, bias.data(), p.bytes());
        }
    }
    const auto reference = load_safetensors(folder / "reference.safetensors");
    const auto given = reference.get<tensor<float, dyn, 3, 227, 227>>("input");
    const auto expected = reference.get<tensor<float, dyn, 1000>>("logits");
    constexpr extent_t count = 2;  // of four
    images x(shape(count, 227, 227, 3));
    for (extent_t n = 0; n < count; ++n)
        for (extent_t h = 0; h < 227; ++h)
            for (extent_t w = 0; w < 227; ++w)
                for (extent_t c = 0; c < 3; ++c) x(n, h, w, c) = given(n, c, h, w);

    const tensor<float, dyn, 1000> logits = nn::late(net)(x);
    for (extent_t n = 0; n < count; ++n) {
        float largest = 0;
        extent_t best = 0, best_expected = 0;
        for (extent_t k = 0; k < 1000; ++k) {
            largest = std::max(largest, std::abs(logits(n, k) - expected(n, k)));
            if (logits(n, k) > logits(n, best)) best = k;
            if (expected(n, k) > expected(n, best_expected)) best_expected = k;
        }
        CAPTURE(n);
        CHECK(best == best_expected);
        CHECK(largest < 1e-3f);
        MESSAGE("image " << n << ": class " << best << ", the largest difference " << largest);
    }
}
