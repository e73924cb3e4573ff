// Tests the screen: its bounds hold for every key and query, whatever an instruction set rounds.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "problem.h"

namespace test {
namespace {

struct Screen {
  Screen(int64_t bits, int64_t capacity, int64_t dim)
      : rows(capacity * afterimage_screen_row_bytes(dim, bits)), scales(capacity), residuals(capacity) {
    screen = {rows.data(), scales.data(), residuals.data(), dim, bits};
  }
  Guarded<uint8_t> rows;
  Guarded<float> scales;
  Guarded<float> residuals;
  afterimage_screen screen;
};

// The bounds of a batch, with up to `places` candidates for each query.
class TermBounds {
 public:
  TermBounds(const Shape& shape, float theta, float gap, int64_t places)
      : references(shape.batch),
        sums(2 * shape.batch * shape.classes),
        counts(shape.batch),
        rows(shape.batch * places),
        labels(shape.batch * places),
        weights(shape.batch * places),
        centers(shape.batch * places),
        radii(shape.batch * places),
        bounds{.theta = theta,
               .gap = gap,
               .classes = shape.classes,
               .references = references.data(),
               .sums = sums.data(),
               .counts = counts.data(),
               .rows = rows.data(),
               .labels = labels.data(),
               .weights = weights.data(),
               .centers = centers.data(),
               .radii = radii.data(),
               .places = places} {
    std::fill(references.begin(), references.end(), -INFINITY);
    std::fill(sums.begin(), sums.end(), 0);
    std::fill(counts.begin(), counts.end(), 0);
  }
  Guarded<float> references;
  Guarded<double> sums;
  Guarded<int64_t> counts;
  Guarded<int32_t> rows;
  Guarded<int32_t> labels;
  Guarded<float> weights;
  Guarded<float> centers;
  Guarded<float> radii;
  afterimage_bounds bounds;
};

// Keys of a problem on a screen, in rows from `first` on.
class ScreenedProblem {
 public:
  ScreenedProblem(int64_t bits, const Problem& problem, int64_t first)
      : problem_(problem),
        screen_(bits, first + problem.shape.count + 3, problem.shape.dim),
        workspace_(afterimage_screen_bounds_bytes(problem.shape.batch, problem.shape.dim, bits)),
        first_(first) {
    WorkspaceMemory memory(afterimage_screen_store_bytes(problem.shape.dim));
    afterimage_screen_store(&screen_.screen, problem.loaded.data(), first, problem.shape.count, memory.data());
  }

  // Adds some keys of the problem, or all.
  void add(int64_t from, int64_t count, TermBounds& target) {
    afterimage_keys keys = problem_.keys();
    keys.count = count;
    keys.labels += from;
    if (keys.weights != nullptr) keys.weights += from;
    if (keys.removals != nullptr) keys.removals += from;
    const afterimage_queries queries = problem_.queries();
    const int status = afterimage_screen_bounds(&screen_.screen, first_ + from, &keys, from, &queries,
                                                workspace_.data(), &target.bounds, nullptr);
    check(status == AFTERIMAGE_OK, "%s: status %d", problem_.description().c_str(), status);
  }
  void add(TermBounds& target) { add(0, problem_.shape.count, target); }

  // Makes the scores of a key NaN.
  void damage(int64_t key) { screen_.scales[first_ + key] = screen_.residuals[first_ + key] = NAN; }

