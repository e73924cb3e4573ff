#include "pass/estimates.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "kernels.h"
#include "pass/label_order.h"
#include "pass/sketch_codes.h"

namespace afterimage {
namespace {

// Fewer keys do not say how many have small terms.
constexpr int64_t kLeastSurvey = 256;
// Surveyed keys are counted by their exponents, from the greatest one down.
constexpr int64_t kBins = 128;
constexpr float kBinsPerExponent = 4;
constexpr int64_t kSurveyBlock = 256;
// The greatest surveyed keys may be the only ones of their kind: they stand for themselves.
constexpr int64_t kOnce = 4;

// The multiple of scores that kernels take.
constexpr int64_t kScoreStep = 16;
// The score of a key that does not count.
constexpr float kNoScore = -1e30f;

constexpr int64_t kPanelKeys = EstimatedTerms::kMaxKeys;

struct EstimateBuffers {
  EstimateBuffers(Workspace& workspace, int64_t batch, int64_t components)
      : queries(workspace, batch, components),
        products(workspace.take<int32_t>(batch * kPanelKeys)),
        terms(workspace),
        cutoffs(workspace.take<float>(batch)),
        numbers(workspace.take<int32_t>(kPanelKeys)) {}

  SketchQueries queries;
  int32_t* products;  // (queries, keys of a panel)
  EstimatedTerms terms;
  float* cutoffs;
  int32_t* numbers;  // of a survey
};

inline bool none_of_eight(const int32_t* drawn) {
  uint64_t pairs[4];
  memcpy(pairs, drawn, sizeof pairs);
  return (pairs[0] | pairs[1] | pairs[2] | pairs[3]) == 0;
}

// Makes a greater score the reference of the sums.
void raise_reference(float theta, float score, float& reference, double* sums, int64_t count) {
  const double distance = static_cast<double>(reference) - score;
  const double factor = isinf(distance) ? 0 : exp(theta * distance);
  reference = score;
  for (int64_t i = 0; i < count; i++) sums[i] *= factor;
}

// The sum of terms relative to a greater reference.
inline double sum_of_terms(const afterimage_estimates& estimates, int64_t query, float reference) {
  const double distance = static_cast<double>(estimates.references[query]) - reference;
  if (isinf(distance)) return 0;
  double sum = 0;
  for (int64_t i = 0; i < estimates.classes; i++) sum += estimates.sums[query * estimates.classes + i];
  return sum * exp(estimates.theta * distance);
}

inline bool counts_for(int64_t query, int64_t number, int64_t key, const afterimage_keys& keys,
                       const afterimage_estimates& estimates) {
  return is_present(keys, key) && (estimates.left_out == nullptr || estimates.left_out[query] != number);
}

}  // namespace

bool Survey::pays() const {
  return estimates_.negligible > 0 && keys_.weights == nullptr && keys_.count / kGroups >= kLeastSurvey;
}

int64_t Survey::group(int64_t i) { return i * kGroups + (static_cast<uint32_t>(i) * 0x9E3779B9u >> 16) % kGroups; }

float* Survey::scores(int64_t query) const {
  // The blocks for these keys are far larger.
  return reinterpret_cast<float*>(estimates_.blocks + query * estimates_.places + estimates_.counts[query]);
}

void Survey::drop_absent(int64_t query, int64_t number, int64_t first, int64_t count, float* scores) const {
  for (int64_t i = 0; i < count; i++) {
    if (!counts_for(query, number + first + i, first + i, keys_, estimates_)) scores[i] = kNoScore;
  }
}

float Survey::cutoff(int64_t query, int64_t count) const {
  const float* const surveyed = scores(query);
  const float greatest = *std::max_element(surveyed, surveyed + count);
  if (greatest == kNoScore) return -INFINITY;
  const float factor = kBinsPerExponent * estimates_.theta;
  int64_t counts[kBins] = {};
  for (int64_t first = 0; first < count; first += kSurveyBlock) {
    const int64_t block = std::min(kSurveyBlock, count - first);
    int32_t bins[kSurveyBlock];
    for (int64_t i = 0; i < block; i++) {
      bins[i] = static_cast<int32_t>(std::min(kBins - 1.0f, factor * (greatest - surveyed[first + i])));
    }
    for (int64_t i = 0; i < block; i++) counts[bins[i]]++;
  }
  const double of_each = static_cast<double>(keys_.count) / static_cast<double>(count);
  double sum = 0;
  int64_t once = kOnce;
  for (int64_t bin = 0; bin < kBins; bin++) {
    const int64_t counted_once = std::min(once, counts[bin]);
    once -= counted_once;
    const double number = static_cast<double>(counted_once) + of_each * static_cast<double>(counts[bin] - counted_once);
    sum += number * exp(static_cast<double>(-bin - 1) / kBinsPerExponent);
  }
  const float reference = std::max(greatest, estimates_.references[query]);
  const double known = sum_of_terms(estimates_, query, reference) * exp(estimates_.theta * (reference - greatest));
  const double share = static_cast<double>(keys_.count) / static_cast<double>(estimates_.keys);
  double rest = estimates_.negligible * std::max(sum, share * known);
  // Keys between surveyed ones are few, and may matter: the cutoff is where a surveyed key is, not in a gap.
  int64_t cut = kBins;
  for (int64_t bin = kBins - 1; bin > 0; bin--) {
    if (counts[bin] == 0) continue;
    rest -= of_each * static_cast<double>(counts[bin]) * exp(static_cast<double>(-bin) / kBinsPerExponent);
    if (rest < 0) break;
    cut = bin;
  }
  return cut == kBins ? -INFINITY : greatest - static_cast<float>(cut) / factor;
}

void EstimatedTerms::start(const afterimage_keys& keys, int64_t number, const afterimage_estimates& estimates,
                           int64_t batch) {
  keys_ = keys;
  number_ = number;
  estimates_ = estimates;
  batch_ = batch;
  for (int64_t query = 0; query < batch; query++) block(query).count = 0;
}

void EstimatedTerms::add(int64_t count, int64_t query) {
  if (keys_.removals != nullptr || estimates_.left_out != nullptr) count = drop_absent(query, count);
  afterimage_listed_keys& keys = block(query);
  for (int64_t i = keys.count; i < keys.count + count; i++)
    __builtin_prefetch(keys_.labels + keys.numbers[i] - number_);
  keys.count += count;
  if (keys.count >= AFTERIMAGE_LISTED_KEYS) {
    add_block(query);
    block(query).count = 0;
  }
}

int64_t EstimatedTerms::drop_absent(int64_t query, int64_t count) {
  float* const scores = this->scores(query);
  int32_t* const numbers = this->numbers(query);
  int64_t left = 0;
  for (int64_t i = 0; i < count; i++) {
    scores[left] = scores[i];
    numbers[left] = numbers[i];
    left += counts_for(query, numbers[i], numbers[i] - number_, keys_, estimates_) ? 1 : 0;
  }
  return left;
}

void EstimatedTerms::finish() {
  for (int64_t query = 0; query < batch_; query++) {
    if (block(query).count > 0) add_block(query);
  }
}

void EstimatedTerms::add_block(int64_t query) {
  afterimage_listed_keys& keys = block(query);
  const int64_t count = keys.count;
  const float best = *std::max_element(keys.terms, keys.terms + count);
  float& reference = estimates_.references[query];
  double* const sums = estimates_.sums + query * estimates_.classes;
  if (best > reference) raise_reference(estimates_.theta, best, reference, sums, estimates_.classes);
  keys.reference = reference;
  const int64_t padded = round_up(count, kScoreStep);
  memcpy(scores_, keys.terms, sizeof(float) * count);
  for (int64_t i = count; i < padded; i++) scores_[i] = kNoScore;
  kernels().scores->exponentiate(scores_, padded, static_cast<float>(estimates_.theta * kLog2E), keys.reference,
                                 keys.terms);
  for (int64_t i = 0; keys_.weights != nullptr && i < count; i++) {
    keys.terms[i] *= keys_.weights[keys.numbers[i] - number_];
  }
  for (int64_t i = 0; i < count; i++) {
    keys.labels[i] = keys_.labels[keys.numbers[i] - number_];
    sums[keys.labels[i]] += keys.terms[i];
  }
  estimates_.counts[query]++;
}

}  // namespace afterimage

