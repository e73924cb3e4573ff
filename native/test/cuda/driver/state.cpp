// The state of the stand-in for libcuda: memory, queued work, failures.
#include "stand_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fstream>

namespace stand_in {

std::mutex lock;
Blocks device, pinned, registered;
std::set<Stream*> streams;

size_t Blocks::remove(uintptr_t first) {
  const auto found = bytes_.find(first);
  if (found == bytes_.end()) return 0;
  const size_t bytes = found->second;
  bytes_.erase(found);
  return bytes;
}

bool Blocks::holds(Range range) const {
  auto next = bytes_.upper_bound(range.first);
  if (next == bytes_.begin()) return false;
  --next;
  const uintptr_t offset = range.first - next->first;
  return offset <= next->second && range.bytes <= next->second - offset;
}

bool Blocks::overlaps(Range range) const {
  auto next = bytes_.lower_bound(range.first + range.bytes);
  if (next == bytes_.begin()) return false;
  --next;
  return next->first + next->second > range.first;
}

int fault(const char* call) {
  static const char* const file = getenv("STAND_IN_FAULT");
  if (file == nullptr) return 0;
  FILE* open = fopen(file, "r");
  if (open == nullptr) return 0;
  char name[64];
  int result = 0;
  const bool mine = fscanf(open, "%63s %d", name, &result) == 2 && strcmp(name, call) == 0;
  fclose(open);
  if (!mine) return 0;
  unlink(file);
  return result;
}

std::string mutation() {
  static const char* const file = getenv("STAND_IN_MUTATION");
  std::string name;
  if (file != nullptr) std::ifstream(file) >> name;
  return name;
}

bool in_use(Range block) {
  for (const Stream* stream : streams) {
    for (const Work& work : stream->queue) {
      for (const Range& range : work.uses) {
        if (range.first < block.first + block.bytes && block.first < range.first + range.bytes) return true;
      }
    }
  }
  return false;
}

void queue(Stream& stream, std::vector<Range> uses, std::function<void()> work) {
  std::lock_guard<std::mutex> guard(lock);
  stream.queue.push_back({std::move(work), std::move(uses)});
}

void run_to(Stream& stream, int64_t end) {
  while (true) {
    std::function<void()> work;
    {
      std::lock_guard<std::mutex> guard(lock);
      if (stream.done >= end || stream.queue.empty()) return;
      work = stream.queue.front().run;
    }
    work();
    std::lock_guard<std::mutex> guard(lock);
    if (stream.queue.empty()) return;
    stream.queue.pop_front();
    stream.done++;
  }
}

void end_context() {
  std::lock_guard<std::mutex> guard(lock);
  for (const auto& block : device.all()) free(reinterpret_cast<void*>(block.first));
  for (const auto& block : pinned.all()) free(reinterpret_cast<void*>(block.first));
  device.clear();
  pinned.clear();
  registered.clear();
  for (Stream* stream : streams) stream->queue.clear();
}

}  // namespace stand_in

using namespace stand_in;

extern "C" {

int stand_in_ready() { return ready("cublas") == CUDA_SUCCESS; }
int stand_in_fault(const char* call) { return fault(call); }
int stand_in_mutated(const char* name) { return mutation() == name; }
int stand_in_on_device(const void* first, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  return device.holds({reinterpret_cast<uintptr_t>(first), bytes});
}
void stand_in_poison() { poison(CUDA_ERROR_ILLEGAL_ADDRESS); }
void stand_in_queue(void* stream, const Range* uses, int count, void (*work)(void*), void* argument) {
  queue(*static_cast<Stream*>(stream), std::vector<Range>(uses, uses + count), [=] { work(argument); });
}

}  // extern "C"
