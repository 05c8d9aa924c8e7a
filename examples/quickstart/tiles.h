// A picture as a batch of tiles, and back: a 4x4 grid, so that 160x120 pixels become b h w c = 16x30x40x3.
//
//     std::vector<float> x = cut_tiles(image);     // 0..255 -> 0..1
//     join_tiles(y, -2.5F, 2.5F, image);           // low..high -> 0..255, what lies outside is clamped
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "png_image.h"

inline constexpr std::int64_t grid = 4;

// b h w c of the batch that a picture makes.
inline std::array<std::int64_t, 4> tiles_shape(const RgbImage &image) {
    return {grid * grid, image.height / grid, image.width / grid, 3};
}

// Calls f(index into the tiles, index into the picture) for every value of the picture.
template <class F>
void for_each_value(const RgbImage &image, F f) {
    const auto [b, h, w, c] = tiles_shape(image);
    std::size_t in_tiles = 0;
    for (std::int64_t tile = 0; tile < b; ++tile) {
        for (std::int64_t i = 0; i < h; ++i) {
            for (std::int64_t j = 0; j < w * c; ++j) {
                const std::int64_t row = tile / grid * h + i;
                f(in_tiles++, static_cast<std::size_t>((row * image.width + tile % grid * w) * c + j));
            }
        }
    }
}

inline std::vector<float> cut_tiles(const RgbImage &image) {
    if (image.pixels.empty() || image.width % grid != 0 || image.height % grid != 0) {
        throw std::runtime_error("the picture's width and height have to be multiples of 4");
    }
    std::vector<float> tiles(image.pixels.size());
    for_each_value(image,
                   [&](std::size_t t, std::size_t p) { tiles[t] = static_cast<float>(image.pixels[p]) / 255.0F; });
    return tiles;
}

inline void join_tiles(const std::vector<float> &tiles, float low, float high, RgbImage &image) {
    for_each_value(image, [&](std::size_t t, std::size_t p) {
        const float unit = std::clamp((tiles[t] - low) / (high - low), 0.0F, 1.0F);
        image.pixels[p] = static_cast<std::uint8_t>(std::lround(unit * 255.0F));
    });
}
