// One pass over the keys: the scores of one group of keys after another, with all queries of a slice.
#ifndef AFTERIMAGE_CPU_PASS_SCORE_PASS_H
#define AFTERIMAGE_CPU_PASS_SCORE_PASS_H

#include "interface.h"
#include "kernels.h"
#include "pass/key_list.h"
#include "pass/plan.h"
#include "pass/workspace.h"

namespace afterimage {

// The memory of a pass of up to `queries` queries.
struct PassBuffers {
  PassBuffers(Workspace& workspace, int64_t queries, int64_t dim);

  uint32_t* packed;       // the present group
  uint32_t* next_packed;  // the next one, if the tier splits keys
  float* loaded;
  char* copied = nullptr;  // (group, kPackedStride) words: the present chunk of listed keys
  float* copied_scales = nullptr;
  uint32_t* query_words;
  uint32_t* block_words;  // the queries of one block, before they are transposed
  float* scores;
  float* references;
  float* query_scales;
  int32_t* starts;  // (chunks, blocks, kBlockLanes)
};

class ScorePass {
 public:
  // Takes its memory from the workspace and converts the queries of the slice, unless it is cancelled. by_query: see
  // PassPlan.
  ScorePass(const afterimage_keys& keys, const afterimage_queries& queries, Slice slice, Workspace& workspace,
            const volatile int32_t* cancelled, bool by_query = false);
  ~ScorePass();
  ScorePass(const ScorePass&) = delete;
  ScorePass& operator=(const ScorePass&) = delete;

  // True if keys can be listed.
  bool copies_keys() const { return plan_.copies_keys(); }
  // The groups that follow are of these keys. Those of a pass that takes none are of all keys.
  void take(const KeyList& list);
  // Prepares the next group; false after the last one, or if cancelled.
  bool next_group();
  // Completes the scores of a block with the present group; at most once per group. They are then in L1.
  const QueryBlock& scored_block(int64_t index);
  // True once the flag was seen. The results of the pass are then meaningless.
  bool cancelled();

  // The tier's kernels for the scores of this pass.
  const ScoreKernels& kernels() const { return plan_.scores; }

  // From the first key of the list on, or of all keys.
  int64_t group_first() const { return group_first_; }
  int64_t group_count() const { return group_count_; }
  int64_t block_count() const { return plan_.block_count; }
  const QueryBlock& block(int64_t index) const { return plan_.blocks[index]; }

  // Converts `elements` elements of the group's keys, from `element` on, to float32 (group, kPackedStride).
  const float* load_group(int64_t element, int64_t elements);

 private:
  void convert_queries(const afterimage_queries& queries);
  void convert_query(const float* query, int64_t slot, uint32_t* words);
  // Up to `count` keys from first_key on, and of these up to `elements` elements from `element` on.
  Rows rows(int64_t first_key, int64_t count, int64_t element, int64_t elements) const;
  Rows chunk_of_rows(int64_t first_key, int64_t chunk) const;
  // The keys of the present group that are multiplied.
  Rows group_rows(int64_t chunk) const;
  void copy_listed(int64_t chunk);
  void prefetch_listed(int64_t first_key, int64_t chunk, int64_t index) const;
  // The words of a packed block, from `word` on.
  const uint32_t* panel(const QueryBlock& block, int64_t word) const;
  void score_block(int64_t chunk, int64_t index);
  void score_packed_block(int64_t chunk, int64_t index, const Rows& next);

  const afterimage_keys& keys_;
  const volatile int32_t* const flag_;
  bool cancelled_ = false;
  PassPlan plan_;
  PassBuffers buffers_;
  KeyList list_;
  bool packed_ahead_ = false;  // the products before packed the present chunk
  int64_t group_first_ = 0;
  int64_t group_count_ = 0;
};

}  // namespace afterimage

#endif
