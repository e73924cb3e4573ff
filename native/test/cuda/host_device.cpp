#include "host_device.h"

#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

// Fake stacks for so many threads would dominate the run time.
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0"; }
#endif

#ifdef __x86_64__
// swapcontext without its two system calls, which would take most of the time of a barrier.
extern "C" void afterimage_switch_stack(void** left, void* entered);
asm(R"(
  .text
  .globl afterimage_switch_stack
  .type afterimage_switch_stack, @function
afterimage_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size afterimage_switch_stack, . - afterimage_switch_stack
)");
#else
#include <ucontext.h>
#endif

namespace device {

uint64_t schedule = 0;
dim3 grid_index;
dim3 thread_index;

namespace {

constexpr size_t kStackBytes = 256 << 10;
// Blocks that run at a time.
constexpr size_t kResident = 3;

#ifdef __x86_64__
struct Context {
  void* stack_pointer;
};

void switch_context(Context& left, Context& entered) {
  afterimage_switch_stack(&left.stack_pointer, entered.stack_pointer);
}

void start_context(Context& context, unsigned char* stack, void (*function)()) {
  // The stack as a call leaves it: the address to jump to, and above it space for a return address that is never used.
  void** top = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(stack + kStackBytes) / 16 * 16);
  top[-2] = reinterpret_cast<void*>(function);
  for (int i = 3; i <= 8; i++) top[-i] = nullptr;
  context.stack_pointer = &top[-8];
}
#else
using Context = ucontext_t;

void switch_context(Context& left, Context& entered) { swapcontext(&left, &entered); }

void start_context(Context& context, unsigned char* stack, void (*function)()) {
  getcontext(&context);
  context.uc_stack.ss_sp = stack;
  context.uc_stack.ss_size = kStackBytes;
  context.uc_link = nullptr;
  makecontext(&context, function, 0);
}
#endif

enum class State { kRunnable, kAtBlockBarrier, kAtWarpBarrier, kEnded };

struct Copy {
  void* target;
  const void* source;
};

struct Thread {
  Context context;
  unsigned char* stack;
  int index;
  State state;
  int exchanges;  // exchanges of this lane so far; their parity selects the slot of the next one
  int votes;      // likewise for counts of the block
  uint32_t mask;  // of the exchange that the thread waits at
  std::vector<Copy> open;
  std::deque<std::vector<Copy>> groups;
};

struct Free {
  void operator()(void* memory) const { free(memory); }
};
using Memory = std::unique_ptr<unsigned char, Free>;

// Allocated per block: accesses past the end are found, and no values survive from the block before.
Memory shared_memory(size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 128, bytes + 1) != 0) fail("no memory");
  memset(memory, 0xff, bytes);
  return Memory(static_cast<unsigned char*>(memory));
}

struct Block {
  dim3 index;
  std::vector<Thread> threads;
  std::vector<std::unique_ptr<unsigned char[]>> stacks;
  std::vector<int> warps, lanes;  // in the order in which they run
  Memory dynamic;
  std::map<int, Memory> arrays;
  unsigned char values[2][32][32][32];  // [exchange][warp][lane]
  int counts[2];
  int counted[2];
};

Block* block;
Thread* current;
Context scheduler;
const std::function<void()>* body;
uint64_t random_state;

uint32_t random_below(uint32_t bound) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<uint32_t>(random_state >> 33) % bound;
}

template <class T>
void shuffle_all(std::vector<T>& values) {
  for (size_t i = values.size(); i > 1; i--) std::swap(values[i - 1], values[random_below(static_cast<uint32_t>(i))]);
}

#ifdef __SANITIZE_ADDRESS__
void* scheduler_fake_stack;
const void* scheduler_stack;
size_t scheduler_stack_bytes;
#endif

void enter() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_stack_bytes);
#endif
  (*body)();
  current->state = State::kEnded;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(nullptr, scheduler_stack, scheduler_stack_bytes);
#endif
  switch_context(current->context, scheduler);
}

// Yields until the scheduler lets this thread continue.
void wait(State state) {
  current->state = state;
#ifdef __SANITIZE_ADDRESS__
  void* fake_stack;
  __sanitizer_start_switch_fiber(&fake_stack, scheduler_stack, scheduler_stack_bytes);
#endif
  switch_context(current->context, scheduler);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake_stack, &scheduler_stack, &scheduler_stack_bytes);
#endif
}

void turn(Thread& thread) {
  current = &thread;
  thread_index = dim3(thread.index);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&scheduler_fake_stack, thread.stack, kStackBytes);
#endif
  switch_context(scheduler, thread.context);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(scheduler_fake_stack, nullptr, nullptr);
#endif
}

// Lets the threads from `first` to `last` continue if all that have not ended wait in `state`.
bool release(size_t first, size_t last, State state) {
  uint32_t waiting = 0;
  for (size_t i = first; i < last; i++) {
    const Thread& thread = block->threads[i];
    if (thread.state != state && thread.state != State::kEnded) return false;
    if (thread.state == state) waiting |= 1u << (i - first) % 32;
  }
  for (size_t i = first; waiting != 0 && i < last; i++) {
    Thread& thread = block->threads[i];
    if (thread.state != state) continue;
    if (state == State::kAtWarpBarrier && thread.mask != waiting) {
      fail("the mask of a shuffle or vote is not that of the lanes that take part");
    }
    thread.state = State::kRunnable;
  }
  return waiting != 0;
}

