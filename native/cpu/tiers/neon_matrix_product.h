// The packed product with instructions that multiply two keys by two queries, eight bytes of each. They add twice as
// many products as those that multiply one key. Two words of a key or a query lie side by side.
#ifndef AFTERIMAGE_CPU_TIERS_NEON_MATRIX_PRODUCT_H
#define AFTERIMAGE_CPU_TIERS_NEON_MATRIX_PRODUCT_H

#include "templates/packed_product.h"
#include "tiers/neon.h"
#include "tiers/neon_formats.h"

namespace afterimage {
namespace {

constexpr int kPairs = 3;  // of keys whose sums stay in registers

inline uint8x16_t load_bytes(const char* place) { return vld1q_u8(reinterpret_cast<const uint8_t*>(place)); }
inline uint8x16_t load_bytes(const uint32_t* words) { return load_bytes(reinterpret_cast<const char*>(words)); }
// Zeros after the last of `left` bytes.
inline uint8x16_t load_bytes(const char* place, int64_t left) {
  return left >= 16 ? load_bytes(place) : load_bytes(Part<16>(place, left).data);
}

// The first or the second 64 bits of both vectors.
template <int kHalf, class Lanes>
Lanes halves(Lanes a, Lanes b) {
  const uint64x2_t first = (uint64x2_t)a;
  const uint64x2_t second = (uint64x2_t)b;
  return (Lanes)(kHalf == 0 ? vzip1q_u64(first, second) : vzip2q_u64(first, second));
}

// Packs up to 2 kPairs rows: (pairs, words / 2, 2 rows, 2 words). The last row stands in for a row beyond it.
inline void pack_pairs(const Rows& rows, int64_t bytes, uint32_t* packed) {
  for (int64_t row = 0; row < rows.count; row += 2, packed += 2 * kPackedStride) {
    const char* first = rows.data + row * rows.stride;
    const char* second = row + 1 < rows.count ? first + rows.stride : first;
    uint8_t* target = reinterpret_cast<uint8_t*>(packed);
    for (int64_t i = 0; i < bytes; i += 16, target += 32) {
      const uint8x16_t a = load_bytes(first + i, bytes - i);
      const uint8x16_t b = load_bytes(second + i, bytes - i);
      vst1q_u8(target, halves<0>(a, b));
      vst1q_u8(target + 16, halves<1>(a, b));
    }
  }
}

// Two words of 2 kPairs keys and kVectors vectors of queries.
template <class Format, int kVectors>
[[gnu::always_inline]] inline void matrix_step(const uint32_t* packed, const uint32_t* panel,
                                               typename Format::Product (&sums)[kPairs][4 * kVectors]) {
  uint8x16_t keys[kPairs];
#pragma GCC unroll 4
  for (int pair = 0; pair < kPairs; pair++) keys[pair] = load_bytes(packed + pair * 2 * kPackedStride);
#pragma GCC unroll 8
  for (int two = 0; two < 4 * kVectors; two++) {
    const uint8x16_t queries = load_bytes(panel + two * 4);
#pragma GCC unroll 4
    for (int pair = 0; pair < kPairs; pair++) {
      sums[pair][two] = Format::multiply_add(keys[pair], queries, sums[pair][two]);
    }
  }
}

// The score of one key of a pair, with queries in the lanes.
template <class Format, int kKey>
[[gnu::always_inline]] inline void store_matrix_scores(const PackedArguments& arguments, int64_t key, int64_t lane,
                                                       const typename Format::Product* sums) {
  using Vector = typename Format::Vector;
  float* place = arguments.scores + key * kBlockLanes + lane;
  const typename Format::Sum sum = {halves<kKey>(sums[0], sums[1]), halves<kKey>(sums[2], sums[3])};
  typename Vector::Type score =
      Format::scaled(sum, arguments.key_scales, key, arguments.keys, arguments.quantization.scales + lane);
  if (arguments.add) score = Vector::add(score, Vector::load(place));
  Vector::store(place, score);
}

template <class Format, int kVectors>
void matrix_keys(const PackedArguments& arguments, int64_t first_key, const Rows& next, const char*& next_panel) {
  constexpr int64_t kLanes = kVectors * VectorNeon::kLanes;
  typename Format::Product sums[kPairs][4 * kVectors] = {};
  const uint32_t* packed = arguments.packed + first_key * kPackedStride;
  const uint32_t* panel = arguments.panel;
  int64_t word = 0;
  for (; word + kPrefetchWords <= arguments.words; word += kPrefetchWords) {
    const char* prefetched = next.data + word * sizeof(uint32_t);
    for (int64_t row = 0; row < next.count; row++, prefetched += next.stride) __builtin_prefetch(prefetched, 0, 2);
#pragma GCC unroll 4
    for (int64_t line = 0; line < kPanelLines; line++, next_panel += 64) __builtin_prefetch(next_panel, 0, 2);
#pragma GCC unroll 2
    for (int64_t step = 0; step < kPrefetchWords; step += kMatrixWords) {
      matrix_step<Format, kVectors>(packed, panel, sums);
      packed += 2 * kMatrixWords;
      panel += kMatrixWords * kLanes;
    }
  }
  for (; word < arguments.words; word += kMatrixWords) {
    matrix_step<Format, kVectors>(packed, panel, sums);
    packed += 2 * kMatrixWords;
    panel += kMatrixWords * kLanes;
  }
#pragma GCC unroll 4
  for (int pair = 0; pair < kPairs; pair++) {
#pragma GCC unroll 2
    for (int vector = 0; vector < kVectors; vector++) {
      const int64_t key = first_key + 2 * pair;
      const int64_t lane = vector * VectorNeon::kLanes;
      store_matrix_scores<Format, 0>(arguments, key, lane, sums[pair] + 4 * vector);
      store_matrix_scores<Format, 1>(arguments, key + 1, lane, sums[pair] + 4 * vector);
    }
  }
}

template <class Format, int kVectors>
void matrix_vectors(const PackedArguments& arguments) {
  constexpr int64_t kKeys = 2 * kPairs;
  const int64_t steps = (arguments.keys + kKeys - 1) / kKeys;
  const int64_t next_rows = arguments.next_rows(steps);
  const char* next_panel = reinterpret_cast<const char*>(arguments.next_panel);
  for (int64_t step = 0; step < steps; step++) {
    if (arguments.unpacked.count > 0) {
      const Rows rows = arguments.unpacked.share(step, kKeys);
      pack_pairs(rows, rows.elements * Format::kElementBytes, arguments.packed + step * kKeys * kPackedStride);
    }
    const Rows next = arguments.next.share(arguments.next_share(step, steps), next_rows);
    matrix_keys<Format, kVectors>(arguments, step * kKeys, next, next_panel);
  }
}

template <class Format>
void matrix_product(const PackedArguments& arguments) {
  if (arguments.lanes == VectorNeon::kLanes) {
    matrix_vectors<Format, 1>(arguments);
  } else {
    matrix_vectors<Format, 2>(arguments);
  }
}

}  // namespace
}  // namespace afterimage

#endif
