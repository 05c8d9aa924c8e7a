/* The header in C99, and calls through it with results that are known. The program links the shared library alone. */
#include <axnorm.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                                                  \
    do {                                                                                                  \
        if (!(condition)) {                                                                               \
            printf("%s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition, axnorm_last_error()); \
            ++failures;                                                                                   \
        }                                                                                                 \
    } while (0)

static DLTensor tensor(float *data, int ndim, int64_t *shape) {
    DLTensor result;
    memset(&result, 0, sizeof(result));
    result.data = data;
    result.device.device_type = kDLCPU;
    result.ndim = ndim;
    result.dtype.code = kDLFloat;
    result.dtype.bits = 32;
    result.dtype.lanes = 1;
    result.shape = shape;
    return result;
}

static void test_layer_norm(void) {
    int64_t shape[] = {2, 2}, rows[] = {2}, columns[] = {2};
    float in[] = {-1, 1, 4, 8}, out[4] = {0}, scale_data[] = {2, 3}, shift_data[] = {10, 20}, means[2], rstds[2];
    DLTensor x = tensor(in, 2, shape), y = tensor(out, 2, shape);
    DLTensor scale = tensor(scale_data, 1, columns), shift = tensor(shift_data, 1, columns);
    DLTensor mean = tensor(means, 1, rows), rstd = tensor(rstds, 1, rows);
    axnorm_options options = AXNORM_OPTIONS_INIT;
    CHECK(options.eps == 1e-5 && options.statistic == AXNORM_MEAN_VAR && options.threads == 0);
    options.eps = 0;
    options.scale = &scale;
    options.shift = &shift;
    options.mean = &mean;
    options.rstd = &rstd;
    CHECK(axnorm_normalize("b c -> b", "c", &x, &y, NULL, 0, &options) == AXNORM_OK);
    CHECK(out[0] == 8 && out[1] == 23 && out[2] == 8 && out[3] == 23);
    CHECK(means[0] == 0 && means[1] == 6 && rstds[0] == 1 && rstds[1] == 0.5f);
}

static void test_group_norm_in_place(void) {
    int64_t shape[] = {1, 4, 1};
    float data[] = {-1, 1, 3, 5};
    DLTensor x = tensor(data, 3, shape);
    axnorm_length groups;
    axnorm_options options = AXNORM_OPTIONS_INIT;
    groups.name = "g";
    groups.length = 2;
    options.eps = 0;
    CHECK(axnorm_normalize("b (g n) t -> b g", NULL, &x, &x, &groups, 1, &options) == AXNORM_OK);
    CHECK(data[0] == -1 && data[1] == 1 && data[2] == -1 && data[3] == 1);
}

static void test_statistics(void) {
    int64_t shape[] = {2}, none[] = {0};
    float in[] = {3, 3}, out[2], mean_data[] = {1}, rstd_data[] = {0.5f};
    DLTensor x = tensor(in, 1, shape), y = tensor(out, 1, shape);
    DLTensor mean = tensor(mean_data, 0, NULL), rstd = tensor(rstd_data, 0, none);
    axnorm_options options = AXNORM_OPTIONS_INIT;
    options.statistic = AXNORM_GIVEN;
    options.given_mean = &mean;
    options.given_rstd = &rstd;
    CHECK(axnorm_normalize("a ->", "", &x, &y, NULL, 0, &options) == AXNORM_OK);
    CHECK(out[0] == 1 && out[1] == 1);
    options.statistic = AXNORM_RMS;
    options.given_mean = options.given_rstd = NULL;
    options.eps = 7;
    CHECK(axnorm_normalize("a ->", "", &x, &y, NULL, 0, &options) == AXNORM_OK);
    CHECK(out[0] == 0.75f && out[1] == 0.75f);
}

static void test_shapes(void) {
    int64_t shape[] = {8, 128, 64, 64}, result[AXNORM_MAX_NDIM] = {0};
    int ndim = 0;
    axnorm_length groups;
    groups.name = "g";
    groups.length = 32;
    CHECK(axnorm_statistics_shape("b (g n) h w -> b g", "(g n)", 4, shape, &groups, 1, &ndim, result) == AXNORM_OK);
    CHECK(ndim == 2 && result[0] == 8 && result[1] == 32);
    CHECK(axnorm_params_shape("b (g n) h w -> b g", "(g n)", 4, shape, &groups, 1, &ndim, result) == AXNORM_OK);
    CHECK(ndim == 1 && result[0] == 128);
}

static void test_workspace(void) {
    int64_t shape[] = {2, 2};
    float in[] = {1, 2, 3, 4}, out[] = {5, 6, 7, 8};
    size_t size = 1;
    DLTensor x = tensor(in, 2, shape), y = tensor(out, 2, shape);
    CHECK(axnorm_workspace_size("b c -> b", NULL, &x, &y, NULL, 0, NULL, &size) == AXNORM_OK);
    CHECK(size == 0 && out[0] == 5);
    CHECK(axnorm_release_workspaces(0) == AXNORM_OK);
}

static void test_errors(void) {
    int64_t shape[] = {2, 2};
    float in[] = {1, 2, 3, 4}, out[] = {5, 6, 7, 8};
    DLTensor x = tensor(in, 2, shape), y = tensor(out, 2, shape);
    CHECK(axnorm_check_pattern("b c -> b", "c") == AXNORM_OK);
    CHECK(axnorm_check_pattern("b c -> k", NULL) == AXNORM_ERROR_PATTERN);
    CHECK(strstr(axnorm_last_error(), "unknown axis") != NULL);
    CHECK(axnorm_normalize("b c h -> b", NULL, &x, &y, NULL, 0, NULL) == AXNORM_ERROR_ARGUMENT);
    CHECK(strstr(axnorm_last_error(), "rank mismatch") != NULL);
    x.dtype.code = kDLInt;
    CHECK(axnorm_normalize("b c -> b", NULL, &x, &y, NULL, 0, NULL) == AXNORM_ERROR_UNSUPPORTED);
    CHECK(strstr(axnorm_last_error(), "int32") != NULL);
    CHECK(out[0] == 5 && out[1] == 6 && out[2] == 7 && out[3] == 8);
}

static void test_library(void) {
    char text[32];
    CHECK(axnorm_version() == 10000 * AXNORM_VERSION_MAJOR + 100 * AXNORM_VERSION_MINOR + AXNORM_VERSION_PATCH);
    sprintf(text, "%d.%d.%d", AXNORM_VERSION_MAJOR, AXNORM_VERSION_MINOR, AXNORM_VERSION_PATCH);
    CHECK(strcmp(axnorm_version_string(), text) == 0);
    CHECK(axnorm_cpu_isa() != NULL);
    CHECK(axnorm_set_num_threads(2) == AXNORM_OK && axnorm_num_threads() == 2);
    CHECK(axnorm_set_num_threads(0) == AXNORM_ERROR_ARGUMENT && axnorm_num_threads() == 2);
}

int main(void) {
    CHECK(strcmp(axnorm_last_error(), "") == 0);
    test_layer_norm();
    test_group_norm_in_place();
    test_statistics();
    test_shapes();
    test_workspace();
    test_errors();
    test_library();
    printf(failures == 0 ? "passed\n" : "%d checks failed\n", failures);
    return failures != 0;
}
