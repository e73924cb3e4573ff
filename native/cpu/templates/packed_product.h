// Large batches: queries lie in the lanes, elements of the keys are broadcast, scores of kKeys x kVectors vectors stay
// in registers. Everything has internal linkage: each tier has its own copy, compiled for it.
#ifndef AFTERIMAGE_CPU_TEMPLATES_PACKED_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_PACKED_PRODUCT_H

#include <string.h>

#include "kernels.h"

namespace afterimage {
namespace {

// Words between two prefetches: a cache line of keys of 4 bytes a word.
constexpr int64_t kPrefetchWords = 16;
// Lines of the next panel at every prefetch: the keys of a group bring all of it.
constexpr int64_t kPanelLines = 3;

template <class Format>
[[gnu::always_inline]] inline void store_staged(uint32_t* target, typename Format::Words words, const float* scale) {
  if constexpr (Format::kScaled) words = Format::Vector::mul(words, Format::Vector::all(*scale));
  memcpy(target, &words, sizeof words);
}

// Copies keys, as words that are multiplied, to where they lie close together.
template <class Format>
void stage(const Rows& rows, uint32_t* staged) {
  for (int64_t row = 0; row < rows.count; row++) {
    const char* source = rows.data + row * rows.stride;
    const float* scale = Format::kScaled ? rows.scales + row : nullptr;
    uint32_t* target = staged + row * kStagedStride;
    int64_t left = rows.elements;
    for (; left >= Format::kElements; left -= Format::kElements) {
      store_staged<Format>(target, Format::load_key(source), scale);
      source += Format::kVectorBytes;
      target += Format::kLanes;
    }
    if (left > 0) store_staged<Format>(target, Format::load_key_part(source, left), scale);
  }
}

template <class Format, int kKeys, int kVectors>
[[gnu::always_inline]] inline void tile_step(const uint32_t* staged, const uint32_t* panel,
                                             typename Format::Sum (&sums)[kKeys][kVectors]) {
  typename Format::Words queries[kVectors];
#pragma GCC unroll 4
  for (int vector = 0; vector < kVectors; vector++)
    queries[vector] = Format::load_words(panel + vector * Format::kLanes);
    // Every loop over the registers must unroll fully: a sum that is indexed at run time lives in memory.
#pragma GCC unroll 16
  for (int key = 0; key < kKeys; key++) {
    const typename Format::Words word = Format::broadcast(staged + key * kStagedStride);
#pragma GCC unroll 4
    for (int vector = 0; vector < kVectors; vector++) {
      sums[key][vector] = Format::multiply_add(queries[vector], word, sums[key][vector]);
    }
  }
}

template <class Format, int kKeys, int kVectors>
void tile_keys(const TileArguments& arguments, int64_t first_key, const Rows& next, const char*& next_panel) {
  using Vector = typename Format::Vector;
  typename Format::Sum sums[kKeys][kVectors];
#pragma GCC unroll 4
  for (int vector = 0; vector < kVectors; vector++) {
    const typename Format::Sum start = Format::start(arguments.quantization.starts + vector * Format::kLanes);
#pragma GCC unroll 16
    for (int key = 0; key < kKeys; key++) sums[key][vector] = start;
  }
  constexpr int64_t kPanelStep = kVectors * Format::kLanes;
  const uint32_t* staged = arguments.staged + first_key * kStagedStride;
  const uint32_t* panel = arguments.panel;
  int64_t word = 0;
  for (; word + kPrefetchWords <= arguments.words; word += kPrefetchWords) {
    const char* ahead = next.data + word * Format::kStoredWordBytes;
    for (int64_t row = 0; row < next.count; row++, ahead += next.stride) __builtin_prefetch(ahead, 0, 2);
#pragma GCC unroll 4
    for (int64_t line = 0; line < kPanelLines; line++, next_panel += 64) __builtin_prefetch(next_panel, 0, 2);
#pragma GCC unroll 4
    for (int64_t step = 0; step < kPrefetchWords; step++) {
      tile_step<Format, kKeys, kVectors>(staged, panel, sums);
      staged++;
      panel += kPanelStep;
    }
  }
  for (; word < arguments.words; word++) {
    tile_step<Format, kKeys, kVectors>(staged, panel, sums);
    staged++;
    panel += kPanelStep;
  }
  float* scores = arguments.scores + first_key * kBlockLanes;
#pragma GCC unroll 4
  for (int vector = 0; vector < kVectors; vector++) {
#pragma GCC unroll 16
    for (int key = 0; key < kKeys; key++) {
      float* place = scores + key * kBlockLanes + vector * Format::kLanes;
      typename Vector::Type score =
          Format::scaled(sums[key][vector], arguments.key_scales, first_key + key, arguments.keys,
                         arguments.quantization.scales + vector * Format::kLanes);
      if (arguments.add) score = Vector::add(score, Vector::load(place));
      Vector::store(place, score);
    }
  }
}

template <class Format, int kKeys, int kVectors>
void tile_vectors(const TileArguments& arguments) {
  const int64_t steps = (arguments.keys + kKeys - 1) / kKeys;
  const int64_t next_rows = arguments.next_rows(steps);
  const char* next_panel = reinterpret_cast<const char*>(arguments.next_panel);
  for (int64_t step = 0; step < steps; step++) {
    // So few at a time that they are in L1 when they are multiplied.
    if (arguments.unstaged.count > 0) {
      stage<Format>(arguments.unstaged.share(step, kKeys), arguments.staged + step * kKeys * kStagedStride);
    }
    const Rows next = arguments.next.share(arguments.next_share(step, steps), next_rows);
    tile_keys<Format, kKeys, kVectors>(arguments, step * kKeys, next, next_panel);
  }
}

template <class Format>
void tile(const TileArguments& arguments) {
  if (arguments.lanes == Format::kLanes) {
    tile_vectors<Format, Format::kTileKeys, 1>(arguments);
  } else {
    tile_vectors<Format, Format::kTileKeys, 2>(arguments);
  }
}

}  // namespace
}  // namespace afterimage

#endif
