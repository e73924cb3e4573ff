// The extension I8MM: smmla multiplies two int8 keys by two queries rounded to int8, exactly. Small batches stay with
// sdot.
#include "tiers/neon.h"
#include "tiers/neon_int8.h"
#include "tiers/neon_matrix_product.h"

namespace afterimage {
namespace {

struct Int8Matrices : IntegerSums {
  using Product = int32x4_t;  // of two keys and two queries
  static constexpr int64_t kElementBytes = 1;

  static Product multiply_add(uint8x16_t keys, uint8x16_t queries, Product sum) {
    return vmmlaq_s32(sum, vreinterpretq_s8_u8(keys), vreinterpretq_s8_u8(queries));
  }
};

// Not a constant expression: the other entries are those of another file.
TypeKernels with_matrices(TypeKernels kernels) {
  kernels.panel_words = kMatrixWords;
  kernels.packed_product = matrix_product<Int8Matrices>;
  return kernels;
}

}  // namespace

const TypeKernels neon_i8mm_int8 = with_matrices(neon_dotprod_int8);

const Kernels neon_i8mm_kernels = {.name = "neon-i8mm",
                                   .types = {&neon_float32, &neon_float16, &neon_bfloat16, &neon_i8mm_int8},
                                   .scores = &neon_scores,
                                   .multiply_codes = neon_dotprod_multiply_codes};

}  // namespace afterimage
