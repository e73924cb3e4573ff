// Sums of int8 keys and queries in 32-bit integers, exactly, and their scores.
#ifndef AFTERIMAGE_CPU_TIERS_NEON_INT8_H
#define AFTERIMAGE_CPU_TIERS_NEON_INT8_H

#include "tiers/neon_formats.h"

namespace afterimage {
namespace {

struct IntegerSums {
  using Vector = VectorNeon;
  using Sum = Integers;

  static Sum zero() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
  static Sum start(const int32_t*) { return zero(); }
  static Sum add(Sum a, Sum b) { return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)}; }

  static Vector::Type scaled(Sum sum, const float* key_scales, int64_t key, int64_t keys, const float* query_scales) {
    const float key_scale = key < keys ? key_scales[key] : 0;
    return Vector::mul({vcvtq_f32_s32(sum.low), vcvtq_f32_s32(sum.high)},
                       Vector::mul(Vector::load(query_scales), Vector::all(key_scale)));
  }

  static float32x4_t four_sums(Sum a, Sum b, Sum c, Sum d) {
    const int32x4_t ab = vpaddq_s32(vaddq_s32(a.low, a.high), vaddq_s32(b.low, b.high));
    const int32x4_t cd = vpaddq_s32(vaddq_s32(c.low, c.high), vaddq_s32(d.low, d.high));
    return vcvtq_f32_s32(vpaddq_s32(ab, cd));
  }
  static float32x4_t scores_of_queries(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                                       const Quantization& quantization, int64_t query) {
    return vmulq_f32(four_sums(a, b, c, d), vmulq_n_f32(vld1q_f32(quantization.scales + query), key_scales[key]));
  }
  static float32x4_t scores_of_keys(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                                    const Quantization& quantization, int64_t query) {
    return vmulq_f32(four_sums(a, b, c, d), vmulq_n_f32(vld1q_f32(key_scales + key), quantization.scales[query]));
  }
};

}  // namespace
}  // namespace afterimage

#endif
