// What the AVX-512 tiers have in common: each adds the types that it multiplies in an instruction of its own.
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

}  // namespace afterimage

#endif
