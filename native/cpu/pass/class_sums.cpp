// Equations (1) and (2) without the division: sums of exponentials by class.
#include <math.h>
#include <string.h>

#include "interface.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

constexpr double kLog2E = 1.4426950408889634;

// Cuts the list into evenly spaced, ascending chains. Descending ones would multiply an underflow by an overflow.
int64_t plan_chains(const float* thetas, int64_t theta_count, Chain* chains) {
  int64_t chain_count = 0;
  for (int64_t first = 0; first < theta_count;) {
    int64_t count = 1;
    const double step = first + 1 < theta_count ? static_cast<double>(thetas[first + 1]) - thetas[first] : 0;
    while (step > 0 && count < kChainThetas && first + count < theta_count) {
      const double theta = thetas[first] + step * count;
      // Within the rounding of the floats themselves.
      if (!(fabs(thetas[first + count] - theta) <= 2.5e-7 * theta)) break;
      count++;
    }
    if (count < 3) count = 1;
    chains[chain_count++] = {first, count, static_cast<float>(thetas[first] * kLog2E),
                             count > 1 ? static_cast<float>(step * kLog2E) : 0};
    first += count;
  }
  return chain_count;
}

// The sums of a slice in lanes, (block, class, theta, lane), for the classes that occur.
class ClassSums {
 public:
  ClassSums(Workspace& workspace, const float* thetas, int64_t theta_count, int64_t classes, int64_t lanes)
      : order_(workspace, classes),
        chains_(workspace.take<Chain>(theta_count)),
        maxima_(workspace.take<float>(lanes)),
        sums_(workspace.take<double>(lanes * theta_count * classes)),
        theta_count_(theta_count),
        classes_(classes) {
    if (thetas != nullptr) chain_count_ = plan_chains(thetas, theta_count, chains_);
  }

  // by_query: scores are added one query after the other, for one theta.
  void clear(const int32_t* labels, int64_t count, int64_t lanes, bool by_query) {
    by_query_ = by_query;
    first_label_ = count == 0 ? 0 : labels[0];
    last_label_ = first_label_;
    for (int64_t key = 0; key < count; key++) {
      first_label_ = labels[key] < first_label_ ? labels[key] : first_label_;
      last_label_ = labels[key] > last_label_ ? labels[key] : last_label_;
    }
    label_count_ = int64_t{last_label_} - first_label_ + 1;
    memset(sums_, 0, sizeof(double) * lanes * theta_count_ * label_count_);
    for (int64_t lane = 0; lane < lanes; lane++) maxima_[lane] = -INFINITY;
    order_.clear();
  }

  void sort(const afterimage_keys& keys, int64_t first, int64_t count) {
    order_.sort(keys, first, count, by_query_);
  }

  void add(float* scores, ScoreStrides strides, int64_t count, int64_t lanes, const float* references,
           int64_t lanes_before) {
    for (int64_t query = 0; query < (by_query_ ? count : 1); query++) {
      const ScoreBlock block = {scores + query * strides.query,
                                strides.key,
                                order_.keys(),
                                lanes,
                                order_.order(),
                                order_.in_order(),
                                order_.runs(),
                                order_.run_count(),
                                references + query,
                                by_query_};
      kernels().scores->accumulate(block, chains_, chain_count_, theta_count_, sums_of(lanes_before, lanes) + query,
                                   maxima_ + lanes_before + query);
    }
  }

  // sums: (theta_count, batch, classes), maxima: (batch), for queries first, first + 1, ...
  void finish(int64_t first, int64_t count, int64_t lanes, int64_t lanes_before, int64_t batch, double* sums,
              float* maxima) const {
    for (int64_t lane = 0; lane < count; lane++) {
      const float maximum = maxima_[lanes_before + lane];
      if (maximum > maxima[first + lane]) maxima[first + lane] = maximum;
    }
    const double* block = sums_ + lanes_before * theta_count_ * label_count_;
    for (int64_t theta = 0; theta < theta_count_; theta++) {
      for (int64_t label = 0; label < label_count_; label++) {
        const double* source = block + (label * theta_count_ + theta) * lanes;
        double* target = sums + (theta * batch + first) * classes_ + first_label_ + label;
        for (int64_t lane = 0; lane < count; lane++) target[lane * classes_] += source[lane];
      }
    }
  }

 private:
  // The kernel indexes by label from 0.
  double* sums_of(int64_t lanes_before, int64_t lanes) const {
    return sums_ + lanes_before * theta_count_ * label_count_ - first_label_ * theta_count_ * lanes;
  }

