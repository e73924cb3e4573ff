// Dot products of one to four queries with one row after another.
#ifndef AFTERIMAGE_CPU_TEMPLATES_DOT_ROW_BY_ROW_H
#define AFTERIMAGE_CPU_TEMPLATES_DOT_ROW_BY_ROW_H

#include "kernels.h"
#include "templates/dot_scores.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

// Vectors in one partial sum: rounding errors grow with the length of a sum.
constexpr int64_t kSummedVectors = 128;

// Bytes between the elements that are multiplied and those that are prefetched: enough for the time that the memory
// takes to answer and that a group of scores takes to be added (`runner bench few`).
constexpr int64_t kRowPrefetchBytes = 8192;

// Vectors of a cache line, which are multiplied in a step.
template <RowFormat Format>
constexpr int kLineVectors = 64 / Format::kVectorBytes;

// Adds one row to the sums, in kChains chains. Memory is read as a single stream. kLong: rows of more than kSummedVectors
// vectors.
template <RowFormat Format, bool kLong, int kQueries, int kChains>
[[gnu::always_inline]] inline void dot_row(const char* row, int64_t elements, const uint32_t* query, int64_t stride,
                                           typename Format::Sum (&totals)[kQueries]) {
  constexpr int kVectors = kLineVectors<Format>;
#pragma GCC unroll 4
  for (int q = 0; q < kQueries; q++) totals[q] = Format::zero();
  do {
    typename Format::Sum sums[kQueries][kChains];
    clear<Format>(sums);
    int64_t left = kLong && elements > kSummedVectors * Format::kElements ? kSummedVectors * Format::kElements : elements;
    elements -= left;
    for (; left >= kVectors * Format::kElements; left -= kVectors * Format::kElements) {
      __builtin_prefetch(row + kRowPrefetchBytes, 0, 2);
#pragma GCC unroll 4
      for (int vector = 0; vector < kVectors; vector++) {
        const typename Format::Words words = Format::load_key(row);
#pragma GCC unroll 4
        for (int q = 0; q < kQueries; q++) {
          typename Format::Sum& sum = sums[q][vector % kChains];
          sum = Format::multiply_add(Format::load_words(query + q * stride), words, sum);
        }
        row += Format::kVectorBytes;
        query += Format::kLanes;
      }
    }
#pragma GCC unroll 1
    for (; left > 0; left -= Format::kElements) {
      __builtin_prefetch(row + kRowPrefetchBytes, 0, 2);
      const typename Format::Words words =
          left >= Format::kElements ? Format::load_key(row) : Format::load_key_part(row, left);
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        sums[q][0] = Format::multiply_add(Format::load_words(query + q * stride), words, sums[q][0]);
      }
      row += Format::kVectorBytes;
      query += Format::kLanes;
    }
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
#pragma GCC unroll 4
      for (int chain = 1; chain < kChains; chain++) sums[q][0] = Format::add(sums[q][0], sums[q][chain]);
      totals[q] = kLong ? Format::add(totals[q], sums[q][0]) : sums[q][0];
    }
  } while (kLong && elements > 0);
}

// One key.
template <RowFormat Format, int kQueries>
[[gnu::always_inline]] inline void store_scores_of_key(const UnpackedArguments& arguments, int64_t key,
                                                       const typename Format::Sum (&sums)[kQueries]) {
  typename Format::Sum four[4];
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++) four[q] = q < kQueries ? sums[q % kQueries] : Format::zero();
  store_scores_of_queries<Format>(arguments, key, 0, four);
}

// One loop for all rows: the hardware prefetcher tells streams apart by the instruction that loads them, so that with a
// copy of the loop for each row it sees gaps.
template <RowFormat Format, bool kLong, int kQueries>
void dot_rows(const UnpackedArguments& arguments) {
  constexpr int kChains = kQueries == 1 || kLineVectors<Format> < 2 ? kLineVectors<Format> : 2;
  const Rows& keys = arguments.keys;
  typename Format::Sum last[4][kQueries];
  clear<Format>(last);
  for (int64_t key = 0; key < keys.count; key++) {
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
#pragma GCC unroll 3
      for (int k = 0; k < 3; k++) last[k][q] = last[k + 1][q];
    }
    dot_row<Format, kLong, kQueries, kChains>(keys.data + key * keys.stride, keys.elements, arguments.queries,
                                     arguments.query_stride, last[3]);
    if (key % 4 == 3) {
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        store_scores_of_keys<Format>(arguments, key - 3, q, last[0][q], last[1][q], last[2][q], last[3][q]);
      }
    } else if (key >= keys.count / 4 * 4) {
      store_scores_of_key<Format>(arguments, key, last[3]);
    }
  }
}

// The keys from `key` on that are too few for a step of dot_streams or dot_short_rows. Rows are summed as there, so that
// equal keys have equal scores.
template <RowFormat Format, int kQueries>
void dot_rest(const UnpackedArguments& arguments, int64_t key) {
  const Rows& keys = arguments.keys;
  for (; key < keys.count; key++) {
    typename Format::Sum totals[kQueries];
    dot_row<Format, true, kQueries, 1>(keys.data + key * keys.stride, keys.elements, arguments.queries,
                                       arguments.query_stride, totals);
    store_scores_of_key<Format>(arguments, key, totals);
  }
}

// Rows of so few vectors are multiplied four at a time: one after another, the products wait for each other.
constexpr int64_t kShortVectors = 12;

template <RowFormat Format, int kQueries>
void dot_short_rows(const UnpackedArguments& arguments) {
  const Rows& keys = arguments.keys;
  const int64_t whole = keys.elements / Format::kElements;
  const int64_t rest = keys.elements % Format::kElements;
  int64_t key = 0;
  for (; key + 4 <= keys.count; key += 4) {
    const char* row = keys.data + key * keys.stride;
    for (int64_t line = 0; line < 4 * keys.stride; line += 64) __builtin_prefetch(row + kRowPrefetchBytes + line, 0, 3);
    const uint32_t* query = arguments.queries;
    typename Format::Sum sums[kQueries][4];
    clear<Format>(sums);
    const auto add = [&](auto load) {
      typename Format::Words words[4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) words[k] = load(row + k * keys.stride);
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        const typename Format::Words query_words = Format::load_words(query + q * arguments.query_stride);
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) sums[q][k] = Format::multiply_add(query_words, words[k], sums[q][k]);
      }
      row += Format::kVectorBytes;
      query += Format::kLanes;
    };
#pragma GCC unroll 1
    for (int64_t vector = 0; vector < whole; vector++) add([](const char* place) { return Format::load_key(place); });
    if (rest > 0) add([rest](const char* place) { return Format::load_key_part(place, rest); });
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
      store_scores_of_keys<Format>(arguments, key, q, sums[q][0], sums[q][1], sums[q][2], sums[q][3]);
    }
  }
  dot_rest<Format, kQueries>(arguments, key);
}

}  // namespace
}  // namespace afterimage

#endif
