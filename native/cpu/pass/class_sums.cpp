// Equations (1) and (2) without the division: sums of exponentials by class.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "flush_to_zero.h"
#include "interface.h"
#include "pass/copied_block.h"
#include "pass/gradient.h"
#include "pass/key_list.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

// Cuts the list into evenly spaced, ascending chains. A descending chain would multiply an underflow by an overflow.
int64_t plan_chains(const float* thetas, int64_t theta_count, Chain* chains) {
  int64_t chain_count = 0;
  for (int64_t first = 0; first < theta_count;) {
    int64_t count = 1;
    const double step = first + 1 < theta_count ? static_cast<double>(thetas[first + 1]) - thetas[first] : 0;
    while (step > 0 && count < kChainThetas && first + count < theta_count) {
      const double theta = thetas[first] + step * count;
      // The tolerance is the rounding of the floats themselves.
      if (!(fabs(thetas[first + count] - theta) <= 2.5e-7 * theta)) break;
      count++;
    }
    if (count < 3) count = 1;
    chains[chain_count++] = {.first = first,
                             .count = count,
                             .factor = static_cast<float>(thetas[first] * kLog2E),
                             .step = count > 1 ? static_cast<float>(step * kLog2E) : 0};
    first += count;
  }
  return chain_count;
}

// Sums (theta_count, batch, classes) and maxima (batch) of the caller.
struct Answer {
  int64_t batch;
  double* sums;
  float* maxima;
};

// The sums of one slice. Those of a group whose labels ascend and have few keys each are (run, theta, lane) for one block,
// and are added to the answer at once. All others are kept until the end, (block, class, theta, lane), for the range of
// classes that occurs; if it has more classes than half of the keys, only those that occur have a place. Where keys are in
// the lanes of the scores, the terms of one query after another are added to the answer.
class ClassSums {
 public:
  ClassSums(Workspace& workspace, int64_t theta_count, int64_t classes, int64_t queries)
      : classes_kept_(queries == 1 && theta_count == 1 ? 0 : classes),
        order_(workspace, classes_kept_),
        theta_count_(theta_count),
        classes_(classes),
        // Lanes of the blocks of a slice: only the last ones are not full, and together have no more than kBlockLanes.
        lanes_(round_up(queries, kBlockLanes)),
        labels_(workspace.take<int32_t>(classes_kept_)),
        places_(workspace.take<int32_t>(classes_kept_)),
        run_labels_(workspace.take<int32_t>(kLongGroupKeys)),
        chains_(workspace.take<Chain>(theta_count)),
        maxima_(workspace.take<float>(lanes_)),
        run_sums_(workspace.take<double>(kBlockLanes * theta_count * std::min(classes, kLongGroupKeys))),
        sums_(workspace.take<double>(lanes_ * theta_count * classes_kept_)) {}

  // lanes: those of all blocks. by_query: keys are in the lanes of the scores, or there is one query; for one theta.
  void start(const float* thetas, int64_t lanes, bool by_query, const volatile int32_t* cancelled) {
    flag_ = cancelled;
    chain_count_ = plan_chains(thetas, theta_count_, chains_);
    used_lanes_ = lanes;
    by_query_ = by_query;
    for (int64_t lane = 0; lane < lanes_; lane++) maxima_[lane] = -INFINITY;
    order_.clear();
  }

  // The groups that follow are some of these keys. few_of_label: see KeyList.
  void take(const afterimage_keys& keys, bool few_of_label) {
    at_once_ = few_of_label;
    if (at_once_ || by_query_ || kept_ || keys.count == 0) return;
    kept_ = true;
    const LabelScan scan = scan_labels(keys.labels, keys.count);
    first_label_ = scan.least;
    label_count_ = scan.apart();
    places_used_ = label_count_ > keys.count / 2;
    if (places_used_) place_labels(keys);
    const int64_t count = used_lanes_ * theta_count_ * label_count_;
    for (int64_t first = 0; first < count && !cancelled(); first += kClearedSums) {
      memset(sums_ + first, 0, sizeof(double) * std::min(kClearedSums, count - first));
    }
  }

  // Orders the keys of a group, whose blocks are then added.
  void sort(const afterimage_keys& keys, int64_t first, int64_t count) {
    by_query_ ? order_.keep_labels(keys, first, count) : order_.sort(keys, first, count);
    if (at_once_) {
      run_count_ = order_.renumber_runs(run_labels_);
    } else if (places_used_) {
      order_.renumber(places_);
    }
  }

