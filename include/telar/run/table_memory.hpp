// SPDX-License-Identifier: BSL-1.0
// Where the tables of a workspace lie: on the heap, or one behind the other in the caller's memory.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/growable.hpp>
#include <telar/run/program_tables.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

namespace telar::inline TELAR_ABI::runtime {

/// The caller's memory. It stands at the beginning of that itself, so that a workspace may be moved.
class table_memory {
public:
    /// errors    invalid_argument: the memory does not even hold this
    static table_memory* in(std::span<std::byte> memory) {
        void* at = memory.data();
        std::size_t room = memory.size();
        if (!std::align(alignof(table_memory), sizeof(table_memory), at, room)) refuse(memory.size());
        auto* const made = ::new (at) table_memory;
        made->first_ = made->next_ = static_cast<std::byte*>(at) + piece_of(sizeof(table_memory));
        made->end_ = memory.data() + memory.size();
        made->all_ = memory.size();
        return made;
    }
    /// Nothing is there any more but the first `bytes`.
    void begin_behind(std::size_t bytes) { next_ = first_ + bytes; }
    /// So many T{}.
    template <class T> T* take(int count) {
        static_assert(alignof(T) <= table_alignment);
        std::byte* const at = taken(piece<T>(count));
        for (int i = 0; i < count; ++i) ::new (static_cast<void*>(at + std::size_t(i) * sizeof(T))) T{};
        return reinterpret_cast<T*>(at);
    }
    /// What is left, from the next aligned address on.
    buffer<std::byte> arena(std::size_t bytes) {
        const auto past = reinterpret_cast<std::uintptr_t>(next_) % alignment;
        taken(past == 0 ? 0 : alignment - past);
        return buffer<std::byte>::lent(taken(bytes), bytes, bytes);
    }

    // ------------------------------------------------------------ how much
    template <class T> static constexpr std::size_t piece(int count) {
        return piece_of(static_cast<std::size_t>(count) * sizeof(T));
    }
    /// Of this, and lost to alignment.
    static constexpr std::size_t bytes_around = 2 * 64 + 32;

private:
    static constexpr std::size_t table_alignment = 16;

    static constexpr std::size_t piece_of(std::size_t bytes) {
        return (bytes + table_alignment - 1) / table_alignment * table_alignment;
    }
    std::byte* taken(std::size_t bytes) {
        if (bytes > static_cast<std::size_t>(end_ - next_)) refuse(all_);
        return std::exchange(next_, next_ + bytes);
    }
    [[noreturn]] TELAR_COLD static void refuse(std::size_t bytes) {
        fail<invalid_argument>(joined_text(
            {"workspace: its memory of ", bytes, " bytes is too small; memory_bytes tells what a program needs"}));
    }

    alignas(table_alignment) std::byte* first_ = nullptr;  // behind this
    std::byte *next_ = nullptr, *end_ = nullptr;
    std::size_t all_ = 0;
};

/// So many T{}, in the caller's memory if there is some.
template <class T> void sized(table_memory* memory, growable<T>& table, int count) {
    if (memory) table = growable<T>::in_memory(memory->take<T>(count), count);
    table.resize(count);
}
template <class T> void sized(table_memory* memory, buffer<T>& table, int count) {
    const auto size = static_cast<std::size_t>(count);
    if (memory) table = buffer<T>::lent(memory->take<T>(count), size, size);
    else table.resize(size);
}
/// Empty, with room for so many.
template <class T> void emptied(table_memory* memory, growable<T>& table, int count) {
    if (memory) table = growable<T>::in_memory(memory->take<T>(count), count);
    else table.clear();
}

}  // namespace telar::inline TELAR_ABI::runtime
