#include "pass/bounds.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "kernels.h"
#include "pass/label_order.h"
#include "pass/term_sums.h"

namespace afterimage {

void Bounds::start(const afterimage_keys& keys, int64_t number, const afterimage_bounds& bounds) {
  keys_ = keys;
  number_ = number;
  bounds_ = bounds;
  factor_ = static_cast<float>(bounds.theta * kLog2E);
}

void Bounds::add(int64_t first, int64_t count, int64_t query) {
  for (int64_t i = 0; keys_.removals != nullptr && i < count; i++) {
    if (!is_present(keys_, first + i)) centers_[i] = kNoScore;
  }
  const int64_t padded = round_up(count, kScoreStep);
  for (int64_t i = count; i < padded; i++) {
    centers_[i] = kNoScore;
    radii_[i] = 0;
  }
  const ScoreKernels& scores = *kernels().scores;
  const float best = scores.bound_scores(centers_, radii_, padded, lower_, upper_);
  if (best <= kNoScore / 2) return;
  float& reference = bounds_.references[query];
  if (best > reference) {
    raise_reference(bounds_.theta, best, reference, bounds_.sums + 2 * query * bounds_.classes, 2 * bounds_.classes);
  }
  scores.exponentiate(lower_, padded, factor_, reference, least_);
  scores.exponentiate(upper_, padded, factor_, reference, greatest_);
  add_terms(first, count, query);
}

void Bounds::add_terms(int64_t first, int64_t count, int64_t query) {
  const float threshold = bounds_.theta == 0 ? INFINITY : bounds_.references[query] - bounds_.gap;
  const int64_t end = bounds_.places;
  int64_t place = bounds_.counts[query];
  int32_t* __restrict const rows = bounds_.rows + query * end;
  float* __restrict const centers = bounds_.centers + query * end;
  float* __restrict const radii = bounds_.radii + query * end;
  int32_t* __restrict const listed_labels = bounds_.labels + query * end;
  float* __restrict const listed_weights = bounds_.weights + query * end;
  const int32_t number = static_cast<int32_t>(number_ + first);
  const int32_t* __restrict const labels = keys_.labels + first;
  const float* __restrict const weights = keys_.weights == nullptr ? nullptr : keys_.weights + first;
  const float* __restrict const upper = upper_;
  const float* __restrict const least = least_;
  const float* __restrict const greatest = greatest_;
  double* __restrict const sums = bounds_.sums + 2 * query * bounds_.classes;
  for (int64_t i = 0; i < count; i++) {
    if (upper[i] == kNoScore) continue;
    const float weight = weights == nullptr ? 1 : weights[i];
    if (!(upper[i] < threshold) && place < end) {  // a key that is not finite is refined, which finds it
      rows[place] = number + static_cast<int32_t>(i);
      listed_labels[place] = labels[i];
      listed_weights[place] = weight;
      centers[place] = centers_[i];
      radii[place++] = radii_[i];
    } else {
      sums[2 * labels[i]] += static_cast<double>(weight) * least[i];
      sums[2 * labels[i] + 1] += static_cast<double>(weight) * greatest[i];
    }
  }
  bounds_.counts[query] = place;
}

}  // namespace afterimage

using namespace afterimage;

void afterimage_candidate_terms(const struct afterimage_bounds* bounds, int64_t query, float reference) {
  constexpr int64_t kPart = 256;
  const ScoreKernels& scores = *kernels().scores;
  const float factor = static_cast<float>(bounds->theta * kLog2E);
  float* const centers = bounds->centers + query * bounds->places;
  float* const radii = bounds->radii + query * bounds->places;
  const int64_t count = bounds->counts[query];
  for (int64_t first = 0; first < count; first += kPart) {
    const int64_t part = std::min(kPart, count - first);
    const int64_t padded = round_up(part, kScoreStep);
    float known[kPart] = {}, radius[kPart] = {}, lower[kPart], upper[kPart];
    memcpy(known, centers + first, sizeof(float) * part);
    memcpy(radius, radii + first, sizeof(float) * part);
    scores.bound_scores(known, radius, padded, lower, upper);
    scores.exponentiate(lower, padded, factor, reference, lower);
    scores.exponentiate(upper, padded, factor, reference, upper);
    memcpy(centers + first, lower, sizeof(float) * part);
    memcpy(radii + first, upper, sizeof(float) * part);
  }
}
