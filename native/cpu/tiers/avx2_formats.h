// The vectors of 256 bits, of the AVX2 tiers.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_FORMATS_H
#define AFTERIMAGE_CPU_TIERS_AVX2_FORMATS_H

#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "templates/exponentials.h"
#include "templates/float_rows.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

// Four scores or sums, also of the AVX-512 tiers.
struct FourLanes128 {
  static __m128 load_four(const float* place) { return _mm_loadu_ps(place); }
  static __m128i load_four(const int32_t* place) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(place)); }
  static __m128 all_four(float value) { return _mm_set1_ps(value); }
  static __m128i all_four(int32_t value) { return _mm_set1_epi32(value); }
  static void store_four(float* place, __m128 value) { _mm_storeu_ps(place, value); }
  static __m128 add_four(__m128 a, __m128 b) { return _mm_add_ps(a, b); }
  static __m128i add_four(__m128i a, __m128i b) { return _mm_add_epi32(a, b); }
  static __m128 mul_four(__m128 a, __m128 b) { return _mm_mul_ps(a, b); }
  static __m128 floats(__m128i value) { return _mm_cvtepi32_ps(value); }
};

struct Vector256 : FourLanes128 {
  using Type = __m256;
  using Integers = __m256i;
  static constexpr int64_t kLanes = 8;
  static constexpr int kPackedKeys = 6;
  static constexpr int kDotKeys = 2;
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

  // Stored elements as floats, without their scale.
  static Type widen(const char* place, StoredFloat32) { return _mm256_loadu_ps(reinterpret_cast<const float*>(place)); }
  static Type widen(const char* place, StoredFloat16) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(place)));
  }
  static Type widen(const char* place, StoredBfloat16) {
    const __m128i elements = _mm_loadu_si128(reinterpret_cast<const __m128i*>(place));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(elements), 16));
  }
  static Type widen(const char* place, StoredInt8) {
    const __m128i elements = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(place));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(elements));
  }
  template <class Stored>
  static Type widen(const char* place, Stored) {
    float lanes[kLanes];
    load_lanes<Stored>(place, kLanes, lanes);
    return load(lanes);
  }
  template <class Stored>
  static Type widen_part(const char* place, int64_t count, Stored type) {
    constexpr int64_t kElementBytes = sizeof(typename Stored::Element);
    char elements[kLanes * kElementBytes] = {};
    memcpy(elements, place, count * kElementBytes);
    return widen(elements, type);
  }
  static void store_halves(uint16_t* place, Type value) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(place),
                     _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }

  static Type broadcast(const uint32_t* place) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(place)); }
  static Integers all_integers(int32_t value) { return _mm256_set1_epi32(value); }
  static Integers load(const int32_t* place) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(place)); }
  static Integers load_bytes(const char* place, int64_t count) {
    int32_t bytes[kLanes] = {};
    memcpy(bytes, place, count);
    return load(bytes);
  }
  static Integers add(Integers a, Integers b) { return _mm256_add_epi32(a, b); }
  static Type floats(Integers value) { return _mm256_cvtepi32_ps(value); }
  using FourLanes128::floats;

  // The sum of the lanes of each.
  static __m128 four_sums(Type a, Type b, Type c, Type d) {
    const __m256 abcd = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1));
  }
  static __m128i four_sums(Integers a, Integers b, Integers c, Integers d) {
    const __m256i abcd = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_add_epi32(_mm256_castsi256_si128(abcd), _mm256_extracti128_si256(abcd, 1));
  }
};

}  // namespace
}  // namespace afterimage

#endif
