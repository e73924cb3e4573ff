// Products of bytes with vpdpbusd: int8 keys and queries rounded to int8, exactly. Its first operand is unsigned: keys are
// offset by 128, and every sum starts at -128 * the sum of the query.
#ifndef AFTERIMAGE_CPU_TIERS_VNNI_H
#define AFTERIMAGE_CPU_TIERS_VNNI_H

#include "templates/float_rows.h"
#include "tiers/avx2_formats.h"
#include "tiers/instructions.h"

namespace afterimage {
namespace {

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
