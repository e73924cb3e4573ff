// Certain bounds of scores from an int8 copy of the keys.
//
// A key is k = a + r and a query q = d + e, where a and d are what the kernel multiplies, so
//   q.k = d.a + e.a + q.r,  |q.r| <= sum over blocks of |q_b| |r_b|,  |e.a| <= |e| |a|.
// Each block of columns has a scale of its own, which makes r small, and a norm of r of its own.
#include <math.h>
#include <string.h>

#include "interface.h"
#include "pass/score_pass.h"

namespace afterimage {
namespace {

constexpr int64_t kColumns = AFTERIMAGE_SCREEN_COLUMNS;
// Keys for which a block of the queries is converted once; their sums need not stay in L2 (`ScreenBenchmark`).
constexpr int64_t kPanelKeys = 15 * kGroupKeys;
constexpr int64_t kMostQueries = 128;
// |a| <= |k| + |r|, and a block's r is at most sqrt(256) / 254 of its greatest element: 1.01 * 1.063.
constexpr double kLargestNorm = 1.08;
constexpr double kRounding = 0x1p-24;
constexpr double kTiniestNorm = 1e-30;

int64_t blocks_of_columns(int64_t dim) { return (dim + kColumns - 1) / kColumns; }
int64_t columns_of(int64_t dim, int64_t block) { return smaller(kColumns, dim - block * kColumns); }

float rounded_up(double value) { return nextafterf(static_cast<float>(value), INFINITY); }

double norm(const float* values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += static_cast<double>(values[i]) * values[i];
  return sqrt(sum);
}

// One scale for all; elements that are all tiny, whose scale would overflow when inverted, become zeros.
void quantize(const float* values, int64_t count, int8_t* elements, float* scale) {
  if (norm(values, count) >= kTiniestNorm) {
    kernels().types[AFTERIMAGE_INT8]->store(values, 1, count, elements, scale);
  } else {
    for (int64_t i = 0; i < count; i++) elements[i] = 0;
    *scale = 0;
  }
}

// Queries that are rounded to int8 are two digits: the sum of two rows. Those rounded to int16 or not at all are one.
int64_t digits() { return kernels().types[AFTERIMAGE_INT8]->elements_per_word == 4 ? 2 : 1; }

// Sums of the scores of a panel of keys over blocks of columns.
class PanelScores {
 public:
  PanelScores(Workspace& workspace, int64_t rows)
      : sums_(workspace.take<float>(blocks_of(rows) * kPanelKeys * kBlockLanes)), rows_(rows) {}

  bool add(const afterimage_keys& keys, const afterimage_queries& queries, bool first, Workspace workspace,
           const volatile int32_t* cancelled) {
    ScorePass pass(keys, queries, {0, rows_}, workspace, cancelled);
    while (pass.next_group()) {
      for (int64_t index = 0; index < pass.block_count(); index++) {
        const QueryBlock& block = pass.scored_block(index);
        float* sums = sums_ + (index * kPanelKeys + pass.group_first()) * kBlockLanes;
        const int64_t values = pass.group_count() * kBlockLanes;
        if (first) {
          memcpy(sums, block.scores, sizeof(float) * values);
        } else {
          for (int64_t i = 0; i < values; i++) sums[i] += block.scores[i];
        }
      }
    }
    block_count_ = pass.block_count();
    for (int64_t index = 0; index < block_count_; index++) {
      firsts_[index] = pass.block(index).first;
      counts_[index] = pass.block(index).count;
    }
    return !pass.cancelled();
  }

  // targets[query * stride + key] = the sum over the query's `digits` rows.
  void write(int64_t keys, int64_t digits, int64_t stride, float* targets) const {
    for (int64_t index = 0; index < block_count_; index++) {
      for (int64_t lane = 0; lane < counts_[index]; lane++) {
        const int64_t row = firsts_[index] + lane;
        const float* sums = sums_ + index * kPanelKeys * kBlockLanes + lane;
        float* target = targets + row / digits * stride;
        if (row % digits == 0) {
          for (int64_t key = 0; key < keys; key++) target[key] = sums[key * kBlockLanes];
        } else {
          for (int64_t key = 0; key < keys; key++) target[key] += sums[key * kBlockLanes];
        }
      }
    }
  }

