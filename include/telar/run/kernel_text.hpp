// SPDX-License-Identifier: BSL-1.0
// A kernel in words: its kind, its space, what it computes, the names that it reads and assigns.
#pragma once
#include <telar/run/program_tables.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace runtime::kernel_text {

/// map: no reduction; rows: along the last axis; columns: along others; product: a matrix product and what follows it;
/// chain: a product, what is done with its rows, and their product with another matrix (attention); routine: an
/// operation with a kernel of its own.
inline std::string_view kind(const kernel& k) {
    if (k.kind == kernel_kind::contract) return "product";
    if (k.kind == kernel_kind::chain) return "chain";
    if (k.kind == kernel_kind::routine) return "routine";
    if (k.kind == kernel_kind::call) return "call";
    if (k.reduced == 0) return "map";
    return k.reduced >> (k.space.rank - 1) & 1 ? "rows" : "columns";
}

/// The index space of a run; for products also k, over which they sum, and for chains the second product's columns.
struct space {
    shape extents{};
    extent_t depth = 0, columns = 0;

    friend bool operator==(const space&, const space&) = default;
};
inline space space_of(const kernel& k, const extent_t* dims) {
    const auto value = [&](extent_t e) { return is_number(e) ? e : dims[entry_of(e)]; };
    space s{k.space, value(k.depth), value(k.columns)};
    for (int i = 0; i < k.space.rank; ++i) s.extents[i] = value(k.space[i]);
    return s;
}
/// "(32, 128) k=784"; a chain: "(8, 128, 128) k=64 n=64".
inline std::string written(const kernel& k, const space& s) {
    const auto number = [](extent_t e) { return e == dyn ? std::string("None") : std::to_string(e); };
    std::string text = to_string(s.extents);
    if (operands_of(k.kind) > 0) text += " k=" + number(s.depth);
    if (k.kind == kernel_kind::chain) text += " n=" + number(s.columns);
    return text;
}

/// "matmul, add, 2 mul, maximum": the instructions that compute, in the order in which they first stand.
inline std::string computes(const program_tables& p, const kernel& k) {
    std::vector<std::pair<std::string_view, int>> found;
    bool loads = false;
    for (int i = 0; i < k.instructions; ++i) {
        const std::uint8_t what = p.instructions[k.first_instruction + i].what;
        std::string_view name;
        if (what < static_cast<std::uint8_t>(code::load)) name = name_of(static_cast<op>(what));
        else if (what == static_cast<std::uint8_t>(code::accumulated)) name = "matmul";
        else if (what == static_cast<std::uint8_t>(code::index)) name = "iota";
        loads = loads || what == static_cast<std::uint8_t>(code::load);
        if (name.empty()) continue;
        bool is_new = true;
        for (auto& [known, times] : found)
            if (known == name) ++times, is_new = false;
        if (is_new) found.emplace_back(name, 1);
    }
    if (k.kind == kernel_kind::call) return "block " + std::to_string(k.block);
    if (found.empty()) return loads ? "copy" : "fill";
    std::string text;
    for (const auto& [name, times] : found) {
        if (!text.empty()) text += ", ";
        if (times > 1) text += std::to_string(times) + ' ';
        text += name;
    }
    return text;
}

/// "encoder.blocks.1": the path of the region that a kernel belongs to; empty if that has no name.
inline std::string_view region(const program_tables& p, const kernel& k) {
    const int path = p.region_count == 0 ? -1 : p.regions[k.region].path;
    return path < 0 ? "" : p.region_texts + path;
}

/// "W1, X": the names of the leaves that a kernel reads, or of the variables that it assigns.
inline std::string names(const program_tables& p, const kernel& k, bool assigned) {
    std::string text;
    std::vector<int> seen;
    for (int a = 0; a < k.accesses; ++a) {
        const memory_access& x = p.accesses[k.first_access + a];
        const slot& s = p.buffers[x.buffer];
        int leaf = -1;
        if (!assigned && s.where == storage::leaf) leaf = s.index;
        if (assigned && x.writes && s.where == storage::state) leaf = p.roots[s.index].target;
        if (leaf < 0 || p.leaves[leaf].name.empty()) continue;
        bool is_new = true;
        for (const int l : seen) is_new = is_new && l != leaf;
        if (!is_new) continue;
        seen.push_back(leaf);
        if (!text.empty()) text += ", ";
        text += p.leaves[leaf].name;
    }
    return text;
}

}  // namespace runtime::kernel_text

}  // namespace telar::inline TELAR_ABI
