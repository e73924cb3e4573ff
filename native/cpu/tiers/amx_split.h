// Float keys and large batches in tiles of bfloat16: a float32 number is exactly the sum of three bfloat16 numbers, a
// float16 number of two. Products of parts below 2^-23 of the whole are left out. While tiles multiply, the vector
// units are idle: they split and pack the keys of the next chunk meanwhile.
#ifndef AFTERIMAGE_CPU_TIERS_AMX_SPLIT_H
#define AFTERIMAGE_CPU_TIERS_AMX_SPLIT_H

#include "flush_to_zero.h"
#include "tiers/amx_tiles.h"
#include "tiers/avx512_formats.h"

namespace afterimage {
namespace {

constexpr int64_t kSplitTileBytes = kTileRows * kTileBytes;
constexpr int64_t kQueryParts = 3;
// Bytes of a row of a panel: two tiles of queries side by side.
constexpr int64_t kQueryRowBytes = 2 * kTileBytes;

// The same numbers, and one NaN for all: rounding others up could make zero of them.
inline __m512 of_one_nan(__m512 value) {
  constexpr int kOfBoth = 0x33;  // "QNaN indefinite" for signalling and quiet NaN
  return _mm512_fixupimm_ps(value, value, _mm512_set1_epi32(kOfBoth), 0);
}

// The nearest bfloat16 number, as float32. NaN is that of of_one_nan.
inline __m512 nearest_bfloat16(__m512 value) {
  const __m512i rounded = _mm512_add_epi32(_mm512_castps_si512(value), _mm512_set1_epi32(0x8000));
  return _mm512_castsi512_ps(_mm512_and_epi32(rounded, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
}

// Stores the parts of 32 elements, `stride` bytes apart. Elements i and 16 + i are adjacent.
template <int kParts>
[[gnu::always_inline]] inline void split(__m512 low, __m512 high, char* target, int64_t stride) {
  low = of_one_nan(low);
  high = of_one_nan(high);
#pragma GCC unroll 3
  for (int part = 0; part < kParts; part++, target += stride) {
    const __m512 low_part = nearest_bfloat16(low);
    const __m512 high_part = nearest_bfloat16(high);
    const __m512i pairs =
        _mm512_or_epi32(_mm512_srli_epi32(_mm512_castps_si512(low_part), 16), _mm512_castps_si512(high_part));
    _mm512_store_si512(target, pairs);
    low = _mm512_sub_ps(low, low_part);
    high = _mm512_sub_ps(high, high_part);
  }
}

// Stores the parts of up to 32 elements from `source` on, `left` of which exist; the others are zero.
template <class Format, int kParts>
[[gnu::always_inline]] inline void split_elements(const char* source, int64_t left, char* target, int64_t stride) {
  const char* other = source + Format::kVectorBytes;
  if (left >= kSplitElements) {
    split<kParts>(Format::load_key(source), Format::load_key(other), target, stride);
  } else if (left > Format::kElements) {
    split<kParts>(Format::load_key(source), Format::load_key_part(other, left - Format::kElements), target, stride);
  } else {
    split<kParts>(Format::load_key_part(source, left), _mm512_setzero_ps(), target, stride);
  }
}

// words: (elements / 32, parts, 16); their transpose has the layout of tiles.
void split_query(const float* query, int64_t dim, uint32_t* words) {
  for (int64_t element = 0; element < dim; element += kSplitElements) {
    alignas(64) char parts[kQueryParts * kTileBytes];
    split_elements<Rows512<StoredFloat32>, kQueryParts>(reinterpret_cast<const char*>(query + element), dim - element, parts,
                                                kTileBytes);
    memcpy(words, parts, sizeof parts);
    words += sizeof parts / sizeof *words;
  }
}

// The keys of one chunk as tiles of parts: (keys / 16, elements / 32, parts).
template <class Format, int kParts>
class SplitKeys {
 public:
  SplitKeys(const Rows& rows, void* packed)
      : rows_(rows),
        packed_(static_cast<char*>(packed)),
        steps_((rows.elements + kSplitElements - 1) / kSplitElements) {}

  int64_t steps() const { return steps_; }

  [[gnu::always_inline]] void pack(int64_t row, int64_t step) const {
    const int64_t tile = row / kTileRows * steps_ + step;
    split_elements<Format, kParts>(place(row, step), rows_.elements - step * kSplitElements,
                                   packed_ + tile * kParts * kSplitTileBytes + row % kTileRows * kTileBytes,
                                   kSplitTileBytes);
  }
  // Prefetches elements that are packed later. A row number beyond the last means the elements after this chunk, from
  // the first row on.
  [[gnu::always_inline]] void prefetch(int64_t row, int64_t step) const {
    const char* prefetched = row < rows_.count ? place(row, step) : place(row - rows_.count, step + steps_);
#pragma GCC unroll 2
    for (int64_t line = 0; line < 2 * Format::kVectorBytes; line += 64) __builtin_prefetch(prefetched + line, 0, 2);
  }

 private:
  const char* place(int64_t row, int64_t step) const {
    return rows_.data + row * rows_.stride + step * 2 * Format::kVectorBytes;
  }

  const Rows& rows_;
  char* const packed_;
  const int64_t steps_;
};

// Multiplies the parts of 32 keys and 32 queries: six products, or five if keys have two parts. Each product is of four
// tiles, and all but the first reload only one side. Calls meanwhile(product) after each.
template <int kParts, class Meanwhile>
[[gnu::always_inline]] inline void multiply_parts(const char* keys, const char* other_keys, const char* queries,
                                                  const Meanwhile& meanwhile) {
  const auto load_keys = [&](int64_t part) {
    load<4>(keys + part * kSplitTileBytes, kTileBytes);
    load<5>(other_keys + part * kSplitTileBytes, kTileBytes);
  };
  const auto load_queries = [&](int64_t part) {
    load<6>(queries + part * kTileRows * kQueryRowBytes, kQueryRowBytes);
    load<7>(queries + part * kTileRows * kQueryRowBytes + kTileBytes, kQueryRowBytes);
  };
  const auto multiply = [&](int product) {
    multiply_add_bfloat16<0, 4, 6>();
    multiply_add_bfloat16<2, 5, 6>();
    multiply_add_bfloat16<1, 4, 7>();
    multiply_add_bfloat16<3, 5, 7>();
    meanwhile(product);
  };
  load_keys(0);
  load_queries(2);
  multiply(0);
  load_queries(1);
  multiply(1);
  load_keys(1);
  multiply(2);
  load_queries(0);
  multiply(3);
  load_keys(0);
  multiply(4);
  if constexpr (kParts == 3) {
    load_keys(2);
    multiply(5);
  }
}

// Writes the sums of four tiles to the scores of up to 32 keys from `key` on, or adds them.
inline void store_sums(const PackedArguments& arguments, int64_t key) {
  alignas(64) float sums[4][kTileWords];
  store<0>(sums[0], kTileBytes);
  store<1>(sums[1], kTileBytes);
  store<2>(sums[2], kTileBytes);
  store<3>(sums[3], kTileBytes);
  for (int64_t row = 0; row < 2 * kTileRows && key + row < arguments.keys; row++) {
    for (int64_t half = 0; half < 2; half++) {
      float* place = arguments.scores + (key + row) * kBlockLanes + half * kTileLanes;
      __m512 score = _mm512_load_ps(sums[row / kTileRows * 2 + half] + row % kTileRows * kTileLanes);
      if (arguments.add) score = _mm512_add_ps(score, _mm512_loadu_ps(place));
      _mm512_storeu_ps(place, score);
    }
  }
}

// The packed product for blocks of 32 lanes.
template <class Format, int kParts>
void split_product(const PackedArguments& arguments) {
  constexpr int64_t kProducts = kParts == 3 ? 6 : 5;
  constexpr int64_t kStepKeys = 2 * kTileRows;
  constexpr int64_t kStepQueryBytes = kQueryParts * kTileRows * kQueryRowBytes;
  // The remainders of tiny elements may be denormal.
  const FlushToZero flushed;
  const SplitKeys<Format, kParts> present(arguments.unpacked, arguments.packed);
  for (int64_t row = 0; row < arguments.unpacked.count; row++) {
    for (int64_t step = 0; step < present.steps(); step++) present.pack(row, step);
  }
  const SplitKeys<Format, kParts> next(arguments.next, arguments.next_packed);
  const int64_t steps = (arguments.words + kSplitElements - 1) / kSplitElements;
  const int64_t key_steps = (arguments.keys + kStepKeys - 1) / kStepKeys;
  const int64_t next_rows = arguments.next_rows(key_steps);
  const int64_t lines = (kStepQueryBytes / 64 + key_steps * kProducts - 1) / (key_steps * kProducts);
  const char* next_panel = reinterpret_cast<const char*>(arguments.next_panel);
  for (int64_t key_step = 0; key_step < key_steps; key_step++) {
    const int64_t key = key_step * kStepKeys;
    const char* keys = reinterpret_cast<const char*>(arguments.packed) + key * steps * kParts * kTileBytes;
    const char* other_keys = keys + steps * kParts * kSplitTileBytes;
    const char* panel = reinterpret_cast<const char*>(arguments.panel);
    const int64_t first = arguments.next_share(key_step, key_steps) * next_rows;  // may be past the end
    const int64_t end = first + next_rows < arguments.next.count ? first + next_rows : arguments.next.count;
    set_zero<0>();
    set_zero<1>();
    set_zero<2>();
    set_zero<3>();
    for (int64_t step = 0; step < steps; step++) {
      multiply_parts<kParts>(
          keys, other_keys, panel, [&](int64_t product) __attribute__((always_inline)) {
            for (int64_t row = first + product; row < end && step < next.steps(); row += kProducts) {
              next.pack(row, step);
              next.prefetch(row + 2 * next_rows, step);
            }
            for (int64_t line = 0; line < lines; line++, next_panel += 64) __builtin_prefetch(next_panel, 0, 2);
          });
      keys += kParts * kSplitTileBytes;
      other_keys += kParts * kSplitTileBytes;
      panel += kStepQueryBytes;
    }
    for (int64_t step = steps; step < next.steps(); step++) {
      for (int64_t row = first; row < end; row++) next.pack(row, step);
    }
    store_sums(arguments, key);
  }
}

}  // namespace
}  // namespace afterimage

#endif
