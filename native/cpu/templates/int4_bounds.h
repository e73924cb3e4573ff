// Bounds of scores from products of 4-bit codes. A plain loop, which the compiler vectorizes for each tier.
#ifndef AFTERIMAGE_CPU_TEMPLATES_INT4_BOUNDS_H
#define AFTERIMAGE_CPU_TEMPLATES_INT4_BOUNDS_H

#include <math.h>

#include <algorithm>

#include "kernels.h"

namespace afterimage {
namespace {

constexpr float kInt4SquaredQueryNorm = 1.00001f;

inline void bound_int4(const Int4Bounds& arguments) {
  const int64_t last = arguments.row_count - 1;
  const int32_t* const first_products = arguments.products;
  const int32_t* const last_products = arguments.products + last * arguments.count;
  // A code minus kInt4Offset is (2 code - 15) / 2.
  const float first_scale = 0.5f * arguments.rows[0].scale;
  const float last_scale = last == 0 ? 0 : 0.5f * arguments.rows[last].scale;
  const int32_t first_sum = 15 * arguments.rows[0].sum;
  const int32_t last_sum = 15 * arguments.rows[last].sum;
  const float loss = arguments.loss;
  const float* const scales = arguments.scales;
  const float* const residuals = arguments.residuals;
  float* __restrict const centers = arguments.centers;
  float* __restrict const radii = arguments.radii;
  for (int64_t key = 0; key < arguments.count; key++) {
    const float center = scales[key] * (first_scale * static_cast<float>(2 * first_products[key] - first_sum) +
                                        last_scale * static_cast<float>(2 * last_products[key] - last_sum));
    const float residual = residuals[key];
    // Rounded so that the radius is too large rather than too small. 1 + x is less than 1 / (1 - x), which the ratio of the
    // squared norms of key and code would be.
    const float parallel = std::max(0.0f, fabsf(center) - loss);
    const float inverse = 0.9999f / kInt4SquaredNorm * (1 + 0.9999f / kInt4SquaredNorm * residual * residual);
    const float orthogonal = kInt4SquaredQueryNorm - inverse * parallel * parallel;
    centers[key] = center;
    radii[key] = 1.00001f * residual * sqrtf(std::max(0.0f, orthogonal)) + loss;
  }
}

}  // namespace
}  // namespace afterimage

#endif
