#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "interface.h"
#include "kernels.h"
#include "pass/label_order.h"
#include "pass/sketch_codes.h"
#include "pass/workspace.h"

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

// Keys that are estimated at once.
constexpr int64_t kPanelKeys = 128;
// Keys that count are gathered until there are so many.
constexpr int64_t kBlockKeys = 512;
constexpr int64_t kBlockPlaces = kBlockKeys + kPanelKeys;
constexpr int64_t kSummedKeys = 8;

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

inline bool counts_for(const afterimage_estimate& estimate, int64_t number, int64_t key, const afterimage_keys& keys) {
  return is_present(keys, key) && estimate.left_out != number;
}

// Makes a greater score the reference.
void raise_reference(float theta, int64_t classes, float score, afterimage_estimate& estimate) {
  const double distance = static_cast<double>(estimate.reference) - score;
  const double factor = isinf(distance) ? 0 : exp(theta * distance);
  estimate.reference = score;
  for (int64_t c = 0; c < classes; c++) estimate.sums[c] *= factor;
  const int64_t kept = std::min(estimate.drawn, estimate.places);
  for (int64_t i = 0; i < kept; i++) estimate.terms[i] *= static_cast<float>(factor);
}

// The first key of the group that is surveyed of the groups kSurveyGroups * i and those that follow. No period of the labels
// meets all of them.
inline int64_t surveyed_key(int64_t i) {
  return (i * kSurveyGroups + (static_cast<uint32_t>(i) * 0x9E3779B9u >> 16) % kSurveyGroups) * kSurveyedKeys;
}

// Finds the cutoff of a query: smaller estimates have terms whose sum is negligible.
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

// Adds terms to the estimates of a batch.
class EstimatedTerms {
 public:
  EstimatedTerms(Workspace& workspace, int64_t batch)
      : blocks_(workspace.take<Block>(batch)),
        greatest_rates_(workspace.take<float>(batch)),
        terms_(workspace.take<float>(kBlockPlaces)),
        random_(workspace.take<float>(kBlockPlaces)),
        drawn_(workspace.take<int32_t>(kBlockPlaces)),
        batch_(batch) {}

  void start(const afterimage_keys& keys, int64_t number, float theta, int64_t classes, afterimage_estimate* estimates) {
    keys_ = keys;
    number_ = number;
    theta_ = theta;
    classes_ = classes;
    estimates_ = estimates;
    for (int64_t query = 0; query < batch_; query++) {
      blocks_[query].count = 0;
      greatest_rates_[query] = *std::max_element(estimates[query].rates, estimates[query].rates + classes);
    }
  }
  // Where the caller's kernel puts the estimates and the numbers of the next keys of a query.
  float* scores(int64_t query) { return blocks_[query].scores + blocks_[query].count; }
  int32_t* numbers(int64_t query) { return blocks_[query].numbers + blocks_[query].count; }
  // Takes the keys that the kernel put there.
  void add(int64_t count, int64_t query) {
    if (keys_.removals != nullptr || estimates_[query].left_out >= 0) count = drop_absent(query, count);
    Block& block = blocks_[query];
    // The labels of many keys are near each other.
    for (int64_t i = block.count; count <= kFewKeys && i < block.count + count; i++)
      __builtin_prefetch(keys_.labels + block.numbers[i] - number_);
    block.count += count;
    if (block.count >= kBlockKeys) add_block(query);
  }
  void finish() {
    for (int64_t query = 0; query < batch_; query++) {
      if (blocks_[query].count > 0) add_block(query);
    }
  }

 private:
  struct Block {
    int64_t count;
    float scores[kBlockPlaces];
    int32_t numbers[kBlockPlaces];
  };

  // Returns the number of keys that are left.
  int64_t drop_absent(int64_t query, int64_t count) {
    float* const scores = this->scores(query);
    int32_t* const numbers = this->numbers(query);
    int64_t left = 0;
    for (int64_t i = 0; i < count; i++) {
      scores[left] = scores[i];
      numbers[left] = numbers[i];
      left += counts_for(estimates_[query], numbers[i], numbers[i] - number_, keys_) ? 1 : 0;
    }
    return left;
  }

