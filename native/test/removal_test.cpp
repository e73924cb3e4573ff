// Tests removed keys: the others give the answer, and the values of the removed ones do not change a bit of it.
#include <math.h>
#include <string.h>

#include "problem.h"

namespace test {
namespace {

struct Answers {
  std::vector<double> sums;
  std::vector<float> maxima;
  std::vector<float> best;
  std::vector<int64_t> rows;
  std::vector<float> gradient;
};

constexpr int64_t kBest = 5;

Answers answers(const Problem& problem, const std::vector<float>& thetas, const std::vector<float>& coefficients) {
  const Shape& shape = problem.shape;
  Answer sums = class_sums(problem, thetas);
  Answers result{sums.sums, sums.maxima, {}, {}, std::vector<float>(shape.batch * shape.dim)};
  result.best.assign(shape.batch * kBest, -INFINITY);
  result.rows.assign(shape.batch * kBest, -1);
  WorkspaceMemory workspace(afterimage_workspace_bytes(shape.batch, shape.dim, shape.classes, 1, kBest));
  const afterimage_keys keys = problem.keys();
  const afterimage_queries queries = problem.queries();
  afterimage_nearest(&keys, &queries, 7, kBest, workspace.data(), result.best.data(), result.rows.data(), nullptr);
  sort_nearest(kBest, &result.best, &result.rows);
  afterimage_gradient(&keys, &queries, 10, coefficients.data(), shape.classes, workspace.data(), result.gradient.data(),
                      nullptr);
  return result;
}

// The same from scores computed in advance.
Answers answers_of_scores(const Problem& problem, const std::vector<float>& thetas) {
  const Shape& shape = problem.shape;
  const int64_t theta_count = static_cast<int64_t>(thetas.size());
  const std::vector<double> exact = problem.scores(false);
  std::vector<float> scores(shape.count * shape.batch);
  for (int64_t k = 0; k < shape.count; k++) {
    for (int64_t b = 0; b < shape.batch; b++) {
      scores[k * shape.batch + b] = static_cast<float>(exact[b * shape.count + k]);
    }
  }
  Answers result{std::vector<double>(theta_count * shape.batch * shape.classes),
                 std::vector<float>(shape.batch, -INFINITY),
                 std::vector<float>(shape.batch * kBest, -INFINITY),
                 std::vector<int64_t>(shape.batch * kBest, -1),
                 {}};
  WorkspaceMemory workspace(afterimage_workspace_bytes(shape.batch, 0, shape.classes, theta_count, 0));
  const afterimage_keys keys = problem.keys();
  afterimage_class_sums_of_scores(scores.data(), shape.batch, &keys, problem.references.data(), shape.batch,
                                  thetas.data(), theta_count, shape.classes, workspace.data(), result.sums.data(),
                                  result.maxima.data());
  afterimage_nearest_of_scores(scores.data(), shape.batch, &keys, shape.batch, 7, kBest, result.best.data(),
                               result.rows.data());
  sort_nearest(kBest, &result.best, &result.rows);
  return result;
}

void check_answers(const Problem& problem, const Answers& actual, const std::vector<float>& thetas, bool rounded) {
  const Shape& shape = problem.shape;
  const std::vector<double> scores = problem.scores(rounded);
  const std::vector<double> expected = reference_sums(problem, scores, thetas);
  for (size_t i = 0; i < expected.size(); i++) {
    check(fabs(actual.sums[i] - expected[i]) <= 1e-4 * expected[i] + 1e-20, "%s: sum %lld is %g, not %g",
          problem.description().c_str(), static_cast<long long>(i), actual.sums[i], expected[i]);
  }
  int64_t there = 0;
  for (int64_t k = 0; k < shape.count; k++) there += problem.is_there(k);
  for (int64_t b = 0; b < shape.batch; b++) {
    double largest = -INFINITY;
    for (int64_t k = 0; k < shape.count; k++) {
      if (problem.is_there(k)) largest = fmax(largest, scores[b * shape.count + k]);
    }
    check(there == 0 ? actual.maxima[b] == -INFINITY : fabs(actual.maxima[b] - largest) <= 1e-5,
          "%s: maximum %g, not %g", problem.description().c_str(), actual.maxima[b], largest);
    for (int64_t i = 0; i < kBest; i++) {
      const int64_t row = actual.rows[b * kBest + i];
      check(i < there ? row >= 7 && problem.is_there(row - 7) : row == -1, "%s: row %lld among the best",
            problem.description().c_str(), static_cast<long long>(row));
    }
    if (there > 0) {
      check(fabs(actual.best[b * kBest] - largest) <= 1e-5, "%s: the best is %g, not %g", problem.description().c_str(),
            actual.best[b * kBest], largest);
    }
  }
}

void check_removals(const Shape& shape, double removed) {
  for (const std::vector<float>& thetas : {std::vector<float>{10}, std::vector<float>{10, 12, 14, 16, 40}}) {
    Problem problem(shape);
    problem.version = 5;
    problem.removals.resize(shape.count);
    for (int64_t& removal : problem.removals) removal = uniform() < removed ? between(1, 5) : uniform() < 0.5 ? 6 : 0;
    std::vector<float> coefficients(shape.batch * shape.classes);
    for (float& coefficient : coefficients) coefficient = static_cast<float>(normal());
    const Answers first = answers(problem, thetas, coefficients);
    check_answers(problem, first, thetas, true);
    const Answers of_scores = answers_of_scores(problem, thetas);
    check_answers(problem, of_scores, thetas, false);

    // The best possible key: the query itself.
    for (int64_t k = 0; k < shape.count; k++) {
      if (problem.is_there(k)) continue;
      const float* query = problem.query_rows.data() + between(0, shape.batch - 1) * shape.dim;
      const int64_t row_bytes = shape.dim * element_bytes(shape.type);
      afterimage_store(query, 1, shape.dim, shape.type, problem.stored.data() + k * row_bytes,
                       shape.type == AFTERIMAGE_INT8 ? problem.scales.data() + k : nullptr);
    }
    const Answers second = answers(problem, thetas, coefficients);
    check(first.sums == second.sums && first.maxima == second.maxima && first.best == second.best &&
              first.rows == second.rows && first.gradient == second.gradient,
          "%s: a removed key changes the result", problem.description().c_str());
  }
}

Test removals("a removed key changes no bit of sums, maxima, nearest keys and gradient", [] {
  for (int32_t type : kTypes) {
    for (int64_t batch : {1, 2, 5, 16, 17, 33, 70}) {
      for (int64_t count : {1, 95, 96, 97, 200}) check_removals({batch, count, 37, 7, type}, 0.3);
    }
    check_removals({5, 300, 64, 3, type, true}, 0.01);
    check_removals({5, 300, 64, 3, type, true}, 0.9);
    // Many queries multiply only the keys that are there.
    for (double removed : {0.2, 0.5, 0.9, 1.1}) check_removals({70, 200, 1100, 7, type}, removed);
    check_removals({70, 900, 37, 600, type}, 0.1);
    check_removals({5, 100, 64, 3, type}, 1.1);
    check_removals({1, 100, 64, 3, type}, 1.1);
  }
});

}  // namespace
}  // namespace test
