// SPDX-License-Identifier: BSL-1.0
// What is refused where extents are known is refused by a run where they are not, by name and before anything is
// written; and what runs with unknown extents is not refused with known ones.
#include "../support/schedule_runner.hpp"

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/arrange.hpp>
#include <telar/expr/attention.hpp>
#include <telar/expr/composite.hpp>
#include <telar/expr/einsum.hpp>
#include <telar/expr/normalization.hpp>
#include <telar/expr/pooling.hpp>
#include <telar/expr/recurrent.hpp>
#include <telar/expr/sort.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/passes/pipeline.hpp>

#include <string>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;

namespace {

constexpr extent_t many = extent_t{1} << 60;

/// An operation, and operands that it takes and that it refuses.
struct row {
    const char* name;
    symbol (*of)(symbol x);
    shape taken, refused;
    mistake_kind mistake;
};

/// The operation on one leaf, traced.
struct traced_row {
    graph g;

    traced_row(const row& r, const shape& extents) {
        const symbol y = r.of(leaf(g, 0, extents, dtype::float32));
        g.roots.push({y.id, -1, 0, 0});
    }
};
shape unknown(shape s) {
    for (int i = 0; i < s.rank; ++i) s[i] = dyn;
    return s;
}
array zeros_of(const shape& s) { return reference::filled_with_zeros(dtype::float32, s); }

/// Both refuse with wrong_shape.
void check_refused(const graph& g, const growable<array>& x) {
    CHECK_THROWS_AS(support::interpreted(g, x), wrong_shape);
    const graph better = optimise(g);
    CHECK_THROWS_AS(support::interpreted(better, x), wrong_shape);
    CHECK_THROWS_AS(support::run_schedule(better, make_schedule(better, support::cpu_target), x), wrong_shape);
}
void check_taken(const graph& g, const growable<array>& x) {
    REQUIRE(g.error.what == mistake_kind::none);
    const graph better = optimise(g);
    CHECK_NOTHROW(support::interpreted(g, x));
    CHECK_NOTHROW(support::run_schedule(better, make_schedule(better, support::cpu_target), x));
}
growable<array> one(const shape& s) {
    growable<array> x;
    x.push(zeros_of(s));
    return x;
}
void check(const row& r) {
    INFO(std::string(r.name));
    CHECK(traced_row(r, r.refused).g.error.what == r.mistake);
    const traced_row unknown_extents(r, unknown(r.refused));
    REQUIRE(unknown_extents.g.error.what == mistake_kind::none);
    check_refused(unknown_extents.g, one(r.refused));
    check_taken(unknown_extents.g, one(r.taken));
    check_taken(traced_row(r, r.taken).g, one(r.taken));
}

using mistakes = mistake_kind;
constexpr mistake_kind too_many_elements = mistakes::too_many_elements;
// clang-format off
constexpr row products[] = {
    {"tile",                 [](symbol x) { return tile(x, {many}); },                                      shape(0), shape(8), too_many_elements},
    {"tile of two axes",     [](symbol x) { return tile(x, {1 << 30, 1 << 30}); },                          shape(0, 2), shape(4, 4), too_many_elements},
    {"repeat",               [](symbol x) { return repeat(x, many, 0); },                                   shape(0), shape(8), too_many_elements},
    {"repeat, summed",       [](symbol x) { return sum(repeat(x, many, 0), 0); },                           shape(0), shape(8), too_many_elements},
    {"broadcast_to",         [](symbol x) { return broadcast_to(x, shape(many, -1)); },                     shape(0), shape(8), too_many_elements},
    {"sum of a broadcast",   [](symbol x) { return sum(broadcast_to(x, shape(many, -1)), 0); },             shape(0), shape(8), too_many_elements},
    {"sort of a broadcast",  [](symbol x) { return sort(broadcast_to(x, shape(many, -1))); },               shape(0), shape(8), too_many_elements},
    {"argsort of a tile",    [](symbol x) { return argsort(tile(x, {many})); },                             shape(0), shape(8), too_many_elements},
    {"square of a tile",     [](symbol x) { return sum(square(tile(x, {many})), 0); },                      shape(0), shape(8), too_many_elements},
    {"pad",                  [](symbol x) { return emit::pad_each(x, {many, 0}, {many - 1, 0}); },          shape(0, 0), shape(1, 1), too_many_elements},
    {"concat of two tiles",  [](symbol x) { const symbol y = tile(x, {many / 2}); return concat({y, y, y}, 0); }, shape(0), shape(2), too_many_elements},
    {"outer product",        [](symbol x) { const symbol y = tile(x, {extent_t{1} << 40}); return sum(sum(expand_dims(y, 1) * y, 0), 0); }, shape(0), shape(2), too_many_elements},
    {"flatten of a broadcast", [](symbol x) { return reshape(broadcast_to(x, shape(many, -1)), shape(-1)); }, shape(0), shape(8), too_many_elements},
};
constexpr row elements[] = {
    {"max",                 [](symbol x) { return max(x, 0); },                              shape(1), shape(0), mistakes::empty_reduction},
    {"min of an axis",      [](symbol x) { return min(x, 1); },                              shape(0, 1), shape(2, 0), mistakes::empty_reduction},
    {"argmax",              [](symbol x) { return argmax(x, -1); },                          shape(0, 1), shape(2, 0), mistakes::empty_reduction},
    {"argmin of all",       [](symbol x) { return argmin(x); },                              shape(2, 1), shape(2, 0), mistakes::empty_reduction},
    {"max of a slice",      [](symbol x) { return max(slice(x, 0, 3), 0); },                 shape(4), shape(3), mistakes::empty_reduction},
    {"largest norm",        [](symbol x) { return norm(x, order_infinity); },                shape(1), shape(0), mistakes::empty_reduction},
    {"global_max_pool",     [](symbol x) { return global_max_pool(x); },                     shape(0, 1, 2), shape(1, 0, 2), mistakes::empty_reduction},
    {"accuracy",            [](symbol x) { return categorical_accuracy(x, x); },             shape(0, 1), shape(2, 0), mistakes::empty_reduction},
    {"slice",               [](symbol x) { return slice(x, 0, 2, 5); },                      shape(5), shape(4), mistakes::slice_range},
    {"slice from the end",  [](symbol x) { return slice(x, 0, -3); },                        shape(3), shape(2), mistakes::slice_range},
    {"slice backwards",     [](symbol x) { return slice_steps(x, 0, 4, to_the_start, -2); }, shape(5), shape(4), mistakes::slice_range},
    {"top_k",               [](symbol x) { return top_k<3>(x)[0]; },                         shape(3), shape(2), mistakes::slice_range},
    {"dynamic_slice",       [](symbol x) { return emit::dynamic_slice(x, emit::reshape(emit::constant(*x.g, dtype::uint8, 1), shape(1)), {3}); }, shape(3), shape(2), mistakes::slice_range},
    {"max_pool",            [](symbol x) { return max_pool(x, window<3>); },                 shape(1, 3, 1), shape(1, 2, 1), mistakes::window},
    {"mean_pool",           [](symbol x) { return mean_pool(x, window<3>, dilations<2>); },  shape(1, 5, 1), shape(1, 4, 1), mistakes::window},
    {"max_pool, padding before", [](symbol x) { return max_pool(x, window<2>, steps<1>, padding<1>, dilations<2>); }, shape(1, 2, 1), shape(1, 1, 1), mistakes::window_in_padding},
    {"mean_pool, padding behind", [](symbol x) { return mean_pool(x, window<2>, steps<2>, padding<0, 2>); }, shape(1, 3, 1), shape(1, 2, 1), mistakes::window_in_padding},
    {"resize",              [](symbol x) { return emit::resample(x, 0, 3, true); },          shape(1), shape(0), mistakes::slice_range},
    {"resize, the nearest", [](symbol x) { return emit::resample(x, 1, 3, false); },         shape(0, 1), shape(2, 0), mistakes::slice_range},
    {"upsample",            [](symbol x) { return emit::stretch(x, 0, 2, true); },           shape(1), shape(0), mistakes::slice_range},
    {"matmul",              [](symbol x) { return matmul(x, x); },                           shape(2, 2), shape(2, 3), mistakes::matmul_extents},
    {"reshape",             [](symbol x) { return reshape(x, shape(2, 3)); },                shape(6), shape(5), mistakes::reshape_count},
    {"reshape, the rest",   [](symbol x) { return reshape(x, shape(-1, 4)); },               shape(8), shape(6), mistakes::reshape_count},
    {"squeeze",             [](symbol x) { return squeeze(x, 0); },                          shape(1, 4), shape(2, 4), mistakes::reshape_count},
    {"diag_part",           [](symbol x) { return diag_part(x); },                           shape(3, 3), shape(3, 2), mistakes::broadcast},
    {"broadcast_to",        [](symbol x) { return broadcast_to(x, shape(2, 3)); },           shape(3), shape(2), mistakes::broadcast},
};
/// Of x and its transpose.
constexpr row pairs[] = {
    {"a sum",           [](symbol x) { return x + transpose(x); },                                             shape(2, 2), shape(2, 3), mistakes::broadcast},
    {"concat",          [](symbol x) { return concat({x, transpose(x)}, 0); },                                 shape(2, 2), shape(2, 3), mistakes::concat_extents},
    {"stack",           [](symbol x) { return stack(x, transpose(x), axis<0>); },                              shape(2, 2), shape(2, 3), mistakes::concat_extents},
    {"where",           [](symbol x) { return where(x > 0, x, transpose(x)); },                                shape(2, 2), shape(2, 3), mistakes::broadcast},
    {"einsum",          [](symbol x) { return einsum<"ab,bc->ac">(x, x); },                                    shape(2, 2), shape(2, 3), mistakes::einsum},
    {"attention",       [](symbol x) { return attention(x, transpose(x), x); },                                shape(2, 2), shape(2, 3), mistakes::matmul_extents},
    {"take_along_axis", [](symbol x) { return take_along_axis(x, cast<int>(transpose(x)), 0); },               shape(2, 2), shape(2, 3), mistakes::broadcast},
    {"gather, batches", [](symbol x) { return gather(x, cast<int>(transpose(x)), 1, 1); },                     shape(2, 2), shape(2, 3), mistakes::indices},
    {"scatter_add",     [](symbol x) { return scatter_add(x, cast<int>(sum(x, 1)), transpose(x)); },           shape(2, 2), shape(2, 3), mistakes::indices},
    {"segment_sum",     [](symbol x) { return segment_sum(x, cast<int>(sum(x, 0)), 4); },                      shape(2, 2), shape(2, 3), mistakes::indices},
    {"scan",            [](symbol x) { return scan([](auto h, auto, auto) { return h; }, states(sum(x)), over(x, transpose(x))).state[0]; }, shape(2, 2), shape(2, 3), mistakes::scan_length},
    {"a scan's state",  [](symbol x) { return scan([](auto h) { return transpose(h); }, states(x), 2).state[0]; }, shape(2, 2), shape(2, 3), mistakes::scan_state},
    {"a layer's weights", [](symbol x) { return simple_rnn(emit::expand_dims(x, {0}), x, x, sum(x, 0))[0]; },  shape(2, 2), shape(2, 3), mistakes::recurrent_weights},
    {"labels",          [](symbol x) { return sparse_softmax_cross_entropy(x, cast<int>(sum(x, 0))); },        shape(2, 2), shape(2, 3), mistakes::broadcast},
    {"group_norm",      [](symbol x) { return formulas::group_norm_of(x, 2, x, x, emit::constant(*x.g, x.type(), 1)); }, shape(2, 2), shape(2, 3), mistakes::reshape_count},
};
/// What has a value also for no elements, whether their number is known or not.
struct taken {
    const char* name;
    symbol (*of)(symbol x);
    shape extents;
};
constexpr taken empty[] = {
    {"softmax",       [](symbol x) { return softmax(x); },                       shape(2, 0)},
    {"log_softmax",   [](symbol x) { return log_softmax(x); },                   shape(2, 0)},
    {"logsumexp",     [](symbol x) { return logsumexp(x, 1); },                  shape(2, 0)},
    {"logsumexp of all", [](symbol x) { return logsumexp(x); },                  shape(2, 0)},
    {"cross entropy", [](symbol x) { return softmax_cross_entropy(x, x); },      shape(2, 0)},
    {"sum",           [](symbol x) { return sum(x, 1); },                        shape(2, 0)},
    {"prod",          [](symbol x) { return prod(x, 0); },                       shape(0, 3)},
    {"mean",          [](symbol x) { return mean(x, 1); },                       shape(2, 0)},
    {"variance",      [](symbol x) { return variance(x, 0); },                   shape(0)},
    {"max of no row", [](symbol x) { return max(x, 1); },                        shape(0, 3)},
    {"sort",          [](symbol x) { return sort(x); },                          shape(2, 0)},
    {"argsort",       [](symbol x) { return argsort(x); },                       shape(2, 0)},
    {"top_k of no row", [](symbol x) { return top_k<2>(x)[1]; },                 shape(0, 2)},
    {"every second",  [](symbol x) { return slice_steps(x, 0, 0, to_the_end, 2); }, shape(0)},
    {"backwards",     [](symbol x) { return reverse(x); },                       shape(0, 3)},
    {"tile",          [](symbol x) { return tile(x, {2, 3}); },                  shape(0, 3)},
    {"flatten",       [](symbol x) { return reshape(x, shape(-1)); },            shape(0, 3)},
    {"matmul",        [](symbol x) { return matmul(transpose(x), x); },          shape(0, 3)},
    {"concat",        [](symbol x) { return concat({x, x}, 0); },                shape(0, 3)},
    {"triu",          [](symbol x) { return triu(x); },                          shape(0, 0)},
};
// clang-format on

/// Losses of logits z or probabilities, and class labels.
using loss = symbol (*)(symbol z, symbol labels);
constexpr loss losses_of_labels[] = {
    [](symbol z, symbol labels) { return sparse_softmax_cross_entropy(z, labels); },
    [](symbol z, symbol labels) { return sparse_categorical_cross_entropy(labels, z); },
    [](symbol z, symbol labels) { return sparse_categorical_cross_entropy(labels, z, from_logits); },
};
/// The loss, or only its derivative by z (2,3), of labels (2).
graph traced_loss(loss f, dtype type, dtype of_labels, bool is_known, bool only_derivative) {
    graph g;
    const symbol z = leaf(g, 0, is_known ? shape(2, 3) : shape(dyn, dyn), type),
                 labels = leaf(g, 1, is_known ? shape(2) : shape(dyn), of_labels);
    const symbol y = sum(f(z, labels));
    g.roots.push({(only_derivative ? differentiate(y, z) : y).id, -1, 0, 0});
    return g;
}
void check_labels(const graph& g, const growable<array>& x, bool are_classes) {
    REQUIRE(g.error.what == mistake_kind::none);
    const graph better = optimise(g);
    if (are_classes) {
        CHECK_NOTHROW(support::interpreted(g, x));
        CHECK_NOTHROW(support::run_schedule(better, make_schedule(better, support::cpu_target), x));
    } else {
        CHECK_THROWS_AS(support::interpreted(g, x), index_error);
        CHECK_THROWS_AS(support::run_schedule(better, make_schedule(better, support::cpu_target), x), index_error);
    }
}

}  // namespace

