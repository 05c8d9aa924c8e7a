// Thresholds of the runtime from a file: what it may say, what is told where it is wrong, and that no bit depends on
// it.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "runtime/tuning/thresholds.h"
#include "systems.h"

namespace axnorm::test {
namespace {

class TuningFile : public testing::Test {
  protected:
    TuningFile() : path_(testing::TempDir() + "axnorm_" + std::to_string(::getpid()) + ".tuning") {}
    ~TuningFile() override {
        std::remove(path_.c_str());
        use_thresholds({});
    }

    void load(const std::string &text) const {
        std::ofstream(path_) << text;
        load_tuning(path_);
    }

    // The message without the path before it, "" where the file is taken.
    std::string refusal_of(const std::string &text) const {
        try {
            load(text);
            return "";
        } catch (const Error &error) {
            const std::string message = error.what(), begin = "axnorm: " + path_;
            EXPECT_TRUE(message.starts_with(begin)) << message;
            return message.substr(begin.size());
        }
    }

    std::string path_;
};

TEST_F(TuningFile, IsTaken) {
    load("# of a machine\n\n  threaded_elements = 1000  # few\r\nstreamed_share=1.5\nrow_groups = 256");
    EXPECT_EQ(thresholds().threaded_elements, 1000);
    EXPECT_EQ(thresholds().streamed_share, 1.5);
    EXPECT_EQ(thresholds().row_groups, 256);
    EXPECT_EQ(thresholds().task_elements, Thresholds{}.task_elements);
    load("");  // what it does not mention is as usual
    EXPECT_EQ(thresholds().threaded_elements, Thresholds{}.threaded_elements);
}

TEST_F(TuningFile, EachThresholdHasItsRow) {
    for (const ThresholdRow &row : threshold_rows()) {
        const double usual = row.value(Thresholds{});
        EXPECT_TRUE((row.count == nullptr) != (row.factor == nullptr)) << row.name;
        EXPECT_TRUE(usual >= row.least && usual <= row.most) << row.name;
        const auto [from, to, step] = row.tried;
        EXPECT_TRUE(step == 0 || (step > 1 && row.least <= from && from <= usual && usual <= to && to <= row.most))
            << row.name;
        const double other = row.count == nullptr ? usual / 2 : usual + static_cast<double>(row.multiple_of);
        load(std::string(row.name) + " = " + text_of(other));
        EXPECT_EQ(row.value(thresholds()), other) << row.name;
        EXPECT_EQ(refusal_of(std::string(row.name) + " = " + text_of(usual)), "") << row.name;
    }
    // One field, one row: 10 counts and 4 factors of 8 bytes.
    EXPECT_EQ(threshold_rows().size() * 8, sizeof(Thresholds));
}

TEST_F(TuningFile, IsRefusedByItsLine) {
    load("threaded_elements = 1000");
    EXPECT_EQ(refusal_of("threaded_elements"), ":1: 'threaded_elements' is not `name = value`");
    EXPECT_TRUE(refusal_of("# x\nthreads = 3")
                    .starts_with(":2: there is no threshold 'threads'; there are threaded_elements, row_groups,"));
    EXPECT_EQ(refusal_of("row_groups = 128\nrow_groups = 128"), ":2: row_groups is there twice");
    EXPECT_EQ(refusal_of("row_groups = 200"),
              ":1: row_groups is '200', it has to be a whole number, a multiple of 128, from 128 to 1048576");
    EXPECT_EQ(refusal_of("tasks_of_thread = 2.5"),
              ":1: tasks_of_thread is '2.5', it has to be a whole number from 1 to 64");
    EXPECT_EQ(refusal_of("tasks_of_thread = 65"),
              ":1: tasks_of_thread is '65', it has to be a whole number from 1 to 64");
    EXPECT_EQ(refusal_of("streamed_share = nan"), ":1: streamed_share is 'nan', it has to be a number from 0 to 1e+06");
    EXPECT_EQ(refusal_of("streamed_share = 1,5"), ":1: streamed_share is '1,5', it has to be a number from 0 to 1e+06");
    EXPECT_EQ(refusal_of("streamed_share ="), ":1: streamed_share is '', it has to be a number from 0 to 1e+06");
    EXPECT_EQ(thresholds().threaded_elements, 1000);  // as it was
    EXPECT_THROW(load_tuning(path_ + ".none"), Error);
    EXPECT_THROW(load_tuning(testing::TempDir()), Error);  // a folder
}

// Each threshold at both of its ends, for calls that are large enough for threads, tasks, streaming and parts.
TEST_F(TuningFile, ChangesNoBit) {
    const auto results = [] {
        std::vector<Values> all;
        for (const System &system : systems()) {
            const Shape shape = system.shape(3, 12, 37, 61);
            Call call(system, shape, 4, normal(product(shape), 3, 2, 61), {});
            call.options.parallel.threads = 3;
            call.run();
            for (const Tensor *tensor : {&call.y, &call.mean, &call.rstd}) {
                all.push_back(tensor->get());
            }
        }
        return all;
    };
    const std::vector<Values> usual = results();
    for (const ThresholdRow &row : threshold_rows()) {
        for (const double value : {row.least, row.most}) {
            Thresholds other;
            if (row.count != nullptr) {
                other.*row.count = static_cast<std::int64_t>(value);
            } else {
                other.*row.factor = value;
            }
            use_thresholds(other);
            const std::vector<Values> now = results();
            for (std::size_t i = 0; i < usual.size(); ++i) {
                EXPECT_TRUE(same_bits(usual[i], now[i])) << row.name << " = " << value;
            }
        }
    }
}

}  // namespace
}  // namespace axnorm::test
