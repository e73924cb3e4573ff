// The best keys of each query, one tile after another, with one block per query.
//
// Keys that beat the k-th best so far are gathered in the order of their rows and merged into the sorted list; the
// position of an entry is the number of entries of both lists before it. After the first tiles hardly any key is
// gathered.
#include "device.h"

namespace kernels {

constexpr int kListThreads = 256;
// Rows per thread between two votes on whether any of them counts.
constexpr int kRowsPerVote = 8;

// The number of `values` (count), descending, that are greater than `value`, or with `ties` equal to it.
template <bool ties>
DEVICE int before(const float* values, int count, float value) {
  int low = 0;
  int high = count;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (ties ? values[middle] >= value : values[middle] > value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace kernels
using namespace kernels;

// Grid (batch).
KERNEL(256, 4) nearest(NearestArguments a) {
  SHARED(float, candidates, kListThreads);
  SHARED(int32_t, candidate_rows, kListThreads);
  SHARED(float, sorted, kListThreads);
  SHARED(int32_t, sorted_rows, kListThreads);
  SHARED(int32_t, warp_counts, kListThreads / 32);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t query = blockIdx.x;
  float* best = a.best_scores + query * a.k;
  int64_t* best_rows = a.best_rows + query * a.k;
  float* next = a.other_scores + query * a.k;
  int64_t* next_rows = a.other_rows + query * a.k;

  for (int first = 0; first < a.count; first += kListThreads * kRowsPerVote) {
    float scores[kRowsPerVote];
    bool any = false;
#pragma unroll
    for (int i = 0; i < kRowsPerVote; i++) {
      const int row = first + i * kListThreads + thread;
      scores[i] = row < a.count && a.labels[row] >= 0 ? score_at(a.scores, query, row) : -INFINITY;
      any |= scores[i] > best[a.k - 1];
    }
    if (!__syncthreads_or(any)) continue;
#pragma unroll
    for (int i = 0; i < kRowsPerVote; i++) {
      const bool counts = scores[i] > best[a.k - 1];
      const int count = __syncthreads_count(counts);
      if (count == 0) continue;
      const uint32_t votes = __ballot_sync(0xffffffff, counts);
      if (thread % 32 == 0) warp_counts[thread / 32] = __popc(votes);
      __syncthreads();
      if (counts) {
        int place = __popc(votes & ((1u << (thread % 32)) - 1));
        for (int warp = 0; warp < thread / 32; warp++) place += warp_counts[warp];
        candidates[place] = scores[i];
        candidate_rows[place] = first + i * kListThreads + thread;
      }
      __syncthreads();
      if (thread < count) {
        const float score = candidates[thread];
        int rank = 0;
        for (int j = 0; j < count; j++) rank += candidates[j] > score || (candidates[j] == score && j < thread);
        sorted[rank] = score;
        sorted_rows[rank] = candidate_rows[thread];
      }
      __syncthreads();
      // Keys in the list have lower rows than new keys, so they precede their equals.
      if (thread < count) {
        const int place = thread + before<true>(best, a.k, sorted[thread]);
        if (place < a.k) {
          next[place] = sorted[thread];
          next_rows[place] = a.first_row + sorted_rows[thread];
        }
      }
      for (int i = thread; i < a.k; i += kListThreads) {
        const int place = i + before<false>(sorted, count, best[i]);
        if (place < a.k) {
          next[place] = best[i];
          next_rows[place] = best_rows[i];
        }
      }
      __syncthreads();
      float* const new_best = next;
      next = best;
      best = new_best;
      int64_t* const new_best_rows = next_rows;
      next_rows = best_rows;
      best_rows = new_best_rows;
    }
  }
  if (best != a.best_scores + query * a.k) {
    for (int i = thread; i < a.k; i += kListThreads) {
      next[i] = best[i];
      next_rows[i] = best_rows[i];
    }
  }
}
