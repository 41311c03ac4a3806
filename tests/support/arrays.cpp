// SPDX-License-Identifier: BSL-1.0
#include "arrays.hpp"

namespace support {

telar::core::growable<array> interpreted(const telar::ir::graph& g, const telar::core::growable<array>& leaves) {
    return telar::ir::kernels::reference::interpret(g, leaves);
}
telar::core::growable<array> interpreted(const telar::ir::graph& g, const telar::core::growable<array>& leaves,
                                         const telar::core::growable<telar::ir::graph_block>& blocks) {
    return telar::ir::kernels::reference::interpret(g, blocks, leaves, nullptr);
}
std::vector<std::byte> bytes_of(const array& a) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(a.count()) * telar::size_of(a.type));
    with_type(a.type, [&]<class T>(std::type_identity<T>) {
        for (int i = 0; i < a.count(); ++i) {
            const T v = a.at<T>(i);
            const auto* from = reinterpret_cast<const std::byte*>(&v);
            std::copy(from, from + sizeof(T), bytes.begin() + static_cast<std::ptrdiff_t>(sizeof(T)) * i);
        }
    });
    return bytes;
}

}  // namespace support
