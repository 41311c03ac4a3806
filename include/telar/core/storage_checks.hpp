// SPDX-License-Identifier: BSL-1.0
// The checks of the shapes of tensors and views, and one function for the message of each mistake. None depends on a
// type, so a program compiles each once, however many types of tensors it has.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>

#include <cstddef>
#include <string>

namespace telar::inline TELAR_ABI::core::failures {

[[noreturn]] void refuse_negative(const char* what, extent_t extent, int axis);
[[noreturn]] void refuse_shape(const char* what, const shape& expected, const shape& got);
[[noreturn]] void refuse_size(const char* what, const shape& extents);
[[noreturn]] void refuse_count(const char* what, const shape& extents, std::size_t values);
[[noreturn]] void refuse_several(const shape& extents);
[[noreturn]] void refuse_ragged(int axis, extent_t first, std::size_t other);
[[noreturn]] void refuse_index(const char* what, const shape& index, const shape& extents);
[[noreturn]] void refuse_row(extent_t row, const shape& extents);
[[noreturn]] void refuse_rows(extent_t begin, extent_t end, const shape& extents);

/// The extents are numbers from 0 up.
void require_extents(const char* what, const shape& extents);
/// They are those of a type, dyn where any will do.
void require_fit(const shape& expected, const shape& extents);
/// How many elements such a tensor has.
std::size_t checked_count(const shape& expected, const shape& extents, std::size_t element_size);

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD void refuse_negative(const char* what, extent_t extent, int axis) {
    fail<wrong_shape>(joined_text({what, ": extent ", extent, " of axis ", axis, " is negative"}));
}
TELAR_ONCE TELAR_COLD void refuse_shape(const char* what, const shape& expected, const shape& got) {
    fail<wrong_shape>(joined_text({what, ": expected shape ", expected, ", got ", got}));
}
TELAR_ONCE TELAR_COLD void refuse_size(const char* what, const shape& extents) {
    fail<wrong_shape>(joined_text({what, ": too large to address, shape ", extents}));
}
TELAR_ONCE TELAR_COLD void refuse_count(const char* what, const shape& extents, std::size_t values) {
    fail<wrong_shape>(joined_text({what, ": shape ", extents, " holds ", extents.count(), " elements, got ", values}));
}
TELAR_ONCE TELAR_COLD void refuse_several(const shape& extents) {
    fail<wrong_shape>(joined_text({"item: expected one element, got shape ", extents}));
}
TELAR_ONCE TELAR_COLD void refuse_ragged(int axis, extent_t first, std::size_t other) {
    fail<wrong_shape>(joined_text({"tensor: ragged list, axis ", axis, " has ", first,
                                   " elements in the first place and ", other, " in another"}));
}
TELAR_ONCE TELAR_COLD void refuse_index(const char* what, const shape& index, const shape& extents) {
    fail<index_error>(joined_text({what, ": index ", index, " outside of shape ", extents}));
}
TELAR_ONCE TELAR_COLD void refuse_row(extent_t row, const shape& extents) {
    fail<index_error>(joined_text({"view: row ", row, " of shape ", extents}));
}
TELAR_ONCE TELAR_COLD void refuse_rows(extent_t begin, extent_t end, const shape& extents) {
    fail<index_error>(joined_text({"view: rows ", begin, " to ", end, " of shape ", extents}));
}
TELAR_ONCE void require_extents(const char* what, const shape& extents) {
    for (int i = 0; i < extents.rank; ++i)
        if (extents[i] < 0) refuse_negative(what, extents[i], i);
}
TELAR_ONCE TELAR_NOINLINE void require_fit(const shape& expected, const shape& extents) {
    require_extents("tensor", extents);
    bool fits = extents.rank == expected.rank;
    for (int i = 0; fits && i < expected.rank; ++i) fits = expected[i] == dyn || expected[i] == extents[i];
    if (!fits) refuse_shape("tensor", expected, extents);
}
TELAR_ONCE TELAR_NOINLINE std::size_t checked_count(const shape& expected, const shape& extents,
                                                    std::size_t element_size) {
    require_fit(expected, extents);
    if (!is_addressable(extents, element_size)) refuse_size("tensor", extents);
    return static_cast<std::size_t>(extents.count());
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::core::failures
