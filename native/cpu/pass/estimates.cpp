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
// One of so many groups of keys is surveyed. A group has the least number of keys that kernels multiply well.
constexpr int64_t kSurveyGroups = 32;
constexpr int64_t kSurveyedKeys = 16;
// Groups that are fetched before they are multiplied: they are far apart.
constexpr int64_t kFetchedGroups = 4;
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

// So many keys of a panel are far apart.
constexpr int64_t kFewKeys = 16;

constexpr int64_t kPanelKeys = EstimatedTerms::kMaxKeys;

struct EstimateBuffers {
  EstimateBuffers(Workspace& workspace, int64_t batch, int64_t components)
      : queries(workspace, batch, components),
        products(workspace.take<int32_t>(batch * kPanelKeys)),
        terms(workspace),
        numbers(workspace.take<int32_t>(kSurveyedKeys)) {}

  // Multiplies the queries by keys from row `first` of the sketch on.
  void multiply(const afterimage_sketch& sketch, int64_t first, int64_t count) const {
    queries.multiply(sketch, first, count, products);
  }
  // The estimates of these keys that reach the cutoff of a query, and the numbers of the keys; returns how many there are.
  int64_t estimate(const afterimage_sketch& sketch, int64_t first, int64_t count, int64_t number, int64_t query,
                   float cutoff, float* scores, int32_t* numbers) const {
    return kernels().scores->estimate({.products = products + query * count,
                                       .row = queries.rounded(query),
                                       .scales = sketch.scales + first,
                                       .count = count,
                                       .number = static_cast<int32_t>(number),
                                       .cutoff = cutoff,
                                       .scores = scores,
                                       .numbers = numbers});
  }

  SketchQueries queries;
  int32_t* products;  // (queries, keys of a panel)
  EstimatedTerms terms;
  int32_t* numbers;  // of a group of a survey
};

inline bool none_of_eight(const int32_t* drawn) {
  uint64_t pairs[4];
  memcpy(pairs, drawn, sizeof pairs);
  return (pairs[0] | pairs[1] | pairs[2] | pairs[3]) == 0;
}

// The greatest of some scores, in lanes that the compiler puts into vectors.
inline float greatest_of(const float* scores, int64_t count) {
  float lanes[kScoreStep];
  std::fill(lanes, lanes + kScoreStep, kNoScore);
  int64_t i = 0;
  for (; i + kScoreStep <= count; i += kScoreStep) {
    for (int64_t lane = 0; lane < kScoreStep; lane++) lanes[lane] = std::max(lanes[lane], scores[i + lane]);
  }
  for (; i < count; i++) lanes[0] = std::max(lanes[0], scores[i]);
  return *std::max_element(lanes, lanes + kScoreStep);
}

// Makes a greater score the reference of the sums.
void raise_reference(float theta, float score, float& reference, double* sums, int64_t count) {
  const double distance = static_cast<double>(reference) - score;
  const double factor = isinf(distance) ? 0 : exp(theta * distance);
  reference = score;
  for (int64_t i = 0; i < count; i++) sums[i] *= factor;
}

inline bool counts_for(int64_t query, int64_t number, int64_t key, const afterimage_keys& keys,
                       const int32_t* left_out) {
  return is_present(keys, key) && (left_out == nullptr || left_out[query] != number);
}

// The first key of the group that is surveyed of the groups kSurveyGroups * i and those that follow. No period of the labels
// meets all of them.
inline int64_t surveyed_key(int64_t i) {
  return (i * kSurveyGroups + (static_cast<uint32_t>(i) * 0x9E3779B9u >> 16) % kSurveyGroups) * kSurveyedKeys;
}

}  // namespace

float cutoff_of(const float* surveyed, int64_t count, float theta, float negligible) {
  if (count < kLeastSurvey) return -INFINITY;
  const float greatest = greatest_of(surveyed, count);
  if (greatest == kNoScore) return -INFINITY;
  const float factor = kBinsPerExponent * theta;
  int64_t counts[kBins] = {};
  for (int64_t first = 0; first < count; first += kSurveyBlock) {
    const int64_t block = std::min(kSurveyBlock, count - first);
    int32_t bins[kSurveyBlock];
    for (int64_t i = 0; i < block; i++) {
      bins[i] = static_cast<int32_t>(std::min(kBins - 1.0f, factor * (greatest - surveyed[first + i])));
    }
    for (int64_t i = 0; i < block; i++) counts[bins[i]]++;
  }
  double sum = 0;
  int64_t once = kOnce;
  for (int64_t bin = 0; bin < kBins; bin++) {
    const int64_t counted_once = std::min(once, counts[bin]);
    once -= counted_once;
    const double number = static_cast<double>(counted_once + kSurveyGroups * (counts[bin] - counted_once));
    sum += number * exp(static_cast<double>(-bin - 1) / kBinsPerExponent);
  }
  double rest = negligible * sum;
  // Keys between surveyed ones are few, and may matter: the cutoff is where a surveyed key is, not in a gap.
  int64_t cut = kBins;
  for (int64_t bin = kBins - 1; bin > 0; bin--) {
    if (counts[bin] == 0) continue;
    rest -= static_cast<double>(kSurveyGroups * counts[bin]) * exp(static_cast<double>(-bin) / kBinsPerExponent);
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
  // The labels of many keys are near each other.
  for (int64_t i = keys.count; count <= kFewKeys && i < keys.count + count; i++)
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
    left += counts_for(query, numbers[i], numbers[i] - number_, keys_, estimates_.left_out) ? 1 : 0;
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
  const float best = greatest_of(keys.terms, count);
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
  // Keys are often sorted by class: a sum in memory would wait for the term before.
  int32_t label = keys_.labels[keys.numbers[0] - number_];
  double sum = 0;
  for (int64_t i = 0; i < count; i++) {
    keys.labels[i] = keys_.labels[keys.numbers[i] - number_];
    if (keys.labels[i] != label) {
      sums[label] += sum;
      label = keys.labels[i];
      sum = 0;
    }
    sum += keys.terms[i];
  }
  sums[label] += sum;
  estimates_.counts[query]++;
}

}  // namespace afterimage

