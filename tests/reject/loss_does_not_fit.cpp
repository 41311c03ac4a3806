// SPDX-License-Identifier: BSL-1.0
// error: E257 nn: for this output the loss expects targets of another shape
// error: output<-1, 10>.*targets<(-1|4), (10|5)>
// cases: 2
// lines: 25
#include <telar/nn.hpp>

using namespace telar;

struct line {
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const { return out(x); }
};
// With 1: labels are expected, and one flag for each class is given. With 2: five classes are given, the model has ten.
#if !defined(REJECT)
using targets = tensor<float, 4>;
constexpr nn::sparse_categorical_crossentropy loss{};
#elif REJECT == 1
using targets = tensor<float, 4, 10>;
constexpr nn::sparse_categorical_crossentropy loss{};
#else
using targets = tensor<float, dyn, 5>;
constexpr nn::categorical_crossentropy loss{};
#endif

int main() {
    nn::model<line, tensor<float, dyn, 3>> net;
    auto trainer = nn::compile<loss>(net, sgd{});
    trainer.train_on_batch(tensor<float, 4, 3>(), targets());
}