void start(Block& starting, dim3 index, int count, int shared_bytes) {
  block = &starting;
  block->index = grid_index = index;
  block->dynamic = shared_memory(shared_bytes);
  block->arrays.clear();
  block->threads.resize(count);
  block->warps.resize((count + 31) / 32);
  block->lanes.resize(32);
  for (std::vector<int>* order : {&block->warps, &block->lanes}) {
    for (size_t i = 0; i < order->size(); i++) (*order)[schedule == 1 ? order->size() - 1 - i : i] = static_cast<int>(i);
  }
  for (int i = 0; i < count; i++) {
    Thread& thread = block->threads[i];
    while (static_cast<int>(block->stacks.size()) <= i) block->stacks.emplace_back(new unsigned char[kStackBytes]);
    thread.stack = block->stacks[i].get();
#ifdef __SANITIZE_ADDRESS__
    // Frames of threads that ended left the stack poisoned.
    ASAN_UNPOISON_MEMORY_REGION(thread.stack, kStackBytes);
#endif
    thread.index = i;
    thread.state = State::kRunnable;
    thread.exchanges = 0;
    thread.votes = 0;
    thread.open.clear();
    thread.groups.clear();
    start_context(thread.context, thread.stack, enter);
  }
  block->counts[0] = block->counts[1] = block->counted[0] = block->counted[1] = 0;
}

// Runs one warp of a block after the other, each until it has ended or waits for others. Returns false if all have ended.
bool run_to_barriers(Block& running) {
  block = &running;
  grid_index = block->index;
  if (schedule > 1) shuffle_all(block->warps);
  const size_t count = block->threads.size();
  bool ran = false;
  for (size_t warp : block->warps) {
    do {
      if (schedule > 1) shuffle_all(block->lanes);
      for (size_t lane : block->lanes) {
        const size_t i = warp * 32 + lane;
        if (i >= count || block->threads[i].state != State::kRunnable) continue;
        turn(block->threads[i]);
        ran = true;
      }
    } while (release(warp * 32, std::min(count, warp * 32 + 32), State::kAtWarpBarrier));
  }
  const bool released = release(0, count, State::kAtBlockBarrier);
  if (ran || released) return true;
  for (const Thread& thread : block->threads) {
    if (thread.state != State::kEnded) fail("some threads wait at a barrier that others never reach");
    bool copying = !thread.open.empty();
    for (const std::vector<Copy>& group : thread.groups) copying |= !group.empty();
    if (copying) fail("a thread ended before its copies completed");
  }
  return false;
}

}  // namespace

void fail(const char* why) {
  fprintf(stderr, "block (%u, %u, %u): %s\n", grid_index.x, grid_index.y, grid_index.z, why);
  abort();
}

void run(dim3 grid, int thread_count, int shared_bytes, const std::function<void()>& kernel) {
  static Block blocks[kResident];
  body = &kernel;
  random_state = schedule;
  std::vector<uint32_t> waiting(grid.x * grid.y * grid.z);
  for (uint32_t i = 0; i < waiting.size(); i++) waiting[i] = i;
  shuffle_all(waiting);
  std::vector<Block*> idle, running;
  for (Block& each : blocks) idle.push_back(&each);
  while (!waiting.empty() || !running.empty()) {
    for (; !waiting.empty() && !idle.empty(); waiting.pop_back(), idle.pop_back()) {
      const uint32_t number = waiting.back();
      start(*idle.back(), dim3(number % grid.x, number / grid.x % grid.y, number / grid.x / grid.y), thread_count,
            shared_bytes);
      running.push_back(idle.back());
    }
    const uint32_t chosen = random_below(static_cast<uint32_t>(running.size()));
    if (!run_to_barriers(*running[chosen])) {
      idle.push_back(running[chosen]);
      running.erase(running.begin() + chosen);
    }
  }
}

int lane() { return current->index % 32; }

unsigned char* dynamic_shared() { return block->dynamic.get(); }

void* shared_array(int number, size_t bytes) {
  Memory& array = block->arrays[number];
  if (array == nullptr) array = shared_memory(bytes);
  return array.get();
}

void block_barrier() { wait(State::kAtBlockBarrier); }

int block_count(bool mine) {
  const int slot = current->votes++ % 2;
  block->counts[slot] += mine;
  block->counted[slot]++;
  block_barrier();
  const int count = block->counts[slot];
  // The last reader clears it for the count after the next.
  if (--block->counted[slot] == 0) block->counts[slot] = 0;
  return count;
}

const unsigned char (*warp_exchange(uint32_t mask, const void* mine, int bytes))[32] {
  const int slot = current->exchanges++ % 2;
  const int warp = current->index / 32;
  memcpy(block->values[slot][warp][lane()], mine, bytes);
  current->mask = mask;
  wait(State::kAtWarpBarrier);
  return block->values[slot][warp];
}

uint32_t warp_vote(uint32_t mask, bool mine) {
  const unsigned char(*all)[32] = warp_exchange(mask, &mine, 1);
  uint32_t votes = 0;
  for (int i = 0; i < 32; i++) {
    if (mask >> i & 1) votes |= static_cast<uint32_t>(all[i][0] & 1) << i;
  }
  return votes;
}

}  // namespace device

using device::current;

void copy_async(void* shared, const void* global, bool source) {
  if (reinterpret_cast<uintptr_t>(shared) % 16 != 0 || reinterpret_cast<uintptr_t>(global) % 16 != 0) {
    device::fail("an asynchronous copy is not aligned to 16 bytes");
  }
  current->open.push_back({shared, source ? global : nullptr});
}

void commit_copies() {
  current->groups.push_back(std::move(current->open));
  current->open.clear();
}

void wait_for_copies_but(int pending) {
  while (static_cast<int>(current->groups.size()) > pending) {
    for (const device::Copy& copy : current->groups.front()) {
      if (copy.source == nullptr) {
        memset(copy.target, 0, 16);
      } else {
        memcpy(copy.target, copy.source, 16);
      }
    }
    current->groups.pop_front();
  }
}
