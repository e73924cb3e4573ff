// Loops that the compiler vectorizes for each tier.
#ifndef AFTERIMAGE_CPU_TEMPLATES_PLAIN_LOOPS_H
#define AFTERIMAGE_CPU_TEMPLATES_PLAIN_LOOPS_H

#include <algorithm>

#include "kernels.h"

namespace afterimage {
namespace {

inline float estimate_int4(const Int4Estimates& arguments) {
  // A code minus kInt4Offset is (2 code - 15) / 2.
  const float scale = 0.5f * arguments.row.scale;
  const int32_t sum = 15 * arguments.row.sum;
  const int32_t* const products = arguments.products;
  const float* const scales = arguments.scales;
  float* __restrict const scores = arguments.scores;
  for (int64_t i = 0; i < arguments.count; i++) {
    scores[i] = scales[i] * (scale * static_cast<float>(2 * products[i] - sum));
  }
  float best[8];
  for (float& lane : best) lane = -1e30f;
  int64_t i = 0;
  for (; i + 8 <= arguments.count; i += 8) {
    for (int64_t lane = 0; lane < 8; lane++) best[lane] = std::max(best[lane], scores[i + lane]);
  }
  for (; i < arguments.count; i++) best[0] = std::max(best[0], scores[i]);
  return *std::max_element(best, best + 8);
}

inline void draw(const DrawArguments& arguments) {
  const uint32_t seed = arguments.seed;
  const uint32_t number = arguments.number;
  float* __restrict const random = arguments.random;
  // The last steps of MurmurHash3.
  for (int32_t i = 0; i < static_cast<int32_t>(arguments.count); i++) {
    uint32_t hash = seed ^ ((number + static_cast<uint32_t>(i)) * 0x9E3779B9u);
    hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
    hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
    hash ^= hash >> 16;
    random[i] = (static_cast<float>(static_cast<int32_t>(hash >> 8)) + 0.5f) * 0x1p-24f;
  }
  const float* const rates = arguments.rates;
  const int32_t* const labels = arguments.labels;
  const float* const terms = arguments.terms;
  float* __restrict const key_rates = arguments.key_rates;
  for (int64_t i = 0; i < arguments.count; i++) {
    key_rates[i] = rates[labels[i]];
    asm volatile("");  // a gather of vectors takes longer
  }
  for (int64_t i = 0; i < arguments.count; i++) key_rates[i] *= terms[i];
  const float greatest_rank = arguments.greatest_rank;
  int32_t* __restrict const drawn = arguments.drawn;
  for (int64_t i = 0; i < arguments.count; i++) drawn[i] = random[i] < greatest_rank * key_rates[i] ? 1 : 0;
}

inline void add_products(const float* a, const float* b, int64_t count, double* sums) {
  double lanes[kProductLanes];
  for (int64_t lane = 0; lane < kProductLanes; lane++) lanes[lane] = sums[lane];
  int64_t i = 0;
  for (; i + kProductLanes <= count; i += kProductLanes) {
    for (int64_t lane = 0; lane < kProductLanes; lane++) {
      lanes[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
    }
  }
  for (; i < count; i++) lanes[i % kProductLanes] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  for (int64_t lane = 0; lane < kProductLanes; lane++) sums[lane] = lanes[lane];
}

}  // namespace
}  // namespace afterimage

#endif
