// AVX-512 VNNI: vpdpbusd multiplies int8.
#include "templates/type_kernels.h"
#include "tiers/avx512.h"
#include "tiers/avx512_formats.h"
#include "tiers/vnni.h"

namespace afterimage {
namespace {

struct Int8Words512 : Int8Words<Vector512> {
  static constexpr bool kConverted = true;
  template <int kWords>
  static Words broadcast_key(const char* words) {
    return broadcast_words<kWords>(words);
  }
  static void store_words(uint32_t* place, Words words) { _mm512_store_si512(place, words); }
  template <int kWords>
  static void store_scores(Sum sum, const UnpackedArguments& arguments, int64_t key) {
    if (key >= arguments.keys.count) return;
    const Quantization& quantization = arguments.quantization;
    const __m512i product = _mm512_add_epi32(fold<kWords>(sum), _mm512_loadu_si512(quantization.starts));
    const __m512 scales =
        _mm512_mul_ps(_mm512_loadu_ps(quantization.scales), _mm512_set1_ps(arguments.keys.scales[key]));
    store_lanes<16 / kWords>(_mm512_mul_ps(_mm512_cvtepi32_ps(product), scales), arguments, key);
  }
};

}  // namespace

constinit const TypeKernels avx512_vnni_int8 = type_kernels<Int8Words512, Rows512<StoredInt8>>(kPackedFrom512);

constinit const Kernels avx512_vnni_kernels =
    kernels_of("avx512-vnni", avx512_types, avx512_scores,
               {{AFTERIMAGE_INT8, &avx512_vnni_int8}});

}  // namespace afterimage