  void add(const QueryBlock& block, const Answer& answer) {
    if (at_once_) {
      memset(run_sums_, 0, sizeof(double) * block.lanes * theta_count_ * run_count_);
      add_scores(block, 0, run_sums_);
      for (int64_t run = 0; run < run_count_; run++) add_to(answer, block, run_labels_[run], run_sums_, run);
      return;
    }
    for (int64_t query = 0; by_query_ && query < block.count; query++) {
      add_scores(block, query, answer.sums + (block.first + query) * classes_);
    }
    // The kernel indexes classes from label 0.
    if (!by_query_) add_scores(block, 0, sums_of(block) - first_label_ * theta_count_ * block.lanes);
  }

  // Adds to the answer what was kept of the block, unless it is cancelled.
  void finish(const QueryBlock& block, const Answer& answer) const {
    for (int64_t lane = 0; lane < block.count; lane++) {
      float& maximum = answer.maxima[block.first + lane];
      maximum = std::max(maximum, maxima_[block.first_lane + lane]);
    }
    for (int64_t label = 0; kept_ && label < label_count_ && !cancelled(); label++) {
      add_to(answer, block, places_used_ ? labels_[label] : first_label_ + label, sums_of(block), label);
    }
  }

 private:
  // Sums that are cleared between two looks at the flag.
  static constexpr int64_t kClearedSums = 1 << 16;

  bool cancelled() const { return flag_ != nullptr && *flag_ != 0; }

  // Gives the labels that occur places in their order: 0, 1, ...
  void place_labels(const afterimage_keys& keys) {
    memset(places_ + first_label_, 0, sizeof(int32_t) * label_count_);
    for (int64_t key = 0; key < keys.count; key++) places_[keys.labels[key]] = 1;
    int32_t count = 0;
    for (int64_t label = first_label_; label < first_label_ + label_count_; label++) {
      labels_[count] = static_cast<int32_t>(label);
      const int32_t place = count;
      count += places_[label];
      places_[label] = place;
    }
    first_label_ = 0;
    label_count_ = count;
  }

  // Adds the scores of all queries of the block, or of this one, to the sums of the ordered classes.
  void add_scores(const QueryBlock& block, int64_t query, double* sums) {
    const ScoreBlock scores = {.scores = block.scores + query * block.strides.query,
                               .stride = block.strides.key,
                               .lanes = by_query_ ? 1 : block.lanes,
                               .keys = order_.keys(),
                               .references = block.references + query,
                               .single = by_query_};
    kernels().scores->add_class_sums(scores, chains_, chain_count_, theta_count_, sums,
                                     maxima_ + block.first_lane + query);
  }

  // Adds the sums of a block in one place to those of a label.
  void add_to(const Answer& answer, const QueryBlock& block, int64_t label, const double* sums, int64_t place) const {
    for (int64_t theta = 0; theta < theta_count_; theta++) {
      const double* source = sums + (place * theta_count_ + theta) * block.lanes;
      double* target = answer.sums + (theta * answer.batch + block.first) * classes_ + label;
      for (int64_t lane = 0; lane < block.count; lane++) target[lane * classes_] += source[lane];
    }
  }

  double* sums_of(const QueryBlock& block) const { return sums_ + block.first_lane * theta_count_ * label_count_; }

  // One query with one theta keeps none.
  int64_t classes_kept_;
  LabelOrder order_;
  int64_t theta_count_;
  int64_t classes_;
  int64_t lanes_;
  int32_t* labels_;      // of the places
  int32_t* places_;      // (classes)
  int32_t* run_labels_;  // of the group's runs
  Chain* chains_;
  float* maxima_;
  double* run_sums_;
  double* sums_;
  const volatile int32_t* flag_ = nullptr;
  int64_t chain_count_ = 0;
  int64_t used_lanes_ = 0;
  bool by_query_ = false;
  bool at_once_ = false;
  bool kept_ = false;
  bool places_used_ = false;
  int64_t run_count_ = 0;
  int32_t first_label_ = 0;
  int64_t label_count_ = 0;
};

// Sums of a slice. Fewer queries read the keys more often, but at least two blocks share each reading.
constexpr int64_t kMostSumBytes = int64_t{256} << 20;

