// The second product of the gradient: weights (keys, queries), transposed, times keys. Elements occupy the lanes,
// weights are broadcast.
#ifndef AFTERIMAGE_CPU_TEMPLATES_GRADIENT_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_GRADIENT_PRODUCT_H

#include "kernels.h"

namespace afterimage {
namespace {

template <class Vector, int kQueries, int kVectors>
void add_gradient_block(const GradientArguments& arguments, int64_t first_query, int64_t first_element) {
  const float* weights = arguments.weights + first_query;
  const float* keys = arguments.keys + first_element;
  const int64_t elements = arguments.elements - first_element;
  const int64_t gradient_stride = arguments.gradient_stride;
  float* gradient = arguments.gradient + first_query * gradient_stride + first_element;
  typename Vector::Type sums[kQueries][kVectors];
#pragma GCC unroll 8
  for (int query = 0; query < kQueries; query++) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) sums[query][v] = Vector::all(0);
  }
  for (int64_t key = 0; key < arguments.key_count; key++) {
    typename Vector::Type row[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) row[v] = Vector::load(keys + key * kPackedStride + v * Vector::kLanes);
#pragma GCC unroll 8
    for (int query = 0; query < kQueries; query++) {
      const typename Vector::Type weight = Vector::all(weights[key * kBlockLanes + query]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; v++) sums[query][v] = Vector::fused(row[v], weight, sums[query][v]);
    }
  }
#pragma GCC unroll 8
  for (int query = 0; query < kQueries; query++) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) {
      float* target = gradient + query * gradient_stride + v * Vector::kLanes;
      const int64_t left = elements - v * Vector::kLanes;
      if (left >= Vector::kLanes) {
        Vector::store(target, Vector::add(Vector::load(target), sums[query][v]));
      } else if (left > 0) {
        Vector::store_part(target, Vector::add(Vector::load_part(target, left), sums[query][v]), left);
      }
    }
  }
}

// Two vectors of all keys stay in L1 while every query is multiplied with them. Lanes after the last element hold stale
// values of the loaded rows; they are not stored.
template <class Vector>
void add_gradient(const GradientArguments& arguments) {
  constexpr int kVectors = Vector::kGradientVectors;
  for (int64_t element = 0; element < arguments.elements; element += kVectors * Vector::kLanes) {
    int64_t query = 0;
    for (; query + Vector::kGradientQueries <= arguments.queries; query += Vector::kGradientQueries) {
      add_gradient_block<Vector, Vector::kGradientQueries, kVectors>(arguments, query, element);
    }
    for (; query < arguments.queries; query++) add_gradient_block<Vector, 1, kVectors>(arguments, query, element);
  }
}

}  // namespace
}  // namespace afterimage

#endif
