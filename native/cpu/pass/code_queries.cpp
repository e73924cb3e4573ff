#include <math.h>
#include <string.h>

#include <algorithm>

#include "elements.h"
#include "pass/codes.h"

namespace afterimage {
namespace {

// Covers what else is rounded, relative to the norm: two rotations, at most 2^-24 for each stage; the scale of a key;
// the query, to unit norm; and a few products.
constexpr float kSlack = 2e-5f;

// The greatest element of a row, so that twice its product with a row of codes fits into 32 bits.
int64_t max_element(int64_t dim, int64_t bits) {
  const int64_t fitting = INT32_MAX / 2 / greatest_code(bits) / dim;
  return std::min<int64_t>(bits == 4 ? kMaxQueryElement4 : kMaxQueryElement8, fitting);
}

}  // namespace

void CodeQueries::convert(const float* queries) {
  const int64_t elements = units_of(dim_) * kUnitElements;
  rotation_.prepare();
  memset(rows_, 0, rows_per_query_ * batch_ * elements);
  for (int64_t query = 0; query < batch_; query++) {
    rotation_.rotate(queries + query * dim_, rotated_);
    for (int64_t row = 0; row < rows_per_query_; row++) subtract_rounded(query * rows_per_query_ + row);
    double loss = 0;
    for (int64_t i = 0; i < dim_; i++) loss += static_cast<double>(rotated_[i]) * rotated_[i];
    losses_[query] = rounded_up(sqrt(loss * kSquaredKeyNorm)) + kSlack;
  }
}

void CodeQueries::subtract_rounded(int64_t row) {
  float greatest = 0;
  for (int64_t i = 0; i < dim_; i++) greatest = std::max(greatest, fabsf(rotated_[i]));
  const int32_t limit = static_cast<int32_t>(max_element(dim_, bits_));
  const float scale = greatest < 1e-30f || limit == 0 ? 0 : greatest / static_cast<float>(limit);
  const float inverse = scale == 0 ? 0 : 1 / scale;
  int8_t* elements = rows_ + row * units_of(dim_) * kUnitElements;
  int32_t sum = 0;
  for (int64_t i = 0; i < dim_; i++) {
    const float level = rotated_[i] * inverse;
    const int32_t element = static_cast<int32_t>(level + (level < 0 ? -0.5f : 0.5f));
    elements[i] = static_cast<int8_t>(std::min(limit, std::max(-limit, element)));
    sum += elements[i];
    rotated_[i] -= scale * static_cast<float>(elements[i]);
  }
  rounded_[row] = {.half_scale = scale / 2, .offset = greatest_code(bits_) * sum};
}

void CodeQueries::multiply(const afterimage_screen& screen, int64_t first, int64_t count, int32_t* products) const {
  const CodeKernels& codes = *kernels().codes;
  const auto multiply = bits_ == 4 ? codes.multiply_4_bits : codes.multiply_8_bits;
  const int64_t row_bytes = code_row_bytes(dim_, bits_);
  multiply({.rows = screen.rows + first * row_bytes,
            .row_bytes = row_bytes,
            .units = units_of(dim_),
            .count = count,
            .queries = rows_,
            .query_count = batch_ * rows_per_query_,
            .products = products});
}

}  // namespace afterimage
