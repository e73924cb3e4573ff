// The vectors of the NEON tiers. A vector is two registers, so that the sums of six
// keys and two vectors of queries fill 24 of the 32 registers.
#ifndef AFTERIMAGE_CPU_TIERS_NEON_FORMATS_H
#define AFTERIMAGE_CPU_TIERS_NEON_FORMATS_H

#include <arm_neon.h>
#include <string.h>

#include "kernels.h"
#include "templates/exponentials.h"
#include "templates/float_rows.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

// Two registers of floats, and two of 32-bit integers.
struct Floats {
  float32x4_t low;
  float32x4_t high;
};
struct Integers {
  int32x4_t low;
  int32x4_t high;
};

// An array on the stack of the elements that exist, followed by zeros.
template <int64_t kBytes>
struct Part {
  Part(const void* place, int64_t bytes) { memcpy(data, place, bytes); }
  char data[kBytes] = {};
};

// One word in lane 0, from which multiplications take it. A load into every lane would occupy a vector unit. Inline
// assembly, because GCC 14 builds such a vector from several instructions.
inline float32x4_t load_lane(const uint32_t* place) {
  float32x4_t word;
  asm("ldr %s0, %1" : "=w"(word) : "m"(*place));
  return word;
}

struct VectorNeon {
  using Type = Floats;
  using Integers = afterimage::Integers;
  static constexpr int64_t kLanes = 8;
  static constexpr int kPackedKeys = 6;
  static constexpr int kDotKeys = 2;
  static constexpr int kGradientQueries = 4;
  static constexpr int kGradientVectors = 3;

