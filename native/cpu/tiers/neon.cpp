// NEON of every 64-bit Arm processor: every type is multiplied in float32. A multiplication of 16-bit integers would
// add four products too.
#include "tiers/neon.h"

#include "templates/dot_product.h"
#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/packed_product.h"
#include "templates/plain_loops.h"
#include "templates/row_conversion.h"
#include "templates/type_kernels.h"
#include "tiers/neon_formats.h"

namespace afterimage {
namespace {

void store_float16(const float* rows, int64_t count, int64_t dim, void* stored, float*) {
  uint16_t* target = static_cast<uint16_t*>(stored);
  const int64_t elements = count * dim;
  int64_t i = 0;
  for (; i + 4 <= elements; i += 4) vst1_u16(target + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(rows + i))));
  for (; i < elements; i++) target[i] = StoredFloat16::store(rows[i]);
}

constexpr TypeKernels int8 = type_kernels<Int8RowsNeon>(kPackedFromNeon, store_rows<StoredInt8>);

}  // namespace

const TypeKernels neon_float32 = type_kernels<Float32RowsNeon>(kPackedFromNeon, store_rows<StoredFloat32>);
const TypeKernels neon_float16 = type_kernels<Float16RowsNeon>(kPackedFromNeon, store_float16);
const TypeKernels neon_bfloat16 = type_kernels<Bfloat16RowsNeon>(kPackedFromNeon, store_rows<StoredBfloat16>);

const ScoreKernels neon_scores = {.vector_lanes = VectorNeon::kLanes,
                                  .add_class_sums = add_class_sums<VectorNeon>,
                                  .weigh = weigh<VectorNeon>,
                                  .add_gradient = add_gradient<VectorNeon>,
                                  .find_candidates = find_candidates<VectorNeon>,
                                  .exponentiate = exponentiate<VectorNeon>,
                                  .normalize = normalize,
                                  .estimate = estimate,
                                  .draw = draw,
                                  .add_products = add_products,
                                  .hadamard = hadamard<FourLanes, 16>};

const Kernels neon_kernels = {.name = "neon",
                              .types = {&neon_float32, &neon_float16, &neon_bfloat16, &int8},
                              .scores = &neon_scores,
                              .multiply_codes = multiply_plain_codes};

}  // namespace afterimage
