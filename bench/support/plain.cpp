// SPDX-License-Identifier: BSL-1.0
#include "plain.hpp"

#include <algorithm>
#include <cmath>

namespace bench::plain {

void relu_of_line(std::size_t n, const float* a, const float* x, const float* b, float* __restrict y) {
    for (std::size_t i = 0; i < n; ++i) y[i] = std::max(a[i] * x[i] + b[i], 0.0f);
}

void chain(std::size_t n, const float* x, float a, float b, float c, float d, float* __restrict y) {
    for (std::size_t i = 0; i < n; ++i) {
        const float s = 1 / (1 + std::exp(-(x[i] * a + b)));
        y[i] = std::max(std::tanh(s * c + std::exp(-x[i] * x[i])) * d - x[i], 0.0f);
    }
}

void softmax(std::size_t rows, std::size_t columns, const float* x, float* __restrict y) {
    for (std::size_t r = 0; r < rows; ++r, x += columns, y += columns) {
        float most = x[0], sum = 0;
        for (std::size_t i = 0; i < columns; ++i) most = std::max(most, x[i]);
        for (std::size_t i = 0; i < columns; ++i) sum += y[i] = std::exp(x[i] - most);
        for (std::size_t i = 0; i < columns; ++i) y[i] *= 1 / sum;
    }
}

void layer_norm(std::size_t rows, std::size_t columns, const float* x, const float* gamma, const float* beta,
                float epsilon, float* __restrict y) {
    const float n = static_cast<float>(columns);
    for (std::size_t r = 0; r < rows; ++r, x += columns, y += columns) {
        float sum = 0, squares = 0;
        for (std::size_t i = 0; i < columns; ++i) sum += x[i];
        const float mean = sum / n;
        for (std::size_t i = 0; i < columns; ++i) squares += (x[i] - mean) * (x[i] - mean);
        const float scale = 1 / std::sqrt(squares / n + epsilon);
        for (std::size_t i = 0; i < columns; ++i) y[i] = (x[i] - mean) * scale * gamma[i] + beta[i];
    }
}

void row_sums(std::size_t rows, std::size_t columns, const float* x, float* __restrict y) {
    for (std::size_t r = 0; r < rows; ++r, x += columns) {
        float sum = 0;
        for (std::size_t i = 0; i < columns; ++i) sum += x[i];
        y[r] = sum;
    }
}

void column_sums(std::size_t rows, std::size_t columns, const float* x, float* __restrict y) {
    std::fill_n(y, columns, 0.0f);
    for (std::size_t r = 0; r < rows; ++r, x += columns)
        for (std::size_t i = 0; i < columns; ++i) y[i] += x[i];
}

float cross_entropy(std::size_t rows, std::size_t columns, const float* x, const std::int32_t* labels,
                    float* __restrict gradient) {
    float loss = 0;
    const float share = 1 / static_cast<float>(rows);
    for (std::size_t r = 0; r < rows; ++r, x += columns, gradient += columns) {
        const auto label = static_cast<std::size_t>(labels[r]);
        float most = x[0], sum = 0;
        for (std::size_t i = 0; i < columns; ++i) most = std::max(most, x[i]);
        for (std::size_t i = 0; i < columns; ++i) sum += gradient[i] = std::exp(x[i] - most);
        loss += std::log(sum) - (x[label] - most);
        for (std::size_t i = 0; i < columns; ++i) gradient[i] *= share / sum;
        gradient[label] -= share;
    }
    return loss * share;
}

void product(std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b, float* __restrict c) {
    for (std::size_t i = 0; i < m; ++i, a += k, c += n) {
        std::fill_n(c, n, 0.0f);
        for (std::size_t p = 0; p < k; ++p)
            for (std::size_t j = 0; j < n; ++j) c[j] += a[p] * b[p * n + j];
    }
}

void softmax_in_place(std::size_t count, float* x) {
    float most = x[0], sum = 0;
    for (std::size_t i = 0; i < count; ++i) most = std::max(most, x[i]);
    for (std::size_t i = 0; i < count; ++i) sum += x[i] = std::exp(x[i] - most);
    for (std::size_t i = 0; i < count; ++i) x[i] *= 1 / sum;
}
void attention(std::size_t heads, std::size_t queries, std::size_t keys, std::size_t depth, bool causal, float scale,
               const float* q, const float* k, const float* v, float* __restrict row, float* __restrict y) {
    for (std::size_t h = 0; h < heads; ++h, k += keys * depth, v += keys * depth)
        for (std::size_t i = 0; i < queries; ++i, q += depth, y += depth) {
            const std::size_t seen = causal ? keys - queries + i + 1 : keys;
            for (std::size_t j = 0; j < seen; ++j) {
                float sum = 0;
                for (std::size_t d = 0; d < depth; ++d) sum += q[d] * k[j * depth + d];
                row[j] = sum * scale;
            }
            softmax_in_place(seen, row);
            std::fill_n(y, depth, 0.0f);
            for (std::size_t j = 0; j < seen; ++j)
                for (std::size_t d = 0; d < depth; ++d) y[d] += row[j] * v[j * depth + d];
        }
}
void convolution_3x3(std::size_t batch, std::size_t side, std::size_t in, std::size_t out, const float* x,
                     const float* w, const float* bias, float* __restrict y) {
    for (std::size_t n = 0; n < batch; ++n, x += side * side * in)
        for (std::size_t i = 0; i < side; ++i)
            for (std::size_t j = 0; j < side; ++j, y += out) {
                std::copy_n(bias, out, y);
                for (std::size_t a = i == 0; a < 3 && i + a <= side; ++a)
                    for (std::size_t b = j == 0; b < 3 && j + b <= side; ++b)
                        for (std::size_t c = 0; c < in; ++c) {
                            const float v = x[((i + a - 1) * side + j + b - 1) * in + c];
                            const float* row = w + ((a * 3 + b) * in + c) * out;
                            for (std::size_t o = 0; o < out; ++o) y[o] += v * row[o];
                        }
                for (std::size_t o = 0; o < out; ++o) y[o] = std::max(y[o], 0.0f);
            }
}
void largest_of_2x2(std::size_t batch, std::size_t side, std::size_t channels, const float* x, float* __restrict y) {
    const std::size_t line = side * channels;
    for (std::size_t i = 0; i < batch * side / 2; ++i, x += 2 * line)
        for (std::size_t j = 0; j < side / 2; ++j, y += channels) {
            const float* const top = x + 2 * j * channels;
            for (std::size_t c = 0; c < channels; ++c)
                y[c] = std::max(std::max(top[c], top[channels + c]), std::max(top[line + c], top[line + channels + c]));
        }
}

float dense_1_8_8_1(float x, const float* w1, const float* b1, const float* w2, const float* b2, const float* w3,
                    float b3) {
    float h[8], y = b3;
    for (int i = 0; i < 8; ++i) h[i] = std::tanh(w1[i] * x + b1[i]);
    float g[8];
    for (int i = 0; i < 8; ++i) {
        float sum = b2[i];
        for (int j = 0; j < 8; ++j) sum += w2[8 * i + j] * h[j];
        g[i] = sum;
    }
    for (int i = 0; i < 8; ++i) y += w3[i] * std::tanh(g[i]);
    return y;
}

}  // namespace bench::plain
