// SPDX-License-Identifier: BSL-1.0
// A file that appears under its name when it is complete, and not before.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/io/system_file.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace telar::inline TELAR_ABI::io {

/// A file under construction. It is written under a name of its own beside its path; commit() waits until it is on the
/// disk and renames it. Whoever reads the path, and whenever the machine stops, sees the old file or the new one.
/// Without commit() nothing stays. Two writers of one path do not meet: the one that commits last remains.
///
/// errors    file_error, with the path and the system's reason (no space left, no permission, ...): the old file is
/// then
///           as it was. A folder, a device or a pipe is refused.
/// edge      A symbolic link stays, and the file that it names is replaced. The new file has the old one's mode, and
///           its owner where that is allowed. Another hard link keeps the old content.
/// test      tests/io/file_test.cpp
class output_file {
public:
    explicit output_file(const std::filesystem::path& path) : name_(path.string()), target_(behind_links(path)) {
        std::error_code problem;
        const auto old = std::filesystem::status(target_, problem);
        const bool replaces = std::filesystem::exists(old);
        if (replaces && !std::filesystem::is_regular_file(old)) refuse("it is no regular file");
        if (replaces && !system_file::may_write(target_)) refuse(system_file::last_error().message());
        create(replaces);
        if (replaces && !system_file::take_mode_of(target_, file_.get())) discard(system_file::last_error());
    }
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;
    ~output_file() { remove(); }

    void write(std::span<const std::byte> bytes) {
        if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
            discard(system_file::last_error());
    }
    void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

    /// Gives the file its name. Nothing can be written afterwards.
    void commit() {
        if (!system_file::synchronize(file_.get())) discard(system_file::last_error());
        if (std::fclose(file_.release()) != 0) discard(system_file::last_error());
        std::error_code problem;
        std::filesystem::rename(part_, target_, problem);
        if (problem) discard(problem);
        part_.clear();
        system_file::synchronize_names(target_.parent_path());
    }

private:
    /// The file that a path names in the end, whether or not it is there.
    std::filesystem::path behind_links(std::filesystem::path path) const {
        constexpr int most_links = 40;  // Linux's own limit
        std::error_code problem;
        for (int i = 0; std::filesystem::is_symlink(std::filesystem::symlink_status(path, problem)); ++i) {
            if (i == most_links) refuse("too many symbolic links");
            const std::filesystem::path next = std::filesystem::read_symlink(path, problem);
            if (problem) refuse(problem.message());
            path = path.parent_path() / next;  // an absolute one replaces what stands before it
        }
        return path;
    }
    /// A name that nobody uses. It says nothing of the file's: that may be as long as the system allows.
    void create(bool replaces) {
        constexpr int attempts = 100;
        std::random_device random;
        for (int i = 0; i < attempts; ++i) {
            part_ = target_.parent_path() / (".telar-" + std::to_string(random()) + std::to_string(random()) + ".part");
            file_ = system_file::create(part_, replaces);
            if (file_) return;
            if (errno != EEXIST) break;
        }
        part_.clear();
        refuse(system_file::last_error().message());
    }

    [[noreturn]] void refuse(const std::string& why) const { fail<file_error>(name_ + ": cannot be written: " + why); }
    [[noreturn]] void discard(std::error_code why) {
        remove();
        refuse(why.message());
    }
    void remove() noexcept {
        file_.reset();
        if (part_.empty()) return;
        std::error_code ignored;
        std::filesystem::remove(part_, ignored);
        part_.clear();
    }

    std::string name_;
    std::filesystem::path target_, part_;
    system_file::handle file_;
};

}  // namespace telar::inline TELAR_ABI::io

namespace telar::inline TELAR_ABI {

/// Writes a file: a reader sees the old one or the new one, never a part (see output_file).
///
/// errors    file_error: the disk is full, the folder is absent or not writable, the path names a device; the old file
///           is then as it was
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Writes a text file in the same way.
void write_file(const std::filesystem::path& path, std::string_view text);

#if TELAR_HAS_BODIES
TELAR_ONCE void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    io::output_file file(path);
    file.write(bytes);
    file.commit();
}
TELAR_ONCE void write_file(const std::filesystem::path& path, std::string_view text) {
    write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
