// The kernels of native/cuda as tests launch them: on a GPU if nvcc compiles this, else on the host.
#ifndef AFTERIMAGE_TEST_KERNELS_H
#define AFTERIMAGE_TEST_KERNELS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <vector>

#include "../../cuda/device.h"

#ifdef __CUDACC__
#define DECLARE_KERNEL(name, Arguments) extern "C" __global__ void name(Arguments)
#else
#define DECLARE_KERNEL(name, Arguments) void name(Arguments)
#endif

DECLARE_KERNEL(class_sums_of_one_theta, ClassSumsArguments);
DECLARE_KERNEL(class_sums_of_thetas, ClassSumsArguments);
DECLARE_KERNEL(gradient_weights, GradientWeightsArguments);
DECLARE_KERNEL(nearest, NearestArguments);
DECLARE_KERNEL(round_rows, RoundRowsArguments);
DECLARE_KERNEL(widen_rows, WidenRowsArguments);
DECLARE_KERNEL(fused_class_sums_bfloat16, FusedClassSumsArguments);
DECLARE_KERNEL(fused_class_sums_float16, FusedClassSumsArguments);
DECLARE_KERNEL(slot_sums, SlotSumsArguments);
DECLARE_KERNEL(gaussian_rows, GaussianRowsArguments);

namespace test {

#ifdef __CUDACC__
inline void must(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  exit(1);
}
#endif

// Elements in device memory of exactly this size, so that a sanitizer finds accesses past the end.
template <class T>
class Buffer {
 public:
  explicit Buffer(const std::vector<T>& values) : count_(values.size()) {
#ifdef __CUDACC__
    must(cudaMalloc(&data_, bytes() == 0 ? 1 : bytes()), "cudaMalloc");
    must(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice), "cudaMemcpy");
#else
    void* memory = nullptr;
    if (posix_memalign(&memory, 128, bytes() == 0 ? 1 : bytes()) != 0) abort();
    data_ = static_cast<T*>(memory);
    if (count_ > 0) memcpy(data_, values.data(), bytes());
#endif
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
#ifdef __CUDACC__
    cudaFree(data_);
#else
    free(data_);
#endif
  }
  T* data() const { return data_; }
  std::vector<T> read() const {
    std::vector<T> values(count_);
#ifdef __CUDACC__
    must(cudaMemcpy(values.data(), data_, bytes(), cudaMemcpyDeviceToHost), "cudaMemcpy");
#else
    if (count_ > 0) memcpy(values.data(), data_, bytes());
#endif
    return values;
  }

 private:
  size_t bytes() const { return count_ * sizeof(T); }
  size_t count_;
  T* data_ = nullptr;
};

template <class Arguments>
void launch(void (*kernel)(Arguments), dim3 grid, int threads, int shared_bytes, const Arguments& arguments) {
#ifdef __CUDACC__
  if (shared_bytes > 48 << 10) {
    must(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes), "shared memory");
  }
  kernel<<<grid, threads, shared_bytes>>>(arguments);
  must(cudaGetLastError(), "launch");
  must(cudaDeviceSynchronize(), "kernel");
#else
  device::run(grid, threads, shared_bytes, [&] { kernel(arguments); });
#endif
}

// Runs `body` in several orders of the threads; results must not depend on it.
template <class Body>
void in_every_schedule(const Body& body) {
#ifdef __CUDACC__
  body();
#else
  for (uint64_t schedule : {uint64_t{1}, uint64_t{77}}) {
    device::schedule = schedule;
    body();
  }
  device::schedule = 0;
#endif
}

}  // namespace test

#endif
