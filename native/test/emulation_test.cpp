// Compares emulated instructions with those of this processor.
#include "emulation.h"

#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

#if defined(__x86_64__)
namespace test {
namespace {

constexpr int64_t kNumbers = 256;  // of four bytes

void draw(int kind, uint16_t* elements) {
  for (int64_t i = 0; i < 2 * kNumbers; i++) {
    const uint64_t bits = random_bits();
    switch (kind) {
      case 0: elements[i] = static_cast<uint16_t>(0x3f00 + (bits & 0x80ff)); break;  // near 1
      case 1: elements[i] = static_cast<uint16_t>(bits); break;                      // also infinite and NaN
      default: elements[i] = static_cast<uint16_t>((bits & 0x81ff) + (i % 2) * 0x1f00); break;  // also denormal
    }
  }
}

void check_product(const char* name, Product* processor, Product* emulated, int64_t count, bool floats) {
  for (int round = 0; round < 3000; round++) {
    uint16_t start[2 * kNumbers], a[2 * kNumbers], b[2 * kNumbers];
    for (uint16_t* elements : {start, a, b}) draw(round % 3, elements);
    float expected[kNumbers], sums[kNumbers];
    memcpy(expected, start, sizeof expected);
    memcpy(sums, start, sizeof sums);
    processor(expected, a, b);
    emulated(sums, a, b);
    for (int64_t i = 0; i < count; i++) {
      check(memcmp(expected + i, sums + i, sizeof *sums) == 0 || (floats && isnan(expected[i]) && isnan(sums[i])),
            "%s: sum %lld is %g, not %g in round %d", name, static_cast<long long>(i), sums[i], expected[i], round);
    }
  }
}

Test emulated("emulated instructions give the bits of the processor's", [] {
  const Instructions& here = processor_instructions;
  const Instructions& there = emulated_instructions;
  if (__builtin_cpu_supports("avx512vnni")) check_product("vpdpbusd", here.bytes, there.bytes, 16, false);
  if (__builtin_cpu_supports("avx512bf16")) check_product("vdpbf16ps", here.bfloat16, there.bfloat16, 16, true);
#if defined(__linux__)
  if (syscall(SYS_arch_prctl, 0x1023, 18) == 0) {  // permits tiles, where the processor has them
    check_product("tdpbssd", here.tiles_of_bytes, there.tiles_of_bytes, 12 * 16, false);
    check_product("tdpbf16ps", here.tiles_of_bfloat16, there.tiles_of_bfloat16, 12 * 16, true);
  }
#endif
}, true);

}  // namespace
}  // namespace test
#endif
