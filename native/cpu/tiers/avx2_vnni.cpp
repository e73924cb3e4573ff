// AVX-VNNI, on processors without AVX-512: vpdpbusd multiplies int8 in vectors of 256 bits.
#include "templates/type_kernels.h"
#include "tiers/avx2.h"
#include "tiers/avx2_formats.h"
#include "tiers/vnni.h"

namespace afterimage {
namespace {

constexpr TypeKernels int8 = type_kernels<Int8Words<Vector256>, FloatRows<Vector256, StoredInt8>>(kPackedFrom256);

}  // namespace

constinit const Kernels avx2_vnni_kernels =
    kernels_of("avx2-vnni", avx2_types, avx2_scores, {{AFTERIMAGE_INT8, &int8}});

}  // namespace afterimage
