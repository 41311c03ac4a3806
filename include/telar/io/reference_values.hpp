// SPDX-License-Identifier: BSL-1.0
// Tensors of any type as the reference interpreter has them, and back.
#pragma once
#include <telar/kernels/reference/array.hpp>
#include <telar/run/any_tensor.hpp>

#include <cstddef>
#include <type_traits>

namespace telar::inline TELAR_ABI::io {

inline ir::kernels::reference::array array_of(const any_tensor& t) {
    ir::kernels::reference::array a;
    const auto make = [&]<class... T>(core::type_list<T...>) {
        ((t.type() == dtype_of<T>() ? void(a = ir::kernels::reference::array_of(t.extents(), t.values<T>().data()))
                                    : void()),
         ...);
    };
    make(core::element_types{});
    return a;
}
inline any_tensor tensor_of(const ir::kernels::reference::array& a) {
    any_tensor t(a.type, a.extents);
    const auto take = [&]<Element E>(std::type_identity<E>) {
        if (t.type() != dtype_of<E>()) return;
        for (std::size_t i = 0; i < t.size(); ++i) t.values<E>()[i] = a.at<E>(static_cast<int>(i));
    };
    [&]<class... T>(core::type_list<T...>) { (take(std::type_identity<T>{}), ...); }(core::element_types{});
    return t;
}

}  // namespace telar::inline TELAR_ABI::io
