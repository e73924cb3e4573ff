// Tests what the stand-ins refuse: driver_test. One check for each refusal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thread>
#include <vector>

#include "../../../cuda/arguments.h"
#include "stand_in.h"

extern "C" {
int cublasCreate_v2(void** handle);
int cublasDestroy_v2(void* handle);
int cublasSetStream_v2(void* handle, void* stream);
int cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes);
int cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a,
                 int type_a, int lda, const void* b, int type_b, int ldb, const void* beta, void* c, int type_c,
                 int ldc, int compute, int algorithm);
}

namespace {

int failures;

void check(bool holds, const char* what) {
  printf("%s: %s\n", what, holds ? "passed" : "FAILED");
  failures += !holds;
}

// A context, a stream and a block of device memory.
struct Session {
  CUcontext context;
  CUstream stream;
  CUdeviceptr block;
  static constexpr size_t kBytes = 4096;

  Session() {
    cuDevicePrimaryCtxRetain(&context, 0);
    cuCtxPushCurrent(context);
    cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
    cuMemAlloc(&block, kBytes);
  }
  ~Session() {
    cuDevicePrimaryCtxRelease(0);
    cuCtxPopCurrent(&context);
  }
  CUmodule module() const {
    const uint32_t image[4] = {0xba55ed50};
    CUmodule loaded = nullptr;
    cuModuleLoadData(&loaded, image);
    return loaded;
  }
  CUfunction function(const char* name) const {
    CUfunction found = nullptr;
    cuModuleGetFunction(&found, module(), name);
    return found;
  }
  // Launches widen_rows over one row.
  CUresult widen(const void* source, unsigned shared_bytes = 0, unsigned x = 1, unsigned y = 1, unsigned z = 1) const {
    WidenRowsArguments a = {};
    a.source = source;
    a.target = reinterpret_cast<float*>(block);
    a.pitch = a.float_pitch = 16;
    a.dim = 16;
    char arguments[256];
    memcpy(arguments, &a, sizeof a);
    void* parameters[] = {arguments};
    return cuLaunchKernel(function("widen_rows"), x, y, z, 128, 1, 1, shared_bytes, stream, parameters, nullptr);
  }
  void* device(size_t offset) const { return reinterpret_cast<void*>(block + offset); }
  int multiply(void* cublas, const void* a) const {
    const float one = 1, zero = 0;
    return cublasGemmEx(cublas, 1, 0, 4, 4, 4, &one, a, 0, 4, device(512), 0, 4, &zero, device(1024), 0, 4, 68, -1);
  }
};

void context() {
  CUdeviceptr address = 0;
  check(cuMemAlloc(&address, 8) == CUDA_ERROR_INVALID_CONTEXT, "a thread without a context");
  Session session;
  CUresult other = CUDA_SUCCESS;
  std::thread([&] { other = cuStreamSynchronize(session.stream); }).join();
  check(other == CUDA_ERROR_INVALID_CONTEXT, "a context that is current on another thread only");
  void* cublas = nullptr;
  int created = 0;
  std::thread([&] { created = cublasCreate_v2(&cublas); }).join();
  check(created != 0, "cuBLAS without a context");
  CUcontext popped = nullptr;
  cuCtxPopCurrent(&popped);
  check(cuCtxPopCurrent(&popped) == CUDA_ERROR_INVALID_CONTEXT, "a pop without a push");
  cuCtxPushCurrent(session.context);
}

void launches() {
  Session session;
  check(session.widen(session.device(0)) == CUDA_SUCCESS, "(a launch)");
  check(session.widen(session.device(0), 64 << 10) == CUDA_ERROR_INVALID_VALUE,
        "more dynamic shared memory than 48 KiB without consent");
  const CUfunction function = session.function("widen_rows");
  check(cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 200 << 10) ==
            CUDA_ERROR_INVALID_VALUE,
        "consent to more shared memory than there is");
  cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 64 << 10);
  check(session.widen(session.device(0), 64 << 10) == CUDA_SUCCESS, "(a launch with consent)");
  cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 48 << 10);
  const auto refused = [&](unsigned x, unsigned y, unsigned z) {
    return session.widen(session.device(0), 0, x, y, z) == CUDA_ERROR_INVALID_VALUE;
  };
  check(refused(0, 1, 1) && refused(1, 0, 1) && refused(1, 1, 0), "a grid without blocks");
  check(refused(1u << 31, 1, 1) && refused(1, 65536, 1) && refused(1, 1, 65536),
        "a grid of 2^31 blocks in x, or 65,536 in y or z");
  CUmodule module = nullptr;
  check(cuModuleLoadData(&module, "not a module") == CUDA_ERROR_INVALID_IMAGE, "an image that is no module");
  cuStreamSynchronize(session.stream);
}

