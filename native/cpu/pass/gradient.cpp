// The gradient with respect to the queries: scores of a group become weights, and a second product with the same keys
// adds them up.
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "interface.h"
#include "pass/gradient.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

struct GradientBuffers {
  GradientBuffers(Workspace& workspace, int64_t queries, int64_t classes)
      : order(workspace, classes),
        run_labels(workspace.take<int32_t>(kLongGroupKeys)),
        coefficients(workspace.take<float>((queries == 1 ? kLongGroupKeys : classes * blocks_of(queries)) * kBlockLanes)) {}

  // Those of one query for the runs of the group, whose labels become their numbers.
  void take_of_runs(const float* of_query) {
    const int64_t runs = order.renumber_runs(run_labels);
    memset(coefficients, 0, sizeof(float) * runs * kBlockLanes);
    for (int64_t run = 0; run < runs; run++) coefficients[run * kBlockLanes] = of_query[run_labels[run]];
  }

  LabelOrder order;
  int32_t* run_labels;
  float* coefficients;  // (block, class, lane), or (run, lane) of one query
};

// Coefficients (batch, classes) with the queries of each block in the lanes.
void transpose_coefficients(const ScorePass& pass, const float* coefficients, int64_t classes, float* target) {
  for (int64_t index = 0; index < pass.block_count(); index++) {
    const QueryBlock& block = pass.block(index);
    for (int64_t label = 0; label < classes; label++) {
      for (int64_t lane = 0; lane < kBlockLanes; lane++) {
        *target++ = lane < block.count ? coefficients[(block.first + lane) * classes + label] : 0;
      }
    }
  }
}

// Scores of a block become weights; those of removed keys become zero.
void weigh(const QueryBlock& block, const afterimage_keys& keys, const ScorePass& pass, const KeyOrder& order,
           float factor, const float* coefficients) {
  pass.kernels().weigh({.scores = block.scores,
                        .stride = kBlockLanes,
                        .lanes = block.lanes,
                        .keys = order,
                        .references = block.references,
                        .single = false},
                       factor, coefficients);
  for (int64_t key = 0; order.keys < pass.group_count() && key < pass.group_count(); key++) {
    if (is_present(keys, pass.group_first() + key)) continue;
    memset(block.scores + key * kBlockLanes, 0, sizeof(float) * kBlockLanes);
  }
}

}  // namespace

int64_t gradient_bytes(int64_t batch, int64_t dim, int64_t classes) {
  const int64_t queries = Slices(batch).largest();
  Workspace workspace(nullptr);
  PassBuffers(workspace, queries, dim);
  GradientBuffers(workspace, queries, classes);
  return workspace.used();
}

}  // namespace afterimage

using namespace afterimage;

int afterimage_gradient(const struct afterimage_keys* keys, const struct afterimage_queries* queries, float theta,
                        const float* coefficients, int64_t classes, void* workspace, float* gradient,
                        const volatile int32_t* cancelled) {
  if (!is_type(keys->type)) return AFTERIMAGE_UNSUPPORTED;
  const float factor = static_cast<float>(theta * kLog2E);
  const Slices slices(queries->batch);
  for (int64_t slice = 0; slice < slices.count(); slice++) {
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slices[slice], memory, cancelled);
    GradientBuffers buffers(memory, slices[slice].count, classes);
    buffers.order.clear();
    const bool single = slices[slice].count == 1;
    if (!single) transpose_coefficients(pass, coefficients, classes, buffers.coefficients);
    while (pass.next_group()) {
      buffers.order.sort(*keys, pass.group_first(), pass.group_count());
      if (single) buffers.take_of_runs(coefficients + slices[slice].first * classes);
      for (int64_t index = 0; index < pass.block_count(); index++) {
        weigh(pass.scored_block(index), *keys, pass, buffers.order.keys(), factor,
              buffers.coefficients + index * classes * kBlockLanes);
      }
      for (int64_t element = 0; element < keys->dim; element += kPackedWords) {
        if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
        const int64_t elements = std::min(kPackedWords, keys->dim - element);
        const float* loaded = pass.load_group(element, elements);
        for (int64_t index = 0; index < pass.block_count(); index++) {
          const QueryBlock& block = pass.block(index);
          pass.kernels().add_gradient({.weights = block.scores,
                                       .queries = block.count,
                                       .keys = loaded,
                                       .key_count = pass.group_count(),
                                       .elements = elements,
                                       .gradient = gradient + block.first * keys->dim + element,
                                       .gradient_stride = keys->dim});
        }
      }
    }
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
  }
  return AFTERIMAGE_OK;
}
