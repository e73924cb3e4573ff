// AVX-512 BF16: vdpbf16ps multiplies bfloat16 keys with queries rounded to bfloat16, and sums in float32. Processors
// with BF16 have VNNI.
#include "templates/type_kernels.h"
#include "tiers/avx512.h"
#include "tiers/avx512_formats.h"
#include "tiers/instructions.h"

namespace afterimage {
namespace {

struct Bfloat16Words512 : FloatSums<Vector512> {
  using Words = __m512bh;
  static constexpr int64_t kElements = 32;
  static constexpr int64_t kWordElements = 2;
  static constexpr int64_t kVectorBytes = 64;
  static constexpr int64_t kStoredWordBytes = 4;

  static Words load_words(const uint32_t* place) { return (__m512bh)_mm512_loadu_si512(place); }
  static Words broadcast(const uint32_t* place) { return (__m512bh)_mm512_set1_epi32(static_cast<int32_t>(*place)); }
  static Words load_key(const char* place) { return (__m512bh)_mm512_loadu_si512(place); }
  static Words load_key_part(const char* place, int64_t count) {
    return (__m512bh)_mm512_maskz_loadu_epi16((uint32_t{1} << count) - 1, place);
  }
  static constexpr bool kConverted = false;
  template <int kWords>
  static Words broadcast_key(const char* words) {
    return (__m512bh)broadcast_words<kWords>(words);
  }
  static void store_words(uint32_t* place, Words words) { _mm512_store_si512(place, (__m512i)words); }
  static Sum multiply_add(Words query, Words key, Sum sum) { return add_bfloat16_products(sum, query, key); }
  template <int kWords>
  static void store_scores(Sum sum, const UnpackedArguments& arguments, int64_t key) {
    store_lanes<16 / kWords>(fold<kWords>(sum), arguments, key);
  }
};

}  // namespace

constinit const TypeKernels avx512_bf16_bfloat16 =
    type_kernels<Bfloat16Words512, Rows512<StoredBfloat16>>(kPackedFrom512);

constinit const Kernels avx512_bf16_kernels =
    kernels_of("avx512-bf16", avx512_types, avx512_scores,
               {{AFTERIMAGE_BFLOAT16, &avx512_bf16_bfloat16}, {AFTERIMAGE_INT8, &avx512_vnni_int8}});

}  // namespace afterimage
