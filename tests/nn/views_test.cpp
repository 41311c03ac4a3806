// SPDX-License-Identifier: BSL-1.0
// Views of models: frozen parts, names in an expression, parts alone; parameters at run time.
#include <doctest/doctest.h>
#include <telar/nn/views.hpp>

#include <cstring>
#include <string>
#include <vector>

using namespace telar;

namespace {
struct body {
    nn::dense first{4, nn::tanh}, second{3};
    constexpr symbol operator()(symbol x) const { return second(first(x)); }
};
struct net {
    body backbone{};
    nn::dense neck{3, nn::tanh}, head{2};
    constexpr symbol operator()(symbol x) const { return head(neck(backbone(x))); }
};
using model = nn::model<net, tensor<float, dyn, 3>>;
const tensor<float, 2, 3> batch{{1, -2, 0.5f}, {0.25f, 3, -1}};

std::vector<std::string> changed(const model& a, const model& b) {
    std::vector<std::string> paths;
    for (int k = 0; k < model::parameter_count(); ++k) {
        const auto& v = model::leaf::info(k).type;
        if (std::memcmp(a.data(k), b.data(k), std::size_t(v.extents.count()) * size_of(v.type)) != 0)
            paths.emplace_back(model::path_of(k));
    }
    return paths;
}
using texts = std::vector<std::string>;
}  // namespace

TEST_CASE("what is frozen is not trained, and has no gradient; both views share their values") {
    model m(1);
    const model before = m;
    auto head_alone = nn::frozen<"backbone", "neck.bias">(m);
    static_assert(decltype(head_alone)::leaf::trained_count == 3);
    static_assert(decltype(nn::frozen<"backbone">(m))::leaf::flat_count == 16 + 16 + 16 + 2);
    static_assert(decltype(head_alone)::leaf::flat_count == 0);  // neck.kernel and head do not lie together
    input<"x", tensor<float, dyn, 3>> X;
    auto step = minimize(sum(square(head_alone(X))), adam{.learning_rate = 0.1}, nn::wrt(head_alone));
    run(step, X = batch);
    CHECK(changed(m, before) == texts{"neck.kernel", "head.kernel", "head.bias"});
    CHECK(sum(abs(head_alone(batch) - m(batch))).item() == 0);

    m = before;
    auto by_one = nn::frozen<"backbone">(m);
    auto flat = minimize(sum(square(by_one(X))), adam{.learning_rate = 0.1}, nn::wrt(by_one));
    run(flat, X = batch);
    CHECK(changed(m, before) == texts{"neck.kernel", "neck.bias", "head.kernel", "head.bias"});
}
TEST_CASE("two models of one type in one expression") {
    model online(1), target(2);
    auto copy = scope<"target">(target);
    input<"x", tensor<float, dyn, 3>> X;
    const auto difference = run(sum(abs(online(X) - copy(X))), X = batch).item();
    CHECK(difference == doctest::Approx(sum(abs(online(batch) - target(batch))).item()));
    CHECK(difference > 0.01f);
    const model before = target, first = online;
    auto step = minimize(sum(square(online(X) - stop_gradient(copy(X)))), sgd{}, nn::wrt(online));
    run(step, X = batch);
    CHECK(changed(target, before).empty());
    CHECK(changed(online, first).size() == 8);
}
TEST_CASE("parameters, those of a part, those of a member") {
    model m(1);
    texts paths;
    for (const nn::parameter_view& p : m.parameters()) {
        paths.emplace_back(p.path);
        CHECK(p.trainable);
        CHECK(p.type == dtype::float32);
    }
    CHECK(paths.size() == 8);
    CHECK(paths[0] == "backbone.first.kernel");
    auto of_body = nn::part<"backbone">(m).parameters();
    REQUIRE(of_body.size() == 4);
    CHECK(of_body[2].path == "second.kernel");
    CHECK(*of_body[2].extents == shape(4, 3));
    static_cast<float*>(of_body[2].data)[1] = 42;
    CHECK(m.get<"backbone.second.kernel">()(0, 1) == 42);
    CHECK(m.get<&net::backbone, &body::second, &nn::dense::kernel>()(0, 1) == 42);
    m.get<&net::head, &nn::dense::bias>()(1) = 7;
    CHECK(m.get<"head.bias">()(1) == 7);
}
