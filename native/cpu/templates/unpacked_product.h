// The unpacked product, for batches of 3 to 16: queries occupy the lanes, and words of the keys are broadcast from
// where they lie in memory. One vector of 16 lanes holds up to 16 queries, or up to 8 queries with two words of each
// side by side.
#ifndef AFTERIMAGE_CPU_TEMPLATES_UNPACKED_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_UNPACKED_PRODUCT_H

#include "kernels.h"
#include "templates/prefetch.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

constexpr int kUnpackedKeys = 8;
constexpr int kUnpackedWords = 16;
constexpr int64_t kUnpackedSumVectors = 8;  // in a partial sum
// Prefetch distance in adjacent rows and in streams (`runner bench few`).
constexpr int64_t kUnpackedPrefetchBytes = 49152;
constexpr int64_t kStreamPrefetchBytes = 512;

// words[k]: 16 words of key k, where they lie in memory or in a converted copy.
template <UnpackedRowFormat Format, int kWords>
[[gnu::always_inline]] inline void unpacked_step(const char* const (&words)[kUnpackedKeys], int64_t word,
                                                 const uint32_t* panel, typename Format::Sum (&sums)[kUnpackedKeys]) {
  const typename Format::Words queries = Format::load_words(panel + word * (Format::kLanes / kWords));
#pragma GCC unroll 8
  for (int key = 0; key < kUnpackedKeys; key++) {
    sums[key] = Format::multiply_add(queries, Format::template broadcast_key<kWords>(words[key] + word * 4), sums[key]);
  }
}

template <UnpackedRowFormat Format>
[[gnu::always_inline]] inline void convert_keys(const char* const (&rows)[kUnpackedKeys], int64_t left,
                                                uint32_t (&copies)[kUnpackedKeys][kUnpackedWords]) {
  if (left >= Format::kElements) {
#pragma GCC unroll 8
    for (int k = 0; k < kUnpackedKeys; k++) Format::store_words(copies[k], Format::load_key(rows[k]));
  } else if (left > 0) {
#pragma GCC unroll 8
    for (int k = 0; k < kUnpackedKeys; k++) Format::store_words(copies[k], Format::load_key_part(rows[k], left));
  }
}

