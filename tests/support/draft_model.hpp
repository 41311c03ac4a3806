// SPDX-License-Identifier: BSL-1.0
// Models whose graphs a test makes at run time.
#pragma once
#include <telar/run/graph_model.hpp>

#include <utility>

namespace support {

using namespace telar;

/// A model under construction: its inputs first, then its weights.
struct draft {
    runtime::model_source source;
    int leaves = 0;

    draft() { source.path = "draft"; }
    symbol leaf(dtype type, const shape& extents) {
        return expr::declare_leaf(source.traced, leaves++, {type, 0, extents});
    }
    symbol input(const char* name, const shape& extents) {
        source.inputs.push_back({name, dtype::float32, extents});
        return leaf(dtype::float32, extents);
    }
    symbol weight(const char* name, any_tensor value) {
        const symbol s = leaf(value.type(), value.extents());
        source.weights.push_back({name, std::move(value)});
        return s;
    }
    void output(const char* name, symbol s) {
        shape extents = s.extents();
        for (int i = 0; i < extents.rank; ++i)
            if (extents[i] < 0) extents[i] = dyn;
        source.traced.roots.push({s.id, -1, 0, 0});
        source.outputs.push_back({name, s.type(), extents});
    }
    graph_model model() && { return graph_model(std::move(source)); }
};

/// y = x W + b, for any number of rows.
inline graph_model affine_model() {
    draft d;
    const symbol x = d.input("x", shape(dyn, 2)), W = d.weight("W", tensor<float, 2, 3>{{1, 0, 2}, {0, 1, 3}}),
                 b = d.weight("b", tensor<float, 3>{10, 20, 30});
    d.output("y", matmul(x, W) + b);
    return std::move(d).model();
}

}  // namespace support
