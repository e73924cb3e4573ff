// The extension I8MM: smmla multiplies two int8 keys by two queries rounded to int8, exactly.
#include "tiers/neon.h"
#include "tiers/neon_matrix_product.h"

namespace afterimage {
namespace {

struct Int8Matrices : IntegerSums<VectorNeon> {
  using Product = int32x4_t;  // of two keys and two queries
  static constexpr int64_t kElementBytes = 1;

  static Product multiply_add(uint8x16_t keys, uint8x16_t queries, Product sum) {
    return vmmlaq_s32(sum, vreinterpretq_s8_u8(keys), vreinterpretq_s8_u8(queries));
  }
};

}  // namespace

void neon_i8mm_product(const PackedArguments& arguments) { matrix_product<Int8Matrices>(arguments); }

}  // namespace afterimage
