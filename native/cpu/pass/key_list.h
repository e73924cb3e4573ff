// Lists keys by label, so that the keys of a class are one run wherever they lie, and without those that are removed, which
// are then not multiplied.
#ifndef AFTERIMAGE_CPU_PASS_KEY_LIST_H
#define AFTERIMAGE_CPU_PASS_KEY_LIST_H

#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "elements.h"
#include "interface.h"
#include "pass/label_order.h"
#include "pass/workspace.h"

namespace afterimage {

// One block of queries is multiplied too fast for keys to be copied first (`runner bench classes`).
constexpr int64_t kMinListedQueries = kBlockLanes + 1;

// Keys of a pass: a range, or a list of some of it.
struct KeyList {
  int64_t first;
  int64_t count;
  const int32_t* places;  // (count), from `first`; null if the keys are the range
  const int32_t* labels;  // (count)
  bool few_of_label;      // the labels ascend, and each has few keys; not looked for if queries are few

  // The keys with the labels of this list, and with removals if it is a range.
  afterimage_keys labelled(const afterimage_keys& keys) const {
    const bool removals = places == nullptr && keys.removals != nullptr;
    afterimage_keys labelled = keys;
    labelled.labels = labels;
    labelled.count = count;
    labelled.removals = removals ? keys.removals + first : nullptr;
    return labelled;
  }
};

struct LabelScan {
  int32_t least;
  int32_t greatest;
  bool ascending;

  int64_t apart() const { return int64_t{greatest} - least + 1; }
};

inline LabelScan scan_labels(const int32_t* labels, int64_t count) {
  int32_t least = labels[0];
  int32_t greatest = labels[0];
  int32_t descents = 0;
  for (int64_t key = 1; key < count; key++) {
    // Not std::min and std::max, whose references keep the loop from vectors.
    least = labels[key] < least ? labels[key] : least;
    greatest = labels[key] > greatest ? labels[key] : greatest;
    descents += labels[key] < labels[key - 1];
  }
  return {.least = least, .greatest = greatest, .ascending = descents == 0};
}

class KeyLister {
 public:
  // Keys that are listed together: whole groups.
  static constexpr int64_t kStretch = 340 * kLongGroupKeys;

  // Few queries take no memory, and ranges.
  KeyLister(Workspace& workspace, int64_t queries, int64_t classes, int64_t thetas)
      : queries_(queries), thetas_(thetas) {
    if (queries < kMinListedQueries) return;
    places_ = workspace.take<int32_t>(kStretch);
    labels_ = workspace.take<int32_t>(kStretch);
    ends_ = workspace.take<int32_t>(classes);
  }

  // The stretch from this key on.
  KeyList list(const afterimage_keys& keys, int64_t first) const {
    const int64_t count = std::min(kStretch, keys.count - first);
    const int32_t* labels = keys.labels + first;
    KeyList range = {.first = first, .count = count, .places = nullptr, .labels = labels, .few_of_label = false};
    if (queries_ < kMinListedQueries) return range;
    const LabelScan scan = scan_labels(labels, count);
    const int64_t labels_apart = scan.apart();
    range.few_of_label = scan.ascending && labels_apart * kFewOfLabel >= count;
    const bool gather = !scan.ascending && labels_apart * thetas_ >= kMinSums &&
                        keys.dim * element_bytes(keys.type) <= kMaxBytesOfSum * queries_ * thetas_;
    if (!gather && keys.removals == nullptr) return range;
    memset(ends_ + scan.least, 0, sizeof(int32_t) * labels_apart);
    int64_t present = 0;
    int64_t classes = 0;
    for (int64_t key = 0; key < count; key++) {
      if (!is_present(keys, first + key)) continue;
      present++;
      classes += ends_[labels[key]]++ == 0;
    }
    if (!(gather && classes * thetas_ >= kMinSums) && present > count - count / 4) return range;
    int32_t begin = 0;
    for (int64_t label = scan.least; label <= scan.greatest; label++) begin += std::exchange(ends_[label], begin);
    for (int64_t key = 0; key < count; key++) {
      if (!is_present(keys, first + key)) continue;
      const int32_t place = ends_[labels[key]]++;
      places_[place] = static_cast<int32_t>(key);
      labels_[place] = labels[key];
    }
    return {.first = first,
            .count = present,
            .places = places_,
            .labels = labels_,
            .few_of_label = labels_apart * kFewOfLabel >= present};
  }

 private:
  // Keys are copied to be in order if a row has so few bytes for each sum that it is added to, and a query so many sums that
  // those of all queries exceed L2 (`runner bench classes` and `bench thetas`).
  static constexpr int64_t kMaxBytesOfSum = 3;
  static constexpr int64_t kMinSums = 512;

  // Labels of so few keys are so many that adding their sums at once costs less than keeping them (`bench classes`); those of
  // more keys would be added in each group again (`bench thetas`).
  static constexpr int64_t kFewOfLabel = 24;

  const int64_t queries_;
  const int64_t thetas_;
  int32_t* places_ = nullptr;
  int32_t* labels_ = nullptr;
  int32_t* ends_ = nullptr;  // (classes): where the keys of a class begin, then where those that are placed end
};

}  // namespace afterimage

#endif
