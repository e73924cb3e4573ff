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

// One row of a few vectors and one or two queries. Memory is read as a single stream. Two sums per query are faster
// here than one (`runner bench few`, int8 rows of 192 bytes).
template <RowFormat Format, int kQueries>
[[gnu::always_inline]] inline void dot_row(const char* row, int64_t elements, const uint32_t* query, int64_t stride,
                                           typename Format::Sum (&totals)[kQueries]) {
  constexpr int kChains = 2;
  constexpr int64_t kPrefetchBytes = kQueries == 1 ? 4096 : 2048;
  typename Format::Sum sums[kQueries][kChains];
#pragma GCC unroll 4
  for (int q = 0; q < kQueries; q++) {
#pragma GCC unroll 2
    for (int chain = 0; chain < kChains; chain++) sums[q][chain] = Format::zero();
  }
  int64_t i = 0;
  for (; i + kChains * Format::kElements <= elements; i += kChains * Format::kElements) {
#pragma GCC unroll 4
    for (int64_t line = 0; line < kChains * Format::kVectorBytes; line += 64) {
      __builtin_prefetch(row + kPrefetchBytes + line, 0, 2);
    }
#pragma GCC unroll 4
    for (int chain = 0; chain < kChains; chain++) {
      const typename Format::Words words = Format::load_key(row);
#pragma GCC unroll 4
      for (int q = 0; q < kQueries; q++) {
        sums[q][chain] = Format::multiply_add(Format::load_words(query + q * stride), words, sums[q][chain]);
      }
      row += Format::kVectorBytes;
      query += Format::kLanes;
    }
  }
  for (; i < elements; i += Format::kElements) {
    const typename Format::Words words =
        elements - i >= Format::kElements ? Format::load_key(row) : Format::load_key_part(row, elements - i);
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
      sums[q][0] = Format::multiply_add(Format::load_words(query + q * stride), words, sums[q][0]);
    }
    row += Format::kVectorBytes;
    query += Format::kLanes;
  }
#pragma GCC unroll 4
  for (int q = 0; q < kQueries; q++) totals[q] = Format::add(sums[q][0], sums[q][1]);
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

template <RowFormat Format, int kQueries>
void dot_stream(const UnpackedArguments& arguments) {
  const Rows& keys = arguments.keys;
  int64_t key = 0;
  for (; key + 4 <= keys.count; key += 4) {
    typename Format::Sum sums[4][kQueries];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
      dot_row<Format, kQueries>(keys.data + (key + k) * keys.stride, keys.elements, arguments.queries,
                                arguments.query_stride, sums[k]);
    }
#pragma GCC unroll 4
    for (int q = 0; q < kQueries; q++) {
      store_scores_of_keys<Format>(arguments, key, q, sums[0][q], sums[1][q], sums[2][q], sums[3][q]);
    }
  }
  for (; key < keys.count; key++) {
    typename Format::Sum sums[kQueries];
    dot_row<Format, kQueries>(keys.data + key * keys.stride, keys.elements, arguments.queries, arguments.query_stride,
                              sums);
    store_scores_of_key<Format>(arguments, key, sums);
  }
}

// The keys from `key` on that are too few for a step of dot_streams or dot_groups. Rows are summed as there, so that
// equal keys have equal scores.
template <RowFormat Format, int kQueries>
void dot_rest(const UnpackedArguments& arguments, int64_t key) {
  const Rows& keys = arguments.keys;
  for (; key < keys.count; key++) {
    typename Format::Sum totals[kQueries];
    for (int q = 0; q < kQueries; q++) totals[q] = Format::zero();
    const char* row = keys.data + key * keys.stride;
    const uint32_t* query = arguments.queries;
    for (int64_t left = keys.elements; left > 0; left -= kSummedVectors * Format::kElements) {
      typename Format::Sum sums[kQueries];
      for (int q = 0; q < kQueries; q++) sums[q] = Format::zero();
      for (int64_t i = 0; i < kSummedVectors && left > i * Format::kElements; i++) {
        const int64_t rest = left - i * Format::kElements;
        const typename Format::Words words =
            rest >= Format::kElements ? Format::load_key(row) : Format::load_key_part(row, rest);
        for (int q = 0; q < kQueries; q++) {
          sums[q] = Format::multiply_add(Format::load_words(query + q * arguments.query_stride), words, sums[q]);
        }
        row += Format::kVectorBytes;
        query += Format::kLanes;
      }
      for (int q = 0; q < kQueries; q++) totals[q] = Format::add(totals[q], sums[q]);
    }
    store_scores_of_key<Format>(arguments, key, totals);
  }
}

}  // namespace
}  // namespace afterimage

#endif
