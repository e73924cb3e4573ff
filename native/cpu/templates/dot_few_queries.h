// Dot products of one to four queries, at the rate at which memory is read.
#ifndef AFTERIMAGE_CPU_TEMPLATES_DOT_FEW_QUERIES_H
#define AFTERIMAGE_CPU_TEMPLATES_DOT_FEW_QUERIES_H

#include "kernels.h"
#include "templates/dot_row_by_row.h"
#include "templates/prefetch.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

// Reads the keys as kStreams streams side by side, each from its first row to its last. The hardware prefetcher follows
// long streams; rows side by side are too short for that, and a single stream at times falls to two thirds of the rate
// (`runner bench few`).
template <RowFormat Format, int kQueries, int kStreams, bool kManyStreams>
void dot_streams(const UnpackedArguments& arguments) {
  constexpr int kLocality = kManyStreams && kQueries > 2 ? 3 : 2;  // 3 prefetches into L1, 2 into L2
  const Rows& keys = arguments.keys;
  const int64_t far_bytes = keys.stride < kMinStreamRowBytes ? 16384 : 4096;
  const int64_t prefetch_bytes = kManyStreams || kQueries <= 2 ? 1024 : far_bytes;
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
#pragma GCC unroll 4
        for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 4
          for (int q = 0; q < kQueries; q++) sums[stream][q] = Format::zero();
        }
        const int64_t end = left > kSummedVectors * Format::kElements ? left - kSummedVectors * Format::kElements : 0;
        for (; left - Format::kElements >= end; left -= Format::kElements) {
          typename Format::Words query_words[kQueries];
#pragma GCC unroll 4
          for (int q = 0; q < kQueries; q++) query_words[q] = Format::load_words(query + q * arguments.query_stride);
#pragma GCC unroll 4
          for (int stream = 0; stream < kStreams; stream++) {
            const char* place = row + stream * distance;
            __builtin_prefetch(place + prefetch_bytes, 0, kLocality);
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

template <RowFormat Format, int kStreams, int kRows, int kQueries>
[[gnu::always_inline]] inline void set_zero(typename Format::Sum (&sums)[kStreams][kRows][kQueries]) {
#pragma GCC unroll 4
  for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 8
    for (int k = 0; k < kRows; k++) {
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) sums[stream][k][q] = Format::zero();
    }
  }
}

// For long rows: multiplies kRows rows side by side in each of kStreams parts, while it prefetches the rows that follow
// in each part in the order of their addresses. Each loaded vector of a query serves all of these rows.
template <RowFormat Format, int kStreams, int kRows, int kQueries>
void dot_side_by_side(const UnpackedArguments& arguments, int64_t key, int64_t part, RowPrefetcher prefetcher) {
  const int64_t stride = arguments.keys.stride;
  const int64_t distance = part * stride;
  typename Format::Sum totals[kStreams][kRows][kQueries];
  set_zero<Format>(totals);
  const char* row = arguments.keys.data + key * stride;
  const uint32_t* query = arguments.queries;
  int64_t left = arguments.keys.elements;
  while (left > 0) {
    typename Format::Sum sums[kStreams][kRows][kQueries];
    set_zero<Format>(sums);
    const int64_t end = left > kSummedVectors * Format::kElements ? left - kSummedVectors * Format::kElements : 0;
    for (; left - Format::kElements >= end; left -= Format::kElements) {
      typename Format::Words words[kQueries];
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) words[q] = Format::load_words(query + q * arguments.query_stride);
#pragma GCC unroll 4
      for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 8
        for (int k = 0; k < kRows; k++) {
          const typename Format::Words key_words = Format::load_key(row + stream * distance + k * stride);
#pragma GCC unroll 4
          for (int q = 0; q < kQueries; q++) {
            sums[stream][k][q] = Format::multiply_add(words[q], key_words, sums[stream][k][q]);
          }
        }
      }
      prefetcher.prefetch<kRows * Format::kVectorBytes, kStreams>(distance);
      row += Format::kVectorBytes;
      query += Format::kLanes;
    }
    if (end == 0 && left > 0) {
#pragma GCC unroll 4
      for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 8
        for (int k = 0; k < kRows; k++) {
          const typename Format::Words key_words = Format::load_key_part(row + stream * distance + k * stride, left);
#pragma GCC unroll 4
          for (int q = 0; q < kQueries; q++) {
            sums[stream][k][q] = Format::multiply_add(Format::load_words(query + q * arguments.query_stride), key_words,
                                                      sums[stream][k][q]);
          }
        }
      }
      left = 0;
    }
#pragma GCC unroll 4
    for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 8
      for (int k = 0; k < kRows; k++) {
#pragma GCC unroll 4
        for (int q = 0; q < kQueries; q++) {
          totals[stream][k][q] = Format::add(totals[stream][k][q], sums[stream][k][q]);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
#pragma GCC unroll 2
      for (int k = 0; k < kRows; k += 4) {
        const auto& of_row = totals[stream];
        store_scores_of_keys<Format>(arguments, stream * part + key + k, q, of_row[k][q], of_row[k + 1][q],
                                     of_row[k + 2][q], of_row[k + 3][q]);
      }
    }
  }
}

template <RowFormat Format, int kStreams, int kRows, int kQueries>
void dot_groups(const UnpackedArguments& arguments) {
  const Rows& keys = arguments.keys;
  const int64_t row_bytes = keys.elements * Format::kVectorBytes / Format::kElements;
  const int64_t part = keys.count / (kRows * kStreams) * kRows;
  for (int64_t key = 0; key < part; key += kRows) {
    Rows next = keys;
    next.data += (key + kRows) * keys.stride;
    if (key + kRows >= part && arguments.next.count > 0) next = arguments.next;
    dot_side_by_side<Format, kStreams, kRows, kQueries>(arguments, key, part, RowPrefetcher(next, row_bytes));
  }
  dot_rest<Format, kQueries>(arguments, kStreams * part);
}

// Computes the scores of all keys, or returns false where dot_block is as fast. The choice is measured: `runner bench
// few`, also with avx2.
template <RowFormat Format, int kQueries>
bool dot_few(const UnpackedArguments& arguments) {
  constexpr bool kManyRegisters = Format::kDotKeys == 4;
  constexpr bool kWide = Format::kStoredWordBytes == 4;
  const Rows& keys = arguments.keys;
  const int64_t query_words = keys.elements / Format::kWordElements;
  if ((kQueries == 1 || (kManyRegisters && kWide)) && are_streamed(kQueries, query_words, arguments.many_streams)) {
    const bool four = kQueries == 1 && kManyRegisters && (Format::kWordElements < 4 || keys.stride > kShortRowBytes);
    if (kQueries <= 2 && keys.stride < kMinStreamRowBytes) {
      dot_stream<Format, kQueries>(arguments);
    } else if (arguments.many_streams) {
      dot_streams<Format, kQueries, kQueries <= 2 && kManyRegisters ? 4 : 2, true>(arguments);
    } else if (four) {
      dot_streams<Format, kQueries, 4, false>(arguments);
    } else {
      dot_streams<Format, kQueries, 2, false>(arguments);
    }
    return true;
  }
  if (keys.stride <= kShortRowBytes || kQueries > 3 || (kQueries > 1 && kWide && !kManyRegisters)) return false;
  if (kQueries > 1 && kManyRegisters && kWide) {
    dot_groups<Format, 3, 4, kQueries>(arguments);
  } else {
    dot_groups<Format, 1, kManyRegisters || kQueries == 1 ? 8 : 4, kQueries>(arguments);
  }
  return true;
}

}  // namespace
}  // namespace afterimage

#endif