  static Type all(float value) { return {vdupq_n_f32(value), vdupq_n_f32(value)}; }
  static Type load(const float* place) { return {vld1q_f32(place), vld1q_f32(place + 4)}; }
  static Type load_part(const float* place, int64_t count) {
    float lanes[kLanes] = {};
    memcpy(lanes, place, count * sizeof(float));
    return load(lanes);
  }
  static void store(float* place, Type value) {
    vst1q_f32(place, value.low);
    vst1q_f32(place + 4, value.high);
  }
  static void store_part(float* place, Type value, int64_t count) {
    float lanes[kLanes];
    store(lanes, value);
    memcpy(place, lanes, count * sizeof(float));
  }
  static Type add(Type a, Type b) { return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)}; }
  static Type sub(Type a, Type b) { return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)}; }
  static Type mul(Type a, Type b) { return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)}; }
  static Type fused(Type a, Type b, Type c) {
    return {vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)};
  }
  static Type max(Type a, Type b) { return {vmaxnmq_f32(a.low, b.low), vmaxnmq_f32(a.high, b.high)}; }
  static Type min(Type a, Type b) { return {vminnmq_f32(a.low, b.low), vminnmq_f32(a.high, b.high)}; }
  static Type raise(Type value, float least) {
    return {vmaxq_f32(value.low, vdupq_n_f32(least)), vmaxq_f32(value.high, vdupq_n_f32(least))};
  }
  static Type zero_below(Type value, float smallest) {
    return {zero_below(value.low, smallest), zero_below(value.high, smallest)};
  }
  static uint32_t at_least(Type a, Type b) {
    const uint32x4_t low = vandq_u32(vcgeq_f32(a.low, b.low), uint32x4_t{1, 2, 4, 8});
    const uint32x4_t high = vandq_u32(vcgeq_f32(a.high, b.high), uint32x4_t{16, 32, 64, 128});
    return vaddvq_u32(vorrq_u32(low, high));
  }

  // The exponent field of 2^floor(y) is 255, which is infinity, at y = 128.
  static Type exp2(Type y) {
    y = raise(y, kMinExponent);
    y = {vminq_f32(y.low, vdupq_n_f32(128)), vminq_f32(y.high, vdupq_n_f32(128))};
    const Type floor = {vrndmq_f32(y.low), vrndmq_f32(y.high)};
    return mul(exp2_fraction<VectorNeon>(sub(y, floor)), {power(floor.low), power(floor.high)});
  }

  static void add_to_doubles(Type value, double* sums) {
    add_to_doubles(value.low, sums);
    add_to_doubles(value.high, sums + 4);
  }

  static float sum_of_lanes(Type value) { return vaddvq_f32(vaddq_f32(value.low, value.high)); }
  static float largest_lane(Type value) { return vmaxnmvq_f32(vmaxnmq_f32(value.low, value.high)); }

  // Stored elements as floats, without their scale.
  static Type widen(const char* place, StoredFloat32) { return load(reinterpret_cast<const float*>(place)); }
  static Type widen(const char* place, StoredFloat16) {
    const float16x8_t elements = vreinterpretq_f16_u16(vld1q_u16(reinterpret_cast<const uint16_t*>(place)));
    return {vcvt_f32_f16(vget_low_f16(elements)), vcvt_high_f32_f16(elements)};
  }
  static Type widen(const char* place, StoredBfloat16) {
    const uint16x8_t elements = vld1q_u16(reinterpret_cast<const uint16_t*>(place));
    return {vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(elements), 16)),
            vreinterpretq_f32_u32(vshll_high_n_u16(elements, 16))};
  }
  static Type widen(const char* place, StoredInt8) {
    const int16x8_t elements = vmovl_s8(vld1_s8(reinterpret_cast<const int8_t*>(place)));
    return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(elements))), vcvtq_f32_s32(vmovl_high_s16(elements))};
  }
  template <class Stored>
  static Type widen(const char* place, Stored) {
    float lanes[kLanes];
    load_lanes<Stored>(place, kLanes, lanes);
    return load(lanes);
  }
  template <class Stored>
  static Type widen_part(const char* place, int64_t count, Stored type) {
    constexpr int64_t kElementBytes = sizeof(typename Stored::Element);
    return widen(Part<kLanes * kElementBytes>(place, count * kElementBytes).data, type);
  }
  static void store_halves(uint16_t* place, Type value) {
    vst1_u16(place, vreinterpret_u16_f16(vcvt_f16_f32(value.low)));
    vst1_u16(place + 4, vreinterpret_u16_f16(vcvt_f16_f32(value.high)));
  }

  static float32x4_t broadcast(const uint32_t* place) { return load_lane(place); }
  // With lane 0 of b.
  static Type fused(Type a, float32x4_t b, Type c) {
    return {vfmaq_laneq_f32(c.low, a.low, b, 0), vfmaq_laneq_f32(c.high, a.high, b, 0)};
  }

  static Integers all_integers(int32_t value) { return {vdupq_n_s32(value), vdupq_n_s32(value)}; }
  static Integers add(Integers a, Integers b) { return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)}; }
  static Type floats(Integers value) { return {vcvtq_f32_s32(value.low), vcvtq_f32_s32(value.high)}; }

  // The sum of the lanes of each.
  static float32x4_t four_sums(Type a, Type b, Type c, Type d) {
    const float32x4_t ab = vpaddq_f32(vaddq_f32(a.low, a.high), vaddq_f32(b.low, b.high));
    const float32x4_t cd = vpaddq_f32(vaddq_f32(c.low, c.high), vaddq_f32(d.low, d.high));
    return vpaddq_f32(ab, cd);
  }
  static int32x4_t four_sums(Integers a, Integers b, Integers c, Integers d) {
    const int32x4_t ab = vpaddq_s32(vaddq_s32(a.low, a.high), vaddq_s32(b.low, b.high));
    const int32x4_t cd = vpaddq_s32(vaddq_s32(c.low, c.high), vaddq_s32(d.low, d.high));
    return vpaddq_s32(ab, cd);
  }

  static float32x4_t load_four(const float* place) { return vld1q_f32(place); }
  static float32x4_t all_four(float value) { return vdupq_n_f32(value); }
  static void store_four(float* place, float32x4_t value) { vst1q_f32(place, value); }
  static float32x4_t add_four(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
  static float32x4_t mul_four(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }
  static float32x4_t floats(int32x4_t value) { return vcvtq_f32_s32(value); }

 private:
  static float32x4_t zero_below(float32x4_t value, float smallest) {
    const uint32x4_t below = vcltq_f32(value, vdupq_n_f32(smallest));
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(value), below));
  }
  static float32x4_t power(float32x4_t exponent) {
    const int32x4_t field = vaddq_s32(vcvtq_s32_f32(exponent), vdupq_n_s32(127));
    return vreinterpretq_f32_s32(vshlq_n_s32(field, 23));
  }
  static void add_to_doubles(float32x4_t value, double* sums) {
    vst1q_f64(sums, vaddq_f64(vld1q_f64(sums), vcvt_f64_f32(vget_low_f32(value))));
    vst1q_f64(sums + 2, vaddq_f64(vld1q_f64(sums + 2), vcvt_high_f64_f32(value)));
  }
};

}  // namespace
}  // namespace afterimage

#endif
