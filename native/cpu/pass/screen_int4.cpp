#include "pass/screen_int4.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "kernels.h"
#include "pass/bounds.h"
#include "pass/estimates.h"
#include "pass/workspace.h"
#include "templates/stored_elements.h"

namespace afterimage {
namespace {

constexpr int64_t kUnitElements = 64;
constexpr int64_t kUnitBytes = 32;
// Keys whose products with a batch of queries stay in L1 or L2.
constexpr int64_t kPanelKeys = 64;
static_assert(kPanelKeys <= Bounds::kMaxKeys && kPanelKeys <= EstimatedTerms::kMaxKeys, "a panel is added at once");
// Multiples of the root mean square of a row that are tried as its scale. The best one of normally distributed elements
// is 0.335.
constexpr float kScales[] = {0.30f, 0.335f, 0.37f};
// Covers the rounding of two rotations, each at most 2^-24 of the norm for each of their stages, of the scale, of queries
// to unit norm and of a few products.
constexpr float kSlack = 2e-5f;

int64_t largest_power_of_two(int64_t dim) {
  int64_t power = 1;
  while (2 * power <= dim) power *= 2;
  return power;
}

// An orthogonal transform of rows of any length: random signs and a Walsh-Hadamard transform of the first elements, as many
// as a power of two, and the same with the last ones. A second round mixes both ends.
class Rotation {
 public:
  Rotation(Workspace& workspace, int64_t dim)
      : signs_(workspace.take<float>(dim)), values_(workspace.take<float>(dim)), dim_(dim) {}

  void prepare() {
    // One fixed sequence: the same keys have the same codes everywhere.
    uint64_t state = 0x9E3779B97F4A7C15u;
    for (int64_t i = 0; i < dim_; i++) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      signs_[i] = (state >> 33) % 2 == 0 ? 1.0f : -1.0f;
    }
  }

  // The target may be the source.
  void rotate(const float* source, float* target) {
    const int64_t length = largest_power_of_two(dim_);
    if (target != source) memcpy(target, source, sizeof(float) * dim_);
    transform(target, length);
    if (length == dim_) return;
    transform(target + dim_ - length, length);
    transform(target, length);
    transform(target + dim_ - length, length);
  }

 private:
  void transform(float* row, int64_t length) {
    kernels().scores->hadamard(row, signs_, length, length, values_);
    const float factor = static_cast<float>(1 / sqrt(static_cast<double>(length)));
    for (int64_t i = 0; i < length; i++) row[i] = values_[i] * factor;
  }

  float* signs_;
  float* values_;
  int64_t dim_;
};

// The sum of term(0) to term(count - 1), in lanes that the compiler puts into vectors.
template <class Number, class Term>
inline Number sum_of(int64_t count, const Term& term) {
  constexpr int64_t kLanes = 16;
  Number lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) lanes[lane] += term(i + lane);
  }
  for (int64_t lane = 0; i < count; i++, lane++) lanes[lane] += term(i);
  Number sum = 0;
  for (const Number lane : lanes) sum += lane;
  return sum;
}

struct Rounded {
  float scale;
  float residual;
};

