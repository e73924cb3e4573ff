#include "pass/score_pass.h"

#include <string.h>

#include <utility>

#include "pass/transpose.h"

namespace afterimage {
namespace {

// Padding of query rows for dot products: whole vectors, and no stride that is a multiple of 4096 bytes.
int64_t dot_stride(int64_t words) { return round_up(words, 16) + 16; }

// The same for the queries of one block, split or not.
int64_t block_stride(int64_t words) {
  const int64_t split = split_words(words);
  return split > dot_stride(words) ? split : dot_stride(words);
}

}  // namespace

int64_t largest_slice(int64_t batch) {
  int64_t slices = (batch + kSliceQueries - 1) / kSliceQueries;
  return slices <= 1 ? batch : smaller(round_up((batch + slices - 1) / slices, kBlockLanes), kSliceQueries);
}

Slice slice_after(int64_t batch, int64_t first) { return {first, smaller(largest_slice(batch), batch - first)}; }

ScorePass::ScorePass(const afterimage_keys& keys, const afterimage_queries& queries, Slice slice, Workspace& workspace,
                     const volatile int32_t* cancelled, bool by_query)
    : keys_(keys),
      type_(*kernels().types[keys.type]),
      vector_lanes_(kernels().scores->vector_lanes),
      far_rows_(reads_far_rows()),
      flag_(cancelled),
      words_((keys.dim + type_.elements_per_word - 1) / type_.elements_per_word) {
  int64_t slots = kBlockLanes * blocks_of(slice.count);
  staged_ = workspace.take<uint32_t>(kStagedWords);
  next_staged_ = workspace.take<uint32_t>(kStagedWords);
  loaded_ = workspace.take<float>(kLongGroupKeys * kStagedStride);
  query_words_ = workspace.take<uint32_t>(slots * dot_stride(keys.dim));
  block_words_ = workspace.take<uint32_t>(kBlockLanes * block_stride(keys.dim));
  scores_ = workspace.take<float>(slots * kLongGroupKeys);
  references_ = workspace.take<float>(slots);
  query_scales_ = workspace.take<float>(slots);
  starts_ = workspace.take<int32_t>(slots * (keys.dim / kTileWords + 1));
  plan_blocks(slice);
  if (type_.begin != nullptr) type_.begin(blocks_[0].lanes);
  if (by_query && block_count_ == 1 && blocks_[0].method == Method::kDot) {
    blocks_[0].strides = kKeysInLanes;
    if (keys.dim * element_bytes(keys.type) >= kStreamRowBytes) group_keys_ = kLongGroupKeys;
  }
  const int64_t query_bytes = block_count_ * kBlockLanes * split_words(words_) * 4;
  if (is_split(blocks_[0]) && query_bytes > kManyQueryBytes) group_keys_ = kLongGroupKeys;
  plan_chunks();
  convert_queries(queries);
}

ScorePass::~ScorePass() {
  if (type_.end != nullptr) type_.end();
}

void ScorePass::count_workspace(int64_t batch, int64_t dim, Workspace& workspace) {
  int64_t slots = kBlockLanes * blocks_of(largest_slice(batch));
  workspace.take<uint32_t>(kStagedWords);
  workspace.take<uint32_t>(kStagedWords);
  workspace.take<float>(kLongGroupKeys * kStagedStride);
  workspace.take<uint32_t>(slots * dot_stride(dim));
  workspace.take<uint32_t>(kBlockLanes * block_stride(dim));
  workspace.take<float>(slots * kLongGroupKeys);
  workspace.take<float>(slots);
  workspace.take<float>(slots);
  workspace.take<int32_t>(slots * (dim / kTileWords + 1));
}

// So few queries are faster with vectors, which read keys in place: splitting them is what takes the time then (`runner
// bench batches`).
constexpr int64_t kMostUnsplit = 24;

bool ScorePass::can_be_in_place() const {
  return type_.in_place != nullptr && keys_.dim % (4 * type_.elements_per_word) == 0;
}

// Or nearly so: in place, what is over one vector and a half takes as long as two.
bool ScorePass::fill_two_vectors(int64_t queries) const {
  return queries > 2 * vector_lanes_ * (can_be_in_place() ? 6 : 7) / 8;
}

// For the queries that are left. Staging pays where it serves many lanes; once it is done, or where keys cannot be used
// in place, half a tile is taken too. `runner bench batches` and `bench few` show the time of every batch.
Method ScorePass::best_method(int64_t queries) const {
  if (type_.always_in_place()) return queries <= 4 && block_count_ == 1 ? Method::kDot : Method::kInPlace;
  if (type_.splits() && (tiled_ || queries > kMostUnsplit)) return Method::kTile;
  const bool in_place = can_be_in_place();
  const bool tile = fill_two_vectors(queries) || (tiled_ && queries >= vector_lanes_ * 7 / 8) ||
                    (!in_place && queries > vector_lanes_);
  const bool long_rows = keys_.dim * element_bytes(keys_.type) > kShortRowBytes;
  const int64_t few = long_rows && type_.elements_per_word < 4 ? 3 : 2;
  const bool dot = !in_place || queries <= few || are_streamed(queries, words_, far_rows_);
  return tile ? Method::kTile : dot ? Method::kDot : Method::kInPlace;
}

int64_t ScorePass::best_lanes(Method method, int64_t queries) const {
  if (method == Method::kTile && type_.splits()) return kBlockLanes;
  const int64_t widest = smaller(2 * vector_lanes_, kBlockLanes);
  const int64_t wanted = smaller(round_up(queries, vector_lanes_), widest);
  if (type_.always_in_place() && block_count_ > 1) return widest;
  if (method == Method::kDot || type_.always_in_place()) return wanted;
  return method == Method::kTile && fill_two_vectors(queries) ? wanted : vector_lanes_;
}

void ScorePass::plan_blocks(Slice slice) {
  int64_t first = slice.first;
  int64_t left = slice.count;
  while (left > 0) {
    QueryBlock& block = blocks_[block_count_++];
    block.first = first;
    block.method = best_method(left);
    block.lanes = best_lanes(block.method, left);
    block.count = smaller(left, block.lanes);
    block.strides = kQueriesInLanes;
    tiled_ |= block.method == Method::kTile;
    first += block.count;
    left -= block.count;
  }
}

int64_t ScorePass::words_side_by_side(const QueryBlock& block) const {
  return block.method == Method::kInPlace && !type_.always_in_place() ? in_place_words(block.count) : 1;
}

// Equal chunks, multiples of 64 bytes. Tiles of floats over a whole key of 128 words or more take two at least:
// rounding errors grow with the length of a sum, and theta multiplies them (`runner "p is within"`).
void ScorePass::plan_chunks() {
  const bool whole_rows = block_count_ == 1 && (blocks_[0].method == Method::kInPlace || blocks_[0].count <= 4);
  const bool in_place = blocks_[0].method == Method::kInPlace;
  const int64_t longest = in_place || type_.elements_per_word == 4 ? kMostWords : words_;
  const bool tiles = tiled_ || (type_.always_in_place() && block_count_ > 1);
  const int64_t limit = tiles ? kTileWords : whole_rows && type_.quantize == nullptr ? longest : kDotWords;
  chunk_count_ = (words_ + limit - 1) / limit;
  const bool split = tiled_ && type_.splits();
  if (tiled_ && !split && chunk_count_ == 1 && words_ >= 128 && type_.elements_per_word < 4) chunk_count_ = 2;
  chunk_words_ = round_up((words_ + chunk_count_ - 1) / chunk_count_, split ? kSplitElements : 16);
  chunk_count_ = (words_ + chunk_words_ - 1) / chunk_words_;
}

void ScorePass::convert_queries(const afterimage_queries& queries) {
  uint32_t* words = query_words_;
  memset(starts_, 0, sizeof(int32_t) * chunk_count_ * block_count_ * kBlockLanes);
  for (int64_t index = 0; index < block_count_ && !cancelled(); index++) {
    QueryBlock& block = blocks_[index];
    const int64_t stride = is_split(block) ? split_words(words_) : dot_stride(words_);
    block.words = words;
    block.stride = stride;
    block.scores = scores_ + index * group_keys_ * kBlockLanes;
    block.references = references_ + index * kBlockLanes;
    memset(block.scores, 0, sizeof(float) * group_keys_ * kBlockLanes);
    uint32_t* rows = block.method == Method::kDot ? words : block_words_;
    for (int64_t lane = 0; lane < kBlockLanes; lane++) {
      const int64_t slot = index * kBlockLanes + lane;
      const bool used = lane < block.count;
      block.references[lane] = used ? queries.references[block.first + lane] : 0;
      query_scales_[slot] = 0;
      if (used && is_split(block)) {
        type_.split(queries.rows + (block.first + lane) * queries.dim, queries.dim, rows + lane * stride);
      } else if (used) {
        convert_query(queries.rows + (block.first + lane) * queries.dim, slot, rows + lane * stride);
      } else if (block.method != Method::kDot) {
        memset(rows + lane * stride, 0, sizeof(uint32_t) * stride);
      }
    }
    if (block.method == Method::kDot) {
      words += block.count * stride;
    } else {
      const int64_t whole = is_split(block) ? stride : round_up(words_, 16);
      transpose(rows, stride, whole, block.lanes, words_side_by_side(block), words);
      words += whole * block.lanes;
    }
  }
}

// words: zero from the last element to the end of the row.
void ScorePass::convert_query(const float* query, int64_t slot, uint32_t* words) {
  const int64_t dim = keys_.dim;
  const int64_t padded = dot_stride(words_);
  memset(words + words_ - 1, 0, sizeof(uint32_t) * (padded - words_ + 1));
  if (type_.elements_per_word == 1) {
    memcpy(words, query, sizeof(float) * dim);
    return;
  }
  if (type_.quantize != nullptr) return type_.quantize(query, dim, words, query_scales_ + slot);
  // Queries are rounded as keys are when they are stored.
  type_.store(query, 1, dim, words, query_scales_ + slot);
  if (type_.elements_per_word != 4) return;
  const int8_t* elements = reinterpret_cast<const int8_t*>(words);
  for (int64_t chunk = 0; chunk < chunk_count_; chunk++) {
    int32_t sum = 0;
    const int64_t end = smaller(dim, (chunk + 1) * chunk_words_ * 4);
    for (int64_t i = chunk * chunk_words_ * 4; i < end; i++) sum += elements[i];
    starts_[chunk * block_count_ * kBlockLanes + slot] = -128 * sum;
  }
}

Rows ScorePass::rows(int64_t first_key, int64_t chunk) const {
  const int64_t bytes = element_bytes(keys_.type);
  const int64_t element = chunk * chunk_words_ * type_.elements_per_word;
  const char* data = static_cast<const char*>(keys_.rows) + (first_key * keys_.dim + element) * bytes;
  return {data, keys_.dim * bytes, smaller(group_keys_, keys_.count - first_key),
          smaller(chunk_words_ * type_.elements_per_word, keys_.dim - element),
          keys_.scales == nullptr ? nullptr : keys_.scales + first_key};
}

void ScorePass::score_block(int64_t chunk, int64_t index) {
  const Rows keys = rows(group_first_, chunk);
  const bool last_chunk = chunk + 1 == chunk_count_;
  const int64_t next_key = last_chunk ? group_first_ + group_keys_ : group_first_;
  const int64_t next_chunk = last_chunk ? 0 : chunk + 1;
  Rows next = next_key < keys_.count ? rows(next_key, next_chunk) : Rows{};
  const QueryBlock& block = blocks_[index];
  const int64_t word = chunk * chunk_words_;
  const Quantization quantization = {starts_ + (chunk * block_count_ + index) * kBlockLanes,
                                     query_scales_ + index * kBlockLanes};
  if (block.method != Method::kTile && (tiled_ || type_.always_in_place())) {
    // Every block brings its share of the next keys.
    next = next.share(index, next.per_share(block_count_));
  }
  if (block.method == Method::kDot) {
    type_.dot({keys, block.words + word, block.stride, block.count, block.lanes, quantization, block.scores,
               block.strides, chunk > 0, far_rows_, next});
    return;
  }
  if (block.method == Method::kInPlace) {
    type_.in_place({keys, block.words + word * block.lanes / words_side_by_side(block), 0, block.count, block.lanes,
                    quantization, block.scores, block.strides, chunk > 0, far_rows_, next});
    return;
  }
  const bool last_block = index + 1 == block_count_;
  const QueryBlock& next_block = blocks_[last_block ? 0 : index + 1];
  const int64_t next_word = last_block ? next_chunk * chunk_words_ : word;
  const bool staged = index > 0 || staged_ahead_;
  type_.tile({staged ? Rows{} : keys, staged_, keys.count, smaller(chunk_words_, words_ - word), panel(block, word),
              block.lanes, quantization, keys.scales, block.scores, chunk > 0, next, index, block_count_,
              panel(next_block, next_word), next_staged_});
  if (last_block && is_split(block)) {
    staged_ahead_ = true;
    std::swap(staged_, next_staged_);
  }
}

const uint32_t* ScorePass::panel(const QueryBlock& block, int64_t word) const {
  return block.words + (is_split(block) ? split_words(word) : word) * block.lanes;
}

bool ScorePass::cancelled() {
  cancelled_ |= flag_ != nullptr && *flag_ != 0;
  return cancelled_;
}

bool ScorePass::next_group() {
  group_first_ += group_count_;
  group_count_ = smaller(group_keys_, keys_.count - group_first_);
  if (group_count_ <= 0) return false;
  for (int64_t chunk = 0; chunk < chunk_count_; chunk++) {
    if (cancelled()) return false;
    if (chunk + 1 == chunk_count_) break;
    for (int64_t index = 0; index < block_count_; index++) score_block(chunk, index);
  }
  return true;
}

const QueryBlock& ScorePass::scored_block(int64_t index) {
  score_block(chunk_count_ - 1, index);
  return blocks_[index];
}

const float* ScorePass::load_group(int64_t element, int64_t elements) {
  const int64_t bytes = element_bytes(keys_.type);
  Rows source = {static_cast<const char*>(keys_.rows) + (group_first_ * keys_.dim + element) * bytes, keys_.dim * bytes,
                 group_count_, elements, keys_.scales == nullptr ? nullptr : keys_.scales + group_first_};
  type_.load(source, loaded_, kStagedStride);
  return loaded_;
}

}  // namespace afterimage
