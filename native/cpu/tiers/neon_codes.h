// Products of codes with int8 queries, with DotProd.
#ifndef AFTERIMAGE_CPU_TIERS_NEON_CODES_H
#define AFTERIMAGE_CPU_TIERS_NEON_CODES_H

#include <arm_neon.h>

#include "templates/code_products.h"

namespace afterimage {
namespace {

struct CodeSumsNeon {
  using Sum = int32x4_t;
  static constexpr int kKeysOfFourRows = 4;
  static constexpr int kKeysOfTwoRows = 4;

  static Sum zero() { return vdupq_n_s32(0); }
  static void store_sums(int32_t* place, Sum a, Sum b, Sum c, Sum d) {
    vst1q_s32(place, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)));
  }
};

struct QuartersNeon : CodeSumsNeon, FourInAByte {
  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kRows]) {
    for (int64_t byte = 0; byte < units * kQuarterUnit; byte += 16) {
      const int8_t* elements = queries + byte / kQuarterUnit * kElements + byte % kQuarterUnit;
#pragma GCC unroll 4
      for (int k = 0; k < kKeys; k++) {
        const uint8x16_t codes = vld1q_u8(keys + k * stride + byte);
        const uint8x16_t quarters[kQuarters] = {
            vandq_u8(codes, vdupq_n_u8(15)), vandq_u8(vshrq_n_u8(codes, kQuarterShifts[1]), vdupq_n_u8(3)),
            vandq_u8(vshrq_n_u8(codes, kQuarterShifts[2]), vdupq_n_u8(1)), vshrq_n_u8(codes, kQuarterShifts[3])};
#pragma GCC unroll 4
        for (int q = 0; q < kRows; q++) {
#pragma GCC unroll 4
          for (int64_t i = 0; i < kQuarters; i++) {
            sums[q * kKeys + k] = vdotq_s32(sums[q * kKeys + k], vreinterpretq_s8_u8(quarters[i]),
                                            vld1q_s8(elements + q * query_stride + i * kQuarterUnit));
          }
        }
      }
    }
  }
};

template <int kBits>
struct CodesNeon : CodeSumsNeon, WholeUnits<8 * kBits> {
  static constexpr int64_t kUnitBytes = 8 * kBits;

  // sdot multiplies signed bytes: codes of 8 bits are 128 less, and 128 times the query is added.
  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kRows]) {
    const int8x16_t half = vdupq_n_s8(64);
    int32x4_t offsets[kRows];
#pragma GCC unroll 4
    for (int q = 0; q < kRows; q++) offsets[q] = zero();
    for (int64_t unit = 0; unit < units; unit++) {
#pragma GCC unroll 4
      for (int64_t part = 0; part < kUnitElements; part += 16) {
        int8x16_t elements[kRows];
#pragma GCC unroll 4
        for (int q = 0; q < kRows; q++) {
          elements[q] = vld1q_s8(queries + q * query_stride + unit * kUnitElements + part);
          if (kBits == 8) offsets[q] = vdotq_s32(vdotq_s32(offsets[q], elements[q], half), elements[q], half);
        }
#pragma GCC unroll 4
        for (int k = 0; k < kKeys; k++) {
          const int8x16_t codes = load(keys + k * stride + unit * kUnitBytes, part);
#pragma GCC unroll 4
          for (int q = 0; q < kRows; q++) {
            sums[q * kKeys + k] = vdotq_s32(sums[q * kKeys + k], elements[q], codes);
          }
        }
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows * kKeys; i++) sums[i] = vaddq_s32(sums[i], offsets[i / kKeys]);
  }

 private:
  static int8x16_t load(const uint8_t* unit, int64_t part) {
    if (kBits == 8) return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(unit + part), vdupq_n_u8(128)));
    const uint8x16_t both = vld1q_u8(unit + part % 32);
    return vreinterpretq_s8_u8(part < 32 ? vandq_u8(both, vdupq_n_u8(15)) : vshrq_n_u8(both, 4));
  }
};

}  // namespace
}  // namespace afterimage

#endif
