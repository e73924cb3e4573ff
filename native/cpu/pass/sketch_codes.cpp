#include "pass/sketch_codes.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "templates/stored_elements.h"

namespace afterimage {
namespace {

// The sum of term(0) to term(count - 1), in lanes that the compiler puts into vectors.
template <class Number, class Term>
Number sum_of(int64_t count, const Term& term) {
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

// For normally distributed elements: the best distance of two codes, relative to the deviation of a quarter, and the
// share of the square that is lost.
constexpr float kSteps[kQuarters] = {0.335f, 0.996f, 1.596f, 1.596f};
constexpr float kLost[kQuarters] = {0.0115f, 0.119f, 0.363f, 0.363f};

float step(const afterimage_sketch& sketch, int64_t quarter) { return kSteps[quarter] * sketch.deviations[quarter]; }

constexpr int32_t greatest_code_of(int64_t quarter) { return (1 << kQuarterBits[quarter]) - 1; }

}  // namespace

void SketchRows::store(const afterimage_sketch& sketch, const float* rows, int64_t first, int64_t count) {
  const int64_t components = sketch.components;
  double expected = 0;
  for (int64_t quarter = 0; quarter < kQuarters; quarter++) {
    expected += static_cast<double>(row_bytes_) * sketch.deviations[quarter] * sketch.deviations[quarter];
  }
  rotation_.prepare();
  for (int64_t i = 0; i < count; i++) {
    for (int64_t quarter = 0; quarter < kQuarters; quarter++) {
      rotation_.rotate(rows + i * components + quarter * row_bytes_, rotated_ + quarter * row_bytes_);
    }
    const double square =
        sum_of<double>(components, [&](int64_t k) { return static_cast<double>(rotated_[k]) * rotated_[k]; });
    uint8_t* const row = sketch.rows + (first + i) * row_bytes_;
    memset(row, 0, row_bytes_);
    round(sketch, static_cast<float>(sqrt(square / std::max(expected, 1e-30))), row);
    const float product = sum_of<float>(components, [&](int64_t k) { return rotated_[k] * values_[k]; });
    const float squares = sum_of<float>(components, [&](int64_t k) { return values_[k] * values_[k]; });
    const float scale = squares > 0 ? std::min(product / squares, 65504.0f) : 0;
    sketch.scales[first + i] = StoredFloat16::store(scale);
  }
}

void SketchRows::round(const afterimage_sketch& sketch, float norm, uint8_t* row) const {
  for (int64_t quarter = 0; quarter < kQuarters; quarter++) {
    const float distance = step(sketch, quarter);
    const float inverse = 1 / (norm * distance);
    const float usable = inverse < 1e30f ? inverse : 0;  // zeros have no deviation
    const float greatest = static_cast<float>(greatest_code_of(quarter));
    const float middle = greatest / 2;
    const float* const elements = rotated_ + quarter * row_bytes_;
    float* const values = values_ + quarter * row_bytes_;
    for (int64_t i = 0; i < row_bytes_; i++) {
      const float level = std::min(greatest, std::max(0.0f, elements[i] * usable + (middle + 0.5f)));
      const int32_t code = static_cast<int32_t>(level);
      values[i] = distance * (static_cast<float>(code) - middle);
      row[i] = static_cast<uint8_t>(row[i] | code << kQuarterShifts[quarter]);
    }
  }
}

void SketchQueries::convert(const afterimage_sketch& sketch, const float* queries) {
  rotation_.prepare();
  memset(rows_, 0, batch_ * units_ * kQuarters * kQuarterUnit);
  for (int64_t query = 0; query < batch_; query++) {
    for (int64_t quarter = 0; quarter < kQuarters; quarter++) {
      float* const elements = rotated_ + quarter * row_bytes_;
      rotation_.rotate(queries + query * sketch.components + quarter * row_bytes_, elements);
      // Codes are shorter than what they stand for.
      const float factor = step(sketch, quarter) / (1 - kLost[quarter]);
      for (int64_t i = 0; i < row_bytes_; i++) elements[i] *= factor;
    }
    round(query);
  }
}

void SketchQueries::round(int64_t query) {
  const int64_t components = kQuarters * row_bytes_;
  float greatest = 0;
  for (int64_t i = 0; i < components; i++) greatest = std::max(greatest, fabsf(rotated_[i]));
  // Twice a product with a row of codes fits into 32 bits.
  int64_t codes = 0;
  for (int64_t quarter = 0; quarter < kQuarters; quarter++) codes += row_bytes_ * greatest_code_of(quarter);
  const float limit = static_cast<float>(std::min<int64_t>(kMaxQueryElement, INT32_MAX / 2 / codes));
  const float scale = greatest < 1e-30f ? 0 : greatest / limit;
  const float inverse = scale == 0 ? 0 : 1 / scale;
  int8_t* const row = rows_ + query * units_ * kQuarters * kQuarterUnit;
  int32_t offset = 0;
  for (int64_t quarter = 0; quarter < kQuarters; quarter++) {
    for (int64_t i = 0; i < row_bytes_; i++) {
      const float level = rotated_[quarter * row_bytes_ + i] * inverse;
      const float nearest = std::min(limit, std::max(-limit, level + (level < 0 ? -0.5f : 0.5f)));
      const int8_t element = static_cast<int8_t>(nearest);
      row[(i / kQuarterUnit * kQuarters + quarter) * kQuarterUnit + i % kQuarterUnit] = element;
      offset += greatest_code_of(quarter) * element;
    }
  }
  rounded_[query] = {.half_scale = scale / 2, .offset = offset};
}

void SketchQueries::multiply(const afterimage_sketch& sketch, int64_t first, int64_t count, int32_t* products) const {
  kernels().multiply_codes({.rows = sketch.rows + first * row_bytes_,
                                    .row_bytes = row_bytes_,
                                    .units = units_,
                                    .count = count,
                                    .queries = rows_,
                                    .query_count = batch_,
                                    .products = products});
}

}  // namespace afterimage

using namespace afterimage;

int64_t afterimage_sketch_store_bytes(int64_t components) {
  Workspace workspace(nullptr);
  SketchRows(workspace, components);
  return workspace.used();
}

void afterimage_sketch_store(const struct afterimage_sketch* sketch, const float* rows, int64_t first, int64_t count,
                             void* workspace) {
  Workspace memory(workspace);
  SketchRows(memory, sketch->components).store(*sketch, rows, first, count);
}
