// The k best keys of each query. Candidates are found by a vector comparison; insertions are rare.
#include <math.h>
#include <string.h>

#include "interface.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

// Equal scores by ascending row; empty places (-infinity, -1) last.
bool better(float score, int64_t row, float other_score, int64_t other_row) {
  if (score != other_score) return score > other_score;
  return static_cast<uint64_t>(row) < static_cast<uint64_t>(other_row);
}

// The places are a heap: the worst key is in the first one, and a better key takes that and sinks.
void insert(float score, int64_t row, int64_t k, float* scores, int64_t* rows) {
  if (!better(score, row, scores[0], rows[0])) return;
  int64_t place = 0;
  for (int64_t child = 1; child < k; child = 2 * place + 1) {
    if (child + 1 < k && better(scores[child], rows[child], scores[child + 1], rows[child + 1])) child++;
    if (!better(score, row, scores[child], rows[child])) break;
    scores[place] = scores[child];
    rows[place] = rows[child];
    place = child;
  }
  scores[place] = score;
  rows[place] = row;
}

// scores: (group, stride) of `group` keys from first_key on; best: (count, k).
void insert_block(const float* scores, int64_t stride, const afterimage_keys& keys, int64_t first_key, int64_t group,
                  int64_t count, int64_t lanes, int64_t first_row, int64_t k, float* best_scores, int64_t* best_rows) {
  float thresholds[kBlockLanes];
  for (int64_t lane = 0; lane < kBlockLanes; lane++) {
    thresholds[lane] = lane < count ? best_scores[lane * k] : INFINITY;
  }
  uint32_t masks[kLongGroupKeys];
  kernels().scores->reach(scores, stride, group, thresholds, lanes, masks);
  for (int64_t key = 0; key < group; key++) {
    if (masks[key] == 0 || !is_there(keys, first_key + key)) continue;
    for (uint32_t mask = masks[key]; mask != 0; mask &= mask - 1) {
      const int lane = __builtin_ctz(mask);
      if (lane >= count) break;
      insert(scores[key * stride + lane], first_row + first_key + key, k, best_scores + lane * k, best_rows + lane * k);
    }
  }
}

}  // namespace
}  // namespace afterimage

using namespace afterimage;

int afterimage_nearest(const struct afterimage_keys* keys, const struct afterimage_queries* queries, int64_t first_row,
                       int64_t k, void* workspace, float* scores, int64_t* rows, const volatile int32_t* cancelled) {
  if (keys->type < 0 || keys->type > AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  if (k <= 0) return AFTERIMAGE_OK;
  for (Slice slice = slice_after(queries->batch, 0); slice.count > 0;
       slice = slice_after(queries->batch, slice.first + slice.count)) {
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slice, memory, cancelled);
    while (pass.next_group()) {
      for (int64_t index = 0; index < pass.block_count(); index++) {
        const QueryBlock& block = pass.scored_block(index);
        insert_block(block.scores, kBlockLanes, *keys, pass.group_first(), pass.group_count(), block.count, block.lanes,
                     first_row, k, scores + block.first * k, rows + block.first * k);
      }
    }
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
  }
  return AFTERIMAGE_OK;
}

int afterimage_nearest_of_scores(const float* scores, int64_t stride, const struct afterimage_keys* keys, int64_t batch,
                                 int64_t first_row, int64_t k, float* best_scores, int64_t* best_rows) {
  if (k <= 0) return AFTERIMAGE_OK;
  alignas(64) float block_scores[kGroupKeys * kBlockLanes];
  memset(block_scores, 0, sizeof block_scores);
  for (int64_t key = 0; key < keys->count; key += kGroupKeys) {
    const int64_t group = smaller(kGroupKeys, keys->count - key);
    for (int64_t first = 0; first < batch; first += kBlockLanes) {
      const int64_t used = smaller(kBlockLanes, batch - first);
      for (int64_t row = 0; row < group; row++) {
        memcpy(block_scores + row * kBlockLanes, scores + (key + row) * stride + first, sizeof(float) * used);
      }
      insert_block(block_scores, kBlockLanes, *keys, key, group, used, kBlockLanes, first_row, k,
                   best_scores + first * k, best_rows + first * k);
    }
  }
  return AFTERIMAGE_OK;
}
