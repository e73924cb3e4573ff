// The Walsh-Hadamard transform in natural order, without a factor. Its stages have ascending strides, so that every
// tier and the portable transform in Java give the same bits.
#ifndef AFTERIMAGE_CPU_TEMPLATES_HADAMARD_H
#define AFTERIMAGE_CPU_TEMPLATES_HADAMARD_H

#include <stdint.h>
#include <string.h>

#if defined(__FMA__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace afterimage {
namespace {

// GCC does not accept a vector_size that depends on template arguments.
struct FourLanes {
  typedef float Vector __attribute__((vector_size(16), aligned(4)));
  typedef int32_t Lanes __attribute__((vector_size(16)));
};
struct EightLanes {
  typedef float Vector __attribute__((vector_size(32), aligned(4)));
  typedef int32_t Lanes __attribute__((vector_size(32)));
};
struct SixteenLanes {
  typedef float Vector __attribute__((vector_size(64), aligned(4)));
  typedef int32_t Lanes __attribute__((vector_size(64)));
};

// Values whose stages run in L1 before the remaining stages traverse the row (`ReduceBenchmark`).
constexpr int64_t kHadamardBlock = 4096;

// a + b c with c = 1 or c = -1, so that one rounding and two give the same result.
template <class Vector>
[[gnu::always_inline]] inline Vector plus_product(Vector a, Vector b, Vector c) {
  return a + b * c;
}
#ifdef __FMA__
template <>
inline EightLanes::Vector plus_product(EightLanes::Vector a, EightLanes::Vector b, EightLanes::Vector c) {
  return _mm256_fmadd_ps(b, c, a);
}
#endif
#ifdef __aarch64__
template <>
inline FourLanes::Vector plus_product(FourLanes::Vector a, FourLanes::Vector b, FourLanes::Vector c) {
  return vfmaq_f32(a, b, c);
}
#endif
#ifdef __AVX512F__
template <>
inline SixteenLanes::Vector plus_product(SixteenLanes::Vector a, SixteenLanes::Vector b, SixteenLanes::Vector c) {
  return _mm512_fmadd_ps(b, c, a);
}
#endif

// The stages of kRadix vectors that stay in registers.
template <class Format, int kRadix>
struct HadamardStages {
  using Vector = typename Format::Vector;
  using Lanes = typename Format::Lanes;
  static constexpr int kLanes = sizeof(Vector) / sizeof(float);

  // Sums and differences of vectors `stride` apart, then of those twice as far apart, and so on.
  template <int kCount>
  [[gnu::always_inline]] static inline void across(Vector (&v)[kRadix]) {
#pragma GCC unroll 8
    for (int stride = 1; stride < kCount; stride *= 2) {
#pragma GCC unroll 16
      for (int i = 0; i < kCount; i++) {
        if ((i & stride) == 0) {
          const Vector sum = v[i] + v[i + stride];
          v[i + stride] = v[i] - v[i + stride];
          v[i] = sum;
        }
      }
    }
  }

  // One stage of all vectors after another, so that the processor finds independent operations close together.
  template <int kStride>
  [[gnu::always_inline]] static inline void within(Vector (&v)[kRadix]) {
    if (kStride >= kLanes) return;
    Lanes partners;
    Vector signs;
    for (int lane = 0; lane < kLanes; lane++) {
      partners[lane] = lane ^ kStride;
      signs[lane] = (lane & kStride) == 0 ? 1.0f : -1.0f;
    }
    alignas(sizeof(Vector)) Vector shuffled[kRadix];
#pragma GCC unroll 16
    for (int i = 0; i < kRadix; i++) {
#if defined(__clang__)
      for (int lane = 0; lane < kLanes; lane++) shuffled[i][lane] = v[i][partners[lane]];
#else
      shuffled[i] = __builtin_shuffle(v[i], partners);
#endif
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRadix; i++) v[i] = plus_product(shuffled[i], v[i], signs);
  }

