// Tests the nearest keys against a sort.
#include <math.h>

#include <algorithm>

#include "kernel_test.h"

namespace test {
namespace {

// Keys arrive in tiles of `tile`; scores are rounded so that many are equal.
void check_nearest(int batch, int count, int k, int tile, bool removed) {
  const std::vector<int32_t> key_labels = labels(count, 3, 2, removed);
  std::vector<float> scores(static_cast<size_t>(batch) * count);
  for (float& score : scores) score = static_cast<float>(between(-40, 40)) / 40;
  const int64_t first_row = int64_t{1} << 33;
  in_every_schedule([&] {
    Buffer<float> best(std::vector<float>(static_cast<size_t>(batch) * k, -INFINITY));
    Buffer<int64_t> rows(std::vector<int64_t>(static_cast<size_t>(batch) * k, -1));
    Buffer<float> other(std::vector<float>(static_cast<size_t>(batch) * k));
    Buffer<int64_t> other_rows(std::vector<int64_t>(static_cast<size_t>(batch) * k));
    for (int first = 0; first < count; first += tile) {
      const int part = std::min(tile, count - first);
      std::vector<float> tile_scores(static_cast<size_t>(batch) * part);
      for (int b = 0; b < batch; b++) {
        std::copy_n(scores.begin() + static_cast<int64_t>(b) * count + first, part,
                    tile_scores.begin() + static_cast<int64_t>(b) * part);
      }
      Buffer<float> score_buffer(tile_scores);
      Buffer<int32_t> label_buffer(std::vector<int32_t>(key_labels.begin() + first, key_labels.begin() + first + part));
      NearestArguments a = {};
      a.scores.values = score_buffer.data();
      a.scores.stride = part;
      a.labels = label_buffer.data();
      a.first_row = first_row + first;
      a.best_scores = best.data();
      a.best_rows = rows.data();
      a.other_scores = other.data();
      a.other_rows = other_rows.data();
      a.count = part;
      a.k = k;
      launch(nearest, dim3(batch), 256, 0, a);
    }
    const std::vector<float> found = best.read();
    const std::vector<int64_t> found_rows = rows.read();
    for (int b = 0; b < batch; b++) {
      std::vector<int> order;
      for (int i = 0; i < count; i++) {
        if (key_labels[i] >= 0) order.push_back(i);
      }
      std::stable_sort(order.begin(), order.end(),
                       [&](int x, int y) { return scores[b * count + x] > scores[b * count + y]; });
      for (int place = 0; place < k; place++) {
        const bool taken = place < static_cast<int>(order.size());
        const float expected = taken ? scores[b * count + order[place]] : -INFINITY;
        const int64_t row = taken ? first_row + order[place] : -1;
        check(found[b * k + place] == expected && found_rows[b * k + place] == row,
              "B=%d K=%d k=%d tile %d: place %d of query %d is %g, row %lld, not %g, row %lld", batch, count, k, tile,
              place, b, found[b * k + place], static_cast<long long>(found_rows[b * k + place] - first_row), expected,
              static_cast<long long>(row - first_row));
      }
    }
  });
}

Test sizes("the nearest keys match a sort, equal ones by row", [] {
  for (int count : {1, 31, 32, 33, 255, 256, 257, 700}) {
    for (int k : {1, 5, 75}) check_nearest(1, count, k, 1 << 20, false);
  }
  check_nearest(1, 3000, 300, 1 << 20, true);
});

Test tiles("the nearest keys do not depend on tiles", [] {
  for (int tile : {1, 7, 64, 300}) check_nearest(2, 310, 9, tile, true);
});

}  // namespace
}  // namespace test