// Rounds a row to codes 0..15, one for each element.
Rounded round_row(const float* row, int64_t dim, uint8_t* codes, uint8_t* tried) {
  const double square = sum_of<double>(dim, [&](int64_t i) { return static_cast<double>(row[i]) * row[i]; });
  const float spread = static_cast<float>(sqrt(square / static_cast<double>(dim)));
  float best_share = -1;
  memset(codes, 8, dim);
  for (const float multiple : kScales) {
    const float inverse = 1 / (multiple * spread);
    if (!(inverse < 1e30f)) break;  // a row of zeros
    for (int64_t i = 0; i < dim; i++) {
      const float level = std::min(15.0f, std::max(0.0f, row[i] * inverse + 8));
      tried[i] = static_cast<uint8_t>(static_cast<int32_t>(level));
    }
    const auto value = [&](int64_t i) { return static_cast<float>(tried[i]) - kInt4Offset; };
    const float product = sum_of<float>(dim, [&](int64_t i) { return row[i] * value(i); });
    const float squares = sum_of<float>(dim, [&](int64_t i) { return value(i) * value(i); });
    const float share = product * product / squares;  // |a|^2 with the best scale for these codes
    if (share > best_share) {
      best_share = share;
      memcpy(codes, tried, dim);
    }
  }
  // The scale that makes the rest orthogonal, more exactly than above.
  const auto value = [&](int64_t i) { return codes[i] - static_cast<double>(kInt4Offset); };
  const double product = sum_of<double>(dim, [&](int64_t i) { return row[i] * value(i); });
  const double squares = sum_of<double>(dim, [&](int64_t i) { return value(i) * value(i); });
  const float scale = best_share < 0 ? 0 : static_cast<float>(product / squares);
  const double rest = sum_of<double>(dim, [&](int64_t i) {
    const double difference = row[i] - scale * value(i);
    return difference * difference;
  });
  return {.scale = scale, .residual = rounded_up(sqrt(rest))};
}

void pack(const uint8_t* codes, int64_t dim, uint8_t* row) {
  memset(row, 0, int4_row_bytes(dim));
  for (int64_t i = 0; i < dim; i++) {
    const int64_t place = i % kUnitElements;
    row[i / kUnitElements * kUnitBytes + place % kUnitBytes] |= static_cast<uint8_t>(codes[i] << (place / kUnitBytes * 4));
  }
}

// Half of the products make radii about a tenth larger.
int64_t int8_rows_of_query(int64_t batch) { return batch <= 2 ? 2 : 1; }

// Queries of small batches as sums of two int8 rows, those of larger ones as one.
class Int4Queries {
 public:
  Int4Queries(Workspace& workspace, int64_t batch, int64_t dim, int64_t rows_per_query)
      : rotation_(workspace, dim),
        rotated_(workspace.take<float>(dim)),
        rows_(workspace.take<int8_t>(2 * batch * elements_of(dim))),
        rounded_(workspace.take<Int4Query>(2 * batch)),
        losses_(workspace.take<float>(batch)),
        batch_(batch),
        dim_(dim),
        rows_per_query_(rows_per_query) {}

  void convert(const float* queries) {
    rotation_.prepare();
    memset(rows_, 0, 2 * batch_ * elements_of(dim_));
    for (int64_t query = 0; query < batch_; query++) {
      rotation_.rotate(queries + query * dim_, rotated_);
      for (int64_t row = 0; row < rows_per_query_; row++) subtract_rounded(query * rows_per_query_ + row);
      double loss = 0;
      for (int64_t i = 0; i < dim_; i++) loss += static_cast<double>(rotated_[i]) * rotated_[i];
      losses_[query] = rounded_up(sqrt(loss * kInt4SquaredNorm)) + kSlack;
    }
  }

  const int8_t* rows() const { return rows_; }
  int64_t rows_per_query() const { return rows_per_query_; }
  int64_t row_count() const { return batch_ * rows_per_query_; }
  const Int4Query* rounded(int64_t query) const { return rounded_ + query * rows_per_query_; }
  float loss(int64_t query) const { return losses_[query]; }

 private:
  static int64_t elements_of(int64_t dim) { return 2 * int4_row_bytes(dim); }

  void subtract_rounded(int64_t row) {
    float greatest = 0;
    for (int64_t i = 0; i < dim_; i++) greatest = std::max(greatest, fabsf(rotated_[i]));
    const float scale = greatest < 1e-30f ? 0 : greatest / 127;
    const float inverse = scale == 0 ? 0 : 1 / scale;
    int8_t* elements = rows_ + row * elements_of(dim_);
    int32_t sum = 0;
    for (int64_t i = 0; i < dim_; i++) {
      const int32_t element = static_cast<int32_t>(lrintf(rotated_[i] * inverse));
      elements[i] = static_cast<int8_t>(std::min(127, std::max(-127, element)));
      sum += elements[i];
      rotated_[i] -= scale * static_cast<float>(elements[i]);
    }
    rounded_[row] = {.scale = scale, .sum = sum};
  }

