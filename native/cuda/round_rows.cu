// Converts float rows to the type of the keys, padded with zeros.
#include "device.h"

// Grid (rows).
KERNEL(128, 8) round_rows(RoundRowsArguments a) {
  SHARED(float, maxima, 4);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t row = blockIdx.x;
  const bool present = row < a.count;
  const float* source = a.source + row * a.dim;
  float inverse = 0;
  if (a.type == kInt8) {
    float maximum = 0;
    for (int i = thread; present && i < a.dim; i += 128) maximum = fmaxf(maximum, fabsf(source[i]));
    for (int offset = 16; offset > 0; offset /= 2) {
      maximum = fmaxf(maximum, __shfl_xor_sync(0xffffffff, maximum, offset));
    }
    if (thread % 32 == 0) maxima[thread / 32] = maximum;
    __syncthreads();
    maximum = fmaxf(fmaxf(maxima[0], maxima[1]), fmaxf(maxima[2], maxima[3]));
    inverse = maximum > 0 ? 127 / maximum : 0;
    if (thread == 0) a.scales[row] = maximum / 127;
  }
  for (int i = thread; i < a.pitch; i += 128) {
    const float value = present && i < a.dim ? source[i] : 0;
    const int64_t place = row * a.pitch + i;
    switch (a.type) {
      case kFloat32:
        static_cast<float*>(a.target)[place] = value;
        break;
      case kFloat16:
        static_cast<uint16_t*>(a.target)[place] = float_to_half(value);
        break;
      case kBfloat16:
        static_cast<uint16_t*>(a.target)[place] = float_to_bfloat(value);
        break;
      default:
        static_cast<int8_t*>(a.target)[place] = static_cast<int8_t>(rintf(value * inverse));
    }
  }
}
