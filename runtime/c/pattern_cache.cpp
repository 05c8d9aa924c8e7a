#include "pattern_cache.h"

#include "axnorm/parse.h"

namespace axnorm::c_api {

PatternCache &PatternCache::of_this_thread() {
    static constinit thread_local PatternCache cache;
    return cache;
}

bool PatternCache::Entry::holds(std::string_view text, std::string_view params) const {
    return text_size == text.size() && params_size == params.size() && text_size != 0 &&
           text == std::string_view(texts.data(), text_size) &&
           params == std::string_view(texts.data() + text_size, params_size);
}

void PatternCache::Entry::parse(std::string_view text, std::string_view params) {
    text_size = params_size = 0;  // until it is parsed
    char *const end = std::copy(text.begin(), text.end(), texts.data());
    std::copy(params.begin(), params.end(), end);
    pattern = axnorm::parse({texts.data(), text.size()}, {end, params.size()});
    text_size = text.size();
    params_size = params.size();
}

const Pattern &PatternCache::get(std::string_view text, std::string_view params) {
    for (const Entry &entry : entries_) {
        if (entry.holds(text, params)) {
            return entry.pattern;
        }
    }
    Entry &entry = entries_[oldest_];
    if (text.size() + params.size() > entry.texts.size()) {
        return uncached_ = parse(text, params);
    }
    entry.parse(text, params);
    oldest_ = (oldest_ + 1) % entries_.size();
    return entry.pattern;
}

}  // namespace axnorm::c_api
