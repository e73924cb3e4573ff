// Sums of terms that are relative to a reference, which grows.
#ifndef AFTERIMAGE_CPU_PASS_TERM_SUMS_H
#define AFTERIMAGE_CPU_PASS_TERM_SUMS_H

#include <math.h>
#include <stdint.h>

namespace afterimage {

// The multiple of scores that kernels take.
constexpr int64_t kScoreStep = 16;
// The score of a key that does not count.
constexpr float kNoScore = -1e30f;

// Makes a greater score the reference of the sums.
inline void raise_reference(float theta, float score, float& reference, double* sums, int64_t count) {
  const double distance = static_cast<double>(reference) - score;
  const double factor = isinf(distance) ? 0 : exp(theta * distance);
  reference = score;
  for (int64_t i = 0; i < count; i++) sums[i] *= factor;
}

}  // namespace afterimage

#endif
