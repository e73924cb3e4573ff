// Bounds of scores from products of codes. A plain loop, which the compiler vectorizes for each tier.
#ifndef AFTERIMAGE_CPU_TEMPLATES_CODE_BOUNDS_H
#define AFTERIMAGE_CPU_TEMPLATES_CODE_BOUNDS_H

#include <math.h>

#include <algorithm>

#include "kernels.h"

namespace afterimage {
namespace {

constexpr float kSquaredQueryNorm = 1.00001f;

inline void bound(const CodeBounds& arguments) {
  const int64_t last = arguments.row_count - 1;
  const int32_t* const first_products = arguments.products;
  const int32_t* const last_products = arguments.products + last * arguments.count;
  const float first_scale = arguments.rows[0].half_scale;
  const float last_scale = last == 0 ? 0 : arguments.rows[last].half_scale;
  const int32_t first_offset = arguments.rows[0].offset;
  const int32_t last_offset = arguments.rows[last].offset;
  const float loss = arguments.loss;
  const float* const scales = arguments.scales;
  const float* const residuals = arguments.residuals;
  float* __restrict const centers = arguments.centers;
  float* __restrict const radii = arguments.radii;
  for (int64_t key = 0; key < arguments.count; key++) {
    const float center = scales[key] * (first_scale * static_cast<float>(2 * first_products[key] - first_offset) +
                                        last_scale * static_cast<float>(2 * last_products[key] - last_offset));
    const float residual = residuals[key];
    // Rounded so that the radius is too large rather than too small: 1 / |a|^2 = 1 / (|k|^2 - |r|^2) is at least
    // (1 + |r|^2 / n) / n, where n is kSquaredKeyNorm.
    const float parallel = std::max(0.0f, fabsf(center) - loss);
    const float inverse = 0.9999f / kSquaredKeyNorm * (1 + 0.9999f / kSquaredKeyNorm * residual * residual);
    const float orthogonal = kSquaredQueryNorm - inverse * parallel * parallel;
    centers[key] = center;
    radii[key] = 1.00001f * residual * sqrtf(std::max(0.0f, orthogonal)) + loss;
  }
}

}  // namespace
}  // namespace afterimage

#endif
