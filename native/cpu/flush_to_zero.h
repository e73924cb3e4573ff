#ifndef AFTERIMAGE_CPU_FLUSH_TO_ZERO_H
#define AFTERIMAGE_CPU_FLUSH_TO_ZERO_H

#include <stdint.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace afterimage {
namespace {

// Makes denormal results zero during its lifetime. No sum needs them, and processors take many cycles to compute one
// (`runner bench thetas`). On Arm denormal operands become zero too.
class FlushToZero {
 public:
#if defined(__x86_64__)
  FlushToZero() : control_(_mm_getcsr()) { _mm_setcsr(control_ | 0x8000); }
  ~FlushToZero() { _mm_setcsr(control_); }

 private:
  const unsigned control_;
#elif defined(__aarch64__)
  FlushToZero() {
    asm volatile("mrs %0, fpcr" : "=r"(control_));
    asm volatile("msr fpcr, %0" : : "r"(control_ | uint64_t{1} << 24) : "memory");
  }
  ~FlushToZero() { asm volatile("msr fpcr, %0" : : "r"(control_) : "memory"); }

 private:
  uint64_t control_;
#endif
};

}  // namespace
}  // namespace afterimage

#endif
