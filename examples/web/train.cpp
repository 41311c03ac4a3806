// SPDX-License-Identifier: BSL-1.0
// Trains the net of the page on the digits of examples/data, and writes its weights, a byte for each, as weights.hpp.
//
//     train [weights.hpp [seed]]
#include <telar/io/output_file.hpp>

#include <cmath>
#include <iostream>
#include <string>

#include "read_digits.hpp"

using namespace telar;

namespace {

/// The weights of a net as source text, rounded to whole numbers from -127 to 127 of a scale for each channel.
class writer {
public:
    std::string text(web::model& net) {
        for (const nn::parameter_view& p : net.parameters()) {
            const auto* const w = static_cast<const float*>(p.data);
            if (p.extents->rank == 1)
                for (extent_t i = 0; i < p.extents->count(); ++i) biases_.add(std::to_string(w[i]) + "f");
            else add_kernel(w, p.extents->count(), (*p.extents)[p.extents->rank - 1]);
        }
        return "// SPDX-License-Identifier: BSL-1.0\n// Made by examples/web/train.cpp from examples/data/digits.csv.\n"
               "#pragma once\n#include \"digit_net.hpp\"\n\nnamespace web::weights {\n\n// clang-format off\n"
               "inline constexpr std::int8_t kernels[] = {" +
               kernels_.text + "};\ninline constexpr float scales[] = {" + scales_.text +
               "};\ninline constexpr float biases[] = {" + biases_.text +
               "};\n// clang-format on\n\ninline constexpr stored_weights all{kernels, scales, biases};\n\n"
               "}  // namespace web::weights\n";
    }

private:
    /// Numbers in lines of 120 characters.
    struct list {
        std::string text;
        std::size_t column = 120;

        void add(const std::string& number) {
            if (column + number.size() + 1 > 120) text += "\n", column = 0;
            text += number + ",";
            column += number.size() + 1;
        }
    };
    void add_kernel(const float* w, extent_t count, extent_t channels) {
        for (extent_t c = 0; c < channels; ++c) {
            float most = 0;
            for (extent_t i = c; i < count; i += channels) most = std::max(most, std::abs(w[i]));
            scales_.add(std::to_string(most / 127 * 1e6f) + "e-6f");
            scale_.push_back(most > 0 ? most / 127 : 1);
        }
        const float* const scale = scale_.data() + (scale_.size() - static_cast<std::size_t>(channels));
        for (extent_t i = 0; i < count; ++i)
            kernels_.add(std::to_string(static_cast<int>(std::lround(w[i] / scale[i % channels]))));
    }
    list kernels_, scales_, biases_;
    std::vector<float> scale_;
};

}  // namespace

int main(int count, char** words) {
    const auto folder = std::filesystem::path(__FILE__).parent_path();
    const web::digits data = web::read_digits(folder.parent_path() / "data" / "digits.csv");

    web::model net(count > 2 ? std::stoull(words[2]) : 1);
    input<"x", web::images> X;
    input<"y", tensor<std::int32_t, dyn>> Y;
    const auto logits = std::get<0>(net(X));
    auto step = minimize(mean(sparse_softmax_cross_entropy(logits, Y)), adam{.learning_rate = 2e-3}, nn::wrt(net));
    generator random(1);
    constexpr extent_t batch = 32;
    web::images x(shape(batch, 8, 8, 1));
    tensor<std::int32_t, dyn> y{shape(batch)};
    for (int epoch = 1; epoch <= 30; ++epoch) {
        const auto order = random.permutation(data.train.y.extent(0));
        for (extent_t first = 0; first + batch <= order.extent(0); first += batch) {
            for (extent_t i = 0; i < batch; ++i) {
                const extent_t n = order(first + i);
                std::copy_n(data.train.x.data() + 64 * n, 64, x.data() + 64 * i);
                y(i) = data.train.y(n);
            }
            run(step, X = x, Y = y);
        }
        if (epoch % 5 == 0) std::cout << "epoch " << epoch << ": accuracy " << web::accuracy(net, data.test) << '\n';
    }
    write_file(count > 1 ? words[1] : folder / "weights.hpp", std::string_view(writer().text(net)));
}
