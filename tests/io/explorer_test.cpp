// SPDX-License-Identifier: BSL-1.0
#include <telar/io/explorer.hpp>

#include "../support/arrays.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <limits>
#include <set>
#include <string>
#include <vector>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#define HAS_JSON 1
#else
#define HAS_JSON 0
#endif

using namespace telar;
using namespace telar::io::explorer;

namespace {

struct learner {
    input<"X", tensor<float, dyn, 4>> X;
    input<"Y", tensor<float, dyn, 3>> Y;
    variable<"W1", matrix<float, 8, 4>> W1;
    variable<"b1", tensor<float, 8>> b1;
    variable<"W2", matrix<float, 3, 8>> W2;
    auto loss() const { return mean(square(W2 * relu(W1 * X + b1) - Y)); }
    auto step() const { return minimize(loss(), sgd{}); }
};
tensor<float, 5, 4> some_x() {
    tensor<float, 5, 4> x;
    for (int i = 0; i < 20; ++i) x.data()[i] = static_cast<float>((7 * i) % 11 - 5) / 4;
    return x;
}
int count_of(const std::string& text, std::string_view part) {
    int n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}
std::string page_of_file(const auto& what, const auto&... more) {
    const support::temporary_file file("telar_explorer_test.html");
    save_explorer(file.path, what, more...);
    return file.read();
}

}  // namespace

