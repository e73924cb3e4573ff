// Products of codes with int8 queries, with VNNI.
#ifndef AFTERIMAGE_CPU_TIERS_AVX512_CODES_H
#define AFTERIMAGE_CPU_TIERS_AVX512_CODES_H

#include <immintrin.h>

#include "templates/code_products.h"
#include "tiers/avx2_codes.h"

namespace afterimage {
namespace {

// Adds the products of four unsigned and four signed bytes to each lane. Inline assembly, because GCC 12 copies the
// sums of the intrinsic between registers. These copies fill the reorder window, which limits how far memory is read
// ahead (`runner bench few`).
[[gnu::always_inline]] inline __m512i add_byte_products(__m512i sum, __m512i unsigned_bytes, __m512i signed_bytes) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(unsigned_bytes), "vm"(signed_bytes));
  return sum;
}

// The sum of the lanes of each.
inline __m128i four_sums(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i abcd = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti32x8_epi32(abcd, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// For vectors of 256 bits: a unit of codes of 2 bits fills no more.
struct SumsOfBytes {
  static constexpr int kKeysOfFourRows = 4;
  static constexpr int kKeysOfTwoRows = 4;

  static void add(__m256i& sum, const __m256i (&codes)[kQuarters], const __m256i (&query)[kQuarters]) {
#pragma GCC unroll 4
    for (int64_t i = 0; i < kQuarters; i++) asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes[i]), "v"(query[i]));
  }
};

template <int kBits>
struct Codes512 : WholeUnits<8 * kBits> {
  using Sum = __m512i;
  static constexpr int64_t kUnitBytes = 8 * kBits;
  // From the place that is multiplied to the place that is prefetched (`runner bench screen`).
  static constexpr int64_t kPrefetchBytes = 512;
  static constexpr int kKeysOfFourRows = 4;
  static constexpr int kKeysOfTwoRows = 4;

  static Sum zero() { return _mm512_setzero_si512(); }
  static void store_sums(int32_t* place, Sum a, Sum b, Sum c, Sum d) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(place), four_sums(a, b, c, d));
  }

  // The codes of a unit, in the order of their elements.
  static __m512i load(const uint8_t* place) {
    if (kBits == 8) return _mm512_loadu_si512(place);
    const __m512i twice = _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(place)));
    const __m512i shifts = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(4), 1);
    return _mm512_and_si512(_mm512_srlv_epi16(twice, shifts), _mm512_set1_epi8(15));
  }

  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kRows]) {
    // Each sum of few waits for the one before: a second one fills the time.
    constexpr int64_t kChains = kKeys * kRows < 8 ? 2 : 1;
    Sum more[kKeys * kRows];
#pragma GCC unroll 16
    for (int i = 0; i < kKeys * kRows; i++) more[i] = zero();
    int64_t unit = 0;
    for (; unit + kChains <= units; unit += kChains) {
      add_unit<kKeys, kRows>(keys + unit * kUnitBytes, stride, queries + unit * kUnitElements, query_stride, sums);
      if (kChains == 2) {
        add_unit<kKeys, kRows>(keys + (unit + 1) * kUnitBytes, stride, queries + (unit + 1) * kUnitElements,
                               query_stride, more);
      }
      if (kKeys == 1) _mm_prefetch(keys + unit * kUnitBytes + kPrefetchBytes, _MM_HINT_T1);
      if (kKeys == 1 && kBits == 8) _mm_prefetch(keys + (unit + 1) * kUnitBytes + kPrefetchBytes, _MM_HINT_T1);
    }
    if (unit < units) {
      add_unit<kKeys, kRows>(keys + unit * kUnitBytes, stride, queries + unit * kUnitElements, query_stride, sums);
      if (kKeys == 1) _mm_prefetch(keys + unit * kUnitBytes + kPrefetchBytes, _MM_HINT_T1);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kKeys * kRows; i++) sums[i] = _mm512_add_epi32(sums[i], more[i]);
  }

 private:
  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_unit(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                     int64_t query_stride, Sum (&sums)[kKeys * kRows]) {
    __m512i elements[kRows];
#pragma GCC unroll 4
    for (int q = 0; q < kRows; q++) elements[q] = _mm512_loadu_si512(queries + q * query_stride);
#pragma GCC unroll 4
    for (int k = 0; k < kKeys; k++) {
      const __m512i codes = load(keys + k * stride);
#pragma GCC unroll 4
      for (int q = 0; q < kRows; q++) {
        sums[q * kKeys + k] = add_byte_products(sums[q * kKeys + k], codes, elements[q]);
      }
    }
  }
};

}  // namespace
}  // namespace afterimage

#endif
