// The kernels of an element type: products of a row format, and conversions in vectors.
#ifndef AFTERIMAGE_CPU_TEMPLATES_TYPE_KERNELS_H
#define AFTERIMAGE_CPU_TEMPLATES_TYPE_KERNELS_H

#include "templates/dot_product.h"
#include "templates/packed_product.h"
#include "templates/row_conversion.h"
#include "templates/unpacked_product.h"

namespace afterimage {
namespace {

// Format multiplies; FloatFormat, of the same type, has words of float32 and converts rows.
template <RowFormat Format, RowFormat FloatFormat = Format>
constexpr TypeKernels type_kernels(PackedFrom packed_from) {
  using Stored = typename FloatFormat::Stored;
  TypeKernels result = {.element_bytes = sizeof(typename Stored::Element),
                        .scaled = Stored::kScaled,
                        .elements_per_word = Format::kWordElements,
                        .packed_from = packed_from,
                        .packed_product = packed_product<Format>,
                        .dot_product = dot_product<Format>,
                        .load = load_vectors<FloatFormat>,
                        .store = store_vectors<FloatFormat>};
  if constexpr (UnpackedRowFormat<Format>) result.unpacked_product = unpacked_product<Format>;
  if constexpr (requires { Format::quantize_query; }) result.quantize_query = Format::quantize_query;
  return result;
}

}  // namespace
}  // namespace afterimage

#endif
