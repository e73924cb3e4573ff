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

const TypeKernels float32 = with_split_tiles(avx512_float32, tile_kernels.float32_product);
const TypeKernels float16 = with_split_tiles(avx512_float16, tile_kernels.float16_product);
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
const Kernels avx512_amx_kernels = {.name = "avx512-amx",
                                    .types = {&float32, &float16, &bfloat16, &int8},
                                    .scores = &avx512_scores,
                                    .multiply_codes = avx512_vnni_multiply_codes};
#elif defined(__aarch64__)
const TypeKernels neon_i8mm_int8 = with_matrices(neon_dotprod_int8);

const Kernels neon_i8mm_kernels = {.name = "neon-i8mm",
                                   .types = {&neon_float32, &neon_float16, &neon_bfloat16, &neon_i8mm_int8},
                                   .scores = &neon_scores,
                                   .multiply_codes = neon_dotprod_multiply_codes};
#endif

}  // namespace afterimage
