// SPDX-License-Identifier: BSL-1.0
#include "fixtures.hpp"

#if TELAR_HAS_SAFETENSORS
#include <cstring>

namespace support {

array array_of(const telar::io::named_array& from) {
    const auto read = [&]<class T>(T) {
        array a(from.type, from.extents);
        for (int i = 0; i < a.count(); ++i) {
            T v;
            std::memcpy(&v, from.bytes.data() + sizeof v * static_cast<std::size_t>(i), sizeof v);
            a.push(v);
        }
        return a;
    };
    switch (from.type) {
        case telar::dtype::float32: return read(float());
        case telar::dtype::float64: return read(double());
        case telar::dtype::int32: return read(std::int32_t());
        case telar::dtype::int64: return read(std::int64_t());
        case telar::dtype::boolean: return read(bool());
        case telar::dtype::float16: return read(telar::float16());
        case telar::dtype::bfloat16: return read(telar::bfloat16());
        default: FAIL("fixture " << from.name << ": no element type of the fixtures");
    }
    return {};
}
array weights_like(const array& y) {
    array c(y.type, y.extents);
    for (int i = 0; i < c.count(); ++i) c.push(((37 * i + 11) % 64 - 31.5) / 32);
    return c;
}
const telar::io::archive& all_fixtures() {
    static const telar::io::archive file =
        telar::load_safetensors(TELAR_TEST_DATA_DIR "/../fixtures/tensorflow.safetensors");
    return file;
}
operations fixtures_of(const std::string& family) {
    operations found;
    for (const telar::io::named_array& a : all_fixtures().arrays()) {
        if (!a.name.starts_with(family + '/')) continue;
        const std::size_t operation = family.size() + 1, type = a.name.find('/', operation) + 1,
                          array_name = a.name.rfind('/') + 1;
        found[a.name.substr(operation, type - 1 - operation)][a.name.substr(type, array_name - 1 - type)]
            .arrays[a.name.substr(array_name)] = array_of(a);
    }
    return found;
}
double roundings_between(double got, double want, double scale, telar::dtype type, bool single_inside) {
    if (got == 0 && want == 0 && scale == 0) return std::signbit(got) == std::signbit(want) ? 0 : INFINITY;
    const double apart = distance(got, want);
    if (apart == 0 || std::isinf(apart) || !telar::is_float(type)) return apart;
    const bool is_double = type == telar::dtype::float64;
    const double smallest = is_double ? std::numeric_limits<double>::min() : double(std::numeric_limits<float>::min());
    if (want == 0 && std::abs(got) < smallest) return 0;  // TensorFlow flushes what is not normal to zero
    const double one = type == telar::dtype::float16    ? roundings<telar::float16>(1)
                       : type == telar::dtype::bfloat16 ? roundings<telar::bfloat16>(1)
                       : is_double && !single_inside    ? roundings<double>(1)
                                                        : roundings<float>(1);
    return apart / ((std::abs(want) + scale) * one);
}

}  // namespace support
#endif
