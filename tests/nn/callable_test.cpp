// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>
#include <telar/nn.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../support/counted_heap.hpp"
#include "../support/data_folder.hpp"

using namespace telar;
using counted_heap::allocations_of;

namespace {

struct mlp {
    nn::dense hidden{16, nn::tanh}, out{4};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using image = tensor<float, dyn, 8>;
using mlp_model = nn::model<mlp, image>;

/// RTNeural's lstm_1d: one sample, its state, one sample.
struct lstm_1d {
    static constexpr int units = 8;
    nn::parameter kernel{}, recurrent_kernel{}, bias{};
    nn::dense out{1};
    constexpr std::array<symbol, 3> operator()(symbol x, symbol h, symbol c) const {
        const auto next = lstm_cell(x, h, c, kernel(x, shape(1, 4 * units)),
                                    recurrent_kernel(x, shape(units, 4 * units)), bias(x, shape(4 * units)));
        return {out(next[0]), next[0], next[1]};
    }
};
using lstm_state = tensor<float, 1, lstm_1d::units>;
using lstm_model = nn::model<lstm_1d, tensor<float, 1, 1>, lstm_state, lstm_state>;

callable<float(float)> voice_of(const lstm_model& net) {
    const variable<"h", lstm_state> h;
    const variable<"c", lstm_state> c;
    return [&](auto x) {
        const auto [y, next_h, next_c] = net(reshape(x, extents<1, 1>), h, c);
        return fetch(reshape(y, extents<>), h = next_h, c = next_c);
    };
}

struct gru_1d {
    static constexpr int units = 8;
    nn::parameter kernel{}, recurrent_kernel{}, bias{};
    nn::dense between{8, nn::sigmoid}, out{1};
    constexpr std::array<symbol, 2> operator()(symbol x, symbol h) const {
        const symbol next = gru_cell(x, h, kernel(x, shape(1, 3 * units)), recurrent_kernel(x, shape(units, 3 * units)),
                                     bias(x, shape(2, 3 * units)));
        return {out(between(next)), next};
    }
};
using gru_state = tensor<float, 1, gru_1d::units>;

// ---------------------------------------------------------------- RTNeural's files
std::vector<float> numbers_of(const std::string& file) {
    std::ifstream in(support::data_folder() + "/rtneural/test_data/" + file);
    return {std::istream_iterator<float>(in), std::istream_iterator<float>()};
}
/// All weights of a model, in the order of its layers: what stands behind each "weights".
std::vector<float> weights_of(const std::string& file) {
    std::ifstream in(support::data_folder() + "/rtneural/models/" + file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::vector<float> all;
    for (std::size_t at = text.find("\"weights\""); at != std::string::npos; at = text.find("\"weights\"", at)) {
        at += 9;
        const std::size_t end = std::min(text.find('"', at), text.size());
        while ((at = text.find_first_of("-0123456789", at)) < end) {
            char* behind = nullptr;
            all.push_back(std::strtof(text.data() + at, &behind));
            at = static_cast<std::size_t>(behind - text.data());
        }
        at = end;
    }
    return all;
}
/// Fills a model's parameters one after the other; whether there were as many numbers.
template <class Model> bool fill(Model& net, const std::vector<float>& from) {
    std::size_t at = 0;
    for (int k = 0; k < Model::parameter_count(); ++k) {
        const auto count = static_cast<std::size_t>(Model::leaf::value_types[k].extents.count());
        if (at + count > from.size()) return false;
        std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), count, static_cast<float*>(net.data(k)));
        at += count;
    }
    return at == from.size();
}

}  // namespace

