// Tests the fused operator against its definition in double.
#include <math.h>
#include <string.h>

#include "problem.h"

namespace test {
namespace {

// The tolerance of p at each theta, for float32 sums of unit vectors. The reference includes the rounding of queries. A row
// of tens of thousands of elements is the sum of a hundred chunks.
double tolerance(float theta, int64_t dim) {
  return (theta <= 10 ? 1e-6 : theta <= 90 ? 1e-5 : 1e-4) * (dim > 16384 ? 2 : 1);
}

void check_problem(const Problem& problem, const std::vector<float>& thetas) {
  const Shape& shape = problem.shape;
  const Answer answer = class_sums(problem, thetas);
  const std::vector<double> scores = problem.scores(true);
  const std::vector<double> expected = reference_sums(problem, scores, thetas);
  for (size_t t = 0; t < thetas.size(); t++) {
    const int64_t offset = t * shape.batch * shape.classes;
    const double difference = largest_difference(normalized(answer.sums.data() + offset, shape.batch, shape.classes),
                                                 normalized(expected.data() + offset, shape.batch, shape.classes));
    check(difference <= tolerance(thetas[t], shape.dim), "%s theta %g: p is off by %.3g", problem.description().c_str(),
          thetas[t], difference);
  }
  for (int64_t b = 0; b < shape.batch; b++) {
    double maximum = -INFINITY;
    for (int64_t k = 0; k < shape.count; k++) maximum = fmax(maximum, scores[b * shape.count + k]);
    if (shape.count == 0) continue;
    check(fabs(answer.maxima[b] - maximum) <= 2e-6, "%s: maximum %.9g of query %lld should be %.9g",
          problem.description().c_str(), answer.maxima[b], static_cast<long long>(b), maximum);
  }
}

void for_sizes(const std::function<void(int64_t)>& body) {
  for (int64_t size = 1; size <= 70; size++) body(size);
  for (int64_t size : {95, 96, 97, 127, 129, 191, 193}) body(size);
}

Test dims("class sums are right for every dim", [] {
  for (int32_t type : kTypes) {
    for_sizes([&](int64_t dim) {
      for (int64_t batch : {1, 3, 20, 34}) {
        Problem problem({batch, 19, dim, 5, type});
        problem.use_own_maxima();
        check_problem(problem, {10, 90});
      }
    });
    for (int64_t dim : {256, 257, 1024, 1025, 2048, 2051, 4096}) {
      for (int64_t batch : {1, 2, 40}) {
        Problem problem({batch, 60, dim, 5, type});
        problem.use_own_maxima();
        check_problem(problem, {10, 90});
      }
    }
  }
});

Test batches("class sums are right for every batch", [] {
  for (int32_t type : kTypes) {
    for_sizes([&](int64_t batch) { check_problem(Problem({batch, 33, 40, 5, type}), {10}); });
    for (int64_t batch : {511, 512, 513, 545, 1025}) check_problem(Problem({batch, 33, 9, 5, type}), {10});
  }
});

Test whole_words("class sums are right for small batches on whole words and long rows", [] {
  for (int32_t type : kTypes) {
    for (int64_t dim : {16, 32, 48, 64, 80, 128, 144, 208, 512, 528, 1040, 2064}) {
      for (int64_t batch : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 21, 24, 28, 29, 37, 42}) {
        Problem problem({batch, 21, dim, 5, type});
        problem.use_own_maxima();
        check_problem(problem, {10, 90});
      }
    }
    // More words than one sum takes, for every type.
    for (int64_t batch : {1, 2, 6, 16}) check_problem(Problem({batch, 9, 33040, 3, type}), {10});
  }
});

Test counts("class sums are right for every number of keys", [] {
  for (int32_t type : kTypes) {
    for_sizes([&](int64_t count) {
      check_problem(Problem({1, count, 40, 5, type}), {10});
      check_problem(Problem({6, count, 48, 5, type}), {10});
      check_problem(Problem({35, count, 40, 5, type}), {10});
    });
    check_problem(Problem({35, 1000, 40, 5, type}), {10});
  }
});

Test many_words("class sums are right if the words of the queries exceed the cache", [] {
  for (int32_t type : kTypes) {
    for (int64_t count : {191, 193, 400}) check_problem(Problem({230, count, 1100, 5, type}), {10, 90});
  }
});

Test classes("class sums are right for every number of classes, sorted or not", [] {
  for (int32_t type : kTypes) {
    for (int64_t count : {1, 2, 3, 7, 10, 95, 96, 97, 100, 999, 1000}) {
      for (bool sorted : {false, true}) {
        check_problem(Problem({2, 300, 24, count, type, sorted}), {10, 60});
        check_problem(Problem({34, 300, 24, count, type, sorted}), {10, 60});
      }
    }
  }
});

Test listed("class sums are right for many queries and unsorted classes, whose keys are listed by class", [] {
  for (int32_t type : kTypes) {
    for (int64_t batch : {64, 65, 130, 600}) check_problem(Problem({batch, 900, 35, 600, type}), {10, 12, 14, 90});
  }
  for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_INT8}) {
    // More keys than are listed together.
    check_problem(Problem({64, 65900, 3, 600, type}), {10});
  }
});

