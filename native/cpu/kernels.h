// The contract between the passes over keys (pass/) and the instruction sets (tiers/): a tier is a table of functions,
// each of which works on a group of keys and a block of queries that fit into the L1 and L2 caches. The passes are
// compiled once, for the baseline processor; each tier is compiled for its own instructions.
//
// A word is 32 bits: one float32 element, two bfloat16 or int16 elements, or four int8 elements.
#ifndef AFTERIMAGE_CPU_KERNELS_H
#define AFTERIMAGE_CPU_KERNELS_H

#include <afterimage.h>
#include <stdint.h>

#include <initializer_list>

namespace afterimage {

// Keys scored together. Their scores for 256 queries take 96 KiB and their packed words 102 KiB, so both stay in L2.
// Divisible by the number of keys that each tier multiplies at a time (8 and 6).
constexpr int64_t kGroupKeys = 96;
// Upper bound of a group. Used when keys occupy the vector lanes and nothing is packed, because memory is read faster
// in longer streams (`runner bench few`). Also used when keys and queries are split into parts and the parts of all
// queries, which every group reads again, exceed kLargeQueryBytes: processors with AMX have 2 MiB of L2
// (`RooflineBenchmark`, float32 rows of 2,048: 0.50 of sgemm's time, 0.55 with groups of 96).
constexpr int64_t kLongGroupKeys = 2 * kGroupKeys;
constexpr int64_t kLargeQueryBytes = int64_t{1} << 20;
// Words of a key that are packed at a time.
constexpr int64_t kPackedWords = 256;
// Words in one float32 sum of a packed product, which has a sum for each key and query: rounding errors grow with the
// length of a sum, and theta multiplies them. With sums of 256 words, p was off by up to 1.2e-6 at theta 10. The matrix
// instructions for bfloat16 (amx_split.h, neon_bf16.cpp) still have one sum for all words that are packed at a time.
constexpr int64_t kFloatSumWords = 96;
// Words of a key that tiles multiply at a time, if its row is short enough: 32 keys and 32 queries then fit into L1
// together. On a Sapphire Rapids, 256 queries: 0.7 of the time for bfloat16 rows of 1,024 bytes, 0.9 for int8 rows of 2,048
// bytes, but more for bfloat16 rows of 4,096 bytes (`runner bench table`).
constexpr int64_t kTileChunkWords = 128;
constexpr int64_t kMaxTileChunkRowBytes = 2048;
// Words from one packed key to the next. Not a multiple of 4096 bytes, which would map eight keys to one set of L1.
constexpr int64_t kPackedStride = kPackedWords + 16;
// Words of a key in one dot product with more than four queries, which then stay in L1.
constexpr int64_t kDotWords = 512;
// Elements in one 32-bit sum when queries are int16, and words in a dot product whose vectors have eight such sums.
constexpr int64_t kMaxInt16Products = 1024;
constexpr int64_t kMaxInt16Words = 8 * kMaxInt16Products / 2;
// True if this processor's hardware prefetcher follows several streams, so that distant rows side by side are read
// faster than adjacent rows: up to 1.6 times as fast on Intel's processors, but not on AMD's (`runner bench few`, on a
// Xeon with AMX and on Zen 4).
bool prefetches_many_streams();
// A group of shorter rows is read as a single stream.
constexpr int64_t kMinStreamRowBytes = 256;
// True if the words of a few queries stay in L1 beside one row after another (`runner bench few`).
constexpr bool stay_in_l1(int64_t queries, int64_t words) { return queries <= 4 && queries * words <= 6144; }
// Queries in one block, and floats from the scores of one key to those of the next.
constexpr int64_t kBlockLanes = 32;
// Elements that are split into parts together, and the words of three 16-bit parts of `elements` elements.
constexpr int64_t kSplitElements = 32;
constexpr int64_t split_words(int64_t elements) {
  return (elements + kSplitElements - 1) / kSplitElements * (kSplitElements * 3 / 2);
}
// Words of a packed group, split or not.
constexpr int64_t kPackedGroupWords = kLongGroupKeys * kPackedWords * 3 / 2;
static_assert(kPackedGroupWords >= kGroupKeys * kPackedStride, "a group that is not split needs more");
// Thetas in one chain of the ratio recurrence, and thetas between two of its jumps. The rounding error of a term grows
// with thetas / step + step.
constexpr int64_t kChainThetas = 64;
constexpr int64_t kChainStep = 8;
// Terms are normal numbers, at least 2^-126, because the control register decides how denormal ones are treated. The
// sum of a run of keys, or a single term, is dropped below 2^-100, which discards the terms that this bound raised.
constexpr float kMinExponent = -126;
constexpr float kMinNormal = 1.17549435e-38f;
constexpr float kMinSum = 7.8886091e-31f;

// Keys in memory: `count` rows of `elements` elements, `stride` bytes apart. Member functions are always inlined: tiers
// must not share code that is compiled for another instruction set.
struct Rows {
  const char* data;
  int64_t stride;
  int64_t count;
  int64_t elements;
  const float* scales;  // (count), int8 only

