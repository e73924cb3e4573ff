// Orders the keys of a group so that equal labels are adjacent and a class is summed in registers. Removed keys are
// left out.
#ifndef AFTERIMAGE_CPU_PASS_LABEL_ORDER_H
#define AFTERIMAGE_CPU_PASS_LABEL_ORDER_H

#include <stdint.h>
#include <string.h>

#include <utility>

#include "interface.h"
#include "kernels.h"
#include "pass/workspace.h"

namespace afterimage {

// True if the key was not removed at the version that is queried. Another thread may write a later version meanwhile.
inline bool is_present(const afterimage_keys& keys, int64_t key) {
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

  // Orders up to kLongGroupKeys keys from `first` on.
  void sort(const afterimage_keys& keys, int64_t first, int64_t count) {
    const int32_t* labels = keys.labels + first;
    const int32_t* present = find_present(keys, first, count);
    if (present == nullptr && ascending(labels, count)) {
      order_keys(present);
      mark_runs(labels);
    } else {
      count_labels(labels, present, keys_);
    }
  }

  // Gives the classes of the runs the numbers in `numbers` (classes).
  void renumber(const int32_t* numbers) {
    for (int64_t run = 0; run < run_count_; run++) runs_[run].label = numbers[runs_[run].label];
  }

  // Gives the classes of the runs the numbers 0, 1, ... and returns how many they are. labels: (kLongGroupKeys), before that.
  int64_t renumber_runs(int32_t* labels) {
    for (int64_t run = 0; run < run_count_; run++) {
      labels[run] = std::exchange(runs_[run].label, static_cast<int32_t>(run));
    }
    return run_count_;
  }

  // The present keys as one class, in their own order.
  void keep(const afterimage_keys& keys, int64_t first, int64_t count) {
    order_keys(find_present(keys, first, count));
    run_count_ = 1;
    runs_[0] = {.label = 0, .begin = 0, .end = static_cast<int32_t>(keys_)};
  }

  // The same, and the labels of the keys. One query at a time is added faster to each class than keys are sorted.
  void keep_labels(const afterimage_keys& keys, int64_t first, int64_t count) {
    keep(keys, first, count);
    labels_ = keys.labels + first;
    if (in_place_) return;
    for (int64_t i = 0; i < keys_; i++) kept_labels_[i] = labels_[order_[i]];
    labels_ = kept_labels_;
  }

  // The order of the group that was sorted last.
  KeyOrder keys() const {
    return {.order = order_,
            .keys = keys_,
            .in_place = in_place_,
            .labels = labels_,
            .runs = runs_,
            .run_count = run_count_};
  }

 private:
  static bool ascending(const int32_t* labels, int64_t count) {
    int32_t descents = 0;
    for (int64_t key = 1; key < count; key++) descents += labels[key] < labels[key - 1];
    return descents == 0;
  }

  // Counts the keys that are present, and lists them unless all are.
  const int32_t* find_present(const afterimage_keys& keys, int64_t first, int64_t count) {
    keys_ = count;
    if (keys.removals == nullptr) return nullptr;
    keys_ = 0;
    for (int64_t key = 0; key < count; key++) {
      present_[keys_] = static_cast<int32_t>(key);
      keys_ += is_present(keys, first + key);
    }
    return keys_ < count ? present_ : nullptr;
  }

  // Keeps the order of the present keys, or of all.
  void order_keys(const int32_t* present) {
    if (present != nullptr) {
      memcpy(order_, present, sizeof(int32_t) * keys_);
    } else if (!in_place_) {
      for (int32_t i = 0; i < kLongGroupKeys; i++) order_[i] = i;
    }
    in_place_ = present == nullptr;
  }

  void mark_runs(const int32_t* labels) {
    run_count_ = 0;
    for (int32_t i = 0; i < keys_; i++) {
      const int32_t label = labels[order_[i]];
      if (i > 0 && label == runs_[run_count_ - 1].label) continue;
      if (i > 0) runs_[run_count_ - 1].end = i;
      runs_[run_count_++] = {.label = label, .begin = i, .end = static_cast<int32_t>(keys_)};
    }
  }

  // Counting sort of the present keys, or of all; classes in the order of their first key.
  void count_labels(const int32_t* labels, const int32_t* present, int64_t count) {
    in_place_ = false;
    run_count_ = 0;
    for (int64_t i = 0; i < count; i++) {
      const int32_t label = labels[present == nullptr ? i : present[i]];
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
      const int32_t key = present == nullptr ? static_cast<int32_t>(i) : present[i];
      order_[places_[labels[key]]++] = key;
    }
    for (int64_t run = 0; run < run_count_; run++) places_[runs_[run].label] = 0;
  }

  int32_t* order_;
  Run* runs_;
  int32_t* places_;  // (classes), zero between calls
  int64_t classes_;
  int64_t keys_ = 0;
  int64_t run_count_ = 0;
  bool in_place_ = false;
  int32_t present_[kLongGroupKeys];
  const int32_t* labels_ = nullptr;
  int32_t kept_labels_[kLongGroupKeys];
};

}  // namespace afterimage

#endif