 private:
  float* sums_;  // (query blocks, kPanelKeys, kBlockLanes)
  int64_t rows_;
  int64_t block_count_ = 0;
  int64_t firsts_[blocks_of(2 * kMostQueries)];
  int64_t counts_[blocks_of(2 * kMostQueries)];
};

// Queries by blocks of columns, and what their rounding may change.
class ScreenQueries {
 public:
  ScreenQueries(Workspace& workspace, int64_t batch, int64_t dim)
      : rows_(workspace.take<float>(2 * batch * dim)),
        references_(workspace.take<float>(2 * batch)),
        norms_(workspace.take<float>(batch * blocks_of_columns(dim))),
        lost_(workspace.take<float>(batch)),
        batch_(batch),
        dim_(dim),
        digits_(digits()) {}

  void convert(const float* queries) {
    memset(references_, 0, sizeof(float) * 2 * batch_);
    const int64_t blocks = blocks_of_columns(dim_);
    for (int64_t query = 0; query < batch_; query++) {
      double lost = 0;
      for (int64_t block = 0; block < blocks; block++) {
        const float* source = queries + query * dim_ + block * kColumns;
        const int64_t columns = columns_of(dim_, block);
        norms_[query * blocks + block] = rounded_up(norm(source, columns));
        float* target = rows_ + (block * kColumns * batch_ + query * columns) * digits_;
        memcpy(target, source, sizeof(float) * columns);
        lost += digits_ == 2 ? split(target, target + columns, columns) : lost_by_kernel(target, columns);
      }
      // Rounding of sums: no chain of additions is longer than a block's columns and then the blocks, and each element
      // is rounded a few times on its way there. Norms of queries are within 1e-6 of 1.
      const double roundings = static_cast<double>(kColumns + blocks + 32);
      lost_[query] = rounded_up(kLargestNorm * (sqrt(lost) + roundings * kRounding));
    }
  }

  afterimage_queries block(int64_t block) const {
    return {rows_ + block * kColumns * batch_ * digits_, references_, batch_ * digits_, columns_of(dim_, block)};
  }
  afterimage_queries norms() const { return {norms_, references_, batch_, blocks_of_columns(dim_)}; }
  float lost(int64_t query) const { return lost_[query]; }
  int64_t digits_of_queries() const { return digits_; }

 private:
  // Replaces the row by its first digit and gives the second: both are what int8 holds. The square of what is left.
  static double split(float* first, float* second, int64_t columns) {
    int8_t elements[kColumns];
    float scale;
    for (int64_t i = 0; i < columns; i++) second[i] = first[i];
    quantize(first, columns, elements, &scale);
    for (int64_t i = 0; i < columns; i++) {
      first[i] = scale * static_cast<float>(elements[i]);
      second[i] -= first[i];
    }
    float whole[kColumns];
    memcpy(whole, second, sizeof(float) * columns);
    quantize(second, columns, elements, &scale);
    double lost = 0;
    for (int64_t i = 0; i < columns; i++) {
      second[i] = scale * static_cast<float>(elements[i]);
      const double rest = static_cast<double>(whole[i]) - second[i];
      lost += rest * rest;
    }
    return lost;
  }

  // The square of what the kernel loses when it rounds the row to int16; nothing where it multiplies float32.
  static double lost_by_kernel(const float* row, int64_t columns) {
    const TypeKernels& type = *kernels().types[AFTERIMAGE_INT8];
    if (type.quantize == nullptr) return 0;
    int16_t words[kColumns];
    float scale;
    type.quantize(row, columns, words, &scale);
    double lost = 0;
    for (int64_t i = 0; i < columns; i++) {
      const double rest = row[i] - static_cast<double>(scale) * words[i];
      lost += rest * rest;
    }
    return lost;
  }

  float* rows_;  // block after block: (batch, digits, columns)
  float* references_;
  float* norms_;  // (batch, blocks)
  float* lost_;   // (batch)
  int64_t batch_;
  int64_t dim_;
  int64_t digits_;
};

}  // namespace
}  // namespace afterimage

using namespace afterimage;

void afterimage_screen_store(const struct afterimage_screen* screen, const float* rows, int64_t first, int64_t count) {
  const int64_t dim = screen->dim;
  const int64_t blocks = blocks_of_columns(dim);
  for (int64_t row = 0; row < count; row++) {
    for (int64_t block = 0; block < blocks; block++) {
      const float* source = rows + row * dim + block * kColumns;
      const int64_t columns = columns_of(dim, block);
      int8_t* stored = screen->rows + block * kColumns * screen->places + (first + row) * columns;
      float& scale = screen->scales[block * screen->places + first + row];
      quantize(source, columns, stored, &scale);
      double lost = 0;
      for (int64_t i = 0; i < columns; i++) {
        const double rest = source[i] - static_cast<double>(scale) * stored[i];
        lost += rest * rest;
      }
      screen->residuals[(first + row) * blocks + block] = rounded_up(sqrt(lost));
    }
  }
}

