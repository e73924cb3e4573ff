// Products of bytes with vpdpbusd: int8 keys and queries rounded to int8, exactly. Its first operand is unsigned: keys are
// offset by 128, and every sum starts at -128 * the sum of the query.
#ifndef AFTERIMAGE_CPU_TIERS_VNNI_H
#define AFTERIMAGE_CPU_TIERS_VNNI_H

#include "templates/float_rows.h"
#include "tiers/avx2_codes.h"

namespace afterimage {
namespace {

// Adds the products of four unsigned and four signed bytes to each lane. Inline assembly, because GCC 12 copies the
// sums of the intrinsic between registers. These copies fill the reorder window, which limits how far memory is read
// ahead (`runner bench few`).
[[gnu::always_inline]] inline __m256i add_byte_products(__m256i sum, __m256i unsigned_bytes, __m256i signed_bytes) {
#ifdef __AVX512VNNI__
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(unsigned_bytes), "vm"(signed_bytes));
#else
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(unsigned_bytes), "xm"(signed_bytes));
#endif
  return sum;
}
#ifdef __AVX512VNNI__
[[gnu::always_inline]] inline __m512i add_byte_products(__m512i sum, __m512i unsigned_bytes, __m512i signed_bytes) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(unsigned_bytes), "vm"(signed_bytes));
  return sum;
}
#endif

template <class TierVector>
struct Int8Words : IntegerSums<TierVector, true> {
  using Vector = TierVector;
  using Words = typename Vector::Integers;
  static constexpr int64_t kElements = 4 * Vector::kLanes;
  static constexpr int64_t kWordElements = 4;
  static constexpr int64_t kVectorBytes = kElements;
  static constexpr int64_t kStoredWordBytes = 4;

  static Words load_words(const void* place) { return Vector::load(static_cast<const int32_t*>(place)); }
  static Words broadcast(const uint32_t* place) { return Vector::all_integers(static_cast<int32_t>(*place)); }
  static Words load_key(const char* place) { return offset(load_words(place)); }
  static Words load_key_part(const char* place, int64_t count) { return offset(Vector::load_bytes(place, count)); }
  static Words multiply_add(Words query, Words key, Words sum) { return add_byte_products(sum, key, query); }

 private:
  static Words offset(Words keys) { return keys ^ Vector::all_integers(static_cast<int32_t>(0x80808080)); }
};

// Products of codes, for vectors of 256 bits: a unit fills no more.
struct SumsOfBytes {
  static constexpr int kKeysOfFourQueries = 4;
  static constexpr int kKeysOfTwoQueries = 4;

  static void add(__m256i& sum, const __m256i (&codes)[kQuarters], const __m256i (&query)[kQuarters]) {
#pragma GCC unroll 4
    for (int64_t i = 0; i < kQuarters; i++) sum = add_byte_products(sum, codes[i], query[i]);
  }
};

#ifdef __AVX512VNNI__
// Products of codes of two units at a time, for one query.
struct PairsOfUnits {
  using Sum = __m512i;
  using Units = Quarters256<SumsOfBytes>;

  static Sum zero() { return _mm512_setzero_si512(); }
  static void store_sums(int32_t* place, Sum a, Sum b, Sum c, Sum d) {
    Units::store_sums(place, halves(a), halves(b), halves(c), halves(d));
  }

  template <int kKeys, int kQueries>
  [[gnu::always_inline]] static inline void add_products(const uint8_t* keys, int64_t stride, const int8_t* queries,
                                                         int64_t, int64_t units, Sum (&sums)[kKeys]) {
    static_assert(kQueries == 1);
    for (int64_t unit = 0; unit < units; unit += 2) {
      __m512i query[kQuarters];
#pragma GCC unroll 4
      for (int64_t i = 0; i < kQuarters; i++) {
        const int8_t* const first = queries + unit * kUnitElements + i * kQuarterUnit;
        const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(first + kUnitElements));
        query[i] = _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(first)));
        query[i] = _mm512_inserti64x4(query[i], second, 1);
      }
#pragma GCC unroll 4
      for (int k = 0; k < kKeys; k++) {
        const uint8_t* const place = keys + k * stride + unit * kQuarterUnit;
        _mm_prefetch(place + Units::kPrefetchBytes, _MM_HINT_T0);
        const __m512i bytes = _mm512_loadu_si512(place);
        sums[k] = add_byte_products(sums[k], quarter<0>(bytes), query[0]);
        sums[k] = add_byte_products(sums[k], quarter<1>(bytes), query[1]);
        sums[k] = add_byte_products(sums[k], quarter<2>(bytes), query[2]);
        sums[k] = add_byte_products(sums[k], quarter<3>(bytes), query[3]);
      }
    }
  }

 private:
  static __m256i halves(Sum sum) {
    return _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
  }
  template <int kQuarter>
  static __m512i quarter(__m512i bytes) {
    const __m512i mask = _mm512_set1_epi8((1 << kQuarterBits[kQuarter]) - 1);
    return _mm512_and_si512(_mm512_srli_epi16(bytes, kQuarterShifts[kQuarter]), mask);
  }
};
#endif

}  // namespace
}  // namespace afterimage

#endif
