// SPDX-License-Identifier: BSL-1.0
// What is saved as ONNX, read again, and computed by the reference interpreter before and after. The files stay where
// TELAR_ONNX_OUT says so, each beside its inputs and outputs: for tests/fixtures/onnx_checks.py.
#pragma once
#include <telar/core/random.hpp>
#include <telar/graph/verify.hpp>
#include <telar/io/npz.hpp>
#include <telar/io/onnx/operations.hpp>
#include <telar/io/save_onnx.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace saved {

using namespace telar;
namespace onnx = io::onnx;
namespace reference = ir::kernels::reference;
using arrays = core::growable<reference::array>;

inline const char* folder() { return std::getenv("TELAR_ONNX_OUT"); }

inline any_tensor tensor_from(const reference::array& a) {
    any_tensor t(a.type, a.extents);
    [&]<class... T>(core::type_list<T...>) {
        const auto copy = [&]<class V>(std::type_identity<V>) {
            for (int i = 0; i < a.count(); ++i) t.values<V>()[static_cast<std::size_t>(i)] = a.at<V>(i);
        };
        ((a.type == dtype_of<T>() ? copy(std::type_identity<T>()) : void()), ...);
    }(core::element_types{});
    return t;
}
inline void keep(const std::string& name, const std::string& bytes, const std::vector<any_tensor>& x,
                 const std::vector<any_tensor>& y) {
    if (!folder()) return;
    const std::filesystem::path at = std::filesystem::path(folder()) / name;
    write_file(at.string() + ".onnx", std::string_view(bytes));
    std::vector<io::named_view> all;
    const auto add = [&](const std::string& kind, const std::vector<any_tensor>& values) {
        for (std::size_t i = 0; i < values.size(); ++i)
            all.push_back({kind + std::to_string(i), values[i].type(), values[i].extents(), values[i].bytes()});
    };
    add("x", x), add("y", y);
    save_npz(at.string() + ".npz", all);
}

/// Random values of a type: floats around 0, small whole numbers.
inline any_tensor drawn(dtype type, const shape& extents, unsigned seed = 1, double low = -3, double high = 3) {
    generator random(seed);
    reference::array a(type, extents);
    for (extent_t i = 0; i < extents.count(); ++i) {
        const double v = low + (high - low) * random.uniform();
        if (type == dtype::boolean) a.push(v > 0);
        else if (is_float(type)) a.push(v);
        else a.push(static_cast<std::int64_t>(std::floor(v)));
    }
    return tensor_from(a);
}
inline void check_near(const reference::array& got, const reference::array& expected, double tolerance) {
    REQUIRE(got.type == expected.type);
    REQUIRE(got.extents == expected.extents);
    for (int i = 0; i < got.count(); ++i) {
        const double a = got.at<double>(i), b = expected.at<double>(i);
        if ((a != a && b != b) || a == b) continue;
        CAPTURE(i);
        CHECK(std::abs(a - b) <= tolerance * (1 + std::abs(b)));
    }
}
/// The results of a model of these bytes.
inline arrays results_of(const std::string& bytes, const arrays& inputs) {
    const onnx::model m(protozero::data_view(bytes.data(), bytes.size()));
    const onnx_options options;
    const onnx::translation t = [&] {
        try {
            return onnx::translation(m, options);
        } catch (const onnx::refusal& r) { throw unsupported_model(r.operation + ": " + r.what); }
    }();
    CHECK(ir::verify(t.g));
    arrays leaves;
    for (std::size_t i = 0; i < t.leaves.size(); ++i)
        leaves.push(t.leaves[i].has_value ? onnx::array_of(t.leaves[i].value) : inputs[static_cast<int>(i)]);
    return reference::interpret(t.g, leaves);
}

