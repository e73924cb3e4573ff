// Tests the k best keys: ties, and keys in parts, in any order of the parts.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "problem.h"

namespace test {
namespace {

struct Best {
  std::vector<float> scores;
  std::vector<int64_t> rows;
  Best(int64_t batch, int64_t k) : scores(batch * k, -INFINITY), rows(batch * k, -1) {}
};

// Checks that the places of each query form the heap that afterimage.h describes, then sorts them.
void check_heap(Best* best, int64_t batch, int64_t k) {
  for (int64_t b = 0; b < batch; b++) {
    const float* scores = best->scores.data() + b * k;
    const int64_t* rows = best->rows.data() + b * k;
    for (int64_t i = 1; i < k; i++) {
      const int64_t above = (i - 1) / 2;
      check(scores[above] < scores[i] ||
                (scores[above] == scores[i] && static_cast<uint64_t>(rows[above]) >= static_cast<uint64_t>(rows[i])),
            "place %lld of %lld is above a worse key", static_cast<long long>(above), static_cast<long long>(k));
    }
  }
  sort_nearest(k, &best->scores, &best->rows);
}

void check_order(const Best& best, int64_t batch, int64_t k, int64_t filled, const std::string& what) {
  for (int64_t b = 0; b < batch; b++) {
    for (int64_t i = 0; i < k; i++) {
      const float score = best.scores[b * k + i];
      const int64_t row = best.rows[b * k + i];
      if (i >= filled) {
        check(score == -INFINITY && row == -1, "%s: place %lld is %g", what.c_str(), static_cast<long long>(i), score);
      } else if (i > 0) {
        const float before = best.scores[b * k + i - 1];
        check(before > score || (before == score && best.rows[b * k + i - 1] < row), "%s: place %lld is out of order",
              what.c_str(), static_cast<long long>(i));
      }
    }
  }
}

Test nearest("the best keys match a full sort", [] {
  for (int32_t type : kTypes) {
    for (int64_t batch : {1, 3, 16, 33, 45}) {
      for (int64_t k : {1, 2, 10, 150, 400}) {
        Problem problem({batch, 300, 30, 5, type});
        const std::vector<double> scores = problem.scores(true);
        Best best(batch, k);
        WorkspaceMemory workspace(afterimage_workspace_bytes(batch, 30, 5, 1, k));
        const afterimage_queries queries = problem.queries();
        // Two parts, the later one first.
        for (int64_t first : {200, 0}) {
          afterimage_keys keys = problem.keys();
          keys.rows = static_cast<const char*>(keys.rows) + first * 30 * element_bytes(type);
          if (keys.scales != nullptr) keys.scales += first;
          keys.count = first == 0 ? 200 : 100;
          afterimage_nearest(&keys, &queries, 1000 + first, k, workspace.data(), best.scores.data(), best.rows.data(),
                             nullptr);
        }
        check_heap(&best, batch, k);
        check_order(best, batch, k, std::min<int64_t>(k, 300), problem.description());
        for (int64_t b = 0; b < batch; b++) {
          std::vector<double> sorted(scores.begin() + b * 300, scores.begin() + (b + 1) * 300);
          std::sort(sorted.rbegin(), sorted.rend());
          for (int64_t i = 0; i < std::min<int64_t>(k, 300); i++) {
            const int64_t row = best.rows[b * k + i] - 1000;
            check(row >= 0 && row < 300 && fabs(scores[b * 300 + row] - sorted[i]) <= 1e-6 &&
                      fabs(best.scores[b * k + i] - sorted[i]) <= 1e-6,
                  "%s k=%lld: place %lld has %g, not %g", problem.description().c_str(), static_cast<long long>(k),
                  static_cast<long long>(i), best.scores[b * k + i], sorted[i]);
          }
        }
      }
    }
  }
});

Test ties("equal scores come by ascending row, in any order of the parts", [] {
  // Four distinct rows, repeated: their scores are equal to the bit.
  const int64_t count = 250, dim = 9, k = 100;
  std::vector<float> distinct(4 * dim);
  for (float& value : distinct) value = static_cast<float>(uniform());
  afterimage_normalize(distinct.data(), 4, dim);
  std::vector<float> rows(count * dim);
  for (int64_t i = 0; i < count * dim; i++) rows[i] = distinct[i % (4 * dim)];
  for (int64_t batch : {1, 20, 32}) {
    std::vector<float> query_rows(batch * dim), references(batch, 1);
    for (float& value : query_rows) value = static_cast<float>(uniform());
    afterimage_normalize(query_rows.data(), batch, dim);
    WorkspaceMemory workspace(afterimage_workspace_bytes(batch, dim, 1, 1, k));
    std::vector<int32_t> labels(count, 0);
    const afterimage_queries queries = {query_rows.data(), references.data(), batch, dim};
    Best whole(batch, k), parts(batch, k);
    const afterimage_keys keys = float_keys(rows.data(), labels.data(), count, dim);
    afterimage_nearest(&keys, &queries, 0, k, workspace.data(), whole.scores.data(), whole.rows.data(), nullptr);
    check_heap(&whole, batch, k);
    check_order(whole, batch, k, k, "ties");
    for (int64_t first : {200, 100, 0}) {
      const afterimage_keys part =
          float_keys(rows.data() + first * dim, labels.data(), std::min<int64_t>(100, count - first), dim);
      afterimage_nearest(&part, &queries, first, k, workspace.data(), parts.scores.data(), parts.rows.data(), nullptr);
    }
    check_heap(&parts, batch, k);
    check(parts.rows == whole.rows && parts.scores == whole.scores, "B=%lld: parts differ",
          static_cast<long long>(batch));
  }
});

Test equal_keys("equal keys have equal scores in every position", [] {
  // Too few keys for a step of some kernels, and a full group with a rest that no step divides.
  for (int64_t dim : {9, 60, 513, 1100, 2500, 4203}) {
    for (int64_t count : {7, 96 + 23}) {
      for (int64_t batch : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 18, 35}) {
        for (int32_t type : kTypes) {
          Problem problem({batch, count, dim, 1, type});
          const int64_t row_bytes = dim * element_bytes(type);
          for (int64_t key = 1; key < count; key++) {
            memcpy(problem.stored.data() + key * row_bytes, problem.stored.data(), row_bytes);
            if (type == AFTERIMAGE_INT8) problem.scales[key] = problem.scales[0];
          }
          Best best(batch, count);
          WorkspaceMemory workspace(afterimage_workspace_bytes(batch, dim, 1, 1, count));
          const afterimage_keys keys = problem.keys();
          const afterimage_queries queries = problem.queries();
          afterimage_nearest(&keys, &queries, 0, count, workspace.data(), best.scores.data(), best.rows.data(),
                             nullptr);
          check_heap(&best, batch, count);
          for (int64_t i = 0; i < batch * count; i++) {
            check(best.rows[i] == i % count, "%s: key %lld is in place %lld of query %lld, %g from the first",
                  problem.description().c_str(), static_cast<long long>(best.rows[i]),
                  static_cast<long long>(i % count), static_cast<long long>(i / count),
                  best.scores[i] - best.scores[i / count * count]);
          }
        }
      }
    }
  }
});

Test ready_scores(
    "the best of computed scores match a sort",
    [] {
      for (int64_t batch : {1, 31, 33}) {
        const int64_t count = 200, k = 7, stride = batch + 2;
        Guarded<float> scores((count - 1) * stride + batch);
        for (float& score : scores) score = static_cast<float>(between(0, 40)) / 40;
        Best best(batch, k);
        const afterimage_keys keys = float_keys(nullptr, nullptr, count, 1);
        afterimage_nearest_of_scores(scores.data(), stride, &keys, batch, 5, k, best.scores.data(), best.rows.data());
        check_heap(&best, batch, k);
        for (int64_t b = 0; b < batch; b++) {
          std::vector<std::pair<float, int64_t>> sorted;
          for (int64_t key = 0; key < count; key++) sorted.push_back({-scores[key * stride + b], key + 5});
          std::sort(sorted.begin(), sorted.end());
          for (int64_t i = 0; i < k; i++) {
            check(best.scores[b * k + i] == -sorted[i].first && best.rows[b * k + i] == sorted[i].second,
                  "B=%lld: place %lld", static_cast<long long>(batch), static_cast<long long>(i));
          }
        }
      }
    },
    true);

}  // namespace
}  // namespace test