  void add_block(int64_t query) {
    Block& block = blocks_[query];
    afterimage_estimate& estimate = estimates_[query];
    const float best = greatest_of(block.scores, block.count);
    if (best > estimate.reference) raise_reference(theta_, classes_, best, estimate);
    const int64_t padded = round_up(block.count, kScoreStep);
    for (int64_t i = block.count; i < padded; i++) block.scores[i] = kNoScore;
    kernels().scores->exponentiate(block.scores, padded, static_cast<float>(theta_ * kLog2E), estimate.reference, terms_);
    for (int64_t i = 0; keys_.weights != nullptr && i < block.count; i++) {
      terms_[i] *= keys_.weights[block.numbers[i] - number_];
    }
    add_sums(block, estimate.sums);
    if (greatest_rates_[query] > 0) draw(block, greatest_rates_[query], estimate);
    estimate.counted += block.count;
    block.count = 0;
  }

  // Keys are often sorted by class: a sum in memory would wait for the term before, so terms of one class are added first.
  void add_sums(const Block& block, double* sums) const {
    const int32_t* const labels = keys_.labels - number_;
    int64_t i = 0;
    for (; i + kSummedKeys <= block.count; i += kSummedKeys) {
      const int32_t* const numbers = block.numbers + i;
      const float* const terms = terms_ + i;
      const int32_t label = labels[numbers[0]];
      int32_t differences = 0;
      for (int64_t k = 1; k < kSummedKeys; k++) differences |= labels[numbers[k]] ^ label;
      if (differences == 0) {
        double halves[kSummedKeys / 2];
        for (int64_t k = 0; k < kSummedKeys / 2; k++) {
          halves[k] = static_cast<double>(terms[k]) + terms[kSummedKeys / 2 + k];
        }
        sums[label] += halves[0] + halves[1] + (halves[2] + halves[3]);
      } else {
        for (int64_t k = 0; k < kSummedKeys; k++) sums[labels[numbers[k]]] += terms[k];
      }
    }
    for (; i < block.count; i++) sums[labels[block.numbers[i]]] += terms_[i];
  }

  void draw(const Block& block, float greatest_rate, afterimage_estimate& estimate) {
    const double distance = static_cast<double>(estimate.reference) - estimate.rate_reference;
    const float factor = static_cast<float>(exp(theta_ * distance));
    kernels().scores->draw({.seed = static_cast<uint32_t>(estimate.seed),
                            .numbers = block.numbers,
                            .terms = terms_,
                            .factor = factor * greatest_rate,
                            .count = block.count,
                            .random = random_,
                            .drawn = drawn_});
    for (int64_t i = 0; i < block.count; i++) {
      if (i % 8 == 0 && i + 8 <= block.count && none_of_eight(drawn_ + i)) {
        i += 7;
        continue;
      }
      if (drawn_[i] == 0) continue;
      const int32_t label = keys_.labels[block.numbers[i] - number_];
      if (!(random_[i] < factor * estimate.rates[label] * terms_[i])) continue;
      if (estimate.drawn < estimate.places) {
        estimate.numbers[estimate.drawn] = block.numbers[i];
        estimate.labels[estimate.drawn] = label;
        estimate.terms[estimate.drawn] = terms_[i];
        estimate.random[estimate.drawn] = random_[i];
      }
      estimate.drawn++;
    }
  }

  Block* blocks_;          // (batch)
  float* greatest_rates_;  // (batch)
  float* terms_;
  float* random_;
  int32_t* drawn_;
  int64_t batch_;
  int64_t number_ = 0;
  afterimage_keys keys_ = {};
  float theta_ = 0;
  int64_t classes_ = 0;
  afterimage_estimate* estimates_ = nullptr;  // (batch)
};

