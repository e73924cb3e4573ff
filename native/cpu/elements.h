// Element types of keys, for code of the baseline processor. Tiers do not include this: they must not share inline
// functions that are compiled for another instruction set.
#ifndef AFTERIMAGE_CPU_ELEMENTS_H
#define AFTERIMAGE_CPU_ELEMENTS_H

#include "interface.h"
#include "kernels.h"

namespace afterimage {

inline bool is_type(int32_t type) { return type >= 0 && type < kTypes; }

// Equal in every tier.
inline int64_t element_bytes(int32_t type) { return scalar_kernels.types[type]->element_bytes; }

inline int64_t round_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// Stored elements as float32, not scaled: `data` itself if they are, else `loaded`, which they are converted into.
inline const float* as_floats(const char* data, int32_t type, int64_t elements, float* loaded) {
  if (type == AFTERIMAGE_FLOAT32) return reinterpret_cast<const float*>(data);
  const float unscaled = 1;
  kernels().types[type]->load({.data = data, .stride = 0, .count = 1, .elements = elements, .scales = &unscaled},
                              loaded, 0);
  return loaded;
}

}  // namespace afterimage

#endif
