// Kernels that the AVX-512 tiers share. Each tier replaces those of the types for which it has instructions.
#ifndef AFTERIMAGE_CPU_TIERS_AVX512_H
#define AFTERIMAGE_CPU_TIERS_AVX512_H

#include "kernels.h"

namespace afterimage {

constexpr PackedFrom kPackedFrom512 = {.one_vector = 17, .next_vector = 14, .two_vectors = 17};

extern const ScoreKernels avx512_scores;
extern const TypeTable avx512_types;
extern const TypeKernels avx512_vnni_int8;
extern const TypeKernels avx512_bf16_bfloat16;

// The kernels of AMX, for the table in combined_tiers.cpp.
struct TileKernels {
  decltype(TypeKernels::packed_product) float32_product;
  decltype(TypeKernels::packed_product) float16_product;
  decltype(TypeKernels::unpacked_product) bfloat16_product;
  decltype(TypeKernels::unpacked_product) int8_product;
  decltype(TypeKernels::split_query) split_query;
  decltype(TypeKernels::configure_tiles) configure;
  decltype(TypeKernels::release_tiles) release;
};
extern const TileKernels tile_kernels;

}  // namespace afterimage

#endif
