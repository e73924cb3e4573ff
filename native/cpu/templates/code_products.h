// Products of codes with int8 queries, a block of keys and queries at a time.
#ifndef AFTERIMAGE_CPU_TEMPLATES_CODE_PRODUCTS_H
#define AFTERIMAGE_CPU_TEMPLATES_CODE_PRODUCTS_H

#include <string.h>

#include "kernels.h"

namespace afterimage {
namespace {

// Elements of a unit of a query.
constexpr int64_t kUnitElements = kQuarters * kQuarterUnit;

// A format has a vector of sums of type Sum with zero(), and the keys of a block with two and four queries, so many that
// all sums stay in registers. add_products adds to sums[query * keys + key]; store_sums stores the sums of the lanes of
// four vectors.
template <class Format, int kKeys, int kQueries, bool kFromMemory>
[[gnu::always_inline]] inline void multiply_block(const CodeArguments& arguments, int64_t units, int64_t key,
                                                  int64_t query) {
  constexpr int kSums = kKeys * kQueries;
  const int64_t stride = arguments.row_bytes;
  const int64_t query_stride = units * kUnitElements;
  typename Format::Sum sums[kSums];
#pragma GCC unroll 16
  for (int i = 0; i < kSums; i++) sums[i] = Format::zero();
  const uint8_t* keys = arguments.rows + key * stride;
  const int8_t* queries = arguments.queries + query * query_stride;
  if (kFromMemory) {
    // One row after the other, as the hardware prefetcher expects.
#pragma GCC unroll 4
    for (int k = 0; k < kKeys; k++) {
      typename Format::Sum of_key[kQueries];
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) of_key[q] = Format::zero();
      Format::template add_products<1, kQueries>(keys + k * stride, stride, queries, query_stride, units, of_key);
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) sums[q * kKeys + k] = of_key[q];
    }
  } else {
    Format::template add_products<kKeys, kQueries>(keys, stride, queries, query_stride, units, sums);
  }
  alignas(16) int32_t all[(kSums + 3) / 4 * 4];
#pragma GCC unroll 4
  for (int i = 0; i < kSums; i += 4) {
    Format::store_sums(all + i, sums[i], sums[(i + 1) % kSums], sums[(i + 2) % kSums], sums[(i + 3) % kSums]);
  }
  int32_t* products = arguments.products + query * arguments.count + key;
#pragma GCC unroll 4
  for (int q = 0; q < kQueries; q++) memcpy(products + q * arguments.count, all + q * kKeys, sizeof(int32_t) * kKeys);
}

template <class Format, int kKeys, int kQueries, bool kFromMemory>
[[gnu::always_inline]] inline void multiply_queries(const CodeArguments& arguments, int64_t units, int64_t query) {
  int64_t key = 0;
  for (; key + kKeys <= arguments.count; key += kKeys) {
    multiply_block<Format, kKeys, kQueries, kFromMemory>(arguments, units, key, query);
  }
  for (; key < arguments.count; key++) multiply_block<Format, 1, kQueries, kFromMemory>(arguments, units, key, query);
}

template <class Format>
[[gnu::always_inline]] inline void multiply_units(const CodeArguments& arguments, int64_t units) {
  // The first queries read the keys from memory, all others from a cache.
  if (arguments.query_count == 1) return multiply_queries<Format, 4, 1, true>(arguments, units, 0);
  if (arguments.query_count < 4) {
    multiply_queries<Format, Format::kKeysOfTwoQueries, 2, true>(arguments, units, 0);
    if (arguments.query_count == 3) multiply_queries<Format, 4, 1, false>(arguments, units, 2);
    return;
  }
  multiply_queries<Format, Format::kKeysOfFourQueries, 4, true>(arguments, units, 0);
  int64_t query = 4;
  for (; query + 4 <= arguments.query_count; query += 4) {
    multiply_queries<Format, Format::kKeysOfFourQueries, 4, false>(arguments, units, query);
  }
  for (; query < arguments.query_count; query++) multiply_queries<Format, 4, 1, false>(arguments, units, query);
}

template <class Format>
void multiply_codes(const CodeArguments& arguments) {
  // Short rows need no loop.
  switch (arguments.units) {
    case 1:
      return multiply_units<Format>(arguments, 1);
    case 2:
      return multiply_units<Format>(arguments, 2);
    default:
      return multiply_units<Format>(arguments, arguments.units);
  }
}

}  // namespace
}  // namespace afterimage

#endif
