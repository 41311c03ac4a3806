// SPDX-License-Identifier: BSL-1.0
// Regions: which call of what the nodes of a graph belong to. They stand beside the nodes and are never part of one, so
// equal nodes of two regions are one node, of the region that had it first.
#pragma once
#include <telar/core/growable.hpp>

#include <cstdint>
#include <string_view>

namespace telar::inline TELAR_ABI::ir {

/// A call of something with a name: a layer, a function, a part of a program. Texts are places in the list of texts.
struct region {
    std::int32_t outer = 0;           // the region in which it stands; number 0 is the whole program
    std::int32_t path = -1;           // "encoder.blocks.1"; -1: none
    std::int32_t kind = -1;           // what is called: "dense"
    std::int32_t configuration = -1;  // "units=128, activation=relu"
    std::int32_t is_training = 0;     // else it predicts
    std::int32_t unused = 0;
};
/// From a node on, up to the next start, nodes belong to a region.
struct region_start {
    std::int32_t node = 0, region = 0;
};

/// Which places of a node's value count, as another node says.
struct node_mask {
    std::int32_t node = 0, mask = -1;  // -1: it has none
};

/// The region of a node, among all starts.
template <class Starts> constexpr int region_of(const Starts& starts, int node) {
    int low = 0, high = starts.size();  // starts before `low` are at the node or before it
    while (low < high) {
        const int middle = (low + high) / 2;
        if (starts[middle].node <= node) low = middle + 1;
        else high = middle;
    }
    return low == 0 ? 0 : starts[low - 1].region;
}

/// The regions of a graph under construction.
struct region_list {
    growable<region> all;
    growable<char> texts;  // each with a zero behind it
    growable<region_start> starts;
    growable<node_mask> masks;    // of layers (nn/mask.hpp)
    int now = 0;                  // of the nodes that are added
    int begun = 0;                // of the last start
    bool was_asked_mode = false;  // whether it trains

    /// A node was added.
    constexpr void mark(int node) {
        starts.push({node, now});
        begun = now;
    }
    constexpr int of(int node) const { return region_of(starts, node); }
    constexpr bool is_training() const { return !all.empty() && all[now].is_training != 0; }
    constexpr bool ask_mode() {
        was_asked_mode = true;
        return is_training();
    }
    /// Says of the whole program whether it trains.
    constexpr void set_training(bool trains) {
        if (all.empty() && trains) all.push({});
        if (!all.empty()) all[0].is_training = trains;
    }
    constexpr std::string_view text(int first) const { return first < 0 ? "" : texts.data() + first; }
    /// Of a node.
    constexpr std::string_view path_of(int node) const { return all.empty() ? "" : text(all[of(node)].path); }
    constexpr int add_text(std::string_view s) {
        if (s.empty()) return -1;
        const int first = texts.size();
        texts.append(s.data(), static_cast<int>(s.size()));
        texts.push('\0');
        return first;
    }
    /// A region within the present one, which it becomes. Its path is the present one's, then the name.
    constexpr int open(std::string_view name, std::string_view kind = {}, std::string_view configuration = {}) {
        if (all.empty()) all.push({});
        region r = all[now];
        r.outer = now;
        if (!name.empty()) {
            const int outer = r.path;
            r.path = texts.size();
            if (outer >= 0) {
                const int length = static_cast<int>(text(outer).size());
                texts.reserve(texts.size() + length);  // what is copied must not move
                texts.append(texts.data() + outer, length);
                texts.push('.');
            }
            texts.append(name.data(), static_cast<int>(name.size()));
            texts.push('\0');
        }
        r.kind = add_text(kind);
        r.configuration = add_text(configuration);
        return now = all.push(r);
    }
};

}  // namespace telar::inline TELAR_ABI::ir
