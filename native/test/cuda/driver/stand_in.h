// The state that the stand-ins for libcuda and cuBLAS share.
#ifndef AFTERIMAGE_STAND_IN_H
#define AFTERIMAGE_STAND_IN_H

#include <cuda.h>
#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace stand_in {

struct Range {
  uintptr_t first;
  size_t bytes;
};

// Blocks of memory by address.
class Blocks {
 public:
  void add(uintptr_t first, size_t bytes) { bytes_[first] = bytes; }
  // Returns the bytes of the block that starts at this address, and forgets it; 0 if there is none.
  size_t remove(uintptr_t first);
  bool holds(Range range) const;     // all of it, in one block
  bool overlaps(Range range) const;  // some of it
  const std::map<uintptr_t, size_t>& all() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::map<uintptr_t, size_t> bytes_;
};

struct Work {
  std::function<void()> run;
  std::vector<Range> uses;  // memory that must not be freed before
};

struct Stream {
  std::deque<Work> queue;
  int64_t done = 0;

  int64_t end() const { return done + static_cast<int64_t>(queue.size()); }
};

struct Event {
  Stream* stream = nullptr;  // null until something is recorded
  int64_t end = 0;
};

// Guards everything below.
extern std::mutex lock;
extern Blocks device;      // device memory
extern Blocks pinned;      // memory of cuMemHostAlloc
extern Blocks registered;  // memory of cuMemHostRegister
extern std::set<Stream*> streams;

// Returns CUDA_SUCCESS, or the reason why this thread cannot call the driver: no context is current, or the context has
// failed. A test may want the call to fail, see fault().
CUresult ready(const char* call);
// Ends the context: every later call returns this error.
void poison(CUresult error);
// If the file that STAND_IN_FAULT names exists and holds "CALL RESULT" with this call, deletes it and returns RESULT;
// otherwise 0.
int fault(const char* call);
// The name in mutations.txt that the file STAND_IN_MUTATION holds, or "".
std::string mutation();
// True if queued work uses memory of this block.
bool in_use(Range block);
void queue(Stream& stream, std::vector<Range> uses, std::function<void()> work);
void run_to(Stream& stream, int64_t end);
// Frees all device memory and forgets all queued work.
void end_context();

}  // namespace stand_in

extern "C" {
// For cublas.cpp.
int stand_in_ready();
int stand_in_fault(const char* call);
int stand_in_mutated(const char* name);
int stand_in_on_device(const void* first, size_t bytes);
void stand_in_poison();
void stand_in_queue(void* stream, const stand_in::Range* uses, int count, void (*work)(void*), void* argument);
}

#endif
