// SPDX-License-Identifier: BSL-1.0
// oneDNN's primitives on memory that is already there. (Its interface of version 2.)
#pragma once
#include <cstddef>
#include <dnnl.hpp>
#include <unordered_map>

namespace bench::onednn {

inline const dnnl::engine& engine() {
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}
/// Row-major float32.
inline dnnl::memory::desc dense(dnnl::memory::dims extents) {
    dnnl::memory::dims strides(extents.size(), 1);
    for (std::size_t i = extents.size(); i-- > 1;) strides[i - 1] = strides[i] * extents[i];
    return {extents, dnnl::memory::data_type::f32, strides};
}
inline dnnl::memory memory(const dnnl::memory::desc& d, const float* data) {
    return dnnl::memory(d, engine(), const_cast<float*>(data));
}

/// A primitive with its arguments bound, made once; calling it runs it to its end.
class call {
public:
    call(const dnnl::primitive& p, std::unordered_map<int, dnnl::memory> arguments)
        : primitive_(p), arguments_(std::move(arguments)), stream_(engine()) {}
    void operator()() {
        primitive_.execute(stream_, arguments_);
        stream_.wait();
    }

private:
    dnnl::primitive primitive_;
    std::unordered_map<int, dnnl::memory> arguments_;
    dnnl::stream stream_;
};

}  // namespace bench::onednn
