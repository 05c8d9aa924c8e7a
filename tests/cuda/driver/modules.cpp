#include <algorithm>
#include <cstdio>
#include <cstring>

#include "driver.h"

namespace axnorm::fake_cuda {

namespace {
constexpr int shared_without_asking = 49152;

// Where the caller wants the text of errors.
struct ErrorLog {
    char *buffer = nullptr;
    std::size_t size = 0;
    void **size_option = nullptr;  // takes the number of bytes written

    void write(const std::string &text) {
        if (buffer == nullptr || size == 0) {
            return;
        }
        const std::size_t length = std::min(text.size(), size - 1);
        std::memcpy(buffer, text.data(), length);
        buffer[length] = '\0';
        if (size_option != nullptr) {
            *size_option = reinterpret_cast<void *>(length + 1);
        }
    }
};

bool read_options(unsigned count, const CUjit_option *options, void **values, ErrorLog &log) {
    if (count != 0 && (options == nullptr || values == nullptr)) {
        return false;
    }
    for (unsigned k = 0; k < count; ++k) {
        if (options[k] == CU_JIT_ERROR_LOG_BUFFER) {
            log.buffer = static_cast<char *>(values[k]);
        } else if (options[k] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) {
            log.size = reinterpret_cast<std::uintptr_t>(values[k]);
            log.size_option = &values[k];
        } else if (options[k] == CU_JIT_INFO_LOG_BUFFER && values[k] != nullptr) {
            *static_cast<char *>(values[k]) = '\0';
        } else if (options[k] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES) {
            values[k] = nullptr;
        } else if (options[k] < 0 || options[k] > 36) {
            return false;
        }
    }
    return true;
}

// Versions of PTX go with those of drivers: 7.0 came with CUDA 11.0, 8.0 with 12.0.
std::uint32_t newest_ptx(int driver_version) {
    const int major = driver_version / 1000, minor = driver_version % 1000 / 10;
    return static_cast<std::uint32_t>(major >= 13   ? 90 + minor
                                      : major == 12 ? 80 + std::min(minor, 9)
                                                    : 70 + std::min(minor, 9));
}

CUresult check_target(const Driver &d, const ptx::Program &program) {
    if (program.version > newest_ptx(d.settings.driver_version)) {
        throw ptx::InvalidPtx(1, "the driver does not know this version of PTX");
    }
    if (program.target > static_cast<std::uint32_t>(d.settings.major * 10 + d.settings.minor)) {
        throw ptx::InvalidPtx(1, "sm_" + std::to_string(program.target) + " is above the device's compute capability");
    }
    return CUDA_SUCCESS;
}

void place_variables(Context &context, ptx::Program &program) {
    for (const auto &variable : program.variables) {
        if (variable->space == ptx::Space::global || variable->space == ptx::Space::constant) {
            const bool writable = variable->space == ptx::Space::global;
            variable->address = context.memory.allocate(variable->size, variable->alignment, writable);
        }
    }
}

void release_variables(Context &context, const ptx::Program &program) {
    for (const auto &variable : program.variables) {
        context.memory.release(variable->address);
    }
}

void fill_variables(Context &context, const ptx::Program &program) {
    for (const auto &variable : program.variables) {
        if (const ptx::Region *const region = context.memory.find(variable->address, variable->size);
            region != nullptr && variable->space != ptx::Space::shared) {
            std::ranges::copy(variable->initial, region->bytes.get());
        }
    }
}

// A module that is not alive yet if something is wrong.
CUresult load(Driver &d, Context &context, const char *text, ErrorLog &log, CUmodule *result) {
    if (std::strncmp(text, "\177ELF", 4) == 0 || static_cast<unsigned char>(text[0]) == 0x50) {
        d.report("an image of machine code, not PTX");
        return CUDA_ERROR_INVALID_IMAGE;
    }
    ptx::Program program;
    try {
        program = ptx::parse(text);
        check_target(d, program);
        place_variables(context, program);
        program.link();
        fill_variables(context, program);
    } catch (const ptx::InvalidPtx &error) {
        release_variables(context, program);
        d.report(std::string("PTX, ") + error.what());
        log.write(error.what());
        const bool version = program.version > newest_ptx(d.settings.driver_version);
        return version ? CUDA_ERROR_UNSUPPORTED_PTX_VERSION : CUDA_ERROR_INVALID_PTX;
    }
    log.write("");
    Module *const module = d.modules.make();
    module->context = &context;
    module->program = std::move(program);
    *result = reinterpret_cast<CUmodule>(module);
    return CUDA_SUCCESS;
}

CUresult load_module(Driver &d, Context &context, CUmodule *module, const void *image, unsigned count,
                     const CUjit_option *options, void **values) {
    ErrorLog log;
    if (module == nullptr || image == nullptr || !read_options(count, options, values, log)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (const CUresult refused = refuse_unsafe(d); refused != CUDA_SUCCESS) {
        return refused;
    }
    return load(d, context, static_cast<const char *>(image), log, module);
}

Function *function_of(Driver &d, Module &module, const ptx::Function &code) {
    Function *&result = module.functions[code.name];
    if (result == nullptr) {
        result = d.functions.make();
        result->module = &module;
        result->code = &code;
        result->most_dynamic_shared = shared_without_asking - static_cast<int>(code.static_shared);
    }
    return result;
}

CUresult set_attribute(const Driver &d, Function &function, CUfunction_attribute attribute, int value) {
    switch (attribute) {
        case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: {
            const int most =
                most_shared(d, function.module->context->device) - static_cast<int>(function.code->static_shared);
            if (value < 0 || value > most) {
                return CUDA_ERROR_INVALID_VALUE;
            }
            function.most_dynamic_shared = value;
            return CUDA_SUCCESS;
        }
        case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
            return value >= -1 && value <= 100 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
        default: return CUDA_ERROR_INVALID_VALUE;
    }
}

CUresult get_attribute(const Driver &d, const Function &function, CUfunction_attribute attribute, int &value) {
    const ptx::Function &code = *function.code;
    switch (attribute) {
        case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: value = static_cast<int>(code.max_threads); break;
        case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: value = static_cast<int>(code.static_shared); break;
        case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES: value = 0; break;
        case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: value = static_cast<int>(code.local_bytes); break;
        case CU_FUNC_ATTRIBUTE_NUM_REGS: value = 32; break;
        case CU_FUNC_ATTRIBUTE_PTX_VERSION: value = static_cast<int>(function.module->program.target); break;
        case CU_FUNC_ATTRIBUTE_BINARY_VERSION: value = d.settings.major * 10 + d.settings.minor; break;
        case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA: value = 0; break;
        case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: value = function.most_dynamic_shared; break;
        case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: value = -1; break;
        default: return CUDA_ERROR_INVALID_VALUE;
    }
    return CUDA_SUCCESS;
}
}  // namespace

}  // namespace axnorm::fake_cuda

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
    return call_in_context("cuModuleLoadData", [=](Driver &d, Context &context) {
        return load_module(d, context, module, image, 0, nullptr, nullptr);
    });
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, CUjit_option *options, void **values) {
    return call_in_context("cuModuleLoadDataEx", [=](Driver &d, Context &context) {
        return load_module(d, context, module, image, count, options, values);
    });
}

