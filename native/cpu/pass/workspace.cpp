// Bytes of workspace: what the operations would take, counted.
#include "pass/workspace.h"

#include "interface.h"
#include "pass/score_pass.h"

namespace afterimage {
void count_class_sums_workspace(int64_t batch, int64_t classes, int64_t thetas, Workspace& workspace);
void count_gradient_workspace(int64_t batch, int64_t classes, Workspace& workspace);
}  // namespace afterimage

int64_t afterimage_workspace_bytes(int64_t batch, int64_t dim, int64_t classes, int64_t thetas, int64_t k) {
  (void)k;  // the best keys are kept where the caller wants them
  using namespace afterimage;
  Workspace sums(nullptr);
  ScorePass::count_workspace(batch, dim, sums);
  count_class_sums_workspace(batch, classes, thetas, sums);
  Workspace gradient(nullptr);
  ScorePass::count_workspace(batch, dim, gradient);
  count_gradient_workspace(batch, classes, gradient);
  return sums.used() > gradient.used() ? sums.used() : gradient.used();
}
