// SPDX-License-Identifier: BSL-1.0
// A tensor whose element type and rank are known only when the program runs.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/tensor.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

namespace telar::inline TELAR_ABI {

/// A value of any element type and rank, row-major: what a graph_model takes and gives.
///
///     tensor<float, dyn, 10> y = model(x);    // converts; the type and the shape are checked
///
/// shapes    any, up to six axes
/// types     all
/// errors    wrong_type: it is converted to a tensor of another element type; wrong_shape: of other constant extents
/// test      tests/run/any_tensor_test.cpp
class any_tensor {
public:
    any_tensor() : any_tensor(dtype::float32, shape(0)) {}
    /// Its elements are not initialised.
    any_tensor(dtype type, const shape& extents) : type_(type), extents_(extents) {
        if (!is_addressable(extents, size_of(type)))
            fail<wrong_shape>("any_tensor: " + to_string(extents) + " has more elements than memory has addresses");
        bytes_.resize(static_cast<std::size_t>(extents.count()) * size_of(type));
    }
    template <Tensor X> any_tensor(const X& x) : any_tensor(X::type, x.extents()) {
        if (x.size() > 0) std::memcpy(bytes_.data(), x.data(), bytes_.size());
    }

    dtype type() const { return type_; }
    const shape& extents() const { return extents_; }
    int rank() const { return extents_.rank; }
    std::size_t size() const { return bytes_.size() / size_of(type_); }
    std::span<std::byte> bytes() { return {bytes_.data(), bytes_.size()}; }
    std::span<const std::byte> bytes() const { return {bytes_.data(), bytes_.size()}; }

    /// The elements, row-major.
    ///
    /// errors    wrong_type
    template <Element T> std::span<T> values() {
        require_type(dtype_of<T>());
        return {reinterpret_cast<T*>(bytes_.data()), size()};
    }
    template <Element T> std::span<const T> values() const {
        require_type(dtype_of<T>());
        return {reinterpret_cast<const T*>(bytes_.data()), size()};
    }
    /// A copy as a tensor of this type: y.as<tensor<float, dyn, 10>>().
    ///
    /// errors    wrong_type, wrong_shape
    template <Tensor X> X as() const {
        require_type(X::type);
        bool fits = X::rank == rank();
        for (int i = 0; fits && i < rank(); ++i)
            fits = X::static_extents[i] == dyn || X::static_extents[i] == extents_[i];
        if (!fits)
            fail<wrong_shape>("any_tensor: it has shape " + to_string(extents_) + ", the tensor " +
                              to_string(X::static_extents));
        X x = X::uninitialized(extents_);
        if (!bytes().empty()) std::memcpy(x.data(), bytes_.data(), bytes_.size());
        return x;
    }
    template <Tensor X> operator X() const { return as<X>(); }

private:
    void require_type(dtype wanted) const {
        if (type_ != wanted)
            fail<wrong_type>("any_tensor: its elements are " + std::string(name_of(type_)) + ", not " +
                             std::string(name_of(wanted)));
    }

    dtype type_;
    shape extents_;
    core::buffer<std::byte> bytes_;
};

}  // namespace telar::inline TELAR_ABI
