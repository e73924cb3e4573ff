// Products of bytes with vpdpbusd: int8 keys and queries rounded to int8, exactly. Its first operand is unsigned: keys are
// offset by 128, and every sum starts at -128 * the sum of the query.
#ifndef AFTERIMAGE_CPU_TIERS_VNNI_H
#define AFTERIMAGE_CPU_TIERS_VNNI_H

#include "templates/float_rows.h"
#include "tiers/avx2_formats.h"

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

}  // namespace
}  // namespace afterimage

#endif
