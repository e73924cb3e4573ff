// AVX2, FMA and F16C: int8 is multiplied in pairs of 16 bits, every other type in float32.
#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "templates/dot_product.h"
#include "templates/exponentials.h"
#include "templates/gradient_product.h"
#include "templates/hadamard.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"
#include "tiers/avx2_int8.h"

namespace afterimage {
namespace {

struct Vector256 {
  using Type = __m256;
  static constexpr int64_t kLanes = 8;
  static constexpr int kGradientQueries = 6;

  static Type all(float value) { return _mm256_set1_ps(value); }
  static Type load(const float* place) { return _mm256_loadu_ps(place); }
  // Ends of rows go through a buffer: emulators touch what masked loads and stores leave out.
  static Type load_part(const float* place, int64_t count) {
    float lanes[kLanes] = {};
    memcpy(lanes, place, count * sizeof(float));
    return load(lanes);
  }
  static void store(float* place, Type value) { _mm256_storeu_ps(place, value); }
  static void store_part(float* place, Type value, int64_t count) {
    float lanes[kLanes];
    store(lanes, value);
    memcpy(place, lanes, count * sizeof(float));
  }
  static Type add(Type a, Type b) { return _mm256_add_ps(a, b); }
  static Type sub(Type a, Type b) { return _mm256_sub_ps(a, b); }
  static Type mul(Type a, Type b) { return _mm256_mul_ps(a, b); }
  static Type fused(Type a, Type b, Type c) { return _mm256_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) { return _mm256_max_ps(a, b); }
  static Type min(Type a, Type b) { return _mm256_min_ps(a, b); }
  static Type zero_below(Type value, float smallest) {
    return _mm256_and_ps(_mm256_cmp_ps(value, all(smallest), _CMP_GE_OQ), value);
  }
  static uint32_t at_least(Type a, Type b) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ)));
  }

  // The exponent field of 2^floor(y) is 255, which is infinity, at y = 128.
  static Type exp2(Type y) {
    y = _mm256_min_ps(_mm256_max_ps(y, all(kMinExponent)), all(128.0f));
    const Type floor = _mm256_floor_ps(y);
    const __m256i exponent = _mm256_add_epi32(_mm256_cvttps_epi32(floor), _mm256_set1_epi32(127));
    const Type power = _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
    return _mm256_mul_ps(exp2_fraction<Vector256>(_mm256_sub_ps(y, floor)), power);
  }

  static void add_to_doubles(Type value, double* sums) {
    const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(value));
    const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(value, 1));
    _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), low));
    _mm256_storeu_pd(sums + 4, _mm256_add_pd(_mm256_loadu_pd(sums + 4), high));
  }

  static float sum_of_lanes(Type value) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
    four = _mm_hadd_ps(four, four);
    return _mm_cvtss_f32(_mm_hadd_ps(four, four));
  }
  static float largest_lane(Type value) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
  }

  static __m128 load_four(const float* place) { return _mm_loadu_ps(place); }
  static void store_four(float* place, __m128 value) { _mm_storeu_ps(place, value); }
  static __m128 add_four(__m128 a, __m128 b) { return _mm_add_ps(a, b); }
};

// Stored is how rows lie in memory; they become float32 when they are loaded.
template <class Stored, int64_t kStoredBytes, bool kIsScaled>
struct Format256 {
  using Vector = Vector256;
  using Words = __m256;
  using Sum = __m256;
  static constexpr int64_t kLanes = 8;     // words in a vector
  static constexpr int64_t kElements = 8;  // elements in a vector
  static constexpr int64_t kWordElements = 1;
  static constexpr int64_t kVectorBytes = 8 * kStoredBytes;
  static constexpr int64_t kStoredWordBytes = kStoredBytes;
  static constexpr int kPackedKeys = 6;
  static constexpr int kDotKeys = 2;
  static constexpr bool kScaled = kIsScaled;

