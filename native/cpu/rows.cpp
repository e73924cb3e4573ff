// Rows: scaled to unit norm, and converted between float32 and what is stored.
#include "interface.h"
#include "kernels.h"
#include "pass/score_pass.h"

using namespace afterimage;

namespace {

// Elements that are summed in float32, 32 in each of 32 lanes, before the sum is added in double.
constexpr int64_t kSquared = 1024;

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
  if (type < 0 || type > AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  kernels().types[type]->store(rows, count, dim, stored, scales);
  return AFTERIMAGE_OK;
}

int afterimage_load(const void* stored, const float* scales, int64_t count, int64_t dim, int32_t type, float* rows) {
  if (type < 0 || type > AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  Rows source = {static_cast<const char*>(stored), dim * element_bytes(type), count, dim, scales};
  kernels().types[type]->load(source, rows, dim);
  return AFTERIMAGE_OK;
}

int afterimage_squares(const void* stored, int64_t count, int64_t dim, int32_t type, double* squares) {
  if (type < 0 || type > AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  const float unscaled = 1;
  float loaded[kSquared];
  const char* data = static_cast<const char*>(stored);
  for (int64_t row = 0; row < count; row++) {
    double sum = 0;
    for (int64_t i = 0; i < dim; i += kSquared) {
      const int64_t elements = dim - i < kSquared ? dim - i : kSquared;
      const float* values = reinterpret_cast<const float*>(data);
      if (type != AFTERIMAGE_FLOAT32) {
        kernels().types[type]->load({data, 0, 1, elements, &unscaled}, loaded, 0);
        values = loaded;
      }
      sum += squares_of(values, elements);
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
