// Estimated scores of the keys that count, and sums by class of their terms.
#ifndef AFTERIMAGE_CPU_PASS_ESTIMATES_H
#define AFTERIMAGE_CPU_PASS_ESTIMATES_H

#include <stdint.h>

#include "interface.h"
#include "pass/workspace.h"

namespace afterimage {

// Finds the cutoff of a query: smaller estimates have terms whose sum is negligible. It rests on the scores of some of the keys.
float cutoff_of(const float* surveyed, int64_t count, float theta, float negligible);

// The blocks of keys and the sums of their terms.
class EstimatedTerms {
 public:
  // Maximum number of keys that are added at once.
  static constexpr int64_t kMaxKeys = AFTERIMAGE_LISTED_PLACES - AFTERIMAGE_LISTED_KEYS;

  explicit EstimatedTerms(Workspace& workspace) : scores_(workspace.take<float>(AFTERIMAGE_LISTED_PLACES)) {}

  // Begins a block for each query.
  void start(const afterimage_keys& keys, int64_t number, const afterimage_estimates& estimates, int64_t batch);
  // Where the caller's kernel puts the estimates and the numbers of the next keys of a query.
  float* scores(int64_t query) { return block(query).terms + block(query).count; }
  int32_t* numbers(int64_t query) { return block(query).numbers + block(query).count; }
  // Lists the keys that the kernel put there.
  void add(int64_t count, int64_t query);
  // Adds the terms of the last blocks to the sums.
  void finish();

 private:
  afterimage_listed_keys& block(int64_t query) {
    return estimates_.blocks[query * estimates_.places + estimates_.counts[query]];
  }
  // Returns the number of keys that are left.
  int64_t drop_absent(int64_t query, int64_t count);
  // Replaces the estimates of a block by terms, adds them to the sums, and begins the next block.
  void add_block(int64_t query);

  float* scores_;
  int64_t batch_;
  int64_t number_;
  afterimage_keys keys_;
  afterimage_estimates estimates_;
};

}  // namespace afterimage

#endif
