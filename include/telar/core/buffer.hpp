// SPDX-License-Identifier: BSL-1.0
// Where a tensor's elements live: aligned memory, or the object itself when there is one element.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::core {

/// Every buffer starts at a multiple of this many bytes and is padded to one, so whole vectors may be read at its end.
inline constexpr std::size_t alignment = 64;

/// Owning memory for plain numbers. Its elements are not initialised; a shrinking resize keeps the memory. Memory that
/// is lent stays the lender's; a copy has memory of its own.
template <class T> class buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    buffer() = default;
    explicit buffer(std::size_t size) { resize(size); }
    /// In the caller's memory, of `capacity` elements, until more is asked for.
    static buffer lent(T* memory, std::size_t size, std::size_t capacity) {
        buffer b;
        b.data_ = memory;
        b.size_ = size;
        b.capacity_ = capacity | is_lent;
        return b;
    }
    buffer(const buffer& other) : buffer(other.size_) { copy(other); }
    buffer(buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    buffer& operator=(const buffer& other) {
        if (this == &other) return *this;
        resize(other.size_);
        copy(other);
        return *this;
    }
    buffer& operator=(buffer&& other) noexcept {
        buffer taken(std::move(other));
        std::swap(data_, taken.data_);
        std::swap(size_, taken.size_);
        std::swap(capacity_, taken.capacity_);
        return *this;
    }
    ~buffer() { release(); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_ & ~is_lent; }

    /// The old elements are lost when the memory has to grow.
    void resize(std::size_t size) {
        if (size > capacity()) {
            const std::size_t bytes = (size * sizeof(T) + alignment - 1) / alignment * alignment;
            T* larger = static_cast<T*>(::operator new (bytes, std::align_val_t{alignment}));
            release();
            data_ = larger;
            capacity_ = bytes / sizeof(T);
        }
        size_ = size;
    }

private:
    static constexpr std::size_t is_lent = ~(~std::size_t{0} >> 1);  // the highest bit of the capacity

    void release() noexcept {
        if (data_ && !(capacity_ & is_lent)) ::operator delete (data_, std::align_val_t{alignment});
    }
    void copy(const buffer& other) {
        if (size_) std::memcpy(data_, other.data_, size_ * sizeof(T));
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

/// The same for exactly one element: no memory of its own, so a scalar never allocates.
template <class T> class single {
public:
    T* data() { return &value_; }
    const T* data() const { return &value_; }
    void resize(std::size_t) {}

private:
    T value_{};
};

}  // namespace telar::inline TELAR_ABI::core