TEST_CASE("a size that no memory has is refused, never wrapped") {
    for (const row& r : products) check(r);
}
TEST_CASE("what needs elements refuses to have none") {
    for (const row& r : elements) check(r);
}
TEST_CASE("what has to agree is refused where it does not") {
    for (const row& r : pairs) check(r);
}
TEST_CASE("what has a value for no elements has it whether they are known or not") {
    for (const taken& t : empty) {
        INFO(std::string(t.name));
        const row r{t.name, t.of, t.extents, {}, {}};
        const traced_row known(r, t.extents), not_known(r, unknown(t.extents));
        check_taken(known.g, one(t.extents));
        check_taken(not_known.g, one(t.extents));
        const array a = support::interpreted(known.g, one(t.extents))[0];
        const array b = support::interpreted(not_known.g, one(t.extents))[0];
        REQUIRE(a.extents == b.extents);
        for (int i = 0; i < a.count(); ++i) CHECK(support::distance(a.at(i), b.at(i)) == 0);
    }
}
TEST_CASE("the text says how many elements there are") {
    const row r{"max", [](symbol x) { return max(slice(x, 0, 3), 0); }, {}, {}, {}};
    const traced_row t(r, shape(dyn));
    CHECK_THROWS_WITH_AS(support::run_schedule(t.g, make_schedule(t.g, support::cpu_target), one(shape(3))),
                         "an extent is 0 where an element is needed: 0", wrong_shape);
    const row s{"slice", [](symbol x) { return slice(x, 0, 2, 5); }, {}, {}, {}};
    const traced_row u(s, shape(dyn));
    CHECK_THROWS_WITH_AS(support::run_schedule(u.g, make_schedule(u.g, support::cpu_target), one(shape(4))),
                         "an extent is too small: 5 elements are asked of 4 (axis 0 of a captured value)", wrong_shape);
}
TEST_CASE("places beyond 2^31 are counted in 64 bits, or refused") {
    for (const dtype type : {dtype::float32, dtype::uint8, dtype::int32, dtype::bfloat16}) {
        graph g;
        const symbol x = emit::broadcast_to(leaf(g, 0, shape(), type), shape(3, extent_t{1} << 31));
        const symbol y = argmax(x, 1), z = argmax(emit::broadcast_to(leaf(g, 0, shape(), type), shape(3, 1 << 30)), 1);
        const symbol operand{&g, g[g[y.id].in[0]].in[0]}, narrow{&g, g[g[z.id].in[0]].in[0]};
        CHECK(size_of(operand.type()) == 8);
        CHECK(narrow.type() == type);
    }
    const row r{"argmax", [](symbol x) { return argmax(broadcast_to(x, shape(extent_t{1} << 29, -1))); }, {}, {}, {}};
    const traced_row t(r, shape(dyn));
    CHECK_THROWS_AS(support::run_schedule(t.g, make_schedule(t.g, support::cpu_target), one(shape(8))), wrong_shape);
}
TEST_CASE("a label that is no class is refused, in the loss and in its derivative alone") {
    for (const loss f : losses_of_labels)
        for (const dtype type : {dtype::float32, dtype::float64, dtype::float16, dtype::bfloat16})
            for (const dtype of_labels : {dtype::int32, dtype::int64, dtype::uint8})
                for (const bool is_known : {true, false})
                    for (const bool only_derivative : {false, true}) {
                        const graph g = traced_loss(f, type, of_labels, is_known, only_derivative);
                        for (const int label : {2, 3, -1}) {  // of uint8 -1 is 255
                            growable<array> x;
                            x.push(reference::filled_with_zeros(type, shape(2, 3)));
                            x.push(reference::filled_with_zeros(of_labels, shape(2)));
                            x[1].integers[1] = of_labels == dtype::uint8 ? label & 255 : label;
                            check_labels(g, x, label == 2);
                        }
                    }
}