  // Rows in each of several shares (the last may have fewer), and the share with this index.
  int64_t per_share(int64_t shares) const { return (count + shares - 1) / shares; }
  Rows share(int64_t index, int64_t rows) const {
    const int64_t first = index * rows < count ? index * rows : count;
    return {.data = data + first * stride,
            .stride = stride,
            .count = count - first < rows ? count - first : rows,
            .elements = elements,
            .scales = scales == nullptr ? nullptr : scales + first};
  }
};

// Where sums start and how they are scaled when queries are quantized; unused by other types.
struct Quantization {
  const int32_t* starts;  // (queries): -128 * the sum of the query's elements, because keys are offset by 128
  const float* scales;    // (queries)
};

// The product of packed keys and a block of queries, over some words of each key.
struct PackedArguments {
  Rows unpacked;     // the keys to pack first; none if they are packed already
  uint32_t* packed;  // (keys, kPackedStride) words; the layout of SplitKeys if the tier splits keys
  int64_t keys;
  int64_t words;
  const uint32_t* panel;  // (words / n, lanes, n), n = panel_words: words of the queries, transposed
  int64_t lanes;          // a multiple of the tier's vector
  Quantization quantization;
  const float* key_scales;
  float* scores;  // (keys rounded up to the tier's step, kBlockLanes)
  bool add;       // to `scores`, instead of replacing them
  // To prefetch into L2 meanwhile: each of `blocks` blocks prefetches its share of the keys that are packed next, and
  // the panel of the next product. A tier that splits keys packs its share into `next_packed` instead.
  Rows next;
  int64_t block;
  int64_t blocks;
  const uint32_t* next_panel;
  uint32_t* next_packed;

  // Rows of `next` for each of `steps` steps of this product, and the index of that share.
  int64_t next_rows(int64_t steps) const { return next.per_share(blocks * steps); }
  int64_t next_share(int64_t step, int64_t steps) const { return block * steps + step; }
};

// Floats from one score to that of the next key, and to that of the next query. One of them is 1: either keys or
// queries occupy the lanes of a vector.
struct ScoreStrides {
  int64_t key;
  int64_t query;

  constexpr bool keys_in_lanes() const { return key == 1; }
};
constexpr ScoreStrides kQueriesInLanes = {.key = kBlockLanes, .query = 1};
constexpr ScoreStrides kKeysInLanes = {.key = 1, .query = kLongGroupKeys};

// Words of a query side by side in the panel of an unpacked product, whose queries occupy the lanes of one vector.
constexpr int64_t unpacked_panel_words(int64_t queries) { return queries <= 8 ? 2 : 1; }

// The product of keys as they lie in memory and a block of queries, over some words of each key.
struct UnpackedArguments {
  Rows keys;
  // For dot_product: (query_count, query_stride) words, zero after the last element.
  // For unpacked_product: (words / n, lanes / n, n) with n = unpacked_panel_words(query_count), or n = 1 if the tier
  // never packs; zero after the last element up to a multiple of 16 words.
  const uint32_t* queries;
  int64_t query_stride;
  int64_t query_count;
  int64_t lanes;  // of the scores, for unpacked_product
  Quantization quantization;
  float* scores;         // (keys, queries) or its transpose, see `strides`
  ScoreStrides strides;  // kQueriesInLanes for unpacked_product
  bool add;              // to `scores`, instead of replacing them
  bool many_streams;     // prefetches_many_streams()
  Rows next;             // keys to prefetch into L2 meanwhile
};

// The least numbers of queries for which packing keys is faster than other products (`runner bench batches`).
struct PackedFrom {
  int64_t one_vector;
  int64_t next_vector;  // if keys are packed for another block already
  int64_t two_vectors;
};
constexpr PackedFrom kNeverPacked = {.one_vector = INT64_MAX, .next_vector = INT64_MAX, .two_vectors = INT64_MAX};

// Kernels of one element type.
struct TypeKernels {
  int64_t element_bytes;
  bool scaled;  // each key has a scale
  int64_t elements_per_word;
  PackedFrom packed_from;
  // Words of a query side by side in the panel of packed_product.
  int64_t panel_words = 1;
  // Queries in the lanes, packed keys. Null if the tier never packs this type: unpacked_product then takes any number
  // of elements and blocks of 32 lanes, or of 16 if the batch has no more.
  void (*packed_product)(const PackedArguments& arguments) = nullptr;
  // Queries in the lanes, keys as they lie in memory, for up to 16 queries and a multiple of four whole words. May be
  // null.
  void (*unpacked_product)(const UnpackedArguments& arguments) = nullptr;
  // A dot product for each key and query, keys as they lie in memory.
  void (*dot_product)(const UnpackedArguments& arguments);
  // Converts keys to float32, scaled.
  void (*load)(const Rows& rows, float* loaded, int64_t stride);
  // The inverse; writes scales (rows) for int8 only.
  void (*store)(const float* rows, int64_t count, int64_t dim, void* stored, float* scales);
  // Converts a query to words and their scale; null if queries are stored as keys are.
  void (*quantize_query)(const float* query, int64_t dim, void* words, float* scale) = nullptr;
  // Splits a query into split_words(dim) words; not null if packed_product multiplies parts of floats
  // (tiers/amx_split.h), in blocks of kBlockLanes.
  void (*split_query)(const float* query, int64_t dim, uint32_t* words) = nullptr;
  // Configures the tile registers of this thread for a pass whose blocks have `lanes` lanes, and releases them; null if
  // the tier has none.
  void (*configure_tiles)(int64_t lanes) = nullptr;
  void (*release_tiles)() = nullptr;

