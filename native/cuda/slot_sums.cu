// Adds up the slots of fused_class_sums, class by class, in a fixed order.
#include "device.h"

// Grid (classes * stride / 128 * thetas): the other two directions of a grid end at 65,535 blocks.
KERNEL(128, 8) slot_sums(SlotSumsArguments a) {
  const uint32_t query_blocks = static_cast<uint32_t>(a.stride / 128);
  const int label = static_cast<int>(blockIdx.x % a.classes);
  const uint32_t block = blockIdx.x / a.classes;
  const int query = static_cast<int>(block % query_blocks * 128 + threadIdx.x);
  const int64_t theta = block / query_blocks;
  const int start = a.class_starts[label];
  const int end = a.class_starts[label + 1];
  if (query >= a.batch || start == end) return;
  const float* slots = a.slots + theta * a.slot_count * a.stride + query;
  double sum = 0;
  for (int i = start; i < end; i++) sum += slots[a.slots_by_class[i] * a.stride];
  a.sums[(theta * a.batch + query) * a.classes + label] += sum;
}
