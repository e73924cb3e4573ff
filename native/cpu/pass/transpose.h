// The panel of a block of queries: their words transposed, so that queries occupy the lanes.
#ifndef AFTERIMAGE_CPU_PASS_TRANSPOSE_H
#define AFTERIMAGE_CPU_PASS_TRANSPOSE_H

#include <stdint.h>

namespace afterimage {
namespace {

typedef uint32_t Four __attribute__((vector_size(16), aligned(4)));
typedef int32_t Picks __attribute__((vector_size(16)));

// panel: (words / n, lanes / n, n), the transpose of rows (lanes, stride) with n words side by side; lanes is a
// multiple of 4.
void transpose(const uint32_t* rows, int64_t stride, int64_t words, int64_t lanes, int64_t n, uint32_t* panel) {
  if (n > 1) {
    for (int64_t word = 0; word < words; word++) {
      uint32_t* target = panel + word / n * lanes + word % n;
      for (int64_t query = 0; query < lanes / n; query++) target[query * n] = rows[query * stride + word];
    }
    return;
  }
  int64_t word = 0;
  for (; word + 4 <= words; word += 4) {
    for (int64_t lane = 0; lane < lanes; lane += 4) {
      Four row[4];
      for (int64_t i = 0; i < 4; i++) row[i] = *reinterpret_cast<const Four*>(rows + (lane + i) * stride + word);
      const Four low01 = __builtin_shuffle(row[0], row[1], Picks{0, 4, 1, 5});
      const Four low23 = __builtin_shuffle(row[2], row[3], Picks{0, 4, 1, 5});
      const Four high01 = __builtin_shuffle(row[0], row[1], Picks{2, 6, 3, 7});
      const Four high23 = __builtin_shuffle(row[2], row[3], Picks{2, 6, 3, 7});
      Four* target = reinterpret_cast<Four*>(panel + word * lanes + lane);
      const int64_t step = lanes / 4;
      target[0] = __builtin_shuffle(low01, low23, Picks{0, 1, 4, 5});
      target[step] = __builtin_shuffle(low01, low23, Picks{2, 3, 6, 7});
      target[2 * step] = __builtin_shuffle(high01, high23, Picks{0, 1, 4, 5});
      target[3 * step] = __builtin_shuffle(high01, high23, Picks{2, 3, 6, 7});
    }
  }
  for (; word < words; word++) {
    for (int64_t lane = 0; lane < lanes; lane++) panel[word * lanes + lane] = rows[lane * stride + word];
  }
}

}  // namespace
}  // namespace afterimage

#endif
