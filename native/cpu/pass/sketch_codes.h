// Principal components of keys as codes: 2 bits each in the mean, more for components of greater variance.
//
// The components are cut into quarters. The first has codes of 4 bits, the second of 2, the others of 1: half as many
// components with 4 bits each have greater errors on keys of real networks (bench/README.md). Each quarter is rotated
// by an orthogonal transform, which makes its elements about equally large. A code of b bits in quarter i stands for
// scale * step[i] * (code - (2^b - 1) / 2). The scale of a key is the one with the least error. Such a row is shorter
// than the key, so products with it are too small, above all in the last quarters: queries are longer there.
#ifndef AFTERIMAGE_CPU_PASS_SKETCH_CODES_H
#define AFTERIMAGE_CPU_PASS_SKETCH_CODES_H

#include <stdint.h>

#include "interface.h"
#include "kernels.h"
#include "pass/rotation.h"
#include "pass/workspace.h"

namespace afterimage {

class SketchRows {
 public:
  SketchRows(Workspace& workspace, int64_t components)
      : rotation_(workspace, components / kQuarters),
        rotated_(workspace.take<float>(components)),
        values_(workspace.take<float>(components)),
        row_bytes_(components / kQuarters) {}

  void store(const afterimage_sketch& sketch, const float* rows, int64_t first, int64_t count);

 private:
  // Rounds the rotated row, whose norm is `norm` times that of the deviations, and adds the codes to bytes of zeros.
  void round(const afterimage_sketch& sketch, float norm, uint8_t* row) const;

  Rotation rotation_;
  float* rotated_;
  float* values_;  // of the codes
  int64_t row_bytes_;
};

class SketchQueries {
 public:
  SketchQueries(Workspace& workspace, int64_t batch, int64_t components)
      : rotation_(workspace, components / kQuarters),
        rotated_(workspace.take<float>(components)),
        rows_(workspace.take<int8_t>(batch * units(components) * kQuarters * kQuarterUnit)),
        rounded_(workspace.take<RoundedQuery>(batch)),
        batch_(batch),
        row_bytes_(components / kQuarters),
        units_(units(components)) {}

  void convert(const afterimage_sketch& sketch, const float* queries);
  // products[query * count + key], for keys of the sketch from `first` on.
  void multiply(const afterimage_sketch& sketch, int64_t first, int64_t count, int32_t* products) const;
  // Fetches keys into a cache.
  void fetch(const afterimage_sketch& sketch, int64_t first, int64_t count) const {
    const uint8_t* const rows = sketch.rows + first * row_bytes_;
    for (int64_t byte = 0; byte < count * row_bytes_; byte += 64) __builtin_prefetch(rows + byte);
    __builtin_prefetch(sketch.scales + first);
  }
  RoundedQuery rounded(int64_t query) const { return rounded_[query]; }

 private:
  static int64_t units(int64_t components) { return (components / kQuarters + kQuarterUnit - 1) / kQuarterUnit; }
  void round(int64_t query);

  Rotation rotation_;
  float* rotated_;         // times the steps
  int8_t* rows_;           // (batch, units, kQuarters, kQuarterUnit)
  RoundedQuery* rounded_;  // (batch)
  int64_t batch_;
  int64_t row_bytes_;
  int64_t units_;
};

}  // namespace afterimage

#endif
