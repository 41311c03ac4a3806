// SPDX-License-Identifier: BSL-1.0
// ONNX's published cases: every one whose operations telar has is read, verified, interpreted as it was traced, and run
// as a graph_model. How many ran stands in docs/onnx.md, which must be what this test finds.
#include <doctest/doctest.h>

#include "cases.hpp"
#include "report.hpp"

#include <telar/graph/verify.hpp>
#include <telar/io/onnx.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

namespace onnx {

namespace {

/// By how many roundings of |want| + 1 a value may differ.
constexpr double allowed = 4, allowed_of_kernels = 8;
/// Cases whose published values say less.
struct difference {
    const char* of_case;
    double roundings;
};
constexpr difference known[] = {
    {"node/test_averagepool_2d_ceil_last_window_starts_on_pad", 1000},  // written with four decimals
    {"node/test_stft_with_window", 16},                                 // of frames and windows rounded to float32
};

/// A case's model and inputs. What decides about shapes is a constant of the graph; the other inputs are fed.
struct read_case {
    const published_case& of;
    const model& from;
    std::map<std::string, telar::any_tensor> inputs;
    telar::onnx_options options;

    read_case(const published_case& c, const model& m) : of(c), from(m) {
        const onnx::graph& g = m.graphs[0];
        std::vector<telar::any_tensor> given = c.tensors("input", g.inputs.size());
        std::size_t next = 0;
        for (const value_info& v : g.inputs) {
            const auto is_it = [&](const tensor& t) { return t.name == v.name; };
            if (std::any_of(g.initializers.begin(), g.initializers.end(), is_it) || next == given.size()) continue;
            options.shapes[v.name] = given[next].extents();
            inputs[v.name] = std::move(given[next++]);
        }
    }
    translation translated() {
        for (;;) try {
                return translation(from, options);
            } catch (const refusal& r) {
                if (r.why != reason::value) throw;
                options.values[r.what] = inputs.at(r.what);
            }
    }
    /// By the reference, node by node.
    telar::core::growable<array> interpreted(const translation& t) const {
        telar::core::growable<array> leaves;
        for (const leaf_of_model& l : t.leaves) leaves.push(array_of(l.has_value ? l.value : inputs.at(l.name)));
        return support::interpreted(t.g, leaves);
    }
    telar::graph_model::outputs_of_run run(translation t) const {
        const telar::graph_model m(source_of(std::move(t), from.graphs[0], of.name));
        std::vector<telar::model_feed> feeds;
        for (const telar::model_port& p : m.inputs()) feeds.emplace_back(p.name, inputs.at(p.name));
        return m.run(feeds);
    }
};

/// Builds the graph of a case and compares what it computes, two ways. Throws a refusal.
void run(const published_case& c, const model& m) {
    const onnx::graph& from = m.graphs[0];
    for (const auto* infos : {&from.inputs, &from.outputs})
        for (const value_info& v : *infos) {
            if (!v.is_tensor) refuse(reason::no_tensor, v.name);
            type_of(v.type);
        }
    read_case read(c, m);
    const std::vector<array> want = c.values("output", from.outputs.size());
    translation t = read.translated();
    CHECK(telar::ir::first_illegality(t.g) == nullptr);
    const telar::core::growable<array> traced = read.interpreted(t);
    const auto ran = read.run(std::move(t));

    REQUIRE(want.size() == from.outputs.size());
    double least = allowed, least_of_kernels = allowed_of_kernels;
    for (const difference& d : known)
        if (c.name == d.of_case) least = least_of_kernels = d.roundings;
    for (std::size_t i = 0; i < want.size(); ++i) {
        INFO("output ", i);
        CHECK(roundings_between(traced[static_cast<int>(i)], want[i]) <= least);
        CHECK(roundings_between(array_of(ran[i]), want[i]) <= least_of_kernels);
    }
}

/// The operation that a case is about, and whether it is written with others there.
struct subject {
    std::string operation;
    bool is_composed = false;
};
subject subject_of(const std::string& name, const std::map<std::string, model>& models) {
    const auto only_node = [&](const std::string& of) -> const node* {
        const auto found = models.find(of);
        return found != models.end() && found->second.graphs[0].nodes.size() == 1 ? &found->second.graphs[0].nodes[0]
                                                                                  : nullptr;
    };
    if (const std::size_t end = name.find("_expanded"); end != std::string::npos)
        if (const node* of_twin = only_node(name.substr(0, end))) return {of_twin->operation, true};
    if (const node* own = only_node(name)) return {own->operation, false};
    return {"several operations", true};
}

const std::filesystem::path document = TELAR_TEST_DATA_DIR "/../../docs/onnx.md";
constexpr const char *begin_mark = "<!-- begin of the table -->\n", *end_mark = "<!-- end of the table -->\n";

/// The document with another table.
std::string with_table(const std::string& text, const std::string& table) {
    const std::size_t begin = text.find(begin_mark) + std::string_view(begin_mark).size(), end = text.find(end_mark);
    REQUIRE(begin <= end);
    return text.substr(0, begin) + table + text.substr(end);
}

}  // namespace
}  // namespace onnx

