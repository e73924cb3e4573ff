// Sums of products in the lanes of a vector, and scores from them; and the rows that are float32, or become float32 when
// they are loaded.
#ifndef AFTERIMAGE_CPU_TEMPLATES_FLOAT_ROWS_H
#define AFTERIMAGE_CPU_TEMPLATES_FLOAT_ROWS_H

#include "kernels.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

template <class TierVector, bool kIsScaled = false>
struct FloatSums {
  using Vector = TierVector;
  using Sum = typename Vector::Type;
  static constexpr int64_t kLanes = Vector::kLanes;
  static constexpr int kPackedKeys = Vector::kPackedKeys;
  static constexpr int kDotKeys = Vector::kDotKeys;
  static constexpr int64_t kSummedWords = kFloatSumWords;
  static constexpr bool kScaled = kIsScaled;

  static Sum zero() { return Vector::all(0); }
  static Sum start(const int32_t*) { return zero(); }
  static Sum add(Sum a, Sum b) { return Vector::add(a, b); }
  // Packed keys are scaled already.
  static Sum scaled(Sum sum, const float*, int64_t, int64_t, const float*) { return sum; }

  static auto scores_of_queries(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key, const Quantization&,
                                int64_t) {
    const auto sums = Vector::four_sums(a, b, c, d);
    return kScaled ? Vector::mul_four(sums, Vector::all_four(key_scales[key])) : sums;
  }
  static auto scores_of_keys(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key, const Quantization&,
                             int64_t) {
    const auto sums = Vector::four_sums(a, b, c, d);
    return kScaled ? Vector::mul_four(sums, Vector::load_four(key_scales + key)) : sums;
  }
};

// Sums of integers, of keys and of queries that are rounded to integers. kStarts: sums do not start at zero, see
// Quantization. kFull: lanes leave no room for their sum in 32 bits.
template <class TierVector, bool kStarts = false, bool kFull = false>
struct IntegerSums {
  using Vector = TierVector;
  using Sum = typename Vector::Integers;
  static constexpr int64_t kLanes = Vector::kLanes;
  static constexpr int kPackedKeys = Vector::kPackedKeys;
  static constexpr int kDotKeys = Vector::kDotKeys;
  static constexpr int64_t kSummedWords = kPackedWords;
  static constexpr bool kScaled = false;

  static Sum zero() { return Vector::all_integers(0); }
  static Sum start(const int32_t* starts) {
    if constexpr (kStarts) return Vector::load(starts);
    return zero();
  }
  static Sum add(Sum a, Sum b) { return Vector::add(a, b); }
  static typename Vector::Type scaled(Sum sum, const float* key_scales, int64_t key, int64_t keys,
                                      const float* query_scales) {
    const float key_scale = key < keys ? key_scales[key] : 0;
    return Vector::mul(Vector::floats(sum), Vector::mul(Vector::load(query_scales), Vector::all(key_scale)));
  }

  static auto scores_of_queries(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                                const Quantization& quantization, int64_t query) {
    const auto scales =
        Vector::mul_four(Vector::load_four(quantization.scales + query), Vector::all_four(key_scales[key]));
    if constexpr (kStarts) {
      return Vector::mul_four(four_sums(a, b, c, d, Vector::load_four(quantization.starts + query)), scales);
    } else {
      return Vector::mul_four(four_sums(a, b, c, d), scales);
    }
  }
  static auto scores_of_keys(Sum a, Sum b, Sum c, Sum d, const float* key_scales, int64_t key,
                             const Quantization& quantization, int64_t query) {
    const auto scales =
        Vector::mul_four(Vector::all_four(quantization.scales[query]), Vector::load_four(key_scales + key));
    if constexpr (kStarts) {
      return Vector::mul_four(four_sums(a, b, c, d, Vector::all_four(quantization.starts[query])), scales);
    } else {
      return Vector::mul_four(four_sums(a, b, c, d), scales);
    }
  }

 private:
  template <class... Starts>
  static auto four_sums(Sum a, Sum b, Sum c, Sum d, Starts... starts) {
    if constexpr (kStarts) {
      return Vector::floats(Vector::add_four(Vector::four_sums(a, b, c, d), starts...));
    } else if constexpr (kFull) {
      return Vector::four_sums(Vector::floats(a), Vector::floats(b), Vector::floats(c), Vector::floats(d));
    } else {
      return Vector::floats(Vector::four_sums(a, b, c, d));
    }
  }
};

template <class TierVector, class StoredElement>
struct FloatRows : FloatSums<TierVector, StoredElement::kScaled> {
  using Vector = TierVector;
  using Stored = StoredElement;
  using Words = typename Vector::Type;
  static constexpr int64_t kElements = Vector::kLanes;
  static constexpr int64_t kWordElements = 1;
  static constexpr int64_t kStoredWordBytes = sizeof(typename Stored::Element);
  static constexpr int64_t kVectorBytes = kElements * kStoredWordBytes;

  static Words load_words(const uint32_t* place) { return Vector::load(reinterpret_cast<const float*>(place)); }
  static auto broadcast(const uint32_t* place) { return Vector::broadcast(place); }
  static Words load_key(const char* place) { return Vector::widen(place, Stored()); }
  static Words load_key_part(const char* place, int64_t count) { return Vector::widen_part(place, count, Stored()); }
  // A word is a vector, or one lane of it where the instruction takes that.
  template <class Word>
  static Words multiply_add(Words query, Word key, Words sum) {
    return Vector::fused(query, key, sum);
  }
};

}  // namespace
}  // namespace afterimage

#endif
