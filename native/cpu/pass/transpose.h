// The panel of a block of queries: their words transposed, so that queries occupy the lanes.
#ifndef AFTERIMAGE_CPU_PASS_TRANSPOSE_H
#define AFTERIMAGE_CPU_PASS_TRANSPOSE_H

#include <stdint.h>

namespace afterimage {
namespace {

typedef uint32_t Four __attribute__((vector_size(16), aligned(4)));

// Four of the eight words of two vectors.
template <int kA, int kB, int kC, int kD>
Four pick(Four a, Four b) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, kA, kB, kC, kD);
#else
  typedef int32_t Picks __attribute__((vector_size(16)));
  return __builtin_shuffle(a, b, Picks{kA, kB, kC, kD});
#endif
}

// panel: (words / n, queries, n), the transpose of rows (queries, stride) with n words side by side; queries is a
// multiple of 4.
void transpose(const uint32_t* rows, int64_t stride, int64_t words, int64_t queries, int64_t n, uint32_t* panel) {
  if (n > 1) {
    for (int64_t word = 0; word < words; word++) {
      uint32_t* target = panel + word / n * queries * n + word % n;
      for (int64_t query = 0; query < queries; query++) target[query * n] = rows[query * stride + word];
    }
    return;
  }
  int64_t word = 0;
  for (; word + 4 <= words; word += 4) {
    for (int64_t query = 0; query < queries; query += 4) {
      Four row[4];
      for (int64_t i = 0; i < 4; i++) row[i] = *reinterpret_cast<const Four*>(rows + (query + i) * stride + word);
      const Four low01 = pick<0, 4, 1, 5>(row[0], row[1]);
      const Four low23 = pick<0, 4, 1, 5>(row[2], row[3]);
      const Four high01 = pick<2, 6, 3, 7>(row[0], row[1]);
      const Four high23 = pick<2, 6, 3, 7>(row[2], row[3]);
      Four* target = reinterpret_cast<Four*>(panel + word * queries + query);
      const int64_t step = queries / 4;
      target[0] = pick<0, 1, 4, 5>(low01, low23);
      target[step] = pick<2, 3, 6, 7>(low01, low23);
      target[2 * step] = pick<0, 1, 4, 5>(high01, high23);
      target[3 * step] = pick<2, 3, 6, 7>(high01, high23);
    }
  }
  for (; word < words; word++) {
    for (int64_t query = 0; query < queries; query++) panel[word * queries + query] = rows[query * stride + word];
  }
}

}  // namespace
}  // namespace afterimage

#endif
