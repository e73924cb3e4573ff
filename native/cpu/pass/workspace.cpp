#include "pass/workspace.h"

#include <algorithm>

#include "interface.h"

// The nearest keys need no workspace of their own: arrays of the caller hold them.
int64_t afterimage_workspace_bytes(int64_t batch, int64_t dim, int64_t classes, int64_t thetas, int64_t) {
  return std::max(afterimage::class_sums_bytes(batch, dim, classes, thetas),
                  afterimage::gradient_bytes(batch, dim, classes));
}