/// f(symbols) -> symbol or several, saved as a model of inputs and read again, once with all extents known, once with
/// the first axis of each input unknown.
template <class F>
void check(const std::string& name, const std::vector<any_tensor>& x, F f, double tolerance = 2e-6,
           bool may_vary = true) {
    for (const bool varies : {false, true}) {
        if (varies && !may_vary) continue;
        CAPTURE(name);
        CAPTURE(varies);
        ir::graph g;
        arrays values;
        std::vector<symbol> in;
        onnx::saving::saved_model m;
        for (std::size_t i = 0; i < x.size(); ++i) {
            shape extents = x[i].extents();
            if (varies && extents.rank > 0) extents[0] = dyn;
            in.push_back(expr::declare_leaf(g, static_cast<int>(i), {x[i].type(), 0, extents}));
            values.push(onnx::array_of(x[i]));
            m.leaves.push_back({"x" + std::to_string(i), nullptr, extents, true});
        }
        const auto y = f(in);
        for (int i = 0; i < expr::result_count<std::remove_const_t<decltype(y)>>; ++i)
            g.roots.push({expr::result_at(y, i).id, -1, 0, 0});
        REQUIRE(g.error.what == ir::mistake_kind::none);
        const arrays expected = reference::interpret(g, values);
        m.traced = g;
        const std::string bytes = onnx::saving::bytes_of(std::move(m), name + ".onnx", {});
        std::vector<any_tensor> results;
        for (const reference::array& a : expected) results.push_back(tensor_from(a));
        keep(name + (varies ? "_n" : ""), bytes, x, results);
        const arrays got = results_of(bytes, values);
        REQUIRE(got.size() == expected.size());
        for (int i = 0; i < got.size(); ++i) check_near(got[i], expected[i], tolerance);
    }
}

/// The same of a model of layers, of random inputs.
template <class Net>
void check_model(const std::string& name, const Net& net, const std::vector<any_tensor>& x, double tolerance = 1e-5) {
    CAPTURE(name);
    onnx::saving::saved_model m = onnx::saving::model_of(onnx::saving::expression_of_model(net));
    arrays inputs, leaves;
    for (const any_tensor& t : x) inputs.push(onnx::array_of(t));
    std::size_t next = 0;
    for (std::size_t i = 0; i < m.leaves.size(); ++i) {
        const onnx::saving::saved_leaf& leaf = m.leaves[i];
        if (leaf.is_input) {
            leaves.push(onnx::array_of(x[next++]));
            continue;
        }
        any_tensor t(dtype::float32, leaf.extents);
        for (const ir::node& n : m.traced.nodes)
            if (n.kind == op::leaf && n.attribute[0] == static_cast<extent_t>(i)) t = any_tensor(n.type, leaf.extents);
        std::memcpy(t.bytes().data(), leaf.data, t.bytes().size());
        leaves.push(onnx::array_of(t));
    }
    const arrays expected = reference::interpret(m.traced, leaves);
    std::vector<any_tensor> results;
    for (const reference::array& a : expected) results.push_back(tensor_from(a));
    const std::string bytes = onnx::saving::bytes_of(std::move(m), name + ".onnx", {});
    keep(name, bytes, x, results);
    const arrays got = results_of(bytes, inputs);
    REQUIRE(got.size() == expected.size());
    for (int i = 0; i < got.size(); ++i) check_near(got[i], expected[i], tolerance);
}
template <class Net> void randomise(Net& net) {
    generator random(9);
    for (const auto& p : net.parameters())
        if (p.type == dtype::float32)
            for (extent_t i = 0; i < p.extents->count(); ++i)
                static_cast<float*>(p.data)[i] = static_cast<float>(0.05 + 0.3 * random.uniform());
}
/// The operations of a model, but for constants, in their order.
inline std::vector<std::string> operations_of(const std::string& bytes) {
    const onnx::model read(protozero::data_view(bytes.data(), bytes.size()));
    std::vector<std::string> all;
    for (const onnx::node& n : read.graphs[0].nodes)
        if (n.operation != "Constant") all.push_back(n.operation);
    return all;
}

}  // namespace saved
