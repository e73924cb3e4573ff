// The extension DotProd: sdot multiplies int8 keys with queries rounded to int8; its sums of integers are exact.
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

}  // namespace

constinit const TypeKernels neon_dotprod_int8 =
    type_kernels<Int8WordsNeon, FloatRows<VectorNeon, StoredInt8>>(kPackedFromNeon);

constinit const Kernels neon_dotprod_kernels = kernels_of(
    "neon-dotprod", neon_types, neon_scores, {{AFTERIMAGE_INT8, &neon_dotprod_int8}});

}  // namespace afterimage
