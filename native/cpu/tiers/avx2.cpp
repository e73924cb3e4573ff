// AVX2, FMA and F16C: int8 is multiplied in pairs of 16-bit integers, every other type in float32.
#include "tiers/avx2.h"

#include <math.h>

#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/type_kernels.h"
#include "tiers/avx2_formats.h"

namespace afterimage {
namespace {

// int8 keys without VNNI: elements are widened to 16 bits and multiplied in pairs by vpmaddwd, at twice the rate of
// float32. Queries get as many bits as 32-bit sums leave room for.
struct Int8Pairs256 : IntegerSums<Vector256, false, true> {
  using Words = __m256i;
  static constexpr int64_t kElements = 16;
  static constexpr int64_t kWordElements = 2;
  static constexpr int64_t kVectorBytes = 16;
  static constexpr int64_t kStoredWordBytes = 2;

  static Words load_words(const uint32_t* place) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(place)); }
  static Words broadcast(const uint32_t* place) { return _mm256_set1_epi32(static_cast<int32_t>(*place)); }
  static Words load_key(const char* place) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(place)));
  }
  static Words load_key_part(const char* place, int64_t count) {
    char elements[kVectorBytes] = {};
    memcpy(elements, place, count);
    return load_key(elements);
  }
  static Sum multiply_add(Words query, Words key, Sum sum) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(query, key));
  }

  // Sums of products of keys, down to -128, and queries, up to `largest`, stay below 2^31.
  static void quantize_query(const float* query, int64_t dim, void* words, float* scale) {
    float magnitude = largest_magnitude(query, dim);
    if (magnitude == 0) magnitude = 1;  // columns of a query may be all zeros
    const int64_t room = INT32_MAX / (128 * (dim < kMaxInt16Products ? dim : kMaxInt16Products));
    const float largest = static_cast<float>(room < INT16_MAX ? room : INT16_MAX);
    *scale = magnitude / largest;
    int16_t* quantized = static_cast<int16_t*>(words);
    for (int64_t i = 0; i < dim; i++) {
      quantized[i] = static_cast<int16_t>(rounded(query[i] / magnitude * largest));
    }
  }
};

template <class Stored>
constexpr PackedFrom kPackedFromOf = kPackedFrom256;
template <>
constexpr PackedFrom kPackedFromOf<StoredFloat32> = {.one_vector = 9, .next_vector = 5, .two_vectors = 9};

template <class Stored>
struct RowsOf : FloatRows<Vector256, Stored> {};
template <>
struct RowsOf<StoredInt8> : Int8Pairs256 {};

template <class... Stored>
struct Types {
  static constexpr TypeTable kTable = {
      {type_kernels<RowsOf<Stored>, FloatRows<Vector256, Stored>>(kPackedFromOf<Stored>)...}};
};

}  // namespace

constinit const TypeTable avx2_types = StoredTypes<Types>::kTable;

constinit const ScoreKernels avx2_scores = {.vector_lanes = Vector256::kLanes,
                                            .add_class_sums = add_class_sums<Vector256>,
                                            .weigh = weigh<Vector256>,
                                            .add_gradient = add_gradient<Vector256>,
                                            .find_candidates = find_candidates<Vector256>,
                                            .normalize = normalize,
                                            .hadamard = hadamard<EightLanes, 8>};

constinit const Kernels avx2_kernels =
    kernels_of("avx2", avx2_types, avx2_scores);

}  // namespace afterimage
