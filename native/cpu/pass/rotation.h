// An orthogonal transform of rows of any length, which makes their elements about equally large: random signs and a
// Walsh-Hadamard transform of the first elements, as many as a power of two, and the same with the last ones. A second
// round mixes both ends.
#ifndef AFTERIMAGE_CPU_PASS_ROTATION_H
#define AFTERIMAGE_CPU_PASS_ROTATION_H

#include <stdint.h>

#include "pass/workspace.h"

namespace afterimage {

class Rotation {
 public:
  Rotation(Workspace& workspace, int64_t dim)
      : signs_(workspace.take<float>(dim)), values_(workspace.take<float>(dim)), dim_(dim) {}

  // Call it before the first row.
  void prepare();
  // The target may be the source.
  void rotate(const float* source, float* target);

 private:
  void transform(float* row, int64_t length);

  float* signs_;
  float* values_;
  int64_t dim_;
};

}  // namespace afterimage

#endif
