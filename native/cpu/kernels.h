// What one instruction-set tier offers: a table of functions over small tiles that stay in the L1 and L2 caches.
// The loops around them (score_pass.h) are compiled once, for the baseline processor.
#ifndef AFTERIMAGE_CPU_KERNELS_H
#define AFTERIMAGE_CPU_KERNELS_H

#include <stdint.h>

namespace afterimage {

// Keys scored together. Their scores for 256 queries are 96 KiB, their staged words 102 KiB: both stay in L2.
// A multiple of every tier's keys per step (8 and 6).
constexpr int64_t kGroupKeys = 96;
// The most. So many where nothing is staged and keys are in the lanes: longer streams to the memory (`runner bench
// few`). And where keys are split and the parts of all queries, which every group reads, are more than so many bytes:
// processors with AMX have 2 MiB of L2 (`KernelBenchmark`, float32 rows of 2,048: 0.50 of sgemm's time, 0.55 with 96).
constexpr int64_t kLongGroupKeys = 2 * kGroupKeys;
constexpr int64_t kManyQueryBytes = int64_t{1} << 20;
// 32-bit words of a key staged at once. Float32 sums over longer stretches lose accuracy (`runner "p is within"`).
constexpr int64_t kTileWords = 256;
// Words from one staged key to the next: no multiple of 4096 bytes, which would put eight keys in one set of L1.
constexpr int64_t kStagedStride = kTileWords + 16;
// Words of a key in one dot product, where there are more than four queries: they then stay in L1. Where queries are
// int16, two to a word, a sum of 32 bits is of no more in any case.
constexpr int64_t kDotWords = 512;
constexpr int64_t kMostSummed = 2 * kDotWords;
// Whether rows are read fastest side by side if they lie far apart, each a stream to the memory that the processor
// notices and reads ahead of. So it is on Intel's processors, up to 1.6 times as fast as with rows next to each other,
// and not on AMD's (`runner bench few`, on a Xeon with AMX and on Zen 4).
bool reads_far_rows();
// Whether keys pass by up to four queries in such streams: elsewhere only where the words of these stay in L1.
constexpr bool are_streamed(int64_t queries, int64_t query_words, bool far_rows) {
  return queries <= 4 && (far_rows || queries * query_words * 4 <= (queries == 1 ? 12288 : 8192));
}
// Groups of shorter rows are no more than one stream to the memory.
constexpr int64_t kStreamRowBytes = 256;
// Rows that are taken side by side otherwise are longer than this.
constexpr int64_t kShortRowBytes = 2048;
// Queries of one block, and floats from one key's scores to the next.
constexpr int64_t kBlockLanes = 32;
// Elements of a key or query that are split into parts together, and the words of three parts of 16 bits.
constexpr int64_t kSplitElements = 32;
constexpr int64_t split_words(int64_t elements) {
  return (elements + kSplitElements - 1) / kSplitElements * (kSplitElements * 3 / 2);
}
// Words of the staged keys of a group, whichever way.
constexpr int64_t kStagedWords = kLongGroupKeys * kTileWords * 3 / 2;
static_assert(kStagedWords >= kGroupKeys * kStagedStride, "staged keys need more");
// Thetas in one chain of the ratio recurrence, whose rounding errors add up, and those between two of its jumps, which
// keep them small: the error grows with thetas / step + step.
constexpr int64_t kChainThetas = 64;
constexpr int64_t kChainStep = 8;
// Terms are normal numbers, 2^-126 at the least: denormal ones would depend on the control register. Sums of one run of
// keys below 2^-100 are dropped, and with them what is due to that.
constexpr float kSmallestExponent = -126;
constexpr float kSmallestNormal = 1.17549435e-38f;
constexpr float kSmallestSum = 7.8886091e-31f;

// Keys in memory: `count` rows of `elements` elements, `stride` bytes apart.
struct Rows {
  const char* data;
  int64_t stride;
  int64_t count;
  int64_t elements;
  const float* scales;  // (count), int8 only

  // Rows in each of several shares, the last of which may have fewer, and one of these shares.
  int64_t per_share(int64_t shares) const { return (count + shares - 1) / shares; }
  Rows share(int64_t index, int64_t rows) const {
    const int64_t first = index * rows < count ? index * rows : count;
    return {data + first * stride, stride, count - first < rows ? count - first : rows, elements,
            scales == nullptr ? nullptr : scales + first};
  }
};

// What scores are multiplied by or start from when queries are int8; unused by other types.
struct Quantization {
  const int32_t* starts;  // (queries): -128 * the sum of the query's elements, as keys are offset by 128
  const float* scales;    // (queries)
};

struct TileArguments {
  Rows unstaged;     // the keys, where they are not staged yet, else none
  uint32_t* staged;  // (keys, kStagedStride) words, or as `split` has it
  int64_t keys;
  int64_t words;
  const uint32_t* panel;  // (words, lanes) words of the queries
  int64_t lanes;          // a multiple of the tier's vector
  Quantization quantization;
  const float* key_scales;
  float* scores;  // (keys rounded up to the step, kBlockLanes)
  bool add;       // to what `scores` holds
  // What to bring into L2 meanwhile: keys that are staged next, of which every one of so many blocks brings its share,
  // and the panel of the next tile.
  Rows next;
  int64_t block;
  int64_t blocks;
  const uint32_t* next_panel;
  uint32_t* next_staged;  // where tiles are split, that is where to stage them

