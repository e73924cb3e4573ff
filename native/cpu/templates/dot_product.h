// Dot products, for small batches: rows as they lie in memory, several keys and queries at a time, so that a key is
// read from memory once.
#ifndef AFTERIMAGE_CPU_TEMPLATES_DOT_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_DOT_PRODUCT_H

#include "kernels.h"
#include "templates/dot_few_queries.h"
#include "templates/dot_row_by_row.h"
#include "templates/dot_scores.h"
#include "templates/prefetch.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

constexpr int64_t kDotPrefetchBytes = 16384;

// Adds the sums to the totals and sets them to zero.
template <RowFormat Format, int kKeys, int kQueries, int kChains>
[[gnu::always_inline]] inline void add_to_totals(typename Format::Sum (&sums)[kKeys][4][kChains],
                                                 typename Format::Sum (&totals)[kKeys][kQueries]) {
#pragma GCC unroll 8
  for (int k = 0; k < kKeys; k++) {
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
#pragma GCC unroll 4
      for (int chain = 0; chain < kChains; chain++) {
        totals[k][q] = Format::add(totals[k][q], sums[k][q][chain]);
        sums[k][q][chain] = Format::zero();
      }
    }
  }
}

// Scores of kKeys keys from `key` on with kQueries queries from `query` on, with kChains sums for each pair. kLong:
// rows of more than kSummedVectors vectors.
template <RowFormat Format, bool kLong, int kKeys, int kQueries, int kChains>
void dot_block(const UnpackedArguments& arguments, int64_t key, int64_t query, RowPrefetcher* prefetcher) {
  typename Format::Sum sums[kKeys][4][kChains];
#pragma GCC unroll 8
  for (int k = 0; k < kKeys; k++) {
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) {
#pragma GCC unroll 4
      for (int chain = 0; chain < kChains; chain++) sums[k][q][chain] = Format::zero();
    }
  }
  typename Format::Sum totals[kKeys][kQueries];
  if (kLong) clear<Format>(totals);
  const char* rows[kKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kKeys; k++) rows[k] = arguments.keys.data + (key + k) * arguments.keys.stride;
  const uint32_t* queries = arguments.queries + query * arguments.query_stride;
  const int64_t elements = arguments.keys.elements;
  int64_t i = 0;
  int64_t offset = 0;  // bytes of the stored row before element i
  while (i + kChains * Format::kElements <= elements) {
    const int64_t longest = i + kSummedVectors * Format::kElements;
    const int64_t end = kLong && longest < elements ? longest : elements;
    for (; i + kChains * Format::kElements <= end; i += kChains * Format::kElements) {
      if (prefetcher != nullptr) prefetcher->prefetch<kKeys * kChains * Format::kVectorBytes>();
#pragma GCC unroll 4
      for (int chain = 0; chain < kChains; chain++) {
        typename Format::Words words[kKeys];
#pragma GCC unroll 8
        for (int k = 0; k < kKeys; k++) words[k] = Format::load_key(rows[k] + offset);
#pragma GCC unroll 4
        for (int q = 0; q < kQueries; q++) {
          const typename Format::Words query_words =
              Format::load_words(queries + q * arguments.query_stride + i / Format::kWordElements);
#pragma GCC unroll 8
          for (int k = 0; k < kKeys; k++)
            sums[k][q][chain] = Format::multiply_add(query_words, words[k], sums[k][q][chain]);
        }
        offset += Format::kVectorBytes;
        queries += Format::kLanes;
      }
      queries -= kChains * Format::kLanes;
    }
    if (kLong) add_to_totals<Format>(sums, totals);
  }
  for (; i < elements; i += Format::kElements) {
    const int64_t left = elements - i;
#pragma GCC unroll 8
    for (int k = 0; k < kKeys; k++) {
      const typename Format::Words words = left >= Format::kElements ? Format::load_key(rows[k] + offset)
                                                                     : Format::load_key_part(rows[k] + offset, left);
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        sums[k][q][0] = Format::multiply_add(
            Format::load_words(queries + q * arguments.query_stride + i / Format::kWordElements), words, sums[k][q][0]);
      }
    }
    offset += Format::kVectorBytes;
  }