  Rotation rotation_;
  float* rotated_;      // what the rows so far do not hold
  int8_t* rows_;        // (batch, rows per query, elements)
  Int4Query* rounded_;  // (batch, rows per query)
  float* losses_;       // (batch): bounds of the effect of rounding
  int64_t batch_;
  int64_t dim_;
  int64_t rows_per_query_;
};

void multiply_portably(const Int4Arguments& arguments) {
  for (int64_t query = 0; query < arguments.query_count; query++) {
    const int8_t* elements = arguments.queries + query * 2 * arguments.row_bytes;
    for (int64_t key = 0; key < arguments.count; key++) {
      const uint8_t* row = arguments.rows + key * arguments.row_bytes;
      int32_t sum = 0;
      for (int64_t unit = 0; unit < arguments.row_bytes; unit += kUnitBytes) {
        for (int64_t i = 0; i < kUnitBytes; i++) {
          sum += elements[2 * unit + i] * (row[unit + i] & 15) + elements[2 * unit + kUnitBytes + i] * (row[unit + i] >> 4);
        }
      }
      arguments.products[query * arguments.count + key] = sum;
    }
  }
}

// Multiplies a panel of keys, from a row of the screen on, with all rows of the queries.
void multiply(const afterimage_screen& screen, int64_t row, int64_t count, const Int4Queries& queries, int32_t* products) {
  const int64_t bytes = int4_row_bytes(screen.dim);
  const auto kernel = kernels().scores->multiply_int4;
  (kernel == nullptr ? multiply_portably : kernel)({.rows = reinterpret_cast<const uint8_t*>(screen.rows) + row * bytes,
                                                    .row_bytes = bytes,
                                                    .count = count,
                                                    .queries = queries.rows(),
                                                    .query_count = queries.row_count(),
                                                    .products = products});
}

// The buffers for rounding keys.
struct RowBuffers {
  RowBuffers(Workspace& workspace, int64_t dim)
      : rotation(workspace, dim),
        rotated(workspace.take<float>(dim)),
        codes(workspace.take<uint8_t>(dim)),
        tried(workspace.take<uint8_t>(dim)) {}

  Rotation rotation;
  float* rotated;
  uint8_t* codes;
  uint8_t* tried;
};

}  // namespace

int64_t int4_row_bytes(int64_t dim) { return (dim + kUnitElements - 1) / kUnitElements * kUnitBytes; }

void store_int4(const afterimage_screen& screen, const float* rows, int64_t first, int64_t count, void* workspace) {
  Workspace memory(workspace);
  RowBuffers buffers(memory, screen.dim);
  buffers.rotation.prepare();
  for (int64_t row = 0; row < count; row++) {
    buffers.rotation.rotate(rows + row * screen.dim, buffers.rotated);
    const Rounded rounded = round_row(buffers.rotated, screen.dim, buffers.codes, buffers.tried);
    pack(buffers.codes, screen.dim,
         reinterpret_cast<uint8_t*>(screen.rows) + (first + row) * int4_row_bytes(screen.dim));
    if (screen.half_scales != nullptr) {
      screen.half_scales[first + row] = StoredFloat16::store(rounded.scale);
    } else {
      screen.scales[first + row] = rounded.scale;
      screen.residuals[first + row] = rounded.residual;
    }
  }
}

int64_t int4_workspace_bytes(int64_t batch, int64_t dim) {
  Workspace storing(nullptr);
  RowBuffers(storing, dim);
  Workspace scoring(nullptr);
  Int4Queries(scoring, batch, dim, int8_rows_of_query(batch));
  scoring.take<int32_t>(2 * batch * kPanelKeys);
  Bounds{scoring};
  EstimatedTerms{scoring};
  scoring.take<float>(batch);
  scoring.take<int32_t>(kPanelKeys);
  return std::max(storing.used(), scoring.used());
}

