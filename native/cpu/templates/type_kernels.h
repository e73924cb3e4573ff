// The kernels of a type whose elements are multiplied in float32.
#ifndef AFTERIMAGE_CPU_TEMPLATES_TYPE_KERNELS_H
#define AFTERIMAGE_CPU_TEMPLATES_TYPE_KERNELS_H

#include "templates/dot_product.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"

namespace afterimage {
namespace {

template <RowFormat Format>
constexpr TypeKernels type_kernels(PackedFrom packed_from, decltype(TypeKernels::store) store) {
  return {.elements_per_word = 1,
          .packed_from = packed_from,
          .packed_product = packed_product<Format>,
          .dot_product = dot_product<Format>,
          .load = load_vectors<Format>,
          .store = store};
}

}  // namespace
}  // namespace afterimage

#endif