int64_t afterimage_screen_workspace_bytes(int64_t batch, int64_t dim) {
  Workspace workspace(nullptr);
  ScreenQueries(workspace, batch, dim);
  PanelScores(workspace, 2 * batch);
  ScorePass::count_workspace(2 * batch, kColumns > blocks_of_columns(dim) ? kColumns : blocks_of_columns(dim),
                             workspace);
  return workspace.used();
}

int afterimage_screen_scores(const struct afterimage_screen* screen, int64_t first, int64_t count,
                             const struct afterimage_queries* queries, void* workspace, int64_t stride, float* centers,
                             float* radii, const volatile int32_t* cancelled) {
  if (queries->batch > kMostQueries) return AFTERIMAGE_UNSUPPORTED;
  const int64_t blocks = blocks_of_columns(screen->dim);
  Workspace memory(workspace);
  ScreenQueries converted(memory, queries->batch, screen->dim);
  converted.convert(queries->rows);
  const int64_t digits = converted.digits_of_queries();
  const Workspace before_panel = memory;
  for (int64_t key = 0; key < count; key += kPanelKeys) {
    const int64_t row = first + key;
    const int64_t keys = smaller(kPanelKeys, count - key);
    memory = before_panel;
    PanelScores scores(memory, queries->batch * digits);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t columns = columns_of(screen->dim, block);
      const afterimage_keys panel = {screen->rows + block * kColumns * screen->places + row * columns,
                                     screen->scales + block * screen->places + row,
                                     nullptr,
                                     keys,
                                     columns,
                                     AFTERIMAGE_INT8,
                                     nullptr,
                                     0};
      if (!scores.add(panel, converted.block(block), block == 0, memory, cancelled)) return AFTERIMAGE_CANCELLED;
    }
    scores.write(keys, digits, stride, centers + key);
    memory = before_panel;
    PanelScores bounds(memory, queries->batch);
    const afterimage_keys residuals = {
        screen->residuals + row * blocks, nullptr, nullptr, keys, blocks, AFTERIMAGE_FLOAT32, nullptr, 0};
    if (!bounds.add(residuals, converted.norms(), true, memory, cancelled)) return AFTERIMAGE_CANCELLED;
    bounds.write(keys, 1, stride, radii + key);
    // No more additions than blocks, and all terms are positive.
    const float factor = rounded_up(1 + static_cast<double>(blocks + 8) * kRounding);
    for (int64_t query = 0; query < queries->batch; query++) {
      float* radius = radii + query * stride + key;
      // Twice, for the rounding of this line.
      const float lost = 2 * converted.lost(query);
      for (int64_t i = 0; i < keys; i++) radius[i] = radius[i] * factor + lost;
    }
  }
  return AFTERIMAGE_OK;
}

int afterimage_exact_scores(const struct afterimage_keys* keys, const float* query, const int64_t* rows, int64_t count,
                            double* scores, const volatile int32_t* cancelled) {
  if (keys->type < 0 || keys->type >= AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  constexpr int64_t kLanes = 8;
  float loaded[kColumns];
  for (int64_t index = 0; index < count; index++) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    double sums[kLanes] = {};
    const int64_t bytes = element_bytes(keys->type);
    for (int64_t first = 0; first < keys->dim; first += kColumns) {
      const int64_t columns = smaller(kColumns, keys->dim - first);
      const char* data = static_cast<const char*>(keys->rows) + (rows[index] * keys->dim + first) * bytes;
      const float* key = reinterpret_cast<const float*>(data);
      if (keys->type != AFTERIMAGE_FLOAT32) {
        kernels().types[keys->type]->load({data, 0, 1, columns, nullptr}, loaded, kColumns);
        key = loaded;
      }
      int64_t i = 0;
      for (; i + kLanes <= columns; i += kLanes) {
        for (int64_t lane = 0; lane < kLanes; lane++) {
          sums[lane] += static_cast<double>(key[i + lane]) * query[first + i + lane];
        }
      }
      for (; i < columns; i++) sums[i % kLanes] += static_cast<double>(key[i]) * query[first + i];
    }
    double sum = 0;
    for (int64_t lane = 0; lane < kLanes; lane++) sum += sums[lane];
    scores[index] = sum;
  }
  return AFTERIMAGE_OK;
}
