// AVX2, FMA and F16C: int8 is multiplied in pairs of 16-bit integers, every other type in float32.
#include "templates/dot_product.h"
#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/packed_product.h"
#include "templates/plain_loops.h"
#include "templates/row_conversion.h"
#include "templates/type_kernels.h"
#include "tiers/avx2_codes.h"
#include "tiers/avx2_estimates.h"
#include "tiers/avx2_formats.h"
#include "tiers/avx2_int8.h"

namespace afterimage {
namespace {

void store_float16(const float* rows, int64_t count, int64_t dim, void* stored, float*) {
  uint16_t* target = static_cast<uint16_t*>(stored);
  const int64_t elements = count * dim;
  int64_t i = 0;
  for (; i + 8 <= elements; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(rows + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(target + i), half);
  }
  for (; i < elements; i++) target[i] = StoredFloat16::store(rows[i]);
}

// One vector of queries leaves multiplications waiting for each other: two take hardly longer.
constexpr PackedFrom kPackedFrom = {.one_vector = 9, .next_vector = 7, .two_vectors = 9};
constexpr PackedFrom kFloat32PackedFrom = {.one_vector = 9, .next_vector = 5, .two_vectors = 9};

constexpr TypeKernels float32 = type_kernels<Float32Rows256>(kFloat32PackedFrom, store_rows<StoredFloat32>);
constexpr TypeKernels float16 = type_kernels<Float16Rows256>(kPackedFrom, store_float16);
constexpr TypeKernels bfloat16 = type_kernels<Bfloat16Rows256>(kPackedFrom, store_rows<StoredBfloat16>);
constexpr TypeKernels int8 = {.elements_per_word = 2,
                              .packed_from = kPackedFrom,
                              .packed_product = packed_product<Int8Pairs256>,
                              .dot_product = dot_product<Int8Pairs256>,
                              .load = load_vectors<Int8Rows256>,
                              .store = store_rows<StoredInt8>,
                              .quantize_query = Int8Pairs256::quantize_query};

constexpr ScoreKernels scores = {.vector_lanes = Vector256::kLanes,
                                 .add_class_sums = add_class_sums<Vector256>,
                                 .weigh = weigh<Vector256>,
                                 .add_gradient = add_gradient<Vector256>,
                                 .find_candidates = find_candidates<Vector256>,
                                 .exponentiate = exponentiate<Vector256>,
                                 .normalize = normalize,
                                 .estimate = estimate_in_lanes,
                                 .draw = draw,
                                 .add_products = add_products,
                                 .hadamard = hadamard<EightLanes, 8>};

}  // namespace

const Kernels avx2_kernels = {
    .name = "avx2", .types = {&float32, &float16, &bfloat16, &int8}, .scores = &scores, .multiply_codes = multiply_codes<Quarters256<SumsOf16Bits>>};

}  // namespace afterimage
