// Dot products of one to four queries, at the rate at which memory is read.
#ifndef AFTERIMAGE_CPU_TEMPLATES_DOT_FEW_QUERIES_H
#define AFTERIMAGE_CPU_TEMPLATES_DOT_FEW_QUERIES_H

#include "kernels.h"
#include "templates/dot_row_by_row.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

// Reads the keys as kStreams streams side by side, each from its first row to its last: a prefetcher that follows several
// streams needs long ones.
template <RowFormat Format, int kQueries, int kStreams>
void dot_streams(const UnpackedArguments& arguments) {
  constexpr int kLocality = kQueries > 2 ? 3 : 2;  // 3 prefetches into L1, 2 into L2
  constexpr int64_t kPrefetchBytes = 1024;
  const Rows& keys = arguments.keys;
  const int64_t part = keys.count / (4 * kStreams) * 4;
  const int64_t distance = part * keys.stride;
  for (int64_t key = 0; key < part; key += 4) {
    typename Format::Sum totals[kStreams][kQueries][4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
      const char* row = keys.data + (key + k) * keys.stride;
      const uint32_t* query = arguments.queries;
#pragma GCC unroll 4
      for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 4
        for (int q = 0; q < kQueries; q++) totals[stream][q][k] = Format::zero();
      }
      int64_t left = keys.elements;
      while (left > 0) {
        typename Format::Sum sums[kStreams][kQueries];
        clear<Format>(sums);
        const int64_t end = left > kSummedVectors * Format::kElements ? left - kSummedVectors * Format::kElements : 0;
        for (; left - Format::kElements >= end; left -= Format::kElements) {
          typename Format::Words query_words[kQueries];
#pragma GCC unroll 4
          for (int q = 0; q < kQueries; q++) query_words[q] = Format::load_words(query + q * arguments.query_stride);
#pragma GCC unroll 4
          for (int stream = 0; stream < kStreams; stream++) {
            const char* place = row + stream * distance;
            __builtin_prefetch(place + kPrefetchBytes, 0, kLocality);
            const typename Format::Words words = Format::load_key(place);
#pragma GCC unroll 4
            for (int q = 0; q < kQueries; q++)
              sums[stream][q] = Format::multiply_add(query_words[q], words, sums[stream][q]);
          }
          row += Format::kVectorBytes;
          query += Format::kLanes;
        }
        const int64_t rest = end == 0 ? left : 0;
#pragma GCC unroll 4
        for (int stream = 0; stream < kStreams; stream++) {
          const typename Format::Words words =
              rest > 0 ? Format::load_key_part(row + stream * distance, rest) : typename Format::Words{};
#pragma GCC unroll 4
          for (int q = 0; q < kQueries; q++) {
            if (rest > 0) {
              sums[stream][q] =
                  Format::multiply_add(Format::load_words(query + q * arguments.query_stride), words, sums[stream][q]);
            }
            totals[stream][q][k] = Format::add(totals[stream][q][k], sums[stream][q]);
          }
        }
        left -= rest;
      }
    }
#pragma GCC unroll 4
    for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        const typename Format::Sum(&four)[4] = totals[stream][q];
        store_scores_of_keys<Format>(arguments, stream * part + key, q, four[0], four[1], four[2], four[3]);
      }
    }
  }
  dot_rest<Format, kQueries>(arguments, kStreams * part);
}

// Computes the scores of all keys, or returns false where dot_block is faster. The choice is measured: `runner bench
// few`, also with avx2.
template <RowFormat Format, int kQueries>
bool dot_few(const UnpackedArguments& arguments) {
  constexpr bool kManyRegisters = Format::kDotKeys == 4;
  constexpr bool kWide = Format::kStoredWordBytes == 4;
  const Rows& keys = arguments.keys;
  if (arguments.many_streams && keys.stride >= kMinStreamRowBytes) {
    if (kQueries > 1 && !(kManyRegisters && kWide)) return false;
    dot_streams<Format, kQueries, kQueries <= 2 && kManyRegisters ? 4 : 2>(arguments);
    return true;
  }
  const bool whole = keys.elements * Format::kVectorBytes == keys.stride * Format::kElements;
  if (!whole || !stay_in_l1(kQueries, keys.elements / Format::kWordElements)) return false;
  if (keys.elements <= kShortVectors * Format::kElements) {
    dot_short_rows<Format, kQueries>(arguments);
    return true;
  }
  const bool is_long = keys.elements > kSummedVectors * Format::kElements;
  is_long ? dot_rows<Format, true, kQueries>(arguments) : dot_rows<Format, false, kQueries>(arguments);
  return true;
}

}  // namespace
}  // namespace afterimage

#endif
