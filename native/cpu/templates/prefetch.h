// Prefetching of the rows that are multiplied next into L2, line by line in the order of their addresses, however many
// rows are multiplied side by side: the hardware prefetcher sees streams (`runner bench few`).
#ifndef AFTERIMAGE_CPU_TEMPLATES_PREFETCH_H
#define AFTERIMAGE_CPU_TEMPLATES_PREFETCH_H

#include "kernels.h"

namespace afterimage {
namespace {

class RowPrefetcher {
 public:
  RowPrefetcher(const Rows& rows, int64_t row_bytes)
      : address_(rows.data), gap_(rows.stride - row_bytes), row_bytes_(row_bytes), left_(row_bytes) {}

  // The next kBytes.
  template <int64_t kBytes>
  [[gnu::always_inline]] void prefetch() {
#pragma GCC unroll 8
    for (int64_t line = 0; line < kBytes; line += 64) __builtin_prefetch(address_ + line, 0, 2);
    advance<kBytes>();
  }

  // One line within a step that ends with advance(). The barrier keeps the compiler from moving all of them to its
  // beginning.
  [[gnu::always_inline]] void prefetch_line(int64_t offset) const {
    __builtin_prefetch(address_ + offset, 0, 2);
    asm volatile("" ::: "memory");
  }

  template <int64_t kBytes>
  [[gnu::always_inline]] void advance() {
    address_ += kBytes;
    left_ -= kBytes;
    if (left_ > 0) return;
    address_ += gap_;
    left_ += row_bytes_;
  }

 private:
  const char* address_;
  const int64_t gap_;  // between rows of which only a part is used
  const int64_t row_bytes_;
  int64_t left_;  // bytes of the present row
};

// Prefetches rows that are at least `bytes` bytes after the present key, in whole steps of `step` keys, and at most the
// rows of the next product.
inline RowPrefetcher prefetcher_after(const UnpackedArguments& arguments, int64_t key, int64_t bytes, int64_t step,
                                      int64_t row_bytes) {
  Rows next = arguments.keys;
  const int64_t distance = (bytes + step * row_bytes - 1) / (step * row_bytes) * step;
  int64_t next_key = key + (distance < next.count ? distance : next.count);
  if (next_key >= next.count && next_key - next.count < arguments.next.count) {
    next_key -= next.count;
    next = arguments.next;
  }
  next.data += next_key * next.stride;
  return RowPrefetcher(next, row_bytes);
}

}  // namespace
}  // namespace afterimage

#endif
