// Weighted sums of values: scores of a group become weights, and a product with the values of the group adds them up.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "interface.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

// Groups whose terms are summed in float32 before they are added in double.
constexpr int64_t kFloatGroups = 16;

// The sums of one slice.
class ValueSums {
 public:
  ValueSums(Workspace& workspace, int64_t queries, int64_t width, int64_t theta_count)
      : order_(workspace, 1),
        width_(width),
        theta_count_(theta_count),
        queries_(queries),
        lanes_(kBlockLanes * blocks_of(queries)),
        ones_(workspace.take<float>(kBlockLanes)),
        weights_(workspace.take<float>(kLongGroupKeys * lanes_)),
        maxima_(workspace.take<float>(lanes_)),
        masses_(workspace.take<double>(theta_count * lanes_)),
        floats_(workspace.take<float>(theta_count * queries * width)) {}

  void start() {
    for (int64_t lane = 0; lane < kBlockLanes; lane++) ones_[lane] = 1;
    for (int64_t lane = 0; lane < lanes_; lane++) maxima_[lane] = -INFINITY;
    memset(masses_, 0, sizeof(double) * theta_count_ * lanes_);
    memset(floats_, 0, sizeof(float) * theta_count_ * queries_ * width_);
    order_.clear();
  }

  void sort(const afterimage_keys& keys, int64_t first, int64_t count) { order_.keep(keys, first, count); }

  void take_maxima(const ScoreKernels& kernels, const QueryBlock& block) {
    kernels.add_class_sums(scores(block, block.scores), nullptr, 0, 0, nullptr, maxima_ + block.first_lane);
  }

  // Turns the scores of a block with a group of keys into the weights for one theta, and adds up their total.
  void weigh(const ScoreKernels& kernels, const QueryBlock& block, int64_t index, int64_t group, int64_t theta,
             float factor) {
    float* weights = weights_of(index);
    memcpy(weights, block.scores, sizeof(float) * group * kBlockLanes);
    kernels.weigh(scores(block, weights), factor, ones_);
    const KeyOrder order = order_.keys();
    if (order.keys < group) clear_removed(weights, group);
    double* masses = masses_ + theta * lanes_ + index * kBlockLanes;
    float sums[kBlockLanes] = {};
    for (int64_t key = 0; key < group; key++) {
      for (int64_t lane = 0; lane < kBlockLanes; lane++) sums[lane] += weights[key * kBlockLanes + lane];
    }
    for (int64_t lane = 0; lane < block.count; lane++) masses[lane] += sums[lane];
  }

  // Adds `columns` columns of the values of a group, from `column` on.
  void add(const ScoreKernels& kernels, const QueryBlock& block, int64_t index, int64_t first_query, int64_t group,
           int64_t theta, const float* values, int64_t column, int64_t columns) {
    kernels.add_gradient({.weights = weights_of(index),
                          .queries = block.count,
                          .keys = values,
                          .key_count = group,
                          .elements = columns,
                          .gradient = floats_ + (theta * queries_ + block.first - first_query) * width_ + column,
                          .gradient_stride = width_});
  }

  // Moves the sums in float32 of `count` queries from first_query on to `sums` (theta_count, batch, width + 1).
  void flush(int64_t first_query, int64_t count, int64_t batch, double* sums) {
    for (int64_t theta = 0; theta < theta_count_; theta++) {
      float* source = floats_ + theta * queries_ * width_;
      double* target = sums + (theta * batch + first_query) * (width_ + 1);
      for (int64_t query = 0; query < count; query++) {
        for (int64_t i = 0; i < width_; i++) target[query * (width_ + 1) + i] += source[query * width_ + i];
      }
      memset(source, 0, sizeof(float) * count * width_);
    }
  }

  void finish(const QueryBlock& block, int64_t index, int64_t batch, double* sums, float* maxima) const {
    for (int64_t lane = 0; lane < block.count; lane++) {
      maxima[block.first + lane] = std::max(maxima[block.first + lane], maxima_[block.first_lane + lane]);
      for (int64_t theta = 0; theta < theta_count_; theta++) {
        sums[(theta * batch + block.first + lane) * (width_ + 1) + width_] +=
            masses_[theta * lanes_ + index * kBlockLanes + lane];
      }
    }
  }

 private:
  ScoreBlock scores(const QueryBlock& block, float* values) const {
    return {.scores = values,
            .stride = kBlockLanes,
            .lanes = block.lanes,
            .keys = order_.keys(),
            .references = block.references,
            .single = false};
  }

