#include <algorithm>

#include "elements.h"
#include "interface.h"

namespace afterimage {
namespace {

constexpr int64_t kColumns = 256;
// Rows, and bytes of a row, that are fetched before they are multiplied: rows are far apart.
constexpr int64_t kFetchedRows = 4;
constexpr int64_t kFetchedBytes = 1024;

}  // namespace
}  // namespace afterimage

using namespace afterimage;

int afterimage_exact_scores(const struct afterimage_keys* keys, const float* query, const int64_t* rows, int64_t count,
                            double* scores, const volatile int32_t* cancelled) {
  if (!is_type(keys->type) || is_scaled(keys->type)) return AFTERIMAGE_UNSUPPORTED;
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