Test mixed("class sums are right where classes are sorted in one stretch of the keys only", [] {
  constexpr int64_t kStretch = 65280;
  constexpr int64_t kCount = kStretch + 600;
  // Too few classes in no order to be listed, before and behind many in order.
  for (bool ends_sorted : {false, true}) {
    Problem problem({34, kCount, 3, 4000, AFTERIMAGE_FLOAT32, true});
    for (int64_t key = 0; key < kCount; key++) {
      if ((key >= kStretch) != ends_sorted) problem.labels[key] = static_cast<int32_t>(between(3900, 3999));
    }
    check_problem(problem, {10, 90});
  }
});

Test sliced(
    "class sums are right where those of all queries take so much memory that the batch is cut",
    [] { check_problem(Problem({96, 8, 3, 350000, AFTERIMAGE_FLOAT32}), {10}); },
    true);

Test one_query(
    "one query with one theta needs no memory for sums of classes",
    [] { check(afterimage_workspace_bytes(1, 112, 1000000, 1, 1) < 8 << 20, "the workspace grows with the classes"); },
    true);

std::vector<float> even_thetas(float first, float last, int count) {
  std::vector<float> thetas(count);
  for (int t = 0; t < count; t++) thetas[t] = first + (last - first) * static_cast<float>(t) / (count - 1);
  return thetas;
}

Test thetas("class sums are right for lists of thetas, evenly spaced or not", [] {
  std::vector<float> uneven = {0, 90, 10, 11, 12, 13, 17, 1000, 999, 998, 997, 996, 0.5f, 0.25f, 30, 31, 33};
  for (int32_t type : kTypes) {
    for (int64_t batch : {2, 37}) {
      for (bool sorted : {false, true}) {
        Problem problem({batch, 250, 64, 10, type, sorted});
        problem.use_own_maxima();
        check_problem(problem, even_thetas(10, 90, 33));
        check_problem(problem, even_thetas(0, 90, 10));
        check_problem(problem, even_thetas(90, 10, 33));
        check_problem(problem, uneven);
        check_problem(problem, {});
      }
    }
  }
});

Test far("class sums are finite and right if every key is far", [] {
  for (int32_t type : kTypes) {
    for (int64_t batch : {1, 33}) {
      Problem problem({batch, 100, 32, 4, type});
      // Opposite queries: every score is negative.
      for (float& value : problem.query_rows) value = -value;
      const Answer plain = class_sums(problem, even_thetas(10, 1000, 33));
      for (double sum : plain.sums) check(sum >= 0 && sum <= 1e30, "%s: sum %g", type_name(type), sum);
      problem.use_own_maxima();
      check_problem(problem, {0, 10, 90, 1000});
      check_problem(problem, even_thetas(10, 1000, 33));
      // References far below the scores: exponents are large, but sums fit into float32.
      for (float& reference : problem.references) reference -= 0.9f;
      check_problem(problem, {0, 10, 80});
      check_problem(problem, even_thetas(10, 70, 33));
    }
  }
});

Test not_numbers("a key that is NaN makes the sum of its class NaN, and no other sum or maximum", [] {
  for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16, AFTERIMAGE_BFLOAT16}) {
    for (int64_t batch : {1, 3, 8, 16, 20, 33, 70}) {
      for (int64_t dim : {40, 64}) {
        for (bool sorted : {false, true}) {
          Problem problem({batch, 150, dim, 5, type, sorted});
          problem.use_own_maxima();
          const int64_t key = between(0, problem.shape.count - 1);
          const int64_t element = key * dim + between(0, dim - 1);
          const std::vector<double> scores = problem.scores(true);
          problem.loaded[element] = NAN;
          problem.store_loaded();
          // All bits are 1: conversions that round such a number up must not lose it.
          if (sorted) memset(problem.stored.data() + element * element_bytes(type), 0xff, element_bytes(type));
          for (const std::vector<float>& list :
               {std::vector<float>{0}, {10}, {1000}, even_thetas(10, 90, 9), even_thetas(10, 1000, 9)}) {
            const Answer answer = class_sums(problem, list);
            const std::vector<double>& sums = answer.sums;
            for (int64_t b = 0; b < batch; b++) {
              double maximum = -INFINITY;
              for (int64_t k = 0; k < 150; k++) maximum = k == key ? maximum : fmax(maximum, scores[b * 150 + k]);
              check(fabs(answer.maxima[b] - maximum) <= 2e-6, "%s: maximum %g, not %g", problem.description().c_str(),
                    answer.maxima[b], maximum);
            }
            for (int64_t i = 0; i < static_cast<int64_t>(sums.size()); i++) {
              check(isnan(sums[i]) == (i % 5 == problem.labels[key]), "%s: sum %g of class %lld, theta %g, key of %d",
                    problem.description().c_str(), sums[i], static_cast<long long>(i % 5), list[i / (5 * batch)],
                    problem.labels[key]);
            }
          }
        }
      }
    }
  }
});

