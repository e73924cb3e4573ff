// Kernels that the AVX2 tiers share.
#ifndef AFTERIMAGE_CPU_TIERS_AVX2_H
#define AFTERIMAGE_CPU_TIERS_AVX2_H

#include "kernels.h"

namespace afterimage {

// One vector of queries leaves multiplications waiting for each other: two take hardly longer.
constexpr PackedFrom kPackedFrom256 = {.one_vector = 9, .next_vector = 7, .two_vectors = 9};

extern const TypeTable avx2_types;
extern const ScoreKernels avx2_scores;

}  // namespace afterimage

#endif
