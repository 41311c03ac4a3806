// SPDX-License-Identifier: BSL-1.0
// Every public function on float16 and bfloat16: values and gradients are those of float64 on the same numbers, but for
// two roundings of |value| + scale. The scale is what the function itself subtracts: 0 unless a row says otherwise.
#include "../support/public_functions.hpp"

#include <doctest/doctest.h>
#include <telar/core/random.hpp>
#include <telar/expr/arrange.hpp>
#include <telar/expr/attention.hpp>
#include <telar/expr/convolution.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/einsum.hpp>
#include <telar/expr/normalization.hpp>
#include <telar/expr/pooling.hpp>
#include <telar/expr/random.hpp>
#include <telar/expr/recurrent.hpp>
#include <telar/expr/sort.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/passes/pipeline.hpp>

#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using telar::ir::kernels::reference::array;

namespace {

/// An operand for a size n: its extents, and the numbers between which its own lie; indices are whole ones below
/// `high`.
struct operand {
    shape (*extents)(extent_t n);
    double low = -2, high = 2;
    bool is_index = false;
};
constexpr shape one(extent_t n) { return shape(n); }
constexpr shape two_rows(extent_t n) { return shape(extent_t{2}, n); }
constexpr shape two(extent_t) { return shape(extent_t{2}); }
constexpr shape images(extent_t n) { return shape(extent_t{1}, n, extent_t{6}, extent_t{4}); }
template <extent_t... E> constexpr shape fixed_extents(extent_t) { return shape(E...); }
template <extent_t E> constexpr shape lines_of(extent_t n) { return shape(n, E); }

constexpr operand vector{one}, positive{one, 0.05, 2}, inside{one, -0.95, 0.95}, above_one{one, 1.05, 3};
constexpr operand rows{two_rows}, probabilities{two_rows, 0.05, 0.95}, signs{two_rows, -1, 1};
constexpr operand classes{two, 0, 0, true}, places{one, 0, 5, true};
constexpr operand channels{fixed_extents<4>}, variances{fixed_extents<4>, 0.5, 2}, image{images};

struct row {
    std::string_view function;
    symbol (*on)(const symbol* x);
    std::vector<operand> operands;
    extent_t largest = 2049;
    double value_scale = 0, gradient_scale = 0;
    bool has_gradient = true;
};
using values = const symbol*;

/// The last state of a recurrence, beside its steps.
template <class R> symbol last_of(const R& r) { return result_at(r, result_count<R> - 1); }

// clang-format off
const row table[] = {
    // function                 on symbols                                                        operands            largest, scales
    {"abs",                     [](values x) { return abs(x[0]); },                               {vector}},
    {"sign",                    [](values x) { return sign(x[0]); },                              {vector}, 2049, 0, 0, false},
    {"exp",                     [](values x) { return exp(x[0]); },                               {vector}},
    {"expm1",                   [](values x) { return expm1(x[0]); },                             {{one, -9, 3}}},
    {"log",                     [](values x) { return log(x[0]); },                               {positive}},
    {"log1p",                   [](values x) { return log1p(x[0]); },                             {inside}},
    {"sqrt",                    [](values x) { return sqrt(x[0]); },                              {positive}},
    {"cbrt",                    [](values x) { return cbrt(x[0]); },                              {vector}},
    {"exp2",                    [](values x) { return exp2(x[0]); },                              {vector}},
    {"sinc",                    [](values x) { return sinc(x[0]); },                              {vector}, 2049, 1e-3, 1},
    {"log2",                    [](values x) { return log2(x[0]); },                              {positive}},
    {"log10",                   [](values x) { return log10(x[0]); },                             {positive}},
    {"sin",                     [](values x) { return sin(x[0]); },                               {vector}},
    {"cos",                     [](values x) { return cos(x[0]); },                               {vector}},
    {"tan",                     [](values x) { return tan(x[0]); },                               {vector}},
    {"asin",                    [](values x) { return asin(x[0]); },                              {inside}},
    {"acos",                    [](values x) { return acos(x[0]); },                              {inside}},
    {"atan",                    [](values x) { return atan(x[0]); },                              {vector}},
    {"sinh",                    [](values x) { return sinh(x[0]); },                              {vector}},
    {"cosh",                    [](values x) { return cosh(x[0]); },                              {vector}},
    {"tanh",                    [](values x) { return tanh(x[0]); },                              {{one, -4, 4}}},
    {"asinh",                   [](values x) { return asinh(x[0]); },                             {vector}},
    {"acosh",                   [](values x) { return acosh(x[0]); },                             {above_one}},
    {"atanh",                   [](values x) { return atanh(x[0]); },                             {inside}},
    {"sigmoid",                 [](values x) { return sigmoid(x[0]); },                           {{one, -9, 9}}},
    {"erf",                     [](values x) { return erf(x[0]); },                               {vector}},
    {"erfc",                    [](values x) { return erfc(x[0]); },                              {vector}},
    {"erfinv",                  [](values x) { return erfinv(x[0]); },                            {inside}},
    {"erfcinv",                 [](values x) { return erfcinv(x[0]); },                           {positive}},
    {"ndtri",                   [](values x) { return ndtri(x[0]); },                             {{one, 0.02, 0.98}}},
    {"lgamma",                  [](values x) { return lgamma(x[0]); },                            {positive}, 2049, 0, 1},
    {"digamma",                 [](values x) { return digamma(x[0]); },                           {positive}, 2049, 1},
    {"trigamma",                [](values x) { return trigamma(x[0]); },                          {positive}},
    {"floor",                   [](values x) { return floor(x[0]); },                             {vector}, 2049, 0, 0, false},
    {"ceil",                    [](values x) { return ceil(x[0]); },                              {vector}, 2049, 0, 0, false},
    {"round",                   [](values x) { return telar::round(x[0]); },                      {vector}, 2049, 0, 0, false},
    {"trunc",                   [](values x) { return trunc(x[0]); },                             {vector}, 2049, 0, 0, false},
    {"relu",                    [](values x) { return relu(x[0]); },                              {vector}},
    {"softplus",                [](values x) { return softplus(x[0]); },                          {vector}},
    {"square",                  [](values x) { return square(x[0]); },                            {vector}},
    {"rsqrt",                   [](values x) { return rsqrt(x[0]); },                             {positive}},
    {"reciprocal",              [](values x) { return reciprocal(x[0]); },                        {positive}},
    {"maximum",                 [](values x) { return maximum(x[0], x[1]); },                     {vector, vector}},
    {"minimum",                 [](values x) { return minimum(x[0], x[1]); },                     {vector, vector}},
    {"pow",                     [](values x) { return pow(x[0], x[1]); },                         {positive, vector}},
    {"atan2",                   [](values x) { return atan2(x[0], x[1]); },                       {vector, vector}},
    {"floor_mod",               [](values x) { return floor_mod(x[0], x[1]); },                   {vector, positive}},
    {"floor_div",               [](values x) { return floor_div(x[0], x[1]); },                   {vector, positive}, 2049, 0, 0, false},
    {"hypot",                   [](values x) { return hypot(x[0], x[1]); },                       {vector, vector}},
    {"logaddexp",               [](values x) { return logaddexp(x[0], x[1]); },                   {vector, vector}},
    {"xlogy",                   [](values x) { return xlogy(x[0], x[1]); },                       {vector, positive}},
    {"xlog1py",                 [](values x) { return xlog1py(x[0], x[1]); },                     {vector, inside}},
    {"divide_no_nan",           [](values x) { return divide_no_nan(x[0], x[1]); },               {vector, positive}},
    {"squared_difference",      [](values x) { return squared_difference(x[0], x[1]); },          {vector, vector}},
    {"hadamard",                [](values x) { return hadamard(x[0], x[1]); },                    {vector, vector}},
    {"where",                   [](values x) { return where(x[0] < x[1], x[0], x[1] * x[1]); },   {vector, vector}},
    {"clip",                    [](values x) { return clip(x[0], -0.5, 1.5); },                   {vector}},

    {"sum",                     [](values x) { return sum(x[0]); },                               {positive}, 70000},
    {"sum",                     [](values x) { return sum(x[0], 1); },                            {rows}, 2049, 1},
    {"prod",                    [](values x) { return prod(x[0]); },                              {{one, 0.95, 1.05}}},
    {"max",                     [](values x) { return max(x[0]); },                               {vector}},
    {"min",                     [](values x) { return min(x[0]); },                               {vector}},
    {"mean",                    [](values x) { return mean(x[0]); },                              {positive}, 70000},
    {"mean",                    [](values x) { return mean(x[0], 1); },                           {rows}, 70000, 0.01},
    {"variance",                [](values x) { return variance(x[0]); },                          {vector}, 70000},
    {"stddev",                  [](values x) { return stddev(x[0], -1); },                        {rows}, 70000},
    {"norm",                    [](values x) { return norm(x[0]); },                              {vector}, 70000},
    {"norm",                    [](values x) { return norm(x[0], order<1>); },                    {{one, -1, 1}}, 70000},
    {"norm",                    [](values x) { return norm(x[0], order_infinity); },              {vector}},

    {"matmul",                  [](values x) { return matmul(x[0], x[1]); },                      {positive, positive}, 2049},
    {"dot",                     [](values x) { return dot(x[0], x[1]); },                         {positive, positive}, 2049},
    {"outer",                   [](values x) { return outer(x[0], x[1]); },                       {vector, {two}}, 7},
    {"tensordot",               [](values x) { return tensordot<1>(x[0], x[1]); },                {positive, positive}, 2049},
    {"einsum",                  [](values x) { return einsum<"ij,ij->i">(x[0], x[1]); },          {{two_rows, 0, 1}, {two_rows, 0, 1}}},
    {"einsum",                  [](values x) { return einsum<"i,ij,ij->j">(x[0], x[1], x[2]); },  {{two, 0, 1}, {two_rows, 0, 1}, {two_rows, 0, 1}}},

    {"broadcast_to",            [](values x) { return broadcast_to(x[0], shape(3000, 3)); },      {{fixed_extents<3>}}, 1, 0, 1},
    {"tile",                    [](values x) { return tile(x[0], copies<300>); },                 {vector}, 7, 0, 1},
    {"repeat",                  [](values x) { return repeat(x[0], copies<300>, axis<0>); },      {vector}, 7, 0, 1},
    {"one_hot",                 [](values x) { return one_hot<bfloat16>(x[0], depth<3000>); },    {{two, 0, 3000, true}}, 1, 0, 0, false},
    {"gather",                  [](values x) { return gather(x[0], x[1]); },                      {{fixed_extents<5>}, places}, 70000, 0, 1},
    {"embedding",               [](values x) { return embedding(x[0], x[1]); },                   {{fixed_extents<5, 2>}, places}, 7000, 0, 1},
    {"take_along_axis",         [](values x) { return take_along_axis(x[0], x[1], axis<0>); },    {{fixed_extents<5>}, places}, 2049, 0, 1},
    {"gather_nd",               [](values x) { return gather_nd(x[0], reshape(x[1], extents<-1, 1>)); }, {{fixed_extents<5>}, places}, 2049, 0, 1},
    {"scatter_add",             [](values x) { return scatter_add(x[0], x[1], x[2]); },           {{fixed_extents<5>}, places, positive}, 70000},
    {"scatter_update",          [](values x) { return scatter_update(x[0], x[1], x[2]); },        {{fixed_extents<5>}, places, vector}, 7, 0, 0, false},
    {"scatter_max",             [](values x) { return scatter_max(x[0], x[1], x[2]); },           {{fixed_extents<5>}, places, vector}},
    {"scatter_min",             [](values x) { return scatter_min(x[0], x[1], x[2]); },           {{fixed_extents<5>}, places, vector}},
    {"segment_sum",             [](values x) { return segment_sum(x[0], x[1], segments<5>); },    {positive, places}, 70000},
    {"cumsum",                  [](values x) { return cumsum(x[0]); },                            {{one, 0, 1}}, 70000, 0, 1},
    {"cumprod",                 [](values x) { return cumprod(x[0]); },                           {{one, 0.95, 1.05}}, 2049, 0, 100},
    {"sort",                    [](values x) { return sort(x[0]); },                              {vector}, 100},
    {"top_k",                   [](values x) { return top_k<1>(x[0])[0]; },                       {vector}, 100},

    {"conv",                    [](values x) { return conv(x[0], x[1]); },                        {image, {fixed_extents<1, 3, 4, 3>}}, 100, 1, 1},
    {"depthwise_conv",          [](values x) { return depthwise_conv(x[0], x[1]); },              {image, {fixed_extents<1, 3, 4, 2>}}, 100, 1, 1},
    {"conv_transpose",          [](values x) { return conv_transpose(x[0], x[1]); },              {image, {fixed_extents<1, 3, 2, 4>}}, 100, 1, 1},
    {"max_pool",                [](values x) { return max_pool(x[0], window<1, 3>, steps<1>); },  {image}, 100, 0, 1},
    {"mean_pool",               [](values x) { return mean_pool(x[0], window<1, 3>, steps<1>, same_padding); }, {image}, 100, 1, 1},
    {"global_max_pool",         [](values x) { return global_max_pool(x[0]); },                   {image}, 100},
    {"global_mean_pool",        [](values x) { return global_mean_pool(x[0]); },                  {{images, 0, 2}}, 2917},
    {"upsample",                [](values x) { return upsample<1, 3>(x[0], bilinear); },          {image}, 100, 1, 1},
    {"upsample",                [](values x) { return upsample<1, 300>(x[0]); },                  {{fixed_extents<1, 2, 2, 3>}}, 1, 0, 1},
    {"resize",                  [](values x) { return resize(x[0], extents<3, 3000>); },          {{fixed_extents<1, 2, 2, 3>}}, 1, 1, 1},

    {"lstm",                    [](values x) { return last_of(lstm(x[0], x[1], x[2], x[3])); },   {{lines_of<3>}, {fixed_extents<3, 8>}, {fixed_extents<2, 8>, -0.5, 0.5}, {fixed_extents<8>}}, 300, 1, 1},
    {"gru",                     [](values x) { return last_of(gru(x[0], x[1], x[2], x[3])); },    {{lines_of<3>}, {fixed_extents<3, 6>}, {fixed_extents<2, 6>, -0.5, 0.5}, {fixed_extents<6>}}, 300, 1, 1},
    {"simple_rnn",              [](values x) { return last_of(simple_rnn(x[0], x[1], x[2], x[3])); }, {{lines_of<3>}, {fixed_extents<3, 2>}, {fixed_extents<2, 2>, -0.5, 0.5}, {fixed_extents<2>}}, 300, 1, 1},
    {"lstm_cell",               [](values x) { return last_of(lstm_cell(x[0], x[1], x[2], x[3], x[4], x[5])); }, {{fixed_extents<3>}, {two}, {two}, {fixed_extents<3, 8>}, {fixed_extents<2, 8>}, {fixed_extents<8>}}, 1, 1, 1},
    {"gru_cell",                [](values x) { return gru_cell(x[0], x[1], x[2], x[3], x[4]); },  {{fixed_extents<3>}, {two}, {fixed_extents<3, 6>}, {fixed_extents<2, 6>}, {fixed_extents<6>}}, 1, 1, 1},
    {"simple_rnn_cell",         [](values x) { return simple_rnn_cell(x[0], x[1], x[2], x[3], x[4]); }, {{fixed_extents<3>}, {two}, {fixed_extents<3, 2>}, {fixed_extents<2, 2>}, {two}}, 1, 1, 1},

    {"leaky_relu",              [](values x) { return leaky_relu(x[0], 0.01); },                  {vector}},
    {"elu",                     [](values x) { return elu(x[0], 1.3); },                          {{one, -9, 3}}},
    {"gelu",                    [](values x) { return gelu(x[0]); },                              {vector}, 2049, 0, 1},
    {"gelu_tanh",               [](values x) { return gelu_tanh(x[0]); },                         {vector}, 2049, 0, 1},
    {"silu",                    [](values x) { return silu(x[0]); },                              {vector}, 2049, 0, 1},
    {"swish",                   [](values x) { return swish(x[0]); },                             {vector}, 2049, 0, 1},
    {"selu",                    [](values x) { return selu(x[0]); },                              {vector}},
    {"celu",                    [](values x) { return celu(x[0], 0.3); },                         {vector}},
    {"relu6",                   [](values x) { return relu6(x[0]); },                             {{one, -9, 9}}},
    {"hard_sigmoid",            [](values x) { return hard_sigmoid(x[0]); },                      {{one, -4, 4}}},
    {"hard_silu",               [](values x) { return hard_silu(x[0]); },                         {{one, -4, 4}}, 2049, 0, 1},
    {"hard_tanh",               [](values x) { return hard_tanh(x[0]); },                         {vector}},
    {"softsign",                [](values x) { return softsign(x[0]); },                          {vector}},
    {"mish",                    [](values x) { return mish(x[0]); },                              {vector}, 2049, 0, 1},
    {"log_sigmoid",             [](values x) { return log_sigmoid(x[0]); },                       {vector}},
    {"softmax",                 [](values x) { return softmax(x[0]); },                           {rows}, 70000, 0, 1e-3},
    {"log_softmax",             [](values x) { return log_softmax(x[0]); },                       {rows}, 70000, 0, 1e-3},
    {"logsumexp",               [](values x) { return logsumexp(x[0]); },                         {vector}, 70000},
    {"mean_squared_error",      [](values x) { return mean_squared_error(x[0], x[1]); },          {rows, rows}, 70000},
    {"mean_absolute_error",     [](values x) { return mean_absolute_error(x[0], x[1]); },         {rows, rows}, 70000},
    {"huber",                   [](values x) { return huber(x[0], x[1], 0.7); },                  {rows, rows}, 70000},
    {"hinge",                   [](values x) { return hinge(x[0], x[1]); },                       {signs, rows}, 70000},
    {"kl_divergence",           [](values x) { return kl_divergence(x[0], x[1]); },               {probabilities, probabilities}, 70000, 1, 1},
    {"binary_cross_entropy",    [](values x) { return binary_cross_entropy(x[0], x[1]); },        {probabilities, {two_rows, 0, 1}}, 70000, 0, 1},
    {"binary_cross_entropy",    [](values x) { return binary_cross_entropy(x[0], x[1], from_logits); }, {probabilities, rows}, 70000, 0, 1},
    {"categorical_cross_entropy", [](values x) { return categorical_cross_entropy(x[0], x[1]); }, {probabilities, probabilities}, 2049, 1e-4, 1},
    {"sparse_categorical_cross_entropy", [](values x) { return sparse_categorical_cross_entropy(x[1], x[0]); }, {probabilities, classes}, 70000, 1e-4},
    {"softmax_cross_entropy",   [](values x) { return softmax_cross_entropy(x[0], x[1]); },       {rows, {two_rows, 0, 0.02}}, 2049, 0, 1},
    {"sparse_softmax_cross_entropy", [](values x) { return sparse_softmax_cross_entropy(x[0], x[1]); }, {rows, classes}, 70000, 0, 1e-3},
    {"categorical_accuracy",    [](values x) { return categorical_accuracy(x[0], x[1]); },        {rows, rows}, 2049, 0, 0, false},
    {"sparse_categorical_accuracy", [](values x) { return sparse_categorical_accuracy(x[1], x[0]); }, {rows, classes}, 2049, 0, 0, false},
    {"binary_accuracy",         [](values x) { return binary_accuracy(x[0], x[1]); },             {probabilities, probabilities}, 70000, 0, 0, false},
    {"layer_norm",              [](values x) { return layer_norm(x[0], x[1], x[2], 1e-5); },      {rows, vector, vector}, 70000, 1, 1},
    {"attention",               [](values x) { return attention(x[0], x[1], x[2]); },             {{lines_of<4>}, {fixed_extents<300, 4>}, {fixed_extents<300, 3>}}, 7, 1, 1},
    {"attention",               [](values x) { return attention(x[0], x[1], x[2], causal); },     {{fixed_extents<260, 4>}, {fixed_extents<260, 4>}, {fixed_extents<260, 3>}}, 1, 1, 1},
    {"batch_norm",              [](values x) { return batch_norm(x[0], x[1], x[2], x[3], x[4]); }, {{lines_of<4>}, channels, channels, channels, variances}, 2049, 1, 1},
    {"batch_norm_in_training",  [](values x) { return std::get<0>(batch_norm_in_training(x[0], x[1], x[2], x[1], x[2], 0.99, 1e-3)); }, {{lines_of<4>}, channels, channels}, 17500, 1, 1},
    {"batch_norm_in_training",  [](values x) { return std::get<2>(batch_norm_in_training(x[0], x[1], x[2], x[3], x[4], 0.99, 1e-3)); }, {{lines_of<4>}, channels, channels, channels, variances}, 17500, 0, 0, false},
    {"group_norm",              [](values x) { return group_norm(x[0], groups<2>, x[1], x[2]); }, {image, channels, channels}, 2049, 1, 1},
    {"instance_norm",           [](values x) { return instance_norm(x[0], x[1], x[2]); },         {image, channels, channels}, 2049, 1, 1},
    {"rms_norm",                [](values x) { return rms_norm(x[0], x[1]); },                    {rows, vector}, 70000, 0, 1},
    {"l2_normalize",            [](values x) { return l2_normalize(x[0]); },                      {rows}, 70000, 0, 1},
};
// clang-format on

struct exception {
    std::string_view function, reason;
};
constexpr exception exceptions[] = {
    {"is_nan", "gives bool"},
    {"is_inf", "gives bool"},
    {"is_finite", "gives bool"},
    {"any", "of bool"},
    {"all", "of bool"},
    {"bitwise_and", "of integers"},
    {"bitwise_or", "of integers"},
    {"bitwise_xor", "of integers"},
    {"bitwise_not", "of integers"},
    {"shift_left", "of integers"},
    {"shift_right", "of integers"},
    {"argmax", "gives integers"},
    {"argmin", "gives integers"},
    {"argsort", "gives integers"},
    {"cast", "is a rounding itself"},
    {"stop_gradient", "gives its operand"},
    {"transpose", "moves"},
    {"swap_axes", "moves"},
    {"reshape", "moves"},
    {"flatten", "moves"},
    {"expand_dims", "moves"},
    {"squeeze", "moves"},
    {"slice", "moves"},
    {"reverse", "moves"},
    {"pad", "moves"},
    {"concat", "moves"},
    {"stack", "moves"},
    {"roll", "moves"},
    {"triu", "moves"},
    {"tril", "moves"},
    {"diag", "moves"},
    {"diag_part", "moves"},
    {"dynamic_slice", "moves"},
    {"full_like", "a constant"},
    {"zeros_like", "a constant"},
    {"ones_like", "a constant"},
    {"scan", "rounds each step as the user's function does"},
    {"while_loop", "rounds each step as the user's function does"},
    {"custom_gradient", "what it is given"},
    {"cond", "what it is given"},
    {"checkpoint", "what it is given"},
    {"compile_once", "what it is given"},
    {"late", "what it is given"},
    {"scope", "what it is given"},
    {"assign", "gives nothing: tests/expr/scope_test.cpp"},
    {"next_value", "what was assigned: tests/expr/scope_test.cpp"},
    {"print", "gives its operand"},
    {"random_uniform", "a draw"},
    {"random_normal", "a draw"},
    {"random_truncated_normal", "a draw"},
    {"random_words", "gives integers"},
    {"random_keys", "gives integers"},
    {"random_keys_like", "gives integers"},
    {"random_permutation", "gives integers"},
    {"shuffle", "moves"},
    // float64 takes other words: they are held to float32 below
    {"random_uniform_like", "a draw"},
    {"random_normal_like", "a draw"},
    {"random_truncated_normal_like", "a draw"},
    {"bernoulli", "a draw"},
    {"categorical", "a draw"},
    {"dropout", "a draw"},
};

/// Past 2048 float16 counts no further, past 256 bfloat16; past 65504 float16 is infinite.
std::set<extent_t> sizes_of(const row& r, dtype narrow) {
    std::set<extent_t> sizes{std::min(r.largest, extent_t{2049})};
    if (r.largest >= 7) sizes.merge(std::set<extent_t>{1, 7});
    if (narrow == dtype::float16) sizes.insert(r.largest);
    return sizes;
}
/// The operands of a row, for a size: numbers that the narrow type holds.
std::vector<array> operands_of(const row& r, extent_t n, dtype narrow) {
    generator random(static_cast<std::uint64_t>(n));
    std::vector<array> all;
    for (const operand& o : r.operands) {
        const double high = o.is_index && o.high == 0 ? static_cast<double>(n) : o.high;
        array& a = all.emplace_back(o.is_index ? dtype::int32 : narrow, o.extents(n));
        for (int i = 0; i < a.count(); ++i)
            if (o.is_index) a.push(static_cast<std::int32_t>(random.integers(0, static_cast<std::int64_t>(high))));
            else a.push(random.uniform(o.low, high));
    }
    return all;
}
array converted(const array& a, dtype t) {
    if (!is_float(a.type)) return a;
    array r(t, a.extents);
    for (int i = 0; i < a.count(); ++i) r.push(a.at(i));
    return r;
}
/// sum of y times these: exact in every type.
array weights_like(const symbol& y) {
    array w(y.type(), y.extents());
    for (int i = 0; i < w.count(); ++i) w.push(((37 * i + 11) % 64 - 31.5) / 32);
    return w;
}
/// A graph and the values of its leaves.
class traced_program {
public:
    graph g;
    symbol leaf(const array& a) { return declare_leaf(g, leaves_.push(a), {a.type, 0, a.extents}); }
    /// What the symbols come to.
    std::vector<array> run(const std::vector<symbol>& results, bool is_better = false) {
        REQUIRE(g.error.what == mistake_kind::none);
        for (const symbol& s : results) g.roots.push({s.id, -1, 0, 0});
        const growable<array> computed = reference::interpret(is_better ? optimise(g) : g, leaves_);
        return {computed.begin(), computed.end()};
    }

private:
    growable<array> leaves_;
};
/// y, and the derivatives by the floats among the operands.
std::vector<array> results_of_row(const row& r, const std::vector<array>& operands, bool is_better) {
    traced_program p;
    std::vector<symbol> x, by, results;
    for (const array& a : operands) {
        x.push_back(p.leaf(a));
        if (is_float(a.type)) by.push_back(x.back());
    }
    const symbol y = r.on(x.data());
    REQUIRE(p.g.error.what == mistake_kind::none);
    results.resize(r.has_gradient ? by.size() : 0);
    if (r.has_gradient)
        differentiate(sum(y.plain() * p.leaf(weights_like(y))), by.data(), static_cast<int>(by.size()), results.data());
    results.insert(results.begin(), y);
    return p.run(results, is_better);
}

/// How many roundings of |want| + scale the farthest element lies away.
double roundings_between(const array& got, const array& want, double scale) {
    REQUIRE(got.extents == want.extents);
    const bool is_float16 = got.type == dtype::float16;
    const double rounding = is_float16 ? 0x1p-11 : 0x1p-8, smallest = is_float16 ? 0x1p-24 : 0;
    double largest = 0;
    for (int i = 0; i < want.count(); ++i) {
        const double x = got.at(i), y = want.at(i);
        if (x == y || x == held_by(got.type, y)) continue;
        if (!(std::abs(x - y) > smallest)) continue;
        const double apart = std::abs(x - y) / ((std::abs(y) + scale) * rounding);
        largest = std::isfinite(apart) ? std::max(largest, apart) : INFINITY;
    }
    return largest;
}

symbol of_type(dtype t, symbol rng) {
    if (t == dtype::float16) return random_uniform<float16>(rng, extents<5000>);
    if (t == dtype::bfloat16) return random_uniform<bfloat16>(rng, extents<5000>);
    return random_uniform<float>(rng, extents<5000>);
}

}  // namespace

