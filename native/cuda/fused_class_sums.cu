// Product, exponentials and class sums of bfloat16 or float16 keys in one kernel: scores never leave the
// multiprocessor.
//
// A block multiplies 256 keys with 128 queries on tensor cores, 32 columns at a time, from a ring of four stages that
// cp.async fills. Half of the scores at a time then replace the stages in shared memory: each thread takes one query
// and 64 keys and sums exponentials, run by run. Keys sorted by class need few slots; slot_sums adds them up.
#include "tensor_core.h"

namespace kernels {

constexpr int kBlockThreads = 256;
// Keys of a block; with 128, a third more would be read from L2.
constexpr int kKeys = 256;
constexpr int kQueries = 128;
constexpr int kWarpRows = 64;  // keys and queries of a warp: 8 loads per 32 products; 32 queries need 6 per 16
constexpr int kColumns = 32;   // per stage: 64 bytes of a row
constexpr int kStages = 4;
constexpr int kChunks = 4;  // of 16 bytes per row of a stage
constexpr int kKeyBytes = kKeys * kColumns * 2;
constexpr int kStageBytes = kKeyBytes + kQueries * kColumns * 2;
// Avoids bank conflicts, both between threads that write the scores of a few keys and queries and between those that
// read the scores of one key.
constexpr int kScoreStride = kQueries + 8;
constexpr int kStoredKeys = kKeys / 2;  // keys whose scores fit
constexpr int kSlotRows = 64;

static_assert(kStages * kStageBytes >= kStoredKeys * kScoreStride * 4, "the scores take the place of the stages");
static_assert(kBlockThreads == kKeys && kBlockThreads * kSlotRows == kStoredKeys * kQueries,
              "each thread has one query and 64 keys");

// The offset of a chunk of a row. Eight rows that are loaded together lie in eight different groups of banks.
DEVICE int chunk_offset(int row, int chunk) { return row * kColumns * 2 + (chunk ^ (row / 2 % kChunks)) * 16; }

// The operands of a warp: 64 keys and 64 queries, 16 columns of each.
struct Fragments {
  uint32_t keys[kWarpRows / 16][4];
  uint32_t queries[kWarpRows / 16][4];
};

struct Pair {
  alignas(8) float first;
  float second;
};

template <int32_t type>
DEVICE void fused_class_sums(const FusedClassSumsArguments& a, unsigned char* memory) {
  SHARED(uint32_t, run_begins, kKeys / 32);  // one bit per key
  SHARED(uint32_t, counted, kKeys / 32);
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  const int warp = thread / 32;
  const int warp_key = warp % (kKeys / kWarpRows) * kWarpRows;
  const int warp_query = warp / (kKeys / kWarpRows) * kWarpRows;
  // Blocks of the same keys are adjacent, so that all but the first find the keys in L2.
  const int64_t first_query = static_cast<int64_t>(blockIdx.x % a.query_blocks) * kQueries;
  const int first_key = static_cast<int>(blockIdx.x / a.query_blocks) * kKeys;
  const int keys = lowest(kKeys, a.count - first_key);
  const int steps = static_cast<int>(a.pitch / kColumns);

  const auto label_of = [&](int row) { return row < keys ? a.labels[first_key + row] : -1; };
  const int32_t label = label_of(thread);
  const uint32_t begins = __ballot_sync(0xffffffff, thread % kSlotRows == 0 || label != label_of(thread - 1));
  const uint32_t counts = __ballot_sync(0xffffffff, label >= 0);
  if (lane == 0) {
    run_begins[warp] = begins;
    counted[warp] = counts;
  }

  constexpr int kLoadedRows = kBlockThreads / kChunks;  // at a time
  const int row = thread / kChunks;
  const int64_t chunk_source = row * a.pitch * 2 + thread % kChunks * 16;
  const unsigned char* key_rows = static_cast<const unsigned char*>(a.keys) + first_key * a.pitch * 2;
  const unsigned char* query_rows = static_cast<const unsigned char*>(a.queries) + first_query * a.pitch * 2;
  const auto load = [&](int step) {
    unsigned char* stage = memory + step % kStages * kStageBytes + chunk_offset(row, thread % kChunks);
    const int64_t source = chunk_source + step * kColumns * 2;
#pragma unroll
    for (int i = 0; i < kKeys / kLoadedRows; i++) {
      const bool present = row + i * kLoadedRows < keys;
      copy_async(stage + chunk_offset(i * kLoadedRows, 0),
                 key_rows + (present ? source + i * kLoadedRows * a.pitch * 2 : 0), present);
    }
#pragma unroll
    for (int i = 0; i < kQueries / kLoadedRows; i++) {
      copy_async(stage + kKeyBytes + chunk_offset(i * kLoadedRows, 0),
                 query_rows + source + i * kLoadedRows * a.pitch * 2, true);
    }
  };

  const int key_row = warp_key + lane % 16;
  const int query_row = warp_query + lane / 16 * 8 + lane % 8;
  const auto load_fragments = [&](Fragments& fragments, int step, int half) {
    const unsigned char* stage = memory + step % kStages * kStageBytes;
#pragma unroll
    for (int i = 0; i < kWarpRows / 16; i++) {
      const int rows = chunk_offset(i * 16, 0);
      load_matrices(fragments.keys[i], stage + rows + chunk_offset(key_row, half * 2 + lane / 16));
      load_matrices(fragments.queries[i], stage + kKeyBytes + rows + chunk_offset(query_row, half * 2 + lane / 8 % 2));
    }
  };

  float scores[kWarpRows / 16][kWarpRows / 8][4] = {};  // [16 keys][8 queries]
  const auto multiply = [&](const Fragments& fragments) {
#pragma unroll
    for (int i = 0; i < kWarpRows / 16; i++) {
#pragma unroll
      for (int j = 0; j < kWarpRows / 8; j++) {
        multiply_add<type>(scores[i][j], fragments.keys[i], &fragments.queries[j / 2][j % 2 * 2]);
      }
    }
  };

#pragma unroll
  for (int step = 0; step < kStages - 1; step++) {
    if (step < steps) load(step);
    commit_copies();
  }
  wait_for_copies<kStages - 2>();
  __syncthreads();
  Fragments even, odd;
  load_fragments(even, 0, 0);
  for (int step = 0; step < steps; step++) {
    load_fragments(odd, step, 1);
    // Overwrites the stage of the previous step, from which all threads have loaded.
    if (step + kStages - 1 < steps) load(step + kStages - 1);
    commit_copies();
    multiply(even);
    // Now the copies of all threads for the next step are complete, and this step's stage is free.
    wait_for_copies<kStages - 2>();
    __syncthreads();
    if (step + 1 < steps) load_fragments(even, step + 1, 0);
    multiply(odd);
  }
  // The last barrier was behind the last load from the stages, and only empty groups of copies are open.

  float* stored = reinterpret_cast<float*>(memory);
  const int64_t query = first_query + thread % kQueries;
  const int64_t stride = static_cast<int64_t>(a.query_blocks) * kQueries;
  const float reference = a.references[query];
  float maximum = -INFINITY;
  for (int first = 0; first < keys; first += kStoredKeys) {
    if (first > 0) __syncthreads();
    if (warp_key / kStoredKeys == first / kStoredKeys) {
#pragma unroll
      for (int i = 0; i < kWarpRows / 16; i++) {
#pragma unroll
        for (int j = 0; j < kWarpRows / 8; j++) {
          const int key = warp_key % kStoredKeys + i * 16 + lane / 4;
          float* place = stored + key * kScoreStride + warp_query + j * 8 + lane % 4 * 2;
          *reinterpret_cast<Pair*>(place) = {scores[i][j][0], scores[i][j][1]};
          *reinterpret_cast<Pair*>(place + 8 * kScoreStride) = {scores[i][j][2], scores[i][j][3]};
        }
      }
    }
    __syncthreads();

    const int first_row = thread / kQueries * kSlotRows;
    const int group = (first + first_row) / kSlotRows;
    if (group * kSlotRows >= keys) continue;
    const float* scores_of_query = stored + first_row * kScoreStride + thread % kQueries;
    const int64_t first_slot = a.slot_starts[first_key / kSlotRows + group];
    const uint64_t begins_here = static_cast<uint64_t>(run_begins[group * 2 + 1]) << 32 | run_begins[group * 2];
    const uint64_t counted_here = static_cast<uint64_t>(counted[group * 2 + 1]) << 32 | counted[group * 2];
    for (int t = 0; t < a.theta_count; t++) {
      const float steepness = a.thetas[t] * kLog2e;
      float* slot = a.slots + (t * a.slot_count + first_slot) * stride + query;
      for (uint64_t rest = begins_here; rest != 0;) {
        const int begin = __ffsll(static_cast<int64_t>(rest)) - 1;
        rest &= rest - 1;
        if ((counted_here >> begin & 1) == 0) continue;
        const int end = rest == 0 ? kSlotRows : __ffsll(static_cast<int64_t>(rest)) - 1;
        float sum = 0;
#pragma unroll 8
        for (int key = begin; key < end; key++) {
          const float score = scores_of_query[key * kScoreStride];
          maximum = fmaxf(maximum, score);
          sum += exp2_or_zero(steepness * (score - reference));
        }
        *slot = sum;
        slot += stride;
      }
    }
  }
  take_maximum(&a.maxima[query], maximum);
}

}  // namespace kernels
using namespace kernels;

// Grid (query_blocks * ceil(count / 256)), 98304 bytes of dynamic shared memory; at least one theta.
KERNEL(256, 1) fused_class_sums_bfloat16(FusedClassSumsArguments a) {
  DYNAMIC_SHARED(memory);
  fused_class_sums<kBfloat16>(a, memory);
}

KERNEL(256, 1) fused_class_sums_float16(FusedClassSumsArguments a) {
  DYNAMIC_SHARED(memory);
  fused_class_sums<kFloat16>(a, memory);
}