CUresult cuModuleUnload(CUmodule module) {
    return call_in_context("cuModuleUnload", [=](Driver &d, Context &) {
        Module *const found = d.modules.find(module);
        if (found == nullptr) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        release_variables(*found->context, found->program);
        found->alive = false;
        for (const auto &[name, function] : found->functions) {
            function->alive = false;
        }
        found->program = {};
        return CUDA_SUCCESS;
    });
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
    return call_in_context("cuModuleGetFunction", [=](Driver &d, Context &) {
        Module *const found = d.modules.find(module);
        if (function == nullptr || name == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (found == nullptr) {
            return CUDA_ERROR_INVALID_HANDLE;
        }
        const axnorm::ptx::Function *const entry = found->program.entry(name);
        if (entry == nullptr) {
            return CUDA_ERROR_NOT_FOUND;
        }
        *function = reinterpret_cast<CUfunction>(function_of(d, *found, *entry));
        return CUDA_SUCCESS;
    });
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr *address, std::size_t *bytes, CUmodule module, const char *name) {
    return call_in_context("cuModuleGetGlobal_v2", [=](Driver &d, Context &) {
        Module *const found = d.modules.find(module);
        if (found == nullptr || name == nullptr) {
            return name == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
        }
        const axnorm::ptx::Variable *const variable = found->program.variable(name);
        if (variable == nullptr || variable->space == axnorm::ptx::Space::shared) {
            return CUDA_ERROR_NOT_FOUND;
        }
        if (address != nullptr) {
            *address = variable->address;
        }
        if (bytes != nullptr) {
            *bytes = variable->size;
        }
        return CUDA_SUCCESS;
    });
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
    return call_in_context("cuFuncSetAttribute", [=](Driver &d, Context &) {
        Function *const found = d.functions.find(function);
        return found == nullptr ? CUDA_ERROR_INVALID_HANDLE : set_attribute(d, *found, attribute, value);
    });
}

CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function) {
    return call_in_context("cuFuncGetAttribute", [=](Driver &d, Context &) {
        Function *const found = d.functions.find(function);
        if (value == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        return found == nullptr ? CUDA_ERROR_INVALID_HANDLE : get_attribute(d, *found, attribute, *value);
    });
}
