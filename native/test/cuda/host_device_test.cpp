// Tests that the device on the host refuses what a GPU would do wrong without a word. It is not for GPUs.
#ifndef __CUDACC__
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel_test.h"

namespace test {
namespace {

// Runs a grid in a process of its own; returns true if it was ended with a message.
bool refused(dim3 grid, int threads, const std::function<void()>& kernel) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    device::run(grid, threads, 0, kernel);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

Test order("blocks run in no order, and interleaved", [] {
  std::vector<unsigned> starts, ends;
  bool interleaved = false;
  device::run(dim3(4, 3, 2), 2, 0, [&] {
    const unsigned number = (blockIdx.z * 3 + blockIdx.y) * 4 + blockIdx.x;
    if (threadIdx.x == 0) starts.push_back(number);
    __syncthreads();
    if (threadIdx.x == 0) {
      interleaved |= starts.back() != number;
      ends.push_back(number);
    }
  });
  std::vector<bool> seen(24);
  for (unsigned number : starts) seen[number] = true;
  for (bool each : seen) check(each, "a block did not run");
  check(starts.size() == 24 && ends.size() == 24, "%zu blocks started, %zu ended, of 24", starts.size(), ends.size());
  // Of blocks that wait in order, few run at a time, so none starts long before its turn.
  bool early_of_ascending = false, early_of_descending = false;
  for (int i = 0; i < 24; i++) {
    early_of_ascending |= static_cast<int>(starts[i]) - i >= 8;
    early_of_descending |= 23 - static_cast<int>(starts[i]) - i >= 8;
  }
  check(early_of_ascending && early_of_descending, "blocks start in order");
  check(interleaved, "each block ends before the next starts");
});

Test shared("blocks that run at a time have shared memory of their own, without values from before", [] {
  device::run(dim3(9), 64, 8, [&] {
    SHARED(int32_t, array, 64);
    DYNAMIC_SHARED(dynamic);
    if (threadIdx.x == 0) {
      check(array[0] == -1 && dynamic[0] == 0xff, "shared memory has values from before");
      dynamic[0] = static_cast<unsigned char>(blockIdx.x);
    }
    array[threadIdx.x] = static_cast<int32_t>(blockIdx.x);
    __syncthreads();
    check(array[63 - threadIdx.x] == static_cast<int32_t>(blockIdx.x) && dynamic[0] == blockIdx.x,
          "another block wrote to the shared memory of block %u", blockIdx.x);
  });
});

Test masks("a mask names the lanes that take part, all of them", [] {
  check(!refused(dim3(1), 32, [] { __shfl_xor_sync(0xffffffff, 1, 1); }), "a full warp is refused");
  check(!refused(dim3(1), 32, [] { if (threadIdx.x < 8) __ballot_sync(0xff, true); }), "eight lanes are refused");
  check(refused(dim3(1), 32, [] { __shfl_xor_sync(0xffff, 1, 1); }), "a shuffle of lanes outside of its mask");
  check(refused(dim3(1), 32, [] { if (threadIdx.x < 8) __ballot_sync(0xffffffff, true); }),
        "a vote of lanes that have ended");
});

Test barriers("a barrier that some threads never reach is refused", [] {
  check(!refused(dim3(1), 64, [] { __syncthreads(); }), "threads that meet at the barrier are refused");
  check(refused(dim3(1), 64, [] {
          if (threadIdx.x == 0) __ballot_sync(0xffffffff, true);
          __syncthreads();
        }),
        "a thread that waits for lanes that wait at the barrier");
});

Test copies("a copy that no thread waits for is refused, an empty group is not", [] {
  static float source[4], target[4];
  check(refused(dim3(1), 1, [] { copy_async(target, source, true); }), "an open copy");
  check(refused(dim3(1), 1, [] { copy_async(target, source, true), commit_copies(); }), "an open group");
  check(!refused(dim3(1), 1, [] { commit_copies(); }), "an empty group is refused");
});

Test truncation("a tensor core truncates each sum of eight products", [] {
  const double products[8] = {0x1p-25, 0x1p-25, 0x1p-25};
  check(tensor_core_sum(1, products, 1) == 1, "less than a bit is kept");
  check(tensor_core_sum(1, products, 3) == 1, "three quarters of a bit are rounded up");
  check(tensor_core_sum(-1, products, 3) == -(1 - 0x1p-23f), "a negative sum is not truncated towards zero");
  const double bit[8] = {0x1p-24, 0x1p-24};
  check(tensor_core_sum(1, bit, 2) == 1 + 0x1p-23f, "products are truncated one by one");
});

}  // namespace
}  // namespace test
#endif
