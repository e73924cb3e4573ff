// The extension DotProd: sdot multiplies int8 keys with queries rounded to int8; its sums of integers are exact.
#include "templates/code_products.h"
#include "templates/type_kernels.h"
#include "tiers/neon.h"
#include "tiers/neon_formats.h"

namespace afterimage {
namespace {

struct Bytes {
  int8x16_t low;
  int8x16_t high;
};

struct Int8WordsNeon : IntegerSums<VectorNeon> {
  using Words = Bytes;
  static constexpr int64_t kElements = 32;
  static constexpr int64_t kWordElements = 4;
  static constexpr int64_t kVectorBytes = 32;
  static constexpr int64_t kStoredWordBytes = 4;

  static Words load_key(const char* place) {
    const int8_t* elements = reinterpret_cast<const int8_t*>(place);
    return {vld1q_s8(elements), vld1q_s8(elements + 16)};
  }
  static Words load_key_part(const char* place, int64_t count) {
    return load_key(Part<kVectorBytes>(place, count).data);
  }
  static Words load_words(const uint32_t* place) { return load_key(reinterpret_cast<const char*>(place)); }
  static int8x16_t broadcast(const uint32_t* place) { return vreinterpretq_s8_f32(load_lane(place)); }
  static Sum multiply_add(Words query, Words key, Sum sum) {
    return {vdotq_s32(sum.low, query.low, key.low), vdotq_s32(sum.high, query.high, key.high)};
  }
  static Sum multiply_add(Words query, int8x16_t key, Sum sum) {
    return {vdotq_laneq_s32(sum.low, query.low, key, 0), vdotq_laneq_s32(sum.high, query.high, key, 0)};
  }
};

// Products of codes with int8 queries.
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

constinit const TypeKernels neon_dotprod_int8 =
    type_kernels<Int8WordsNeon, FloatRows<VectorNeon, StoredInt8>>(kPackedFromNeon);

void neon_dotprod_multiply_codes(const CodeArguments& arguments) { multiply_codes<QuartersNeon>(arguments); }

constinit const Kernels neon_dotprod_kernels = kernels_of(
    "neon-dotprod", neon_types, neon_scores, neon_dotprod_multiply_codes, {{AFTERIMAGE_INT8, &neon_dotprod_int8}});

}  // namespace afterimage
