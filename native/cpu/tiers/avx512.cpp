// AVX-512 F, BW, DQ, VL: every type is multiplied in float32.
#include "tiers/avx512.h"

#include "templates/dot_product.h"
#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"
#include "templates/unpacked_product.h"
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

template <class Format>
constexpr TypeKernels type_kernels(decltype(TypeKernels::store) store, decltype(TypeKernels::in_place) in_place) {
  return {1, tile<Format>, dot<Format>, in_place, load_vectors<Format>, store, nullptr};
}

}  // namespace

const TypeKernels avx512_float32 = type_kernels<Float32Rows512>(store_rows<StoredFloat32>, in_place<Float32Rows512>);
const TypeKernels avx512_float16 = type_kernels<Float16Rows512>(store_float16, in_place<Float16Rows512>);
const TypeKernels avx512_bfloat16 =
    type_kernels<Bfloat16Rows512>(store_rows<StoredBfloat16>, in_place<Bfloat16Rows512>);
const TypeKernels avx512_int8 = type_kernels<Int8Rows512>(store_rows<StoredInt8>, nullptr);

const ScoreKernels avx512_scores = {Vector512::kLanes, accumulate<Vector512>, weigh<Vector512>,
                                    outer<Vector512>,  reach<Vector512>,      normalize, hadamard<SixteenLanes, 16>};

const Kernels avx512_kernels = {
    "avx512", {&avx512_float32, &avx512_float16, &avx512_bfloat16, &avx512_int8}, &avx512_scores};

}  // namespace afterimage
