// SPDX-License-Identifier: BSL-1.0
// What another library computed: operands, results and gradients, kept in a safetensors file.
// Needs nlohmann-json, as io/safetensors.hpp does: without it TELAR_HAS_SAFETENSORS is 0.
#pragma once
#include <telar/io/safetensors.hpp>

#if TELAR_HAS_SAFETENSORS
#include "arrays.hpp"

#include <map>
#include <string>
#include <vector>

namespace support {

array array_of(const telar::io::named_array& from);

/// One case of an operation: y = f(x0, x1, ...), and dx_i = d sum(y c) / d x_i where there are derivatives.
struct fixture {
    std::map<std::string, array> arrays;  // "x0", "x1", ..., "y", "dx0", ...

    const array& operator[](const std::string& name) const { return arrays.at(name); }
    bool has(const std::string& name) const { return arrays.contains(name); }
};
/// The weights c, as the script that wrote the file has them: exact in every float.
array weights_like(const array& y);
/// The cases of an operation, by type/case; the operations of a family, by name.
using cases = std::map<std::string, fixture>;
using operations = std::map<std::string, cases>;

const telar::io::archive& all_fixtures();
/// All of family/operation/type/case/array.
operations fixtures_of(const std::string& family);

/// |got - want| in roundings of |want| + scale. Where the scale is 0 the sign of a zero counts. TensorFlow's
/// single_inside rounds a coefficient to float32 also where the case is float64.
double roundings_between(double got, double want, double scale, telar::dtype type, bool single_inside = false);

}  // namespace support
#endif