Slices slices_of(int64_t batch, int64_t classes, int64_t thetas) {
  const int64_t query_bytes = std::max(int64_t{sizeof(double)} * classes * thetas, int64_t{1});
  const int64_t most = kMostSumBytes / query_bytes / kBlockLanes * kBlockLanes;
  return Slices(batch, std::clamp(most, 2 * kBlockLanes, kSliceQueries));
}

int64_t class_sums_bytes(int64_t batch, int64_t dim, int64_t classes, int64_t thetas) {
  const int64_t queries = slices_of(batch, classes, thetas).largest();
  Workspace workspace(nullptr);
  PassBuffers(workspace, queries, dim);
  ClassSums(workspace, thetas, classes, queries);
  KeyLister(workspace, queries, classes, thetas);
  return workspace.used();
}

}  // namespace
}  // namespace afterimage

using namespace afterimage;

// The nearest keys need no workspace of their own: arrays of the caller hold them.
int64_t afterimage_workspace_bytes(int64_t batch, int64_t dim, int64_t classes, int64_t thetas, int64_t) {
  return std::max(class_sums_bytes(batch, dim, classes, thetas), gradient_bytes(batch, dim, classes));
}

int afterimage_class_sums(const struct afterimage_keys* keys, const struct afterimage_queries* queries,
                          const float* thetas, int64_t theta_count, int64_t classes, void* workspace, double* sums,
                          float* maxima, const volatile int32_t* cancelled) {
  if (!is_type(keys->type)) return AFTERIMAGE_UNSUPPORTED;
  const FlushToZero flush_to_zero;
  const Slices slices = slices_of(queries->batch, classes, theta_count);
  const Answer answer = {.batch = queries->batch, .sums = sums, .maxima = maxima};
  for (int64_t index = 0; index < slices.count(); index++) {
    const Slice slice = slices[index];
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slice, memory, cancelled, theta_count == 1);
    ClassSums class_sums(memory, theta_count, classes, slice.count);
    const KeyLister lister(memory, pass.copies_keys() ? slice.count : 0, classes, theta_count);
    const QueryBlock& last = pass.block(pass.block_count() - 1);
    class_sums.start(thetas, last.first_lane + last.lanes, pass.block(0).strides.keys_in_lanes(), cancelled);
    for (int64_t first = 0; first < keys->count; first += KeyLister::kStretch) {
      const KeyList list = lister.list(*keys, first);
      const afterimage_keys labelled = list.labelled(*keys);
      pass.take(list);
      class_sums.take(*keys, list.few_of_label);
      while (pass.next_group()) {
        class_sums.sort(labelled, pass.group_first(), pass.group_count());
        for (int64_t block = 0; block < pass.block_count() && !pass.cancelled(); block++) {
          class_sums.add(pass.scored_block(block), answer);
        }
      }
    }
    for (int64_t block = 0; block < pass.block_count(); block++) class_sums.finish(pass.block(block), answer);
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
  }
  return AFTERIMAGE_OK;
}

int afterimage_class_sums_of_scores(const float* scores, int64_t stride, const struct afterimage_keys* keys,
                                    const float* references, int64_t batch, const float* thetas, int64_t theta_count,
                                    int64_t classes, void* workspace, double* sums, float* maxima) {
  const FlushToZero flush_to_zero;
  const Slices slices = slices_of(batch, classes, theta_count);
  const Answer answer = {.batch = batch, .sums = sums, .maxima = maxima};
  CopiedBlock copied(scores, stride, references);
  for (int64_t index = 0; index < slices.count(); index++) {
    const Slice slice = slices[index];
    Workspace memory(workspace);
    ClassSums class_sums(memory, theta_count, classes, slice.count);
    class_sums.start(thetas, round_up(slice.count, kBlockLanes), slice.count == 1 && theta_count == 1, nullptr);
    class_sums.take(*keys, false);
    for (int64_t key = 0; key < keys->count; key += kGroupKeys) {
      const int64_t group = std::min(kGroupKeys, keys->count - key);
      class_sums.sort(*keys, key, group);
      for (int64_t lane = 0; lane < slice.count; lane += kBlockLanes) {
        class_sums.add(copied.copy(key, group, slice, lane), answer);
      }
    }
    for (int64_t lane = 0; lane < slice.count; lane += kBlockLanes) {
      class_sums.finish(copied.block(slice, lane), answer);
    }
  }
  return AFTERIMAGE_OK;
}
