// Tests estimates of scores from a sketch, and keys drawn by them.
#include <math.h>

#include <algorithm>
#include <functional>

#include "problem.h"

namespace test {
namespace {

constexpr int64_t kBytesAfterRows = 32;

// The memory of estimates.
struct Lists {
  Lists(int64_t batch, int64_t keys, int64_t classes, float theta, int64_t calls)
      : references(batch),
        sums(batch * classes),
        counts(batch),
        blocks(batch * (keys / AFTERIMAGE_LISTED_KEYS + calls)),
        estimates{.theta = theta,
                  .cutoffs = nullptr,
                  .left_out = nullptr,
                  .classes = classes,
                  .references = references.data(),
                  .sums = sums.data(),
                  .blocks = blocks.data(),
                  .counts = counts.data(),
                  .places = keys / AFTERIMAGE_LISTED_KEYS + calls} {
    std::fill(references.begin(), references.end(), -INFINITY);
    std::fill(sums.begin(), sums.end(), 0);
    std::fill(counts.begin(), counts.end(), 0);
  }

  const afterimage_listed_keys& block(int64_t query, int64_t i) const { return blocks[query * estimates.places + i]; }

  int64_t size(int64_t query) const {
    int64_t size = 0;
    for (int64_t i = 0; i < counts[query]; i++) size += block(query, i).count;
    return size;
  }

  // All listed keys of a query.
  void forEach(int64_t query, const std::function<void(int64_t number, int64_t label, double term)>& action) const {
    for (int64_t i = 0; i < counts[query]; i++) {
      const afterimage_listed_keys& keys = block(query, i);
      const double factor = exp(estimates.theta * (static_cast<double>(keys.reference) - references[query]));
      for (int64_t k = 0; k < keys.count; k++) action(keys.numbers[k], keys.labels[k], keys.terms[k] * factor);
    }
  }

  Guarded<float> references;
  Guarded<double> sums;
  Guarded<int64_t> counts;
  Guarded<afterimage_listed_keys> blocks;
  afterimage_estimates estimates;
};

class Estimated : public Lists {
 public:
  // greatest: the only quarter with large components, or -1.
  Estimated(const Problem& problem, int64_t first, float theta, float negligible, int64_t calls, int64_t greatest = -1)
      : Lists(problem.shape.batch, problem.shape.count, problem.shape.classes, theta, calls),
        problem_(problem),
        capacity_(first + problem.shape.count),
        rows_(capacity_ * problem.shape.dim / 4 + kBytesAfterRows),
        scales_(capacity_),
        deviations_(4, static_cast<float>(1 / sqrt(static_cast<double>(problem.shape.dim)))),
        workspace_(afterimage_sketch_estimates_bytes(problem.shape.batch, problem.shape.dim)),
        negligible_(negligible),
        surveyed_(afterimage_surveyed_keys(problem.shape.count)),
        survey_(problem.shape.batch * surveyed_),
        cutoffs_(problem.shape.batch),
        first_(first) {
    for (int64_t quarter = 0; greatest >= 0 && quarter < 4; quarter++) {
      deviations_[quarter] *= quarter == greatest ? 2 : 0.02f;
    }
    sketch_ = {rows_.data(), scales_.data(), deviations_.data(), problem.shape.dim};
    WorkspaceMemory memory(afterimage_sketch_store_bytes(problem.shape.dim));
    afterimage_sketch_store(&sketch_, problem.loaded.data(), first, problem.shape.count, memory.data());
  }

  // Surveys these keys; call it for all of them.
  void survey(int64_t from, int64_t count) {
    const afterimage_keys keys = part(problem_, from, count);
    const afterimage_queries queries = problem_.queries();
    const int status = afterimage_sketch_survey(&sketch_, first_ + from, &keys, from, &queries, workspace_.data(),
                                                estimates.left_out, surveyed_, survey_.data(), nullptr);
    check(status == AFTERIMAGE_OK, "%s: status %d", problem_.description().c_str(), status);
  }

  void cut() {
    afterimage_cutoffs(survey_.data(), problem_.shape.batch, surveyed_, estimates.theta, negligible_, cutoffs_.data());
    estimates.cutoffs = cutoffs_.data();
  }

