// SPDX-License-Identifier: BSL-1.0
#include <telar/io/file.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>

#if TELAR_HAS_POSIX_FILES
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#endif

namespace {

const std::filesystem::path folder = std::filesystem::temp_directory_path() / "telar_file_test";

std::string read_text(const std::filesystem::path& path) {
    const auto bytes = telar::read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// What lies in the folder.
std::set<std::string> names() {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) all.insert(entry.path().filename().string());
    return all;
}

}  // namespace

TEST_CASE("what was written is read back, longer than one chunk, empty, and over an older file") {
    std::filesystem::create_directories(folder);
    const auto path = folder / "text";
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{1000003}}) {
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
        telar::write_file(path, text);
        CHECK(read_text(path) == text);
    }
    CHECK(names() == std::set<std::string>{"text"});  // nothing stays beside it
    std::filesystem::remove_all(folder);
}

TEST_CASE("a gzip file is unpacked, unless its raw bytes are asked for") {
    std::filesystem::create_directories(folder);
    const char packed[] = "\x1f\x8b\x08\0\0\0\0\0\0\3\1\5\0\xfa\xfftelar\x91\xce\xa8\x45\5\0\0";
    telar::write_file(folder / "packed", std::string_view(packed, sizeof packed));
#if TELAR_ZLIB
    CHECK(read_text(folder / "packed") == "telar");
#else
    MESSAGE("skipped: unpacking, as this was built without TELAR_ZLIB");
    CHECK_THROWS_AS(telar::read_file(folder / "packed"), telar::file_error);
#endif
    CHECK(telar::read_raw_file(folder / "packed").size() == sizeof packed);
    std::filesystem::remove_all(folder);
}

TEST_CASE("absent files, folders and unwritable places are refused by name") {
    std::filesystem::create_directories(folder);
    CHECK_THROWS_AS(telar::read_file(folder / "absent"), telar::file_error);
    CHECK_THROWS_AS(telar::read_file(folder), telar::file_error);
    CHECK_THROWS_AS(telar::write_file(folder / "absent" / "file", std::string_view("x")), telar::file_error);
    std::filesystem::create_directories(folder / "taken" / "inner");
    CHECK_THROWS_AS(telar::write_file(folder / "taken", std::string_view("x")), telar::file_error);
    CHECK(names() == std::set<std::string>{"taken"});
    std::filesystem::remove_all(folder);
}

TEST_CASE("a file is read piece by piece, forward and back, and not beyond its end") {
    std::filesystem::create_directories(folder);
    telar::write_file(folder / "digits", std::string_view("0123456789"));
    telar::io::input_file file(folder / "digits");
    CHECK(file.size() == 10);
    std::array<std::byte, 4> some{};
    file.read(some);
    CHECK(some[3] == std::byte{'3'});
    file.seek(8);
    CHECK(file.position() == 8);
    const std::string text = (folder / "digits").string() + ": byte 10: truncated";
    CHECK_THROWS_WITH_AS(file.read(some), text.c_str(), telar::file_error);
    CHECK_THROWS_WITH_AS(file.seek(11), text.c_str(), telar::file_error);
    file.seek(1);
    CHECK(file.rest().size() == 9);
    CHECK(file.rest().empty());
    std::filesystem::remove_all(folder);
}

#if TELAR_HAS_POSIX_FILES
TEST_CASE("a pipe is read, though it has no size") {
    std::filesystem::create_directories(folder);
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    if (const pid_t writer = ::fork(); writer == 0) {
        const int pipe = ::open((folder / "pipe").c_str(), O_WRONLY);
        const std::string text(200000, 'p');
        ::_exit(::write(pipe, text.data(), text.size()) == 200000 ? 0 : 1);
    }
    CHECK(read_text(folder / "pipe") == std::string(200000, 'p'));
    ::wait(nullptr);
    std::filesystem::remove_all(folder);
}

