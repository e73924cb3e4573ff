#include "pass/score_pass.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "elements.h"
#include "pass/transpose.h"

namespace afterimage {
namespace {

// Words from one query to the next for dot products: whole vectors, and no multiple of 4096 bytes.
int64_t dot_stride(int64_t words) { return round_up(words, 16) + 16; }

constexpr int64_t kCopiedStride = kPackedStride * int64_t{sizeof(uint32_t)};

}  // namespace

PassBuffers::PassBuffers(Workspace& workspace, int64_t queries, int64_t dim) {
  const int64_t slots = kBlockLanes * blocks_of(queries);
  packed = workspace.take<uint32_t>(kPackedGroupWords);
  next_packed = workspace.take<uint32_t>(kPackedGroupWords);
  loaded = workspace.take<float>(kLongGroupKeys * kPackedStride);
  if (queries >= kMinListedQueries) {
    copied = workspace.take<char>(kGroupKeys * kCopiedStride);
    copied_scales = workspace.take<float>(kGroupKeys);
  }
  query_words = workspace.take<uint32_t>(slots * dot_stride(dim));
  block_words = workspace.take<uint32_t>(kBlockLanes * std::max(split_words(dim), dot_stride(dim)));
  scores = workspace.take<float>(slots * kLongGroupKeys);
  references = workspace.take<float>(slots);
  query_scales = workspace.take<float>(slots);
  starts = workspace.take<int32_t>(slots * (dim / kPackedWords + 1));
}

ScorePass::ScorePass(const afterimage_keys& keys, const afterimage_queries& queries, Slice slice, Workspace& workspace,
                     const volatile int32_t* cancelled, bool by_query)
    : keys_(keys),
      flag_(cancelled),
      plan_(*afterimage::kernels().types[keys.type], *afterimage::kernels().scores, prefetches_many_streams(), keys.dim,
            slice, by_query),
      buffers_(workspace, slice.count, keys.dim),
      list_{.first = 0, .count = keys.count, .places = nullptr, .labels = keys.labels, .few_of_label = false} {
  if (plan_.type.configure_tiles != nullptr) plan_.type.configure_tiles(plan_.blocks[0].lanes);
  convert_queries(queries);
}

ScorePass::~ScorePass() {
  if (plan_.type.release_tiles != nullptr) plan_.type.release_tiles();
}

void ScorePass::convert_queries(const afterimage_queries& queries) {
  uint32_t* words = buffers_.query_words;
  memset(buffers_.starts, 0, sizeof(int32_t) * plan_.chunk_count * plan_.block_count * kBlockLanes);
  for (int64_t index = 0; index < plan_.block_count && !cancelled(); index++) {
    QueryBlock& block = plan_.blocks[index];
    const bool split = plan_.is_split(block);
    const bool transposed = block.method != Method::kDot;
    const int64_t stride = split ? split_words(plan_.words) : dot_stride(plan_.words);
    block.words = words;
    block.stride = stride;
    block.scores = buffers_.scores + index * plan_.group_keys * kBlockLanes;
    block.references = buffers_.references + index * kBlockLanes;
    memset(block.scores, 0, sizeof(float) * plan_.group_keys * kBlockLanes);
    uint32_t* rows = transposed ? buffers_.block_words : words;
    for (int64_t lane = 0; lane < kBlockLanes; lane++) {
      const int64_t slot = index * kBlockLanes + lane;
      const bool used = lane < block.count;
      const float* query = queries.rows + (block.first + lane) * queries.dim;
      block.references[lane] = used ? queries.references[block.first + lane] : 0;
      buffers_.query_scales[slot] = 0;
      if (used && split) {
        plan_.type.split_query(query, queries.dim, rows + lane * stride);
      } else if (used) {
        convert_query(query, slot, rows + lane * stride);
      } else if (transposed) {
        memset(rows + lane * stride, 0, sizeof(uint32_t) * stride);
      }
    }
    if (transposed) {
      const int64_t whole = split ? stride : round_up(plan_.words, 16);
      const int64_t side_by_side = plan_.panel_words(block);
      // Words side by side share the lanes of one vector in an unpacked product; a packed product has more vectors.
      const int64_t slots = block.method == Method::kUnpacked ? block.lanes / side_by_side : block.lanes;
      transpose(rows, stride, whole, slots, side_by_side, words);
      words += whole * block.lanes;
    } else {
      words += block.count * stride;
    }
  }
}

// words: zero from the last element to the end of the row.
void ScorePass::convert_query(const float* query, int64_t slot, uint32_t* words) {
  const TypeKernels& type = plan_.type;
  const int64_t dim = keys_.dim;
  const int64_t padded = dot_stride(plan_.words);
  memset(words + plan_.words - 1, 0, sizeof(uint32_t) * (padded - plan_.words + 1));
  if (type.elements_per_word == 1) {
    memcpy(words, query, sizeof(float) * dim);
    return;
  }
  if (type.quantize_query != nullptr) return type.quantize_query(query, dim, words, buffers_.query_scales + slot);
  type.store(query, 1, dim, words, buffers_.query_scales + slot);
  if (type.elements_per_word != 4) return;
  const int8_t* elements = reinterpret_cast<const int8_t*>(words);
  for (int64_t chunk = 0; chunk < plan_.chunk_count; chunk++) {
    int32_t sum = 0;
    const int64_t end = std::min(dim, (chunk + 1) * plan_.chunk_words * 4);
    for (int64_t i = chunk * plan_.chunk_words * 4; i < end; i++) sum += elements[i];
    buffers_.starts[chunk * plan_.block_count * kBlockLanes + slot] = -128 * sum;
  }
}

Rows ScorePass::rows(int64_t first_key, int64_t count, int64_t element, int64_t elements) const {
  const int64_t bytes = element_bytes(keys_.type);
  return {.data = static_cast<const char*>(keys_.rows) + (first_key * keys_.dim + element) * bytes,
          .stride = keys_.dim * bytes,
          .count = std::min(count, keys_.count - first_key),
          .elements = std::min(elements, keys_.dim - element),
          .scales = keys_.scales == nullptr ? nullptr : keys_.scales + first_key};
}

Rows ScorePass::chunk_of_rows(int64_t first_key, int64_t chunk) const {
  const int64_t elements = plan_.chunk_words * plan_.type.elements_per_word;
  return rows(first_key, plan_.group_keys, chunk * elements, elements);
}

Rows ScorePass::group_rows(int64_t chunk) const {
  if (list_.places == nullptr) return chunk_of_rows(list_.first + group_first_, chunk);
  Rows rows = chunk_of_rows(0, chunk);
  rows.data = buffers_.copied;
  rows.stride = kCopiedStride;
  rows.count = group_count_;
  rows.scales = keys_.scales == nullptr ? nullptr : buffers_.copied_scales;
  return rows;
}

void ScorePass::copy_listed(int64_t chunk) {
  const Rows rows = chunk_of_rows(0, chunk);
  const int64_t bytes = rows.elements * element_bytes(keys_.type);
  for (int64_t i = 0; i < group_count_; i++) {
    const int64_t key = list_.first + list_.places[group_first_ + i];
    memcpy(buffers_.copied + i * kCopiedStride, rows.data + key * rows.stride, bytes);
    if (keys_.scales != nullptr) buffers_.copied_scales[i] = keys_.scales[key];
  }
}

// Each block prefetches its share of the keys that are copied next.
void ScorePass::prefetch_listed(int64_t first_key, int64_t chunk, int64_t index) const {
  const Rows rows = chunk_of_rows(0, chunk);
  const int64_t bytes = rows.elements * element_bytes(keys_.type);
  const int64_t count = std::min(plan_.group_keys, list_.count - first_key);
  const int64_t share = (count + plan_.block_count - 1) / plan_.block_count;
  const int64_t end = std::min(count, (index + 1) * share);
  for (int64_t i = index * share; i < end; i++) {
    const char* row = rows.data + (list_.first + list_.places[first_key + i]) * rows.stride;
    for (int64_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch(row + offset, 0, 2);
    __builtin_prefetch(row + bytes - 1, 0, 2);
  }
}

const uint32_t* ScorePass::panel(const QueryBlock& block, int64_t word) const {
  return block.words + (plan_.is_split(block) ? split_words(word) : word) * block.lanes;
}

void ScorePass::score_block(int64_t chunk, int64_t index) {
  const bool last_chunk = chunk + 1 == plan_.chunk_count;
  const int64_t next_key = last_chunk ? group_first_ + plan_.group_keys : group_first_;
  const int64_t next_chunk = last_chunk ? 0 : chunk + 1;
  Rows next = {};
  if (list_.places == nullptr) {
    if (list_.first + next_key < keys_.count) next = chunk_of_rows(list_.first + next_key, next_chunk);
  } else {
    if (index == 0) copy_listed(chunk);
    if (next_key < list_.count) prefetch_listed(next_key, next_chunk, index);
  }
  const QueryBlock& block = plan_.blocks[index];
  if (block.method == Method::kPacked) return score_packed_block(chunk, index, next);
  if (plan_.shares_next_keys()) next = next.share(index, next.per_share(plan_.block_count));
  const bool dot = block.method == Method::kDot;
  const int64_t word = chunk * plan_.chunk_words;
  const UnpackedArguments arguments = {
      .keys = group_rows(chunk),
      .queries = block.words + (dot ? word : word * block.lanes / plan_.panel_words(block)),
      .query_stride = block.stride,
      .query_count = block.count,
      .lanes = block.lanes,
      .quantization = {.starts = buffers_.starts + (chunk * plan_.block_count + index) * kBlockLanes,
                       .scales = buffers_.query_scales + index * kBlockLanes},
      .scores = block.scores,
      .strides = block.strides,
      .add = chunk > 0,
      .many_streams = plan_.many_streams,
      .next = next};
  dot ? plan_.type.dot_product(arguments) : plan_.type.unpacked_product(arguments);
}

void ScorePass::score_packed_block(int64_t chunk, int64_t index, const Rows& next) {
  const QueryBlock& block = plan_.blocks[index];
  const bool last_chunk = chunk + 1 == plan_.chunk_count;
  const bool last_block = index + 1 == plan_.block_count;
  const QueryBlock& next_block = plan_.blocks[last_block ? 0 : index + 1];
  const int64_t word = chunk * plan_.chunk_words;
  const int64_t next_word = !last_block ? word : last_chunk ? 0 : word + plan_.chunk_words;
  const Rows keys = group_rows(chunk);
  const bool packed = index > 0 || packed_ahead_;
  plan_.type.packed_product(
      {.unpacked = packed ? Rows{} : keys,
       .packed = buffers_.packed,
       .keys = keys.count,
       .words = std::min(plan_.chunk_words, plan_.words - word),
       .panel = panel(block, word),
       .lanes = block.lanes,
       .quantization = {.starts = buffers_.starts + (chunk * plan_.block_count + index) * kBlockLanes,
                        .scales = buffers_.query_scales + index * kBlockLanes},
       .key_scales = keys.scales,
       .scores = block.scores,
       .add = chunk > 0,
       .next = next,
       .block = index,
       .blocks = plan_.block_count,
       .next_panel = panel(next_block, next_word),
       .next_packed = buffers_.next_packed});
  if (last_block && plan_.is_split(block)) {
    packed_ahead_ = true;
    std::swap(buffers_.packed, buffers_.next_packed);
  }
}

bool ScorePass::cancelled() {
  cancelled_ |= flag_ != nullptr && *flag_ != 0;
  return cancelled_;
}

void ScorePass::take(const KeyList& list) {
  list_ = list;
  group_first_ = 0;
  group_count_ = 0;
}

bool ScorePass::next_group() {
  group_first_ += group_count_;
  group_count_ = std::min(plan_.group_keys, list_.count - group_first_);
  if (group_count_ <= 0) return false;
  for (int64_t chunk = 0; chunk < plan_.chunk_count; chunk++) {
    if (cancelled()) return false;
    if (chunk + 1 == plan_.chunk_count) break;
    for (int64_t index = 0; index < plan_.block_count; index++) score_block(chunk, index);
  }
  return true;
}

const QueryBlock& ScorePass::scored_block(int64_t index) {
  score_block(plan_.chunk_count - 1, index);
  return plan_.blocks[index];
}

const float* ScorePass::load_group(int64_t element, int64_t elements) {
  plan_.type.load(rows(group_first_, group_count_, element, elements), buffers_.loaded, kPackedStride);
  return buffers_.loaded;
}

}  // namespace afterimage
