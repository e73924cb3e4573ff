#include "pass/rotation.h"

#include <math.h>
#include <string.h>

#include "kernels.h"

namespace afterimage {

void Rotation::prepare() {
  // One fixed sequence: the same keys have the same codes everywhere.
  uint64_t state = 0x9E3779B97F4A7C15u;
  for (int64_t i = 0; i < dim_; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    signs_[i] = (state >> 33) % 2 == 0 ? 1.0f : -1.0f;
  }
}

void Rotation::rotate(const float* source, float* target) {
  int64_t length = 1;
  while (2 * length <= dim_) length *= 2;
  if (target != source) memcpy(target, source, sizeof(float) * dim_);
  transform(target, length);
  if (length == dim_) return;
  transform(target + dim_ - length, length);
  transform(target, length);
  transform(target + dim_ - length, length);
}

void Rotation::transform(float* row, int64_t length) {
  kernels().scores->hadamard(row, signs_, length, length, values_);
  const float factor = static_cast<float>(1 / sqrt(static_cast<double>(length)));
  for (int64_t i = 0; i < length; i++) row[i] = values_[i] * factor;
}

}  // namespace afterimage
