#include "pass/plan.h"

#include <algorithm>

#include "elements.h"

namespace afterimage {
namespace {

// Sums of int8 products over this many words are far from overflow, whatever the method.
constexpr int64_t kMaxChunkWords = 8192;

// int8 rows of so few words are packed in less time than an unpacked product of a second vector takes. AVX-512, 24 queries
// and rows of 112: 0.8 of the time.
constexpr int64_t kShortInt8Words = 28;

}  // namespace

Slices::Slices(int64_t batch, int64_t most) : batch_(batch), largest_(batch) {
  const int64_t slices = (batch + most - 1) / most;
  if (slices > 1) largest_ = std::min(round_up((batch + slices - 1) / slices, kBlockLanes), most);
  count_ = batch == 0 ? 0 : (batch + largest_ - 1) / largest_;
}

Slice Slices::operator[](int64_t index) const {
  const int64_t first = index * largest_;
  return {.first = first, .count = std::min(largest_, batch_ - first)};
}

PassPlan::PassPlan(const TypeKernels& type, const ScoreKernels& scores, bool many_streams, int64_t dim, Slice slice,
                   bool by_query)
    : type(type),
      scores(scores),
      many_streams(many_streams),
      words((dim + type.elements_per_word - 1) / type.elements_per_word),
      elements_(dim),
      row_bytes_(dim * type.element_bytes) {
  plan_blocks(slice);
  plan_group(by_query);
  plan_chunks();
}

int64_t PassPlan::panel_words(const QueryBlock& block) const {
  if (block.method == Method::kPacked) return type.panel_words;
  return block.method == Method::kUnpacked && !type.never_packs() ? unpacked_panel_words(block.count) : 1;
}

bool PassPlan::unpacked_product_fits() const {
  return type.unpacked_product != nullptr && elements_ % (4 * type.elements_per_word) == 0;
}

// An unpacked product of more than one and a half vectors takes as long as a packed one of two.
bool PassPlan::fill_two_vectors(int64_t queries) const {
  const bool is_short = type.elements_per_word == 4 && words <= kShortInt8Words;
  return queries >= (unpacked_product_fits() && !is_short ? scores.vector_lanes * 3 / 2 + 1 : type.packed_from.two_vectors);
}

// The method for the next block, with `queries` queries left. Packing pays off if it serves many lanes. Once keys are
// packed, or if they cannot be used unpacked, half a block is packed too. `runner bench batches` and `bench few` print
// the time of every batch.
Method PassPlan::best_method(int64_t queries) const {
  if (type.never_packs()) return queries <= 4 && block_count == 1 ? Method::kDot : Method::kUnpacked;
  if (type.splits() && (packs_ || queries > kMaxUnsplitQueries)) return Method::kPacked;
  const bool unpacked_fits = unpacked_product_fits();
  const bool packed = fill_two_vectors(queries) || (packs_ && queries >= type.packed_from.next_vector) ||
                      (!unpacked_fits && queries >= type.packed_from.one_vector);
  // Dot products of three and four queries are slower with long rows, except where keys are converted anyway.
  const bool converted = type.scaled || type.element_bytes * type.elements_per_word < 4;
  const bool few = queries <= 2 || (queries <= 4 && (many_streams || queries * words <= kMaxDotWords)) ||
                   (converted && (type.scaled ? stay_in_l1(queries, words) : queries <= 4));
  const bool dot = !unpacked_fits || few;
  return packed ? Method::kPacked : dot ? Method::kDot : Method::kUnpacked;
}

int64_t PassPlan::best_lanes(Method method, int64_t queries) const {
  if (method == Method::kPacked && type.splits()) return kBlockLanes;
  const int64_t widest = std::min(2 * scores.vector_lanes, kBlockLanes);
  const int64_t wanted = std::min(round_up(queries, scores.vector_lanes), widest);
  if (type.never_packs() && block_count > 1) return widest;
  if (method == Method::kDot || type.never_packs()) return wanted;
  return method == Method::kPacked && fill_two_vectors(queries) ? wanted : scores.vector_lanes;
}

void PassPlan::plan_blocks(Slice slice) {
  int64_t first = slice.first;
  int64_t first_lane = 0;
  for (int64_t left = slice.count; left > 0;) {
    QueryBlock& block = blocks[block_count++];
    const Method method = best_method(left);
    const int64_t lanes = best_lanes(method, left);
    block = {.first = first,
             .count = std::min(left, lanes),
             .lanes = lanes,
             .first_lane = first_lane,
             .strides = kQueriesInLanes,
             .scores = nullptr,
             .references = nullptr,
             .method = method,
             .words = nullptr,
             .stride = 0};
    packs_ |= method == Method::kPacked;
    first += block.count;
    first_lane += lanes;
    left -= block.count;
  }
}

void PassPlan::plan_group(bool by_query) {
  if (by_query && block_count == 1 && blocks[0].method == Method::kDot) {
    blocks[0].strides = kKeysInLanes;
    if (many_streams && row_bytes_ >= kMinStreamRowBytes) group_keys = kLongGroupKeys;
  }
  const int64_t query_bytes = block_count * kBlockLanes * split_words(words) * 4;
  if (is_split(blocks[0]) && query_bytes > kLargeQueryBytes) group_keys = kLongGroupKeys;
}

void PassPlan::plan_chunks() {
  const bool unpacked = blocks[0].method == Method::kUnpacked;
  const bool by_row = blocks[0].count <= 4 && (type.quantize_query == nullptr || stay_in_l1(blocks[0].count, words));
  const bool whole_rows = block_count == 1 && (unpacked || by_row);
  const int64_t longest = type.quantize_query != nullptr ? kMaxInt16Words
                          : unpacked || type.elements_per_word == 4 ? kMaxChunkWords : words;
  const bool panels = packs_ || (type.never_packs() && block_count > 1);
  const bool fit_l1 = type.never_packs() && row_bytes_ <= kMaxTileChunkRowBytes;
  const int64_t limit = panels ? fit_l1 ? kTileChunkWords : kPackedWords : whole_rows ? longest : kDotWords;
  chunk_count = (words + limit - 1) / limit;
  const bool split = packs_ && type.splits();
  chunk_words = round_up((words + chunk_count - 1) / chunk_count, split ? kSplitElements : 16);
  chunk_count = (words + chunk_words - 1) / chunk_words;
}

}  // namespace afterimage