TEST_CASE("ONNX's published cases") {
    if (!onnx::is_there()) return;
    const onnx::archive files(onnx::published_archive());
    const std::vector<onnx::published_case> cases = onnx::all_cases(files);
    std::map<std::string, onnx::model> models;
    for (const onnx::published_case& c : cases) models.emplace(c.name, c.read_model());

    onnx::report report;
    for (const onnx::published_case& c : cases) {
        INFO(c.name);
        const onnx::model& m = models.at(c.name);
        const onnx::subject of = onnx::subject_of(c.name, models);
        try {
            onnx::run(c, m);
            report.count(of.operation, of.is_composed, nullptr);
        } catch (const onnx::refusal& refused) {
            const std::string text = onnx::text_of(refused);
            CHECK_MESSAGE(refused.why < onnx::reason::mistake, text);
            report.count(of.operation, of.is_composed, &refused);
        } catch (const std::exception& e) { FAIL_CHECK(std::string(e.what())); }
    }

    const std::vector<std::byte> bytes = telar::read_file(onnx::document);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string now = onnx::with_table(text, report.text());
    INFO("docs/onnx.md counts otherwise: run this test with TELAR_WRITE_DOCS=1, and see what changed");
    CHECK((now == text));
    if (std::getenv("TELAR_WRITE_DOCS")) telar::write_file(onnx::document, now);
}

TEST_CASE("the comparison sees one wrong element, another type, another shape") {
    const auto of = [](std::initializer_list<float> v) {
        return telar::ir::kernels::reference::array_of(telar::shape(2), v);
    };
    CHECK(onnx::roundings_between(of({1, 2}), of({1, 2})) == 0);
    CHECK(onnx::roundings_between(of({1, 2.00001f}), of({1, 2})) > onnx::allowed);
    CHECK(onnx::roundings_between(of({1, NAN}), of({1, 2})) > onnx::allowed);
    CHECK(onnx::roundings_between(of({1, INFINITY}), of({1, 2})) > onnx::allowed);
    CHECK(onnx::roundings_between(of({1, NAN}), of({1, NAN})) == 0);
    const auto whole = telar::ir::kernels::reference::array_of<std::int64_t>(telar::shape(2), {1, 2});
    CHECK(std::isinf(onnx::roundings_between(of({1, 2}), whole)));
    CHECK(std::isinf(onnx::roundings_between(
        telar::ir::kernels::reference::array_of<std::int64_t>(telar::shape(2), {1, 3}), whole)));
    CHECK(std::isinf(onnx::roundings_between(telar::ir::kernels::reference::array_of<float>(telar::shape(1, 2), {1, 2}),
                                             of({1, 2}))));
}
