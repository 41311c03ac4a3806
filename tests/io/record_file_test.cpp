// SPDX-License-Identifier: BSL-1.0
#include "../support/temporary_file.hpp"

#include <telar/io/record_file.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace telar;

namespace {

/// RFC 3720, appendix B.4: 32 bytes of 0, of 255, rising and falling.
constexpr std::string counted(int first, int step) {
    std::string bytes;
    for (int i = 0; i < 32; ++i) bytes += static_cast<char>(first + i * step);
    return bytes;
}

}  // namespace

TEST_CASE("CRC-32 of published vectors") {
    using io::castagnoli;
    static_assert(io::crc32<castagnoli>("") == 0);
    static_assert(io::crc32<castagnoli>("123456789") == 0xe3069283);
    static_assert(io::crc32<io::ieee_802_3>("123456789") == 0xcbf43926);
    CHECK(io::crc32<castagnoli>(counted(0, 0)) == 0x8a9136aa);
    CHECK(io::crc32<castagnoli>(counted(255, 0)) == 0x62a8ab43);
    CHECK(io::crc32<castagnoli>(counted(0, 1)) == 0x46dd794e);
    CHECK(io::crc32<castagnoli>(counted(31, -1)) == 0x113fdb5c);
}

TEST_CASE("a record as TensorFlow writes it") {
    // tf.io.TFRecordWriter(path).write(b"telar")
    const unsigned char golden[] = {0x05, 0,   0,   0,   0,   0,   0,    0,    0xea, 0xb2, 0x04,
                                    0x3e, 't', 'e', 'l', 'a', 'r', 0x4f, 0xa9, 0xa5, 0x5e};
    CHECK(io::record_of("telar") == std::string(reinterpret_cast<const char*>(golden), sizeof golden));
}

TEST_CASE("records are read one after the other, as far as they are whole") {
    const support::temporary_file file("telar_records");
    const std::string first = io::record_of("first"), empty = io::record_of(""), last = io::record_of("the last");
    const std::string all = first + empty + last;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        file.write(all.substr(0, size));
        io::record_reader reader(file.path);
        std::size_t count = 0;
        while (const auto record = reader.next()) CHECK(*record == std::array{"first", "", "the last"}[count++]);
        CHECK(count == (size >= first.size()) + (size >= first.size() + empty.size()) + (size == all.size()));
        CHECK(reader.offset() == (count == 3   ? all.size()
                                  : count == 2 ? first.size() + empty.size()
                                  : count == 1 ? first.size()
                                               : 0));
    }
    file.write(all);  // what was not there yet
    io::record_reader reader(file.path, first.size());
    CHECK(reader.next() == "");
    CHECK(reader.next() == "the last");
    CHECK(!reader.next());
}

TEST_CASE("damage is found, wherever it is") {
    const support::temporary_file file("telar_damaged_records");
    const std::string first = io::record_of("first"), second = io::record_of("second"), all = first + second;
    const std::string name = file.path.string() + ": byte ";
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::string damaged = all;
        damaged[i] = static_cast<char>(damaged[i] ^ 16);
        file.write(damaged);
        io::record_reader reader(file.path);
        const bool in_second = i >= first.size();
        if (in_second) CHECK(reader.next() == "first");
        const bool in_length = i % first.size() < 12;
        const std::string text =
            name + (in_second ? std::to_string(first.size()) : "0") +
            (in_length ? ": the checksum of a record's length differs" : ": the checksum of a record differs");
        if (in_second && i >= 2 * first.size()) CHECK_THROWS_AS(reader.next(), file_error);
        else CHECK_THROWS_WITH_AS(reader.next(), text.c_str(), file_error);
    }
}
