// The second product of the gradient: weights (keys, queries) transposed times keys. Elements lie in the lanes, weights
// are broadcast. Internal linkage, as simd_tile.h.
#ifndef AFTERIMAGE_CPU_TEMPLATES_GRADIENT_PRODUCT_H
#define AFTERIMAGE_CPU_TEMPLATES_GRADIENT_PRODUCT_H

#include "kernels.h"

namespace afterimage {
namespace {

template <class Vector, int kQueries, int kVectors>
void outer_block(const float* weights, const float* keys, int64_t key_stride, int64_t key_count, int64_t elements,
                 float* gradient, int64_t gradient_stride) {
  typename Vector::Type sums[kQueries][kVectors];
#pragma GCC unroll 8
  for (int query = 0; query < kQueries; query++) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) sums[query][v] = Vector::all(0);
  }
  for (int64_t key = 0; key < key_count; key++) {
    typename Vector::Type row[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) row[v] = Vector::load(keys + key * key_stride + v * Vector::kLanes);
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
      float* place = gradient + query * gradient_stride + v * Vector::kLanes;
      const int64_t left = elements - v * Vector::kLanes;
      if (left >= Vector::kLanes) {
        Vector::store(place, Vector::add(Vector::load(place), sums[query][v]));
      } else if (left > 0) {
        Vector::store_part(place, Vector::add(Vector::load_part(place, left), sums[query][v]), left);
      }
    }
  }
}

template <class Vector, int kQueries>
void outer_queries(const float* weights, const float* keys, int64_t key_stride, int64_t key_count, int64_t elements,
                   float* gradient, int64_t gradient_stride) {
  // Lanes beyond the last element hold what was left in the staged rows; they are not stored.
  for (int64_t first = 0; first < elements; first += 2 * Vector::kLanes) {
    outer_block<Vector, kQueries, 2>(weights, keys + first, key_stride, key_count, elements - first, gradient + first,
                                     gradient_stride);
  }
}

template <class Vector>
void outer(const float* weights, int64_t queries, const float* keys, int64_t key_stride, int64_t key_count,
           int64_t elements, float* gradient, int64_t gradient_stride) {
  int64_t query = 0;
  for (; query + Vector::kOuterQueries <= queries; query += Vector::kOuterQueries) {
    outer_queries<Vector, Vector::kOuterQueries>(weights + query, keys, key_stride, key_count, elements,
                                                 gradient + query * gradient_stride, gradient_stride);
  }
  for (; query < queries; query++) {
    outer_queries<Vector, 1>(weights + query, keys, key_stride, key_count, elements, gradient + query * gradient_stride,
                             gradient_stride);
  }
}

}  // namespace
}  // namespace afterimage

#endif
