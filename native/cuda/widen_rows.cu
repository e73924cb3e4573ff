// Converts rows of any type to float.
#include "device.h"

// Grid (count).
KERNEL(128, 8) widen_rows(WidenRowsArguments a) {
  const int64_t row = blockIdx.x;
  for (int i = static_cast<int>(threadIdx.x); i < a.float_pitch; i += 128) {
    const int64_t place = row * a.pitch + i;
    float value = 0;
    if (i < a.dim) {
      switch (a.type) {
        case kFloat32:
          value = static_cast<const float*>(a.source)[place];
          break;
        case kFloat16:
          value = half_to_float(static_cast<const uint16_t*>(a.source)[place]);
          break;
        case kBfloat16:
          value = bfloat_to_float(static_cast<const uint16_t*>(a.source)[place]);
          break;
        default:
          value = a.scales[row] * static_cast<float>(static_cast<const int8_t*>(a.source)[place]);
      }
    }
    a.target[row * a.float_pitch + i] = value;
  }
}
