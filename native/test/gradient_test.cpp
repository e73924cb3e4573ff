// Tests the gradient's sum over keys against double precision.
#include <math.h>

#include "problem.h"

namespace test {
namespace {

void check_gradient(const Shape& shape, float theta) {
  Problem problem(shape);
  problem.use_own_maxima();
  Guarded<float> coefficients(shape.batch * shape.classes), gradient(shape.batch * shape.dim);
  for (float& coefficient : coefficients) coefficient = static_cast<float>(normal());
  for (float& value : gradient) value = 0.25f;
  WorkspaceMemory workspace(afterimage_workspace_bytes(shape.batch, shape.dim, shape.classes, 1, 0));
  const afterimage_keys keys = problem.keys();
  const afterimage_queries queries = problem.queries();
  const int status = afterimage_gradient(&keys, &queries, theta, coefficients.data(), shape.classes, workspace.data(),
                                         gradient.data(), nullptr);
  check(status == AFTERIMAGE_OK, "status %d", status);
  const std::vector<double> scores = problem.scores(true);
  for (int64_t b = 0; b < shape.batch; b++) {
    std::vector<double> expected(shape.dim, 0.25);
    double total = 1;
    for (int64_t k = 0; k < shape.count; k++) {
      const double weight = exp(theta * (scores[b * shape.count + k] - problem.references[b]));
      const double factor = weight * coefficients[b * shape.classes + problem.labels[k]];
      total += fabs(factor);
      for (int64_t i = 0; i < shape.dim; i++) expected[i] += factor * problem.loaded[k * shape.dim + i];
    }
    for (int64_t i = 0; i < shape.dim; i++) {
      const double difference = fabs(gradient[b * shape.dim + i] - expected[i]) / total;
      check(difference <= 1.5e-7 * (theta < 10 ? 10 : theta), "%s: element %lld of query %lld is off by %g",
            problem.description().c_str(), static_cast<long long>(i), static_cast<long long>(b), difference);
    }
  }
}

Test gradients("gradients are right for every shape and type", [] {
  for (int32_t type : kTypes) {
    for (int64_t dim = 1; dim <= 70; dim++) check_gradient({5, 40, dim, 4, type}, 10);
    for (int64_t dim : {255, 256, 257, 511, 600}) check_gradient({34, 40, dim, 4, type}, 80);
    for (int64_t count : {95, 96, 97, 200, 300}) check_gradient({40, count, 300, 4, type}, 30);
    for (int64_t batch = 1; batch <= 70; batch++) check_gradient({batch, 30, 20, 3, type}, 10);
    for (int64_t count : {1, 2, 95, 96, 97, 200}) check_gradient({9, count, 33, 100, type}, 10);
    check_gradient({520, 40, 20, 3, type}, 0);
  }
});

Test not_numbers("the gradient is NaN if a key is NaN", [] {
  for (int64_t batch : {1, 5, 40}) {
    Problem problem({batch, 150, 24, 3, AFTERIMAGE_FLOAT32});
    problem.use_own_maxima();
    problem.loaded[100 * 24 + 5] = NAN;
    problem.store_loaded();
    const std::vector<float> coefficients(batch * 3, 1);
    std::vector<float> gradient(batch * 24);
    WorkspaceMemory workspace(afterimage_workspace_bytes(batch, 24, 3, 1, 0));
    const afterimage_keys keys = problem.keys();
    const afterimage_queries queries = problem.queries();
    afterimage_gradient(&keys, &queries, 10, coefficients.data(), 3, workspace.data(), gradient.data(), nullptr);
    for (float element : gradient) check(isnan(element), "element %g", element);
  }
});

}  // namespace
}  // namespace test
