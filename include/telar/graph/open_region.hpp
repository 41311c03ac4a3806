// SPDX-License-Identifier: BSL-1.0
// A region while it is open, and whether what is traced trains or predicts.
#pragma once
#include <telar/graph/symbol.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::ir {

/// While it lives, nodes that are added belong to a new region, within the one before. The name, what it calls and how
/// that is configured may be empty.
class open_region {
public:
    constexpr explicit open_region(graph& g, std::string_view name, std::string_view kind = {},
                                   std::string_view configuration = {})
        : regions_(g.regions), outer_(g.regions.now), number_(g.regions.open(name, kind, configuration)) {}
    constexpr ~open_region() { regions_.now = outer_; }
    open_region(const open_region&) = delete;
    open_region& operator=(const open_region&) = delete;

    /// What is traced in it trains, or predicts. (Else it does what the region around it does.)
    constexpr void set_training(bool trains) { regions_.all[number_].is_training = trains; }

private:
    region_list& regions_;
    int outer_, number_;
};

}  // namespace telar::inline TELAR_ABI::ir
