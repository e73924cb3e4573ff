// The k best keys of each query. A vector comparison finds candidates; insertions are rare.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "interface.h"
#include "pass/copied_block.h"
#include "pass/label_order.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

// Equal scores by ascending row; empty places (-infinity, -1) last.
bool better(float score, int64_t row, float other_score, int64_t other_row) {
  if (score != other_score) return score > other_score;
  return static_cast<uint64_t>(row) < static_cast<uint64_t>(other_row);
}

// The best keys of each query, merged into the heaps that afterimage.h describes.
struct NearestKeys {
  const afterimage_keys& keys;
  int64_t first_row;
  int64_t k;
  float* scores;  // (batch, k)
  int64_t* rows;  // (batch, k)

  // The worst key is in the first place. A better one replaces it and sinks.
  void insert(int64_t query, float score, int64_t row) const {
    float* heap = scores + query * k;
    int64_t* heap_rows = rows + query * k;
    if (!better(score, row, heap[0], heap_rows[0])) return;
    int64_t place = 0;
    for (int64_t child = 1; child < k; child = 2 * place + 1) {
      if (child + 1 < k && better(heap[child], heap_rows[child], heap[child + 1], heap_rows[child + 1])) child++;
      if (!better(score, row, heap[child], heap_rows[child])) break;
      heap[place] = heap[child];
      heap_rows[place] = heap_rows[child];
      place = child;
    }
    heap[place] = score;
    heap_rows[place] = row;
  }

  // Inserts the keys of a group from their scores with one block of queries.
  void insert(const QueryBlock& block, int64_t first_key, int64_t group) const {
    float thresholds[kBlockLanes];
    for (int64_t lane = 0; lane < kBlockLanes; lane++) {
      thresholds[lane] = lane < block.count ? scores[(block.first + lane) * k] : INFINITY;
    }
    uint32_t masks[kLongGroupKeys];
    kernels().scores->find_candidates(block.scores, kBlockLanes, group, thresholds, block.lanes, masks);
    for (int64_t key = 0; key < group; key++) {
      if (masks[key] == 0 || !is_present(keys, first_key + key)) continue;
      for (uint32_t mask = masks[key]; mask != 0; mask &= mask - 1) {
        const int lane = __builtin_ctz(mask);
        if (lane >= block.count) break;
        insert(block.first + lane, block.scores[key * kBlockLanes + lane], first_row + first_key + key);
      }
    }
  }
};

}  // namespace
}  // namespace afterimage

using namespace afterimage;

int afterimage_nearest(const struct afterimage_keys* keys, const struct afterimage_queries* queries, int64_t first_row,
                       int64_t k, void* workspace, float* scores, int64_t* rows, const volatile int32_t* cancelled) {
  if (!is_type(keys->type)) return AFTERIMAGE_UNSUPPORTED;
  if (k <= 0) return AFTERIMAGE_OK;
  const NearestKeys nearest = {.keys = *keys, .first_row = first_row, .k = k, .scores = scores, .rows = rows};
  const Slices slices(queries->batch);
  for (int64_t index = 0; index < slices.count(); index++) {
    Workspace memory(workspace);
    ScorePass pass(*keys, *queries, slices[index], memory, cancelled);
    while (pass.next_group()) {
      for (int64_t block = 0; block < pass.block_count(); block++) {
        nearest.insert(pass.scored_block(block), pass.group_first(), pass.group_count());
      }
    }
    if (pass.cancelled()) return AFTERIMAGE_CANCELLED;
  }
  return AFTERIMAGE_OK;
}

int afterimage_nearest_of_scores(const float* scores, int64_t stride, const struct afterimage_keys* keys, int64_t batch,
                                 int64_t first_row, int64_t k, float* best_scores, int64_t* best_rows) {
  if (k <= 0) return AFTERIMAGE_OK;
  const NearestKeys nearest = {.keys = *keys, .first_row = first_row, .k = k, .scores = best_scores, .rows = best_rows};
  CopiedBlock copied(scores, stride, nullptr);
  for (int64_t key = 0; key < keys->count; key += kGroupKeys) {
    const int64_t group = std::min(kGroupKeys, keys->count - key);
    for (int64_t lane = 0; lane < batch; lane += kBlockLanes) {
      nearest.insert(copied.copy(key, group, {.first = 0, .count = batch}, lane), key, group);
    }
  }
  return AFTERIMAGE_OK;
}
