#ifndef AFTERIMAGE_CPU_PASS_GRADIENT_H
#define AFTERIMAGE_CPU_PASS_GRADIENT_H

#include <stdint.h>

namespace afterimage {

// Bytes of the workspace of a gradient.
int64_t gradient_bytes(int64_t batch, int64_t dim, int64_t classes);

}  // namespace afterimage

#endif
