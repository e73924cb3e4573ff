// int8 keys without VNNI: elements are widened to 16 bits and multiplied in pairs by vpmaddwd, at twice the rate of
// float32. Queries get as many bits as 32-bit sums leave room for.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_INT8_H
#define AFTERIMAGE_CPU_TIERS_AVX2_INT8_H

#include <math.h>

#include "tiers/avx2_formats.h"

namespace afterimage {
namespace {

struct Int8Pairs256 {
  using Vector = Vector256;
  using Words = __m256i;
  using Sum = __m256i;
  static constexpr int64_t kLanes = 8;
  static constexpr int64_t kElements = 16;
  static constexpr int64_t kWordElements = 2;
  static constexpr int64_t kVectorBytes = 16;
  static constexpr int64_t kStoredWordBytes = 2;
  static constexpr int kPackedKeys = 6;
  static constexpr int kDotKeys = 2;
  static constexpr bool kScaled = false;

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
  static Sum zero() { return _mm256_setzero_si256(); }
  static Sum start(const int32_t*) { return zero(); }
  static Sum add(Sum a, Sum b) { return _mm256_add_epi32(a, b); }
  static Sum multiply_add(Words query, Words key, Sum sum) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(query, key));
  }

  static Vector::Type scaled(Sum sum, const float* key_scales, int64_t key, int64_t keys, const float* query_scales) {
    const float key_scale = key < keys ? key_scales[key] : 0;
    return _mm256_mul_ps(_mm256_cvtepi32_ps(sum),
                         _mm256_mul_ps(_mm256_loadu_ps(query_scales), _mm256_set1_ps(key_scale)));
  }

  static __m128 four_sums(Sum a, Sum b, Sum c, Sum d) {
    const __m256i abcd = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_cvtepi32_ps(_mm_add_epi32(_mm256_castsi256_si128(abcd), _mm256_extracti128_si256(abcd, 1)));
  }
  static __m128 scores_of_queries(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                                  const Quantization& quantization, int64_t query) {
    return _mm_mul_ps(four_sums(a, b, c, d),
                      _mm_mul_ps(_mm_loadu_ps(quantization.scales + query), _mm_set1_ps(key_scales[key])));
  }
  static __m128 scores_of_keys(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                               const Quantization& quantization, int64_t query) {
    return _mm_mul_ps(four_sums(a, b, c, d),
                      _mm_mul_ps(_mm_set1_ps(quantization.scales[query]), _mm_loadu_ps(key_scales + key)));
  }

  // Sums of products of keys, up to 127, and queries, up to `largest`, stay below 2^31.
  static void quantize_query(const float* query, int64_t dim, void* words, float* scale) {
    float magnitude = 0;
    for (int64_t i = 0; i < dim; i++) magnitude = fmaxf(magnitude, fabsf(query[i]));
    if (magnitude == 0) magnitude = 1;  // columns of a query may be all zeros
    const int64_t room = INT32_MAX / (127 * (dim < kMaxInt16Products ? dim : kMaxInt16Products));
    const float largest = static_cast<float>(room < INT16_MAX ? room : INT16_MAX);
    *scale = magnitude / largest;
    int16_t* quantized = static_cast<int16_t*>(words);
    for (int64_t i = 0; i < dim; i++) {
      quantized[i] = static_cast<int16_t>(lrintf(query[i] / magnitude * largest));
    }
  }
};

}  // namespace
}  // namespace afterimage

#endif
