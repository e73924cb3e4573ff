// Instructions that only some processors with AVX2 or AVX-512 have. native/test/emulated/tiers/instructions.h takes the
// place of this file in a library for tests, which computes in C++ what they do.
#ifndef AFTERIMAGE_CPU_TIERS_INSTRUCTIONS_H
#define AFTERIMAGE_CPU_TIERS_INSTRUCTIONS_H

#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace afterimage {
namespace {

constexpr bool kEmulated = false;

// The operand of ldtilecfg.
struct alignas(64) TileConfiguration {
  uint8_t palette;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

#if defined(__AVX2__)
// Adds the products of four unsigned and four signed bytes to each lane. Inline assembly, because GCC 12 copies the
// sums of the intrinsic between registers. These copies fill the reorder window, which limits how far memory is read
// ahead (`runner bench few`).
[[gnu::always_inline]] inline __m256i add_byte_products(__m256i sum, __m256i unsigned_bytes, __m256i signed_bytes) {
#if defined(__AVX512F__)
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(unsigned_bytes), "vm"(signed_bytes));
#else
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(unsigned_bytes), "xm"(signed_bytes));
#endif
  return sum;
}
#endif

#if defined(__AVX512F__)
[[gnu::always_inline]] inline __m512i add_byte_products(__m512i sum, __m512i unsigned_bytes, __m512i signed_bytes) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(unsigned_bytes), "vm"(signed_bytes));
  return sum;
}

// Adds the products of two bfloat16 numbers to each lane. Inline assembly, because GCC 12 gives the intrinsic no operand
// in memory. With both operands in registers, one query reads keys more slowly, as if registers ran out before enough
// keys are requested.
[[gnu::always_inline]] inline __m512 add_bfloat16_products(__m512 sum, __m512bh a, __m512bh b) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "vm"(b));
  return sum;
}
#endif

inline void configure(const TileConfiguration& configuration) { asm volatile("ldtilecfg %0" : : "m"(configuration)); }
inline void release_tiles() { asm volatile("tilerelease"); }

template <int kTile>
void set_zero() {
  asm volatile("tilezero %%tmm%c0" : : "i"(kTile));
}
template <int kTile>
void load(const void* place, int64_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(place), "r"(stride), "i"(kTile) : "memory");
}
template <int kTile>
void store(float* place, int64_t stride_bytes) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(place), "r"(stride_bytes), "i"(kTile) : "memory");
}
template <int kSums, int kKeys, int kQueries>
void multiply_add_bfloat16() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kKeys), "i"(kQueries));
}
template <int kSums, int kKeys, int kQueries>
void multiply_add_int8() {
  asm volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kKeys), "i"(kQueries));
}

}  // namespace
}  // namespace afterimage

#endif
