// The vectors and the float32 row formats of the AVX-512 tiers.
#ifndef AFTERIMAGE_CPU_TIERS_AVX512_FORMATS_H
#define AFTERIMAGE_CPU_TIERS_AVX512_FORMATS_H

#include <immintrin.h>
#include <string.h>

#include "kernels.h"
#include "templates/exponentials.h"
#include "templates/float_rows.h"
#include "templates/stored_elements.h"
#include "tiers/avx2_formats.h"

namespace afterimage {
namespace {

inline __mmask16 first_lanes(int64_t count) { return static_cast<__mmask16>((1u << count) - 1); }

// One 32-bit word in all lanes, or two words in turn.
template <int kWords>
__m512i broadcast_words(const char* place) {
  if (kWords == 2) {
    int64_t words;
    memcpy(&words, place, sizeof words);
    return _mm512_set1_epi64(words);
  }
  int32_t word;
  memcpy(&word, place, sizeof word);
  return _mm512_set1_epi32(word);
}

// The sums of every kWords adjacent lanes, in the first 16 / kWords lanes; the other lanes are undefined.
template <int kWords>
__m512 fold(__m512 value) {
  if (kWords == 1) return value;
  value = _mm512_add_ps(value, _mm512_permute_ps(value, 0xb1));
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_permutexvar_ps(_mm512_mullo_epi32(lanes, _mm512_set1_epi32(kWords)), value);
}
template <int kWords>
__m512i fold(__m512i value) {
  if (kWords == 1) return value;
  value = _mm512_add_epi32(value, _mm512_shuffle_epi32(value, _MM_PERM_CDAB));
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_permutexvar_epi32(_mm512_mullo_epi32(lanes, _mm512_set1_epi32(kWords)), value);
}

// Writes the scores of one key, or adds them.
template <int kLanes>
void store_lanes(__m512 score, const UnpackedArguments& arguments, int64_t key) {
  constexpr __mmask16 lanes = static_cast<__mmask16>((1u << kLanes) - 1);
  float* place = arguments.scores + key * kBlockLanes;
  if (arguments.add) score = _mm512_add_ps(score, _mm512_maskz_loadu_ps(lanes, place));
  _mm512_mask_storeu_ps(place, lanes, score);
}

struct Vector512 : FourLanes128 {
  using Type = __m512;
  using Integers = __m512i;
  static constexpr int64_t kLanes = 16;
  static constexpr int kPackedKeys = 8;
  static constexpr int kDotKeys = 4;
  static constexpr int kGradientQueries = 8;
  static constexpr int kGradientVectors = 2;

  static Type all(float value) { return _mm512_set1_ps(value); }
  static Type load(const float* place) { return _mm512_loadu_ps(place); }
  static Type load_part(const float* place, int64_t count) { return _mm512_maskz_loadu_ps(first_lanes(count), place); }
  static void store(float* place, Type value) { _mm512_storeu_ps(place, value); }
  static void store_part(float* place, Type value, int64_t count) {
    _mm512_mask_storeu_ps(place, first_lanes(count), value);
  }
  static Type add(Type a, Type b) { return _mm512_add_ps(a, b); }
  static Type sub(Type a, Type b) { return _mm512_sub_ps(a, b); }
  static Type mul(Type a, Type b) { return _mm512_mul_ps(a, b); }
  static Type fused(Type a, Type b, Type c) { return _mm512_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) { return _mm512_max_ps(a, b); }
  static Type min(Type a, Type b) { return _mm512_min_ps(a, b); }
  // The instruction returns its second operand if one is NaN.
  static Type raise(Type value, float least) { return _mm512_max_ps(all(least), value); }
  static Type zero_below(Type value, float smallest) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(value, all(smallest), _CMP_NLT_UQ), value);
  }
  static uint32_t at_least(Type a, Type b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }

  // vreduceps gives f = y - floor(y); vscalefps multiplies by 2^floor(y) and gives infinity on overflow.
  static Type exp2(Type y) {
    constexpr int kFloor = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
    y = raise(y, kMinExponent);
    return _mm512_scalef_ps(exp2_fraction<Vector512>(_mm512_reduce_ps(y, kFloor)), y);
  }

