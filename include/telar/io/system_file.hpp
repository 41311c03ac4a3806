// SPDX-License-Identifier: BSL-1.0
// File operations that the standard library lacks: create a file only if it does not exist, get the size of an open
// one, keep owner and mode, and wait until it is on the disk. The only file of io/ that names an operating system.
#pragma once
#include <telar/core/config.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#elif __has_include(<unistd.h>)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define TELAR_HAS_POSIX_FILES 1
#endif
#if !defined(TELAR_HAS_POSIX_FILES)
#define TELAR_HAS_POSIX_FILES 0
#endif

namespace telar::inline TELAR_ABI::io::system_file {

struct closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
};
using handle = std::unique_ptr<std::FILE, closer>;

inline std::error_code last_error() { return {errno, std::generic_category()}; }

inline handle open_to_read(const std::filesystem::path& path) {
#if defined(_WIN32)
    return handle(_wfopen(path.c_str(), L"rb"));
#else
    return handle(std::fopen(path.c_str(), "rb"));
#endif
}

/// A new file; null, with EEXIST, where the path is taken. `is_private`: until its mode is set, for its owner alone.
inline handle create(const std::filesystem::path& path, [[maybe_unused]] bool is_private) {
#if TELAR_HAS_POSIX_FILES
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_private ? 0600 : 0666);
    return handle(file < 0 ? nullptr : ::fdopen(file, "wb"));
#elif defined(_WIN32)
    return handle(_wfopen(path.c_str(), L"wbx"));
#else
    return handle(std::fopen(path.c_str(), "wbx"));
#endif
}

/// Whether a file that exists may be written. A file that is renamed over it would not ask.
inline bool may_write([[maybe_unused]] const std::filesystem::path& path) {
#if TELAR_HAS_POSIX_FILES
    return ::access(path.c_str(), W_OK) == 0;
#elif defined(_WIN32)
    return ::_waccess(path.c_str(), 2) == 0;
#else
    return true;
#endif
}

/// Its size in bytes; none for what is not a regular file, such as a pipe.
inline std::optional<std::uint64_t> size(std::FILE* file) {
#if TELAR_HAS_POSIX_FILES
    struct ::stat s;
    if (::fstat(::fileno(file), &s) == 0 && S_ISREG(s.st_mode)) return static_cast<std::uint64_t>(s.st_size);
#elif defined(_WIN32)
    struct ::_stat64 s;
    if (::_fstat64(::_fileno(file), &s) == 0 && (s.st_mode & _S_IFREG)) return static_cast<std::uint64_t>(s.st_size);
#else
    static_cast<void>(file);
#endif
    return std::nullopt;
}

/// Goes to a byte, counted from the beginning.
inline bool seek(std::FILE* file, std::uint64_t position) {
#if TELAR_HAS_POSIX_FILES
    return ::fseeko(file, static_cast<off_t>(position), SEEK_SET) == 0;
#elif defined(_WIN32)
    return ::_fseeki64(file, static_cast<std::int64_t>(position), SEEK_SET) == 0;
#else
    return std::fseek(file, static_cast<long>(position), SEEK_SET) == 0;
#endif
}

/// Gives a file the mode of another, and its owner where that is allowed.
inline bool take_mode_of([[maybe_unused]] const std::filesystem::path& from, [[maybe_unused]] std::FILE* to) {
#if TELAR_HAS_POSIX_FILES
    struct ::stat s;
    if (::stat(from.c_str(), &s) != 0) return false;
    [[maybe_unused]] const int is_given = ::fchown(::fileno(to), s.st_uid, s.st_gid);
    return ::fchmod(::fileno(to), s.st_mode & 0777) == 0;
#else
    return true;
#endif
}

/// Waits until the content is on the disk. A file system that cannot wait is no failure.
inline bool synchronize(std::FILE* file) {
    if (std::fflush(file) != 0) return false;
#if TELAR_HAS_POSIX_FILES
    return ::fsync(::fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP;
#elif defined(_WIN32)
    return ::_commit(::_fileno(file)) == 0;
#else
    return true;
#endif
}

/// The same for the names in a folder: without it a power cut may bring an old name back. Done where it can be.
inline void synchronize_names([[maybe_unused]] const std::filesystem::path& folder) {
#if TELAR_HAS_POSIX_FILES
    const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    static_cast<void>(::fsync(file));
    ::close(file);
#endif
}

}  // namespace telar::inline TELAR_ABI::io::system_file
