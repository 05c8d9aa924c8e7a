// PNG files as RGB of 8 bits, over libpng's simplified interface.
//
//     RgbImage image = read_png("in.png");  // pixels[(row * width + column) * 3 + channel]
//     write_png("out.png", image);
//
// Both throw std::runtime_error, which names the file.
#pragma once

#include <png.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

struct RgbImage {
    std::int64_t width = 0, height = 0;
    std::vector<std::uint8_t> pixels;
};

inline RgbImage read_png(const std::string &path) {
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&header, path.c_str()) == 0) {
        throw std::runtime_error(path + ": " + header.message);
    }
    header.format = PNG_FORMAT_RGB;
    RgbImage image{header.width, header.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(header))};
    if (png_image_finish_read(&header, nullptr, image.pixels.data(), 0, nullptr) == 0) {
        throw std::runtime_error(path + ": " + header.message);
    }
    return image;
}

inline void write_png(const std::string &path, const RgbImage &image) {
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    header.width = static_cast<png_uint_32>(image.width);
    header.height = static_cast<png_uint_32>(image.height);
    header.format = PNG_FORMAT_RGB;
    if (png_image_write_to_file(&header, path.c_str(), 0, image.pixels.data(), 0, nullptr) == 0) {
        throw std::runtime_error(path + ": " + header.message);
    }
}
