// SPDX-License-Identifier: BSL-1.0
// Convolutions of 3x3 with bias and relu, and pools of 2x2, channels last, on a batch of images.
#include "plain.hpp"
#include "tensors.hpp"
#if defined(TELAR_HAS_ONEDNN)
#include "onednn.hpp"
#endif

namespace {

using bench::array;
using bench::random_tensor;
using bench::row;
using telar::extent_t;

std::string size_text(extent_t batch, extent_t side, extent_t in, extent_t out) {
    return std::to_string(batch) + "x" + std::to_string(side) + "x" + std::to_string(side) + "x" + std::to_string(in) +
           " -> " + std::to_string(out);
}

#if defined(TELAR_HAS_ONEDNN)
using tag = dnnl::memory::format_tag;
dnnl::memory::desc described(dnnl::memory::dims extents, tag order) {
    return {std::move(extents), dnnl::memory::data_type::f32, order};
}
/// With the kernel in the order that oneDNN likes best; it is put into it beforehand.
bench::onednn::call by_onednn(extent_t batch, extent_t side, extent_t in, extent_t out, const float* x, const float* w,
                              const float* bias, float* y) {
    const auto images = described({batch, in, side, side}, tag::nhwc),
               result = described({batch, out, side, side}, tag::nhwc);
    const auto kernel = described({out, in, 3, 3}, tag::hwio), shift = described({out}, tag::a);
    dnnl::post_ops after;
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    const dnnl::convolution_forward::primitive_desc chosen({dnnl::prop_kind::forward_inference,
                                                            dnnl::algorithm::convolution_auto,
                                                            images,
                                                            described({out, in, 3, 3}, tag::any),
                                                            shift,
                                                            result,
                                                            {1, 1},
                                                            {1, 1},
                                                            {1, 1}},
                                                           attributes, bench::onednn::engine());
    dnnl::memory packed(chosen.weights_desc(), bench::onednn::engine()), own = bench::onednn::memory(kernel, w);
    dnnl::stream stream(bench::onednn::engine());
    dnnl::reorder(own, packed).execute(stream, own, packed);
    stream.wait();
    return {dnnl::convolution_forward(chosen),
            {{DNNL_ARG_SRC, bench::onednn::memory(images, x)},
             {DNNL_ARG_WEIGHTS, packed},
             {DNNL_ARG_BIAS, bench::onednn::memory(shift, bias)},
             {DNNL_ARG_DST, bench::onednn::memory(result, y)}}};
}
#endif

template <extent_t Batch, extent_t Side, extent_t In, extent_t Out> void convolve(bench::suite& suite) {
    const std::string workload = "convolution 3x3, bias, relu", size = size_text(Batch, Side, In, Out);
    if (!suite.wants(workload, size)) return;
    const auto x = random_tensor<Batch, Side, Side, In>(1);
    const auto w = random_tensor<3, 3, In, Out>(2);
    const auto bias = random_tensor<Out>(3);
    array<Batch, Side, Side, Out> y;
    row r(workload, size, {2.0 * Batch * Side * Side * 9 * In * Out, 0}, {1e-4, 1e-4});

    const telar::input<"x", array<Batch, Side, Side, In>> X;
    const telar::input<"w", array<3, 3, In, Out>> W;
    const telar::input<"b", array<Out>> B;
    const auto program = telar::compile(relu(conv(X, W, telar::same_padding) + B));
    telar::workspace space;
    r.add(
        "telar", [&] { program.into(space, y, X = x, W = w, B = bias); }, y.span());
    r.add(
        "plain loops",
        [&] { bench::plain::convolution_3x3(Batch, Side, In, Out, x.data(), w.data(), bias.data(), y.data()); },
        y.span());
#if defined(TELAR_HAS_ONEDNN)
    auto call = by_onednn(Batch, Side, In, Out, x.data(), w.data(), bias.data(), y.data());
    r.add(
        "oneDNN", [&] { call(); }, y.span());
#endif
    suite.run(r);
}

template <extent_t Batch, extent_t Side, extent_t Channels> void pool(bench::suite& suite) {
    const std::string workload = "largest of 2x2", size = size_text(Batch, Side, Channels, Channels);
    if (!suite.wants(workload, size)) return;
    const auto x = random_tensor<Batch, Side, Side, Channels>(1);
    array<Batch, Side / 2, Side / 2, Channels> y;
    row r(workload, size, {3.0 * Batch * Side * Side / 4 * Channels, 5.0 * Batch * Side * Side * Channels}, {0, 0});

    const telar::input<"x", array<Batch, Side, Side, Channels>> X;
    const auto program = telar::compile(max_pool(X, telar::window<2>));
    telar::workspace space;
    r.add(
        "telar", [&] { program.into(space, y, X = x); }, y.span());
    r.add(
        "plain loops", [&] { bench::plain::largest_of_2x2(Batch, Side, Channels, x.data(), y.data()); }, y.span());
#if defined(TELAR_HAS_ONEDNN)
    const auto images = described({Batch, Channels, Side, Side}, tag::nhwc),
               result = described({Batch, Channels, Side / 2, Side / 2}, tag::nhwc);
    bench::onednn::call call(dnnl::pooling_forward({{dnnl::prop_kind::forward_inference,
                                                     dnnl::algorithm::pooling_max,
                                                     images,
                                                     result,
                                                     {2, 2},
                                                     {2, 2},
                                                     {0, 0},
                                                     {0, 0}},
                                                    bench::onednn::engine()}),
                             {{DNNL_ARG_SRC, bench::onednn::memory(images, x.data())},
                              {DNNL_ARG_DST, bench::onednn::memory(result, y.data())}});
    r.add(
        "oneDNN", [&] { call(); }, y.span());
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("convolution", argc, argv);
    convolve<32, 28, 1, 32>(suite);
    convolve<32, 32, 64, 64>(suite);
    pool<32, 28, 32>(suite);
    return suite.finish();
}
