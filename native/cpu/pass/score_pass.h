// One pass over the keys: scores of a group of keys against all queries of a slice, group after group.
#ifndef AFTERIMAGE_CPU_PASS_SCORE_PASS_H
#define AFTERIMAGE_CPU_PASS_SCORE_PASS_H

#include "interface.h"
#include "kernels.h"
#include "pass/workspace.h"

namespace afterimage {

// Queries of one slice: their scores against a group stay in L2. A larger batch reads the keys once per slice.
constexpr int64_t kSliceQueries = 512;
// Blocks have at least 16 lanes, but for the last two.
constexpr int64_t blocks_of(int64_t queries) { return queries / 16 + 2; }
// Whatever the method: sums of int8 products over this many words are far from overflow.
constexpr int64_t kMostWords = 8192;

inline int64_t round_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t element_bytes(int32_t type) { return type == AFTERIMAGE_FLOAT32 ? 4 : type == AFTERIMAGE_INT8 ? 1 : 2; }

// The part of a batch that one pass serves.
struct Slice {
  int64_t first;
  int64_t count;
};
Slice slice_after(int64_t batch, int64_t first);
int64_t largest_slice(int64_t batch);

// How a block is scored.
enum class Method {
  kTile,     // queries in lanes, keys staged
  kInPlace,  // queries in lanes, keys where they lie
  kDot,      // a dot product for each key and query
};

// Up to kBlockLanes queries that are scored together.
struct QueryBlock {
  int64_t first;  // in the batch
  int64_t count;
  int64_t lanes;  // count rounded up to the tier's vector
  Method method;
  const uint32_t* words;
  int64_t stride;     // of words, for kDot
  float* scores;      // (group, kBlockLanes), or (kBlockLanes / 2, kLongGroupKeys), as the strides say
  ScoreStrides strides;
  float* references;  // (kBlockLanes)
};

class ScorePass {
 public:
  // Takes its memory from the workspace; converts the queries of the slice, unless it is cancelled. `by_query`: keys
  // are in the lanes of the scores if all queries are scored by dot products.
  ScorePass(const afterimage_keys& keys, const afterimage_queries& queries, Slice slice, Workspace& workspace,
            const volatile int32_t* cancelled, bool by_query = false);
  ~ScorePass();
  ScorePass(const ScorePass&) = delete;
  ScorePass& operator=(const ScorePass&) = delete;
  static void count_workspace(int64_t batch, int64_t dim, Workspace& workspace);

  // Prepares the next group; false after the last one or when cancelled.
  bool next_group();
  // Completes the scores of a block with the present group, once. They are then in L1, to be used at once.
  const QueryBlock& scored_block(int64_t index);
  // Whether the flag was seen; what a pass found is worth nothing then.
  bool cancelled();

  int64_t group_first() const { return group_first_; }
  int64_t group_count() const { return group_count_; }
  int64_t block_count() const { return block_count_; }
  bool keys_in_lanes() const { return blocks_[0].strides.keys_in_lanes(); }
  const QueryBlock& block(int64_t index) const { return blocks_[index]; }

  // For a second product: `elements` of the group's keys from `element` on, as float32 (group, kStagedStride).
  const float* load_group(int64_t element, int64_t elements);

 private:
  void plan_blocks(Slice slice);
  bool can_be_in_place() const;
  bool fill_two_vectors(int64_t queries) const;
  Method best_method(int64_t queries) const;
  int64_t best_lanes(Method method, int64_t queries) const;
  int64_t words_side_by_side(const QueryBlock& block) const;
  // The words of a block, for kTile, that meet those of a key from `word` on.
  const uint32_t* panel(const QueryBlock& block, int64_t word) const;
  bool is_split(const QueryBlock& block) const { return block.method == Method::kTile && type_.splits(); }
  void plan_chunks();
  void convert_queries(const afterimage_queries& queries);
  void convert_query(const float* query, int64_t slot, uint32_t* words);
  Rows rows(int64_t first_key, int64_t chunk) const;
  void score_block(int64_t chunk, int64_t index);

  const afterimage_keys& keys_;
  const TypeKernels& type_;
  const int64_t vector_lanes_;
  const bool far_rows_;
  const volatile int32_t* const flag_;
  bool cancelled_ = false;
  bool tiled_ = false;

  int64_t group_keys_ = kGroupKeys;
  int64_t group_first_ = 0;
  int64_t group_count_ = 0;
  int64_t block_count_ = 0;
  QueryBlock blocks_[blocks_of(kSliceQueries)];

  int64_t words_;  // of a key
  int64_t chunk_words_ = 0;
  int64_t chunk_count_ = 0;

  bool staged_ahead_ = false;  // the present chunk, by the tiles before
  uint32_t* staged_;
  uint32_t* next_staged_;
  float* loaded_;
  uint32_t* query_words_;
  uint32_t* block_words_;  // queries of a block, before they are transposed
  float* scores_;
  float* references_;
  float* query_scales_;
  int32_t* starts_;  // (chunks, blocks, kBlockLanes)
};

}  // namespace afterimage

#endif
