// The extension BF16: bfmmla and, for small batches, bfdot multiply bfloat16 keys with queries rounded to bfloat16, and
// sum in float32. Processors with BF16 have I8MM.
#include "templates/type_kernels.h"
#include "tiers/neon.h"
#include "tiers/neon_matrix_product.h"

namespace afterimage {
namespace {

struct Bfloat16Vectors {
  bfloat16x8_t low;
  bfloat16x8_t high;
};

struct Bfloat16WordsNeon : FloatSums<VectorNeon> {
  using Words = Bfloat16Vectors;
  static constexpr int64_t kElements = 16;
  static constexpr int64_t kWordElements = 2;
  static constexpr int64_t kVectorBytes = 32;
  static constexpr int64_t kStoredWordBytes = 4;

  static Words load_key(const char* place) {
    return {vreinterpretq_bf16_u8(load_bytes(place)), vreinterpretq_bf16_u8(load_bytes(place + 16))};
  }
  static Words load_key_part(const char* place, int64_t count) {
    return load_key(Part<kVectorBytes>(place, count * 2).data);
  }
  static Words load_words(const uint32_t* place) { return load_key(reinterpret_cast<const char*>(place)); }
  static Words broadcast(const uint32_t* place) {
    const bfloat16x8_t word = vreinterpretq_bf16_u32(vdupq_n_u32(*place));
    return {word, word};
  }
  static Sum multiply_add(Words query, Words key, Sum sum) {
    return {vbfdotq_f32(sum.low, query.low, key.low), vbfdotq_f32(sum.high, query.high, key.high)};
  }
};

struct Bfloat16Matrices : FloatSums<VectorNeon> {
  using Product = float32x4_t;  // of two keys and two queries
  static constexpr int64_t kElementBytes = 2;

  static Product multiply_add(uint8x16_t keys, uint8x16_t queries, Product sum) {
    return vbfmmlaq_f32(sum, vreinterpretq_bf16_u8(keys), vreinterpretq_bf16_u8(queries));
  }
};

constexpr TypeKernels matrix_kernels() {
  TypeKernels kernels = type_kernels<Bfloat16WordsNeon, FloatRows<VectorNeon, StoredBfloat16>>(kPackedFromNeon);
  kernels.panel_words = kMatrixWords;
  kernels.packed_product = matrix_product<Bfloat16Matrices>;
  return kernels;
}
constexpr TypeKernels bfloat16 = matrix_kernels();

}  // namespace

constinit const Kernels neon_bf16_kernels =
    kernels_of("neon-bf16", neon_types, neon_scores,
               {{AFTERIMAGE_BFLOAT16, &bfloat16}, {AFTERIMAGE_INT8, &neon_i8mm_int8}});

}  // namespace afterimage
