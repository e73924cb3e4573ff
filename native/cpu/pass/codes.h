// Keys that are rounded to codes of 4 or 8 bits, one for each element.
//
// Keys and queries are rotated by one orthogonal transform, which makes all elements about equally large and changes no
// score. A rotated key is k = a + r, where a = scale * (code - greatest code / 2). The scale is the one with the least
// |r|, hence r is orthogonal to a, and only the part of the query q that is orthogonal to a has a score with r:
//   q.k = q.a + q.r,  |q.r| <= |r| sqrt(|q|^2 - (q.a)^2 / |a|^2).
// Keys close to the query have the smallest radii.
#ifndef AFTERIMAGE_CPU_PASS_CODES_H
#define AFTERIMAGE_CPU_PASS_CODES_H

#include <stdint.h>

#include "interface.h"
#include "kernels.h"
#include "pass/rotation.h"
#include "pass/workspace.h"

namespace afterimage {

constexpr int32_t greatest_code(int64_t bits) { return (1 << bits) - 1; }

constexpr int64_t units_of(int64_t dim) { return (dim + kUnitElements - 1) / kUnitElements; }

constexpr int64_t code_row_bytes(int64_t dim, int64_t bits) { return units_of(dim) * (kUnitElements / 8) * bits; }

// Rounds keys.
class CodeRows {
 public:
  CodeRows(Workspace& workspace, int64_t dim)
      : rotation_(workspace, dim),
        rotated_(workspace.take<float>(dim)),
        codes_(workspace.take<uint8_t>(dim)),
        tried_(workspace.take<uint8_t>(dim)) {}

  void store(const afterimage_screen& screen, const float* rows, int64_t first, int64_t count);

 private:
  Rotation rotation_;
  float* rotated_;
  uint8_t* codes_;
  uint8_t* tried_;
};

// Queries as sums of one or two int8 rows each.
class CodeQueries {
 public:
  CodeQueries(Workspace& workspace, int64_t batch, int64_t dim, int64_t bits, int64_t rows_per_query)
      : rotation_(workspace, dim),
        rotated_(workspace.take<float>(dim)),
        rows_(workspace.take<int8_t>(rows_per_query * batch * units_of(dim) * kUnitElements)),
        rounded_(workspace.take<RoundedQuery>(rows_per_query * batch)),
        losses_(workspace.take<float>(batch)),
        batch_(batch),
        dim_(dim),
        bits_(bits),
        rows_per_query_(rows_per_query) {}

  void convert(const float* queries);
  // products[(query * rows_per_query + row) * count + key], for keys of the screen from `first` on.
  void multiply(const afterimage_screen& screen, int64_t first, int64_t count, int32_t* products) const;

  int64_t rows_per_query() const { return rows_per_query_; }
  const RoundedQuery* rounded(int64_t query) const { return rounded_ + query * rows_per_query_; }
  // Bound of the effect of rounding a query.
  float loss(int64_t query) const { return losses_[query]; }

 private:
  void subtract_rounded(int64_t row);

  Rotation rotation_;
  float* rotated_;         // what the rows so far do not hold
  int8_t* rows_;           // (batch, rows per query, units, kUnitElements)
  RoundedQuery* rounded_;  // (batch, rows per query)
  float* losses_;          // (batch)
  int64_t batch_;
  int64_t dim_;
  int64_t bits_;
  int64_t rows_per_query_;
};

}  // namespace afterimage

#endif
