// The gradient: scores of a group become weights, and a second product with the same keys adds them up.
#include <string.h>

#include "interface.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {

void count_gradient_workspace(int64_t batch, int64_t classes, Workspace& workspace) {
  LabelOrder(workspace, classes);
  workspace.take<float>(classes * kBlockLanes * blocks_of(largest_slice(batch)));
}

}  // namespace afterimage

using namespace afterimage;

int afterimage_gradient(const struct afterimage_keys* keys, const struct afterimage_queries* queries, float theta,
                        const float* coefficients, int64_t classes, void* workspace, float* gradient,
                        const volatile int32_t* cancelled) {
  if (keys->type < 0 || keys->type > AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  const float factor = static_cast<float>(theta * 1.4426950408889634);
  const ScoreKernels& tier = *kernels().scores;
  for (Slice slice = slice_after(queries->batch, 0); slice.count > 0;
       slice = slice_after(queries->batch, slice.first + slice.count)) {
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slice, memory, cancelled);
    LabelOrder order(memory, classes);
    order.clear();
    // (block, class, lane)
    float* lane_coefficients = memory.take<float>(classes * kBlockLanes * pass.block_count());
    for (int64_t index = 0; index < pass.block_count(); index++) {
      const QueryBlock& block = pass.block(index);
      float* target = lane_coefficients + index * classes * kBlockLanes;
      for (int64_t label = 0; label < classes; label++) {
        for (int64_t lane = 0; lane < kBlockLanes; lane++) {
          target[label * kBlockLanes + lane] =
              lane < block.count ? coefficients[(block.first + lane) * classes + label] : 0;
        }
      }
    }
    while (pass.next_group()) {
      order.sort(*keys, pass.group_first(), pass.group_count(), false);
      for (int64_t index = 0; index < pass.block_count(); index++) {
        const QueryBlock& block = pass.scored_block(index);
        tier.weigh({block.scores, kBlockLanes, order.keys(), block.lanes, order.order(), order.in_order(), order.runs(),
                    order.run_count(), block.references, false},
                   factor, lane_coefficients + index * classes * kBlockLanes);
        for (int64_t key = 0; order.keys() < pass.group_count() && key < pass.group_count(); key++) {
          if (is_there(*keys, pass.group_first() + key)) continue;
          memset(block.scores + key * kBlockLanes, 0, sizeof(float) * kBlockLanes);
        }
      }
      for (int64_t element = 0; element < keys->dim; element += kTileWords) {
        if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
        const int64_t elements = smaller(kTileWords, keys->dim - element);
        const float* loaded = pass.load_group(element, elements);
        for (int64_t index = 0; index < pass.block_count(); index++) {
          const QueryBlock& block = pass.block(index);
          tier.outer(block.scores, block.count, loaded, kStagedStride, pass.group_count(), elements,
                     gradient + block.first * keys->dim + element, keys->dim);
        }
      }
    }
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
  }
  return AFTERIMAGE_OK;
}