void host_pointers() {
  std::vector<float> host(64);
  {
    Session session;
    session.widen(host.data());
    check(cuStreamSynchronize(session.stream) == CUDA_ERROR_ILLEGAL_ADDRESS, "a host pointer given to a kernel");
    check(cuStreamSynchronize(session.stream) == CUDA_ERROR_ILLEGAL_ADDRESS &&
              cuMemFree(session.block) == CUDA_ERROR_ILLEGAL_ADDRESS,
          "any call after the context has failed");
  }
  Session session;
  void* cublas = nullptr;
  cublasCreate_v2(&cublas);
  cublasSetStream_v2(cublas, session.stream);
  cublasSetWorkspace_v2(cublas, session.device(2048), 1024);
  check(session.multiply(cublas, session.device(0)) == 0 && cuStreamSynchronize(session.stream) == CUDA_SUCCESS,
        "(a product)");
  session.multiply(cublas, host.data());
  check(cuStreamSynchronize(session.stream) == CUDA_ERROR_ILLEGAL_ADDRESS, "a host pointer given to cuBLAS");
}

void two_users() {
  CUcontext other = nullptr;
  cuDevicePrimaryCtxRetain(&other, 0);
  std::vector<float> host(64);
  {
    Session session;
    session.widen(host.data());
    cuStreamSynchronize(session.stream);
  }
  CUdeviceptr address = 0;
  {
    Session again;
    check(cuMemAlloc(&address, 8) == CUDA_ERROR_ILLEGAL_ADDRESS, "a failed context that another user holds");
  }
  cuDevicePrimaryCtxRelease(0);
  Session session;
  check(cuMemAlloc(&address, 8) == CUDA_SUCCESS, "(a context after the last user of a failed one)");
}

void workspace() {
  Session session;
  void* cublas = nullptr;
  cublasCreate_v2(&cublas);
  cublasSetWorkspace_v2(cublas, session.device(2048), 1024);
  cublasSetStream_v2(cublas, session.stream);
  check(session.multiply(cublas, session.device(0)) != 0, "a stream set after the workspace");
  std::vector<char> host(1024);
  check(cublasSetWorkspace_v2(cublas, host.data(), host.size()) != 0, "a workspace in host memory");
  cublasDestroy_v2(cublas);
}

void copies() {
  Session session;
  std::vector<char> host(16384);
  char* page = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(host.data()) + 4095) / 4096 * 4096);
  check(cuMemHostRegister(page, 4096, 0) == CUDA_SUCCESS, "(a registration)");
  check(cuMemHostRegister(page, 4096, 0) == CUDA_ERROR_NOT_SUPPORTED, "every second registration");
  check(cuMemHostRegister(page + 100, 100, 0) == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED,
        "a registration of registered memory");
  check(cuMemcpyHtoDAsync(session.block, page + 100, 1000, session.stream) == CUDA_SUCCESS &&
            cuMemcpyHtoDAsync(session.block, page + 5000, 1000, session.stream) == CUDA_SUCCESS,
        "(copies inside and outside of a registration)");
  check(cuMemcpyHtoDAsync(session.block, page + 4000, 1000, session.stream) == CUDA_ERROR_INVALID_VALUE &&
            cuMemcpyDtoHAsync(page - 10, session.block, 20, session.stream) == CUDA_ERROR_INVALID_VALUE,
        "a copy across the edge of a registration");
  check(cuMemcpyHtoDAsync(session.block + 4000, page, 100, session.stream) == CUDA_ERROR_INVALID_VALUE,
        "a copy past the end of device memory");
  check(cuMemHostUnregister(page) == CUDA_ERROR_NOT_READY, "the end of a registration while copies are queued");
  cuStreamSynchronize(session.stream);
  check(cuMemHostUnregister(page) == CUDA_SUCCESS, "(the end of a registration)");
}

void frees() {
  Session session;
  CUdeviceptr other = 0;
  void* pinned = nullptr;
  cuMemAlloc(&other, 64);
  cuMemHostAlloc(&pinned, 64, 0);
  session.widen(reinterpret_cast<void*>(other));
  cuMemcpyDtoHAsync(pinned, session.block, 64, session.stream);
  check(cuMemFree(other) == CUDA_ERROR_NOT_READY, "a free of device memory that a queued kernel reads");
  check(cuMemFreeHost(pinned) == CUDA_ERROR_NOT_READY, "a free of pinned memory that a queued copy writes");
  check(cuStreamDestroy(session.stream) == CUDA_ERROR_NOT_READY, "the end of a stream with queued work");
  cuStreamSynchronize(session.stream);
  check(cuMemFree(other) == CUDA_SUCCESS && cuMemFreeHost(pinned) == CUDA_SUCCESS, "(frees)");
  check(cuMemFree(other) == CUDA_ERROR_INVALID_VALUE, "a second free");
}

}  // namespace

int main() {
  context();
  launches();
  host_pointers();
  two_users();
  workspace();
  copies();
  frees();
  printf(failures == 0 ? "all passed\n" : "%d FAILED\n", failures);
  return failures == 0 ? 0 : 1;
}
