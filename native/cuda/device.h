// The device that kernels run on: CUDA itself, or the stand-in on the host in native/test/cuda.
#ifndef AFTERIMAGE_CUDA_DEVICE_H
#define AFTERIMAGE_CUDA_DEVICE_H

#include <math.h>
#include <stdint.h>

#include "arguments.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>

// A kernel for blocks of `threads` threads. A multiprocessor must have room for `blocks` blocks, which bounds the
// registers of a thread.
#define KERNEL(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)
#define DEVICE __device__ __forceinline__
#define SHARED(type, name, count) __shared__ type name[count]
// Shared memory whose size is set at launch.
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]
#else
#include "host_device.h"
#endif

// The element types of afterimage.h, which device code does not include.
constexpr int32_t kFloat32 = 0;
constexpr int32_t kFloat16 = 1;
constexpr int32_t kBfloat16 = 2;
constexpr int32_t kInt8 = 3;

constexpr float kLog2e = 1.4426950408889634f;

DEVICE int32_t lowest(int32_t a, int32_t b) { return a < b ? a : b; }

// Maps floats to integers in the same order. Their maximum by atomicMax does not depend on the order of the threads.
DEVICE int32_t ordered(float value) {
  const int32_t bits = __float_as_int(value);
  return bits >= 0 ? bits : bits ^ 0x7fffffff;
}

DEVICE void take_maximum(int32_t* maximum, float value) {
  const int32_t mine = ordered(value);
  // Most values are smaller; a read is cheaper than an atomic operation.
  if (mine > *static_cast<volatile int32_t*>(maximum)) atomicMax(maximum, mine);
}

#ifdef __CUDACC__
DEVICE float half_to_float(uint16_t bits) { return __half2float(__ushort_as_half(bits)); }
DEVICE uint16_t float_to_half(float value) { return __half_as_ushort(__float2half_rn(value)); }
DEVICE float bfloat_to_float(uint16_t bits) { return __bfloat162float(__ushort_as_bfloat16(bits)); }
DEVICE uint16_t float_to_bfloat(float value) { return __bfloat16_as_ushort(__float2bfloat16_rn(value)); }

// 2^x, or 0 below the normal numbers. One instruction; exp2f takes four more for denormal results.
DEVICE float exp2_or_zero(float x) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
  return power;
}
#endif

DEVICE float score_at(const Scores& scores, int64_t query, int32_t key) {
  const int64_t place = query * scores.stride + key;
  if (scores.key_scales == nullptr) return static_cast<const float*>(scores.values)[place];
  return static_cast<float>(static_cast<const int32_t*>(scores.values)[place]) *
         (scores.key_scales[key] * scores.query_scales[query]);
}

#endif