using namespace afterimage;

int64_t afterimage_sketch_estimates_bytes(int64_t batch, int64_t components) {
  Workspace workspace(nullptr);
  EstimateBuffers(workspace, batch, components);
  return workspace.used();
}

int afterimage_sketch_estimates(const struct afterimage_sketch* sketch, int64_t first,
                                const struct afterimage_keys* keys, int64_t number,
                                const struct afterimage_queries* queries, void* workspace,
                                const struct afterimage_estimates* estimates, const volatile int32_t* cancelled) {
  Workspace memory(workspace);
  EstimateBuffers buffers(memory, queries->batch, sketch->components);
  buffers.queries.convert(*sketch, queries->rows);
  float* const cutoffs = buffers.cutoffs;
  const auto estimate_kernel = kernels().scores->estimate;
  const auto multiply = [&](int64_t key, int64_t count) {
    buffers.queries.multiply(*sketch, first + key, count, buffers.products);
  };
  // The estimates of a panel that reach the cutoff of a query, and the numbers of their keys; returns how many there
  // are.
  const auto estimate = [&](int64_t key, int64_t count, int64_t query, float* scores, int32_t* numbers) {
    return estimate_kernel({.products = buffers.products + query * count,
                            .row = buffers.queries.rounded(query),
                            .scales = sketch->scales + first + key,
                            .count = count,
                            .number = static_cast<int32_t>(number + key),
                            .cutoff = cutoffs[query],
                            .scores = scores,
                            .numbers = numbers});
  };
  std::fill(cutoffs, cutoffs + queries->batch, -INFINITY);
  const Survey survey(*keys, *estimates);
  if (survey.pays()) {
    int64_t surveyed = 0;
    for (int64_t i = 0; (i + 1) * Survey::kGroups * Survey::kGroupKeys <= keys->count; i++) {
      if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
      const int64_t key = Survey::group(i) * Survey::kGroupKeys;
      multiply(key, Survey::kGroupKeys);
      for (int64_t query = 0; query < queries->batch; query++) {
        float* scores = survey.scores(query) + surveyed;
        estimate(key, Survey::kGroupKeys, query, scores, buffers.numbers);
        survey.drop_absent(query, number, key, Survey::kGroupKeys, scores);
      }
      surveyed += Survey::kGroupKeys;
    }
    for (int64_t query = 0; query < queries->batch; query++) cutoffs[query] = survey.cutoff(query, surveyed);
  }
  EstimatedTerms& terms = buffers.terms;
  terms.start(*keys, number, *estimates, queries->batch);
  for (int64_t key = 0; key < keys->count; key += kPanelKeys) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    const int64_t count = std::min(kPanelKeys, keys->count - key);
    multiply(key, count);
    for (int64_t query = 0; query < queries->batch; query++) {
      terms.add(estimate(key, count, query, terms.scores(query), terms.numbers(query)), query);
    }
  }
  terms.finish();
  return AFTERIMAGE_OK;
}

