// SPDX-License-Identifier: BSL-1.0
// Texts as an argument: any range of strings.
#pragma once
#include <telar/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <vector>

namespace telar::inline TELAR_ABI::io {

/// What one text is: a std::string, a std::string_view, a literal.
template <class S>
concept Text = std::convertible_to<const S&, std::string_view>;

/// Texts that stay where they are while a function reads them: a std::vector<std::string>, another range of strings, or
/// {"the first", "the second"}.
class text_list {
public:
    text_list(std::initializer_list<const char*> literals) : texts_(literals.begin(), literals.end()) {}
    template <std::ranges::input_range R>
    requires(Text<std::ranges::range_value_t<R>> && !Text<R> &&
             (std::is_lvalue_reference_v<std::ranges::range_reference_t<const R&>> ||
              std::same_as<std::ranges::range_value_t<R>, std::string_view>)) text_list(const R& texts) {
        for (const auto& text : texts) texts_.emplace_back(text);
    }

    auto begin() const { return texts_.begin(); }
    auto end() const { return texts_.end(); }
    std::size_t size() const { return texts_.size(); }
    std::string_view operator[](std::size_t i) const { return texts_[i]; }

private:
    std::vector<std::string_view> texts_;
};

}  // namespace telar::inline TELAR_ABI::io
