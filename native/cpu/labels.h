// Brings the keys of a group that have equal labels together, so that a class is added up in registers.
#ifndef AFTERIMAGE_CPU_LABELS_H
#define AFTERIMAGE_CPU_LABELS_H

#include <stdint.h>
#include <string.h>

#include "kernels.h"
#include "workspace.h"

namespace afterimage {

class LabelOrder {
 public:
  LabelOrder(Workspace& workspace, int64_t classes)
      : order_(workspace.take<int32_t>(kGroupKeys)),
        runs_(workspace.take<Run>(kGroupKeys)),
        places_(workspace.take<int32_t>(classes)),
        classes_(classes) {}

  void clear() { memset(places_, 0, sizeof(int32_t) * classes_); }

  // For up to kGroupKeys labels.
  void sort(const int32_t* labels, int64_t count) {
    if (ascending(labels, count)) {
      mark_runs(labels, count);
    } else {
      count_labels(labels, count);
    }
  }

  const int32_t* order() const { return order_; }
  const Run* runs() const { return runs_; }
  int64_t run_count() const { return run_count_; }

 private:
  static bool ascending(const int32_t* labels, int64_t count) {
    int32_t descents = 0;
    for (int64_t key = 1; key < count; key++) descents += labels[key] < labels[key - 1];
    return descents == 0;
  }

  // The order of sorted labels is their own.
  void mark_runs(const int32_t* labels, int64_t count) {
    run_count_ = 0;
    for (int32_t key = 0; key < count; key++) {
      order_[key] = key;
      if (key == 0 || labels[key] != labels[key - 1]) runs_[run_count_++] = {labels[key], key, key};
      runs_[run_count_ - 1].end = key + 1;
    }
  }

  // Counting sort, classes by first appearance.
  void count_labels(const int32_t* labels, int64_t count) {
    run_count_ = 0;
    for (int64_t key = 0; key < count; key++) {
      if (places_[labels[key]]++ == 0) runs_[run_count_++].label = labels[key];
    }
    int32_t begin = 0;
    for (int64_t run = 0; run < run_count_; run++) {
      runs_[run].begin = begin;
      runs_[run].end = begin + places_[runs_[run].label];
      places_[runs_[run].label] = begin;
      begin = runs_[run].end;
    }
    for (int64_t key = 0; key < count; key++) order_[places_[labels[key]]++] = static_cast<int32_t>(key);
    for (int64_t run = 0; run < run_count_; run++) places_[runs_[run].label] = 0;
  }

  int32_t* order_;
  Run* runs_;
  int32_t* places_;  // (classes): zero between calls
  int64_t classes_;
  int64_t run_count_ = 0;
};

}  // namespace afterimage

#endif
