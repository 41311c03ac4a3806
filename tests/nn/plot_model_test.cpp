// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/plot_model.hpp>

#include <doctest/doctest.h>

using namespace telar;

namespace {
struct block {
    nn::dense up{8, nn::relu}, down{4};
    constexpr symbol operator()(symbol x) const { return x + down(up(x)); }
};
struct net {
    block first{};
    nn::dense shared{4};
    constexpr symbol operator()(symbol a, symbol b) const {
        const symbol left = shared(first(a));  // operands of * are called in any order
        return left * shared(b);
    }
};
}  // namespace

TEST_CASE("boxes are calls of layers and operations beside them; arrows are what flows") {
    const nn::model<net, tensor<float, dyn, 4>, tensor<float, dyn, 4>> model;
    const std::string mermaid = nn::plot_model(model, nn::plot_format::mermaid);
    CHECK(mermaid ==
          "flowchart TD\n"
          "  b0[\"input 0<br>(None, 4)\"]\n"
          "  b1[\"input 1<br>(None, 4)\"]\n"
          "  b2[\"first.up: dense<br>(None, 8)\"]\n"
          "  b3[\"first.down: dense<br>(None, 4)\"]\n"
          "  b4[\"add<br>(None, 4)\"]\n"
          "  b5[\"shared: dense<br>(None, 4)\"]\n"
          "  b6[\"shared: dense<br>(None, 4)\"]\n"
          "  b7[\"mul<br>(None, 4)\"]\n"
          "  b0 --> b2\n"
          "  b0 --> b4\n"
          "  b1 --> b6\n"
          "  b2 --> b3\n"
          "  b3 --> b4\n"
          "  b4 --> b5\n"
          "  b5 --> b7\n"
          "  b6 --> b7\n");
    const std::string dot = nn::plot_model(model, nn::plot_format::dot);
    CHECK(dot.find("b2 [label=\"first.up: dense\\n(None, 8)\"];") != std::string::npos);
    CHECK(dot.find("b6 -> b7;") != std::string::npos);
    const std::string svg = nn::plot_model(model);
    CHECK(svg.starts_with("<svg xmlns"));
    CHECK(svg.find(">first.up: dense</text>") != std::string::npos);
    std::size_t boxes = 0;
    for (std::size_t at = svg.find("<rect"); at != std::string::npos; at = svg.find("<rect", at + 1)) ++boxes;
    CHECK(boxes == 8);
}