  bool never_packs() const { return packed_product == nullptr; }
  bool splits() const { return split_query != nullptr; }
};

// The kernels of every element type, in the order of afterimage.h.
constexpr int64_t kTypes = AFTERIMAGE_TYPES;
struct TypeTable {
  TypeKernels of[kTypes];
};

// Positions [begin, end) of the order, whose keys have this label.
struct Run {
  int32_t label;
  int32_t begin;
  int32_t end;
};

// The keys of a group that count, ordered so that equal labels are adjacent.
struct KeyOrder {
  const int32_t* order;  // (keys)
  int64_t keys;
  bool in_place;          // order[i] == i
  const int32_t* labels;  // (keys), in this order; read in place of runs if single
  const Run* runs;
  int64_t run_count;
};

// Scores of a group of keys and one block of queries.
struct ScoreBlock {
  float* scores;  // (group, stride)
  int64_t stride;
  int64_t lanes;  // a multiple of the tier's vector
  KeyOrder keys;
  const float* references;  // (lanes)
  bool single;              // one query and one theta; lanes is 1
};

constexpr double kLog2E = 1.4426950408889634;

// Thetas first, first + 1, ... first + count - 1 of the list, `step` apart; exponents are to base 2.
struct Chain {
  int64_t first;
  int64_t count;
  float factor;  // thetas[first] * log2(e)
  float step;    // from one factor to the next; 0 if count is 1
};

// gradient[query][element] += sum over keys of weights[key][query] * keys[key][element].
struct GradientArguments {
  const float* weights;  // (key_count, kBlockLanes)
  int64_t queries;
  const float* keys;  // (key_count, kPackedStride)
  int64_t key_count;
  int64_t elements;
  float* gradient;  // (queries, gradient_stride)
  int64_t gradient_stride;
};

// Kernels for scores and for float32 rows.
struct ScoreKernels {
  int64_t vector_lanes;  // floats in a vector

  // sums[label][theta][lane] += 2^(factor (score - reference)); maxima[lane] = max(maxima[lane], score).
  void (*add_class_sums)(const ScoreBlock& block, const Chain* chains, int64_t chain_count, int64_t theta_count,
                         double* sums, float* maxima);
  // Replaces scores[key][lane] by 2^(factor (score - reference)) * coefficients[label][lane].
  void (*weigh)(const ScoreBlock& block, float factor, const float* coefficients);
  void (*add_gradient)(const GradientArguments& arguments);
  // Sets bit b of masks[key] if scores[key][b] >= thresholds[b].
  void (*find_candidates)(const float* scores, int64_t stride, int64_t keys, const float* thresholds, int64_t lanes,
                          uint32_t* masks);
  // Scales the row to unit norm; false if it holds a NaN or an infinity, or is zero.
  bool (*normalize)(float* row, int64_t dim);
  // values (length) = the Walsh-Hadamard transform of row (dim) times signs (dim), padded with zeros to a power of two.
  void (*hadamard)(const float* row, const float* signs, int64_t dim, int64_t length, float* values);
};

struct Kernels {
  const char* name;
  const TypeKernels* types[kTypes];
  const ScoreKernels* scores;
};

namespace {

struct Replaced {
  int32_t type;
  const TypeKernels* kernels;
};

// A tier with the kernels of a table, some of which it replaces.
constexpr Kernels kernels_of(const char* name, const TypeTable& types, const ScoreKernels& scores,
                             std::initializer_list<Replaced> replaced = {}) {
  Kernels kernels = {.name = name, .types = {}, .scores = &scores};
  for (int64_t type = 0; type < kTypes; type++) kernels.types[type] = &types.of[type];
  for (const Replaced& one : replaced) kernels.types[one.type] = one.kernels;
  return kernels;
}

}  // namespace

extern const Kernels scalar_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels;
#if defined(AFTERIMAGE_AVX_VNNI)
extern const Kernels avx2_vnni_kernels;
#endif
extern const Kernels avx512_kernels;
extern const Kernels avx512_vnni_kernels;
extern const Kernels avx512_bf16_kernels;
#if defined(AFTERIMAGE_AMX)
extern const Kernels avx512_amx_kernels;
#endif
#elif defined(__aarch64__)
extern const Kernels neon_kernels;
extern const Kernels neon_dotprod_kernels;
extern const Kernels neon_i8mm_kernels;
extern const Kernels neon_bf16_kernels;
#endif

// The tier in use.
const Kernels& kernels();

}  // namespace afterimage

#endif
