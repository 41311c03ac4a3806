// SPDX-License-Identifier: BSL-1.0
// A program that calls a model which another file compiles: a class with a callable, as a header holds it.
#include <telar/callable.hpp>

class digits {
public:
    digits();
    /// (n,784) -> (n,10)
    void classify(telar::tensor_view<float> logits, telar::tensor_view<const float> images) const {
        predict_.into(logits, images);
    }

private:
    telar::callable<telar::tensor<float, telar::dyn, 10>(const telar::tensor<float, telar::dyn, 784>&)> predict_;
};

float first_logit(const digits& net, const float* image) {
    float logits[10];
    net.classify({logits, telar::shape(1, 10)}, {image, telar::shape(1, 784)});
    return logits[0];
}
