// A device on the host: runs the threads of a grid as fibers. Kernels are tested under AddressSanitizer without a GPU.
//
// Blocks start in random order, and a few of them run at a time, interleaved at their barriers. Shared memory is NaN at
// the start of each block.
//
// Barriers, shuffles, votes and the instructions of tensor_core.h wait for the same threads as in CUDA; a barrier that
// not every thread reaches ends the program with a message. Between barriers of the block one warp after the other runs
// as far as it can, in an order that `device::schedule` chooses: a kernel whose result depends on it lacks a barrier.
// An asynchronous copy takes place when it is waited for, not earlier. The mask of a shuffle or vote must name the lanes
// that take part, all of them.
#ifndef AFTERIMAGE_HOST_DEVICE_H
#define AFTERIMAGE_HOST_DEVICE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <functional>

struct dim3 {
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
  unsigned x, y, z;
};

namespace device {

// The order in which warps and their lanes run: 0 ascending, 1 descending, otherwise shuffled with this seed.
extern uint64_t schedule;

// Runs `body` for each thread of each block.
void run(dim3 grid, int threads, int shared_bytes, const std::function<void()>& body);

extern dim3 grid_index;
extern dim3 thread_index;

void block_barrier();
// Waits for the lanes of this warp that have not ended and returns the value of each; bytes are at most 32.
const unsigned char (*warp_exchange(uint32_t mask, const void* mine, int bytes))[32];
int block_count(bool mine);
uint32_t warp_vote(uint32_t mask, bool mine);
// The block's dynamic shared memory, and a shared array of the block that a number identifies.
unsigned char* dynamic_shared();
void* shared_array(int number, size_t bytes);

constexpr uint32_t kAllLanes = 0xffffffff;

template <class T>
T shuffle(uint32_t mask, T mine, int lane_of_value) {
  const unsigned char(*all)[32] = warp_exchange(mask, &mine, sizeof mine);
  T value;
  memcpy(&value, all[lane_of_value % 32], sizeof value);
  return value;
}

int lane();

// Prints the reason and the block, and ends the program.
[[noreturn]] void fail(const char* why);

}  // namespace device

#define KERNEL(threads, blocks) void
#define DEVICE inline
// A line has one array, and a kernel its arrays in one file.
#define SHARED(type, name, count) \
  type* const name = static_cast<type*>(device::shared_array(__LINE__, sizeof(type) * (count)))
#define DYNAMIC_SHARED(name) unsigned char* name = device::dynamic_shared()
#define threadIdx device::thread_index
#define blockIdx device::grid_index

inline void __syncthreads() { device::block_barrier(); }
inline int __syncthreads_count(bool mine) { return device::block_count(mine); }
inline int __syncthreads_or(bool mine) { return device::block_count(mine) > 0; }
inline uint32_t __ballot_sync(uint32_t mask, bool mine) { return device::warp_vote(mask, mine); }
template <class T>
T __shfl_xor_sync(uint32_t mask, T mine, int bits) {
  return device::shuffle(mask, mine, device::lane() ^ bits);
}
inline int __popc(uint32_t bits) { return __builtin_popcount(bits); }
inline int __ffsll(int64_t bits) { return __builtin_ffsll(bits); }
inline int32_t __float_as_int(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline int32_t atomicMax(int32_t* place, int32_t value) {
  const int32_t before = *place;
  if (value > before) *place = value;
  return before;
}

inline float exp2_or_zero(float x) {
  const float power = exp2f(x);
  return power < 0x1p-126f ? 0 : power;
}

float half_to_float(uint16_t bits);
uint16_t float_to_half(float value);
float bfloat_to_float(uint16_t bits);
uint16_t float_to_bfloat(float value);

// tensor_core.h
void copy_async(void* shared, const void* global, bool source);
void commit_copies();
void wait_for_copies_but(int pending);
template <int pending>
void wait_for_copies() {
  wait_for_copies_but(pending);
}
void load_matrices(uint32_t matrices[4], const void* row);
// c + the sum of `count` exact products, at most 8 of them, truncated to a float as tensor cores do (Fasi, Higham,
// Mikaitis and Pranesh, 2021).
float tensor_core_sum(float c, const double* products, int count);
void multiply_add_16(bool bfloat16, float c[4], const uint32_t a[4], const uint32_t b[2]);
template <int32_t type>
void multiply_add(float c[4], const uint32_t a[4], const uint32_t b[2]) {
  multiply_add_16(type == 2, c, a, b);
}

#endif
