// Bounds of the terms of screened keys: large ones are listed, all others are summed by class.
#ifndef AFTERIMAGE_CPU_PASS_BOUNDS_H
#define AFTERIMAGE_CPU_PASS_BOUNDS_H

#include <stdint.h>

#include "interface.h"
#include "pass/workspace.h"

namespace afterimage {

class Bounds {
 public:
  static constexpr int64_t kMaxKeys = 64;

  explicit Bounds(Workspace& workspace)
      : centers_(workspace.take<float>(kMaxKeys)),
        radii_(workspace.take<float>(kMaxKeys)),
        lower_(workspace.take<float>(kMaxKeys)),
        upper_(workspace.take<float>(kMaxKeys)),
        least_(workspace.take<float>(kMaxKeys)),
        greatest_(workspace.take<float>(kMaxKeys)) {}

  void start(const afterimage_keys& keys, int64_t number, const afterimage_bounds& bounds);
  // Where the caller writes |score - center| <= radius of up to kMaxKeys keys, before `add`.
  float* centers() { return centers_; }
  float* radii() { return radii_; }
  // Adds `count` keys, from `first` on, for one query.
  void add(int64_t first, int64_t count, int64_t query);

 private:
  void add_terms(int64_t first, int64_t count, int64_t query);
  // Lists keys whose upper bound is not below the threshold, and takes their terms away.
  void list_candidates(int64_t first, int64_t count, int64_t query, float threshold);

  float* centers_;
  float* radii_;
  float* lower_;  // bounds of the scores
  float* upper_;
  float* least_;  // bounds of the terms
  float* greatest_;
  afterimage_keys keys_;
  int64_t number_;
  afterimage_bounds bounds_;
  float factor_;
};

}  // namespace afterimage

#endif
