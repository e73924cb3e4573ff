// Batches of 3 to 16: queries lie in the lanes, and words of the keys are broadcast from where they lie in memory. One
// vector of 16 lanes holds up to 16 queries, or up to 8 with two words of each side by side.
// Internal linkage, as simd_tile.h.
#ifndef AFTERIMAGE_CPU_TEMPLATES_UNPACKED_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_UNPACKED_PRODUCT_H

#include "kernels.h"
#include "templates/prefetch.h"

namespace afterimage {
namespace {

constexpr int kInPlaceKeys = 8;
constexpr int kInPlaceWords = 16;
constexpr int64_t kInPlaceSummed = 8;  // vectors in a partial sum
// How far ahead of the present ones keys are brought (`runner bench few`).
constexpr int64_t kInPlaceAheadBytes = 49152;
constexpr int64_t kFarAheadBytes = 512;

// words[k]: 16 words of key k, where they lie or, where they had to be converted, in a copy.
template <class Format, int kWords>
[[gnu::always_inline]] inline void in_place_step(const char* const (&words)[kInPlaceKeys], int64_t word,
                                                 const uint32_t* panel, typename Format::Sum (&sums)[kInPlaceKeys]) {
  const typename Format::Words queries = Format::load_words(panel + word * (Format::kLanes / kWords));
#pragma GCC unroll 8
  for (int key = 0; key < kInPlaceKeys; key++) {
    sums[key] = Format::multiply_add(queries, Format::template broadcast_key<kWords>(words[key] + word * 4), sums[key]);
  }
}

template <class Format>
[[gnu::always_inline]] inline void convert(const char* const (&rows)[kInPlaceKeys], int64_t left,
                                           uint32_t (&copies)[kInPlaceKeys][kInPlaceWords]) {
  if (left >= Format::kElements) {
#pragma GCC unroll 8
    for (int k = 0; k < kInPlaceKeys; k++) Format::store_words(copies[k], Format::load_key(rows[k]));
  } else if (left > 0) {
#pragma GCC unroll 8
    for (int k = 0; k < kInPlaceKeys; k++) Format::store_words(copies[k], Format::load_key_part(rows[k], left));
  }
}

// Keys from `key` on, `step` apart, as far as there are any. What is brought meanwhile is `next` or, of far rows, what
// follows in them.
template <class Format, int kWords, bool kFarRows>
void in_place_keys(const DotArguments& arguments, int64_t key, int64_t step, const Rows& next) {
  constexpr int64_t kStepBytes = kInPlaceWords * Format::kStoredWordBytes;
  // Sums of eight keys are just what the latency of a product takes; two of each are faster where words come one at a
  // time (`runner bench few`).
  constexpr int kChains = kWords == 1 ? 2 : 1;
  // Whether keys are brought line after line throughout a step, which is faster here (`runner bench few`), or at once.
  constexpr bool kSpread = kWords == 2 && !Format::kConverted && !kFarRows;
  constexpr int64_t kWordBytes = kInPlaceKeys * Format::kStoredWordBytes;
  // Of this step and of the next: what was just stored cannot be loaded in parts without waiting.
  alignas(64) uint32_t copies[2][kInPlaceKeys][kInPlaceWords];
  const char* rows[kInPlaceKeys];
  const char* words[kInPlaceKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kInPlaceKeys; k++) {
    // The last row again in place of those beyond it.
    const int64_t row = key + k * step < arguments.keys.count ? key + k * step : arguments.keys.count - 1;
    rows[k] = arguments.keys.data + row * arguments.keys.stride;
    words[k] = rows[k];
  }
  typename Format::Sum totals[kInPlaceKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kInPlaceKeys; k++) totals[k] = Format::zero();
  const uint32_t* panel = arguments.queries;
  NextRows ahead(next, next.elements * Format::kVectorBytes / Format::kElements);
  int64_t left = arguments.keys.elements;
  if (Format::kConverted) convert<Format>(rows, left, copies[0]);
  int64_t present = 0;
  while (left > 0) {
    // Partial sums, as rounding errors grow with the length of a sum.
    const int64_t end = left > kInPlaceSummed * Format::kElements ? left - kInPlaceSummed * Format::kElements : 0;
    typename Format::Sum sums[kChains][kInPlaceKeys];
#pragma GCC unroll 2
    for (int chain = 0; chain < kChains; chain++) {
#pragma GCC unroll 8
      for (int k = 0; k < kInPlaceKeys; k++) sums[chain][k] = Format::zero();
    }
    for (; left - Format::kElements >= end; left -= Format::kElements) {
      if (kFarRows) {
#pragma GCC unroll 8
        for (int k = 0; k < kInPlaceKeys; k++) __builtin_prefetch(rows[k] + kFarAheadBytes);
      } else if (!kSpread) {
        ahead.bring<kInPlaceKeys * kStepBytes>();
      }
#pragma GCC unroll 8
      for (int k = 0; k < kInPlaceKeys; k++) rows[k] += kStepBytes;
      if (Format::kConverted) {
        convert<Format>(rows, left - Format::kElements, copies[1 - present]);
#pragma GCC unroll 8
        for (int k = 0; k < kInPlaceKeys; k++) words[k] = reinterpret_cast<const char*>(copies[present][k]);
        present = 1 - present;
      }
#pragma GCC unroll 16
      for (int64_t step = 0; step < kInPlaceWords; step += kWords) {
        if (kSpread) ahead.bring_line(step * kWordBytes);
        in_place_step<Format, kWords>(words, step, panel, sums[step / kWords % kChains]);
      }
      if (kSpread) ahead.advance<kInPlaceKeys * kStepBytes>();
      panel += kInPlaceWords * (Format::kLanes / kWords);
      if (!Format::kConverted) {
#pragma GCC unroll 8
        for (int k = 0; k < kInPlaceKeys; k++) words[k] = rows[k];
      }
    }
    if (end == 0 && left > 0) {
      if (Format::kConverted) {
#pragma GCC unroll 8
        for (int k = 0; k < kInPlaceKeys; k++) words[k] = reinterpret_cast<const char*>(copies[present][k]);
      }
      const int64_t last = left / Format::kWordElements;
      for (int64_t step = 0; step < last; step += kWords) in_place_step<Format, kWords>(words, step, panel, sums[0]);
      left = 0;
    }
#pragma GCC unroll 8
    for (int k = 0; k < kInPlaceKeys; k++) {
#pragma GCC unroll 2
      for (int chain = 1; chain < kChains; chain++) sums[0][k] = Format::add(sums[0][k], sums[chain][k]);
      totals[k] = Format::add(totals[k], sums[0][k]);
    }
  }
#pragma GCC unroll 8
  for (int k = 0; k < kInPlaceKeys; k++) Format::template store_scores<kWords>(totals[k], arguments, key + k * step);
}

template <class Format, int kWords>
void in_place_far(const DotArguments& arguments) {
  const int64_t step = arguments.keys.count / kInPlaceKeys;
  for (int64_t key = 0; key < step; key++) in_place_keys<Format, kWords, true>(arguments, key, step, arguments.next);
  const int64_t rest = step * kInPlaceKeys;
  if (rest < arguments.keys.count) in_place_keys<Format, kWords, true>(arguments, rest, 1, arguments.next);
}

template <class Format, int kWords>
void in_place_near(const DotArguments& arguments) {
  const Rows& keys = arguments.keys;
  const int64_t row_bytes = keys.elements * Format::kVectorBytes / Format::kElements;
  const int64_t distance = keys_ahead(keys, kInPlaceAheadBytes, kInPlaceKeys, row_bytes);
  for (int64_t key = 0; key < keys.count; key += kInPlaceKeys) {
    const int64_t wanted = key + distance;
    Rows next = keys;
    if (wanted < keys.count) {
      next.data += wanted * keys.stride;
    } else if (wanted - keys.count < arguments.next.count) {
      next = arguments.next;
      next.data += (wanted - keys.count) * next.stride;
    }
    in_place_keys<Format, kWords, false>(arguments, key, 1, next);
  }
}

template <class Format>
void in_place(const DotArguments& arguments) {
  if (in_place_words(arguments.count) == 1) {
    arguments.far_rows ? in_place_far<Format, 1>(arguments) : in_place_near<Format, 1>(arguments);
  } else {
    arguments.far_rows ? in_place_far<Format, 2>(arguments) : in_place_near<Format, 2>(arguments);
  }
}

}  // namespace
}  // namespace afterimage

#endif
