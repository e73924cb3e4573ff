// Products of 4-bit codes with int8 queries, 64 elements of a key at a time.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_INT4_H
#define AFTERIMAGE_CPU_TIERS_AVX2_INT4_H

#include <immintrin.h>

#include "kernels.h"

namespace afterimage {
namespace {

// Units whose products fit into 16 bits: each adds 4 products of at most 15 * 127 to a sum.
constexpr int64_t kInt4Units = 4;
static_assert(kInt4Units * 4 * 15 * 127 <= 32767, "sums of 16 bits overflow");

// Bytes from the row that is multiplied to the row that is prefetched (`runner bench screen`).
constexpr int64_t kInt4PrefetchBytes = 4096;

// The sums of four vectors.
[[gnu::always_inline]] inline __m128i sums_of(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
}

// Adds the products of up to kInt4Units units of keys and kRows rows of queries to the sums.
template <int kKeys, int kRows>
[[gnu::always_inline]] inline void add_int4_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                     int64_t units, __m256i (&sums)[kRows][kKeys]) {
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i parts[kRows][kKeys] = {};
#pragma GCC unroll 4
  for (int64_t unit = 0; unit < units; unit++) {
#pragma GCC unroll 4
    for (int k = 0; k < kKeys; k++) {
      const uint8_t* place = keys + k * stride + unit * 32;
      if (unit % 2 == 0) _mm_prefetch(place + kInt4PrefetchBytes, _MM_HINT_T0);
      const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(place));
      const __m256i even = _mm256_and_si256(both, low);
      const __m256i odd = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
#pragma GCC unroll 4
      for (int q = 0; q < kRows; q++) {
        const __m256i* elements = reinterpret_cast<const __m256i*>(queries + 2 * q * stride + unit * 64);
        const __m256i products = _mm256_add_epi16(_mm256_maddubs_epi16(even, _mm256_loadu_si256(elements)),
                                                  _mm256_maddubs_epi16(odd, _mm256_loadu_si256(elements + 1)));
        parts[q][k] = _mm256_add_epi16(parts[q][k], products);
      }
    }
  }
#pragma GCC unroll 4
  for (int q = 0; q < kRows; q++) {
#pragma GCC unroll 4
    for (int k = 0; k < kKeys; k++) sums[q][k] = _mm256_add_epi32(sums[q][k], _mm256_madd_epi16(parts[q][k], ones));
  }
}

// Products of one key with two or four rows of queries, or of four keys with one.
template <int kKeys, int kRows>
[[gnu::always_inline]] inline void multiply_int4_block(const Int4Arguments& arguments, int64_t stride, int64_t key,
                                                       int64_t query) {
  const uint8_t* keys = arguments.rows + key * stride;
  const int8_t* queries = arguments.queries + query * 2 * stride;
  __m256i sums[kRows][kKeys] = {};
  int64_t byte = 0;
  if (stride == 32) {
    add_int4_products<kKeys, kRows>(keys, 32, queries, 1, sums);
    byte = stride;
  }
  for (; byte + kInt4Units * 32 <= stride; byte += kInt4Units * 32) {
    add_int4_products<kKeys, kRows>(keys + byte, stride, queries + 2 * byte, kInt4Units, sums);
  }
  if (byte < stride) add_int4_products<kKeys, kRows>(keys + byte, stride, queries + 2 * byte, (stride - byte) / 32, sums);
  int32_t* products = arguments.products + query * arguments.count + key;
  if (kRows == 4) {
    alignas(16) int32_t all[4];
    _mm_store_si128(reinterpret_cast<__m128i*>(all), sums_of(sums[0][0], sums[1][0], sums[2 % kRows][0], sums[3 % kRows][0]));
    for (int q = 0; q < 4; q++) products[q * arguments.count] = all[q];
    return;
  }
  if (kKeys == 4) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(products),
                     sums_of(sums[0][0], sums[0][1 % kKeys], sums[0][2 % kKeys], sums[0][3 % kKeys]));
    return;
  }
  const __m128i all = sums_of(sums[0][0], sums[0][0], sums[kRows - 1][0], sums[kRows - 1][0]);
  products[0] = _mm_cvtsi128_si32(all);
  if (kRows == 2) products[arguments.count] = _mm_extract_epi32(all, 2);
}

[[gnu::always_inline]] inline void multiply_int4_rows(const Int4Arguments& arguments, int64_t stride) {
  int64_t query = 0;
  for (; query + 4 <= arguments.query_count; query += 4) {
    for (int64_t key = 0; key < arguments.count; key++) multiply_int4_block<1, 4>(arguments, stride, key, query);
  }
  for (; query + 2 <= arguments.query_count; query += 2) {
    for (int64_t key = 0; key < arguments.count; key++) multiply_int4_block<1, 2>(arguments, stride, key, query);
  }
  if (query == arguments.query_count) return;
  int64_t key = 0;
  for (; key + 4 <= arguments.count; key += 4) multiply_int4_block<4, 1>(arguments, stride, key, query);
  for (; key < arguments.count; key++) multiply_int4_block<1, 1>(arguments, stride, key, query);
}

inline void multiply_int4(const Int4Arguments& arguments) {
  // Rows of one unit, as those of a sketch, need no loop.
  if (arguments.row_bytes == 32) return multiply_int4_rows(arguments, 32);
  multiply_int4_rows(arguments, arguments.row_bytes);
}

}  // namespace
}  // namespace afterimage

#endif
