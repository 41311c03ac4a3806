// SPDX-License-Identifier: BSL-1.0
// Models for tests of the server: plain functions.
#pragma once
#include <telar/serve/servable.hpp>

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace serve_models {

using namespace telar;

/// TensorFlow Serving's toy: y = x / 2 + addend.
inline serve::servable half_plus(float addend) {
    return {{{"x", dtype::float32, shape(dyn)}},
            {{"y", dtype::float32, shape(dyn)}},
            [addend](std::span<const any_tensor> inputs) {
                any_tensor y = inputs[0];
                for (float& v : y.values<float>()) v = v / 2 + addend;
                return std::vector<any_tensor>{y};
            }};
}
/// What a model does when it is told to wait, and how it was called.
struct watched {
    std::atomic<bool> is_held{false};
    std::atomic<int> calls{0};
    std::atomic<extent_t> most_rows{0};
};
/// y = sum over a row of x, which waits while it is held, and refuses a row that begins with a negative number.
inline serve::servable row_sums(std::shared_ptr<watched> w) {
    return {{{"x", dtype::float32, shape(dyn, dyn)}},
            {{"y", dtype::float32, shape(dyn)}},
            [w](std::span<const any_tensor> inputs) {
                while (w->is_held) std::this_thread::yield();
                const any_tensor& x = inputs[0];
                const extent_t rows = x.extents()[0], columns = x.extents()[1];
                ++w->calls;
                if (rows > w->most_rows) w->most_rows = rows;
                any_tensor y(dtype::float32, shape(rows));
                for (extent_t i = 0; i < rows; ++i) {
                    float sum = 0;
                    for (extent_t k = 0; k < columns; ++k)
                        sum += x.values<float>()[static_cast<std::size_t>(i * columns + k)];
                    if (sum < 0) fail<index_error>("row " + std::to_string(i) + " is negative");
                    y.values<float>()[static_cast<std::size_t>(i)] = sum;
                }
                return std::vector<any_tensor>{y};
            }};
}
inline any_tensor filled(const shape& s, float value) {
    any_tensor t(dtype::float32, s);
    for (float& v : t.values<float>()) v = value;
    return t;
}

}  // namespace serve_models
