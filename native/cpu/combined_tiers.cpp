// Tables of tiers that replace some kernels of a type and keep those of another tier. They are made when the library is
// loaded, by code for any processor: a constant cannot copy entries of another file, and code for the tier's processors
// must not run on others.
#include "kernels.h"
#if defined(AFTERIMAGE_AMX)
#include "tiers/avx512.h"
#elif defined(__aarch64__)
#include "tiers/neon.h"
#endif

namespace afterimage {
namespace {

#if defined(AFTERIMAGE_AMX)
TypeKernels with_registers(TypeKernels kernels) {
  kernels.configure_tiles = tile_kernels.configure;
  kernels.release_tiles = tile_kernels.release;
  return kernels;
}

// Replaces the products of vectors, except for dot products of up to four queries.
TypeKernels with_tiles(TypeKernels kernels, decltype(TypeKernels::unpacked_product) product) {
  kernels.packed_product = nullptr;
  kernels.unpacked_product = product;
  return with_registers(kernels);
}

// Replaces the packed product; small batches stay with vectors.
TypeKernels with_split_tiles(TypeKernels kernels, decltype(TypeKernels::packed_product) product) {
  kernels.packed_product = product;
  kernels.split_query = tile_kernels.split_query;
  return with_registers(kernels);
}

const TypeKernels float32 = with_split_tiles(avx512_types.of[AFTERIMAGE_FLOAT32], tile_kernels.float32_product);
const TypeKernels float16 = with_split_tiles(avx512_types.of[AFTERIMAGE_FLOAT16], tile_kernels.float16_product);
const TypeKernels bfloat16 = with_tiles(avx512_bf16_bfloat16, tile_kernels.bfloat16_product);
const TypeKernels int8 = with_tiles(avx512_vnni_int8, tile_kernels.int8_product);
#elif defined(__aarch64__)
// Small batches stay with sdot.
TypeKernels with_matrices(TypeKernels kernels) {
  kernels.panel_words = kMatrixWords;
  kernels.packed_product = neon_i8mm_product;
  return kernels;
}
#endif

}  // namespace

#if defined(AFTERIMAGE_AMX)
const Kernels avx512_amx_kernels = kernels_of("avx512-amx", avx512_types, avx512_scores,
                                              {{AFTERIMAGE_FLOAT32, &float32},
                                               {AFTERIMAGE_FLOAT16, &float16},
                                               {AFTERIMAGE_BFLOAT16, &bfloat16},
                                               {AFTERIMAGE_INT8, &int8}});
#elif defined(__aarch64__)
const TypeKernels neon_i8mm_int8 = with_matrices(neon_dotprod_int8);

const Kernels neon_i8mm_kernels = kernels_of("neon-i8mm", neon_types, neon_scores,
                                             {{AFTERIMAGE_INT8, &neon_i8mm_int8}});
#endif

}  // namespace afterimage