using namespace afterimage;

int64_t afterimage_sketch_estimates_bytes(int64_t batch, int64_t components) {
  Workspace workspace(nullptr);
  EstimateBuffers(workspace, batch, components);
  return workspace.used();
}

int64_t afterimage_surveyed_keys(int64_t rows) { return rows / (kSurveyGroups * kSurveyedKeys) * kSurveyedKeys; }

int afterimage_sketch_survey(const struct afterimage_sketch* sketch, int64_t first, const struct afterimage_keys* keys,
                             int64_t number, const struct afterimage_queries* queries, void* workspace,
                             const int32_t* left_out, int64_t surveyed, float* scores,
                             const volatile int32_t* cancelled) {
  Workspace memory(workspace);
  EstimateBuffers buffers(memory, queries->batch, sketch->components);
  buffers.queries.convert(*sketch, queries->rows);
  const int64_t end = number + keys->count;
  for (int64_t i = number / (kSurveyGroups * kSurveyedKeys); i < surveyed / kSurveyedKeys && surveyed_key(i) < end; i++) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    // Keys that belong to this call.
    const int64_t from = std::max(number, surveyed_key(i));
    const int64_t count = std::min(end, surveyed_key(i) + kSurveyedKeys) - from;
    if (count <= 0) continue;
    const int64_t row = first + from - number;
    const int64_t later = surveyed_key(i + kFetchedGroups);
    if (later + kSurveyedKeys <= end) buffers.queries.fetch(*sketch, first + later - number, kSurveyedKeys);
    buffers.multiply(*sketch, row, count);
    for (int64_t query = 0; query < queries->batch; query++) {
      float* const place = scores + query * surveyed + i * kSurveyedKeys + (from - surveyed_key(i));
      buffers.estimate(*sketch, row, count, from, query, -INFINITY, place, buffers.numbers);
      for (int64_t k = 0; k < count; k++) {
        // Weights could make any term great.
        const bool counts = keys->weights == nullptr && counts_for(query, from + k, from + k - number, *keys, left_out);
        if (!counts) place[k] = kNoScore;
      }
    }
  }
  return AFTERIMAGE_OK;
}

void afterimage_cutoffs(const float* scores, int64_t batch, int64_t surveyed, float theta, float negligible,
                        float* cutoffs) {
  for (int64_t query = 0; query < batch; query++) {
    cutoffs[query] = cutoff_of(scores + query * surveyed, surveyed, theta, negligible);
  }
}

int afterimage_sketch_estimates(const struct afterimage_sketch* sketch, int64_t first,
                                const struct afterimage_keys* keys, int64_t number,
                                const struct afterimage_queries* queries, void* workspace,
                                const struct afterimage_estimates* estimates, const volatile int32_t* cancelled) {
  Workspace memory(workspace);
  EstimateBuffers buffers(memory, queries->batch, sketch->components);
  buffers.queries.convert(*sketch, queries->rows);
  const bool all = estimates->cutoffs == nullptr || keys->weights != nullptr;
  EstimatedTerms& terms = buffers.terms;
  terms.start(*keys, number, *estimates, queries->batch);
  for (int64_t key = 0; key < keys->count; key += kPanelKeys) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    const int64_t count = std::min(kPanelKeys, keys->count - key);
    buffers.multiply(*sketch, first + key, count);
    for (int64_t query = 0; query < queries->batch; query++) {
      const float cutoff = all ? -INFINITY : estimates->cutoffs[query];
      terms.add(buffers.estimate(*sketch, first + key, count, number + key, query, cutoff, terms.scores(query),
                                 terms.numbers(query)),
                query);
    }
  }
  terms.finish();
  return AFTERIMAGE_OK;
}

void afterimage_draw_keys(const struct afterimage_estimates* estimates, int64_t query, struct afterimage_draw* draw) {
  float random[AFTERIMAGE_LISTED_PLACES];
  int32_t drawn[AFTERIMAGE_LISTED_PLACES] = {};
  int64_t place = draw->count;
  for (int64_t block = 0; block < estimates->counts[query]; block++) {
    const afterimage_listed_keys& keys = estimates->blocks[query * estimates->places + block];
    const float factor = static_cast<float>(exp(draw->theta * (static_cast<double>(keys.reference) - draw->reference)));
    const float greatest_rank = draw->greatest_rank * factor;
    kernels().scores->draw({.seed = draw->seed,
                            .numbers = keys.numbers,
                            .terms = keys.terms,
                            .factor = greatest_rank * draw->greatest_rate,
                            .count = keys.count,
                            .random = random,
                            .drawn = drawn});
    for (int64_t i = 0; i < keys.count; i++) {
      if (i % 8 == 0 && i + 8 <= keys.count && none_of_eight(drawn + i)) {
        i += 7;
        continue;
      }
      const float rate = draw->rates[keys.labels[i]] * keys.terms[i];
      if (drawn[i] == 0 || random[i] >= greatest_rank * rate) continue;
      if (place < draw->places) {
        draw->rows[place] = keys.numbers[i];
        draw->labels[place] = keys.labels[i];
        draw->terms[place] = keys.terms[i] * factor;
        draw->ranks[place] = random[i] / (rate * factor);
      }
      place++;
    }
  }
  draw->count = place;
}