  float* weights_of(int64_t index) const { return weights_ + index * kLongGroupKeys * kBlockLanes; }

  // The order of present keys ascends.
  void clear_removed(float* weights, int64_t group) const {
    const KeyOrder order = order_.keys();
    int64_t place = 0;
    for (int64_t key = 0; key < group; key++) {
      if (place < order.keys && order.order[place] == key) {
        place++;
      } else {
        memset(weights + key * kBlockLanes, 0, sizeof(float) * kBlockLanes);
      }
    }
  }

  LabelOrder order_;
  int64_t width_;
  int64_t theta_count_;
  int64_t queries_;
  int64_t lanes_;
  float* ones_;      // coefficients of the only class
  float* weights_;   // (block, group, kBlockLanes)
  float* maxima_;    // (lanes)
  double* masses_;   // (theta, block, kBlockLanes)
  float* floats_;    // (theta, query, width)
};

// Converts `columns` columns of the values of a group to float32 (group, kPackedStride).
void load_values(const afterimage_values& values, int64_t first, int64_t count, int64_t column, int64_t columns,
                 float* loaded) {
  const int64_t bytes = element_bytes(values.type);
  kernels().types[values.type]->load({.data = static_cast<const char*>(values.rows) +
                                              (first * values.width + column) * bytes,
                                      .stride = values.width * bytes,
                                      .count = count,
                                      .elements = columns,
                                      .scales = nullptr},
                                     loaded, kPackedStride);
}

}  // namespace

int64_t value_sums_bytes(int64_t batch, int64_t dim, int64_t width, int64_t thetas) {
  const int64_t queries = Slices(batch).largest();
  Workspace workspace(nullptr);
  PassBuffers(workspace, queries, dim);
  ValueSums(workspace, queries, width, thetas);
  workspace.take<float>(kLongGroupKeys * kPackedStride);
  return workspace.used();
}

}  // namespace afterimage

using namespace afterimage;

int64_t afterimage_value_workspace_bytes(int64_t batch, int64_t dim, int64_t width, int64_t thetas) {
  return value_sums_bytes(batch, dim, width, thetas);
}

int afterimage_value_sums(const struct afterimage_keys* keys, const struct afterimage_values* values,
                          const struct afterimage_queries* queries, const float* thetas, int64_t theta_count,
                          void* workspace, double* sums, float* maxima, const volatile int32_t* cancelled) {
  if (!is_type(keys->type) || !is_type(values->type) || is_scaled(values->type)) return AFTERIMAGE_UNSUPPORTED;
  const Slices slices(queries->batch);
  for (int64_t slice = 0; slice < slices.count(); slice++) {
    const int64_t first_query = slices[slice].first;
    const int64_t query_count = slices[slice].count;
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slices[slice], memory, cancelled);
    ValueSums value_sums(memory, slices.largest(), values->width, theta_count);
    float* loaded = memory.take<float>(kLongGroupKeys * kPackedStride);
    value_sums.start();
    int64_t groups = 0;
    while (pass.next_group()) {
      const int64_t group = pass.group_count();
      value_sums.sort(*keys, pass.group_first(), group);
      for (int64_t index = 0; index < pass.block_count(); index++) {
        value_sums.take_maxima(pass.kernels(), pass.scored_block(index));
      }
      for (int64_t theta = 0; theta < theta_count; theta++) {
        const float factor = static_cast<float>(thetas[theta] * kLog2E);
        for (int64_t index = 0; index < pass.block_count(); index++) {
          value_sums.weigh(pass.kernels(), pass.block(index), index, group, theta, factor);
        }
        for (int64_t column = 0; column < values->width; column += kPackedWords) {
          if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
          const int64_t columns = std::min(kPackedWords, values->width - column);
          load_values(*values, pass.group_first(), group, column, columns, loaded);
          for (int64_t index = 0; index < pass.block_count(); index++) {
            value_sums.add(pass.kernels(), pass.block(index), index, first_query, group, theta, loaded, column,
                           columns);
          }
        }
      }
      if (++groups % kFloatGroups == 0) value_sums.flush(first_query, query_count, queries->batch, sums);
    }
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
    value_sums.flush(first_query, query_count, queries->batch, sums);
    for (int64_t index = 0; index < pass.block_count(); index++) {
      value_sums.finish(pass.block(index), index, queries->batch, sums, maxima);
    }
  }
  return AFTERIMAGE_OK;
}
