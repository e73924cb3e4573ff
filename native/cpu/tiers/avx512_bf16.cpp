// AVX-512 BF16: vdpbf16ps multiplies bfloat16 keys with queries rounded to bfloat16, and sums in float32. Processors
// with BF16 have VNNI.
#include "templates/dot_product.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"
#include "templates/unpacked_product.h"
#include "tiers/avx512.h"
#include "tiers/avx512_formats.h"

namespace afterimage {
namespace {

struct Bfloat16Words512 : Float512 {
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
  // Inline assembly, because GCC 12 gives the intrinsic no operand in memory. With both operands in registers, one
  // query reads keys more slowly, as if registers ran out before enough keys are requested.
  static Sum multiply_add(Words query, Words key, Sum sum) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(query), "vm"(key));
    return sum;
  }
};

}  // namespace

const TypeKernels avx512_bf16_bfloat16 = {.elements_per_word = 2,
                                          .packed_from = kPackedFrom512,
                                          .packed_product = packed_product<Bfloat16Words512>,
                                          .unpacked_product = unpacked_product<Bfloat16Words512>,
                                          .dot_product = dot_product<Bfloat16Words512>,
                                          .load = load_vectors<Bfloat16Rows512>,
                                          .store = store_rows<StoredBfloat16>};

const Kernels avx512_bf16_kernels = {
    .name = "avx512-bf16",
    .types = {&avx512_float32, &avx512_float16, &avx512_bf16_bfloat16, &avx512_vnni_int8},
    .scores = &avx512_scores,
    .multiply_codes = avx512_vnni_multiply_codes};

}  // namespace afterimage
