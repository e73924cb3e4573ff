// Rows that are wanted next are brought into L2 line after line in the order of their addresses, however many rows are
// in use side by side: streams to the memory (`runner bench few`). Internal linkage, as simd_tile.h.
#ifndef AFTERIMAGE_CPU_TEMPLATES_PREFETCH_H
#define AFTERIMAGE_CPU_TEMPLATES_PREFETCH_H

#include "kernels.h"

namespace afterimage {
namespace {

// Keys that are read ahead: at least so many bytes of them in whole steps of `step` keys, but no more than there are.
inline int64_t keys_ahead(const Rows& keys, int64_t bytes, int64_t step, int64_t row_bytes) {
  const int64_t ahead = (bytes + step * row_bytes - 1) / (step * row_bytes) * step;
  return ahead < keys.count ? ahead : keys.count;
}

class NextRows {
 public:
  NextRows(const Rows& rows, int64_t row_bytes)
      : place_(rows.data), gap_(rows.stride - row_bytes), row_bytes_(row_bytes), left_(row_bytes) {}

  // Of each of kStreams places, `distance` bytes apart.
  template <int64_t kBytes, int kStreams = 1>
  [[gnu::always_inline]] void bring(int64_t distance = 0) {
#pragma GCC unroll 4
    for (int stream = 0; stream < kStreams; stream++) {
#pragma GCC unroll 8
      for (int64_t line = 0; line < kBytes; line += 64) {
        __builtin_prefetch(place_ + stream * distance + line, 0, 2);
      }
    }
    advance<kBytes>();
  }

  // In the midst of a step that ends with advance(); the compiler would put them all at its beginning.
  [[gnu::always_inline]] void bring_line(int64_t offset) const {
    __builtin_prefetch(place_ + offset, 0, 2);
    asm volatile("" ::: "memory");
  }

  template <int64_t kBytes>
  [[gnu::always_inline]] void advance() {
    place_ += kBytes;
    left_ -= kBytes;
    if (left_ > 0) return;
    place_ += gap_;
    left_ += row_bytes_;
  }

 private:
  const char* place_;
  const int64_t gap_;  // between rows, where only a part of each is wanted
  const int64_t row_bytes_;
  int64_t left_;  // of the present row
};

}  // namespace
}  // namespace afterimage

#endif
