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
    }
    (core::element_types{});
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
    const onnx::translation t(m, options);
    CHECK(ir::verify(t.g));
    arrays leaves;
    for (std::size_t i = 0; i < t.leaves.size(); ++i)
        leaves.push(t.leaves[i].has_value ? onnx::array_of(t.leaves[i].value) : inputs[static_cast<int>(i)]);
    return reference::interpret(t.g, leaves);
}

/// f(symbols) -> symbol or several, saved as a model of inputs and read again, once with all extents known, once with the
/// first axis of each input unknown.
template <class F>
void check(const std::string& name, const std::vector<any_tensor>& x, F f, double tolerance = 2e-6, bool may_vary = true) {
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

}  // namespace saved
