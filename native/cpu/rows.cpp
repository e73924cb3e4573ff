// Operations on rows: normalization, conversion between float32 and the stored types, sums of squares, copies of chosen rows,
// and the Walsh-Hadamard transform.
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "interface.h"
#include "kernels.h"

using namespace afterimage;

namespace {

// Elements summed in float32, 32 in each of 32 lanes, before the sum is added in double.
constexpr int64_t kFloatSquares = 1024;

double squares_of(const float* values, int64_t count) {
  constexpr int64_t kLanes = 32;
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t j = 0; j < kLanes; j++) lanes[j] += values[i + j] * values[i + j];
  }
  for (int64_t j = 0; i + j < count; j++) lanes[j] += values[i + j] * values[i + j];
  double sum = 0;
  for (int64_t j = 0; j < kLanes; j++) sum += lanes[j];
  return sum;
}

}  // namespace

int64_t afterimage_normalize(float* rows, int64_t count, int64_t dim) {
  auto normalize = kernels().scores->normalize;
  for (int64_t row = 0; row < count; row++) {
    if (!normalize(rows + row * dim, dim)) return row;
  }
  return -1;
}

int afterimage_store(const float* rows, int64_t count, int64_t dim, int32_t type, void* stored, float* scales) {
  if (!is_type(type)) return AFTERIMAGE_UNSUPPORTED;
  kernels().types[type]->store(rows, count, dim, stored, scales);
  return AFTERIMAGE_OK;
}

int afterimage_load(const void* stored, const float* scales, int64_t count, int64_t dim, int32_t type, float* rows) {
  if (!is_type(type)) return AFTERIMAGE_UNSUPPORTED;
  kernels().types[type]->load({.data = static_cast<const char*>(stored),
                               .stride = dim * element_bytes(type),
                               .count = count,
                               .elements = dim,
                               .scales = scales},
                              rows, dim);
  return AFTERIMAGE_OK;
}

int afterimage_squares(const void* stored, int64_t count, int64_t dim, int32_t type, double* squares) {
  if (!is_type(type)) return AFTERIMAGE_UNSUPPORTED;
  float loaded[kFloatSquares];
  const char* data = static_cast<const char*>(stored);
  for (int64_t row = 0; row < count; row++) {
    double sum = 0;
    for (int64_t i = 0; i < dim; i += kFloatSquares) {
      const int64_t elements = std::min(kFloatSquares, dim - i);
      sum += squares_of(as_floats(data, type, elements, loaded), elements);
      data += elements * element_bytes(type);
    }
    squares[row] = sum;
  }
  return AFTERIMAGE_OK;
}

void afterimage_hadamard(const float* rows, int64_t count, int64_t dim, const float* signs, int64_t padded,
                         const int32_t* places, int64_t kept, float scale, float* transformed, float* reduced) {
  auto hadamard = kernels().scores->hadamard;
  for (int64_t row = 0; row < count; row++) {
    hadamard(rows + row * dim, signs, dim, padded, transformed);
    for (int64_t j = 0; j < kept; j++) reduced[row * kept + j] = transformed[places[j]] * scale;
  }
}
