// SPDX-License-Identifier: BSL-1.0
// error: E258 nn: the output has fewer axes than the loss needs: a batch, and for labels an axis of classes
// error: sparse_categorical_crossentropy.*output<-1>
// lines: 25, clang 50
#include <telar/nn.hpp>

using namespace telar;

struct line {
    nn::dense out{10};
#ifndef REJECT
    constexpr symbol operator()(symbol x) const { return out(x); }
#else
    constexpr symbol operator()(symbol x) const { return max(out(x), -1); }
#endif
};

int main() {
    nn::model<line, tensor<float, dyn, 3>> net;
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{}>(net, sgd{});
    trainer.train_on_batch(tensor<float, 4, 3>(), tensor<int, 4>());
}
