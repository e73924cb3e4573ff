// Adds up the slots of fused_class_sums, class by class, in a fixed order.
#include "device.h"

// Grid (classes, ceil(batch / 128), thetas).
KERNEL(128, 8) slot_sums(SlotSumsArguments a) {
  const int label = static_cast<int>(blockIdx.x);
  const int query = static_cast<int>(blockIdx.y * 128 + threadIdx.x);
  const int start = a.class_starts[label];
  const int end = a.class_starts[label + 1];
  if (query >= a.batch || start == end) return;
  const float* slots = a.slots + static_cast<int64_t>(blockIdx.z) * a.slot_count * a.stride + query;
  double sum = 0;
  for (int i = start; i < end; i++) sum += slots[a.slots_by_class[i] * a.stride];
  a.sums[(static_cast<int64_t>(blockIdx.z) * a.batch + query) * a.classes + label] += sum;
}
