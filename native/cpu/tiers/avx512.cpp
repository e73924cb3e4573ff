// AVX-512 F, BW, DQ and VL: every type is multiplied in float32.
#include "tiers/avx512.h"

#include "templates/dot_product.h"
#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/packed_product.h"
#include "templates/plain_loops.h"
#include "templates/row_conversion.h"
#include "templates/unpacked_product.h"
#include "tiers/avx2_codes.h"
#include "tiers/avx512_estimates.h"
#include "tiers/avx512_formats.h"

namespace afterimage {
namespace {

void store_float16(const float* rows, int64_t count, int64_t dim, void* stored, float*) {
  uint16_t* target = static_cast<uint16_t*>(stored);
  const int64_t elements = count * dim;
  for (int64_t i = 0; i < elements; i += 16) {
    const int64_t left = elements - i;
    const __mmask16 mask = left >= 16 ? 0xffff : first_lanes(left);
    const __m256i half =
        _mm512_cvtps_ph(_mm512_maskz_loadu_ps(mask, rows + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_mask_storeu_epi16(target + i, mask, half);
  }
}

template <RowFormat Format>
constexpr TypeKernels type_kernels(PackedFrom packed_from, decltype(TypeKernels::store) store,
                                   decltype(TypeKernels::unpacked_product) unpacked_product) {
  return {.elements_per_word = 1,
          .packed_from = packed_from,
          .packed_product = packed_product<Format>,
          .unpacked_product = unpacked_product,
          .dot_product = dot_product<Format>,
          .load = load_vectors<Format>,
          .store = store};
}

}  // namespace

const TypeKernels avx512_float32 = type_kernels<Float32Rows512>(
    {.one_vector = 17, .next_vector = 10, .two_vectors = 17}, store_rows<StoredFloat32>,
    unpacked_product<Float32Rows512>);
const TypeKernels avx512_float16 =
    type_kernels<Float16Rows512>(kPackedFrom512, store_float16, unpacked_product<Float16Rows512>);
const TypeKernels avx512_bfloat16 =
    type_kernels<Bfloat16Rows512>(kPackedFrom512, store_rows<StoredBfloat16>, unpacked_product<Bfloat16Rows512>);
const TypeKernels avx512_int8 = type_kernels<Int8Rows512>({.one_vector = 17, .next_vector = 14, .two_vectors = 25},
                                                          store_rows<StoredInt8>, nullptr);

const ScoreKernels avx512_scores = {.vector_lanes = Vector512::kLanes,
                                    .add_class_sums = add_class_sums<Vector512>,
                                    .weigh = weigh<Vector512>,
                                    .add_gradient = add_gradient<Vector512>,
                                    .find_candidates = find_candidates<Vector512>,
                                    .exponentiate = exponentiate<Vector512>,
                                    .normalize = normalize,
                                    .estimate = estimate_in_lanes,
                                    .draw = draw,
                                    .add_products = add_products,
                                    .hadamard = hadamard<SixteenLanes, 16>};

const Kernels avx512_kernels = {.name = "avx512",
                                .types = {&avx512_float32, &avx512_float16, &avx512_bfloat16, &avx512_int8},
                                .scores = &avx512_scores,
                                // Without VNNI, 512-bit vectors gain nothing here.
                                .multiply_codes = multiply_codes<Quarters256<SumsOf16Bits>>};

}  // namespace afterimage
