// Estimates of scores, sixteen keys at a time, of which those that reach the cutoff are stored.
#ifndef AFTERIMAGE_CPU_TIERS_AVX512_ESTIMATES_H
#define AFTERIMAGE_CPU_TIERS_AVX512_ESTIMATES_H

#include <immintrin.h>

#include "templates/plain_loops.h"

namespace afterimage {
namespace {

inline int64_t estimate_in_lanes(const CodeEstimates& arguments) {
  const __m512 factor = _mm512_set1_ps(arguments.row.half_scale);
  const __m512i offset = _mm512_set1_epi32(arguments.row.offset);
  const __m512 cutoff = _mm512_set1_ps(arguments.cutoff);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  int64_t found = 0;
  for (int64_t i = 0; i < arguments.count; i += 16) {
    const int64_t left = arguments.count - i;
    const __mmask16 present = static_cast<__mmask16>(left < 16 ? (1 << left) - 1 : -1);
    const __m512i products = _mm512_maskz_loadu_epi32(present, arguments.products + i);
    const __m512 centered = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_add_epi32(products, products), offset));
    const __m512 scales = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(present, arguments.scales + i));
    const __m512 scores = _mm512_mul_ps(scales, _mm512_mul_ps(factor, centered));
    const __mmask16 mask = _mm512_mask_cmp_ps_mask(present, scores, cutoff, _CMP_NLT_UQ);
    const __m512i numbers = _mm512_add_epi32(_mm512_set1_epi32(arguments.number + static_cast<int32_t>(i)), lanes);
    // Compressed in a register: a compressed store takes far longer. The mask keeps within the places.
    const int64_t count = __builtin_popcount(mask);
    const __mmask16 first = static_cast<__mmask16>((1 << count) - 1);
    _mm512_mask_storeu_ps(arguments.scores + found, first, _mm512_maskz_compress_ps(mask, scores));
    _mm512_mask_storeu_epi32(arguments.numbers + found, first, _mm512_maskz_compress_epi32(mask, numbers));
    found += count;
  }
  return found;
}

}  // namespace
}  // namespace afterimage

#endif
