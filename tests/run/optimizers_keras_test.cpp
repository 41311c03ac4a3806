// SPDX-License-Identifier: BSL-1.0
// Optimisers against Keras' own numbers, made by tests/fixtures/optimizers_from_keras.py.
#include <telar/run/optimizers.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <string_view>

using namespace telar;

namespace {

using vector = tensor<double, 4>;
struct row {
    std::string_view name;
    double after_2[4], after_20[4];
};
// Keras 3.15.1
constexpr row rows[] = {
    {"adam",
     {0.9800027594179553, -1.9800000215937954, 0.4800019790219911, 2.980002438938733},
     {0.8026632506103134, -1.8000186809848804, 0.30187231730150604, 2.8023346923193073}},
    {"adamw",
     {0.9799231740099829, -1.9798404310499453, 0.47996238697391697, 2.9797628653180515},
     {0.8019517399388189, -1.7985010246909539, 0.3015546757546522, 2.8000325973415645}},
    {"adamax",
     {0.9800426747513897, -1.9800000008010346, 0.480028306180491, 2.980036820889207},
     {0.8098324887706302, -1.799687130283406, 0.30666113344405677, 2.8085433382295553}},
    {"rmsprop",
     {0.9457880260977097, -1.9454356534840143, 0.445690170470968, 2.9457479978700842},
     {0.7280662453051951, -1.7148655028712798, 0.22395666541817116, 2.7263560711968196}},
    {"rmsprop centered, with momentum",
     {0.9249234781315866, -1.924509368642796, 0.4248082001954306, 2.9248762980516934},
     {0.29752194381232666, -1.121371385415649, -0.2721941547549509, 2.2680358458456396}},
    {"adagrad",
     {0.9830066857486763, -1.9830358664052659, 0.4829771146959662, 2.982993888066095},
     {0.9252524423984501, -1.924233209091808, 0.42490394315826674, 2.92510865740275}},
    {"adadelta",
     {0.9999715356673643, -1.999971535571479, 0.49997153563960833, 2.999971535656024},
     {0.9997035309829946, -1.9997034983425575, 0.4997035220632284, 2.99970352734867}},
    {"lion",
     {0.98, -1.98, 0.48, 2.9800000000000004},
     {0.7999999999999998, -1.7999999999999998, 0.2999999999999998, 2.8000000000000043}},
    {"sgd, Nesterov",
     {0.8226395, -1.8824035, 0.2545725, 2.7999505},
     {-0.1483073017873453, 0.7994918833198472, -1.5593378829659283, 1.548015837819794}},
};

/// The loss sum((w - c)^2) + 0.5 (sum w)^2 from the same start.
template <class Optimizer> void check(std::string_view name, Optimizer optimizer) {
    CAPTURE(name);
    const row* expected = nullptr;
    for (const row& r : rows)
        if (r.name == name) expected = &r;
    REQUIRE(expected);
    variable<"w", vector> w(vector{1, -2, 0.5, 3});
    input<"c", vector> c;
    auto step = minimize(sum(square(w - c)) + 0.5 * square(sum(w)), optimizer);
    for (int i = 1; i <= 20; ++i) {
        run(step, c = vector{0.25, 0.5, -1, 2});
        if (i != 2 && i != 20) continue;
        for (int k = 0; k < 4; ++k)
            CHECK(w.value()(k) == doctest::Approx((i == 2 ? expected->after_2 : expected->after_20)[k]).epsilon(1e-11));
    }
}

}  // namespace

TEST_CASE("optimisers do what Keras' do") {
    check("adam", adam{.learning_rate = 0.01});
    check("adamw", adamw{.learning_rate = 0.01});
    check("adamax", adamax{.learning_rate = 0.01});
    check("rmsprop", rmsprop{.learning_rate = 0.01});
    check("rmsprop centered, with momentum", rmsprop{.learning_rate = 0.01, .momentum = 0.5, .centered = true});
    check("adagrad", adagrad{.learning_rate = 0.01});
    check("adadelta", adadelta{.learning_rate = 0.01});
    check("lion", lion{.learning_rate = 0.01});
    check("sgd, Nesterov", momentum{.learning_rate = 0.01, .decay = 0.9, .nesterov = true});
}
