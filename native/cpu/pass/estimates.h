// Sums by class of the terms of estimated scores.
#ifndef AFTERIMAGE_CPU_PASS_ESTIMATES_H
#define AFTERIMAGE_CPU_PASS_ESTIMATES_H

#include <stdint.h>

#include "interface.h"
#include "pass/workspace.h"

namespace afterimage {

class EstimatedTerms {
 public:
  static constexpr int64_t kMaxKeys = 64;

  explicit EstimatedTerms(Workspace& workspace)
      : padded_(workspace.take<float>(kMaxKeys)), terms_(workspace.take<float>(kMaxKeys)) {}

  void start(const afterimage_keys& keys, const afterimage_estimates& estimates);
  // Adds up to kMaxKeys keys, from `first` on, for one query; marks the scores of removed keys. No score is greater than best.
  void add(int64_t first, int64_t count, int64_t query, float* scores, float best);

 private:
  // Makes a greater score the reference of the sums.
  void raise(int64_t query, float reference);

  float* padded_;
  float* terms_;
  afterimage_keys keys_;
  afterimage_estimates estimates_;
  float factor_;
};

}  // namespace afterimage

#endif