struct EstimateBuffers {
  EstimateBuffers(Workspace& workspace, int64_t batch, int64_t components)
      : queries(workspace, batch, components),
        products(workspace.take<int32_t>(batch * kPanelKeys)),
        terms(workspace, batch),
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

}  // namespace
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
                             const struct afterimage_estimate* estimates, int64_t surveyed, float* scores,
                             int32_t* labels, const volatile int32_t* cancelled) {
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
    memcpy(labels + i * kSurveyedKeys + (from - surveyed_key(i)), keys->labels + from - number, sizeof(int32_t) * count);
    for (int64_t query = 0; query < queries->batch; query++) {
      float* const place = scores + query * surveyed + i * kSurveyedKeys + (from - surveyed_key(i));
      buffers.estimate(*sketch, row, count, from, query, -INFINITY, place, buffers.numbers);
      for (int64_t k = 0; k < count; k++) {
        // Weights could make any term great.
        const bool counts =
            keys->weights == nullptr && counts_for(estimates[query], from + k, from + k - number, *keys);
        if (!counts) place[k] = kNoScore;
      }
    }
  }
  return AFTERIMAGE_OK;
}

void afterimage_survey_result(const float* scores, const int32_t* labels, int64_t surveyed, float theta, float negligible,
                              int64_t classes, struct afterimage_estimate* estimate) {
  double* const sums = estimate->sums;
  std::fill(sums, sums + classes, 0);
  estimate->cutoff = cutoff_of(scores, surveyed, theta, negligible);
  estimate->reference = greatest_of(scores, surveyed);
  if (estimate->reference == kNoScore) return;
  float terms[kSurveyBlock];
  for (int64_t first = 0; first < surveyed; first += kSurveyBlock) {
    const int64_t count = std::min(kSurveyBlock, surveyed - first);  // whole groups
    kernels().scores->exponentiate(scores + first, count, static_cast<float>(theta * kLog2E), estimate->reference,
                                   terms);
    for (int64_t i = 0; i < count; i++) sums[labels[first + i]] += scores[first + i] == kNoScore ? 0 : kSurveyGroups * terms[i];
  }
}

int afterimage_sketch_estimates(const struct afterimage_sketch* sketch, int64_t first,
                                const struct afterimage_keys* keys, int64_t number,
                                const struct afterimage_queries* queries, void* workspace, float theta, int64_t classes,
                                struct afterimage_estimate* estimates, const volatile int32_t* cancelled) {
  Workspace memory(workspace);
  EstimateBuffers buffers(memory, queries->batch, sketch->components);
  buffers.queries.convert(*sketch, queries->rows);
  EstimatedTerms& terms = buffers.terms;
  terms.start(*keys, number, theta, classes, estimates);
  for (int64_t key = 0; key < keys->count; key += kPanelKeys) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    const int64_t count = std::min(kPanelKeys, keys->count - key);
    buffers.multiply(*sketch, first + key, count);
    for (int64_t query = 0; query < queries->batch; query++) {
      const float cutoff = keys->weights != nullptr ? -INFINITY : estimates[query].cutoff;
      terms.add(buffers.estimate(*sketch, first + key, count, number + key, query, cutoff, terms.scores(query),
                                 terms.numbers(query)),
                query);
    }
  }
  terms.finish();
  return AFTERIMAGE_OK;
}

void afterimage_add_estimate(float theta, int64_t classes, const struct afterimage_estimate* other,
                             struct afterimage_estimate* estimate) {
  if (other->counted == 0) return;
  if (other->reference > estimate->reference) raise_reference(theta, classes, other->reference, *estimate);
  const double factor = exp(theta * (static_cast<double>(other->reference) - estimate->reference));
  for (int64_t c = 0; c < classes; c++) estimate->sums[c] += factor * other->sums[c];
  const int64_t first = estimate->drawn;
  const int64_t added = std::min({other->drawn, other->places, estimate->places - first});
  for (int64_t i = 0; i < added; i++) {
    estimate->numbers[first + i] = other->numbers[i];
    estimate->labels[first + i] = other->labels[i];
    estimate->terms[first + i] = other->terms[i] * static_cast<float>(factor);
    estimate->random[first + i] = other->random[i];
  }
  estimate->drawn += other->drawn;
  estimate->counted += other->counted;
}
