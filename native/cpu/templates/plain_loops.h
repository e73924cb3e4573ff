// Loops that the compiler vectorizes for each tier.
#ifndef AFTERIMAGE_CPU_TEMPLATES_PLAIN_LOOPS_H
#define AFTERIMAGE_CPU_TEMPLATES_PLAIN_LOOPS_H

#include <algorithm>

#include "kernels.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

inline void multiply_plain_codes(const CodeArguments& arguments) {
  const int64_t row_bytes = arguments.row_bytes;
  for (int64_t query = 0; query < arguments.query_count; query++) {
    const int8_t* elements = arguments.queries + query * arguments.units * kQuarters * kQuarterUnit;
    for (int64_t key = 0; key < arguments.count; key++) {
      const uint8_t* row = arguments.rows + key * row_bytes;
      int32_t sum = 0;
      for (int64_t first = 0; first < row_bytes; first += kQuarterUnit) {
        const int8_t* part = elements + first * kQuarters;
        const int64_t count = std::min(kQuarterUnit, row_bytes - first);
        for (int64_t i = 0; i < count; i++) {
          const int32_t codes = row[first + i];
          sum += part[i] * (codes & 15) + part[kQuarterUnit + i] * (codes >> 4 & 3) +
                 part[2 * kQuarterUnit + i] * (codes >> 6 & 1) + part[3 * kQuarterUnit + i] * (codes >> 7);
        }
      }
      arguments.products[query * arguments.count + key] = sum;
    }
  }
}

// Returns the number of keys that reach the cutoff, or whose score is NaN.
inline int64_t estimate(const CodeEstimates& arguments) {
  const float half_scale = arguments.row.half_scale;
  const int32_t offset = arguments.row.offset;
  const int32_t* const products = arguments.products;
  const uint16_t* const scales = arguments.scales;
  int64_t found = 0;
  for (int64_t i = 0; i < arguments.count; i++) {
    const float score = StoredFloat16::load(scales[i]) * (half_scale * static_cast<float>(2 * products[i] - offset));
    arguments.scores[found] = score;
    arguments.numbers[found] = arguments.number + static_cast<int32_t>(i);
    found += score < arguments.cutoff ? 0 : 1;
  }
  return found;
}

inline void draw(const DrawArguments& arguments) {
  const uint32_t seed = arguments.seed;
  const int32_t* const numbers = arguments.numbers;
  float* __restrict const random = arguments.random;
  // The last steps of MurmurHash3.
  for (int32_t i = 0; i < static_cast<int32_t>(arguments.count); i++) {
    uint32_t hash = seed ^ (static_cast<uint32_t>(numbers[i]) * 0x9E3779B9u);
    hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
    hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
    hash ^= hash >> 16;
    random[i] = (static_cast<float>(static_cast<int32_t>(hash >> 8)) + 0.5f) * 0x1p-24f;
  }
  const float* const terms = arguments.terms;
  const float factor = arguments.factor;
  int32_t* __restrict const drawn = arguments.drawn;
  for (int64_t i = 0; i < arguments.count; i++) drawn[i] = random[i] < factor * terms[i] ? 1 : 0;
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