  static Words load_words(const uint32_t* place) { return _mm256_loadu_ps(reinterpret_cast<const float*>(place)); }
  static Words broadcast(const uint32_t* place) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(place)); }
  static Words load_key(const char* place) { return Stored::widen(place); }
  static Words load_key_part(const char* place, int64_t count) {
    char elements[kVectorBytes] = {};
    memcpy(elements, place, count * kStoredBytes);
    return Stored::widen(elements);
  }
  static Sum zero() { return _mm256_setzero_ps(); }
  static Sum start(const int32_t*) { return zero(); }
  static Sum add(Sum a, Sum b) { return _mm256_add_ps(a, b); }
  static Sum multiply_add(Words query, Words key, Sum sum) { return _mm256_fmadd_ps(query, key, sum); }
  // Staged keys are scaled already.
  static Vector::Type scaled(Sum sum, const float*, int64_t, int64_t, const float*) { return sum; }

  static __m128 four_sums(Sum a, Sum b, Sum c, Sum d) {
    const __m256 abcd = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1));
  }
  // Sums are those of one key and four queries, or of four keys and one query.
  static __m128 scores_of_queries(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key, const Quantization&,
                                  int64_t) {
    const __m128 sums = four_sums(a, b, c, d);
    return kScaled ? _mm_mul_ps(sums, _mm_set1_ps(key_scales[key])) : sums;
  }
  static __m128 scores_of_keys(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key, const Quantization&,
                               int64_t) {
    const __m128 sums = four_sums(a, b, c, d);
    return kScaled ? _mm_mul_ps(sums, _mm_loadu_ps(key_scales + key)) : sums;
  }
};

struct Float32Stored {
  static __m256 widen(const char* place) { return _mm256_loadu_ps(reinterpret_cast<const float*>(place)); }
};
struct Float16Stored {
  static __m256 widen(const char* place) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(place)));
  }
};
struct Bfloat16Stored {
  static __m256 widen(const char* place) {
    const __m128i elements = _mm_loadu_si128(reinterpret_cast<const __m128i*>(place));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(elements), 16));
  }
};
struct Int8Stored {
  static __m256 widen(const char* place) {
    const __m128i elements = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(place));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(elements));
  }
};

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

template <RowFormat Format>
constexpr TypeKernels type_kernels(decltype(TypeKernels::store) store) {
  return {.elements_per_word = 1,
          .packed_product = packed_product<Format>,
          .dot_product = dot_product<Format>,
          .load = load_vectors<Format>,
          .store = store};
}
constexpr TypeKernels float32 = type_kernels<Format256<Float32Stored, 4, false>>(store_rows<StoredFloat32>);
constexpr TypeKernels float16 = type_kernels<Format256<Float16Stored, 2, false>>(store_float16);
constexpr TypeKernels bfloat16 = type_kernels<Format256<Bfloat16Stored, 2, false>>(store_rows<StoredBfloat16>);
using Int8Pairs = Int8Pairs256<Vector256>;
constexpr TypeKernels int8 = {.elements_per_word = 2,
                              .packed_product = packed_product<Int8Pairs>,
                              .dot_product = dot_product<Int8Pairs>,
                              .load = load_vectors<Format256<Int8Stored, 1, true>>,
                              .store = store_rows<StoredInt8>,
                              .quantize_query = Int8Pairs::quantize_query};

constexpr ScoreKernels scores = {.vector_lanes = Vector256::kLanes,
                                 .add_class_sums = add_class_sums<Vector256>,
                                 .weigh = weigh<Vector256>,
                                 .add_gradient = add_gradient<Vector256>,
                                 .find_candidates = find_candidates<Vector256>,
                                 .normalize = normalize,
                                 .hadamard = hadamard<EightLanes, 8>};

}  // namespace

const Kernels avx2_kernels = {.name = "avx2", .types = {&float32, &float16, &bfloat16, &int8}, .scores = &scores};

}  // namespace afterimage