  static void add_to_doubles(Type value, double* sums) {
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(value));
    const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(value, 1));
    _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_loadu_pd(sums), low));
    _mm512_storeu_pd(sums + 8, _mm512_add_pd(_mm512_loadu_pd(sums + 8), high));
  }

  static float sum_of_lanes(Type value) { return _mm512_reduce_add_ps(value); }
  static float largest_lane(Type value) { return _mm512_reduce_max_ps(value); }

  // Stored elements as floats, without their scale.
  static Type floats_of(__m512 elements, StoredFloat32) { return elements; }
  static Type floats_of(__m256i elements, StoredFloat16) { return _mm512_cvtph_ps(elements); }
  static Type floats_of(__m256i elements, StoredBfloat16) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(elements), 16));
  }
  static Type floats_of(__m128i elements, StoredInt8) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(elements)); }
  template <class Elements, class Stored>
  static Type floats_of(Elements elements, Stored) {
    float lanes[kLanes];
    load_lanes<Stored>(&elements, kLanes, lanes);
    return load(lanes);
  }
  template <class Stored>
  static Type widen(const char* place, Stored type) {
    if constexpr (sizeof(typename Stored::Element) == 4) {
      return floats_of(_mm512_loadu_ps(place), type);
    } else if constexpr (sizeof(typename Stored::Element) == 2) {
      return floats_of(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(place)), type);
    } else {
      return floats_of(_mm_loadu_si128(reinterpret_cast<const __m128i*>(place)), type);
    }
  }
  template <class Stored>
  static Type widen_part(const char* place, int64_t count, Stored type) {
    if constexpr (sizeof(typename Stored::Element) == 4) {
      return floats_of(_mm512_maskz_loadu_ps(first_lanes(count), place), type);
    } else if constexpr (sizeof(typename Stored::Element) == 2) {
      return floats_of(_mm256_maskz_loadu_epi16(first_lanes(count), place), type);
    } else {
      return floats_of(_mm_maskz_loadu_epi8(first_lanes(count), place), type);
    }
  }
  static void store_halves(uint16_t* place, Type value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(place),
                        _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }

  static Type broadcast(const uint32_t* place) { return _mm512_set1_ps(*reinterpret_cast<const float*>(place)); }
  static Integers all_integers(int32_t value) { return _mm512_set1_epi32(value); }
  static Integers load(const int32_t* place) { return _mm512_loadu_si512(place); }
  static Integers load_bytes(const char* place, int64_t count) {
    return _mm512_maskz_loadu_epi8((uint64_t{1} << count) - 1, place);
  }
  static Integers add(Integers a, Integers b) { return _mm512_add_epi32(a, b); }
  static Type floats(Integers value) { return _mm512_cvtepi32_ps(value); }
  using FourLanes128::floats;

  // The sum of the lanes of each.
  static __m128 four_sums(Type a, Type b, Type c, Type d) {
    const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    const __m512 abcd = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(abcd), _mm512_extractf32x8_ps(abcd, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  }
  static __m128i four_sums(Integers a, Integers b, Integers c, Integers d) {
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    const __m512i abcd = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti32x8_epi32(abcd, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  }
};

// Rows of FloatRows for unpacked products too: float32, or converted copies.
template <class Stored>
struct Rows512 : FloatRows<Vector512, Stored> {
  static constexpr bool kConverted = sizeof(typename Stored::Element) < sizeof(float);
  template <int kWords>
  static __m512 broadcast_key(const char* words) {
    return _mm512_castsi512_ps(broadcast_words<kWords>(words));
  }
  static void store_words(uint32_t* place, __m512 words) { _mm512_store_ps(place, words); }
  template <int kWords>
  static void store_scores(__m512 sum, const UnpackedArguments& arguments, int64_t key) {
    store_lanes<16 / kWords>(fold<kWords>(sum), arguments, key);
  }
};

}  // namespace
}  // namespace afterimage

#endif
