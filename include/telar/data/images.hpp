// SPDX-License-Identifier: BSL-1.0
// PNG and JPEG images, read by stb_image. Not part of an umbrella: who includes it wants it, and is told what is
// missing.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/tensor.hpp>
#include <telar/data/image_shapes.hpp>
#include <telar/io/file.hpp>
#include <telar/io/jpeg.hpp>
#include <telar/io/png.hpp>
#include <telar/io/stb_image.hpp>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// An image out of the bytes of a PNG or JPEG file; `name` stands in the errors. See read_image.
inline tensor<std::uint8_t, dyn, dyn, dyn> decode_image(std::span<const std::byte> file, int channels = 0,
                                                        const std::string& name = "image") {
    const auto refuse = [&](std::string_view why) {
        fail<file_error>(name + ": no PNG or JPEG image: " + std::string(why));
    };
    const auto refuse_by_stb = [&] {
        const std::string_view why = io::stb::stbi_failure_reason();
        refuse(why.ends_with("PNG chunk not known") ? "an unknown chunk" : why);  // its name may be any bytes
    };
    if (channels < 0 || channels > 4) fail<invalid_argument>("read_image: " + std::to_string(channels) + " channels");
    const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    if (!text.starts_with("\x89PNG\r\n\x1a\n") && !text.starts_with("\xff\xd8")) refuse("it begins like neither");
    if (file.size() > INT_MAX) refuse("2 GiB or more");
    const auto* const bytes = reinterpret_cast<const unsigned char*>(file.data());
    const auto size = static_cast<int>(file.size());
    if (text.starts_with("\xff\xd8")) io::require_jpeg(io::piece(file, name, "JPEG"));
    int width = 0, height = 0, found = 0;
    if (!io::stb::stbi_info_from_memory(bytes, size, &width, &height, &found)) refuse("its head is damaged");
    // Deflate packs 1032 bytes of 8 pixels into one, JPEG less: what claims more would only take memory.
    if (std::int64_t{width} * height > std::int64_t{size} * 1032 * 8)
        refuse(std::to_string(height) + " x " + std::to_string(width) + " pixels in " + std::to_string(size) +
               " bytes");
    const std::unique_ptr<unsigned char, void (*)(void*)> pixels(
        io::stb::stbi_load_from_memory(bytes, size, &width, &height, &found, channels), &io::stb::stbi_image_free);
    if (!pixels) refuse_by_stb();
    const shape extents(height, width, channels > 0 ? channels : found);
    return tensor<std::uint8_t, dyn, dyn, dyn>::from(
        extents, std::span<const std::uint8_t>(pixels.get(), static_cast<std::size_t>(extents.count())));
}

/// Reads an image, PNG or JPEG.
///
/// shapes    (height, width, channels): 1 grey, 2 grey and alpha, 3 red, green, blue, 4 these and alpha; as many as the
///           file has, or as are asked for
/// units     0 .. 255; of 16 bits the upper 8
/// errors    file_error with the path, of JPEG's frame also the byte: absent, neither of the two formats, damaged or
///           truncated; invalid_argument: channels other than 0 .. 4
/// edge      Alpha that is not asked for is dropped. Orientations of EXIF and colour profiles are not applied. No
///           checksum is compared.
/// source    https://github.com/nothings/stb
/// test      tests/data/images_test.cpp
inline tensor<std::uint8_t, dyn, dyn, dyn> read_image(const std::filesystem::path& path, int channels = 0) {
    return decode_image(read_raw_file(path), channels, path.string());
}

}  // namespace telar::inline TELAR_ABI