  void add(int64_t from, int64_t count) {
    if (negligible_ > 0 && estimates.cutoffs == nullptr) {
      survey(0, problem_.shape.count);
      cut();
    }
    const afterimage_keys keys = part(problem_, from, count);
    const afterimage_queries queries = problem_.queries();
    const int status = afterimage_sketch_estimates(&sketch_, first_ + from, &keys, from, &queries, workspace_.data(),
                                                   &estimates, nullptr);
    check(status == AFTERIMAGE_OK, "%s: status %d", problem_.description().c_str(), status);
  }

  static afterimage_keys part(const Problem& problem, int64_t from, int64_t count) {
    afterimage_keys keys = problem.keys();
    keys.count = count;
    keys.labels += from;
    if (keys.weights != nullptr) keys.weights += from;
    if (keys.removals != nullptr) keys.removals += from;
    return keys;
  }

 private:
  const Problem& problem_;
  int64_t capacity_;
  Guarded<uint8_t> rows_;
  Guarded<uint16_t> scales_;
  std::vector<float> deviations_;
  WorkspaceMemory workspace_;
  float negligible_;
  int64_t surveyed_;
  Guarded<float> survey_;
  Guarded<float> cutoffs_;
  int64_t first_;
  afterimage_sketch sketch_;
};

bool is_removed(const Problem& problem, int64_t key) {
  const afterimage_keys keys = problem.keys();
  return keys.removals != nullptr && keys.removals[key] != 0 && keys.removals[key] <= keys.version;
}

Test estimates("estimates are near the scores, and terms are summed by class, whatever is added at once", [] {
  for (int64_t dim : {4, 40, 64, 96, 128, 256, 300}) {
    for (int64_t batch : {1, 2, 3, 5}) {
      const int64_t count = between(1, 1200);
      Problem problem({batch, count, dim, 4, AFTERIMAGE_FLOAT32});
      if (dim % 2 == 0) problem.draw_weights();
      for (int64_t key = 0; dim > 64 && key < count; key++) problem.removals.push_back(between(0, 9));
      problem.version = 5;
      constexpr float kTheta = 60;
      Estimated whole(problem, 2, kTheta, 0, 1), pieces(problem, 2, kTheta, 0, 2);
      whole.add(0, count);
      const int64_t cut = between(0, count);
      pieces.add(0, cut);
      pieces.add(cut, count - cut);
      const std::vector<double> scores = problem.scores(false);
      // Six deviations of the errors of normally distributed components.
      const double greatest_error = 6 * sqrt(0.32 / static_cast<double>(dim));
      for (int64_t query = 0; query < batch; query++) {
        std::vector<int64_t> present;
        for (int64_t key = 0; key < count; key++) {
          if (!is_removed(problem, key)) present.push_back(key);
        }
        for (const Estimated* estimated : {&whole, &pieces}) {
          check(estimated->size(query) == static_cast<int64_t>(present.size()), "%lld keys",
                static_cast<long long>(estimated->size(query)));
          if (present.empty()) continue;
          const float reference = estimated->references[query];
          check(reference == whole.references[query], "reference %g in pieces", reference);
          std::vector<double> expected(4);
          size_t place = 0;
          double greatest = 0;
          estimated->forEach(query, [&](int64_t number, int64_t label, double term) {
            const int64_t key = present[place++];
            check(number == key && label == problem.keys().labels[key], "key %lld, label %lld",
                  static_cast<long long>(number), static_cast<long long>(label));
            expected[label] += term;
            greatest = fmax(greatest, term / problem.weight(key));
            // Smaller terms are zeros.
            const double score = fmax(scores[query * count + key], reference - 1.2);
            const double estimate = reference + log(fmax(term / problem.weight(key), 1e-37)) / kTheta;
            check(fabs(score - estimate) < greatest_error, "%s: key %lld: %g, not %g", problem.description().c_str(),
                  static_cast<long long>(key), estimate, score);
          });
          check(fabs(greatest - 1) < 1e-4, "the greatest term is %g", greatest);
          for (int64_t label = 0; label < 4; label++) {
            const double sum = estimated->sums[query * 4 + label];
            check(fabs(sum - expected[label]) <= 1e-5 * expected[label] + 1e-25, "%s: class %lld: %g, not %g",
                  problem.description().c_str(), static_cast<long long>(label), sum, expected[label]);
          }
        }
      }
    }
  }
});

Test variances("components of greater variance have smaller errors", [] {
  constexpr int64_t kDim = 128;
  constexpr int64_t kCount = 500;
  constexpr int64_t kQuarter = kDim / 4;
  // The bits of the other quarters would be lost, or the scale would be wrong, if their places were mixed up.
  for (int64_t quarter = 0; quarter < 4; quarter++) {
    Problem problem({1, kCount, kDim, 4, AFTERIMAGE_FLOAT32});
    for (int64_t i = 0; i < kDim; i++) {
      const float factor = i / kQuarter == quarter ? 1 : 0.01f;
      problem.query_rows.data()[i] *= factor;
      for (int64_t key = 0; key < kCount; key++) problem.loaded[key * kDim + i] *= factor;
    }
    afterimage_normalize(problem.query_rows.data(), 1, kDim);
    afterimage_normalize(problem.loaded.data(), kCount, kDim);
    problem.store_loaded();
    Estimated estimated(problem, 0, 60, 0, 1, quarter);
    estimated.add(0, kCount);
    const std::vector<double> scores = problem.scores(false);
    double square = 0;
    int64_t compared = 0;
    estimated.forEach(0, [&](int64_t number, int64_t, double term) {
      if (term < 1e-30) return;
      const double error = estimated.references[0] + log(term) / 60 - scores[number];
      square += error * error;
      compared++;
    });
    constexpr double kErrors[] = {0.0116, 0.135, 0.57, 0.57};
    const double expected = kErrors[quarter] / kQuarter;
    check(compared > 10 && square / static_cast<double>(compared) < 2 * expected, "quarter %lld: %g, not %g",
          static_cast<long long>(quarter), square / static_cast<double>(compared), expected);
  }
});

Test left_out("a key that a query leaves out counts for the others only", [] {
  for (int64_t count : {100, 20000}) {
    Problem problem({3, count, 64, 4, AFTERIMAGE_FLOAT32});
    const std::vector<int32_t> left_out = {7, static_cast<int32_t>(count - 1), -1};
    Estimated all(problem, 0, 60, 0, 1), others(problem, 0, 60, 1e-4f, 1);
    others.estimates.left_out = left_out.data();
    all.add(0, count);
    others.add(0, count);
    for (int64_t query = 0; query < 3; query++) {
      double own = 0;
      all.forEach(query, [&](int64_t number, int64_t, double term) { own = number == left_out[query] ? term : own; });
      others.forEach(query, [&](int64_t number, int64_t, double) { check(number != left_out[query], "it is listed"); });
      double sum = 0, rest = 0;
      const double factor = exp(60.0 * (others.references[query] - all.references[query]));
      for (int64_t label = 0; label < 4; label++) {
        sum += all.sums[query * 4 + label];
        rest += factor * others.sums[query * 4 + label];
      }
      check((own > 0) == (query < 2) && fabs(sum - own - rest) <= 3e-4 * sum, "%g without %g, not %g", sum, own, rest);
    }
  }
});

Test negligible("keys of negligible terms are not listed, and no others, whatever is surveyed at once", [] {
  constexpr int64_t kCount = 20000;
  constexpr float kNegligible = 0.002f;
  for (int64_t batch : {1, 3}) {
    Problem problem({batch, kCount, 64, 4, AFTERIMAGE_FLOAT32});
    for (int64_t key = 0; key < kCount; key++) problem.removals.push_back(between(0, 9));
    problem.version = 5;
    Estimated all(problem, 0, 60, 0, 1), some(problem, 0, 60, kNegligible, 1), pieces(problem, 0, 60, kNegligible, 2);
    all.add(0, kCount);
    some.add(0, kCount);
    const int64_t cut = between(0, kCount);
    pieces.survey(cut, kCount - cut);
    pieces.survey(0, cut);
    pieces.cut();
    pieces.add(0, cut);
    pieces.add(cut, kCount - cut);
    for (int64_t query = 0; query < batch; query++) {
      double sum = 0, left_out = 0;
      for (int64_t label = 0; label < 4; label++) {
        const int64_t place = query * 4 + label;
        sum += all.sums[place];
        left_out += all.sums[place] - some.sums[place];
      }
      // A survey of 624 keys decides.
      check(left_out > 0 && left_out < 2 * kNegligible * sum, "%g of %g is left out", left_out, sum);
      const int64_t count = some.size(query);
      check(count < 0.7 * static_cast<double>(all.size(query)), "%lld keys", static_cast<long long>(count));
      check(pieces.size(query) == count, "%lld keys in pieces, cut at %lld", static_cast<long long>(pieces.size(query)),
            static_cast<long long>(cut));
      for (const Estimated* listed : {&some, &pieces}) {
        check(listed->references[query] == all.references[query], "another reference");
      }
    }
  }
});

Test weighed("keys with weights count, whatever their estimates", [] {
  constexpr int64_t kCount = 20000;
  Problem problem({1, kCount, 64, 4, AFTERIMAGE_FLOAT32});
  problem.draw_weights();
  Estimated some(problem, 0, 60, 0.002f, 1);
  some.add(0, kCount);
  check(some.size(0) == kCount, "%lld keys", static_cast<long long>(some.size(0)));
});

Test lonely("a great key that is surveyed does not hide those that are not", [] {
  constexpr int64_t kCount = 20000;
  constexpr int64_t kDim = 64;
  constexpr int64_t kSurveyed = 5;
  constexpr int64_t kFirst = 5 * 128;  // not surveyed
  constexpr int64_t kOthers = 10;
  constexpr float kNegligible = 0.002f;
  Problem problem({1, kCount, kDim, 4, AFTERIMAGE_FLOAT32});
  const float* query = problem.query_rows.data();
  for (float& element : problem.loaded) element = static_cast<float>(normal());
  for (int64_t i = 0; i < kDim; i++) {
    problem.loaded[kSurveyed * kDim + i] = query[i];
    for (int64_t key = kFirst; key < kFirst + kOthers; key++) {
      problem.loaded[key * kDim + i] = query[i] + 0.04f * static_cast<float>(normal());
    }
  }
  afterimage_normalize(problem.loaded.data(), kCount, kDim);
  Estimated all(problem, 0, 60, 0, 1), some(problem, 0, 60, kNegligible, 1);
  all.add(0, kCount);
  some.add(0, kCount);
  int64_t found = 0;
  some.forEach(0, [&](int64_t number, int64_t, double) { found += number >= kFirst && number < kFirst + kOthers; });
  check(found == kOthers, "%lld keys are listed", static_cast<long long>(found));
  double sum = 0, left_out = 0;
  for (int64_t label = 0; label < 4; label++) {
    sum += all.sums[label];
    left_out += all.sums[label] - some.sums[label];
  }
  check(left_out < 2 * kNegligible * sum, "%g of %g is left out", left_out, sum);
});

Test single("many keys are not negligible beside one great key that is surveyed", [] {
  constexpr int64_t kCount = 20000;
  constexpr int64_t kDim = 256;
  constexpr float kNegligible = 0.002f;
  Problem problem({1, kCount, kDim, 4, AFTERIMAGE_FLOAT32});
  const float* query = problem.query_rows.data();
  for (int64_t key = 0; key < kCount; key++) {
    for (int64_t i = 0; i < kDim; i++) {
      problem.loaded[key * kDim + i] = query[i] + (key == 5 ? 0 : 0.056f * static_cast<float>(normal()));
    }
  }
  afterimage_normalize(problem.loaded.data(), kCount, kDim);
  Estimated all(problem, 0, 60, 0, 1), some(problem, 0, 60, kNegligible, 1);
  all.add(0, kCount);
  some.add(0, kCount);
  double sum = 0, left_out = 0, great = 0;
  for (int64_t label = 0; label < 4; label++) {
    sum += all.sums[label];
    left_out += all.sums[label] - some.sums[label];
  }
  all.forEach(0, [&](int64_t number, int64_t, double term) { great += number == 5 ? term : 0; });
  const double others = (sum - great) / sum;
  check(others > 3 * kNegligible && others < 32 * kNegligible, "the others are %g of all", others);
  check(left_out < 2 * kNegligible * sum, "%g of %g is left out", left_out, sum);
});

// A list of drawn keys.
struct Draw {
  Draw(const std::vector<float>& rates, uint32_t seed, float size, int64_t places)
      : rows(places),
        labels(places),
        terms(places),
        ranks(places),
        draw{.theta = 60,
             .reference = 0.3f,
             .rates = rates.data(),
             .greatest_rate = *std::max_element(rates.begin(), rates.end()),
             .seed = seed,
             .greatest_rank = size,
             .count = 0,
             .rows = rows.data(),
             .labels = labels.data(),
             .terms = terms.data(),
             .ranks = ranks.data(),
             .places = places} {}
  Guarded<int32_t> rows;
  Guarded<int32_t> labels;
  Guarded<float> terms;
  Guarded<float> ranks;
  afterimage_draw draw;
};

Test drawn("keys are drawn as often as their terms and rates say, and by seed and number alone", [] {
  constexpr int64_t kCount = 3000;
  constexpr int64_t kFirst = 100;
  Problem problem({1, kCount, 8, 4, AFTERIMAGE_FLOAT32});
  problem.draw_weights();
  const afterimage_keys keys = problem.keys();
  Lists lists(2, kCount, 4, 60, 1);
  std::vector<double> terms;
  // The second query lists half of the keys.
  for (int64_t key = 0; key < kCount; key++) {
    const float score = 0.25f + 0.0005f * static_cast<float>(between(0, 100));
    terms.push_back(problem.weight(key) * exp(60 * (score - 0.3f)));
    for (int64_t query : {0, 1}) {
      if (query == 1 && key % 2 == 0) continue;
      const int64_t block = key / AFTERIMAGE_LISTED_KEYS;
      lists.counts[query] = block + 1;
      afterimage_listed_keys& listed = lists.blocks[query * lists.estimates.places + block];
      listed.reference = 0.3f - 0.01f * static_cast<float>(block);
      const int64_t place = listed.count++;
      listed.terms[place] = static_cast<float>(terms[key] * exp(60 * (0.3f - listed.reference)));
      listed.numbers[place] = static_cast<int32_t>(kFirst + key);
      listed.labels[place] = keys.labels[key];
    }
  }
  const std::vector<float> rates = {0.1f, 0.02f, 0.4f, 0.001f};
  double expected = 0, variance = 0, found = 0;
  constexpr int kSeeds = 50;
  constexpr float kSize = 3;
  for (int64_t key = 0; key < kCount; key++) {
    const double p = fmin(1, kSize * rates[keys.labels[key]] * terms[key]);
    expected += kSeeds * p;
    variance += kSeeds * p * (1 - p);
  }
  for (uint32_t seed = 1; seed <= kSeeds; seed++) {
    Draw all(rates, seed, kSize, kCount), half(rates, seed, kSize, kCount), few(rates, seed, kSize, 5);
    afterimage_draw_keys(&lists.estimates, 0, &all.draw);
    afterimage_draw_keys(&lists.estimates, 0, &few.draw);
    afterimage_draw_keys(&lists.estimates, 1, &half.draw);
    found += static_cast<double>(all.draw.count);
    check(all.draw.count == few.draw.count, "%lld keys, %lld", static_cast<long long>(all.draw.count),
          static_cast<long long>(few.draw.count));
    int64_t odd = 0;
    for (int64_t i = 0; i < all.draw.count; i++) {
      const int64_t key = all.rows[i] - kFirst;
      check(i == 0 || all.rows[i - 1] < all.rows[i], "row %d", all.rows[i]);
      check(all.labels[i] == keys.labels[key], "another label");
      check(fabs(all.terms[i] - terms[key]) <= 5e-5 * terms[key], "term %g, not %g", all.terms[i], terms[key]);
      check(all.ranks[i] > 0 && all.ranks[i] < kSize * 1.0001f, "rank %g", all.ranks[i]);
      if (key % 2 == 1) check(half.rows[odd++] == all.rows[i], "another draw of row %d", all.rows[i]);
    }
    check(half.draw.count == odd, "%lld keys, not %lld", static_cast<long long>(half.draw.count),
          static_cast<long long>(odd));
  }
  check(fabs(found - expected) <= 5 * sqrt(variance), "%g keys drawn, not %g", found, expected);
});

}  // namespace
}  // namespace test
