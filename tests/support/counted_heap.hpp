// SPDX-License-Identifier: BSL-1.0
// Counts what a program takes by operator new. It replaces those operators: one source of a program includes it.
#pragma once
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // g++ 12 inlines new here, but not delete
#endif

namespace counted_heap {

inline long allocations = 0;
inline std::size_t live = 0, peak = 0;  // bytes

/// Null where there is no memory.
inline void* try_to_take(std::size_t bytes, std::size_t alignment) noexcept {
    void* p = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!p) return nullptr;
    ++allocations;
    live += malloc_usable_size(p);
    peak = std::max(peak, live);
    return p;
}
inline void* take(std::size_t bytes, std::size_t alignment) {
    if (void* p = try_to_take(bytes, alignment)) return p;
    throw std::bad_alloc();
}
inline void give_back(void* p) noexcept {
    live -= malloc_usable_size(p);
    std::free(p);
}

/// The allocations of f().
template <class F> long allocations_of(F f) {
    const long before = allocations;
    f();
    return allocations - before;
}
/// The bytes that f() takes at most, beside those that are taken already.
template <class F> std::size_t peak_of(F f) {
    const std::size_t before = peak = live;
    f();
    return peak - before;
}

}  // namespace counted_heap

void* operator new(std::size_t n) { return counted_heap::take(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n) { return counted_heap::take(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) { return counted_heap::take(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return counted_heap::take(n, static_cast<std::size_t>(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
    return counted_heap::try_to_take(n, alignof(std::max_align_t));
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
    return counted_heap::try_to_take(n, alignof(std::max_align_t));
}
void operator delete(void* p) noexcept { counted_heap::give_back(p); }
void operator delete[](void* p) noexcept { counted_heap::give_back(p); }
void operator delete(void* p, std::size_t) noexcept { counted_heap::give_back(p); }
void operator delete[](void* p, std::size_t) noexcept { counted_heap::give_back(p); }
void operator delete(void* p, std::align_val_t) noexcept { counted_heap::give_back(p); }
void operator delete[](void* p, std::align_val_t) noexcept { counted_heap::give_back(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { counted_heap::give_back(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { counted_heap::give_back(p); }
