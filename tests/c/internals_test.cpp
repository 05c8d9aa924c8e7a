// Parts of the C interface that no call reaches on purpose: exceptions of other kinds, and the cache of patterns.
#include <axnorm.h>
#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <stdexcept>

#include "axnorm/error.h"
#include "runtime/c/last_error.h"
#include "runtime/c/pattern_cache.h"

namespace axnorm::c_api {
namespace {

TEST(CGuard, EveryExceptionBecomesACode) {
    EXPECT_EQ(guarded([] {}), AXNORM_OK);
    EXPECT_EQ(guarded([] { throw Error("p", ErrorCode::pattern); }), AXNORM_ERROR_PATTERN);
    EXPECT_EQ(guarded([] { throw Error("a"); }), AXNORM_ERROR_ARGUMENT);
    EXPECT_EQ(guarded([] { throw Error("u", ErrorCode::unsupported); }), AXNORM_ERROR_UNSUPPORTED);
    EXPECT_EQ(guarded([] { throw Error("k", ErrorCode::kernel); }), AXNORM_ERROR_KERNEL);
    EXPECT_STREQ(last_error(), "axnorm: k");
    EXPECT_EQ(guarded([] { throw std::bad_alloc(); }), AXNORM_ERROR_MEMORY);
    EXPECT_STREQ(last_error(), "axnorm: out of memory");
    EXPECT_EQ(guarded([] { throw std::length_error("too long"); }), AXNORM_ERROR_INTERNAL);
    EXPECT_STREQ(last_error(), "too long");
    EXPECT_EQ(guarded([] { throw 1; }), AXNORM_ERROR_INTERNAL);
    EXPECT_STREQ(last_error(), "axnorm: an unknown exception");
}

TEST(CGuard, LongMessagesAreCut) {
    guarded([] { throw std::runtime_error(std::string(4095, 'x')); });
    EXPECT_EQ(std::string(last_error()), std::string(4095, 'x'));
    guarded([] { throw std::runtime_error(std::string(4096, 'x')); });
    EXPECT_EQ(std::string(last_error()), std::string(4092, 'x') + "...");
}

TEST(CPatternCache, KeepsWhatWasUsedLast) {
    PatternCache cache;
    const Pattern *const first = &cache.get("b c -> b", "c");
    EXPECT_EQ(first->axis_count, 2);
    EXPECT_EQ(&cache.get("b c -> b", "c"), first);
    const Pattern *const others[] = {&cache.get("b c -> b", ""), &cache.get("b c -> c", "c"),
                                     &cache.get("b c h -> c", "c")};
    EXPECT_EQ(&cache.get("b c -> b", "c"), first);
    EXPECT_NE(&cache.get("b c -> b", ""), first);
    EXPECT_EQ(&cache.get("b c -> b", ""), others[0]);
    // A fifth one takes the place of the first.
    const Pattern &fifth = cache.get("t -> ", "");
    EXPECT_EQ(&fifth, first);
    EXPECT_EQ(fifth.axis_count, 1);
    EXPECT_EQ(cache.get("b c -> b", "c").params_text, "c");
}

// The pattern refers to a copy: a caller's text may go, or change.
TEST(CPatternCache, OwnsItsTexts) {
    PatternCache cache;
    char text[] = "b c -> b", params[] = "c";
    const Pattern &pattern = cache.get(text, params);
    std::memset(text, '!', 8);
    params[0] = '!';
    EXPECT_EQ(pattern.text, "b c -> b");
    EXPECT_EQ(pattern.params_text, "c");
    EXPECT_EQ(pattern.find("c"), 1);
    // Where one text ends and the other begins matters.
    EXPECT_EQ(cache.get("a b ->", "a").params_text, "a");
    EXPECT_EQ(cache.get("a b ->a", "").params_text, "");
    EXPECT_TRUE(cache.get("a b ->a", "").axes[0].kept);
    EXPECT_FALSE(cache.get("a b ->", "a").axes[0].kept);
}

TEST(CPatternCache, WrongAndLongPatterns) {
    PatternCache cache;
    for (int i = 0; i < 6; ++i) {
        EXPECT_THROW(cache.get("b c -> k", ""), Error);
        EXPECT_THROW(cache.get("", ""), Error);
    }
    EXPECT_EQ(cache.get("b c -> b", "").axis_count, 2);
    const std::string blanks(200, ' '), text = "b c" + blanks + "-> b", wrong = "b c" + blanks + "-> k";
    EXPECT_EQ(cache.get(text, "c").text, text);
    EXPECT_EQ(cache.get("b c -> b", "c" + blanks).axis_count, 2);
    EXPECT_THROW(cache.get(wrong, ""), Error);
    // 160 characters are kept, 161 are not.
    const std::string full = "b c -> b" + std::string(152, ' ');
    EXPECT_EQ(&cache.get(full, ""), &cache.get(full, ""));
    EXPECT_NE(cache.get(full, "").text.data(), full.data());
    EXPECT_EQ(cache.get(full + " ", "").axis_count, 2);
}

}  // namespace
}  // namespace axnorm::c_api