TEST_CASE("every public function has a row, or a reason to have none") {
    std::set<std::string> named = support::public_functions();
    CHECK(named.size() > 150);
    std::set<std::string_view> known;
    for (const row& r : table) known.insert(r.function);
    for (const exception& e : exceptions) {
        INFO(std::string(e.function), ": ", std::string(e.reason));
        CHECK(known.insert(e.function).second);
    }
    for (const std::string& f : named) {
        INFO(f);
        CHECK(known.contains(f));
    }
    for (const std::string_view f : known) {
        INFO(std::string(f), " is not in docs/ops.md");
        CHECK(named.contains(std::string(f)));
    }
}
TEST_CASE("in float16 and bfloat16 all is computed in float32 and rounded once") {
    for (const row& r : table)
        for (const dtype narrow : {dtype::float16, dtype::bfloat16})
            for (const extent_t n : sizes_of(r, narrow)) {
                INFO(std::string(r.function), " ", std::string(name_of(narrow)), " ", n);
                const std::vector<array> operands = operands_of(r, n, narrow);
                std::vector<array> wide;
                for (const array& a : operands) wide.push_back(converted(a, dtype::float64));
                const std::vector<array> got = results_of_row(r, operands, n <= 7),
                                         want = results_of_row(r, wide, false);
                for (std::size_t i = 0; i < got.size(); ++i) {
                    INFO("result ", i, ": 0 is the value, then the derivatives");
                    CHECK(roundings_between(got[i], want[i], i == 0 ? r.value_scale : r.gradient_scale) <= 2);
                }
            }
}

