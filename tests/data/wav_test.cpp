// SPDX-License-Identifier: BSL-1.0
#include <telar/data/wav.hpp>
#include <telar/io/npz.hpp>

#include <doctest/doctest.h>

#include "../support/damaged.hpp"
#include "../support/temporary_file.hpp"

#include <cmath>
#include <limits>
#include <string>

using namespace telar;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "sounds";
const support::temporary_file file("telar_wav_test.wav");
using sound = tensor<float, dyn, dyn>;

std::string content_of(const char* name) {
    const auto bytes = read_raw_file(folder / name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string number(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
    return text;
}
std::string chunk(const std::string& name, const std::string& content) {
    return name + number(content.size(), 4) + content + std::string(content.size() % 2, '\0');
}
std::string riff(const std::string& chunks) { return chunk("RIFF", "WAVE" + chunks); }
std::string format(int kind, int channels, int bits) {
    const int frame = channels * bits / 8;
    return number(static_cast<std::uint64_t>(kind), 2) + number(static_cast<std::uint64_t>(channels), 2) +
           number(8000, 4) + number(static_cast<std::uint64_t>(8000 * frame), 4) +
           number(static_cast<std::uint64_t>(frame), 2) + number(static_cast<std::uint64_t>(bits), 2);
}
void refuses(const std::string& content, const std::string& why) {
    file.write(content);
    CHECK_THROWS_WITH_AS(read_wav(file.path), (file.path.string() + ": byte " + why).c_str(), file_error);
}

}  // namespace

TEST_CASE("files of SciPy and of Python's wave hold what these wrote") {
    const io::archive expected = load_npz(folder.parent_path() / "sounds.npz");
    const std::pair<const char*, int> all[] = {{"pcm8.wav", 8000},   {"pcm16.wav", 44100},   {"pcm24.wav", 96000},
                                               {"pcm32.wav", 48000}, {"float32.wav", 22050}, {"float64.wav", 16000}};
    for (const auto& [name, rate] : all) {
        CAPTURE(name);
        const wav_sound found = read_wav(folder / name);
        CHECK(found.sample_rate == rate);
        CHECK(same(found.samples, expected.get<sound>(name)));
    }
}
TEST_CASE("what is written is what TensorFlow writes") {
    const io::archive expected = load_npz(folder.parent_path() / "sounds.npz");
    const sound samples{{0.1f}, {-1}, {1}, {0.99999f}, {-2}, {0.5f / 32768}};
    write_wav(file.path, samples, 8000);
    const auto bytes = expected.get<tensor<std::uint8_t, dyn>>("encoded16");
    const std::string found = file.read();
    REQUIRE(found.size() == bytes.size());
    // The last sample is a half: TensorFlow rounds it up, telar to the even number.
    for (std::size_t i = 0; i + 2 < found.size(); ++i) CHECK(static_cast<std::uint8_t>(found[i]) == bytes.data()[i]);
}
TEST_CASE("what is written is read: all formats, odd sizes, samples outside of the range") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    for (const extent_t frames : {0, 1, 2, 7})
        for (const extent_t channels : {1, 2, 3})
            for (const wav_format f :
                 {wav_format::pcm8, wav_format::pcm16, wav_format::pcm24, wav_format::pcm32, wav_format::float32}) {
                sound samples(shape(frames, channels));
                float next = -0.9f;
                for (float& s : samples) s = next += 0.083f;
                write_wav(file.path, samples, 12345, f);
                CHECK(file.read().size() % 2 == 0);
                const wav_sound found = read_wav(file.path);
                CHECK(found.sample_rate == 12345);
                REQUIRE(found.samples.extents() == samples.extents());
                const int bits = f == wav_format::float32 ? 32 : static_cast<int>(f);
                for (std::size_t i = 0; i < samples.size(); ++i)
                    CHECK(std::abs(found.samples.data()[i] - samples.data()[i]) <= std::ldexp(0.5, 1 - bits) + 1e-7);
                write_wav(file.path, found.samples, 12345, f);
                CHECK(same(read_wav(file.path).samples, found.samples));
            }
    write_wav(file.path, tensor<float, dyn>{2, -2, nan}, 8000, wav_format::pcm24);
    CHECK(same(read_wav(file.path).samples, sound{{1 - std::ldexp(1.0f, -23)}, {-1}, {0}}));
    CHECK_THROWS_AS(write_wav(file.path, sound(shape(2, 0)), 8000), invalid_argument);
    CHECK_THROWS_AS(write_wav(file.path, sound(shape(2, 1)), 0), invalid_argument);
    CHECK_THROWS_AS(write_wav(file.path, sound(shape(1, 40000)), 8000), invalid_argument);
}
TEST_CASE("the extensible format, chunks that nobody knows, a size that was not known") {
    const std::string guid = std::string("\x01\x00", 2) + std::string(io::wav::guid_tail);
    const std::string extensible =
        chunk("fmt ", format(0xfffe, 1, 16) + number(22, 2) + number(16, 2) + number(4, 4) + guid);
    file.write(riff(chunk("LIST", "odd") + extensible + chunk("cue ", "") + chunk("data", number(0x4000c000, 4))));
    CHECK(same(read_wav(file.path).samples, sound{{-0.5}, {0.5}}));
    file.write("RIFF\xff\xff\xff\xffWAVE" + chunk("fmt ", format(1, 1, 8)) + "data\xff\xff\xff\xff" + "\x80\xc0");
    CHECK(same(read_wav(file.path).samples, sound{{0}, {0.5}}));
}
TEST_CASE("hostile files are refused with path and byte") {
    const std::string fmt = chunk("fmt ", format(1, 2, 16));
    refuses("RIFX1234WAVE", "0: WAV: no RIFF file of kind WAVE");
    refuses(riff(""), "12: WAV: no fmt chunk");
    refuses(riff(fmt), "36: WAV: no data chunk");
    refuses(riff(chunk("data", "1234") + fmt), "12: WAV: a data chunk before the fmt chunk");
    refuses(riff(fmt + chunk("data", "123456")), "48: WAV: a part of a frame at the end");
    refuses(riff(chunk("fmt ", format(1, 0, 16))), "22: WAV: no channels");
    refuses(riff(chunk("fmt ", format(2, 1, 4))),
            "20: WAV: format 2 of 4 bits; known are whole numbers of 8, 16, 24, 32 bits, floats of 32 and 64");
    refuses(riff(fmt + "data" + number(5, 4) + "1234"), "44: WAV: truncated");
    support::each_damage(content_of("pcm24.wav"), [](const std::string& damaged) {
        file.write(damaged);
        try {
            const wav_sound s = read_wav(file.path);
            CHECK(s.samples.size() <= damaged.size());
        } catch (const file_error& e) { CHECK(std::string(e.what()).starts_with(file.path.string() + ": byte ")); }
    });
    CHECK_THROWS_AS(read_wav("absent.wav"), file_error);
}
