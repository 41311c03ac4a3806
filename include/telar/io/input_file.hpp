// SPDX-License-Identifier: BSL-1.0
// A file that is read straight into the memory that wants it.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/io/system_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io {

/// An open file. A file without a size, such as a pipe, is read into memory when it is opened.
///
/// errors    file_error, with the path and the system's reason: absent, a folder, unreadable, shorter than what is read
/// test      tests/io/file_test.cpp
class input_file {
public:
    explicit input_file(const std::filesystem::path& path)
        : name_(path.string()), file_(system_file::open_to_read(path)) {
        if (!file_) fail<file_error>(name_ + ": cannot be opened: " + system_file::last_error().message());
        if (const auto size = system_file::size(file_.get())) size_ = *size;
        else read_into_memory();
    }

    const std::string& name() const { return name_; }
    std::uint64_t size() const { return size_; }
    /// Where the next byte stands.
    std::uint64_t position() const { return position_; }

    /// The next bytes, as many as there is room for.
    void read(std::span<std::byte> to) {
        if (to.size() > size_ - position_) refuse_end();
        if (!file_) std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(position_), to.size(), to.begin());
        else if (!to.empty() && std::fread(to.data(), 1, to.size(), file_.get()) != to.size()) refuse_end();
        position_ += to.size();
    }
    void seek(std::uint64_t position) {
        if (position > size_ || (file_ && !system_file::seek(file_.get(), position))) refuse_end();
        position_ = position;
    }
    /// All that is left.
    std::vector<std::byte> rest() {
        if (!file_ && position_ == 0) return std::exchange(position_, size_), std::move(memory_);
        std::vector<std::byte> bytes(static_cast<std::size_t>(size_ - position_));
        read(bytes);
        return bytes;
    }

private:
    void read_into_memory() {
        for (std::size_t chunk = 1 << 16;; chunk *= 2) {
            memory_.resize(static_cast<std::size_t>(size_) + chunk);
            const std::size_t got = std::fread(memory_.data() + size_, 1, chunk, file_.get());
            memory_.resize(static_cast<std::size_t>(size_ += got));
            if (std::ferror(file_.get())) refuse_end();
            if (got < chunk) break;
        }
        file_.reset();
    }
    /// The file ends here, or the disk does not give what follows.
    [[noreturn]] void refuse_end() const {
        if (file_ && std::ferror(file_.get()))
            fail<file_error>(name_ + ": cannot be read: " + system_file::last_error().message());
        fail<file_error>(name_ + ": byte " + std::to_string(size_) + ": truncated");
    }

    std::string name_;
    system_file::handle file_;
    std::uint64_t size_ = 0, position_ = 0;
    std::vector<std::byte> memory_;  // of what has no size
};

}  // namespace telar::inline TELAR_ABI::io
