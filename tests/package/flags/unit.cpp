// SPDX-License-Identifier: BSL-1.0
// A little of each layer's code. It is compiled with several sets of flags, and without optimisation, so that nothing
// is inlined and all of it has a name.
#include <telar/callable.hpp>
#include <telar/core/tensor.hpp>
#include <telar/data/csv.hpp>
#include <telar/io/gzip.hpp>
#include <telar/kernels/cpu/math/math.hpp>

float element(telar::tensor<float, 2, 2>& x) {
    using telar::ir::kernels::simd::vec;
    telar::ir::kernels::simd::store_first(&x(0, 0), exp(vec<float>(x(1, 1))), 1);
    return x(0, 0);
}
telar::tensor<double, telar::dyn, telar::dyn> table() { return telar::read_csv<double>("table.csv"); }
/// The one type that units share leaves no symbol behind.
float call(const telar::callable<float(float)>& given, telar::callable<telar::shaped<float, -1>(float)>& other) {
    telar::callable<float(float)> f = given, none;
    float y = 0, all[2] = {};
    f.into(y, 1);
    other.into(std::span<float>(all), y);
    none = f;
    f = static_cast<telar::callable<float(float)>&&>(none);
    f.prepare(1);
    f.reset();
    return f ? f(y) : other(y)(0);
}
