// Dtypes of libraries: what DTYPES come to, and how a call finds the kernels of its own.
#include <axnorm_default.h>
#include <gtest/gtest.h>

#include <array>
#include <span>

#include "generators/library/resolve.h"
#include "reference/tensors.h"

namespace axnorm::test {
namespace {

using build::parse_request;
using build::resolve;
using build::Resolved;

TEST(LibraryDTypes, ArePartOfTheNames) {
    const Resolved library = resolve(
        "my_norms", parse_request({"CANONICAL", "KERNEL", "b c -> b", "DTYPES", "float64", "bfloat16:float32"}));
    ASSERT_EQ(library.lines.size(), 1u);
    EXPECT_EQ(library.lines[0].dtypes,
              (std::vector<DTypePair>{{DType::float64, DType::float64}, {DType::bfloat16, DType::float32}}));
    ASSERT_EQ(library.rows.size(), (1u + 5u) + (2u + 5u));
    EXPECT_EQ(library.rows[0].name, "my_norms_mean_var_kr_f64");  // rows by dtypes, exact kernels first
    EXPECT_EQ(library.rows[6].name, "my_norms_mean_var_kr_bf16_f32");
    // What another line has already is not listed again, and not compiled again.
    const Resolved more = resolve(
        "my_norms", parse_request({"KERNEL", "b c -> b", "KERNEL", "b c -> b", "DTYPES", "float16", "float32"}));
    ASSERT_EQ(more.lines.size(), 2u);
    EXPECT_EQ(more.lines[1].dtypes, (std::vector<DTypePair>{{DType::float16, DType::float16}}));
    EXPECT_EQ(more.functions.size(), 4u);  // kr and kr-128
}

// The kernels of a statistic and dtypes are found without a look at the others, and in the order of the table.
TEST(LibraryDTypes, KernelsByStatisticAndDTypes) {
    std::size_t found = 0;
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
        for (const DTypePair dtypes : default_dtypes()) {
            const std::span<const Kernel> some = axnorm_default::library.kernels(statistic, dtypes);
            EXPECT_FALSE(some.empty());
            for (const Kernel &kernel : some) {
                EXPECT_TRUE(kernel.statistic == statistic && kernel.dtypes == dtypes) << kernel.name;
            }
            found += some.size();
        }
    }
    EXPECT_EQ(found, axnorm_default::library.kernels().size());
    EXPECT_TRUE(axnorm_default::library.kernels(Statistic::rms, {DType::float16, DType::float64}).empty());
    // A table in another order has all of them, and others.
    const std::span<const Kernel> all = axnorm_default::library.kernels();
    const std::array mixed = {all.front(), all.back(), all.front()};
    const Library other("other", mixed);
    EXPECT_EQ(other.kernels(all.front().statistic, all.front().dtypes).size(), 3u);
    EXPECT_EQ(other.kernels(all.back().statistic, all.back().dtypes).size(), 1u);
}

}  // namespace
}  // namespace axnorm::test
