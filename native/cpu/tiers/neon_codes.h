// Products of codes with int8 queries, with DotProd.
#ifndef AFTERIMAGE_CPU_TIERS_NEON_CODES_H
#define AFTERIMAGE_CPU_TIERS_NEON_CODES_H

#include <arm_neon.h>

#include "templates/code_products.h"

namespace afterimage {
namespace {

struct QuartersNeon {
  using Sum = int32x4_t;
  static constexpr int kKeysOfFourQueries = 4;
  static constexpr int kKeysOfTwoQueries = 4;

  static Sum zero() { return vdupq_n_s32(0); }
  static void store_sums(int32_t* place, Sum a, Sum b, Sum c, Sum d) {
    vst1q_s32(place, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)));
  }

  template <int kKeys, int kQueries>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kQueries]) {
    for (int64_t byte = 0; byte < units * kQuarterUnit; byte += 16) {
      const int8_t* elements = queries + byte / kQuarterUnit * kUnitElements + byte % kQuarterUnit;
#pragma GCC unroll 4
      for (int k = 0; k < kKeys; k++) {
        const uint8x16_t codes = vld1q_u8(keys + k * stride + byte);
        const uint8x16_t quarters[kQuarters] = {
            vandq_u8(codes, vdupq_n_u8(15)), vandq_u8(vshrq_n_u8(codes, kQuarterShifts[1]), vdupq_n_u8(3)),
            vandq_u8(vshrq_n_u8(codes, kQuarterShifts[2]), vdupq_n_u8(1)), vshrq_n_u8(codes, kQuarterShifts[3])};
#pragma GCC unroll 4
        for (int q = 0; q < kQueries; q++) {
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

}  // namespace
}  // namespace afterimage

#endif
