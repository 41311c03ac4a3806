// SPDX-License-Identifier: BSL-1.0
// The one container of the middle: graphs, schedules and plans grow in it, in constant evaluation and at run time
// alike. (std::vector is constexpr in neither emscripten's libc++ nor every libstdc++ that telar supports.)
#pragma once
#include <telar/core/config.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::ir {
struct graph;
}  // namespace telar::inline TELAR_ABI::ir

namespace telar::inline TELAR_ABI::core {

/// Copies values. Constant evaluation counts each statement; clang's copies memory in one.
template <class T> constexpr void copy_values(T* to, const T* from, int count) {
#if defined(__clang__) && !defined(__CUDACC__)
    if constexpr (std::is_trivially_copyable_v<T>) {
        if (count > 0) __builtin_memcpy(to, from, sizeof(T) * static_cast<unsigned>(count));
        return;
    }
#endif
    for (int i = 0; i < count; ++i) to[i] = from[i];
}

/// A growing array of plain values. T must be default-constructible and copyable.
template <class T> class growable {
public:
    constexpr growable() = default;
    /// So many T{}. New memory holds them already, so constant evaluation pays for no loop.
    constexpr explicit growable(int size) {
        reserve(size);
        size_ = size;
    }
    constexpr growable(int size, T value) { resize(size, value); }
    constexpr growable(const T* from, int count) {
        reserve(count);
        copy_values(data_, from, count);
        size_ = count;
    }
    /// A view of constants, which are not copied. Appending copies them first; no element may be written.
    static constexpr growable lent(const T* from, int count) {
        growable g;
        g.data_ = const_cast<T*>(from);
        g.size_ = count;
        g.capacity_ = is_lent;
        return g;
    }
    /// Empty, in the caller's memory of `room` elements, which are T{}. What needs more takes memory of its own.
    static growable in_memory(T* memory, int room) {
        growable g;
        g.data_ = memory;
        g.capacity_ = is_lent - room;
        return g;
    }
    constexpr growable(const growable& other) : growable(other.data_, other.size_) {}
    constexpr growable(growable&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    constexpr growable& operator=(growable other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    constexpr ~growable() { release(); }

    constexpr int size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T& operator[](int i) { return data_[i]; }
    constexpr const T& operator[](int i) const { return data_[i]; }
    constexpr T& back() { return data_[size_ - 1]; }
    constexpr const T* data() const { return data_; }
    constexpr T* data() { return data_; }
    constexpr const T* begin() const { return data_; }
    constexpr const T* end() const { return data_ + size_; }
    constexpr T* begin() { return data_; }
    constexpr T* end() { return data_ + size_; }

    constexpr void clear() { size_ = 0; }
    constexpr void pop() { --size_; }
    /// Appends a value; returns its index.
    constexpr int push(const T& value) {
        if (size_ >= capacity_) return push(T(value));  // the value may be an element, whose memory is about to go
        data_[size_] = value;
        return size_++;
    }
    constexpr int push(T&& value) {
        if (size_ >= capacity_ && size_ >= is_lent - capacity_) reserve(size_ < 8 ? 8 : 2 * size_);
        data_[size_] = std::move(value);
        return size_++;
    }
    /// Appends `count` values. They may be its own if there is room for all.
    constexpr void append(const T* from, int count) {
        if (const int needed = size_ + count; needed > capacity_) reserve(needed < 2 * size_ ? 2 * size_ : needed);
        copy_values(data_ + size_, from, count);
        size_ += count;
    }
    constexpr void resize(int size) {
        reserve(size);
        for (int i = size_; i < size; ++i) data_[i] = T{};
        size_ = size;
    }
    constexpr void resize(int size, T value) {
        reserve(size);
        for (int i = size_; i < size; ++i) data_[i] = value;
        size_ = size;
    }
    constexpr void reserve(int capacity) {
        if (capacity <= capacity_ || capacity <= is_lent - capacity_) return;
        T* larger = new T[static_cast<unsigned>(capacity)]{};
        if constexpr (std::is_trivially_copyable_v<T>) copy_values(larger, data_, size_);  // also if they are lent
        else
            for (int i = 0; i < size_; ++i) larger[i] = std::move(data_[i]);
        release();
        data_ = larger;
        capacity_ = capacity;
    }

private:
    static constexpr int is_lent = -1;  // is_lent - n: with room for n

    constexpr void release() {
        if (capacity_ > is_lent) delete[] data_;
    }
    friend struct ir::graph;  // reads its nodes without a call, for which constant evaluation pays
    T* data_ = nullptr;
    int size_ = 0;
    int capacity_ = 0;
};

/// A fixed number of values, at first T{}. For values that a pass reads often: `at` is a plain array, and constant
/// evaluation pays for each call of an operator[].
template <class T> struct column {
    T* const at;

    constexpr explicit column(int size) : at(new T[static_cast<unsigned>(size)]{}) {}
    column(const column&) = delete;
    column& operator=(const column&) = delete;
    constexpr ~column() { delete[] at; }
};

/// Lists of numbers, one list for each key, in the order in which they were added. They replace a search through all
/// numbers. A number is in one list.
class lists_by_key {
    column<int> first_, last_, next_;  // numbers from 1; 0: none

public:
    constexpr lists_by_key(int keys, int numbers) : first_(keys), last_(keys), next_(numbers) {}

    constexpr void add(int key, int number) {
        int& last = last_.at[key];
        (last == 0 ? first_.at[key] : next_.at[last - 1]) = number + 1;
        last = number + 1;
    }
    /// One list behind another; the first is empty then.
    constexpr void append(int from, int to) {
        if (first_.at[from] == 0) return;
        (last_.at[to] == 0 ? first_.at[to] : next_.at[last_.at[to] - 1]) = first_.at[from];
        last_.at[to] = last_.at[from];
        first_.at[from] = last_.at[from] = 0;
    }
    /// -1 at the end.
    constexpr int first(int key) const { return first_.at[key] - 1; }
    constexpr int next(int number) const { return next_.at[number] - 1; }
};

/// The numbers 0, 1, 2, ..., each under a hash. A search visits those in the hash's bucket, the last added first.
class numbers_by_hash {
    static constexpr unsigned buckets = 256;
    int first_[buckets]{};  // numbers from 1; 0: none
    growable<int> next_;

public:
    constexpr void add(std::uint64_t hash) {
        int& first = first_[hash % buckets];
        next_.push(first);
        first = next_.size();
    }
    /// -1 at the end.
    constexpr int first(std::uint64_t hash) const { return first_[hash % buckets] - 1; }
    constexpr int next(int number) const { return next_[number] - 1; }
};

}  // namespace telar::inline TELAR_ABI::core
