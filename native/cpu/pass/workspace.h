// The caller's workspace, handed out piece by piece. Without memory it only counts: one constructor lays out the
// buffers of an operation, both to count their bytes and to take them.
#ifndef AFTERIMAGE_CPU_PASS_WORKSPACE_H
#define AFTERIMAGE_CPU_PASS_WORKSPACE_H

#include <stdint.h>

namespace afterimage {

class Workspace {
 public:
  explicit Workspace(void* memory) : base_(static_cast<char*>(memory)) {}

  // Uninitialised memory, aligned to 64 bytes as the workspace is; null if there is no memory.
  template <class T>
  T* take(int64_t count) {
    const int64_t offset = used_;
    used_ += (count * int64_t{sizeof(T)} + 63) / 64 * 64;
    return base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + offset);
  }

  int64_t used() const { return used_; }

 private:
  char* base_;
  int64_t used_ = 0;
};

}  // namespace afterimage

#endif
