// SPDX-License-Identifier: BSL-1.0
// A file cut anywhere, and with any byte changed.
#pragma once
#include <cstddef>
#include <string>

namespace support {

/// f(content) of each; with `step` only of every so many bytes.
template <class F> void each_damage(const std::string& whole, F f, std::size_t step = 1) {
    for (std::size_t n = 0; n < whole.size(); n += step) f(whole.substr(0, n));
    for (std::size_t at = 0; at < whole.size(); at += step)
        for (const int damage : {1, 8, 128, 255}) {
            std::string damaged = whole;
            damaged[at] = static_cast<char>(damaged[at] ^ damage);
            f(damaged);
        }
}

}  // namespace support
