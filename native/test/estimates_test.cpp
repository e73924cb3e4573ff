// Tests estimates of scores from a sketch, and keys drawn by them.
#include <math.h>

#include <algorithm>
#include <functional>

#include "problem.h"

namespace test {
namespace {

constexpr int64_t kBytesAfterRows = 32;

// The memory of estimates. All keys with a term are drawn unless rates are set.
struct Terms {
  Terms(int64_t batch, int64_t keys, int64_t classes)
      : rates(batch * classes),
        sums(batch * classes),
        numbers(batch * keys),
        labels(batch * keys),
        terms(batch * keys),
        random(batch * keys) {
    std::fill(rates.begin(), rates.end(), 1e38f);
    for (int64_t query = 0; query < batch; query++) {
      estimates.push_back({.seed = 1,
                           .left_out = -1,
                           .cutoff = -INFINITY,
                           .rate_reference = 0.5f,
                           .rates = rates.data() + query * classes,
                           .reference = 0,
                           .counted = 0,
                           .drawn = 0,
                           .sums = sums.data() + query * classes,
                           .numbers = numbers.data() + query * keys,
                           .labels = labels.data() + query * keys,
                           .terms = terms.data() + query * keys,
                           .random = random.data() + query * keys,
                           .places = keys});
    }
    clear();
  }

  void clear() {
    std::fill(sums.begin(), sums.end(), 0);
    for (afterimage_estimate& estimate : estimates) {
      estimate.reference = -INFINITY;
      estimate.counted = estimate.drawn = 0;
    }
  }

  // All drawn keys of a query.
  void forEach(int64_t query, const std::function<void(int64_t number, int64_t label, double term)>& action) const {
    const afterimage_estimate& of = estimates[query];
    for (int64_t i = 0; i < of.drawn; i++) action(of.numbers[i], of.labels[i], of.terms[i]);
  }

  Guarded<float> rates;
  Guarded<double> sums;
  Guarded<int32_t> numbers;
  Guarded<int32_t> labels;
  Guarded<float> terms;
  Guarded<float> random;
  std::vector<afterimage_estimate> estimates;
};

class Estimated : public Terms {
 public:
  // greatest: the only quarter with large components, or -1.
  Estimated(const Problem& problem, int64_t first, float theta, float negligible, int64_t greatest = -1)
      : Terms(problem.shape.batch, problem.shape.count, problem.shape.classes),
        problem_(problem),
        capacity_(first + problem.shape.count),
        rows_(capacity_ * problem.shape.dim / 4 + kBytesAfterRows),
        scales_(capacity_),
        deviations_(4, static_cast<float>(1 / sqrt(static_cast<double>(problem.shape.dim)))),
        workspace_(afterimage_sketch_estimates_bytes(problem.shape.batch, problem.shape.dim)),
        negligible_(negligible),
        surveyed_(afterimage_surveyed_keys(problem.shape.count)),
        survey_(problem.shape.batch * surveyed_),
        surveyed_labels_(surveyed_),
        theta_(theta),
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
                                                estimates.data(), surveyed_, survey_.data(), surveyed_labels_.data(),
                                                nullptr);
    check(status == AFTERIMAGE_OK, "%s: status %d", problem_.description().c_str(), status);
  }

  void cut() {
    for (int64_t query = 0; query < problem_.shape.batch; query++) {
      afterimage_survey_result(survey_.data() + query * surveyed_, surveyed_labels_.data(), surveyed_, theta_,
                               negligible_, problem_.shape.classes, &estimates[query]);
      greatest_surveyed.push_back(estimates[query].reference);
    }
    surveyed_sums.assign(sums.begin(), sums.end());
    clear();
  }