void afterimage_draw_keys(const struct afterimage_estimates* estimates, int64_t query, struct afterimage_draw* draw) {
  float random[AFTERIMAGE_LISTED_PLACES], rates[AFTERIMAGE_LISTED_PLACES];
  int32_t drawn[AFTERIMAGE_LISTED_PLACES] = {};
  int64_t place = draw->count;
  for (int64_t block = 0; block < estimates->counts[query]; block++) {
    const afterimage_listed_keys& keys = estimates->blocks[query * estimates->places + block];
    const float factor = static_cast<float>(exp(draw->theta * (static_cast<double>(keys.reference) - draw->reference)));
    kernels().scores->draw({.seed = draw->seed,
                            .numbers = keys.numbers,
                            .terms = keys.terms,
                            .labels = keys.labels,
                            .rates = draw->rates,
                            .greatest_rank = draw->greatest_rank * factor,
                            .count = keys.count,
                            .random = random,
                            .key_rates = rates,
                            .drawn = drawn});
    for (int64_t i = 0; i < keys.count; i++) {
      if (i % 8 == 0 && i + 8 <= keys.count && none_of_eight(drawn + i)) {
        i += 7;
        continue;
      }
      if (drawn[i] == 0) continue;
      if (place < draw->places) {
        draw->rows[place] = keys.numbers[i];
        draw->labels[place] = keys.labels[i];
        draw->terms[place] = keys.terms[i] * factor;
        draw->ranks[place] = random[i] / (rates[i] * factor);
      }
      place++;
    }
  }
  draw->count = place;
}