int add_int4_bounds(const afterimage_screen& screen, int64_t first, const afterimage_keys& keys, int64_t number,
                    const afterimage_queries& queries, void* workspace, const afterimage_bounds& bounds,
                    const volatile int32_t* cancelled) {
  Workspace memory(workspace);
  Int4Queries converted(memory, queries.batch, screen.dim, int8_rows_of_query(queries.batch));
  converted.convert(queries.rows);
  int32_t* products = memory.take<int32_t>(2 * queries.batch * kPanelKeys);
  Bounds terms(memory);
  terms.start(keys, number, bounds);
  for (int64_t key = 0; key < keys.count; key += kPanelKeys) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    const int64_t count = std::min(kPanelKeys, keys.count - key);
    const int64_t row = first + key;
    multiply(screen, row, count, converted, products);
    for (int64_t query = 0; query < queries.batch; query++) {
      kernels().scores->bound_int4({.products = products + query * converted.rows_per_query() * count,
                                    .rows = converted.rounded(query),
                                    .row_count = converted.rows_per_query(),
                                    .loss = converted.loss(query),
                                    .scales = screen.scales + row,
                                    .residuals = screen.residuals + row,
                                    .count = count,
                                    .centers = terms.centers(),
                                    .radii = terms.radii()});
      terms.add(key, count, query);
    }
  }
  return AFTERIMAGE_OK;
}

int add_int4_estimates(const afterimage_screen& screen, int64_t first, const afterimage_keys& keys, int64_t number,
                       const afterimage_queries& queries, void* workspace, const afterimage_estimates& estimates,
                       const volatile int32_t* cancelled) {
  Workspace memory(workspace);
  Int4Queries converted(memory, queries.batch, screen.dim, 1);
  converted.convert(queries.rows);
  int32_t* products = memory.take<int32_t>(2 * queries.batch * kPanelKeys);
  EstimatedTerms terms(memory);
  float* cutoffs = memory.take<float>(queries.batch);
  int32_t* surveyed_numbers = memory.take<int32_t>(kPanelKeys);
  const auto estimate_int4 = kernels().scores->estimate_int4;
  // The estimates of a panel that reach the cutoff of a query, and the numbers of their keys; returns how many there are.
  const auto estimate = [&](int64_t key, int64_t count, int64_t query, float* scores, int32_t* numbers) {
    return estimate_int4({.products = products + query * count,
                          .row = *converted.rounded(query),
                          .half_scales = screen.half_scales + first + key,
                          .count = count,
                          .number = static_cast<int32_t>(number + key),
                          .cutoff = cutoffs[query],
                          .scores = scores,
                          .numbers = numbers});
  };
  std::fill(cutoffs, cutoffs + queries.batch, -INFINITY);
  const Survey survey(keys, estimates);
  if (survey.pays()) {
    int64_t surveyed = 0;
    for (int64_t i = 0; (i + 1) * Survey::kPanels * kPanelKeys <= keys.count; i++) {
      if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
      const int64_t key = Survey::panel(i) * kPanelKeys;
      multiply(screen, first + key, kPanelKeys, converted, products);
      for (int64_t query = 0; query < queries.batch; query++) {
        float* scores = survey.scores(query) + surveyed;
        estimate(key, kPanelKeys, query, scores, surveyed_numbers);
        survey.drop_absent(query, number, key, kPanelKeys, scores);
      }
      surveyed += kPanelKeys;
    }
    for (int64_t query = 0; query < queries.batch; query++) cutoffs[query] = survey.cutoff(query, surveyed);
  }
  terms.start(keys, number, estimates, queries.batch);
  for (int64_t key = 0; key < keys.count; key += kPanelKeys) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    const int64_t count = std::min(kPanelKeys, keys.count - key);
    multiply(screen, first + key, count, converted, products);
    for (int64_t query = 0; query < queries.batch; query++) {
      terms.add(estimate(key, count, query, terms.scores(query), terms.numbers(query)), query);
    }
  }
  terms.finish();
  return AFTERIMAGE_OK;
}

}  // namespace afterimage
