// SPDX-License-Identifier: BSL-1.0
// A reduction over rows, over columns and over both, and the shapes to try it on.
#pragma once
#include <telar/expr/reduce.hpp>

#include <array>

namespace support {

using telar::shape;

inline constexpr auto over_every_axes = [](auto reduce, auto x) {
    using telar::axes, telar::axis;
    return std::array{reduce(x, axis<>),     reduce(x, axis<0>),    reduce(x, axis<1>),   reduce(x, axis<2>),
                      reduce(x, axes<0, 1>), reduce(x, axes<1, 2>), reduce(x, axes<0, 2>)};
};
inline const shape cubes[] = {shape(1, 1, 1),   shape(5, 7, 33), shape(3, 1, 17),  shape(2, 65, 4),
                              shape(1, 3, 130), shape(33, 2, 1), shape(2, 3, 1000)};
inline const shape empty_cubes[] = {shape(0, 3, 5), shape(4, 0, 3), shape(4, 3, 0)};

}  // namespace support
