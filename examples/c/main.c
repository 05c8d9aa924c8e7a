// Layer norm and group norm over DLPack tensors, compared with plain loops, and an error.
#include <axnorm.h>
#include <math.h>
#include <stdio.h>

enum { batch = 2, height = 6, width = 5, channels = 128, groups = 32 };
enum { image = height * width * channels, count = batch * image };

static float x[count], y[count], scale[channels], shift[channels];

static DLTensor tensor(float *data, int ndim, int64_t *shape, int64_t *strides) {
    DLTensor result = {data, {kDLCPU, 0}, ndim, {kDLFloat, 32, 1}, shape, strides, 0};
    return result;
}

// What the group of `size` channels of an image should be, and how far off y is.
static double difference_in_group(int first, int end, int size) {
    double sum = 0, squares = 0, largest = 0, n = 0;
    for (int i = first; i < end; i += channels) {
        for (int c = 0; c < size; ++c, ++n) {
            sum += x[i + c];
        }
    }
    const double mean = sum / n;
    for (int i = first; i < end; i += channels) {
        for (int c = 0; c < size; ++c) {
            squares += (x[i + c] - mean) * (x[i + c] - mean);
        }
    }
    const double rstd = 1 / sqrt(squares / n + 1e-5);
    for (int i = first; i < end; i += channels) {
        for (int c = 0; c < size; ++c) {
            const int channel = (i + c) % channels;
            const double difference = fabs((x[i + c] - mean) * rstd * scale[channel] + shift[channel] - y[i + c]);
            // NaN is as far off as can be.
            largest = fmax(largest, isnan(difference) ? HUGE_VAL : difference);
        }
    }
    return largest;
}

// Statistics over `elements` that follow each other in memory, in so many groups of channels.
static int agrees(const char *name, int elements, int group_count) {
    const int size = channels / group_count;
    double largest = 0;
    for (int first = 0; first < count; first += elements) {
        for (int g = 0; g < group_count; ++g) {
            const double difference = difference_in_group(first + g * size, first + elements, size);
            largest = fmax(largest, difference);
        }
    }
    printf("%-11s y = %.4f %.4f %.4f ..., largest difference %.1e\n", name, y[0], y[1], y[2], largest);
    return largest < 1e-5;
}

static int failed(void) {
    fprintf(stderr, "%s\n", axnorm_last_error());
    return 1;
}

int main(void) {
    for (int i = 0; i < count; ++i) {
        x[i] = 100 + (float)(i * 37 % 101) / 10;
    }
    for (int c = 0; c < channels; ++c) {
        scale[c] = 1 + (float)(c * 37 % 101) / 10;
        shift[c] = -5 + (float)(c * 37 % 101) / 10;
    }
    int64_t params_shape[] = {channels};
    const DLTensor scale_tensor = tensor(scale, 1, params_shape, NULL);
    const DLTensor shift_tensor = tensor(shift, 1, params_shape, NULL);
    axnorm_options options = AXNORM_OPTIONS_INIT;
    options.scale = &scale_tensor;
    options.shift = &shift_tensor;

    // Layer norm: each of the rows of so many channels.
    int64_t tokens_shape[] = {batch, height * width, channels};
    const DLTensor tokens_x = tensor(x, 3, tokens_shape, NULL);
    DLTensor tokens_y = tensor(y, 3, tokens_shape, NULL);
    if (axnorm_normalize("b t c -> b t", "c", &tokens_x, &tokens_y, NULL, 0, &options) != AXNORM_OK) {
        return failed();
    }
    int good = agrees("layer norm", channels, 1);

    // Group norm: the shape is NCHW, the strides say that it is stored NHWC.
    int64_t shape[] = {batch, channels, height, width}, strides[] = {image, 1, width * channels, channels};
    const DLTensor image_x = tensor(x, 4, shape, strides);
    DLTensor image_y = tensor(y, 4, shape, strides);
    const axnorm_length g = {"g", groups};
    if (axnorm_normalize("b (g n) h w -> b g", "(g n)", &image_x, &image_y, &g, 1, &options) != AXNORM_OK) {
        return failed();
    }
    good = agrees("group norm", image, groups) && good;

    // What cannot be done is refused, and says why.
    const int error = axnorm_normalize("b c h w -> k", NULL, &image_x, &image_y, NULL, 0, NULL);
    printf("error %d: %s\n", error, axnorm_last_error());
    return good && error == AXNORM_ERROR_PATTERN ? 0 : 1;
}
