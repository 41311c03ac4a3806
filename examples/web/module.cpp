// SPDX-License-Identifier: BSL-1.0
// The net behind the page: it reads digits, and is trained. There are no WASI imports and no exceptions in it.
#include "module.hpp"

#include <telar/run/minimize.hpp>
#include <telar/run/program.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "digit_net.hpp"
#include "weights.hpp"

using namespace telar;

namespace {

using labels = tensor<float, dyn, 10>;  // 1 for what it is, else 0

auto reading_of(const web::model& net) {
    const auto [logits, seen, found] = net(input<"x", web::images>{});
    return compile(fetch(softmax(logits), seen, found));
}
auto training_of(const web::model& net) {
    const auto logits = std::get<0>(net(input<"x", web::images>{}));
    const auto loss = mean(softmax_cross_entropy(logits, input<"y", labels>{}));
    return minimize(loss, adam{.learning_rate = 2e-3}, nn::wrt(net));
}

char failure_text[64];  // the kind of what went wrong

class digit_reader {
public:
    void begin(std::uint32_t seed) {
        set_failure_handler([](const char* text) { std::strncpy(failure_text, text, sizeof(failure_text) - 1); });
        random_ = generator(seed);
        if (seed == 0) web::restore(net_, web::weights::all);
        else draw_weights();
        step_.emplace(training_of(net_));
        next_ = order_.size();
    }
    float* pixels() { return pixels_; }
    void read(extent_t count) {
        const auto part = [&](float* data, auto... extents) { return tensor_view(data, shape(count, extents...)); };
        auto p = part(probabilities, 10), s = part(seen, 8, 8, 16), f = part(found, 4, 4, 32);
        reading_.into(memory_, std::tie(p, s, f), input<"x", web::images>{} = part(pixels_, 8, 8, 1));
    }
    const float* filters() const { return static_cast<const float*>(net_.data(0)); }

    std::uint8_t* digits(int count) {
        rows_.resize(static_cast<std::size_t>(count) * row_bytes);
        order_.clear();
        for (int i = 0; i < count; ++i)
            if (!is_held_out(i)) order_.push_back(i);
        next_ = order_.size();
        return rows_.data();
    }
    float train(int steps) {
        constexpr extent_t batch = most_images;
        if (order_.size() < static_cast<std::size_t>(batch)) return 0;
        float sum = 0;
        float of_batch[most_images * 10];
        for (int s = 0; s < steps; ++s) {
            if (next_ + most_images > order_.size()) {
                random_.shuffle(std::span(order_));
                next_ = 0;
            }
            std::fill(of_batch, of_batch + most_images * 10, 0.f);
            for (int i = 0; i < most_images; ++i) of_batch[10 * i + take(order_[next_++], i)] = 1;
            sum += run(*step_, input<"x", web::images>{} = tensor_view(pixels_, shape(batch, 8, 8, 1)),
                       input<"y", labels>{} = tensor_view(of_batch, shape(batch, 10)))
                       .item();
        }
        return sum / static_cast<float>(steps);
    }
    float accuracy() {
        int right = 0, all = 0, taken = 0;
        std::int32_t digit[most_images];
        const auto count_right = [&] {
            read(taken);
            for (int i = 0; i < taken; ++i) {
                const float* const p = probabilities + 10 * i;
                right += std::max_element(p, p + 10) - p == digit[i];
            }
            all += taken;
            taken = 0;
        };
        for (int i = 0; i < static_cast<int>(rows_.size() / row_bytes); ++i) {
            if (!is_held_out(i)) continue;
            digit[taken] = take(i, taken);
            if (++taken == most_images) count_right();
        }
        if (taken > 0) count_right();
        return all == 0 ? 0 : static_cast<float>(right) / static_cast<float>(all);
    }

    float probabilities[most_images * 10]{}, seen[most_images * 8 * 8 * 16]{}, found[most_images * 4 * 4 * 32]{};

private:
    static constexpr std::size_t row_bytes = 65;
    static bool is_held_out(int row) { return row % 5 == 4; }
    /// The pixels of a row become image i; its digit.
    std::int32_t take(int row, int i) {
        const std::uint8_t* const from = rows_.data() + static_cast<std::size_t>(row) * row_bytes;
        for (int k = 0; k < 64; ++k) pixels_[64 * i + k] = static_cast<float>(from[k]) / 16;
        return from[64];
    }
    /// Kernels uniform in +-sqrt(6 / inputs), biases 0. (initialize would do it, and tell of its errors with printf.)
    void draw_weights() {
        for (const nn::parameter_view& p : net_.parameters()) {
            const extent_t count = p.extents->count(), channels = (*p.extents)[p.extents->rank - 1];
            const float limit =
                p.extents->rank == 1 ? 0 : std::sqrt(6 * static_cast<float>(channels) / static_cast<float>(count));
            auto* const to = static_cast<float*>(p.data);
            for (extent_t i = 0; i < count; ++i)
                to[i] = limit * (static_cast<float>(random_.block()[0] >> 8) * 0x1p-23f - 1);
        }
    }

    alignas(64) std::byte weights_[web::model::memory_bytes];
    web::model net_{std::span(weights_)};
    decltype(reading_of(net_)) reading_ = reading_of(net_);
    std::optional<decltype(training_of(net_))> step_;
    workspace memory_;
    generator random_;
    alignas(64) float pixels_[most_images * 64]{};
    std::vector<std::uint8_t> rows_;
    std::vector<int> order_;
    std::size_t next_ = 0;
};

digit_reader& reader() {
    static auto& one = *new digit_reader;  // for as long as the page is there
    return one;
}

}  // namespace

void begin(std::uint32_t seed) { reader().begin(seed); }
float* pixels() { return reader().pixels(); }
void read_images(int count) { reader().read(std::clamp(count, 1, most_images)); }
const float* probabilities() { return reader().probabilities; }
const float* seen() { return reader().seen; }
const float* found() { return reader().found; }
const float* filters() { return reader().filters(); }
std::uint8_t* digits(int count) { return reader().digits(std::max(count, 0)); }
float train(int steps) { return reader().train(std::max(steps, 1)); }
float accuracy() { return reader().accuracy(); }
const char* failure() { return failure_text; }
