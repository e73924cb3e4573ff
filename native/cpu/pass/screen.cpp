// Certain bounds of scores from codes of the keys.
#include <algorithm>

#include "interface.h"
#include "pass/bounds.h"
#include "pass/codes.h"

namespace afterimage {
namespace {

constexpr int64_t kMaxQueries = 128;
constexpr int64_t kPanelKeys = Bounds::kMaxKeys;

// One row for each query of a larger batch of 4 bits: half of the products make radii about a tenth larger.
int64_t rows_per_query(int64_t batch, int64_t bits) { return bits == 4 && batch > 2 ? 1 : 2; }

struct ScreenBuffers {
  ScreenBuffers(Workspace& workspace, int64_t batch, int64_t dim, int64_t bits)
      : queries(workspace, batch, dim, bits, rows_per_query(batch, bits)),
        products(workspace.take<int32_t>(rows_per_query(batch, bits) * batch * kPanelKeys)),
        bounds(workspace) {}

  CodeQueries queries;
  int32_t* products;  // (rows of queries, keys of a panel)
  Bounds bounds;
};

}  // namespace
}  // namespace afterimage

using namespace afterimage;

int64_t afterimage_screen_row_bytes(int64_t dim, int64_t bits) { return code_row_bytes(dim, bits); }

int64_t afterimage_screen_store_bytes(int64_t dim) {
  Workspace workspace(nullptr);
  CodeRows(workspace, dim);
  return workspace.used();
}

void afterimage_screen_store(const struct afterimage_screen* screen, const float* rows, int64_t first, int64_t count,
                             void* workspace) {
  Workspace memory(workspace);
  CodeRows(memory, screen->dim).store(*screen, rows, first, count);
}

int64_t afterimage_screen_bounds_bytes(int64_t batch, int64_t dim, int64_t bits) {
  Workspace workspace(nullptr);
  ScreenBuffers(workspace, batch, dim, bits);
  return workspace.used();
}

int afterimage_screen_bounds(const struct afterimage_screen* screen, int64_t first, const struct afterimage_keys* keys,
                             int64_t number, const struct afterimage_queries* queries, void* workspace,
                             const struct afterimage_bounds* bounds, const volatile int32_t* cancelled) {
  if (queries->batch > kMaxQueries) return AFTERIMAGE_UNSUPPORTED;
  Workspace memory(workspace);
  ScreenBuffers buffers(memory, queries->batch, screen->dim, screen->bits);
  CodeQueries& converted = buffers.queries;
  converted.convert(queries->rows);
  buffers.bounds.start(*keys, number, *bounds);
  for (int64_t key = 0; key < keys->count; key += kPanelKeys) {
    if (cancelled != nullptr && *cancelled != 0) return AFTERIMAGE_CANCELLED;
    const int64_t count = std::min(kPanelKeys, keys->count - key);
    const int64_t row = first + key;
    converted.multiply(*screen, row, count, buffers.products);
    for (int64_t query = 0; query < queries->batch; query++) {
      kernels().scores->bound({.products = buffers.products + query * converted.rows_per_query() * count,
                               .rows = converted.rounded(query),
                               .row_count = converted.rows_per_query(),
                               .loss = converted.loss(query),
                               .scales = screen->scales + row,
                               .residuals = screen->residuals + row,
                               .count = count,
                               .centers = buffers.bounds.centers(),
                               .radii = buffers.bounds.radii()});
      buffers.bounds.add(key, count, query);
    }
  }
  return AFTERIMAGE_OK;
}