#pragma GCC unroll 8
  for (int k = 0; k < kKeys; k++) {
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
      if (kChains == 2) sums[k][q][0] = Format::add(sums[k][q][0], sums[k][q][kChains - 1]);
      if (kLong) sums[k][q][0] = Format::add(sums[k][q][0], totals[k][q]);
    }
  }
  if (kQueries == 1 && kKeys >= 4) {
#pragma GCC unroll 2
    for (int k = 0; k + 4 <= kKeys; k += 4) {
      store_scores_of_keys<Format>(arguments, key + k, query, sums[k][0][0], sums[(k + 1) % kKeys][0][0],
                                   sums[(k + 2) % kKeys][0][0], sums[(k + 3) % kKeys][0][0]);
    }
    return;
  }
#pragma GCC unroll 8
  for (int k = 0; k < kKeys; k++) {
    const typename Format::Sum of_key[4] = {sums[k][0][0], sums[k][1][0], sums[k][2][0], sums[k][3][0]};
    store_scores_of_queries<Format>(arguments, key + k, query, of_key);
  }
}

// kStep: keys of a whole step. A key is summed alike in each step, so that equal keys have equal scores.
template <RowFormat Format, bool kLong, int kKeys, int kStep>
void dot_queries(const UnpackedArguments& arguments, int64_t key, RowPrefetcher prefetcher) {
  for (int64_t query = 0; query < arguments.query_count; query += 4) {
    RowPrefetcher* const first = query == 0 ? &prefetcher : nullptr;
    const int64_t left = arguments.query_count - query;
    left == 1   ? dot_block<Format, kLong, kKeys, 1, kStep == 4 ? 2 : 1>(arguments, key, query, first)
    : left == 2 ? dot_block<Format, kLong, kKeys, 2, kStep >= 4 ? 1 : 2>(arguments, key, query, first)
    : left == 3 ? dot_block<Format, kLong, kKeys, 3, 1>(arguments, key, query, first)
                : dot_block<Format, kLong, kKeys, 4, 1>(arguments, key, query, first);
  }
}

template <RowFormat Format, bool kLong, int kKeys>
void dot_keys(const UnpackedArguments& arguments) {
  const Rows& keys = arguments.keys;
  const int64_t row_bytes = keys.elements * Format::kVectorBytes / Format::kElements;
  int64_t key = 0;
  for (; key + kKeys <= keys.count; key += kKeys) {
    dot_queries<Format, kLong, kKeys, kKeys>(arguments, key,
                                      prefetcher_after(arguments, key, kDotPrefetchBytes, kKeys, row_bytes));
  }
  for (; key < keys.count; key++) dot_queries<Format, kLong, 1, kKeys>(arguments, key, RowPrefetcher(arguments.next, row_bytes));
}

template <RowFormat Format>
void dot_product(const UnpackedArguments& arguments) {
  const int64_t queries = arguments.query_count;
  const bool scored = queries == 1   ? dot_few<Format, 1>(arguments)
                      : queries == 2 ? dot_few<Format, 2>(arguments)
                      : queries == 3 ? dot_few<Format, 3>(arguments)
                                     : queries == 4 && dot_few<Format, 4>(arguments);
  if (scored) return;
  if (arguments.keys.elements > kSummedVectors * Format::kElements) {
    if (arguments.query_count <= 2) dot_keys<Format, true, Format::kDotKeys*2>(arguments); else
    dot_keys<Format, true, Format::kDotKeys>(arguments);
  } else {
    dot_keys<Format, false, Format::kDotKeys>(arguments);
  }
}

}  // namespace
}  // namespace afterimage

#endif
