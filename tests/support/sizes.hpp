// SPDX-License-Identifier: BSL-1.0
// Sizes around every register's width, and values around every formula's edges.
#pragma once
#include <telar/core/tensor.hpp>

#include <limits>

namespace support {

using telar::shape;

inline constexpr telar::extent_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1000};

inline const shape matrix_shapes[] = {shape(1, 1),  shape(3, 5),   shape(2, 16),   shape(7, 17),
                                      shape(4, 33), shape(33, 10), shape(2, 1000), shape(0, 4)};

template <class T> telar::tensor<T, telar::dyn> special_values() {
    using limits = std::numeric_limits<T>;
    return telar::tensor<T, telar::dyn>::from(telar::shape(21), {T(0),
                                                                 T(-0.0),
                                                                 T(1),
                                                                 T(-1),
                                                                 T(0.5),
                                                                 T(-0.5),
                                                                 T(1.5),
                                                                 T(2.5),
                                                                 T(-2.5),
                                                                 limits::infinity(),
                                                                 -limits::infinity(),
                                                                 limits::quiet_NaN(),
                                                                 limits::max(),
                                                                 limits::lowest(),
                                                                 limits::min(),
                                                                 -limits::min(),
                                                                 limits::denorm_min(),
                                                                 T(88.5),
                                                                 T(-88.5),
                                                                 T(1e30),
                                                                 T(-1e-30)});
}

}  // namespace support