TEST_CASE("of a model: it goes on with the model's values") {
    mlp_model net(3);
    const callable<tensor<float, dyn, 4>(const image&)> predict = net;
    image x(shape(5, 8));
    generator(1).fill_normal(x.span(), 0, 1);
    CHECK(same(predict(x), net(x)));
    net.initialize(4);
    CHECK(same(predict(x), net(x)));
    const auto copy = predict;
    tensor<float, dyn, 4> y(shape(5, 4)), z(shape(5, 4));
    predict.into(y, x);
    CHECK(allocations_of([&] { predict.into(z, x); }) == 0);
    CHECK(same(y, z));
    CHECK(same(copy(x), y));
}
TEST_CASE("a model in the caller's memory, and a callable behind it: the heap is never asked") {
    using f = callable<tensor<float, 1, 4>(const tensor<float, 1, 8>&)>;
    constexpr std::size_t bytes = mlp_model::memory_bytes + f::bytes_for<mlp_model>(1);
    alignas(64) static std::byte memory[bytes];
    const std::span<std::byte> all(memory);
    const mlp_model on_heap(3);
    tensor<float, 1, 8> x;
    generator(1).fill_normal(x.span(), 0, 1);
    tensor<float, 1, 4> y;
    CHECK(allocations_of([&] {
              mlp_model net(all.first(mlp_model::memory_bytes));
              std::memcpy(net.memory().data(), on_heap.memory().data(), on_heap.memory().size());
              const f predict(net, all.subspan(mlp_model::memory_bytes));
              predict.into(y, x);
          }) == 0);
    CHECK(same(y, tensor<float, 1, 4>(on_heap(x))));

    mlp_model net(all);
    CHECK(net.get<"hidden.kernel">()(7, 15) == 0.f);
    net.initialize(3);
    CHECK(same(net(x), on_heap(x)));
    const mlp_model copied = net;  // has memory of its own
    net.get<"out.bias">()(0) = 100;
    CHECK(same(copied(x), on_heap(x)));
    net = on_heap;
    CHECK(same(net(x), on_heap(x)));
    CHECK_THROWS_AS(mlp_model(all.first(200)), invalid_argument);
}
TEST_CASE("sample by sample: voices of one net, without the heap; in the caller's memory too") {
    lstm_model net(5);
    auto first = voice_of(net);
    const auto second = first;
    std::vector<float> alone;
    for (int i = 0; i < 20; ++i) alone.push_back(first(std::sin(static_cast<float>(i))));
    CHECK(alone[3] != alone[4]);
    float y = 0;
    second.into(y, 0);
    CHECK(allocations_of([&] {
              for (int i = 1; i < 20; ++i) second.into(y, std::sin(static_cast<float>(i)));
          }) == 0);
    CHECK(y == alone[19]);
    first.reset();
    CHECK(first(0) == alone[0]);
}
TEST_CASE("RTNeural's models, by their reference outputs") {
    const auto lstm_weights = weights_of("lstm_1d.json"), gru_weights = weights_of("gru_1d.json");
    if (lstm_weights.empty() || gru_weights.empty()) {
        MESSAGE("skipped: no rtneural under TELAR_DATA");
        return;
    }
    const auto worst = [](const callable<float(float)>& f, const std::string& name) {
        const auto x = numbers_of(name + "_x_python.csv"), y = numbers_of(name + "_y_python.csv");
        REQUIRE(x.size() == 100);
        REQUIRE(y.size() == x.size());
        float greatest = 0;
        for (std::size_t i = 0; i < x.size(); ++i) greatest = std::fmax(greatest, std::fabs(f(x[i]) - y[i]));
        return greatest;
    };
    lstm_model net;
    REQUIRE(fill(net, lstm_weights));
    CHECK(worst(voice_of(net), "lstm_1d") < 2e-6f);

    nn::model<gru_1d, tensor<float, 1, 1>, gru_state> gru;
    REQUIRE(fill(gru, gru_weights));
    const variable<"h", gru_state> h;
    const callable<float(float)> voice = [&](auto x) {
        const auto [y, next] = gru(reshape(x, extents<1, 1>), h);
        return fetch(reshape(y, extents<>), h = next);
    };
    CHECK(worst(voice, "gru_1d") < 2e-6f);
}
