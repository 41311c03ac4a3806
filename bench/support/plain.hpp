// SPDX-License-Identifier: BSL-1.0
// The same work as plain loops, as one writes them without any library. They alone are compiled with -ffast-math: the
// compiler may vectorise sums and elementary functions (by its own libmvec).
#pragma once
#include <cstddef>
#include <cstdint>

namespace bench::plain {

/// y = max(a x + b, 0)
void relu_of_line(std::size_t n, const float* a, const float* x, const float* b, float* y);
/// y = max(tanh(sigmoid(x a + b) c + exp(-x^2)) d - x, 0)
void chain(std::size_t n, const float* x, float a, float b, float c, float d, float* y);

/// Row by row, all (rows, columns).
void softmax(std::size_t rows, std::size_t columns, const float* x, float* y);
void layer_norm(std::size_t rows, std::size_t columns, const float* x, const float* gamma, const float* beta,
                float epsilon, float* y);
void row_sums(std::size_t rows, std::size_t columns, const float* x, float* y);
void column_sums(std::size_t rows, std::size_t columns, const float* x, float* y);
/// The mean of -log softmax(x)[label]; also its gradient by x.
float cross_entropy(std::size_t rows, std::size_t columns, const float* x, const std::int32_t* labels, float* gradient);

/// C = A B, all row-major; (m,k) x (k,n) -> (m,n)
void product(std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b, float* c);
/// One row.
void softmax_in_place(std::size_t count, float* x);
/// softmax(Q K^T scale) V of each head; the last query sees all keys, each before it one less, if they are causal:
/// (heads,queries,depth), (heads,keys,depth) twice -> (heads,queries,depth). `row` has room for the keys.
void attention(std::size_t heads, std::size_t queries, std::size_t keys, std::size_t depth, bool causal, float scale,
               const float* q, const float* k, const float* v, float* row, float* y);
/// A window of 3x3 with zeros around, bias, relu, channels last: (batch,side,side,in) (3,3,in,out) ->
/// (batch,side,side,out)
void convolution_3x3(std::size_t batch, std::size_t side, std::size_t in, std::size_t out, const float* x,
                     const float* w, const float* bias, float* y);
/// (batch,side,side,channels) -> (batch,side/2,side/2,channels), side even
void largest_of_2x2(std::size_t batch, std::size_t side, std::size_t channels, const float* x, float* y);
/// y = w3 tanh(w2 tanh(w1 x + b1) + b2) + b3, with 8 hidden units each; w2 is (8,8), one row for each output
float dense_1_8_8_1(float x, const float* w1, const float* b1, const float* w2, const float* b2, const float* w3,
                    float b3);

}  // namespace bench::plain
