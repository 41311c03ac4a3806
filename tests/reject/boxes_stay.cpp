// SPDX-License-Identifier: BSL-1.0
// error: E260 nn: this layer bends or cuts images in a way that bounding boxes cannot follow
// error: in_region<.*"bend".*|of_shape<.*3, 4>
// lines: 30
#include <telar/nn.hpp>

using namespace telar;

struct detector {
    nn::random_elastic_transform bend{};
    nn::conv2d out{1, 1};
    constexpr symbol operator()(symbol x, symbol boxes) const {
        nn::annotated_images all{.images = x};
#ifdef REJECT
        all.bounding_boxes.boxes = boxes;
#endif
        all = bend(all);
        return mean(out(all.images)) + mean(boxes);
    }
};

int main() {
    nn::model<detector, tensor<float, dyn, 4, 4, 1>, tensor<float, dyn, 3, 4>> net;
    input<"X", tensor<float, dyn, 4, 4, 1>> X;
    input<"B", tensor<float, dyn, 3, 4>> B;
    [[maybe_unused]] auto y = net(X, B);
}
