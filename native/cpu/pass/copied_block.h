// A block of scores that the caller computed. It is copied because the last lanes of a block may not exist in the
// caller's matrix.
#ifndef AFTERIMAGE_CPU_PASS_COPIED_BLOCK_H
#define AFTERIMAGE_CPU_PASS_COPIED_BLOCK_H

#include <string.h>

#include <algorithm>

#include "kernels.h"
#include "pass/plan.h"

namespace afterimage {

class CopiedBlock {
 public:
  // scores: (keys, stride); references: (queries), or null if they are not used.
  CopiedBlock(const float* scores, int64_t stride, const float* references)
      : scores_(scores), stride_(stride), references_(references) {
    memset(block_scores_, 0, sizeof block_scores_);
    memset(block_references_, 0, sizeof block_references_);
  }

  // The scores of up to kGroupKeys keys with up to kBlockLanes queries of a slice, from first_lane of the slice on.
  QueryBlock copy(int64_t first_key, int64_t keys, Slice slice, int64_t first_lane) {
    const QueryBlock copied = block(slice, first_lane);
    const size_t bytes = sizeof(float) * copied.count;
    for (int64_t key = 0; key < keys; key++) {
      memcpy(block_scores_ + key * kBlockLanes, scores_ + (first_key + key) * stride_ + copied.first, bytes);
    }
    if (references_ != nullptr) memcpy(block_references_, references_ + copied.first, bytes);
    return copied;
  }

  // The same block without copying anything.
  QueryBlock block(Slice slice, int64_t first_lane) {
    return {.first = slice.first + first_lane,
            .count = std::min(kBlockLanes, slice.count - first_lane),
            .lanes = kBlockLanes,
            .first_lane = first_lane,
            .strides = kQueriesInLanes,
            .scores = block_scores_,
            .references = block_references_,
            .method = Method::kDot,
            .words = nullptr,
            .stride = 0};
  }

 private:
  const float* scores_;
  int64_t stride_;
  const float* references_;
  alignas(64) float block_scores_[kGroupKeys * kBlockLanes];
  alignas(64) float block_references_[kBlockLanes];
};

}  // namespace afterimage

#endif