// Scores up to kUnpackedKeys keys from `key` on, `step` apart. Streams prefetch the following bytes of the same rows.
template <UnpackedRowFormat Format, int kWords, bool kManyStreams>
void unpacked_keys(const UnpackedArguments& arguments, int64_t key, int64_t step, RowPrefetcher prefetcher) {
  constexpr int64_t kStepBytes = kUnpackedWords * Format::kStoredWordBytes;
  // Eight sums just cover the latency of a multiplication. With one word at a time, two sums per key are faster
  // (`runner bench few`).
  constexpr int kChains = kWords == 1 ? 2 : 1;
  // Prefetches line by line throughout a step, which is faster here (`runner bench few`), instead of all at once.
  constexpr bool kSpread = kWords == 2 && !Format::kConverted && !kManyStreams;
  constexpr int64_t kWordBytes = kUnpackedKeys * Format::kStoredWordBytes;
  // Copies of this step and the next: loading parts of what was just stored would stall.
  alignas(64) uint32_t copies[2][kUnpackedKeys][kUnpackedWords];
  const char* rows[kUnpackedKeys];
  const char* words[kUnpackedKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kUnpackedKeys; k++) {
    // The last row stands in for rows beyond it.
    const int64_t row = key + k * step < arguments.keys.count ? key + k * step : arguments.keys.count - 1;
    rows[k] = arguments.keys.data + row * arguments.keys.stride;
    words[k] = rows[k];
  }
  typename Format::Sum totals[kUnpackedKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kUnpackedKeys; k++) totals[k] = Format::zero();
  const uint32_t* panel = arguments.queries;
  int64_t left = arguments.keys.elements;
  if (Format::kConverted) convert_keys<Format>(rows, left, copies[0]);
  int64_t present = 0;
  while (left > 0) {
    // Partial sums, because rounding errors grow with the length of a sum.
    const int64_t end =
        left > kUnpackedSumVectors * Format::kElements ? left - kUnpackedSumVectors * Format::kElements : 0;
    typename Format::Sum sums[kChains][kUnpackedKeys];
    clear<Format>(sums);
    for (; left - Format::kElements >= end; left -= Format::kElements) {
      if (kManyStreams) {
#pragma GCC unroll 8
        for (int k = 0; k < kUnpackedKeys; k++) __builtin_prefetch(rows[k] + kStreamPrefetchBytes);
      } else if (!kSpread) {
        prefetcher.prefetch<kUnpackedKeys * kStepBytes>();
      }
#pragma GCC unroll 8
      for (int k = 0; k < kUnpackedKeys; k++) rows[k] += kStepBytes;
      if (Format::kConverted) {
        convert_keys<Format>(rows, left - Format::kElements, copies[1 - present]);
#pragma GCC unroll 8
        for (int k = 0; k < kUnpackedKeys; k++) words[k] = reinterpret_cast<const char*>(copies[present][k]);
        present = 1 - present;
      }
#pragma GCC unroll 16
      for (int64_t step = 0; step < kUnpackedWords; step += kWords) {
        if (kSpread) prefetcher.prefetch_line(step * kWordBytes);
        unpacked_step<Format, kWords>(words, step, panel, sums[step / kWords % kChains]);
      }
      if (kSpread) prefetcher.advance<kUnpackedKeys * kStepBytes>();
      panel += kUnpackedWords * (Format::kLanes / kWords);
      if (!Format::kConverted) {
#pragma GCC unroll 8
        for (int k = 0; k < kUnpackedKeys; k++) words[k] = rows[k];
      }
    }
    if (end == 0 && left > 0) {
      if (Format::kConverted) {
#pragma GCC unroll 8
        for (int k = 0; k < kUnpackedKeys; k++) words[k] = reinterpret_cast<const char*>(copies[present][k]);
      }
      const int64_t last = left / Format::kWordElements;
      for (int64_t step = 0; step < last; step += kWords) unpacked_step<Format, kWords>(words, step, panel, sums[0]);
      left = 0;
    }
#pragma GCC unroll 8
    for (int k = 0; k < kUnpackedKeys; k++) {
#pragma GCC unroll 2
      for (int chain = 1; chain < kChains; chain++) sums[0][k] = Format::add(sums[0][k], sums[chain][k]);
      totals[k] = Format::add(totals[k], sums[0][k]);
    }
  }
#pragma GCC unroll 8
  for (int k = 0; k < kUnpackedKeys; k++) Format::template store_scores<kWords>(totals[k], arguments, key + k * step);
}

template <UnpackedRowFormat Format, int kWords>
void unpacked_streams(const UnpackedArguments& arguments) {
  const int64_t step = arguments.keys.count / kUnpackedKeys;
  const RowPrefetcher unused(arguments.next, 0);
  for (int64_t key = 0; key < step; key++) unpacked_keys<Format, kWords, true>(arguments, key, step, unused);
  const int64_t rest = step * kUnpackedKeys;
  if (rest < arguments.keys.count) unpacked_keys<Format, kWords, true>(arguments, rest, 1, unused);
}

template <UnpackedRowFormat Format, int kWords>
void unpacked_adjacent(const UnpackedArguments& arguments) {
  const Rows& keys = arguments.keys;
  const int64_t row_bytes = keys.elements * Format::kVectorBytes / Format::kElements;
  for (int64_t key = 0; key < keys.count; key += kUnpackedKeys) {
    unpacked_keys<Format, kWords, false>(
        arguments, key, 1, prefetcher_after(arguments, key, kUnpackedPrefetchBytes, kUnpackedKeys, row_bytes));
  }
}

template <UnpackedRowFormat Format>
void unpacked_product(const UnpackedArguments& arguments) {
  if (unpacked_panel_words(arguments.query_count) == 1) {
    arguments.many_streams ? unpacked_streams<Format, 1>(arguments) : unpacked_adjacent<Format, 1>(arguments);
  } else {
    arguments.many_streams ? unpacked_streams<Format, 2>(arguments) : unpacked_adjacent<Format, 2>(arguments);
  }
}

}  // namespace
}  // namespace afterimage

#endif
