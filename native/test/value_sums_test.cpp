// Tests weighted sums of values against their definition in double.
#include <math.h>

#include <utility>

#include "problem.h"

namespace test {
namespace {

struct Sums {
  std::vector<double> sums;
  std::vector<float> maxima;
};

struct Values {
  Values(int64_t count, int64_t width, int32_t type)
      : width(width), type(type), stored(count * width * element_bytes(type)), loaded(count * width) {
    for (float& value : loaded) value = static_cast<float>(normal());
    afterimage_store(loaded.data(), count, width, type, stored.data(), nullptr);
    afterimage_load(stored.data(), nullptr, count, width, type, loaded.data());
  }
  afterimage_values get() { return {.rows = stored.data(), .width = width, .type = type}; }

  int64_t width;
  int32_t type;
  Guarded<char> stored;
  std::vector<float> loaded;
};

Sums value_sums(const Problem& problem, Values& values, const std::vector<float>& thetas, double start) {
  const int64_t batch = problem.shape.batch;
  const int64_t theta_count = static_cast<int64_t>(thetas.size());
  WorkspaceMemory workspace(afterimage_value_workspace_bytes(batch, problem.shape.dim, values.width, theta_count));
  Guarded<double> sums(theta_count * batch * (values.width + 1));
  Guarded<float> maxima(batch);
  for (double& sum : sums) sum = start;
  for (float& maximum : maxima) maximum = -INFINITY;
  const afterimage_keys keys = problem.keys();
  const afterimage_values rows = values.get();
  const afterimage_queries queries = problem.queries();
  const int status = afterimage_value_sums(&keys, &rows, &queries, thetas.data(), theta_count, workspace.data(),
                                           sums.data(), maxima.data(), nullptr);
  check(status == AFTERIMAGE_OK, "status %d", status);
  return {{sums.begin(), sums.end()}, {maxima.begin(), maxima.end()}};
}

// The tolerance of a sum relative to the sum of the magnitudes of its terms.
double tolerance(float theta) { return theta <= 10 ? 2e-6 : theta <= 90 ? 2e-5 : 2e-4; }

void check_problem(Problem&& problem, int64_t width, int32_t value_type, const std::vector<float>& thetas) {
  const Shape& shape = problem.shape;
  for (int64_t k = 0; k < shape.count; k++) {
    if (!problem.is_there(k)) continue;
    problem.use_own_maxima();
    break;
  }
  Values values(shape.count, width, value_type);
  const double start = 0.25;
  const Sums found = value_sums(problem, values, thetas, start);
  const std::vector<double> scores = problem.scores(true);
  for (size_t t = 0; t < thetas.size(); t++) {
    for (int64_t b = 0; b < shape.batch; b++) {
      std::vector<double> expected(width, start), magnitudes(width, start);
      double mass = start, maximum = -INFINITY;
      for (int64_t k = 0; k < shape.count; k++) {
        if (!problem.is_there(k)) continue;
        const double score = scores[b * shape.count + k];
        const double term = problem.weight(k) * exp(thetas[t] * (score - problem.references[b]));
        maximum = fmax(maximum, score);
        mass += term;
        for (int64_t j = 0; j < width; j++) {
          expected[j] += term * values.loaded[k * width + j];
          magnitudes[j] += term * fabs(values.loaded[k * width + j]);
        }
      }
      const double* row = &found.sums[(static_cast<int64_t>(t) * shape.batch + b) * (width + 1)];
      check(fabs(row[width] - mass) <= tolerance(thetas[t]) * mass, "%s theta %g: mass %.9g, not %.9g",
            problem.description().c_str(), thetas[t], row[width], mass);
      for (int64_t j = 0; j < width; j++) {
        check(fabs(row[j] - expected[j]) <= tolerance(thetas[t]) * magnitudes[j],
              "%s theta %g: sum %lld of query %lld is %.9g, not %.9g", problem.description().c_str(), thetas[t],
              static_cast<long long>(j), static_cast<long long>(b), row[j], expected[j]);
      }
      check(maximum == -INFINITY ? found.maxima[b] == -INFINITY : fabs(found.maxima[b] - maximum) <= 2e-6,
            "%s: maximum %g, not %g", problem.description().c_str(), found.maxima[b], maximum);
    }
  }
}

Test widths("value sums are right for every width and type of values", [] {
  for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16}) {
    for (int64_t width = 1; width <= 40; width++) {
      check_problem(Problem({3, 20, 24, 1, AFTERIMAGE_FLOAT32}), width, type, {10});
    }
    for (int64_t width : {63, 64, 65, 255, 256, 257, 600}) {
      check_problem(Problem({34, 30, 24, 1, AFTERIMAGE_FLOAT32}), width, type, {10, 90});
    }
  }
});

