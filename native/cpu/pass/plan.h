// How a pass scores its queries: which slice of the batch, in which blocks, by which method, and how many words of a
// key at a time.
#ifndef AFTERIMAGE_CPU_PASS_PLAN_H
#define AFTERIMAGE_CPU_PASS_PLAN_H

#include "kernels.h"

namespace afterimage {

// Queries of one slice, whose scores for a group of keys stay in L2 (`runner bench plan`).
constexpr int64_t kSliceQueries = 512;
// Fewer queries are faster with vectors and unpacked keys: splitting the keys would take most of the time (`runner
// bench batches`).
constexpr int64_t kMaxUnsplitQueries = 24;

// Words of three or four queries whose dot products are as fast as unpacked products (`runner bench few`).
constexpr int64_t kMaxDotWords = 1024;

// Upper bound: every block but the last two has at least 16 lanes.
constexpr int64_t blocks_of(int64_t queries) { return queries / 16 + 2; }

// Part of a batch, served by one pass.
struct Slice {
  int64_t first;
  int64_t count;
};

// The slices of a batch, of `most` queries or less, equal in size except for the last. Every slice reads the keys again.
class Slices {
 public:
  explicit Slices(int64_t batch, int64_t most = kSliceQueries);
  int64_t count() const { return count_; }
  int64_t largest() const { return largest_; }
  Slice operator[](int64_t index) const;

 private:
  int64_t batch_;
  int64_t largest_;
  int64_t count_;
};

// The product that scores a block, see TypeKernels.
enum class Method { kPacked, kUnpacked, kDot };

// Up to kBlockLanes queries that are scored together.
struct QueryBlock {
  int64_t first;  // in the batch
  int64_t count;
  int64_t lanes;       // count rounded up to the tier's vector
  int64_t first_lane;  // lanes of the blocks before this one
  ScoreStrides strides;
  float* scores;      // (group, kBlockLanes), or (kBlockLanes / 2, kLongGroupKeys) if keys are in the lanes
  float* references;  // (kBlockLanes)
  Method method;
  const uint32_t* words;
  int64_t stride;  // from the words of one query to the next, for kDot
};

class PassPlan {
 public:
  // For keys of `dim` elements. many_streams: prefetches_many_streams(). by_query: puts keys in the lanes of the scores
  // if dot products score all queries.
  PassPlan(const TypeKernels& type, const ScoreKernels& scores, bool many_streams, int64_t dim, Slice slice,
           bool by_query);

  // True if the block's product multiplies parts of floats.
  bool is_split(const QueryBlock& block) const { return block.method == Method::kPacked && type.splits(); }
  // Words of a query side by side in the block's panel.
  int64_t panel_words(const QueryBlock& block) const;
  // True if every block prefetches its own share of the next keys.
  bool shares_next_keys() const { return packs_ || type.never_packs(); }

  // True if keys can be copied before they are multiplied: short chunks, which no product packs ahead.
  bool copies_keys() const { return shares_next_keys() && !type.splits() && chunk_words <= kPackedWords; }

  const TypeKernels& type;
  const ScoreKernels& scores;
  const bool many_streams;
  const int64_t words;  // of a key
  int64_t group_keys = kGroupKeys;
  // The words of a key are multiplied in equal chunks, multiples of 64 bytes.
  int64_t chunk_words = 0;
  int64_t chunk_count = 0;
  int64_t block_count = 0;
  QueryBlock blocks[blocks_of(kSliceQueries)];

 private:
  bool unpacked_product_fits() const;
  bool fill_two_vectors(int64_t queries) const;
  Method best_method(int64_t queries) const;
  int64_t best_lanes(Method method, int64_t queries) const;
  void plan_blocks(Slice slice);
  void plan_group(bool by_query);
  void plan_chunks();

  const int64_t elements_;
  const int64_t row_bytes_;
  bool packs_ = false;  // some block is scored by packed products
};

}  // namespace afterimage

#endif
