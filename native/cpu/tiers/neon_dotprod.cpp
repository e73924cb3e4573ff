// The extension DotProd: sdot multiplies int8 keys with queries rounded to int8; its sums of integers are exact.
#include "templates/dot_product.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"
#include "tiers/neon.h"
#include "tiers/neon_codes.h"
#include "tiers/neon_int8.h"

namespace afterimage {
namespace {

struct Bytes {
  int8x16_t low;
  int8x16_t high;
};

struct Int8WordsNeon : IntegerSums {
  using Words = Bytes;
  static constexpr int64_t kLanes = 8;
  static constexpr int64_t kElements = 32;
  static constexpr int64_t kWordElements = 4;
  static constexpr int64_t kVectorBytes = 32;
  static constexpr int64_t kStoredWordBytes = 4;
  static constexpr int kPackedKeys = 6;
  static constexpr int kDotKeys = 2;
  static constexpr bool kScaled = false;

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

const TypeKernels neon_dotprod_int8 = {.elements_per_word = 4,
                                       .packed_from = kPackedFromNeon,
                                       .packed_product = packed_product<Int8WordsNeon>,
                                       .dot_product = dot_product<Int8WordsNeon>,
                                       .load = load_vectors<Int8RowsNeon>,
                                       .store = store_rows<StoredInt8>};

void neon_dotprod_multiply_codes(const CodeArguments& arguments) { multiply_codes<QuartersNeon>(arguments); }

const Kernels neon_dotprod_kernels = {.name = "neon-dotprod",
                                      .types = {&neon_float32, &neon_float16, &neon_bfloat16, &neon_dotprod_int8},
                                      .scores = &neon_scores,
                                      .multiply_codes = neon_dotprod_multiply_codes};

}  // namespace afterimage
