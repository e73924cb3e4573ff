#include "pass/bounds.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "kernels.h"
#include "pass/label_order.h"
#include "pass/term_sums.h"

namespace afterimage {
namespace {

// One addition of a vector for both bounds.
inline void add_pair(double* sums, float least, float greatest) {
  typedef double Pair __attribute__((vector_size(16), aligned(8), may_alias));
  *reinterpret_cast<Pair*>(sums) += Pair{least, greatest};
}

}  // namespace

void Bounds::start(const afterimage_keys& keys, int64_t number, const afterimage_bounds& bounds) {
  keys_ = keys;
  number_ = number;
  bounds_ = bounds;
  factor_ = static_cast<float>(bounds.theta * kLog2E);
}

void Bounds::add(int64_t first, int64_t count, int64_t query) {
  for (int64_t i = 0; keys_.removals != nullptr && i < count; i++) {
    if (is_present(keys_, first + i)) continue;
    centers_[i] = kNoScore;
    radii_[i] = 0;
  }
  const int64_t padded = round_up(count, kScoreStep);
  for (int64_t i = count; i < padded; i++) {
    centers_[i] = kNoScore;
    radii_[i] = 0;
  }
  const ScoreKernels& scores = *kernels().scores;
  const float best = scores.bound_scores(centers_, radii_, padded, lower_, upper_);
  // No present key, unless NaN hides it.
  if (best <= kNoScore / 2 && std::none_of(upper_, upper_ + count, [](float upper) { return isnan(upper); })) return;
  float& reference = bounds_.references[query];
  if (best > reference) {
    raise_reference(bounds_.theta, best, reference, bounds_.sums + 2 * query * bounds_.classes, 2 * bounds_.classes);
  }
  scores.exponentiate(lower_, padded, factor_, reference, least_);
  scores.exponentiate(upper_, padded, factor_, reference, greatest_);
  add_terms(first, count, query);
}

void Bounds::add_terms(int64_t first, int64_t count, int64_t query) {
  double* const sums = bounds_.sums + 2 * query * bounds_.classes;
  const int32_t* const labels = keys_.labels + first;
  for (int64_t i = 0; keys_.weights != nullptr && i < count; i++) {
    least_[i] *= keys_.weights[first + i];
    greatest_[i] *= keys_.weights[first + i];
  }
  for (int64_t i = 0; keys_.removals != nullptr && i < count; i++) {
    if (upper_[i] == kNoScore) least_[i] = greatest_[i] = 0;
  }
  const float threshold = bounds_.theta == 0 ? INFINITY : bounds_.references[query] - bounds_.gap;
  int32_t below = 0;
  for (int64_t i = 0; i < count; i++) below += upper_[i] < threshold ? 1 : 0;
  if (below < count) list_candidates(first, count, query, threshold);
  for (int64_t i = 0; i < count; i++) add_pair(sums + 2 * labels[i], least_[i], greatest_[i]);
}

// Finds candidates without a branch for each key. NaN is not below the threshold, so a key with NaN is a candidate, and
// its exact score shows it.
void Bounds::list_candidates(int64_t first, int64_t count, int64_t query, float threshold) {
  int32_t candidates[kMaxKeys];
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) {
    candidates[found] = static_cast<int32_t>(i);
    found += !(upper_[i] < threshold) & (upper_[i] != kNoScore) ? 1 : 0;
  }
  int64_t place = query * bounds_.places + bounds_.counts[query];
  const int64_t listed = std::min(found, bounds_.places - bounds_.counts[query]);
  bounds_.counts[query] += listed;
  for (int64_t c = 0; c < listed; c++, place++) {
    const int64_t i = candidates[c];
    bounds_.rows[place] = static_cast<int32_t>(number_ + first + i);
    bounds_.labels[place] = keys_.labels[first + i];
    bounds_.weights[place] = keys_.weights == nullptr ? 1 : keys_.weights[first + i];
    bounds_.centers[place] = centers_[i];
    bounds_.radii[place] = radii_[i];
    least_[i] = greatest_[i] = 0;
  }
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
