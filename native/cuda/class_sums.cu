// Class sums over a tile of scores.
//
// A few lanes share one run of keys of one class for one query. They find the maximum of the run, sum exponentials
// relative to it, and convert the sum to the query's reference in double: nothing underflows that a double can hold,
// whatever the reference is. Each sum has one writer per launch, and launches are sequential, so equal calls give equal
// bits.
#include "device.h"

namespace kernels {

constexpr int kRunThreads = 128;
// Float32 terms that are summed before the sum is added in double, and terms that are loaded at a time.
constexpr int kTerms = 16;
constexpr int kLoaded = 4;

// Processes `thetas` thetas at a time, so that each score is loaded once for them. score(place) returns the score at a
// place in the runs, for this query.
template <int thetas, class ScoreOf>
DEVICE void class_sums(const ClassSumsArguments& a, bool present, int run, int query, const ScoreOf& score) {
  const int lanes = a.lanes;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  // All lanes of a warp take part in the shuffles; lanes past the last run have an empty one.
  const int start = present ? a.runs.run_starts[run] : 0;
  const int end = present ? a.runs.run_starts[run + 1] : 0;

  float maximum = -INFINITY;
  for (int place = start + lane; place < end; place += lanes) maximum = fmaxf(maximum, score(place));
  for (int offset = lanes / 2; offset > 0; offset /= 2) {
    maximum = fmaxf(maximum, __shfl_xor_sync(0xffffffff, maximum, offset));
  }
  const bool writes = lane == 0 && end > start;
  if (writes) take_maximum(&a.maxima[query], maximum);
  const float reference = a.references[query];

  for (int first = 0; first < a.theta_count; first += thetas) {
    double totals[thetas];
    float steepness[thetas];
#pragma unroll
    for (int t = 0; t < thetas; t++) {
      totals[t] = 0;
      steepness[t] = a.thetas[lowest(first + t, a.theta_count - 1)] * kLog2e;
    }
    for (int place = start + lane; place < end;) {
      float sums[thetas];
#pragma unroll
      for (int t = 0; t < thetas; t++) sums[t] = 0;
      const auto add = [&](float value) {
#pragma unroll
        for (int t = 0; t < thetas; t++) sums[t] += exp2_or_zero(steepness[t] * (value - maximum));
      };
      int term = 0;
      for (; term < kTerms && place + (kLoaded - 1) * lanes < end; term += kLoaded, place += kLoaded * lanes) {
        float loaded[kLoaded];
#pragma unroll
        for (int i = 0; i < kLoaded; i++) loaded[i] = score(place + i * lanes);
#pragma unroll
        for (int i = 0; i < kLoaded; i++) add(loaded[i]);
      }
      for (; term < kTerms && place < end; term++, place += lanes) add(score(place));
#pragma unroll
      for (int t = 0; t < thetas; t++) totals[t] += sums[t];
    }
#pragma unroll
    for (int t = 0; t < thetas; t++) {
      for (int offset = lanes / 2; offset > 0; offset /= 2) {
        totals[t] += __shfl_xor_sync(0xffffffff, totals[t], offset);
      }
      if (writes && first + t < a.theta_count) {
        const double shift = exp(static_cast<double>(a.thetas[first + t]) *
                                 (static_cast<double>(maximum) - static_cast<double>(reference)));
        const int64_t row = static_cast<int64_t>(first + t) * a.batch + query;
        a.sums[row * a.classes + a.runs.run_labels[run]] += totals[t] * shift;
      }
    }
  }
}

template <int thetas>
DEVICE void class_sums(const ClassSumsArguments& a) {
  // Threads are assigned to the runs of the first query, then to those of the second, and so on, so that no thread is
  // idle if a tile has few runs.
  const uint32_t pair = blockIdx.x * (kRunThreads / a.lanes) + threadIdx.x / a.lanes;
  const bool present = pair < static_cast<uint32_t>(a.run_count) * a.batch;
  const int query = present ? static_cast<int>(pair / a.run_count) : 0;
  const int run = present ? static_cast<int>(pair % a.run_count) : 0;
  const auto row = [&](int place) { return a.runs.order == nullptr ? place : a.runs.order[place]; };
  if (a.runs.order == nullptr && a.scores.key_scales == nullptr) {
    const float* scores = static_cast<const float*>(a.scores.values) + query * a.scores.stride;
    class_sums<thetas>(a, present, run, query, [&](int place) { return scores[place]; });
  } else {
    class_sums<thetas>(a, present, run, query, [&](int place) { return score_at(a.scores, query, row(place)); });
  }
}

}  // namespace kernels
using namespace kernels;

// Grid (ceil(batch * runs * lanes / 128)), with batch * runs < 2^32.
KERNEL(128, 8) class_sums_of_one_theta(ClassSumsArguments a) { class_sums<1>(a); }
KERNEL(128, 6) class_sums_of_thetas(ClassSumsArguments a) { class_sums<8>(a); }
