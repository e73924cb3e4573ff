// Batches of 2 to 16: queries lie in the lanes, and words of the keys are broadcast from where they lie in memory. One
// vector of 16 lanes holds up to 16 queries, or up to 8 with two words of each side by side, or up to 4 with four.
// Internal linkage, as simd_tile.h.
#ifndef AFTERIMAGE_CPU_SIMD_IN_PLACE_H
#define AFTERIMAGE_CPU_SIMD_IN_PLACE_H

#include "kernels.h"

namespace afterimage {
namespace {

constexpr int kInPlaceKeys = 8;

template <class Format, int kWords>
[[gnu::always_inline]] inline void in_place_step(const char* const (&rows)[kInPlaceKeys], int64_t word,
                                                 const uint32_t* panel, typename Format::Sum (&sums)[kInPlaceKeys]) {
  const typename Format::Words queries = Format::load_words(panel + word * (Format::kLanes / kWords));
#pragma GCC unroll 8
  for (int key = 0; key < kInPlaceKeys; key++) {
    sums[key] = Format::multiply_add(queries, Format::template broadcast_key<kWords>(rows[key] + word * 4), sums[key]);
  }
}

template <class Format, int kWords>
void in_place_keys(const DotArguments& arguments, int64_t key, const Rows& next) {
  const char* rows[kInPlaceKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kInPlaceKeys; k++) {
    // The last row again in place of those beyond it.
    const int64_t row = key + k < arguments.keys.count ? key + k : arguments.keys.count - 1;
    rows[k] = arguments.keys.data + row * arguments.keys.stride;
  }
  typename Format::Sum totals[kInPlaceKeys];
  typename Format::Sum key_sums[kInPlaceKeys];
#pragma GCC unroll 8
  for (int k = 0; k < kInPlaceKeys; k++) totals[k] = key_sums[k] = Format::zero();
  const int64_t words = arguments.keys.elements / Format::kWordElements;
  // The next rows are brought in the order of their addresses where they are contiguous, else side by side.
  const bool contiguous = next.stride == words * 4;
  const int64_t ahead_bytes = contiguous ? 4 * kInPlaceKeys : 4;
  const int64_t ahead_stride = contiguous ? 64 : next.stride;
  int64_t word = 0;
  while (word < words) {
    // Partial sums, as rounding errors grow with the length of a sum.
    const int64_t end = word + kTileWords / 2 < words ? word + kTileWords / 2 : words;
    typename Format::Sum sums[kInPlaceKeys];
#pragma GCC unroll 8
    for (int k = 0; k < kInPlaceKeys; k++) sums[k] = Format::zero();
    for (; word + 16 <= end; word += 16) {
      const char* ahead = next.data + word * ahead_bytes;
      for (int64_t row = 0; row < next.count; row++, ahead += ahead_stride) __builtin_prefetch(ahead, 0, 2);
      if (Format::kSumsKeys) {
#pragma GCC unroll 8
        for (int k = 0; k < kInPlaceKeys; k++) key_sums[k] = Format::add_key(rows[k] + word * 4, 64, key_sums[k]);
      }
#pragma GCC unroll 4
      for (int64_t step = 0; step < 16; step += kWords) {
        in_place_step<Format, kWords>(rows, word + step, arguments.queries, sums);
      }
    }
    if (Format::kSumsKeys && word < end) {
#pragma GCC unroll 8
      for (int k = 0; k < kInPlaceKeys; k++) {
        key_sums[k] = Format::add_key(rows[k] + word * 4, (end - word) * 4, key_sums[k]);
      }
    }
    for (; word < end; word += kWords) in_place_step<Format, kWords>(rows, word, arguments.queries, sums);
#pragma GCC unroll 8
    for (int k = 0; k < kInPlaceKeys; k++) totals[k] = Format::add(totals[k], sums[k]);
  }
#pragma GCC unroll 8
  for (int k = 0; k < kInPlaceKeys; k++)
    Format::template store_scores<kWords>(totals[k], key_sums[k], arguments, key + k);
}

template <class Format>
void in_place(const DotArguments& arguments) {
  const Rows& keys = arguments.keys;
  for (int64_t key = 0; key < keys.count; key += kInPlaceKeys) {
    Rows next = arguments.next;
    if (key + kInPlaceKeys < keys.count) {
      next = keys;
      next.data += (key + kInPlaceKeys) * keys.stride;
      next.count -= key + kInPlaceKeys;
    }
    if (next.count > kInPlaceKeys) next.count = kInPlaceKeys;
    switch (in_place_words(arguments.count)) {
      case 1:
        in_place_keys<Format, 1>(arguments, key, next);
        break;
      case 2:
        in_place_keys<Format, 2>(arguments, key, next);
        break;
      default:
        in_place_keys<Format, 4>(arguments, key, next);
    }
  }
}

}  // namespace
}  // namespace afterimage

#endif
