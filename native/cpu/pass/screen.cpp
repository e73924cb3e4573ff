// Certain bounds of scores from an int8 copy of the keys.
//
// A key is k = a + r and a query q = d + e, where a and d are the values that the kernel multiplies. Therefore
//   q.k = d.a + e.a + q.r,  |q.r| <= sum over blocks of |q_b| |r_b|,  |e.a| <= |e| |a|.
// Each block of columns has its own scale, which makes r small, and its own norm of r.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "interface.h"
#include "pass/bounds.h"
#include "pass/score_pass.h"
#include "pass/screen_int4.h"

namespace afterimage {
namespace {

constexpr int64_t kColumns = AFTERIMAGE_SCREEN_COLUMNS;
// Keys per conversion of a block of the queries. Their sums need not stay in L2 (`ScreenBenchmark`).
constexpr int64_t kPanelKeys = 15 * kGroupKeys;
constexpr int64_t kMaxQueries = 128;
// Bound of |a| <= |k| + |r|. A block's r is at most sqrt(256) / 254 of its greatest element: 1.01 * 1.063.
constexpr double kMaxNorm = 1.08;
constexpr double kRounding = 0x1p-24;
constexpr double kMinNorm = 1e-30;
// Rows, and bytes of a row, that are fetched before they are multiplied: rows are far apart.
constexpr int64_t kFetchedRows = 4;
constexpr int64_t kFetchedBytes = 1024;

int64_t blocks_of_columns(int64_t dim) { return (dim + kColumns - 1) / kColumns; }
int64_t columns_of(int64_t dim, int64_t block) { return std::min(kColumns, dim - block * kColumns); }

double norm(const float* values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += static_cast<double>(values[i]) * values[i];
  return sqrt(sum);
}

// The square of the norm of values - scale * elements.
template <class Element>
double squared_loss(const float* values, float scale, const Element* elements, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) {
    const double rest = values[i] - static_cast<double>(scale) * elements[i];
    sum += rest * rest;
  }
  return sum;
}

// Quantizes with one scale. Elements so tiny that their inverse scale would overflow become zeros.
void quantize(const float* values, int64_t count, int8_t* elements, float* scale) {
  if (norm(values, count) >= kMinNorm) {
    kernels().types[AFTERIMAGE_INT8]->store(values, 1, count, elements, scale);
  } else {
    for (int64_t i = 0; i < count; i++) elements[i] = 0;
    *scale = 0;
  }
}

// Rows that represent one query: the sum of two if the tier rounds queries to int8, else one.
int64_t int8_rows_per_query() { return kernels().types[AFTERIMAGE_INT8]->elements_per_word == 4 ? 2 : 1; }

// Sums of the scores of a panel of keys over blocks of columns.
class PanelScores {
 public:
  PanelScores(Workspace& workspace, int64_t rows)
      : sums_(workspace.take<float>(blocks_of(rows) * kPanelKeys * kBlockLanes)), rows_(rows) {}

