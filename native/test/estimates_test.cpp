// Tests estimates of scores from a screen of 4 bits, and keys drawn by them.
#include <math.h>

#include <algorithm>

#include "problem.h"

namespace test {
namespace {

constexpr float kNothing = -1e30f;

class Estimated {
 public:
  Estimated(const Problem& problem, int64_t first, float theta)
      : references(problem.shape.batch),
        sums(problem.shape.batch * problem.shape.classes),
        scores(problem.shape.batch * problem.shape.count),
        estimates{.theta = theta,
                  .classes = problem.shape.classes,
                  .references = references.data(),
                  .sums = sums.data(),
                  .scores = scores.data(),
                  .places = problem.shape.count},
        problem_(problem),
        capacity_(first + problem.shape.count + 3),
        rows_(capacity_ * afterimage_screen_row_bytes(problem.shape.dim)),
        scales_(capacity_),
        residuals_(capacity_),
        workspace_(afterimage_screen_workspace_bytes(problem.shape.batch, problem.shape.dim)),
        first_(first) {
    screen_ = {reinterpret_cast<int8_t*>(rows_.data()), scales_.data(), residuals_.data(), capacity_,
               problem.shape.dim, 4};
    afterimage_screen_store(&screen_, problem.loaded.data(), first, problem.shape.count, workspace_.data());
    std::fill(references.begin(), references.end(), -INFINITY);
    std::fill(sums.begin(), sums.end(), 0);
  }

