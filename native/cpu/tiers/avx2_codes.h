// Products of codes with int8 queries in 256-bit vectors.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_CODES_H
#define AFTERIMAGE_CPU_TIERS_AVX2_CODES_H

#include <immintrin.h>

#include "templates/code_products.h"

namespace afterimage {
namespace {

struct CodeSums256 {
  using Sum = __m256i;
  static Sum zero() { return _mm256_setzero_si256(); }
  static void store_sums(int32_t* place, Sum a, Sum b, Sum c, Sum d) {
    const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(place),
                     _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
  }
  static __m256i load(const void* place) { return _mm256_loadu_si256(static_cast<const __m256i*>(place)); }
};

// Sums::add adds the products of the four quarters of a unit and of a query.
template <class Sums>
struct Quarters256 : CodeSums256, FourInAByte {
  // From the place that is multiplied to the place that is prefetched (`runner bench sketch`).
  static constexpr int64_t kPrefetchBytes = 16384;
  static constexpr int kKeysOfFourRows = Sums::kKeysOfFourRows;
  static constexpr int kKeysOfTwoRows = Sums::kKeysOfTwoRows;

  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kRows]) {
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
      for (int q = 0; q < kRows; q++) {
        __m256i query[kQuarters];
#pragma GCC unroll 4
        for (int64_t i = 0; i < kQuarters; i++) {
          query[i] = load(queries + q * query_stride + unit * kElements + i * kQuarterUnit);
        }
#pragma GCC unroll 4
        for (int k = 0; k < kKeys; k++) Sums::add(sums[q * kKeys + k], codes[k], query);
      }
    }
  }

 private:
  template <int kQuarter>
  static __m256i quarter(__m256i bytes) {
    const __m256i mask = _mm256_set1_epi8((1 << kQuarterBits[kQuarter]) - 1);
    return _mm256_and_si256(_mm256_srli_epi16(bytes, kQuarterShifts[kQuarter]), mask);
  }
};

struct SumsOf16Bits {
  static constexpr int kKeysOfFourRows = 1;
  static constexpr int kKeysOfTwoRows = 2;
  static_assert(2 * (15 + 3 + 1 + 1) * kMaxQueryElement2 <= 32767, "sums of 16 bits overflow");

  static void add(__m256i& sum, const __m256i (&codes)[kQuarters], const __m256i (&query)[kQuarters]) {
    __m256i products = _mm256_maddubs_epi16(codes[0], query[0]);
#pragma GCC unroll 4
    for (int64_t i = 1; i < kQuarters; i++) {
      products = _mm256_add_epi16(products, _mm256_maddubs_epi16(codes[i], query[i]));
    }
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
  }
};

struct FourBits256 : CodeSums256, WholeUnits<32> {
  // From the place that is multiplied to the place that is prefetched (`runner bench screen`).
  static constexpr int64_t kPrefetchBytes = 4096;
  static constexpr int kKeysOfFourRows = 1;
  static constexpr int kKeysOfTwoRows = 2;

  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kRows]) {
    int64_t unit = 0;
    for (; unit + kSummedUnits <= units; unit += kSummedUnits) {
      add_few<kKeys, kRows>(keys + unit * kUnitBytes, stride, queries + unit * kUnitElements, query_stride,
                            kSummedUnits, sums);
    }
    if (unit < units) {
      add_few<kKeys, kRows>(keys + unit * kUnitBytes, stride, queries + unit * kUnitElements, query_stride,
                            units - unit, sums);
    }
  }

 private:
  // Units whose products fit into 16 bits: each adds four products to a sum.
  static constexpr int64_t kSummedUnits = 4;
  static_assert(kSummedUnits * 4 * 15 * kMaxQueryElement4 <= 32767, "sums of 16 bits overflow");

  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_few(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                    int64_t query_stride, int64_t units, Sum (&sums)[kKeys * kRows]) {
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i parts[kRows * kKeys] = {};
#pragma GCC unroll 4
    for (int64_t unit = 0; unit < units; unit++) {
#pragma GCC unroll 4
      for (int k = 0; k < kKeys; k++) {
        const uint8_t* place = keys + k * stride + unit * kUnitBytes;
        if (unit % 2 == 0) _mm_prefetch(place + kPrefetchBytes, _MM_HINT_T0);
        const __m256i both = load(place);
        const __m256i even = _mm256_and_si256(both, low);
        const __m256i odd = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
#pragma GCC unroll 4
        for (int q = 0; q < kRows; q++) {
          const int8_t* elements = queries + q * query_stride + unit * kUnitElements;
          const __m256i products = _mm256_add_epi16(_mm256_maddubs_epi16(even, load(elements)),
                                                    _mm256_maddubs_epi16(odd, load(elements + 32)));
          parts[q * kKeys + k] = _mm256_add_epi16(parts[q * kKeys + k], products);
        }
      }
      // Without this the compiler begins later units before it has added this one, and sums leave their registers.
#pragma GCC unroll 4
      for (int i = 0; i < kRows * kKeys; i++) asm("" : "+x"(parts[i]));
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRows * kKeys; i++) sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(parts[i], ones));
  }
};

struct EightBits256 : CodeSums256, WholeUnits<64> {
  // From the place that is multiplied to the place that is prefetched (`runner bench screen`).
  static constexpr int64_t kPrefetchBytes = 512;
  static constexpr int kKeysOfFourRows = 2;
  static constexpr int kKeysOfTwoRows = 4;
  static_assert(2 * 255 * kMaxQueryElement8 <= 32767, "sums of 16 bits overflow");

  template <int kKeys, int kRows>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t query_stride, int64_t units,
                                                         Sum (&sums)[kKeys * kRows]) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int64_t byte = 0; byte < units * kUnitBytes; byte += 32) {
      __m256i codes[kKeys];
#pragma GCC unroll 4
      for (int k = 0; k < kKeys; k++) {
        if (byte % 64 == 0) _mm_prefetch(keys + k * stride + byte + kPrefetchBytes, _MM_HINT_T1);
        codes[k] = load(keys + k * stride + byte);
      }
#pragma GCC unroll 4
      for (int q = 0; q < kRows; q++) {
        const __m256i elements = load(queries + q * query_stride + byte);
#pragma GCC unroll 4
        for (int k = 0; k < kKeys; k++) {
          const __m256i products = _mm256_madd_epi16(_mm256_maddubs_epi16(codes[k], elements), ones);
          sums[q * kKeys + k] = _mm256_add_epi32(sums[q * kKeys + k], products);
        }
      }
    }
  }
};

}  // namespace
}  // namespace afterimage

#endif