  bool add(const afterimage_keys& keys, const afterimage_queries& queries, bool first, Workspace workspace,
           const volatile int32_t* cancelled) {
    ScorePass pass(keys, queries, {.first = 0, .count = rows_}, workspace, cancelled);
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

  // targets[query * kPanelKeys + key] = the sum over the query's rows.
  void write(int64_t keys, int64_t rows_per_query, float* targets) const {
    for (int64_t index = 0; index < block_count_; index++) {
      for (int64_t lane = 0; lane < counts_[index]; lane++) {
        const int64_t row = firsts_[index] + lane;
        const float* sums = sums_ + index * kPanelKeys * kBlockLanes + lane;
        float* target = targets + row / rows_per_query * kPanelKeys;
        if (row % rows_per_query == 0) {
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
  int64_t firsts_[blocks_of(2 * kMaxQueries)];
  int64_t counts_[blocks_of(2 * kMaxQueries)];
};

// Queries by blocks of columns, and bounds of the effect of their rounding.
class ScreenQueries {
 public:
  ScreenQueries(Workspace& workspace, int64_t batch, int64_t dim)
      : rows_(workspace.take<float>(2 * batch * dim)),
        references_(workspace.take<float>(2 * batch)),
        norms_(workspace.take<float>(batch * blocks_of_columns(dim))),
        losses_(workspace.take<float>(batch)),
        batch_(batch),
        dim_(dim),
        rows_per_query_(int8_rows_per_query()) {}

  void convert(const float* queries) {
    memset(references_, 0, sizeof(float) * 2 * batch_);
    const int64_t blocks = blocks_of_columns(dim_);
    for (int64_t query = 0; query < batch_; query++) {
      double loss = 0;
      for (int64_t block = 0; block < blocks; block++) {
        const float* source = queries + query * dim_ + block * kColumns;
        const int64_t columns = columns_of(dim_, block);
        norms_[query * blocks + block] = rounded_up(norm(source, columns));
        float* target = rows_ + (block * kColumns * batch_ + query * columns) * rows_per_query_;
        memcpy(target, source, sizeof(float) * columns);
        loss += rows_per_query_ == 2 ? split(target, target + columns, columns) : loss_in_kernel(target, columns);
      }
      // The rounding of sums: no chain of additions is longer than the columns of a block and then the blocks, and each
      // element is rounded a few times before. Norms of queries are within 1e-6 of 1.
      const double roundings = static_cast<double>(kColumns + blocks + 32);
      losses_[query] = rounded_up(kMaxNorm * (sqrt(loss) + roundings * kRounding));
    }
  }

  afterimage_queries block(int64_t block) const {
    return {.rows = rows_ + block * kColumns * batch_ * rows_per_query_,
            .references = references_,
            .batch = batch_ * rows_per_query_,
            .dim = columns_of(dim_, block)};
  }
  afterimage_queries norms() const {
    return {.rows = norms_, .references = references_, .batch = batch_, .dim = blocks_of_columns(dim_)};
  }
  float loss(int64_t query) const { return losses_[query]; }
  int64_t rows_per_query() const { return rows_per_query_; }

 private:
  // Splits a row into the sum of two rows that int8 represents exactly. Returns the square of the rest.
  static double split(float* first, float* second, int64_t columns) {
    int8_t elements[kColumns];
    float scale;
    memcpy(second, first, sizeof(float) * columns);
    quantize(first, columns, elements, &scale);
    for (int64_t i = 0; i < columns; i++) {
      first[i] = scale * static_cast<float>(elements[i]);
      second[i] -= first[i];
    }
    float whole[kColumns];
    memcpy(whole, second, sizeof(float) * columns);
    quantize(second, columns, elements, &scale);
    double loss = 0;
    for (int64_t i = 0; i < columns; i++) {
      second[i] = scale * static_cast<float>(elements[i]);
      const double rest = static_cast<double>(whole[i]) - second[i];
      loss += rest * rest;
    }
    return loss;
  }

  // The squared norm of the rounding error if the kernel rounds the row to int16; zero if it multiplies float32.
  static double loss_in_kernel(const float* row, int64_t columns) {
    const TypeKernels& type = *kernels().types[AFTERIMAGE_INT8];
    if (type.quantize_query == nullptr) return 0;
    int16_t words[kColumns];
    float scale;
    type.quantize_query(row, columns, words, &scale);
    return squared_loss(row, scale, words, columns);
  }

  float* rows_;  // block after block: (batch, rows_per_query, columns)
  float* references_;
  float* norms_;   // (batch, blocks)
  float* losses_;  // (batch)
  int64_t batch_;
  int64_t dim_;
  int64_t rows_per_query_;
};

}  // namespace
}  // namespace afterimage

using namespace afterimage;

void afterimage_screen_store(const struct afterimage_screen* screen, const float* rows, int64_t first, int64_t count,
                             void* workspace) {
  if (screen->bits == 4) return store_int4(*screen, rows, first, count, workspace);
  const int64_t dim = screen->dim;
  const int64_t blocks = blocks_of_columns(dim);
  for (int64_t row = 0; row < count; row++) {
    for (int64_t block = 0; block < blocks; block++) {
      const float* source = rows + row * dim + block * kColumns;
      const int64_t columns = columns_of(dim, block);
      int8_t* stored = screen->rows + block * kColumns * screen->places + (first + row) * columns;
      float& scale = screen->scales[block * screen->places + first + row];
      quantize(source, columns, stored, &scale);
      screen->residuals[(first + row) * blocks + block] =
          rounded_up(sqrt(squared_loss(source, scale, stored, columns)));
    }
  }
}

int64_t afterimage_screen_row_bytes(int64_t dim) { return int4_row_bytes(dim); }

int64_t afterimage_screen_workspace_bytes(int64_t batch, int64_t dim) {
  Workspace workspace(nullptr);
  ScreenQueries(workspace, batch, dim);
  workspace.take<float>(batch * kPanelKeys);
  workspace.take<float>(batch * kPanelKeys);
  Bounds{workspace};
  PanelScores(workspace, 2 * batch);
  PassBuffers(workspace, 2 * batch, std::max(kColumns, blocks_of_columns(dim)));
  return std::max(workspace.used(), int4_workspace_bytes(batch, dim));
}

int afterimage_screen_bounds(const struct afterimage_screen* screen, int64_t first, const struct afterimage_keys* keys,
                             int64_t number, const struct afterimage_queries* queries, void* workspace,
                             const struct afterimage_bounds* bounds, const volatile int32_t* cancelled) {
  if (queries->batch > kMaxQueries || screen->half_scales != nullptr) return AFTERIMAGE_UNSUPPORTED;
  if (screen->bits == 4) {
    return add_int4_bounds(*screen, first, *keys, number, *queries, workspace, *bounds, cancelled);
  }
  const int64_t blocks = blocks_of_columns(screen->dim);
  Workspace memory(workspace);
  ScreenQueries converted(memory, queries->batch, screen->dim);
  converted.convert(queries->rows);
  const int64_t rows_per_query = converted.rows_per_query();
  float* centers = memory.take<float>(queries->batch * kPanelKeys);
  float* radii = memory.take<float>(queries->batch * kPanelKeys);
  Bounds terms(memory);
  terms.start(*keys, number, *bounds);
  const Workspace before_panel = memory;
  for (int64_t key = 0; key < keys->count; key += kPanelKeys) {
    const int64_t row = first + key;
    const int64_t panel_keys = std::min(kPanelKeys, keys->count - key);
    memory = before_panel;
    PanelScores scores(memory, queries->batch * rows_per_query);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t columns = columns_of(screen->dim, block);
      const afterimage_keys panel = {.rows = screen->rows + block * kColumns * screen->places + row * columns,
                                     .scales = screen->scales + block * screen->places + row,
                                     .labels = nullptr,
                                     .weights = nullptr,
                                     .count = panel_keys,
                                     .dim = columns,
                                     .type = AFTERIMAGE_INT8,
                                     .removals = nullptr,
                                     .version = 0};
      if (!scores.add(panel, converted.block(block), block == 0, memory, cancelled)) return AFTERIMAGE_CANCELLED;
    }
    scores.write(panel_keys, rows_per_query, centers);
    memory = before_panel;
    PanelScores sums(memory, queries->batch);
    const afterimage_keys residuals = {.rows = screen->residuals + row * blocks,
                                       .scales = nullptr,
                                       .labels = nullptr,
                                       .weights = nullptr,
                                       .count = panel_keys,
                                       .dim = blocks,
                                       .type = AFTERIMAGE_FLOAT32,
                                       .removals = nullptr,
                                       .version = 0};
    if (!sums.add(residuals, converted.norms(), true, memory, cancelled)) return AFTERIMAGE_CANCELLED;
    sums.write(panel_keys, 1, radii);
    // The rounding of a sum of positive terms, at most one per block.
    const float factor = rounded_up(1 + static_cast<double>(blocks + 8) * kRounding);
    for (int64_t query = 0; query < queries->batch; query++) {
      // Doubled to cover the rounding of the next line but one.
      const float loss = 2 * converted.loss(query);
      for (int64_t part = 0; part < panel_keys; part += Bounds::kMaxKeys) {
        const int64_t count = std::min(Bounds::kMaxKeys, panel_keys - part);
        const float* radius = radii + query * kPanelKeys + part;
        for (int64_t i = 0; i < count; i++) terms.radii()[i] = radius[i] * factor + loss;
        memcpy(terms.centers(), centers + query * kPanelKeys + part, sizeof(float) * count);
        terms.add(key + part, count, query);
      }
    }
  }
  return AFTERIMAGE_OK;
}

int afterimage_exact_scores(const struct afterimage_keys* keys, const float* query, const int64_t* rows, int64_t count,
                            double* scores, const volatile int32_t* cancelled) {
  if (!is_type(keys->type) || keys->type == AFTERIMAGE_INT8) return AFTERIMAGE_UNSUPPORTED;
  const int64_t row_bytes = keys->dim * element_bytes(keys->type);
  const char* const data = static_cast<const char*>(keys->rows);
  const int64_t fetched = std::min(row_bytes, kFetchedBytes);
  float loaded[kColumns];
  for (int64_t index = 0; index < count; index++) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    if (index + kFetchedRows < count) {
      const char* next = data + rows[index + kFetchedRows] * row_bytes;
      for (int64_t byte = 0; byte < fetched; byte += 64) __builtin_prefetch(next + byte);
    }
    double sums[kProductLanes] = {};
    for (int64_t first = 0; first < keys->dim; first += kColumns) {
      const int64_t columns = std::min(kColumns, keys->dim - first);
      const char* block = data + rows[index] * row_bytes + first * element_bytes(keys->type);
      kernels().scores->add_products(as_floats(block, keys->type, columns, loaded), query + first, columns, sums);
    }
    double sum = 0;
    for (const double lane : sums) sum += lane;
    scores[index] = sum;
  }
  return AFTERIMAGE_OK;
}
