// Replaces each score by the weight of its key in the gradient; a matrix product with the keys follows.
#include "device.h"

// Grid (ceil(count / 256), batch).
KERNEL(256, 4) gradient_weights(GradientWeightsArguments a) {
  const int key = static_cast<int>(blockIdx.x * 256 + threadIdx.x);
  const int64_t query = blockIdx.y;
  if (key >= a.count) return;
  float* place = &a.scores[query * a.stride + key];
  const int32_t label = a.labels[key];
  *place = label < 0 ? 0.0f
                     : exp2_or_zero(a.theta * kLog2e * (*place - a.references[query])) *
                           a.coefficients[query * a.classes + label];
}
