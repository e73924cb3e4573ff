// Tests the screen: its bounds hold for every key and query, whatever an instruction set rounds.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"

namespace test {
namespace {

struct Screen {
  Screen(int64_t bits, int64_t capacity, int64_t dim)
      : blocks(bits == 4 ? 1 : (dim + AFTERIMAGE_SCREEN_COLUMNS - 1) / AFTERIMAGE_SCREEN_COLUMNS),
        rows(capacity * (bits == 4 ? afterimage_screen_row_bytes(dim) : dim)),
        scales(blocks * capacity),
        residuals(capacity * blocks) {
    screen = {reinterpret_cast<int8_t*>(rows.data()), scales.data(), residuals.data(), capacity, dim, bits};
  }
  int64_t blocks;
  Guarded<char> rows;
  Guarded<float> scales;
  Guarded<float> residuals;
  afterimage_screen screen;
};

// Returns the largest fraction of a radius that an error takes; fails if one exceeds its radius.
double check_bounds(int64_t bits, const Problem& problem, int64_t first, const std::string& what) {
  const Shape& shape = problem.shape;
  const int64_t capacity = first + shape.count + 3;
  Screen screen(bits, capacity, shape.dim);
  WorkspaceMemory workspace(afterimage_screen_workspace_bytes(shape.batch, shape.dim));
  afterimage_screen_store(&screen.screen, problem.loaded.data(), first, shape.count, workspace.data());
  const int64_t stride = shape.count + 2;
  std::vector<float> centers(shape.batch * stride, 7), radii(shape.batch * stride, 7);
  const afterimage_queries queries = problem.queries();
  const int status = afterimage_screen_scores(&screen.screen, first, shape.count, &queries, workspace.data(), stride,
                                              centers.data(), radii.data(), nullptr);
  check(status == AFTERIMAGE_OK, "%s: status %d", what.c_str(), status);
  const std::vector<double> scores = problem.scores(false);
  double used = 0;
  for (int64_t query = 0; query < shape.batch; query++) {
    for (int64_t key = 0; key < shape.count; key++) {
      const double difference = fabs(scores[query * shape.count + key] - centers[query * stride + key]);
      const double radius = radii[query * stride + key];
      check(difference <= radius && radius < (bits == 4 ? 1.1 : 0.2), "%s: query %lld key %lld: off by %g, radius %g", what.c_str(),
            static_cast<long long>(query), static_cast<long long>(key), difference, radius);
      used = fmax(used, difference / radius);
    }
    check(centers[query * stride + shape.count] == 7 && radii[query * stride + shape.count] == 7, "written beyond");
  }
  return used;
}

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

Test longest("scores lie within the radii for keys of the greatest norm", [] {
  for (int64_t dim : {2, 3, 64}) {
    Problem problem({5, 64, dim, 2, AFTERIMAGE_FLOAT32});
    for (int64_t i = 0; i < 64 * dim; i++) problem.loaded[i] *= 1.0099f;
    memcpy(problem.stored.data(), problem.loaded.data(), sizeof(float) * 64 * dim);
    for (int64_t bits : {8, 4}) check_bounds(bits, problem, 0, problem.description());
  }
});

Test tiny("a block of tiny elements loses exactly its norm", [] {
  Screen screen(8, 1, 512);
  std::vector<float> key(512, 1e-40f);
  key[0] = 1;
  WorkspaceMemory workspace(afterimage_screen_workspace_bytes(1, 512));
  afterimage_screen_store(&screen.screen, key.data(), 0, 1, workspace.data());
  check(screen.scales[1] == 0 && screen.rows[300] == 0, "scale %g", screen.scales[1]);
  check(screen.residuals[1] >= 1.59e-39f && screen.residuals[1] < 1.7e-39f, "lost %g", screen.residuals[1]);
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
