#include "pass/estimates.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "kernels.h"
#include "pass/label_order.h"
#include "pass/screen_int4.h"

namespace afterimage {
namespace {

// The multiple of keys that kernels take.
constexpr int64_t kStep = 16;
// The score of a key that does not count.
constexpr float kNothing = -1e30f;
// Keys that are drawn at once.
constexpr int64_t kDrawnKeys = 256;

// Absent keys have no terms. At a theta of 0 they would have.
inline void drop_absent(const float* scores, int64_t count, float* __restrict terms) {
  for (int64_t i = 0; i < count; i++) terms[i] = scores[i] == kNothing ? 0 : terms[i];
}

inline bool none_of_eight(const int32_t* drawn) {
  uint64_t pairs[4];
  memcpy(pairs, drawn, sizeof pairs);
  return (pairs[0] | pairs[1] | pairs[2] | pairs[3]) == 0;
}

}  // namespace

void EstimatedTerms::start(const afterimage_keys& keys, const afterimage_estimates& estimates) {
  keys_ = keys;
  estimates_ = estimates;
  factor_ = static_cast<float>(estimates.theta * kLog2E);
}

void EstimatedTerms::add(int64_t first, int64_t count, int64_t query, float* scores, float best) {
  if (keys_.removals != nullptr) {
    best = kNothing;
    for (int64_t i = 0; i < count; i++) {
      if (!is_present(keys_, first + i)) scores[i] = kNothing;
      best = std::max(best, scores[i]);
    }
    if (best == kNothing) return;
  }
  if (best > estimates_.references[query]) raise(query, best);
  const int64_t padded = round_up(count, kStep);
  memcpy(padded_, scores, sizeof(float) * count);
  for (int64_t i = count; i < padded; i++) padded_[i] = kNothing;
  kernels().scores->exponentiate(padded_, padded, factor_, estimates_.references[query], terms_);
  drop_absent(scores, count, terms_);
  const int32_t* __restrict const labels = keys_.labels + first;
  const float* __restrict const weights = keys_.weights == nullptr ? nullptr : keys_.weights + first;
  const float* __restrict const terms = terms_;
  double* __restrict const sums = estimates_.sums + query * estimates_.classes;
  if (weights == nullptr) {
    for (int64_t i = 0; i < count; i++) sums[labels[i]] += terms[i];
  } else {
    for (int64_t i = 0; i < count; i++) sums[labels[i]] += static_cast<double>(weights[i]) * terms[i];
  }
}

void EstimatedTerms::raise(int64_t query, float reference) {
  const double distance = static_cast<double>(estimates_.references[query]) - reference;
  const double factor = isinf(distance) ? 0 : exp(estimates_.theta * distance);
  estimates_.references[query] = reference;
  double* const sums = estimates_.sums + query * estimates_.classes;
  for (int64_t i = 0; i < estimates_.classes; i++) sums[i] *= factor;
}

}  // namespace afterimage

using namespace afterimage;

int afterimage_screen_estimates(const struct afterimage_screen* screen, int64_t first,
                                const struct afterimage_keys* keys, int64_t place,
                                const struct afterimage_queries* queries, void* workspace,
                                const struct afterimage_estimates* estimates, const volatile int32_t* cancelled) {
  if (screen->bits != 4) return AFTERIMAGE_UNSUPPORTED;
  return add_int4_estimates(*screen, first, *keys, place, *queries, workspace, *estimates, cancelled);
}

void afterimage_draw_keys(const struct afterimage_keys* keys, const float* scores, int64_t number,
                          struct afterimage_draw* draw) {
  const float factor = static_cast<float>(draw->theta * kLog2E);
  float padded_scores[kDrawnKeys], terms[kDrawnKeys], random[kDrawnKeys], rates[kDrawnKeys];
  int32_t drawn[kDrawnKeys] = {};
  int64_t place = draw->count;
  for (int64_t first = 0; first < keys->count; first += kDrawnKeys) {
    const int64_t count = std::min(kDrawnKeys, keys->count - first);
    const int64_t padded = round_up(count, kStep);
    memcpy(padded_scores, scores + first, sizeof(float) * count);
    for (int64_t i = count; i < padded; i++) padded_scores[i] = kNothing;
    kernels().scores->exponentiate(padded_scores, padded, factor, draw->reference, terms);
    drop_absent(scores + first, count, terms);
    const float* weights = keys->weights == nullptr ? nullptr : keys->weights + first;
    for (int64_t i = 0; weights != nullptr && i < count; i++) terms[i] *= weights[i];
    kernels().scores->draw({.seed = draw->seed,
                            .number = static_cast<uint32_t>(number + first),
                            .terms = terms,
                            .labels = keys->labels + first,
                            .rates = draw->rates,
                            .greatest_rank = draw->greatest_rank,
                            .count = count,
                            .random = random,
                            .key_rates = rates,
                            .drawn = drawn});
    for (int64_t i = 0; i < count; i++) {
      if (i % 8 == 0 && none_of_eight(drawn + i)) {
        i += 7;
        continue;
      }
      if (drawn[i] == 0) continue;
      if (place < draw->places) {
        draw->rows[place] = static_cast<int32_t>(number + first + i);
        draw->labels[place] = keys->labels[first + i];
        draw->weights[place] = weights == nullptr ? 1 : weights[i];
        draw->terms[place] = terms[i];
        draw->ranks[place] = random[i] / rates[i];
      }
      place++;
    }
  }
  draw->count = place;
}