  static constexpr int64_t kChunk = int64_t{kLanes} * kRadix;

  static void first_stages(const float* row, const float* signs, float* values) {
    alignas(sizeof(Vector)) Vector v[kRadix];
#pragma GCC unroll 16
    for (int i = 0; i < kRadix; i++) {
      // The stages of a block take so long that the hardware prefetcher stops reading ahead.
      if (i * kLanes % 16 == 0) __builtin_prefetch(row + kHadamardBlock + i * kLanes, 0, 2);
      v[i] = *reinterpret_cast<const Vector*>(row + i * kLanes) * *reinterpret_cast<const Vector*>(signs + i * kLanes);
    }
    within<1>(v);
    within<2>(v);
    within<4>(v);
    within<8>(v);
    across<kRadix>(v);
#pragma GCC unroll 16
    for (int i = 0; i < kRadix; i++) *reinterpret_cast<Vector*>(values + i * kLanes) = v[i];
  }

  template <int kCount>
  static void stages(float* values, int64_t length, int64_t stride) {
    for (int64_t block = 0; block < length; block += kCount * stride) {
      for (int64_t start = block; start < block + stride; start += kLanes) {
        alignas(sizeof(Vector)) Vector v[kRadix];
#pragma GCC unroll 16
        for (int i = 0; i < kCount; i++) v[i] = *reinterpret_cast<const Vector*>(values + start + i * stride);
        across<kCount>(v);
#pragma GCC unroll 16
        for (int i = 0; i < kCount; i++) *reinterpret_cast<Vector*>(values + start + i * stride) = v[i];
      }
    }
  }
};

inline void hadamard_of_few(float* values, int64_t length) {
  for (int64_t stride = 1; stride < length; stride *= 2) {
    for (int64_t i = 0; i < length; i++) {
      if ((i & stride) != 0) continue;
      const float a = values[i];
      const float b = values[i + stride];
      values[i] = a + b;
      values[i + stride] = a - b;
    }
  }
}

// Stages of strides from, 2 from, ... below `to`.
template <class Format, int kRadix>
void hadamard_stages(float* values, int64_t length, int64_t from, int64_t to) {
  using Stages = HadamardStages<Format, kRadix>;
  int64_t stride = from;
  for (; stride * kRadix <= to; stride *= kRadix) Stages::template stages<kRadix>(values, length, stride);
  switch (to / stride) {
    case 8:
      return Stages::template stages<8>(values, length, stride);
    case 4:
      return Stages::template stages<4>(values, length, stride);
    case 2:
      return Stages::template stages<2>(values, length, stride);
  }
}

// values (length) = the transform of row (dim) times signs (dim), padded with zeros; length is a power of two.
template <class Format, int kRadix>
void hadamard(const float* row, const float* signs, int64_t dim, int64_t length, float* values) {
  using Stages = HadamardStages<Format, kRadix>;
  constexpr int64_t kChunk = Stages::kLanes * kRadix;
  if (length < kChunk) {
    for (int64_t i = 0; i < length; i++) values[i] = i < dim ? row[i] * signs[i] : 0;
    return hadamard_of_few(values, length);
  }
  const int64_t block = length < kHadamardBlock ? length : kHadamardBlock;
  for (int64_t start = 0; start < length; start += block) {
    int64_t i = start;
    for (; i + kChunk <= start + block && i + kChunk <= dim; i += kChunk) {
      Stages::first_stages(row + i, signs + i, values + i);
    }
    if (i < start + block) {
      memset(values + i, 0, sizeof(float) * (start + block - i));
      if (i < dim) {
        for (int64_t j = i; j < dim; j++) values[j] = row[j] * signs[j];
        hadamard_of_few(values + i, kChunk);
      }
    }
    if (start < dim) hadamard_stages<Format, kRadix>(values + start, block, kChunk, block);
  }
  hadamard_stages<Format, kRadix>(values, length, block, length);
}

}  // namespace
}  // namespace afterimage

#endif
