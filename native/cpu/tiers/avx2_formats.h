// The float vector and the float32 row formats of the AVX2 tier.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_FORMATS_H
#define AFTERIMAGE_CPU_TIERS_AVX2_FORMATS_H

#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "templates/exponentials.h"

namespace afterimage {
namespace {

struct Vector256 {
  using Type = __m256;
  static constexpr int64_t kLanes = 8;
  static constexpr int kGradientQueries = 4;
  static constexpr int kGradientVectors = 3;

  static Type all(float value) { return _mm256_set1_ps(value); }
  static Type load(const float* place) { return _mm256_loadu_ps(place); }
  // Copies the end of a row: emulators access memory that masked loads and stores exclude.
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
  // The instruction returns its second operand if one is NaN.
  static Type raise(Type value, float least) { return _mm256_max_ps(all(least), value); }
  static Type zero_below(Type value, float smallest) {
    return _mm256_and_ps(_mm256_cmp_ps(value, all(smallest), _CMP_NLT_UQ), value);
  }
  static uint32_t at_least(Type a, Type b) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ)));
  }

  // The exponent field of 2^floor(y) is 255, which is infinity, at y = 128.
  static Type exp2(Type y) {
    y = _mm256_min_ps(all(128.0f), raise(y, kMinExponent));
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

// Rows that are float32, or become float32 when they are loaded.
template <class Elements, int64_t kElementBytes, bool kIsScaled>
struct Rows256 {
  using Vector = Vector256;
  using Words = __m256;
  using Sum = __m256;
  static constexpr int64_t kLanes = 8;     // words in a vector
  static constexpr int64_t kElements = 8;  // elements in a vector
  static constexpr int64_t kWordElements = 1;
  static constexpr int64_t kVectorBytes = 8 * kElementBytes;
  static constexpr int64_t kStoredWordBytes = kElementBytes;
  static constexpr int kPackedKeys = 6;
  static constexpr int kDotKeys = 2;
  static constexpr bool kScaled = kIsScaled;

  static Words load_words(const uint32_t* place) { return _mm256_loadu_ps(reinterpret_cast<const float*>(place)); }
  static Words broadcast(const uint32_t* place) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(place)); }
  static Words load_key(const char* place) { return Elements::widen(place); }
  static Words load_key_part(const char* place, int64_t count) {
    char elements[kVectorBytes] = {};
    memcpy(elements, place, count * kElementBytes);
    return Elements::widen(elements);
  }
  static Sum zero() { return _mm256_setzero_ps(); }
  static Sum start(const int32_t*) { return zero(); }
  static Sum add(Sum a, Sum b) { return _mm256_add_ps(a, b); }
  static Sum multiply_add(Words query, Words key, Sum sum) { return _mm256_fmadd_ps(query, key, sum); }
  // Packed keys are scaled already.
  static Vector::Type scaled(Sum sum, const float*, int64_t, int64_t, const float*) { return sum; }

  static __m128 four_sums(Sum a, Sum b, Sum c, Sum d) {
    const __m256 abcd = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1));
  }
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

struct Float32Elements {
  static __m256 widen(const char* place) { return _mm256_loadu_ps(reinterpret_cast<const float*>(place)); }
};
struct Float16Elements {
  static __m256 widen(const char* place) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(place)));
  }
};
struct Bfloat16Elements {
  static __m256 widen(const char* place) {
    const __m128i elements = _mm_loadu_si128(reinterpret_cast<const __m128i*>(place));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(elements), 16));
  }
};
struct Int8Elements {
  static __m256 widen(const char* place) {
    const __m128i elements = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(place));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(elements));
  }
};

using Float32Rows256 = Rows256<Float32Elements, 4, false>;
using Float16Rows256 = Rows256<Float16Elements, 2, false>;
using Bfloat16Rows256 = Rows256<Bfloat16Elements, 2, false>;
using Int8Rows256 = Rows256<Int8Elements, 1, true>;

}  // namespace
}  // namespace afterimage

#endif