 private:
  const Problem& problem_;
  Screen screen_;
  WorkspaceMemory workspace_;
  int64_t first_;
};

// Returns the largest fraction of a radius that an error takes; fails if one exceeds its radius.
double check_bounds(int64_t bits, const Problem& problem, int64_t first, const std::string& what) {
  const Shape& shape = problem.shape;
  ScreenedProblem screened(bits, problem, first);
  TermBounds all(shape, 80, INFINITY, shape.count);
  screened.add(all);
  const std::vector<double> scores = problem.scores(false);
  double used = 0;
  for (int64_t query = 0; query < shape.batch; query++) {
    check(all.counts[query] == shape.count, "%s: %lld rows", what.c_str(), static_cast<long long>(all.counts[query]));
    float least = -INFINITY;
    for (int64_t key = 0; key < shape.count; key++) {
      const int64_t place = query * shape.count + key;
      check(all.rows[place] == key, "%s: row %d", what.c_str(), all.rows[place]);
      const double difference = fabs(scores[place] - all.centers[place]);
      const double radius = all.radii[place];
      check(difference <= radius && radius < (bits == 4 ? 1.1 : 0.1), "%s: query %lld key %lld: off by %g, radius %g",
            what.c_str(), static_cast<long long>(query), static_cast<long long>(key), difference, radius);
      used = fmax(used, difference / radius);
      least = fmaxf(least, all.centers[place] - all.radii[place]);
    }
    check(all.references[query] == least, "%s: reference %g", what.c_str(), all.references[query]);
  }
  return used;
}

// Fails unless every present key is either a candidate or part of the sums of its class, with the bounds that `all`
// lists.
void check_terms(const Problem& problem, const TermBounds& all, const TermBounds& found, const std::string& what) {
  const Shape& shape = problem.shape;
  const afterimage_keys keys = problem.keys();
  const double theta = found.bounds.theta;
  const double error = 2e-5 + 2e-7 * theta;
  for (int64_t query = 0; query < shape.batch; query++) {
    std::vector<double> least(shape.classes), greatest(shape.classes);
    const double reference = found.references[query];
    int64_t next = 0;
    int64_t listed = 0;
    for (int64_t place = query * shape.count; listed < all.counts[query]; listed++, place++) {
      const int64_t key = all.rows[place];
      const int64_t candidate = query * found.bounds.places + next;
      if (next < found.counts[query] && found.rows[candidate] == key) {
        check(found.centers[candidate] == all.centers[place] && found.radii[candidate] == all.radii[place],
              "%s: other bounds", what.c_str());
        check(found.labels[candidate] == keys.labels[key] && found.weights[candidate] == problem.weight(key),
              "%s: another label or weight", what.c_str());
        next++;
        continue;
      }
      const double lower = all.centers[place] - all.radii[place];
      const double upper = all.centers[place] + all.radii[place];
      check(theta == 0 || upper < reference - found.bounds.gap + 1e-6 || found.counts[query] == found.bounds.places,
            "%s: key %lld is no candidate", what.c_str(), static_cast<long long>(key));
      const double weight = problem.weight(key);
      least[keys.labels[key]] += weight * exp(theta * (lower - reference));
      greatest[keys.labels[key]] += weight * exp(theta * (upper - reference));
    }
    check(next == found.counts[query], "%s: rows are not in order", what.c_str());
    for (int64_t label = 0; label < shape.classes; label++) {
      const double low = found.sums[2 * (query * shape.classes + label)];
      const double high = found.sums[2 * (query * shape.classes + label) + 1];
      check(fabs(low - least[label]) <= error * least[label] + 1e-27, "%s: class %lld: %g, not %g", what.c_str(),
            static_cast<long long>(label), low, least[label]);
      check(fabs(high - greatest[label]) <= error * greatest[label] + 1e-27, "%s: class %lld: %g, not %g", what.c_str(),
            static_cast<long long>(label), high, greatest[label]);
    }
  }
}

Test candidates("bounds of scores become bounds of terms", [] {
  constexpr float kTheta = 90;
  for (int64_t count : {1, 15, 16, 17, 255, 256, 257, 700}) {
    Problem problem({2, count, 40, 5, AFTERIMAGE_FLOAT32});
    ScreenedProblem screened(4, problem, 0);
    TermBounds scores(problem.shape, kTheta, 1, count + 3), terms(problem.shape, kTheta, 1, count + 3);
    screened.add(scores);
    screened.add(terms);
    const float reference = scores.references[1] + 0.01f;
    afterimage_candidate_terms(&terms.bounds, 1, reference);
    for (int64_t i = 0; i < scores.counts[1]; i++) {
      const int64_t place = count + 3 + i;
      const double error = 2e-5 + 2e-7 * kTheta;
      const double least = exp(kTheta * (scores.centers[place] - scores.radii[place] - reference));
      const double greatest = exp(kTheta * (scores.centers[place] + scores.radii[place] - reference));
      check(fabs(terms.centers[place] - least) <= error * least + 1e-30, "%g, not %g", terms.centers[place], least);
      check(fabs(terms.radii[place] - greatest) <= error * greatest, "%g, not %g", terms.radii[place], greatest);
    }
  }
});

Test terms("terms are listed or summed by class, for every number of keys, weights and removals", [] {
  for (int64_t count : {1, 2, 63, 64, 65, 500, 1439, 1440, 1441, 3000}) {
    Problem problem({3, count, 40, 5, AFTERIMAGE_FLOAT32});
    for (int64_t round = 0; round < 3; round++) {
      if (round == 1) problem.draw_weights();
      for (int64_t key = 0; round == 2 && key < count; key++) problem.removals.push_back(between(0, 9));
      problem.version = 5;
      for (int64_t bits : {8, 4}) {
        ScreenedProblem screened(bits, problem, 2);
        TermBounds all(problem.shape, 80, INFINITY, count);
        screened.add(all);
        for (float gap : {0.0f, 0.05f, 0.3f}) {
          for (float theta : {0.0f, 5.0f, 90.0f}) {
            TermBounds found(problem.shape, theta, gap, between(1, count));
            const int64_t half = between(0, count);
            screened.add(0, half, found);
            screened.add(half, count - half, found);
            check_terms(problem, all, found, problem.description());
          }
        }
      }
    }
  }
});

Test bounds("scores lie within the radii of the screen, for every size", [] {
  double used[2] = {};
  for (int64_t dim : {1, 2, 3, 31, 64, 192, 255, 256, 257, 300, 512, 700, 1500}) {
    for (int64_t batch : {1, 2, 3, 5, 9, 17, 33, 128}) {
      const int64_t count = batch == 3 ? 1000 : between(1, 120);
      Problem problem({batch, count, dim, 3, AFTERIMAGE_FLOAT32});
      for (int64_t bits : {8, 4}) {
        double& most = used[bits == 4];
        most = fmax(most, check_bounds(bits, problem, between(0, 5), problem.description()));
      }
    }
  }
  note("8 bits: %.1f %% of a radius used, 4 bits: %.1f %%", 100 * used[0], 100 * used[1]);
});

Test worst("scores lie within the radii for the worst keys", [] {
  for (int64_t dim : {256, 700}) {
    Problem problem({4, 64, dim, 2, AFTERIMAGE_FLOAT32});
    for (int64_t key = 0; key < 64; key++) {
      // One large element per block, all others half a step of its scale: all of them are lost, in one direction.
      for (int64_t i = 0; i < dim; i++) {
        problem.loaded[key * dim + i] =
            i % 256 == 0 ? 127.0f : (key % 2 == 0 ? 0.4999f : static_cast<float>(uniform()));
      }
    }
    for (int64_t i = 0; i < 4 * dim; i++) problem.query_rows[i] = i % dim % 256 == 0 ? 0.0f : 1.0f;
    for (int64_t i = 0; i < dim; i++) problem.query_rows[3 * dim + i] = i % 2 == 0 ? 1e-42f : i % 3 == 0 ? 1.0f : 0.0f;
    afterimage_normalize(problem.loaded.data(), 64, dim);
    memcpy(problem.stored.data(), problem.loaded.data(), sizeof(float) * 64 * dim);
    afterimage_normalize(problem.query_rows.data(), 4, dim);
    for (int64_t bits : {8, 4}) {
      note("%d bits: %.1f %% of a radius used", static_cast<int>(bits),
           100 * check_bounds(bits, problem, 0, problem.description()));
    }
  }
});

Test queries("scores lie within the radii for the worst queries", [] {
  for (int64_t dim : {200, 256, 700}) {
    Problem problem({5, 64, dim, 2, AFTERIMAGE_FLOAT32});
    for (int64_t key = 0; key < 64; key++) {
      // Elements that int8 represents exactly, of one sign except for the first of a block, where the query has its
      // only large element.
      for (int64_t i = 0; i < dim; i++)
        problem.loaded[key * dim + i] = i % 256 == 0 ? 0.0f : key % 2 == 0 ? 1.0f : -1.0f;
    }
    for (int64_t query = 0; query < 5; query++) {
      // Half a step of int16 at the scale of the large element, or of the second int8 row; a block of zeros.
      const float step = query == 0 ? 0.4999f / 32767 : query == 1 ? 0.4999f / 127 / 254 : query == 2 ? 0.0f : 1e-5f;
      for (int64_t i = 0; i < dim; i++) {
        float& element = problem.query_rows[query * dim + i];
        element = query == 4 && i >= 256 ? 0.0f : i % 256 == 0 ? 1.0f : step;
      }
    }
    afterimage_normalize(problem.loaded.data(), 64, dim);
    memcpy(problem.stored.data(), problem.loaded.data(), sizeof(float) * 64 * dim);
    afterimage_normalize(problem.query_rows.data(), 5, dim);
    for (int64_t bits : {8, 4}) {
      note("%d bits: %.1f %% of a radius used", static_cast<int>(bits),
           100 * check_bounds(bits, problem, 0, problem.description()));
    }
  }
});

Test overflow("products of long rows of equal elements do not overflow", [] {
  constexpr int64_t kDim = 1 << 18;
  Problem problem({1, 2, kDim, 2, AFTERIMAGE_FLOAT32});
  // The transform of one large element: all elements are equally large.
  std::fill(problem.query_rows.begin(), problem.query_rows.end(), 0.0f);
  std::fill(problem.loaded.begin(), problem.loaded.end(), 0.0f);
  problem.query_rows[0] = problem.loaded[0] = 1;
  problem.loaded[kDim] = -1;
  memcpy(problem.stored.data(), problem.loaded.data(), sizeof(float) * 2 * kDim);
  for (int64_t bits : {8, 4}) check_bounds(bits, problem, 0, problem.description());
});

Test far("the reference is the greatest lower bound also if all scores are negative, for every number of keys", [] {
  for (int64_t count : {1, 15, 16, 17, 63, 64, 65, 200}) {
    Problem problem({2, count, 48, 3, AFTERIMAGE_FLOAT32});
    for (int64_t i = 0; i < count * 48; i++) problem.loaded[i] = -fabsf(problem.loaded[i]) - 0.01f;
    for (float& element : problem.query_rows) element = fabsf(element) + 0.01f;
    afterimage_normalize(problem.loaded.data(), count, 48);
    afterimage_normalize(problem.query_rows.data(), 2, 48);
    memcpy(problem.stored.data(), problem.loaded.data(), sizeof(float) * count * 48);
    for (int64_t bits : {8, 4}) check_bounds(bits, problem, 0, problem.description());
  }
});

Test damaged("a key whose score is NaN is a candidate, also if all keys are such keys or removed", [] {
  for (int64_t count : {1, 16, 70}) {
    for (float theta : {0.0f, 80.0f}) {
      for (int64_t bits : {8, 4}) {
        Problem problem({1, count, 48, 3, AFTERIMAGE_FLOAT32});
        problem.removals.assign(count, 0);
        problem.version = 1;
        ScreenedProblem screened(bits, problem, 0);
        for (int64_t key = 0; key < count; key++) {
          screened.damage(key);
          problem.removals[key] = key % 3 == 1 ? 1 : 0;
        }
        TermBounds found(problem.shape, theta, 0.1f, count);
        screened.add(found);
        check(found.counts[0] == count - (count + 1) / 3, "%lld of %lld keys are candidates",
              static_cast<long long>(found.counts[0]), static_cast<long long>(count));
        for (double sum : found.sums) check(sum == 0, "a term of %g", sum);
      }
    }
  }
});

Test longest("scores lie within the radii for keys of the greatest norm", [] {
  for (int64_t dim : {2, 3, 64}) {
    Problem problem({5, 64, dim, 2, AFTERIMAGE_FLOAT32});
    for (int64_t i = 0; i < 64 * dim; i++) problem.loaded[i] *= 1.0099f;
    memcpy(problem.stored.data(), problem.loaded.data(), sizeof(float) * 64 * dim);
    for (int64_t bits : {8, 4}) check_bounds(bits, problem, 0, problem.description());
  }
});

Test tiny("rows of tiny elements and of zeros lose exactly their norm", [] {
  for (int64_t bits : {8, 4}) {
    for (float element : {1e-40f, 0.0f}) {
      Screen screen(bits, 1, 512);
      std::vector<float> key(512, element);
      WorkspaceMemory workspace(afterimage_screen_store_bytes(512));
      afterimage_screen_store(&screen.screen, key.data(), 0, 1, workspace.data());
      const double lost = screen.residuals[0];
      check(screen.scales[0] == 0 && lost >= 22.6 * element && lost <= 22.7 * element + 1e-44, "scale %g, lost %g",
            screen.scales[0], lost);
    }
  }
});

Test exact("exact scores are those of double precision", [] {
  for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16}) {
    for (int64_t dim : {1, 7, 9, 255, 256, 257, 700}) {
      Problem problem({1, 40, dim, 3, type});
      const std::vector<double> expected = problem.scores(false);
      std::vector<int64_t> rows;
      for (int64_t i = 0; i < 25; i++) rows.push_back(between(0, 39));
      std::vector<double> scores(rows.size());
      const afterimage_keys keys = problem.keys();
      check(afterimage_exact_scores(&keys, problem.query_rows.data(), rows.data(), 25, scores.data(), nullptr) == 0,
            "status");
      for (size_t i = 0; i < rows.size(); i++) {
        check(fabs(scores[i] - expected[rows[i]]) <= 1e-13, "%s", problem.description().c_str());
      }
    }
  }
});

}  // namespace
}  // namespace test
