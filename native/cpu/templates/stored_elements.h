// Elements of keys as they are stored, and their conversion to and from float32 one by one.
#ifndef AFTERIMAGE_CPU_TEMPLATES_STORED_ELEMENTS_H
#define AFTERIMAGE_CPU_TEMPLATES_STORED_ELEMENTS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"

namespace afterimage {
namespace {

// A key is its elements, times its scale if kScaled.
struct StoredFloat32 {
  using Element = float;
  static constexpr bool kScaled = false;
  static float load(float element) { return element; }
  static float store(float value) { return value; }
};

struct StoredFloat16 {
  using Element = uint16_t;
  static constexpr bool kScaled = false;

  static float load(uint16_t element) {
    const uint32_t sign = (element & 0x8000u) << 16;
    const uint32_t exponent = element >> 10 & 31;
    const uint32_t mantissa = element & 1023;
    float magnitude;
    if (exponent == 0) {
      magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    } else {
      const uint32_t bits = (exponent == 31 ? 255u : exponent + 112) << 23 | mantissa << 13;
      memcpy(&magnitude, &bits, sizeof bits);
    }
    uint32_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    bits |= sign;
    float value;
    memcpy(&value, &bits, sizeof bits);
    return value;
  }

  static uint16_t store(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00);
    if (bits >= 0x47800000) return static_cast<uint16_t>(sign | 0x7c00);
    if (bits < 0x38800000) {
      // Below the normal numbers of float16. Adding 0.5 rounds to multiples of 2^-24, to nearest even.
      float magnitude;
      memcpy(&magnitude, &bits, sizeof bits);
      magnitude += 0.5f;
      memcpy(&bits, &magnitude, sizeof bits);
      return static_cast<uint16_t>(sign | (bits - 0x3f000000));
    }
    return static_cast<uint16_t>(sign | ((bits - 0x38000000 + 0xfff + (bits >> 13 & 1)) >> 13));
  }
};

struct StoredBfloat16 {
  using Element = uint16_t;
  static constexpr bool kScaled = false;

  static float load(uint16_t element) {
    const uint32_t bits = static_cast<uint32_t>(element) << 16;
    float value;
    memcpy(&value, &bits, sizeof bits);
    return value;
  }

  static uint16_t store(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
};

struct StoredInt8 {
  using Element = int8_t;
  static constexpr bool kScaled = true;
  static float load(int8_t element) { return static_cast<float>(element); }
};

// Every type, in the order of afterimage.h.
template <template <class...> class List>
using StoredTypes = List<StoredFloat32, StoredFloat16, StoredBfloat16, StoredInt8>;

template <class Stored>
const typename Stored::Element* elements_of(const Rows& rows, int64_t row) {
  return reinterpret_cast<const typename Stored::Element*>(rows.data + row * rows.stride);
}

// Widens elements one by one, for vectors that have no instructions for their type.
template <class Stored>
void load_lanes(const void* place, int64_t count, float* lanes) {
  typename Stored::Element element;
  for (int64_t i = 0; i < count; i++) {
    memcpy(&element, static_cast<const char*>(place) + i * sizeof element, sizeof element);
    lanes[i] = Stored::load(element);
  }
}

template <class Stored>
void load_rows(const Rows& rows, float* loaded, int64_t stride) {
  for (int64_t row = 0; row < rows.count; row++) {
    const typename Stored::Element* elements = elements_of<Stored>(rows, row);
    float* target = loaded + row * stride;
    for (int64_t i = 0; i < rows.elements; i++) target[i] = Stored::load(elements[i]);
  }
}

template <>
inline void load_rows<StoredInt8>(const Rows& rows, float* loaded, int64_t stride) {
  for (int64_t row = 0; row < rows.count; row++) {
    const int8_t* elements = elements_of<StoredInt8>(rows, row);
    const float scale = rows.scales[row];
    float* target = loaded + row * stride;
    for (int64_t i = 0; i < rows.elements; i++) target[i] = scale * static_cast<float>(elements[i]);
  }
}

// The greatest magnitude; NaN is left out. One sequence of maxima would wait for each before the next.
inline float largest_magnitude(const float* values, int64_t count) {
  constexpr int64_t kMaxima = 32;
  float maxima[kMaxima] = {};
  int64_t i = 0;
  for (; i + kMaxima <= count; i += kMaxima) {
    for (int64_t j = 0; j < kMaxima; j++) {
      const float magnitude = fabsf(values[i + j]);
      maxima[j] = magnitude > maxima[j] ? magnitude : maxima[j];
    }
  }
  float largest = 0;
  for (; i < count; i++) largest = fabsf(values[i]) > largest ? fabsf(values[i]) : largest;
  for (int64_t j = 0; j < kMaxima; j++) largest = maxima[j] > largest ? maxima[j] : largest;
  return largest;
}

// Rounds to the nearest integer, to even of two; |value| < 2^22.
inline float rounded(float value) {
  constexpr float kShift = 12582912;  // 1.5 * 2^23
  return value + kShift - kShift;
}

template <class Stored>
void store_rows(const float* rows, int64_t count, int64_t dim, void* stored, float*) {
  typename Stored::Element* target = static_cast<typename Stored::Element*>(stored);
  for (int64_t i = 0; i < count * dim; i++) target[i] = Stored::store(rows[i]);
}

template <>
inline void store_rows<StoredInt8>(const float* rows, int64_t count, int64_t dim, void* stored, float* scales) {
  for (int64_t row = 0; row < count; row++) {
    const float* source = rows + row * dim;
    int8_t* target = static_cast<int8_t*>(stored) + row * dim;
    const float largest = largest_magnitude(source, dim);
    scales[row] = largest / 127;
    const float inverse = largest > 0 ? 127 / largest : 0;
    // |source * inverse| < 127.5, so the result is within -127..127.
    for (int64_t i = 0; i < dim; i++) target[i] = static_cast<int8_t>(rounded(source[i] * inverse));
  }
}

}  // namespace
}  // namespace afterimage

#endif