TEST_CASE("what is no regular file is not replaced") {
    std::filesystem::create_directories(folder);
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    std::filesystem::create_symlink("/dev/null", folder / "nothing");
    for (const std::filesystem::path& path :
         {std::filesystem::path("/dev/null"), folder / "nothing", folder / "pipe", folder}) {
        const std::string text = path.string() + ": cannot be written: it is no regular file";
        CHECK_THROWS_WITH_AS(telar::write_file(path, std::string_view("x")), text.c_str(), telar::file_error);
    }
    CHECK(std::filesystem::is_character_file("/dev/null"));
    CHECK(std::filesystem::is_fifo(folder / "pipe"));
    std::filesystem::remove_all(folder);
}

TEST_CASE("a symbolic link stays a link, and what it names is written") {
    std::filesystem::create_directories(folder / "inner");
    std::filesystem::create_symlink("inner/file", folder / "link");  // nothing is there yet
    std::filesystem::create_symlink("link", folder / "link of a link");
    std::filesystem::create_symlink("circle", folder / "circle");
    for (const std::string_view text : {"first", "second"}) {
        telar::write_file(folder / "link of a link", text);
        CHECK(read_text(folder / "inner" / "file") == text);
        CHECK(std::filesystem::is_symlink(folder / "link"));
        CHECK(std::filesystem::is_symlink(folder / "link of a link"));
    }
    CHECK_THROWS_AS(telar::write_file(folder / "circle", std::string_view("x")), telar::file_error);
    std::filesystem::remove_all(folder);
}

TEST_CASE("a file that is replaced keeps its mode, a new one has that of the process") {
    using std::filesystem::perms;
    std::filesystem::create_directories(folder);
    const ::mode_t before = ::umask(027);
    telar::write_file(folder / "new", std::string_view("x"));
    CHECK(std::filesystem::status(folder / "new").permissions() == perms(0640));
    for (const int mode : {0600, 0444, 0755, 0666}) {
        std::filesystem::permissions(folder / "new", perms(mode));
        telar::write_file(folder / "new", std::string_view("y"));
        CHECK(std::filesystem::status(folder / "new").permissions() == perms(mode));
    }
    ::umask(before);
    std::filesystem::remove_all(folder);
}

TEST_CASE("another file's name ending in .part, and the longest name that there is") {
    std::filesystem::create_directories(folder);
    telar::write_file(folder / "x.part", std::string_view("mine"));
    telar::write_file(folder / "x", std::string_view("x"));
    CHECK(read_text(folder / "x.part") == "mine");
    const std::string longest(255, 'n');
    telar::write_file(folder / longest, std::string_view("x"));
    CHECK(names() == std::set<std::string>{"x", "x.part", longest});
    std::filesystem::remove_all(folder);
}

TEST_CASE("a file that does not fit is refused with the reason, and the old one stays") {
    std::filesystem::create_directories(folder);
    telar::write_file(folder / "file", std::string_view("old"));
    ::rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto signal_before = ::signal(SIGXFSZ, SIG_IGN);
    const ::rlimit small{4096, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);  // the nearest to a full disk that needs no disk
    std::string text;
    try {
        telar::write_file(folder / "file", std::string(1000000, 'x'));
    } catch (const telar::file_error& e) { text = e.what(); }
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, signal_before);
    CHECK(text == (folder / "file").string() + ": cannot be written: " + std::strerror(EFBIG));
    CHECK(read_text(folder / "file") == "old");
    CHECK(names() == std::set<std::string>{"file"});
    std::filesystem::remove_all(folder);
}

TEST_CASE("two processes that write one name: every reader sees a whole file of one of them") {
    std::filesystem::create_directories(folder);
    constexpr int writers = 2, times = 60;
    telar::write_file(folder / "shared", std::string(20000, 'a'));
    for (int w = 0; w < writers; ++w)
        if (::fork() == 0) {
            for (int i = 0; i < times; ++i)
                telar::write_file(folder / "shared", std::string(20000, static_cast<char>('b' + w)));
            ::_exit(0);
        }
    int torn = 0;
    for (int status = 0, running = writers; running > 0;) {
        const std::string text = read_text(folder / "shared");
        torn += text.size() != 20000 || text.find_first_not_of(text[0]) != std::string::npos;
        if (::waitpid(-1, &status, WNOHANG) > 0) --running, torn += status != 0;
    }
    CHECK(torn == 0);
    CHECK(names() == std::set<std::string>{"shared"});
    std::filesystem::remove_all(folder);
}
#endif
