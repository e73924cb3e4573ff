// Brings the keys of a group that have equal labels together, so that a class is added up in registers, and leaves out
// those that were removed.
#ifndef AFTERIMAGE_CPU_PASS_LABEL_ORDER_H
#define AFTERIMAGE_CPU_PASS_LABEL_ORDER_H

#include <stdint.h>
#include <string.h>

#include "interface.h"
#include "kernels.h"
#include "pass/workspace.h"

namespace afterimage {

// Whether a key was there at the version that is asked for. The word may be written meanwhile, with a later version.
inline bool is_there(const afterimage_keys& keys, int64_t key) {
  if (keys.removals == nullptr) return true;
  const int64_t removal = __atomic_load_n(keys.removals + key, __ATOMIC_RELAXED);
  return removal == 0 || removal > keys.version;
}

class LabelOrder {
 public:
  LabelOrder(Workspace& workspace, int64_t classes)
      : order_(workspace.take<int32_t>(kLongGroupKeys)),
        runs_(workspace.take<Run>(kLongGroupKeys)),
        places_(workspace.take<int32_t>(classes)),
        classes_(classes) {}

  void clear() { memset(places_, 0, sizeof(int32_t) * classes_); }

  // For up to kLongGroupKeys keys from `first` on. `neighbours`: only equal labels side by side become a run, so that a
  // label may have several; for one query at a time, adding to a class costs less than sorting.
  void sort(const afterimage_keys& keys, int64_t first, int64_t count, bool neighbours) {
    const int32_t* labels = keys.labels + first;
    keys_ = count;
    const int32_t* picked = keys.removals != nullptr && pick(keys, first, count) ? picked_ : nullptr;
    if (neighbours || (picked == nullptr && ascending(labels, count))) {
      order_keys(picked);
      mark_runs(labels);
    } else {
      count_labels(labels, picked, keys_);
    }
  }

  // How many keys are in the order.
  int64_t keys() const { return keys_; }

  const int32_t* order() const { return order_; }
  // Whether that is as they lie.
  bool in_order() const { return in_order_; }
  const Run* runs() const { return runs_; }
  int64_t run_count() const { return run_count_; }

 private:
  static bool ascending(const int32_t* labels, int64_t count) {
    int32_t descents = 0;
    for (int64_t key = 1; key < count; key++) descents += labels[key] < labels[key - 1];
    return descents == 0;
  }

  // Picks the keys that are there; false where all are.
  bool pick(const afterimage_keys& keys, int64_t first, int64_t count) {
    keys_ = 0;
    for (int64_t key = 0; key < count; key++) {
      picked_[keys_] = static_cast<int32_t>(key);
      keys_ += is_there(keys, first + key);
    }
    return keys_ < count;
  }

  // That of the keys picked, or of all.
  void order_keys(const int32_t* picked) {
    if (picked != nullptr) {
      memcpy(order_, picked, sizeof(int32_t) * keys_);
    } else if (!in_order_) {
      for (int32_t i = 0; i < kLongGroupKeys; i++) order_[i] = i;
    }
    in_order_ = picked == nullptr;
  }

  void mark_runs(const int32_t* labels) {
    run_count_ = 0;
    for (int32_t i = 0; i < keys_; i++) {
      const int32_t label = labels[order_[i]];
      if (i > 0 && label == runs_[run_count_ - 1].label) continue;
      if (i > 0) runs_[run_count_ - 1].end = i;
      runs_[run_count_++] = {label, i, static_cast<int32_t>(keys_)};
    }
  }

  // Counting sort of the keys picked, or of all, classes by first appearance.
  void count_labels(const int32_t* labels, const int32_t* picked, int64_t count) {
    in_order_ = false;
    run_count_ = 0;
    for (int64_t i = 0; i < count; i++) {
      const int32_t label = labels[picked == nullptr ? i : picked[i]];
      if (places_[label]++ == 0) runs_[run_count_++].label = label;
    }
    int32_t begin = 0;
    for (int64_t run = 0; run < run_count_; run++) {
      runs_[run].begin = begin;
      runs_[run].end = begin + places_[runs_[run].label];
      places_[runs_[run].label] = begin;
      begin = runs_[run].end;
    }
    for (int64_t i = 0; i < count; i++) {
      const int32_t key = picked == nullptr ? static_cast<int32_t>(i) : picked[i];
      order_[places_[labels[key]]++] = key;
    }
    for (int64_t run = 0; run < run_count_; run++) places_[runs_[run].label] = 0;
  }

  int32_t* order_;
  Run* runs_;
  int32_t* places_;  // (classes): zero between calls
  int64_t classes_;
  int64_t keys_ = 0;
  int64_t run_count_ = 0;
  bool in_order_ = false;
  int32_t picked_[kLongGroupKeys];
};

}  // namespace afterimage

#endif