Test least_int8("class sums of int8 keys take elements of -128", [] {
  for (int64_t batch : {1, 20, 40}) {
    Problem problem({batch, 40, 8192, 3, AFTERIMAGE_INT8});
    const float element = 1 / sqrtf(8192);
    memset(problem.stored.data(), -128, problem.stored.size());
    for (float& scale : problem.scales) scale = element / 128;
    for (float& value : problem.query_rows) value = -element;
    for (float maximum : class_sums(problem, {10}).maxima) check(fabs(maximum - 1) <= 1e-4, "maximum %g, not 1", maximum);
  }
});

Test add("class sums are added to the sums passed in", [] {
  for (int32_t type : kTypes) {
    Problem problem({3, 50, 16, 4, type});
    const std::vector<float> list = {10, 20};
    const Answer once = class_sums(problem, list);
    WorkspaceMemory workspace(afterimage_workspace_bytes(3, 16, 4, 2, 0));
    std::vector<double> sums(2 * 3 * 4, 0.5);
    std::vector<float> maxima = {2, -INFINITY, -INFINITY};
    const afterimage_keys keys = problem.keys();
    const afterimage_queries queries = problem.queries();
    afterimage_class_sums(&keys, &queries, list.data(), 2, 4, workspace.data(), sums.data(), maxima.data(), nullptr);
    for (size_t i = 0; i < sums.size(); i++) {
      check(sums[i] == 0.5 + once.sums[i], "sum %g, not 0.5 + %g", sums[i], once.sums[i]);
    }
    check(maxima[0] == 2 && maxima[1] == once.maxima[1], "maxima %g %g", maxima[0], maxima[1]);
  }
});

Test bits("equal calls give equal bits, whatever the other queries are", [] {
  for (int32_t type : kTypes) {
    for (int64_t batch : {5, 33, 50}) {
      Problem problem({batch, 200, 100, 10, type});
      const std::vector<float> list = even_thetas(10, 90, 9);
      const Answer first = class_sums(problem, list);
      const Answer again = class_sums(problem, list);
      check(memcmp(first.sums.data(), again.sums.data(), first.sums.size() * 8) == 0, "%s B=%lld: repeat differs",
            type_name(type), static_cast<long long>(batch));
      for (int64_t i = 0; i < problem.shape.dim; i++) problem.query_rows[problem.shape.dim + i] *= -0.5f;
      const Answer other = class_sums(problem, list);
      for (int64_t t = 0; t < 9; t++) {
        for (int64_t b = 0; b < batch; b++) {
          if (b == 1) continue;
          const int64_t row = (t * batch + b) * 10;
          check(memcmp(&first.sums[row], &other.sums[row], 80) == 0, "%s B=%lld: query %lld changed", type_name(type),
                static_cast<long long>(batch), static_cast<long long>(b));
        }
      }
    }
  }
});

Test denormals("the caller's denormal numbers stay what they are", [] {
  Problem problem({3, 50, 16, 4, AFTERIMAGE_FLOAT32});
  class_sums(problem, {10});
  volatile float tiny = 1e-38f;
  check(tiny * 0.1f > 0, "denormal results are zero after a call");
});

Test ready_scores("class sums of scores match the definition", [] {
  for (int64_t batch : {1, 15, 16, 31, 32, 33, 70, 520}) {
    Problem problem({batch, 130, 20, 6, AFTERIMAGE_FLOAT32});
    const std::vector<double> exact = problem.scores(false);
    const std::vector<float> list = even_thetas(10, 90, 33);
    const int64_t stride = batch + 3;
    Guarded<float> scores((problem.shape.count - 1) * stride + batch);
    for (int64_t k = 0; k < problem.shape.count; k++) {
      for (int64_t b = 0; b < batch; b++) {
        scores[k * stride + b] = static_cast<float>(exact[b * problem.shape.count + k]);
      }
    }
    WorkspaceMemory workspace(afterimage_workspace_bytes(batch, 0, 6, 33, 0));
    Guarded<double> sums(33 * batch * 6);
    Guarded<float> maxima(batch);
    for (float& maximum : maxima) maximum = -INFINITY;
    const afterimage_keys keys = problem.keys();
    afterimage_class_sums_of_scores(scores.data(), stride, &keys, problem.references.data(), batch, list.data(), 33, 6,
                                    workspace.data(), sums.data(), maxima.data());
    const std::vector<double> expected = reference_sums(problem, exact, list);
    const double difference =
        largest_difference(normalized(sums.data(), 33 * batch, 6), normalized(expected.data(), 33 * batch, 6));
    check(difference <= 1e-5, "B=%lld: p is off by %g", static_cast<long long>(batch), difference);
  }
});

}  // namespace
}  // namespace test
