// flags: -fsanitize=undefined
// flags: -fsanitize=address,undefined
// flags: -fsanitize=thread
// Everything of the public headers that is a constant expression is one with sanitizers, too: g++ takes comparisons
// with null pointers for no constants there (GCC bug 71962). What a generated header has is here as well.
#include <axnorm/axnorm.h>

using namespace axnorm;

constexpr const Pattern &group_norm = pattern<"b (g n) h w -> b g", "(g n)">;
constexpr const Pattern &others = pattern<"b ... 3 c d -> 1 (b ...)", "(3 c) d">;
static_assert(group_norm.find("n") == 2 && others.find("...") == others.ellipsis);
static_assert(Letters("krKR-32").reduced_count == 2);
static_assert(FixedString("b c").view() == "b c");

inline constexpr KernelLine lines[] = {
    {"b c -> b", "", "b c", Statistic::mean_var, "kr", {{DType::float32, DType::bfloat16}}, {Device::cpu}},
};
static_assert(lines[0].statistic == Statistic::mean_var);

void normalize_all(const float *x, float *y, const float *s) {
    const Extents shape{2, 8, 4, 4};
    normalize<"b (g n) h w -> b g", "(g n)">({x, shape}, {y, shape}, {.scale = {s, {8}}, .eps = 1e-5}, axis<"g"> = 4);
    normalize<"b ... c -> b ...", "c">({x, shape}, {y, shape}, {.statistic = Statistic::rms});
    normalize("b c h w -> c", "c", {x, shape}, {y, shape});
}