TEST_CASE("a number beside two bytes is a float32, another type is a mistake") {
    for (const bool is_number : {true, false}) {
        traced_program p;
        const symbol x = p.leaf(array(dtype::float16, shape(0)));
        hypot(x, p.leaf(array(dtype::float32, is_number ? shape() : shape(0))));
        CHECK(p.g.error.what == (is_number ? mistake_kind::none : mistake_kind::types_differ));
        CHECK(layer_norm(x, x, x, 1e-9).type() == dtype::float16);
    }
}
TEST_CASE("draws are those of float32 on the same numbers") {
    struct draw {
        const char* name;
        symbol (*on)(symbol x, symbol rng);
    };
    // clang-format off
    constexpr draw draws[] = {
        {"uniform",    [](symbol x, symbol rng) { return random_uniform_like(x, rng); }},
        {"of a shape", [](symbol x, symbol rng) { return of_type(x.type(), rng); }},
        {"normal",     [](symbol x, symbol rng) { return random_normal_like(x, rng); }},
        {"truncated",  [](symbol x, symbol rng) { return random_truncated_normal_like(x, rng); }},
        {"bernoulli",  [](symbol x, symbol rng) { return bernoulli(x, rng); }},
        {"categorical", [](symbol x, symbol rng) { return categorical(x, rng); }},
        {"dropout",    [](symbol x, symbol rng) { return dropout(x, 0.001, rng); }},
    };
    // clang-format on
    const std::int64_t state[] = {5, 0};
    for (const dtype narrow : {dtype::float16, dtype::bfloat16})
        for (const draw& d : draws) {
            INFO(d.name, " ", std::string(name_of(narrow)));
            const array x = operands_of({{}, nullptr, {probabilities}}, 3000, narrow)[0];
            const auto drawn = [&](dtype t) {
                traced_program p;
                const symbol rng = p.leaf(reference::array_of(shape(2), state));
                return p.run({d.on(p.leaf(converted(x, t)), rng)})[0];
            };
            const array got = drawn(narrow), want = drawn(dtype::float32);
            const double below_one = narrow == dtype::float16 ? 1 - 0x1p-11 : 1 - 0x1p-8;
            const bool is_uniform = std::string_view(d.name) == "uniform" || std::string_view(d.name) == "of a shape";
            int wrong = 0;
            for (int i = 0; i < got.count(); ++i) {
                const double y = is_float(got.type) ? held_by(narrow, want.at(i)) : want.at(i);
                wrong += got.at(i) != (is_uniform ? std::min(y, below_one) : y);
            }
            CHECK(wrong == 0);
        }
}
TEST_CASE("derivatives are added in float32: of a value that is used often, and in every step of a scan") {
    const auto ones = [](dtype t, const shape& extents) {
        array a(t, extents);
        for (int i = 0; i < a.count(); ++i) a.push(1);
        return a;
    };
    for (const dtype narrow : {dtype::float16, dtype::bfloat16}) {
        traced_program p;
        const symbol x = p.leaf(ones(narrow, shape())), steps = p.leaf(ones(narrow, shape(3000)));
        symbol often = x;
        for (int i = 1; i < 2100; ++i) often = often + x;
        const auto r = scan([&](symbol, symbol now) { return sin(x) * now; }, states(x), over(steps));
        const std::vector<array> dx = p.run({differentiate(often, x), differentiate(sum(r.kept[0]), x)});
        CHECK(dx[0].at(0) == held_by(narrow, 2100));
        CHECK(dx[1].at(0) == doctest::Approx(3000 * std::cos(1.0)).epsilon(narrow == dtype::float16 ? 0x1p-9 : 0x1p-6));
    }
}