  void add(int64_t from, int64_t count) {
    if (negligible_ > 0 && surveyed_sums.empty()) {
      survey(0, problem_.shape.count);
      cut();
    }
    const afterimage_keys keys = part(problem_, from, count);
    const afterimage_queries queries = problem_.queries();
    const int status = afterimage_sketch_estimates(&sketch_, first_ + from, &keys, from, &queries, workspace_.data(),
                                                   theta_, problem_.shape.classes, estimates.data(), nullptr);
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

  std::vector<double> surveyed_sums;
  std::vector<float> greatest_surveyed;

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
  Guarded<int32_t> surveyed_labels_;
  float theta_;
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
      Estimated whole(problem, 2, kTheta, 0), pieces(problem, 2, kTheta, 0);
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
          check(estimated->estimates[query].counted == static_cast<int64_t>(present.size()), "%lld keys",
                static_cast<long long>(estimated->estimates[query].counted));
          if (present.empty()) continue;
          const float reference = estimated->estimates[query].reference;
          check(reference == whole.estimates[query].reference, "reference %g in pieces", reference);
          std::vector<double> expected(4);
          size_t place = 0;
          double greatest = 0;
          estimated->forEach(query, [&](int64_t number, int64_t label, double term) {
            while (place < present.size() && present[place] < number) place++;  // keys whose terms are zeros
            const int64_t key = place < present.size() ? present[place] : -1;
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
    Estimated estimated(problem, 0, 60, 0, quarter);
    estimated.add(0, kCount);
    const std::vector<double> scores = problem.scores(false);
    double square = 0;
    int64_t compared = 0;
    estimated.forEach(0, [&](int64_t number, int64_t, double term) {
      if (term < 1e-30) return;
      const double error = estimated.estimates[0].reference + log(term) / 60 - scores[number];
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
    Estimated all(problem, 0, 60, 0), others(problem, 0, 60, 1e-4f);
    for (int64_t query = 0; query < 3; query++) others.estimates[query].left_out = left_out[query];
    all.add(0, count);
    others.add(0, count);
    for (int64_t query = 0; query < 3; query++) {
      double own = 0;
      all.forEach(query, [&](int64_t number, int64_t, double term) { own = number == left_out[query] ? term : own; });
      others.forEach(query, [&](int64_t number, int64_t, double) { check(number != left_out[query], "it is listed"); });
      double sum = 0, rest = 0;
      const double factor = exp(60.0 * (others.estimates[query].reference - all.estimates[query].reference));
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
    Estimated all(problem, 0, 60, 0), some(problem, 0, 60, kNegligible), pieces(problem, 0, 60, kNegligible);
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
      const int64_t count = some.estimates[query].counted;
      check(count < 0.7 * static_cast<double>(all.estimates[query].counted), "%lld keys", static_cast<long long>(count));
      check(pieces.estimates[query].counted == count, "%lld keys in pieces, cut at %lld", static_cast<long long>(pieces.estimates[query].counted),
            static_cast<long long>(cut));
      for (const Estimated* listed : {&some, &pieces}) {
        check(listed->estimates[query].reference == all.estimates[query].reference, "another reference");
      }
    }
  }
});

Test weighed("keys with weights count, whatever their estimates", [] {
  constexpr int64_t kCount = 20000;
  Problem problem({1, kCount, 64, 4, AFTERIMAGE_FLOAT32});
  problem.draw_weights();
  Estimated some(problem, 0, 60, 0.002f);
  some.add(0, kCount);
  check(some.estimates[0].counted == kCount, "%lld keys", static_cast<long long>(some.estimates[0].counted));
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
  Estimated all(problem, 0, 60, 0), some(problem, 0, 60, kNegligible);
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
  Estimated all(problem, 0, 60, 0), some(problem, 0, 60, kNegligible);
  all.add(0, kCount);
  some.add(0, kCount);
  double sum = 0, left_out = 0, great = 0;
  for (int64_t label = 0; label < 4; label++) {
    sum += all.sums[label];
    left_out += all.sums[label] - some.sums[label];
  }
  all.forEach(0, [&](int64_t number, int64_t, double term) { great += number == 5 ? term : 0; });
  const double others = (sum - great) / sum;
  // Without all the others, the check below would fail.
  check(others > 2 * kNegligible && others < 0.5, "the others are %g of all", others);
  check(left_out < 2 * kNegligible * sum, "%g of %g is left out", left_out, sum);
});

Test surveyed("a survey has about the sums of each class", [] {
  constexpr int64_t kCount = 20000;
  constexpr float kTheta = 5;
  Problem problem({2, kCount, 64, 4, AFTERIMAGE_FLOAT32});
  Estimated all(problem, 0, kTheta, 0.002f);
  all.add(0, kCount);
  for (int64_t place = 0; place < 8; place++) {
    const double factor = exp(kTheta * (all.greatest_surveyed[place / 4] - all.estimates[place / 4].reference));
    const double sum = factor * all.surveyed_sums[place];
    check(fabs(sum - all.sums[place]) < 0.3 * all.sums[place], "%g, not %g", sum, all.sums[place]);
  }
});

Test drawn("keys are drawn as often as their terms and rates say, and by seed and number alone", [] {
  constexpr int64_t kCount = 3000;
  constexpr int64_t kDim = 64;
  constexpr float kTheta = 10;
  Problem problem({2, kCount, kDim, 4, AFTERIMAGE_FLOAT32});
  problem.draw_weights();
  std::copy_n(problem.query_rows.data(), kDim, problem.query_rows.data() + kDim);
  Estimated all(problem, 0, kTheta, 0), drawn(problem, 0, kTheta, 0), pieces(problem, 0, kTheta, 0);
  Estimated rest(problem, 0, kTheta, 0);
  all.add(0, kCount);
  std::vector<double> terms(kCount);
  all.forEach(0, [&](int64_t number, int64_t, double term) { terms[number] = term; });
  const float reference = all.estimates[0].reference;
  double total = 0;
  for (const double term : terms) total += term;
  const double rates[] = {60 / total, 20 / total, 400 / total, 1 / total};
  for (Estimated* some : {&drawn, &pieces, &rest}) {
    some->estimates[1].left_out = kCount - 1;
    for (afterimage_estimate& estimate : some->estimates) estimate.rate_reference = reference - 0.2f;
    for (int64_t i = 0; i < 8; i++) some->rates[i] = static_cast<float>(rates[i % 4] / exp(kTheta * 0.2));
  }
  pieces.estimates[0].places = 5;
  double expected = 0, variance = 0, found = 0;
  constexpr int kSeeds = 50;
  for (int64_t key = 0; key < kCount; key++) {
    const double p = fmin(1, rates[problem.keys().labels[key]] * terms[key]);
    expected += kSeeds * p;
    variance += kSeeds * p * (1 - p);
  }
  for (int seed = 1; seed <= kSeeds; seed++) {
    for (Estimated* some : {&drawn, &pieces, &rest}) {
      some->clear();
      for (afterimage_estimate& estimate : some->estimates) estimate.seed = seed;
    }
    const int64_t cut = between(1, kCount - 1), second = between(cut, kCount);
    drawn.add(0, kCount);
    pieces.add(0, cut);
    pieces.add(cut, second - cut);
    rest.add(second, kCount - second);
    for (int64_t query : {0, 1}) {
      afterimage_add_estimate(kTheta, 4, &rest.estimates[query], &pieces.estimates[query]);
      check(pieces.estimates[query].reference == reference && pieces.estimates[query].counted == kCount - query,
            "reference %g in pieces", pieces.estimates[query].reference);
    }
    for (int64_t i = 0; i < 8; i++) {
      check(fabs(pieces.sums[i] - drawn.sums[i]) <= 1e-5 * drawn.sums[i], "sum %g in pieces", pieces.sums[i]);
    }
    found += static_cast<double>(drawn.estimates[0].drawn);
    check(drawn.estimates[0].drawn == pieces.estimates[0].drawn, "%lld keys, %lld", static_cast<long long>(drawn.estimates[0].drawn),
          static_cast<long long>(pieces.estimates[0].drawn));
    const bool last = drawn.numbers[drawn.estimates[0].drawn - 1] == kCount - 1;
    check(drawn.estimates[1].drawn == drawn.estimates[0].drawn - (last ? 1 : 0), "%lld keys", static_cast<long long>(drawn.estimates[1].drawn));
    for (int64_t i = 0; i < drawn.estimates[0].drawn; i++) {
      const int64_t key = drawn.numbers[i];
      check(i == 0 || drawn.numbers[i - 1] < key, "key %lld", static_cast<long long>(key));
      check(drawn.labels[i] == problem.keys().labels[key], "another label");
      check(fabs(drawn.terms[i] - terms[key]) <= 5e-5 * terms[key], "term %g, not %g", drawn.terms[i], terms[key]);
      check(drawn.random[i] > 0 && drawn.random[i] < 1.0001 * rates[drawn.labels[i]] * terms[key], "random number %g",
            drawn.random[i]);
      if (i < drawn.estimates[1].drawn) check(pieces.numbers[kCount + i] == key, "another draw in pieces");
      if (i < 5) check(pieces.numbers[i] == key, "another draw of key %lld", static_cast<long long>(key));
      if (i < drawn.estimates[1].drawn) check(drawn.numbers[kCount + i] == key, "another draw for an equal query");
    }
  }
  check(fabs(found - expected) <= 5 * sqrt(variance), "%g keys drawn, not %g", found, expected);
});

}  // namespace
}  // namespace test