Test shapes("value sums are right for every type of keys, batch and number of keys", [] {
  for (int32_t type : kTypes) {
    for (int64_t batch : {1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 48, 65, 130, 520}) {
      check_problem(Problem({batch, 40, 20, 3, type}), 5, AFTERIMAGE_FLOAT32, {10});
    }
    for (int64_t count : {1, 95, 96, 97, 191, 192, 193, 300, 4000}) {
      check_problem(Problem({2, count, 20, 3, type}), 5, AFTERIMAGE_FLOAT32, {0, 10, 12, 90, 1000});
      check_problem(Problem({33, count, 20, 3, type}), 5, AFTERIMAGE_BFLOAT16, {60});
    }
  }
});

Test weights("value sums leave removed keys out and weigh the others", [] {
  for (int64_t batch : {1, 5, 40}) {
    for (double share : {0.1, 0.9, 1.1}) {
      Problem problem({batch, 250, 24, 1, AFTERIMAGE_FLOAT16});
      problem.version = 5;
      problem.removals.resize(problem.shape.count);
      for (int64_t& removal : problem.removals) removal = uniform() < share ? between(1, 5) : uniform() < 0.5 ? 6 : 0;
      problem.draw_weights();
      check_problem(std::move(problem), 7, AFTERIMAGE_FLOAT32, {10, 80});
    }
  }
});

// The largest error of a mean of standard normal values at theta = 90; scores tell whether queries are rounded.
double largest_error(const Problem& problem, const Values& values, const Sums& found,
                     const std::vector<double>& scores) {
  double largest = 0;
  for (int64_t b = 0; b < problem.shape.batch; b++) {
    std::vector<double> expected(values.width, 0);
    double mass = 0;
    for (int64_t k = 0; k < problem.shape.count; k++) {
      const double term = exp(90 * (scores[b * problem.shape.count + k] - problem.references[b]));
      mass += term;
      for (int64_t j = 0; j < values.width; j++) expected[j] += term * values.loaded[k * values.width + j];
    }
    const double* row = &found.sums[b * (values.width + 1)];
    for (int64_t j = 0; j < values.width; j++) {
      largest = fmax(largest, fabs(row[j] / row[values.width] - expected[j] / mass));
    }
  }
  return largest;
}

Test means("mean values are within their bound for every type of keys and values", [] {
  for (int64_t dim : {192, 2048, 12288}) {
    for (int32_t type : kTypes) {
      Problem problem({40, 400, dim, 1, type});
      for (float& reference : problem.references) reference = 40.0f / 90;
      const std::vector<double> of_kernel = problem.scores(true);
      const std::vector<double> exact = problem.scores(false);
      double kernel = 0, queries = 0;
      for (int32_t value_type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16}) {
        Values values(400, 21, value_type);
        const Sums found = value_sums(problem, values, {90}, 0);
        kernel = fmax(kernel, largest_error(problem, values, found, of_kernel));
        queries = fmax(queries, largest_error(problem, values, found, exact));
      }
      note("%-8s d=%-5lld error of the kernel %.1e; with the rounding of queries %.1e", type_name(type),
           static_cast<long long>(dim), kernel, queries);
      check(kernel <= 2e-5, "%s: too large", type_name(type));
    }
  }
});

Test repeat("value sums do not change from one call to the next", [] {
  Problem problem({37, 700, 64, 1, AFTERIMAGE_BFLOAT16});
  Values values(700, 21, AFTERIMAGE_FLOAT16);
  const Sums first = value_sums(problem, values, {10, 60}, 0);
  const Sums again = value_sums(problem, values, {10, 60}, 0);
  check(first.sums == again.sums, "other bits");
});

Test not_numbers("the total of value sums is NaN if a key is NaN", [] {
  for (int64_t batch : {1, 5, 40}) {
    Problem problem({batch, 150, 24, 3, AFTERIMAGE_FLOAT32});
    problem.use_own_maxima();
    problem.loaded[100 * 24 + 5] = NAN;
    problem.store_loaded();
    Values values(150, 3, AFTERIMAGE_FLOAT32);
    const std::vector<double> sums = value_sums(problem, values, {10, 1000}, 0).sums;
    for (size_t total = 3; total < sums.size(); total += 4) check(isnan(sums[total]), "total %g", sums[total]);
  }
});

Test refused("value sums refuse int8 values", [] {
  Problem problem({1, 3, 4, 1, AFTERIMAGE_FLOAT32});
  const afterimage_keys keys = problem.keys();
  const afterimage_queries queries = problem.queries();
  const afterimage_values values = {.rows = nullptr, .width = 1, .type = AFTERIMAGE_INT8};
  check(afterimage_value_sums(&keys, &values, &queries, nullptr, 0, nullptr, nullptr, nullptr, nullptr) ==
            AFTERIMAGE_UNSUPPORTED,
        "accepted");
});

}  // namespace
}  // namespace test
