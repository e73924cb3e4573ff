// Product, exponential and class sums of bf16 or float16 keys in one kernel: no score leaves the processor that made it.
//
// A block multiplies 128 keys with 128 queries on tensor cores, 32 columns at a time from a ring of four stages that
// cp.async fills. The scores then lie in the stages' shared memory; a thread takes one query and 64 keys and adds up
// exponentials until the label changes. Keys sorted by class need few slots; slot_sums adds them up.
#include "tensor_core.h"

namespace {

constexpr int kBlockThreads = 256;
constexpr int kTile = 128;    // keys, and queries, of a block
constexpr int kColumns = 32;  // of a stage: 64 bytes of a row
constexpr int kStages = 4;
constexpr int kChunks = 4;  // of 16 bytes in a row of a stage
constexpr int kMatrixBytes = kTile * kColumns * 2;
constexpr int kStageBytes = 2 * kMatrixBytes;
constexpr int kSlotRows = 64;

static_assert(kStages * kStageBytes == kTile * kTile * 4, "the scores take the place of the stages");

// Where a chunk of a row lies: eight rows that are loaded together are in eight different groups of banks.
DEVICE int chunk_offset(int row, int chunk) { return row * kColumns * 2 + (chunk ^ (row / 2 % kChunks)) * 16; }

// Where a score lies: threads that write a column of it, or read a row, meet no other in a bank.
DEVICE int score_offset(int key, int query) { return key * kTile + (query ^ (key % 8 * 8)); }

template <int32_t type>
DEVICE void fused_class_sums(const FusedClassSumsArguments& a, unsigned char* memory) {
  SHARED int32_t labels[kTile];
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  const int warp_key = thread / 32 % 2 * 64;
  const int warp_query = thread / 32 / 2 * 32;
  // Blocks of the same keys are neighbours, so that all but the first find them in L2.
  const int64_t first_query = static_cast<int64_t>(blockIdx.x % a.query_tiles) * kTile;
  const int first_key = static_cast<int>(blockIdx.x / a.query_tiles) * kTile;
  const int keys = lowest(kTile, a.count - first_key);
  const unsigned char* key_rows = static_cast<const unsigned char*>(a.keys) + first_key * a.pitch * 2;
  const unsigned char* query_rows = static_cast<const unsigned char*>(a.queries) + first_query * a.pitch * 2;
  const int steps = static_cast<int>(a.pitch / kColumns);

  if (thread < kTile) labels[thread] = thread < keys ? a.labels[first_key + thread] : -1;

  const auto load = [&](int step) {
    unsigned char* stage = memory + step % kStages * kStageBytes;
#pragma unroll
    for (int i = 0; i < kTile * kChunks / kBlockThreads; i++) {
      const int row = (thread + i * kBlockThreads) / kChunks;
      const int chunk = (thread + i * kBlockThreads) % kChunks;
      const int64_t source = row * a.pitch * 2 + step * kColumns * 2 + chunk * 16;
      copy_async(stage + chunk_offset(row, chunk), row < keys ? key_rows + source : key_rows, row < keys);
      copy_async(stage + kMatrixBytes + chunk_offset(row, chunk), query_rows + source, true);
    }
  };

  float scores[4][4][4] = {};  // [16 keys][8 queries] of a warp's 64 x 32
#pragma unroll
  for (int step = 0; step < kStages - 1; step++) {
    if (step < steps) load(step);
    commit_copies();
  }
  for (int step = 0; step < steps; step++) {
    wait_for_copies<kStages - 2>();
    // Now everybody's copies of this step are here, and nobody reads the stage of the step before any more.
    __syncthreads();
    if (step + kStages - 1 < steps) load(step + kStages - 1);
    commit_copies();
    const unsigned char* stage = memory + step % kStages * kStageBytes;
#pragma unroll
    for (int half = 0; half < 2; half++) {
      uint32_t queries[2][4];
#pragma unroll
      for (int i = 0; i < 2; i++) {
        const int row = warp_query + i * 16 + lane / 16 * 8 + lane % 8;
        load_matrices(queries[i], stage + kMatrixBytes + chunk_offset(row, half * 2 + lane / 8 % 2));
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        uint32_t key[4];
        load_matrices(key, stage + chunk_offset(warp_key + i * 16 + lane % 16, half * 2 + lane / 16));
#pragma unroll
        for (int j = 0; j < 4; j++) multiply_add<type>(scores[i][j], key, &queries[j / 2][j % 2 * 2]);
      }
    }
  }
  wait_for_copies<0>();
  __syncthreads();

  float* stored = reinterpret_cast<float*>(memory);
#pragma unroll
  for (int i = 0; i < 4; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int key = warp_key + i * 16 + lane / 4;
      const int query = warp_query + j * 8 + lane % 4 * 2;
      stored[score_offset(key, query)] = scores[i][j][0];
      stored[score_offset(key, query) + 1] = scores[i][j][1];
      stored[score_offset(key + 8, query)] = scores[i][j][2];
      stored[score_offset(key + 8, query) + 1] = scores[i][j][3];
    }
  }
  __syncthreads();

  const int query = thread % kTile;
  const int first_row = thread / kTile * kSlotRows;
  if (first_row >= keys) return;
  const int64_t place = first_query + query;
  const int64_t stride = static_cast<int64_t>(a.query_tiles) * kTile;
  const int64_t first_slot = a.slot_starts[(first_key + first_row) / kSlotRows];
  const float reference = a.references[place];
  float maximum = -INFINITY;
  for (int t = 0; t < a.theta_count; t++) {
    const float steepness = a.thetas[t] * kLog2e;
    float* slot = a.slots + (t * a.slot_count + first_slot) * stride + place;
    int32_t label = -1;
    float sum = 0;
    for (int row = first_row; row < first_row + kSlotRows; row++) {
      if (labels[row] != label) {
        if (label >= 0) {
          *slot = sum;
          slot += stride;
        }
        label = labels[row];
        sum = 0;
      }
      if (label >= 0) {
        const float score = stored[score_offset(row, query)];
        maximum = fmaxf(maximum, score);
        sum += exp2f(steepness * (score - reference));
      }
    }
    if (label >= 0) *slot = sum;
  }
  take_maximum(&a.maxima[place], maximum);
}

}  // namespace

// Grid (query_tiles * ceil(count / 128)), 65536 bytes of dynamic shared memory. There is at least one theta.
KERNEL(256, 2) fused_class_sums_bfloat16(FusedClassSumsArguments a) {
  DYNAMIC_SHARED(memory);
  fused_class_sums<kBfloat16>(a, memory);
}

KERNEL(256, 2) fused_class_sums_float16(FusedClassSumsArguments a) {
  DYNAMIC_SHARED(memory);
  fused_class_sums<kFloat16>(a, memory);
}