TEST_CASE("stages, kernels and arena are what explain and the program say") {
    learner l;
    const auto step = l.step();
    const explanation e = explain(step, 5);
    const std::vector<explored_program> all = programs_of(subjects_of_step(step), 5);
    REQUIRE(all.size() == 1);
    const explored_program& p = all[0];
    REQUIRE(p.costs.size() == e.stages.size());
    for (std::size_t s = 0; s < p.costs.size(); ++s) CHECK(p.costs[s] == e.stages[s].cost);
    for (std::size_t s = 0; s < p.stages.size(); ++s) {
        CHECK(p.stages[s].pass == e.stages[s].name);
        CHECK(p.stages[s].g.size() == e.stages[s].cost.nodes);
    }
    REQUIRE(p.kernels.size() == e.kernels.size());
    for (std::size_t k = 0; k < p.kernels.size(); ++k) {
        CHECK(p.kernels[k].kind == e.kernels[k].kind);
        CHECK(p.kernels[k].space == e.kernels[k].space);
        CHECK(p.kernels[k].computes == e.kernels[k].computes);
        CHECK(p.kernels[k].cost == e.kernels[k].cost);
    }
    using code = decltype(step)::code;
    CHECK(p.arena == code::workspace_bytes(5));
    REQUIRE(static_cast<int>(p.buffers.size()) == code::plan.buffers.size());
    for (int b = 0; b < code::plan.buffers.size(); ++b) {
        const ir::slot& s = code::plan.buffers[b];
        const buffer_row& row = p.buffers[static_cast<std::size_t>(b)];
        CHECK(row.first == s.first);
        CHECK(row.last == s.last);
        CHECK(row.where == s.where);
        CHECK(row.in_arena == ir::passes::lives_in_arena(s));
    }
}
TEST_CASE("what lives at one time in the arena lies apart, and in it") {
    learner l;
    const explored_program p = programs_of(subjects_of_step(l.step()), 50).at(0);
    CHECK(p.most_live <= p.arena);
    CHECK(p.arena <= p.without_reuse);
    int lives = 0;
    for (const buffer_row& a : p.buffers) {
        if (!a.in_arena) continue;
        ++lives;
        CHECK(a.offset + a.bytes <= p.arena);
        for (const buffer_row& b : p.buffers)
            if (&a != &b && b.in_arena && a.first <= b.last && b.first <= a.last)
                CHECK((a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset));
    }
    CHECK(lives > 2);
}
TEST_CASE("every operation that is no view and no number is computed by a kernel") {
    learner l;
    const explored_program p = programs_of(subjects_of_step(l.step()), 5).at(0);
    const ir::graph& g = p.stages.back().g;
    std::set<int> computed;
    for (const kernel_row& k : p.kernels) {
        CHECK(!k.nodes.empty());
        CHECK(!k.buffers.empty());
        computed.insert(k.nodes.begin(), k.nodes.end());
        for (const int b : k.buffers) {
            const int node = p.buffers[static_cast<std::size_t>(b)].node;
            REQUIRE(node >= 0);
            CHECK(std::count(k.nodes.begin(), k.nodes.end(), node) == 1);  // what it writes, it computes
        }
    }
    for (int i = 0; i < g.size(); ++i) {
        CAPTURE(i);
        if (p.is_view(i)) continue;  // one that is a result belongs to the kernel that writes what it views
        const bool is_free = ir::is_number_source(g[i].kind) || g[i].kind == op::leaf;
        CHECK(computed.contains(i) == !is_free);
    }
}
TEST_CASE(
    "the kernel that a schedule writes a value in is the one whose members have it: attention, chains, routines") {
    input<"q", tensor<float, 2, 6, 8>> q;
    input<"ids", tensor<std::int32_t, 6>> ids;
    variable<"table", tensor<float, 20, 8>> table;
    const auto k = gather(table, ids);
    const auto y = matmul(softmax(matmul(q, transpose(k)) * 0.3f), k);
    const explored_program p = programs_of(subject_of(y), 1).at(0);
    std::set<int> computed;
    for (const kernel_row& row : p.kernels) computed.insert(row.nodes.begin(), row.nodes.end());
    const ir::graph& g = p.stages.back().g;
    for (int i = 0; i < g.size(); ++i) {
        CAPTURE(name_of(g[i].kind));
        if (g[i].kind == op::matmul || g[i].kind == op::gather || g[i].kind == op::exp) CHECK(computed.contains(i));
    }
}
TEST_CASE("values are those of the reference") {
    learner l;
    generator random(3);
    glorot_uniform{}(l.W1.value(), random);
    glorot_uniform{}(l.W2.value(), random);
    const tensor<float, 5, 4> x = some_x();
    const auto y = l.W2 * relu(l.W1 * l.X + l.b1);
    const explored_program p = programs_of(subject_of(y, l.X = x), 1).at(0);
    const ir::graph &traced = p.stages.front().g, &best = p.stages.back().g;
    REQUIRE(static_cast<int>(p.eager.size()) == traced.size());
    REQUIRE(static_cast<int>(p.lazy.size()) == best.size());
    core::growable<support::array> leaves;
    for (const leaf& each : p.leaves) leaves.push(*each.value);
    const support::array expected = support::interpreted(traced, leaves)[0];
    for (const summary& s : {p.eager[std::size_t(traced.roots[0].id)], p.lazy[std::size_t(best.roots[0].id)]}) {
        REQUIRE(s.count == 15);
        CHECK(s.nans + s.infinities == 0);
        for (int i = 0; i < most_first_values; ++i) CHECK(s.first[std::size_t(i)] == expected.at(i));
        double sum = 0, least = expected.at(0), greatest = least;
        for (int i = 0; i < 15; ++i) {
            sum += expected.at(i);
            least = std::min(least, expected.at(i)), greatest = std::max(greatest, expected.at(i));
        }
        CHECK(s.mean == doctest::Approx(sum / 15));
        CHECK(s.least == least);
        CHECK(s.greatest == greatest);
    }
    CHECK(p.eager[std::size_t(traced.roots[0].id)].difference == 0);  // the passes are exact
}
TEST_CASE("a summary counts what is no number, and leaves it out") {
    constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    const summary s = summary_of(support::array_of(tensor<float, 6>{1, nan, inf, -inf, 5, nan}));
    CHECK(s.count == 6);
    CHECK(s.nans == 2);
    CHECK(s.infinities == 2);
    CHECK(s.least == 1);
    CHECK(s.greatest == 5);
    CHECK(s.mean == 3);
    const summary none = summary_of(support::array_of(tensor<float, 1>{nan}));
    CHECK(none.mean == 0);
    CHECK(summary_of(support::array_of(tensor<float, dyn>(shape(0)))).count == 0);
    CHECK(largest_difference(support::array_of(tensor<float, 2>{1, nan}),
                             support::array_of(tensor<float, 2>{1, nan})) == 0);
    CHECK(largest_difference(support::array_of(tensor<float, 2>{1, 2}), support::array_of(tensor<float, 2>{1, 4})) ==
          2);
    CHECK(largest_difference(support::array_of(tensor<float, 1>{nan}), support::array_of(tensor<float, 1>{1})) == inf);
    CHECK(largest_difference(support::array_of(tensor<float, 1>{1}), support::array_of(tensor<float, 2>{1, 1})) == -1);
}
TEST_CASE("a step's values: the loss is that which the next run returns") {
    learner l;
    generator random(5);
    glorot_uniform{}(l.W1.value(), random);
    glorot_uniform{}(l.W2.value(), random);
    auto step = minimize(l.loss(), adam{});
    const tensor<float, 5, 4> x = some_x();
    const tensor<float, 5, 3> t = ones<float, 5, 3>();
    for (int round = 0; round < 2; ++round) {  // before the first step the optimiser remembers nothing
        const explored_program p = programs_of(subjects_of_step(step, l.X = x, l.Y = t), 1).at(0);
        const ir::graph& traced = p.stages.front().g;
        const summary loss = p.eager.at(std::size_t(traced.roots[0].id));
        const tensor<float> W1 = sum(l.W1.value());
        CHECK(run(step, l.X = x, l.Y = t).item() == doctest::Approx(loss.mean));
        for (const ir::root& r : traced.roots)
            if (r.target >= 0 && p.leaves[std::size_t(r.target)].name == "W1") {
                CHECK(W1.item() != sum(l.W1.value()).item());  // the run has changed it, as was said
                CHECK(p.eager[std::size_t(r.id)].mean * 32 == doctest::Approx(sum(l.W1.value()).item()).epsilon(1e-4));
            }
    }
}
TEST_CASE("functions, models from files, several results") {
    constexpr auto f = telar::function([](auto a, auto b) { return tanh(a) * b; });
    const tensor<float, 2> a = {0.5f, -1}, b = {2, 3};
    const explored_program p = programs_of(subject_of_call(f, a, b), 1).at(0);
    CHECK(p.leaves.at(1).name == "argument 1");
    CHECK(p.eager.at(std::size_t(p.stages[0].g.roots[0].id)).first.at(0) == doctest::Approx(std::tanh(0.5) * 2));
    input<"X", tensor<float, 2>> X;
    const std::string page = page_of_file(fetch(exp(X), sin(X)));
    CHECK(count_of(page, "\"eager\":[]") == 1);  // X has no value
    CHECK(count_of(page_of_file(compile(exp(X))), "\"exp\"") > 0);
}
TEST_CASE("text inside of a script") {
    CHECK(script_text("plain") == "\"plain\"");
    CHECK(script_text("</script><!--") == "\"\\u003c/script>\\u003c!--\"");
    CHECK(script_text("a\"b\\c\n\x01\x7f") == "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\"");
    CHECK(script_text("größer 日本 🙂") == "\"größer 日本 🙂\"");
    CHECK(script_text("\xff\xc3(\xed\xa0\x80") == "\"\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\"");
    CHECK(number_of_value(0.1f, dtype::float32) == "0.1");
    CHECK(number_of_value(0.1) == "0.1");
    CHECK(number_of_value(std::numeric_limits<double>::infinity()) == "\"inf\"");
    CHECK(number_of_value(-std::numeric_limits<double>::infinity()) == "\"-inf\"");
    CHECK(number_of_value(std::numeric_limits<double>::quiet_NaN()) == "\"NaN\"");
    CHECK(number_of_value(9007199254740993.0, dtype::int64) == "9007199254740992");
}
TEST_CASE("names that try to leave the page") {
    variable<"</script><script>alert(1)</script>", tensor<float, 2>> v;
    variable<"\"'><img src=x onerror=alert(2)>\\", tensor<float, 2>> w;
    input<"größer 日本\n", tensor<float, 2>> x;
    constexpr auto product = scope<"<!--<script>">(telar::function([](auto a, auto b) { return a * b; }));
    const std::string page =
        page_of_file(product(v, w) + x, explorer_options{.title = "</title><script>alert(3)</script>"});
    CHECK(count_of(page, "<script") == 2);
    CHECK(count_of(page, "</script") == 2);
    CHECK(count_of(page, "<title>&lt;/title&gt;") == 1);
    CHECK(count_of(page, "<img") == 0);
    CHECK(count_of(page, "größer 日本\\u000a") > 0);
#if HAS_JSON
    const std::size_t first = page.find("id=\"data\">") + 10, end = page.find("</script>", first);
    const auto data = nlohmann::json::parse(page.substr(first, end - first));
    CHECK(data["title"] == "</title><script>alert(3)</script>");
    bool found = false;
    for (const auto& text : data["texts"]) found = found || text == "\"'><img src=x onerror=alert(2)>\\";
    CHECK(found);
    CHECK(data["programs"][0]["stages"].size() == ir::passes::optimisation_count + 1);
#endif
}
TEST_CASE("the same program gives the same bytes, and nothing from elsewhere") {
    learner l;
    const std::string page = page_of_file(l.step());
    CHECK(page == page_of_file(l.step()));
    CHECK(count_of(page, "http") == 0);
    CHECK(count_of(page, "@import") == 0);
    CHECK(count_of(page, "src=") == 0);
    CHECK(count_of(page, "<link") == 0);
}
TEST_CASE("what cannot be") {
    learner l;
    CHECK_THROWS_AS(save_explorer("/no such folder/graph.html", l.loss()), file_error);
    CHECK_THROWS_AS((void)programs_of(subject_of(l.loss(), l.X = zeros<float, 5, 4>(), l.Y = zeros<float, 4, 3>()), 1),
                    wrong_shape);
}
