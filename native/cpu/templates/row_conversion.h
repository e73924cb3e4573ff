// Rows in vectors: conversion to float32, and normalization.
#ifndef AFTERIMAGE_CPU_TEMPLATES_ROW_CONVERSION_H
#define AFTERIMAGE_CPU_TEMPLATES_ROW_CONVERSION_H

#include <math.h>

#include "kernels.h"
#include "templates/row_format.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

// For formats whose words are float32.
template <RowFormat Format>
void load_vectors(const Rows& rows, float* loaded, int64_t stride) {
  using Vector = typename Format::Vector;
  for (int64_t row = 0; row < rows.count; row++) {
    const char* source = rows.data + row * rows.stride;
    float* target = loaded + row * stride;
    const typename Vector::Type scale = Vector::all(Format::kScaled ? rows.scales[row] : 1);
    int64_t i = 0;
    for (; i + Vector::kLanes <= rows.elements; i += Vector::kLanes, source += Format::kVectorBytes) {
      const typename Vector::Type values = Format::load_key(source);
      Vector::store(target + i, Format::kScaled ? Vector::mul(values, scale) : values);
    }
    if (i < rows.elements) {
      const typename Vector::Type values = Format::load_key_part(source, rows.elements - i);
      Vector::store_part(target + i, Format::kScaled ? Vector::mul(values, scale) : values, rows.elements - i);
    }
  }
}

template <class Format>
void store_vectors(const float* rows, int64_t count, int64_t dim, void* stored, float* scales) {
  using Vector = typename Format::Vector;
  if constexpr (!std::same_as<typename Format::Stored, StoredFloat16>) {
    store_rows<typename Format::Stored>(rows, count, dim, stored, scales);
  } else {
    uint16_t* target = static_cast<uint16_t*>(stored);
    const int64_t elements = count * dim;
    int64_t i = 0;
    for (; i + Vector::kLanes <= elements; i += Vector::kLanes) {
      Vector::store_halves(target + i, Vector::load(rows + i));
    }
    for (; i < elements; i++) target[i] = StoredFloat16::store(rows[i]);
  }
}

inline bool normalize(float* row, int64_t dim) {
  constexpr int64_t kSums = 32;
  double sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= dim; i += kSums) {
    for (int64_t j = 0; j < kSums; j++) sums[j] += static_cast<double>(row[i + j]) * row[i + j];
  }
  for (int64_t j = 0; i + j < dim; j++) sums[j] += static_cast<double>(row[i + j]) * row[i + j];
  for (int64_t width = kSums / 2; width > 0; width /= 2) {
    for (int64_t j = 0; j < width; j++) sums[j] += sums[j + width];
  }
  // In double, squares of finite floats cannot overflow, and those of denormal ones cannot underflow.
  if (!(sums[0] > 0) || !(sums[0] <= 1.7976931348623157e308)) return false;
  const double scale = 1 / sqrt(sums[0]);
  for (i = 0; i < dim; i++) row[i] = static_cast<float>(row[i] * scale);
  return true;
}

}  // namespace
}  // namespace afterimage

#endif