  void add(int64_t from, int64_t count) {
    const afterimage_keys keys = part(problem_, from, count);
    const afterimage_queries queries = problem_.queries();
    const int status = afterimage_screen_estimates(&screen_, first_ + from, &keys, from, &queries, workspace_.data(),
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

  Guarded<float> references;
  Guarded<double> sums;
  Guarded<float> scores;
  afterimage_estimates estimates;

 private:
  const Problem& problem_;
  int64_t capacity_;
  Guarded<char> rows_;
  Guarded<float> scales_;
  Guarded<float> residuals_;
  WorkspaceMemory workspace_;
  int64_t first_;
  afterimage_screen screen_;
};

bool is_removed(const Problem& problem, int64_t key) {
  const afterimage_keys keys = problem.keys();
  return keys.removals != nullptr && keys.removals[key] != 0 && keys.removals[key] <= keys.version;
}

Test estimates("estimates are near the scores, and terms are summed by class, whatever is added at once", [] {
  for (int64_t dim : {1, 40, 64, 65, 128, 256, 300}) {
    for (int64_t batch : {1, 2, 3, 5}) {
      const int64_t count = between(1, 300);
      Problem problem({batch, count, dim, 4, AFTERIMAGE_FLOAT32});
      if (dim % 2 == 0) problem.draw_weights();
      for (int64_t key = 0; dim > 64 && key < count; key++) problem.removals.push_back(between(0, 9));
      problem.version = 5;
      Estimated whole(problem, 2, 60), pieces(problem, 2, 60);
      whole.add(0, count);
      const int64_t cut = between(0, count);
      pieces.add(0, cut);
      pieces.add(cut, count - cut);
      const std::vector<double> scores = problem.scores(false);
      for (int64_t query = 0; query < batch; query++) {
        std::vector<double> expected(4);
        float greatest = kNothing;
        for (int64_t key = 0; key < count; key++) {
          const float estimate = whole.scores[query * count + key];
          check(estimate == pieces.scores[query * count + key], "key %lld: %g in pieces", static_cast<long long>(key),
                estimate);
          if (is_removed(problem, key)) {
            check(estimate == kNothing, "a removed key has the score %g", estimate);
            continue;
          }
          greatest = fmaxf(greatest, estimate);
          check(fabs(scores[query * count + key] - estimate) < 0.25, "%s: key %lld: %g, not %g",
                problem.description().c_str(), static_cast<long long>(key), estimate, scores[query * count + key]);
        }
        if (greatest == kNothing) continue;
        check(whole.references[query] == greatest, "reference %g, not %g", whole.references[query], greatest);
        for (int64_t key = 0; key < count; key++) {
          if (is_removed(problem, key)) continue;
          expected[problem.keys().labels[key]] +=
              problem.weight(key) * exp(60.0 * (whole.scores[query * count + key] - greatest));
        }
        for (int64_t label = 0; label < 4; label++) {
          for (const double sum : {whole.sums[query * 4 + label], pieces.sums[query * 4 + label]}) {
            check(fabs(sum - expected[label]) <= 5e-5 * expected[label] + 1e-25, "%s: class %lld: %g, not %g",
                  problem.description().c_str(), static_cast<long long>(label), sum, expected[label]);
          }
        }
      }
    }
  }
});

// A list of drawn keys.
struct Draw {
  Draw(const std::vector<float>& rates, uint32_t seed, float size, int64_t places)
      : rows(places),
        labels(places),
        weights(places),
        terms(places),
        ranks(places),
        draw{.theta = 60,
             .reference = 0.3f,
             .rates = rates.data(),
             .seed = seed,
             .greatest_rank = size,
             .count = 0,
             .rows = rows.data(),
             .labels = labels.data(),
             .weights = weights.data(),
             .terms = terms.data(),
             .ranks = ranks.data(),
             .places = places} {}
  Guarded<int32_t> rows;
  Guarded<int32_t> labels;
  Guarded<float> weights;
  Guarded<float> terms;
  Guarded<float> ranks;
  afterimage_draw draw;
};

Test drawn("keys are drawn as often as their terms and rates say, and by seed and number alone", [] {
  constexpr int64_t kCount = 3000;
  Problem problem({1, kCount, 8, 4, AFTERIMAGE_FLOAT32});
  problem.draw_weights();
  std::vector<float> scores(kCount);
  for (float& score : scores) score = 0.25f + 0.0005f * static_cast<float>(between(0, 100));
  scores[7] = kNothing;
  const std::vector<float> rates = {0.1f, 0.02f, 0.4f, 0.001f};
  const afterimage_keys keys = problem.keys();
  double expected = 0, variance = 0, found = 0;
  constexpr int kSeeds = 50;
  constexpr float kSize = 3;
  for (int64_t key = 0; key < kCount; key++) {
    const double p = fmin(1, kSize * rates[keys.labels[key]] * problem.weight(key) * exp(60 * (scores[key] - 0.3f)));
    expected += kSeeds * p;
    variance += kSeeds * p * (1 - p);
  }
  for (uint32_t seed = 1; seed <= kSeeds; seed++) {
    Draw all(rates, seed, kSize, kCount), pieces(rates, seed, kSize, kCount), few(rates, seed, kSize, 5);
    afterimage_draw_keys(&keys, scores.data(), 100, &all.draw);
    afterimage_draw_keys(&keys, scores.data(), 100, &few.draw);
    const afterimage_keys front = Estimated::part(problem, 0, 777), back = Estimated::part(problem, 777, kCount - 777);
    afterimage_draw_keys(&front, scores.data(), 100, &pieces.draw);
    afterimage_draw_keys(&back, scores.data() + 777, 877, &pieces.draw);
    found += static_cast<double>(all.draw.count);
    check(all.draw.count == pieces.draw.count && all.draw.count == few.draw.count, "%lld keys, %lld in pieces",
          static_cast<long long>(all.draw.count), static_cast<long long>(pieces.draw.count));
    for (int64_t i = 0; i < all.draw.count; i++) {
      const int64_t key = all.rows[i] - 100;
      const double term = problem.weight(key) * exp(60 * (scores[key] - 0.3f));
      check(key != 7 && all.rows[i] == pieces.rows[i] && (i == 0 || all.rows[i - 1] < all.rows[i]), "row %d",
            all.rows[i]);
      check(all.labels[i] == keys.labels[key] && all.weights[i] == problem.weight(key), "another label or weight");
      check(fabs(all.terms[i] - term) <= 5e-5 * term, "term %g, not %g", all.terms[i], term);
      check(all.ranks[i] > 0 && all.ranks[i] < kSize * 1.0001f, "rank %g", all.ranks[i]);
    }
  }
  check(fabs(found - expected) <= 5 * sqrt(variance), "%g keys drawn, not %g", found, expected);
});

}  // namespace
}  // namespace test