  // How many of them fall to each of so many steps of this tile, and which share is that of one step.
  int64_t next_rows(int64_t steps) const { return next.per_share(blocks * steps); }
  int64_t next_share(int64_t step, int64_t steps) const { return block * steps + step; }
};

// Floats from one score to that of the next key, and to that of the next query. One of them is 1: keys or queries are
// in the lanes of a vector.
struct ScoreStrides {
  int64_t key;
  int64_t query;

  constexpr bool keys_in_lanes() const { return key == 1; }
};
constexpr ScoreStrides kQueriesInLanes = {kBlockLanes, 1};
constexpr ScoreStrides kKeysInLanes = {1, kLongGroupKeys};

// Words of a query that lie side by side where queries are in the lanes of one vector and keys in place.
constexpr int64_t in_place_words(int64_t queries) { return queries <= 8 ? 2 : 1; }

struct DotArguments {
  Rows keys;
  // For dot: (count, stride) words, zero beyond the last element.
  // For in_place: (words / n, lanes / n, n), n = in_place_words(count), or 1 where keys are always in place; there are
  // zeros then up to a multiple of 16 words.
  const uint32_t* queries;
  int64_t stride;
  int64_t count;
  int64_t lanes;  // of the scores, for in_place
  Quantization quantization;
  float* scores;         // (keys, count) or its transpose, as the strides say
  ScoreStrides strides;  // for in_place, queries are in the lanes
  bool add;              // to what `scores` holds
  bool far_rows;         // reads_far_rows()
  Rows next;
};

// Kernels of one element type. Words of staged keys and of queries are float32 (1 element), bfloat16 or int16 (2), or
// int8 (4).
struct TypeKernels {
  int64_t elements_per_word;
  // Null where keys are always in place: in_place is then for any number of elements and for blocks of 16 lanes, if the
  // batch has no more, or 32.
  void (*tile)(const TileArguments& arguments);
  void (*dot)(const DotArguments& arguments);
  // For up to 16 queries and a multiple of four whole words; null where a tier has none.
  void (*in_place)(const DotArguments& arguments);
  // The keys as float32, scaled.
  void (*load)(const Rows& rows, float* loaded, int64_t stride);
  // The inverse; scales (rows) for int8 only.
  void (*store)(const float* rows, int64_t count, int64_t dim, void* stored, float* scales);
  // The words of a query and their scale; null where a query is stored as keys are.
  void (*quantize)(const float* query, int64_t dim, void* words, float* scale);
  // Where tiles multiply parts of floats (amx_split.h), in blocks of kBlockLanes: the words of a query then,
  // split_words(dim) of them; else null.
  void (*split)(const float* query, int64_t dim, uint32_t* words) = nullptr;
  // What a thread needs for one pass, whose blocks have so many lanes, and its end; null where that is nothing.
  void (*begin)(int64_t lanes) = nullptr;
  void (*end)() = nullptr;

  bool always_in_place() const { return tile == nullptr; }
  bool splits() const { return split != nullptr; }
};

// Positions [begin, end) in the order hold keys of one label.
struct Run {
  int32_t label;
  int32_t begin;
  int32_t end;
};

// Scores of a group of keys for one block of queries, and the order that brings equal labels together and names only
// the keys that count.
struct ScoreBlock {
  float* scores;  // (group, stride)
  int64_t stride;
  int64_t keys;  // in the order
  int64_t lanes;  // a multiple of the tier's vector
  const int32_t* order;
  bool in_order;  // order[i] == i
  const Run* runs;
  int64_t run_count;
  const float* references;  // (lanes)
  bool single;              // one query and one theta: lane 0
};

// Thetas first, first + 1, ... first + count - 1, `step` apart; exponents are to base 2.
struct Chain {
  int64_t first;
  int64_t count;
  float factor;  // thetas[first] * log2(e)
  float step;    // of the factors; 0 where count is 1
};

// What is done with scores, and with rows of float32.
struct ScoreKernels {
  int64_t vector_lanes;  // floats in a vector

  // sums[label][theta][lane] += 2^(factor (score - reference)); maxima[lane] likewise.
  void (*accumulate)(const ScoreBlock& block, const Chain* chains, int64_t chain_count, int64_t theta_count,
                     double* sums, float* maxima);
  // scores[key][lane] becomes 2^(factor (score - reference)) * coefficients[label][lane].
  void (*weigh)(const ScoreBlock& block, float factor, const float* coefficients);
  // gradient[query][element] += sum over keys of weights[key][query] * keys[key][element].
  void (*outer)(const float* weights, int64_t queries, const float* keys, int64_t key_stride, int64_t key_count,
                int64_t elements, float* gradient, int64_t gradient_stride);
  // Bit b of masks[key] is set where scores[key][b] >= thresholds[b].
  void (*reach)(const float* scores, int64_t stride, int64_t keys, const float* thresholds, int64_t lanes,
                uint32_t* masks);
  // Scales the row to unit norm; false where it has a NaN, an infinity or no norm.
  bool (*normalize)(float* row, int64_t dim);
  // values (length): the Walsh-Hadamard transform of row (dim) times signs (dim), padded with zeros to a power of two.
  void (*hadamard)(const float* row, const float* signs, int64_t dim, int64_t length, float* values);
};

struct Kernels {
  const char* name;
  const TypeKernels* types[4];
  const ScoreKernels* scores;
};

extern const Kernels scalar_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
extern const Kernels avx512_vnni_kernels;
extern const Kernels avx512_bf16_kernels;
#if defined(AFTERIMAGE_AMX)
extern const Kernels avx512_amx_kernels;
#endif
#endif

// The tier in use.
const Kernels& kernels();

}  // namespace afterimage

#endif
