// Turns each score into the weight of its key in the gradient; a matrix product with the keys follows.
#include "device.h"

// Grid (ceil(count / 256), batch), with batch <= 65,535: CudaEngine cuts batches at 4,096.
KERNEL(256, 4) gradient_weights(GradientWeightsArguments a) {
  const int key = static_cast<int>(blockIdx.x * 256 + threadIdx.x);
  const int64_t query = blockIdx.y;
  if (key >= a.count) return;
  const int32_t label = a.labels[key];
  const float coefficient =
      label < 0 ? 0.0f : a.coefficients[query * a.classes + label];
  const float term = exp2_or_zero(a.theta * kLog2e * (score_at(a.scores, query, key) - a.references[query]));
  a.weights[query * a.scores.stride + key] = label < 0 ? 0.0f : term * coefficient;
}
