// SPDX-License-Identifier: BSL-1.0
// Compiled functions on the CPU against published cases of ONNX: several cases in one function, for the compiler's
// sake.
#pragma once
#include "cases.hpp"

#include <telar/telar.hpp>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace onnx {

inline const archive& published_files() {
    static const archive files(published_archive());
    return files;
}

/// The first operands of a case. (What decides a shape is written in the function.)
template <telar::Tensor... X> struct on {
    published_case of;

    explicit on(const std::string& name) : of{"node/test_" + name, &published_files()} {}
    std::tuple<X...> operands() const {
        const std::vector<array> values = of.values("input", sizeof...(X));
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple<X...>(to_tensor<X>(values.at(I))...);
        }
        (std::index_sequence_for<X...>{});
    }

private:
    template <class T> static T to_tensor(const array& from) {
        REQUIRE(from.type == T::type);
        T t = T::uninitialized(from.extents);
        for (int i = 0; i < from.count(); ++i) t.data()[i] = from.at<typename T::value_type>(i);
        return t;
    }
};

/// By how many roundings of |want| + 1 a kernel on the CPU may differ.
inline constexpr double allowed_on_cpu = 8;

/// f of the operands of all cases, one behind the other, gives their outputs, one behind the other.
template <class F, class... Cases> void check(const F& f, const Cases&... cases) {
    std::vector<std::pair<std::string, array>> want;
    const auto add = [&](const published_case& c) {
        for (const array& a : c.values("output", c.read_model().graphs.at(0).outputs.size()))
            want.emplace_back(c.name, a);
    };
    (add(cases.of), ...);
    std::size_t given = 0;
    const auto compare = [&](const auto&... results) {
        const auto one = [&](const auto& got) {
            REQUIRE(given < want.size());
            INFO(want[given].first);
            CHECK(roundings_between(support::array_of(got), want[given].second) <= allowed_on_cpu);
            ++given;
        };
        (one(results), ...);
    };
    const auto results = std::apply(f, std::tuple_cat(cases.operands()...));
    if constexpr (telar::Tensor<std::remove_cvref_t<decltype(results)>>) compare(results);
    else std::apply(compare, results);
    CHECK(given == want.size());
}

template <telar::extent_t... E> using floats = telar::tensor<float, E...>;
using block = floats<3, 4, 5>;

}  // namespace onnx
