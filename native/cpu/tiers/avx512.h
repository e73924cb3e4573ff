// Kernels that the AVX-512 tiers share. Each tier replaces those of the types for which it has instructions.
#ifndef AFTERIMAGE_CPU_TIERS_AVX512_H
#define AFTERIMAGE_CPU_TIERS_AVX512_H

#include "kernels.h"

namespace afterimage {

extern const ScoreKernels avx512_scores;
extern const TypeKernels avx512_float32;
extern const TypeKernels avx512_float16;
extern const TypeKernels avx512_bfloat16;
extern const TypeKernels avx512_int8;
extern const TypeKernels avx512_vnni_int8;
extern const TypeKernels avx512_bf16_bfloat16;

void avx512_vnni_multiply_codes(const CodeArguments& arguments);

}  // namespace afterimage

#endif
