// Estimates of scores, eight keys at a time, of which those that reach the cutoff are stored.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_ESTIMATES_H
#define AFTERIMAGE_CPU_TIERS_AVX2_ESTIMATES_H

#include <immintrin.h>
#include <string.h>

#include <array>

#include "templates/plain_loops.h"

namespace afterimage {
namespace {

// For each mask of eight lanes, the lanes whose bits are set, then any.
constexpr std::array<uint64_t, 256> lanes_of_masks() {
  std::array<uint64_t, 256> result{};
  for (int mask = 0; mask < 256; mask++) {
    int found = 0;
    for (uint64_t lane = 0; lane < 8; lane++) {
      if ((mask >> lane & 1) != 0) result[mask] |= lane << (8 * found++);
    }
  }
  return result;
}

constexpr std::array<uint64_t, 256> kLanesOfMasks = lanes_of_masks();

inline int64_t estimate_in_lanes(const CodeEstimates& arguments) {
  const __m256 factor = _mm256_set1_ps(arguments.row.half_scale);
  const __m256i offset = _mm256_set1_epi32(arguments.row.offset);
  const __m256 cutoff = _mm256_set1_ps(arguments.cutoff);
  __m256i numbers = _mm256_add_epi32(_mm256_set1_epi32(arguments.number), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  int64_t found = 0;
  int64_t i = 0;
  for (; i + 8 <= arguments.count; i += 8, numbers = _mm256_add_epi32(numbers, _mm256_set1_epi32(8))) {
    // In halves, as the products were stored a moment ago: a longer load would wait for both stores.
    const __m128i* halves_of_products = reinterpret_cast<const __m128i*>(arguments.products + i);
    const __m256i products = _mm256_loadu2_m128i(halves_of_products + 1, halves_of_products);
    const __m256 centered = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_add_epi32(products, products), offset));
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(arguments.scales + i));
    const __m256 scores = _mm256_mul_ps(_mm256_cvtph_ps(halves), _mm256_mul_ps(factor, centered));
    const int mask = _mm256_movemask_ps(_mm256_cmp_ps(scores, cutoff, _CMP_NLT_UQ));
    const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<int64_t>(kLanesOfMasks[mask])));
    // No more than eight places for eight keys: what is stored beyond the last one is stored again, or has room.
    _mm256_storeu_ps(arguments.scores + found, _mm256_permutevar8x32_ps(scores, lanes));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(arguments.numbers + found),
                        _mm256_permutevar8x32_epi32(numbers, lanes));
    found += __builtin_popcount(static_cast<unsigned>(mask));
  }
  CodeEstimates rest = arguments;
  rest.products += i;
  rest.scales += i;
  rest.number += static_cast<int32_t>(i);
  rest.count -= i;
  rest.scores += found;
  rest.numbers += found;
  return found + estimate(rest);
}

}  // namespace
}  // namespace afterimage

#endif
