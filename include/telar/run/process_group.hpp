// SPDX-License-Identifier: BSL-1.0
// The processes that train one model together: what they tell each other, whatever carries it. telar/distributed.hpp
// has one by MPI.
#pragma once
#include <telar/core/failure.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace telar::inline TELAR_ABI::distributed {

/// Two processes do not train the same thing; text names both ranks and what differs.
struct replicas_differ : error {
    using error::error;
};

/// The processes of one training, as one of them sees them. All of them call each function, in the same order.
class process_group {
public:
    process_group() = default;
    process_group(const process_group&) = delete;
    process_group& operator=(const process_group&) = delete;

    /// The number of this process: 0, 1, ..., size() - 1.
    virtual int rank() const = 0;
    virtual int size() const = 0;
    bool is_first() const { return rank() == 0; }
    /// Every process gets the bytes of the first.
    virtual void broadcast(std::span<std::byte> bytes) = 0;
    /// The bytes of all processes, one behind the other in the order of the ranks. All have the same number of them.
    virtual void all_gather(std::span<const std::byte> own, std::span<std::byte> all) = 0;
    /// values_i <- sum_r values_ri over the ranks r. Every process gets the same bits, and gets them again in the next
    /// run: they are added in the order of the ranks (add_in_order).
    void sum(std::span<float> values) { begin_sum(values), finish_sums(); }
    void sum(std::span<double> values) { begin_sum(values), finish_sums(); }
    /// The same of values that stay untouched until finish_sums, while the process does something else.
    virtual void begin_sum(std::span<float> values) = 0;
    virtual void begin_sum(std::span<double> values) = 0;
    virtual void finish_sums() = 0;

protected:
    ~process_group() = default;
};

/// to_i = ((p_0i + p_1i) + p_2i) + ... for i < count. `to` may be one of the pieces only if it is the first.
template <class T> void add_in_order(std::span<const T* const> pieces, std::size_t count, T* to) {
    constexpr std::size_t at_once = 4096;  // which stay in the first cache
    for (std::size_t done = 0; done < count; done += at_once) {
        const std::size_t n = std::min(at_once, count - done);
        if (pieces[0] != to) std::copy_n(pieces[0] + done, n, to + done);
        for (const T* const piece : pieces.subspan(1))
            for (std::size_t i = 0; i < n; ++i) to[done + i] += piece[done + i];
    }
}

/// What each rank has, in their order.
template <class T>
requires std::is_trivially_copyable_v<T> std::vector<T> gathered(process_group& group, const T& own) {
    std::vector<T> all(static_cast<std::size_t>(group.size()));
    group.all_gather(std::as_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(all)));
    return all;
}
/// The value of the first process.
template <class T>
requires std::is_trivially_copyable_v<T> T from_first(process_group& group, T value) {
    group.broadcast(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

/// FNV-1a, eight bytes at a time: bits that differ give numbers that differ, as good as always.
inline std::uint64_t fingerprint_of(std::span<const std::byte> bytes, std::uint64_t h = 14695981039346656037u) {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), sizeof(h)))) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof(word)));
        h = (h ^ word) * 1099511628211u;
        h ^= h >> 32;
    }
    return h;
}
/// The first rank whose bytes are not those of rank 0; -1: all have the same.
inline int first_that_differs(process_group& group, std::span<const std::byte> bytes) {
    const std::vector<std::uint64_t> all = gathered(group, fingerprint_of(bytes, bytes.size()));
    for (std::size_t r = 1; r < all.size(); ++r)
        if (all[r] != all[0]) return static_cast<int>(r);
    return -1;
}

/// All processes must describe what they are about to do by the same lines.
///
/// errors    replicas_differ, in every process: the first line that differs, as the first rank that differs has it
inline void require_alike(process_group& group, std::string_view what, const std::string& lines) {
    const int other = first_that_differs(group, std::as_bytes(std::span(lines)));
    if (other < 0) return;
    const auto line_at = [](std::string_view text, std::size_t i) {
        const std::size_t begin = std::min(i, text.size());
        return std::string(text.substr(begin, text.find('\n', begin) - begin));
    };
    std::string first = lines;
    first.resize(from_first(group, lines.size()));
    group.broadcast(std::as_writable_bytes(std::span(first)));
    std::size_t at = 0;  // the beginning of the first line that differs
    for (std::size_t i = 0; i < std::min(first.size(), lines.size()) && first[i] == lines[i]; ++i)
        if (lines[i] == '\n') at = i + 1;
    // Each has compared its own lines; what is told is what rank `other` has found.
    constexpr std::size_t most = 200;
    struct pair {
        char theirs[most + 1], own[most + 1];
    } found{};
    line_at(first, at).copy(found.theirs, most);
    line_at(lines, at).copy(found.own, most);
    const pair told = gathered(group, found)[static_cast<std::size_t>(other)];
    const auto quoted = [](const char* line) { return *line ? '"' + std::string(line) + '"' : std::string("nothing"); };
    fail<replicas_differ>(
        joined_text({"rank ", std::to_string(other), " of ", std::to_string(group.size()), " has another ", what,
                     " than rank 0: ", quoted(told.own), " in the place of ", quoted(told.theirs)}));
}

}  // namespace telar::inline TELAR_ABI::distributed