  LabelOrder order_;
  Chain* chains_;
  float* maxima_;
  double* sums_;
  int64_t theta_count_;
  int64_t classes_;
  int64_t chain_count_ = 0;
  bool by_query_ = false;
  int32_t first_label_ = 0;
  int32_t last_label_ = 0;
  int64_t label_count_ = 0;
};

int64_t slice_lanes(int64_t count) { return round_up(count, kBlockLanes) + kBlockLanes; }

}  // namespace

void count_class_sums_workspace(int64_t batch, int64_t classes, int64_t thetas, Workspace& workspace) {
  ClassSums(workspace, nullptr, thetas, classes, slice_lanes(largest_slice(batch)));
  workspace.take<float>(kGroupKeys * kBlockLanes + kBlockLanes);
}

}  // namespace afterimage

using namespace afterimage;

int afterimage_class_sums(const struct afterimage_keys* keys, const struct afterimage_queries* queries,
                          const float* thetas, int64_t theta_count, int64_t classes, void* workspace, double* sums,
                          float* maxima, const volatile int32_t* cancelled) {
  if (keys->type < 0 || keys->type > AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  for (Slice slice = slice_after(queries->batch, 0); slice.count > 0;
       slice = slice_after(queries->batch, slice.first + slice.count)) {
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slice, memory, cancelled, theta_count == 1);
    ClassSums class_sums(memory, thetas, theta_count, classes, slice_lanes(slice.count));
    class_sums.clear(keys->labels, keys->count, slice_lanes(slice.count), pass.keys_in_lanes());
    while (pass.next_group()) {
      class_sums.sort(*keys, pass.group_first(), pass.group_count());
      int64_t lanes_before = 0;
      for (int64_t index = 0; index < pass.block_count(); index++) {
        const QueryBlock& block = pass.scored_block(index);
        class_sums.add(block.scores, block.strides, block.count, block.lanes, block.references, lanes_before);
        lanes_before += block.lanes;
      }
    }
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
    int64_t lanes_before = 0;
    for (int64_t index = 0; index < pass.block_count(); index++) {
      const QueryBlock& block = pass.block(index);
      class_sums.finish(block.first, block.count, block.lanes, lanes_before, queries->batch, sums, maxima);
      lanes_before += block.lanes;
    }
  }
  return AFTERIMAGE_OK;
}

int afterimage_class_sums_of_scores(const float* scores, int64_t stride, const struct afterimage_keys* keys,
                                    const float* references, int64_t batch, const float* thetas, int64_t theta_count,
                                    int64_t classes, void* workspace, double* sums, float* maxima) {
  for (Slice slice = slice_after(batch, 0); slice.count > 0; slice = slice_after(batch, slice.first + slice.count)) {
    Workspace memory(workspace);
    float* block_scores = memory.take<float>(kGroupKeys * kBlockLanes);
    float* block_references = memory.take<float>(kBlockLanes);
    ClassSums class_sums(memory, thetas, theta_count, classes, slice_lanes(slice.count));
    class_sums.clear(keys->labels, keys->count, slice_lanes(slice.count), slice.count == 1 && theta_count == 1);
    memset(block_scores, 0, sizeof(float) * kGroupKeys * kBlockLanes);
    for (int64_t first_key = 0; first_key < keys->count; first_key += kGroupKeys) {
      const int64_t group = smaller(kGroupKeys, keys->count - first_key);
      class_sums.sort(*keys, first_key, group);
      for (int64_t lane = 0; lane < slice.count; lane += kBlockLanes) {
        // A copy, because the last lanes of a block may not exist in `scores`.
        const int64_t used = smaller(kBlockLanes, slice.count - lane);
        for (int64_t key = 0; key < group; key++) {
          memcpy(block_scores + key * kBlockLanes, scores + (first_key + key) * stride + slice.first + lane,
                 sizeof(float) * used);
        }
        memcpy(block_references, references + slice.first + lane, sizeof(float) * used);
        memset(block_references + used, 0, sizeof(float) * (kBlockLanes - used));
        class_sums.add(block_scores, kQueriesInLanes, used, kBlockLanes, block_references, lane);
      }
    }
    for (int64_t lane = 0; lane < slice.count; lane += kBlockLanes) {
      class_sums.finish(slice.first + lane, smaller(kBlockLanes, slice.count - lane), kBlockLanes, lane, batch, sums,
                        maxima);
    }
  }
  return AFTERIMAGE_OK;
}
