// AVX-512 VNNI: vpdpbusd multiplies int8 keys with queries rounded to int8, exactly. Its first operand is unsigned:
// keys are offset by 128, and every sum starts at -128 * the sum of the query.
#include "templates/dot_product.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"
#include "templates/unpacked_product.h"
#include "tiers/avx2_codes.h"
#include "tiers/avx512.h"
#include "tiers/avx512_formats.h"

namespace afterimage {
namespace {

// Adds the products of four unsigned and four signed bytes to each lane. Inline assembly, because GCC 12 copies the
// sums of the intrinsic between registers. These copies fill the reorder window, which limits how far memory is read
// ahead (`runner bench few`).
[[gnu::always_inline]] inline __m512i add_byte_products(__m512i sum, __m512i unsigned_bytes, __m512i signed_bytes) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(unsigned_bytes), "vm"(signed_bytes));
  return sum;
}

// The sum of the lanes of each.
inline __m128i four_sums(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i abcd = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti32x8_epi32(abcd, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// Products of codes, for vectors of 256 bits: a unit fills no more.
struct SumsOfBytes {
  static constexpr int kKeysOfFourQueries = 4;
  static constexpr int kKeysOfTwoQueries = 4;

  static void add(__m256i& sum, const __m256i (&codes)[kQuarters], const __m256i (&query)[kQuarters]) {
#pragma GCC unroll 4
    for (int64_t i = 0; i < kQuarters; i++) asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes[i]), "v"(query[i]));
  }
};

struct Int8Words512 {
  using Vector = Vector512;
  using Words = __m512i;
  using Sum = __m512i;
  static constexpr int64_t kLanes = 16;
  static constexpr int64_t kElements = 64;
  static constexpr int64_t kWordElements = 4;
  static constexpr int64_t kVectorBytes = 64;
  static constexpr int64_t kStoredWordBytes = 4;
  static constexpr int kPackedKeys = 8;
  static constexpr int kDotKeys = 4;
  static constexpr bool kScaled = false;

  static __m512i offset(__m512i keys) { return _mm512_xor_si512(keys, _mm512_set1_epi8(-128)); }

  static Words load_words(const uint32_t* place) { return _mm512_loadu_si512(place); }
  static Words broadcast(const uint32_t* place) { return _mm512_set1_epi32(static_cast<int32_t>(*place)); }
  static Words load_key(const char* place) { return offset(_mm512_loadu_si512(place)); }
  static Words load_key_part(const char* place, int64_t count) {
    return offset(_mm512_maskz_loadu_epi8((uint64_t{1} << count) - 1, place));
  }
  static Sum zero() { return _mm512_setzero_si512(); }
  static Sum start(const int32_t* starts) { return _mm512_loadu_si512(starts); }
  static Sum add(Sum a, Sum b) { return _mm512_add_epi32(a, b); }
  static Sum multiply_add(Words query, Words key, Sum sum) { return add_byte_products(sum, key, query); }

  static Vector::Type scaled(Sum sum, const float* key_scales, int64_t key, int64_t keys, const float* query_scales) {
    const float key_scale = key < keys ? key_scales[key] : 0;
    return _mm512_mul_ps(_mm512_cvtepi32_ps(sum),
                         _mm512_mul_ps(_mm512_loadu_ps(query_scales), _mm512_set1_ps(key_scale)));
  }

  static __m128 scaled_sums(__m128i sums, __m128i starts, __m128 query_scales, __m128 key_scales) {
    return _mm_mul_ps(_mm_cvtepi32_ps(_mm_add_epi32(sums, starts)), _mm_mul_ps(query_scales, key_scales));
  }
  static __m128 scores_of_queries(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                                  const Quantization& quantization, int64_t query) {
    return scaled_sums(four_sums(a, b, c, d),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(quantization.starts + query)),
                       _mm_loadu_ps(quantization.scales + query), _mm_set1_ps(key_scales[key]));
  }
  static __m128 scores_of_keys(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                               const Quantization& quantization, int64_t query) {
    return scaled_sums(four_sums(a, b, c, d), _mm_set1_epi32(quantization.starts[query]),
                       _mm_set1_ps(quantization.scales[query]), _mm_loadu_ps(key_scales + key));
  }

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

const TypeKernels avx512_vnni_int8 = {.elements_per_word = 4,
                                      .packed_from = kPackedFrom512,
                                      .packed_product = packed_product<Int8Words512>,
                                      .unpacked_product = unpacked_product<Int8Words512>,
                                      .dot_product = dot_product<Int8Words512>,
                                      .load = load_vectors<Int8Rows512>,
                                      .store = store_rows<StoredInt8>};

void avx512_vnni_multiply_codes(const CodeArguments& arguments) { multiply_codes<Quarters256<SumsOfBytes>>(arguments); }

const Kernels avx512_vnni_kernels = {.name = "avx512-vnni",
                                     .types = {&avx512_float32, &avx512_float16, &avx512_bfloat16, &avx512_vnni_int8},
                                     .scores = &avx512_scores,
                                     .multiply_codes = avx512_vnni_multiply_codes};

}  // namespace afterimage
