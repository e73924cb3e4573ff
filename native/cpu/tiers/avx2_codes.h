// Products of codes with int8 queries in 256-bit vectors.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_CODES_H
#define AFTERIMAGE_CPU_TIERS_AVX2_CODES_H

#include <immintrin.h>

#include "templates/code_products.h"
#include "tiers/avx2_formats.h"

namespace afterimage {
namespace {

// Sums::add adds the products of the four quarters of a unit and of a query.
template <class Sums>
struct Quarters256 {
  using Sum = __m256i;
  // From the place that is multiplied to the place that is prefetched (`runner bench sketch`).
  static constexpr int64_t kPrefetchBytes = 16384;
  static constexpr int kKeysOfFourQueries = Sums::kKeysOfFourQueries;
  static constexpr int kKeysOfTwoQueries = Sums::kKeysOfTwoQueries;

  static Sum zero() { return _mm256_setzero_si256(); }
  static void store_sums(int32_t* place, Sum a, Sum b, Sum c, Sum d) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(place), Vector256::four_sums(a, b, c, d));
  }

  template <int kKeys, int kQueries>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kQueries]) {
    for (int64_t unit = 0; unit < units; unit++) {
      __m256i codes[kKeys][kQuarters];
#pragma GCC unroll 4
      for (int k = 0; k < kKeys; k++) {
        const uint8_t* const place = keys + k * stride + unit * kQuarterUnit;
        _mm_prefetch(place + kPrefetchBytes, _MM_HINT_T0);
        const __m256i bytes = load(place);
        codes[k][0] = quarter<0>(bytes);
        codes[k][1] = quarter<1>(bytes);
        codes[k][2] = quarter<2>(bytes);
        codes[k][3] = quarter<3>(bytes);
      }
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        __m256i query[kQuarters];
#pragma GCC unroll 4
        for (int64_t i = 0; i < kQuarters; i++) {
          query[i] = load(queries + q * query_stride + unit * kUnitElements + i * kQuarterUnit);
        }
#pragma GCC unroll 4
        for (int k = 0; k < kKeys; k++) Sums::add(sums[q * kKeys + k], codes[k], query);
      }
    }
  }

 private:
  static __m256i load(const void* place) { return _mm256_loadu_si256(static_cast<const __m256i*>(place)); }

  template <int kQuarter>
  static __m256i quarter(__m256i bytes) {
    const __m256i mask = _mm256_set1_epi8((1 << kQuarterBits[kQuarter]) - 1);
    return _mm256_and_si256(_mm256_srli_epi16(bytes, kQuarterShifts[kQuarter]), mask);
  }
};

struct SumsOf16Bits {
  static constexpr int kKeysOfFourQueries = 1;
  static constexpr int kKeysOfTwoQueries = 2;
  static_assert(2 * (15 + 3 + 1 + 1) * kMaxQueryElement <= 32767, "sums of 16 bits overflow");

  static void add(__m256i& sum, const __m256i (&codes)[kQuarters], const __m256i (&query)[kQuarters]) {
    __m256i products = _mm256_maddubs_epi16(codes[0], query[0]);
#pragma GCC unroll 4
    for (int64_t i = 1; i < kQuarters; i++) {
      products = _mm256_add_epi16(products, _mm256_maddubs_epi16(codes[i], query[i]));
    }
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
  }
};

}  // namespace
}  // namespace afterimage

#endif
