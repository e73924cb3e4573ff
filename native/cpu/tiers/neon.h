// Kernels that the NEON tiers share. Each tier replaces those of the types for which it has instructions.
#ifndef AFTERIMAGE_CPU_TIERS_NEON_H
#define AFTERIMAGE_CPU_TIERS_NEON_H

#include "kernels.h"

namespace afterimage {

// Not measured: nearly full vectors.
constexpr PackedFrom kPackedFromNeon = {.one_vector = 9, .next_vector = 7, .two_vectors = 15};

extern const ScoreKernels neon_scores;
extern const TypeTable neon_types;
extern const TypeKernels neon_dotprod_int8;
extern const TypeKernels neon_i8mm_int8;

// Words of a query side by side in the panel of a product of matrices.
constexpr int64_t kMatrixWords = 2;
// The product of matrices of int8, for the table in combined_tiers.cpp.
void neon_i8mm_product(const PackedArguments& arguments);

}  // namespace afterimage

#endif
