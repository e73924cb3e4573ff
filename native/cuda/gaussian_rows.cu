// Rows of the Gaussian projection matrix, generated from its seed: the numbers of reduce.Philox.normals.
#include "device.h"

namespace kernels {

constexpr int kRowThreads = 128;
constexpr int kGroup = 4;  // entries per call of the generator

// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011) with the counter words that reduce.Philox uses for a matrix.
DEVICE void philox(uint64_t seed, uint32_t row, uint32_t group, uint32_t words[4]) {
  uint32_t c0 = group;
  uint32_t c1 = 0;
  uint32_t c2 = row;
  uint32_t c3 = 0;
  uint32_t k0 = static_cast<uint32_t>(seed);
  uint32_t k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = static_cast<uint64_t>(c0) * 0xD2511F53u;
    const uint64_t p1 = static_cast<uint64_t>(c2) * 0xCD9E8D57u;
    c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<uint32_t>(p1);
    c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

DEVICE double fraction(uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

}  // namespace kernels
using namespace kernels;

// Grid (ceil(pitch / 4 / 128), rows).
KERNEL(128, 8) gaussian_rows(GaussianRowsArguments a) {
  const int64_t first = static_cast<int64_t>(blockIdx.x * kRowThreads + threadIdx.x) * kGroup;
  if (first >= a.pitch) return;
  uint32_t words[4];
  philox(static_cast<uint64_t>(a.seed), static_cast<uint32_t>(a.first_row) + blockIdx.y,
         static_cast<uint32_t>(first / kGroup), words);
  float values[kGroup];
  for (int i = 0; i < kGroup; i += 2) {
    // In double, as on the processor: float32 functions would give other numbers.
    const double radius = sqrt(-2 * log(fraction(words[i])));
    const double angle = 2 * 3.14159265358979323846 * fraction(words[i + 1]);
    values[i] = static_cast<float>(radius * cos(angle));
    values[i + 1] = static_cast<float>(radius * sin(angle));
  }
  float* target = a.target + static_cast<int64_t>(blockIdx.y) * a.pitch + first;
  for (int i = 0; i < kGroup; i++) target[i] = first + i < a.columns ? values[i] : 0.0f;
}
