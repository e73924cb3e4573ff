// Certain bounds of scores from a copy of the keys with 4 bits for each element.
//
// Keys and queries are rotated by one orthogonal transform, which makes all elements about equally large and changes no
// score. A rotated key is k = a + r, where a = scale * (code - 7.5). The scale is the one with the least |r|, hence r is
// orthogonal to a, and only the part of the query q that is orthogonal to a has a score with r:
//   q.k = q.a + q.r,  |q.r| <= |r| sqrt(|q|^2 - (q.a)^2 / |a|^2).
// Keys close to the query have the smallest radii.
#ifndef AFTERIMAGE_CPU_PASS_SCREEN_INT4_H
#define AFTERIMAGE_CPU_PASS_SCREEN_INT4_H

#include <stdint.h>

#include "interface.h"

namespace afterimage {

int64_t int4_row_bytes(int64_t dim);
void store_int4(const afterimage_screen& screen, const float* rows, int64_t first, int64_t count, void* workspace);
int64_t int4_workspace_bytes(int64_t batch, int64_t dim);
int add_int4_bounds(const afterimage_screen& screen, int64_t first, const afterimage_keys& keys, int64_t number,
                    const afterimage_queries& queries, void* workspace, const afterimage_bounds& bounds,
                    const volatile int32_t* cancelled);
int add_int4_estimates(const afterimage_screen& screen, int64_t first, const afterimage_keys& keys, int64_t number,
                       const afterimage_queries& queries, void* workspace, const afterimage_estimates& estimates,
                       const volatile int32_t* cancelled);

}  // namespace afterimage

#endif
