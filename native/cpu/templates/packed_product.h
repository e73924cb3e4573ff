// The packed product, for large batches: queries occupy the lanes, words of the packed keys are broadcast, and the sums
// of kKeys keys and kVectors vectors of queries stay in registers.
#ifndef AFTERIMAGE_CPU_TEMPLATES_PACKED_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_PACKED_PRODUCT_H

#include <string.h>

#include "kernels.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

// Words between two prefetches: a cache line of keys with 4 bytes per word.
constexpr int64_t kPrefetchWords = 16;
// Lines of the next panel per prefetch, so that the keys of a group fetch all of it.
constexpr int64_t kPanelLines = 3;

template <RowFormat Format>
[[gnu::always_inline]] inline void store_packed(uint32_t* target, typename Format::Words words, const float* scale) {
  if constexpr (Format::kScaled) words = Format::Vector::mul(words, Format::Vector::all(*scale));
  memcpy(target, &words, sizeof words);
}

// Converts keys to words and stores them close together.
template <RowFormat Format>
void pack(const Rows& rows, uint32_t* packed) {
  for (int64_t row = 0; row < rows.count; row++) {
    const char* source = rows.data + row * rows.stride;
    const float* scale = Format::kScaled ? rows.scales + row : nullptr;
    uint32_t* target = packed + row * kPackedStride;
    int64_t left = rows.elements;
    for (; left >= Format::kElements; left -= Format::kElements) {
      store_packed<Format>(target, Format::load_key(source), scale);
      source += Format::kVectorBytes;
      target += Format::kLanes;
    }
    if (left > 0) store_packed<Format>(target, Format::load_key_part(source, left), scale);
  }
}

template <RowFormat Format, int kKeys, int kVectors>
[[gnu::always_inline]] inline void packed_step(const uint32_t* packed, const uint32_t* panel,
                                               typename Format::Sum (&sums)[kKeys][kVectors]) {
  typename Format::Words queries[kVectors];
#pragma GCC unroll 4
  for (int vector = 0; vector < kVectors; vector++)
    queries[vector] = Format::load_words(panel + vector * Format::kLanes);
    // Every loop over registers must be unrolled fully: a sum that is indexed at run time lives in memory.
#pragma GCC unroll 16
  for (int key = 0; key < kKeys; key++) {
    const auto word = Format::broadcast(packed + key * kPackedStride);
#pragma GCC unroll 4
    for (int vector = 0; vector < kVectors; vector++) {
      sums[key][vector] = Format::multiply_add(queries[vector], word, sums[key][vector]);
    }
  }
}

template <RowFormat Format, int kKeys, int kVectors>
void packed_keys(const PackedArguments& arguments, int64_t first_key, const Rows& next, const char*& next_panel) {
  using Vector = typename Format::Vector;
  constexpr int64_t kPanelStep = kVectors * Format::kLanes;
  const uint32_t* packed = arguments.packed + first_key * kPackedStride;
  const uint32_t* panel = arguments.panel;
  typename Format::Sum totals[kKeys][kVectors];
#pragma GCC unroll 4
  for (int vector = 0; vector < kVectors; vector++) {
    const typename Format::Sum start = Format::start(arguments.quantization.starts + vector * Format::kLanes);
#pragma GCC unroll 16
    for (int key = 0; key < kKeys; key++) totals[key][vector] = start;
  }
  for (int64_t word = 0; word < arguments.words;) {
    typename Format::Sum sums[kKeys][kVectors];
    clear<Format>(sums);
    const int64_t longest = word + Format::kSummedWords;
    const int64_t end = longest < arguments.words ? longest : arguments.words;
    for (; word + kPrefetchWords <= end; word += kPrefetchWords) {
      const char* prefetched = next.data + word * Format::kStoredWordBytes;
      for (int64_t row = 0; row < next.count; row++, prefetched += next.stride) __builtin_prefetch(prefetched, 0, 2);
#pragma GCC unroll 4
      for (int64_t line = 0; line < kPanelLines; line++, next_panel += 64) __builtin_prefetch(next_panel, 0, 2);
#pragma GCC unroll 4
      for (int64_t step = 0; step < kPrefetchWords; step++) {
        packed_step<Format, kKeys, kVectors>(packed, panel, sums);
        packed++;
        panel += kPanelStep;
      }
    }
    for (; word < end; word++) {
      packed_step<Format, kKeys, kVectors>(packed, panel, sums);
      packed++;
      panel += kPanelStep;
    }
#pragma GCC unroll 16
    for (int key = 0; key < kKeys; key++) {
#pragma GCC unroll 4
      for (int vector = 0; vector < kVectors; vector++) {
        totals[key][vector] = Format::add(totals[key][vector], sums[key][vector]);
      }
    }
  }
  float* scores = arguments.scores + first_key * kBlockLanes;
#pragma GCC unroll 4
  for (int vector = 0; vector < kVectors; vector++) {
#pragma GCC unroll 16
    for (int key = 0; key < kKeys; key++) {
      float* place = scores + key * kBlockLanes + vector * Format::kLanes;
      typename Vector::Type score =
          Format::scaled(totals[key][vector], arguments.key_scales, first_key + key, arguments.keys,
                         arguments.quantization.scales + vector * Format::kLanes);
      if (arguments.add) score = Vector::add(score, Vector::load(place));
      Vector::store(place, score);
    }
  }
}

template <RowFormat Format, int kKeys, int kVectors>
void packed_vectors(const PackedArguments& arguments) {
  const int64_t steps = (arguments.keys + kKeys - 1) / kKeys;
  const int64_t next_rows = arguments.next_rows(steps);
  const char* next_panel = reinterpret_cast<const char*>(arguments.next_panel);
  for (int64_t step = 0; step < steps; step++) {
    // Packs so few keys at a time that they are still in L1 when they are multiplied.
    if (arguments.unpacked.count > 0) {
      pack<Format>(arguments.unpacked.share(step, kKeys), arguments.packed + step * kKeys * kPackedStride);
    }
    const Rows next = arguments.next.share(arguments.next_share(step, steps), next_rows);
    packed_keys<Format, kKeys, kVectors>(arguments, step * kKeys, next, next_panel);
  }
}

template <RowFormat Format>
void packed_product(const PackedArguments& arguments) {
  if (arguments.lanes == Format::kLanes) {
    packed_vectors<Format, Format::kPackedKeys, 1>(arguments);
  } else {
    packed_vectors<Format, Format::kPackedKeys, 2>(arguments);
  }
}

}  // namespace
}  // namespace afterimage

#endif
