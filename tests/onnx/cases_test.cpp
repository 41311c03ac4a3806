// SPDX-License-Identifier: BSL-1.0
// ONNX's published cases: every one whose operations telar has is built, verified, interpreted as traced and optimised,
// and scheduled as kernels. How many ran stands in docs/onnx.md, which must be what this test finds.
#include <doctest/doctest.h>

#include "../support/schedule_runner.hpp"
#include "cases.hpp"
#include "report.hpp"
#include "translation.hpp"

#include <telar/graph/verify.hpp>
#include <telar/io/file.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

namespace onnx {

namespace {

/// By how many roundings of |want| + 1 a value may differ.
constexpr double allowed = 4;
/// Cases whose published values say less.
struct difference {
    const char* of_case;
    double roundings;
};
constexpr difference known[] = {
    {"node/test_averagepool_2d_ceil_last_window_starts_on_pad", 1000},  // written with four decimals
    {"node/test_stft_with_window", 16},                                 // of frames and windows rounded to float32
};

/// Builds the graph of a case and compares what it computes, three ways. Throws not_run.
void run(const published_case& c, const model& m) {
    const onnx::graph& from = m.graphs.at(0);
    for (const auto* infos : {&from.inputs, &from.outputs})
        for (const value_info& v : *infos) {
            if (!v.is_tensor) throw not_run{reason::no_tensor, v.name};
            type_of(v.type);
        }
    const std::vector<array> inputs = c.values("input", from.inputs.size());
    const std::vector<array> want = c.values("output", from.outputs.size());
    const translation t(m, inputs);
    const telar::ir::graph better = telar::ir::passes::optimise(t.g);
    const telar::core::growable<array> traced = support::interpreted(t.g, t.leaves),
                                       optimised = support::interpreted(better, t.leaves);
    const std::vector<array> kernels =
        support::run_schedule(better, telar::ir::passes::make_schedule(better), t.leaves).results;

    CHECK(telar::ir::first_illegality(t.g) == nullptr);
    CHECK(telar::ir::first_illegality(better) == nullptr);
    REQUIRE(want.size() == from.outputs.size());
    double least = allowed;
    for (const difference& d : known)
        if (c.name == d.of_case) least = d.roundings;
    for (std::size_t i = 0; i < want.size(); ++i) {
        INFO("output ", i);
        CHECK(roundings_between(traced[static_cast<int>(i)], want[i]) <= least);
        CHECK(roundings_between(optimised[static_cast<int>(i)], want[i]) <= least);
        CHECK(roundings_between(kernels[i], want[i]) <= least);
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
        } catch (const onnx::not_run& refused) {
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

TEST_CASE("a truncated model or tensor is an exception") {
    if (!onnx::is_there()) return;
    const onnx::archive files(onnx::published_archive());
    const auto bytes = files.files().at("onnx-backend-test/data/node/test_add/model.onnx");
    const char* at = reinterpret_cast<const char*>(bytes.data());
    const onnx::model whole(protozero::data_view(at, bytes.size()));
    CHECK(whole.graphs.at(0).nodes.at(0).operation == "Add");
    CHECK_THROWS_AS(onnx::model(protozero::data_view(at, bytes.size() - 1)), protozero::exception);
    CHECK_THROWS_AS(onnx::model(protozero::data_view(at, bytes.size() / 2)), protozero::exception);
}
