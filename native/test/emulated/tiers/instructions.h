// Takes the place of cpu/tiers/instructions.h in a library for tests: what the instructions do, in C++, for processors that
// lack them. Each function follows the pseudo-code of its instruction in Intel's "64 and IA-32 Architectures Software
// Developer's Manual", volume 2: TDPBF16PS, TDPBSSD, LDTILECFG, TILELOADD, TILESTORED, TILEZERO, TILERELEASE, VPDPBUSD and
// VDPBF16PS. What raises an exception there ends the process here. emulation_test.cpp compares both headers, bit by bit,
// where the processor has the instructions. All of them sum in the order that is stated; only the payload of NaN may differ.
#ifndef AFTERIMAGE_TEST_EMULATED_INSTRUCTIONS_H
#define AFTERIMAGE_TEST_EMULATED_INSTRUCTIONS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace afterimage {
namespace {

constexpr bool kEmulated = true;

// The operand of ldtilecfg.
struct alignas(64) TileConfiguration {
  uint8_t palette;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

#if defined(__AVX2__)
// DAZ=FTZ=1, RNE rounding, no exceptions; MXCSR is neither consulted nor updated.
class TileArithmetic {
 public:
  TileArithmetic() : control_(_mm_getcsr()) { _mm_setcsr(0x9fc0); }
  ~TileArithmetic() { _mm_setcsr(control_); }

 private:
  const unsigned control_;
};

// A legal float32 number whose upper half is the bfloat16 number.
inline float make_float32(uint16_t bfloat16) {
  const uint32_t bits = static_cast<uint32_t>(bfloat16) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// VPDPBUSD: products of unsigned by signed bytes, summed without saturation.
template <int kLanes>
void add_products_of_bytes(int32_t* sums, const uint8_t* unsigned_bytes, const int8_t* signed_bytes) {
  for (int lane = 0; lane < kLanes; lane++) {
    int32_t sum = 0;
    for (int i = 4 * lane; i < 4 * lane + 4; i++) sum += int32_t{unsigned_bytes[i]} * signed_bytes[i];
    sums[lane] = static_cast<int32_t>(static_cast<uint32_t>(sums[lane]) + static_cast<uint32_t>(sum));
  }
}

[[gnu::noinline]] inline __m256i add_byte_products(__m256i sum, __m256i unsigned_bytes, __m256i signed_bytes) {
  alignas(32) int32_t sums[8];
  alignas(32) uint8_t a[32];
  alignas(32) int8_t b[32];
  memcpy(sums, &sum, sizeof sums);
  memcpy(a, &unsigned_bytes, sizeof a);
  memcpy(b, &signed_bytes, sizeof b);
  add_products_of_bytes<8>(sums, a, b);
  memcpy(&sum, sums, sizeof sums);
  return sum;
}
#endif

#if defined(__AVX512F__)
[[gnu::noinline]] inline __m512i add_byte_products(__m512i sum, __m512i unsigned_bytes, __m512i signed_bytes) {
  alignas(64) int32_t sums[16];
  alignas(64) uint8_t a[64];
  alignas(64) int8_t b[64];
  memcpy(sums, &sum, sizeof sums);
  memcpy(a, &unsigned_bytes, sizeof a);
  memcpy(b, &signed_bytes, sizeof b);
  add_products_of_bytes<16>(sums, a, b);
  memcpy(&sum, sums, sizeof sums);
  return sum;
}

// VDPBF16PS, in memory: the compiler must not move arithmetic across changes of MXCSR.
[[gnu::noipa]] inline void add_products_of_bfloat16(float* sums, const uint16_t* a, const uint16_t* b) {
  for (int lane = 0; lane < 16; lane++) {
    const int odd = 2 * lane + 1, even = 2 * lane;
    sums[lane] = __builtin_fmaf(make_float32(a[odd]), make_float32(b[odd]), sums[lane]);
    sums[lane] = __builtin_fmaf(make_float32(a[even]), make_float32(b[even]), sums[lane]);
  }
}

[[gnu::noinline]] inline __m512 add_bfloat16_products(__m512 sum, __m512bh first, __m512bh second) {
  alignas(64) float sums[16];
  alignas(64) uint16_t a[32], b[32];
  memcpy(sums, &sum, sizeof sums);
  memcpy(a, &first, sizeof a);
  memcpy(b, &second, sizeof b);
  {
    const TileArithmetic arithmetic;
    add_products_of_bfloat16(sums, a, b);
  }
  memcpy(&sum, sums, sizeof sums);
  return sum;
}

// The state of a thread. Palette 0 means that tiles are not configured.
struct Tile {
  int rows = 0;
  int row_bytes = 0;
  alignas(64) uint8_t bytes[16][64] = {};
};
struct Tiles {
  int palette = 0;
  Tile of[8];
};
inline Tiles& tiles() {
  static thread_local Tiles tiles;
  return tiles;
}

inline void require(bool holds, const char* instruction, const char* condition) {
  if (holds) return;
  fprintf(stderr, "%s raises an exception: %s\n", instruction, condition);
  abort();
}

[[gnu::noinline]] inline Tile& tile(int number, const char* instruction) {
  require(tiles().palette != 0, instruction, "tiles are not configured");
  Tile& tile = tiles().of[number];
  require(tile.rows > 0 && tile.row_bytes > 0, instruction, "the tile has no rows");
  return tile;
}

// LDTILECFG
inline void configure(const TileConfiguration& configuration) {
  const char* const name = "ldtilecfg";
  require(configuration.palette <= 1, name, "the palette is unknown");
  for (uint8_t byte : configuration.reserved) require(byte == 0, name, "a reserved byte is not zero");
  Tiles& state = tiles();
  state.palette = configuration.palette;
  for (int i = 0; i < 16; i++) {
    const int rows = configuration.rows[i], row_bytes = configuration.row_bytes[i];
    require(i < 8 || (rows == 0 && row_bytes == 0), name, "there are eight tiles");
    require(rows <= 16 && row_bytes <= 64, name, "a tile is too large");
    require((rows == 0) == (row_bytes == 0), name, "a tile has no rows or no columns");
    if (i >= 8) continue;
    state.of[i].rows = rows;
    state.of[i].row_bytes = row_bytes;
    memset(state.of[i].bytes, 0, sizeof state.of[i].bytes);
  }
}

// TILERELEASE
inline void release_tiles() { tiles() = {}; }

// TILEZERO
template <int kTile>
void set_zero() {
  Tile& target = tile(kTile, "tilezero");
  memset(target.bytes, 0, sizeof target.bytes);
}

// TILELOADD: columns and rows beyond the configured ones are zero.
template <int kTile>
void load(const void* place, int64_t stride) {
  Tile& target = tile(kTile, "tileloadd");
  memset(target.bytes, 0, sizeof target.bytes);
  for (int row = 0; row < target.rows; row++) {
    memcpy(target.bytes[row], static_cast<const char*>(place) + row * stride, static_cast<size_t>(target.row_bytes));
  }
}

// TILESTORED
template <int kTile>
void store(float* place, int64_t stride_bytes) {
  const Tile& source = tile(kTile, "tilestored");
  for (int row = 0; row < source.rows; row++) {
    memcpy(reinterpret_cast<char*>(place) + row * stride_bytes, source.bytes[row], static_cast<size_t>(source.row_bytes));
  }
}

// Returns C = C + A B of m x n, m x k and k x n; the elements of A and B have four bytes.
struct TileProduct {
  Tile& c;
  const Tile& a;
  const Tile& b;
};
template <int kC, int kA, int kB>
TileProduct tile_product(const char* name) {
  static_assert(kC != kA && kA != kB && kC != kB);
  const TileProduct product = {tile(kC, name), tile(kA, name), tile(kB, name)};
  require(product.c.rows == product.a.rows, name, "C and A have different rows");
  require(product.c.row_bytes == product.b.row_bytes, name, "C and B have different columns");
  require(product.a.row_bytes == 4 * product.b.rows, name, "A has not as many columns as B has rows");
  require(product.c.row_bytes % 4 == 0, name, "columns have not four bytes");
  return product;
}

// TDPBF16PS: the even and the odd products of a row are summed apart, then added to each other, then to C. Columns
// beyond the configured ones are zero.
[[gnu::noipa]] inline void multiply_bfloat16(const TileProduct& product) {
  const int pairs = product.a.row_bytes / 4;
  alignas(64) float b[16][2][16];
  for (int k = 0; k < pairs; k++) {
    uint16_t elements[32];
    memcpy(elements, product.b.bytes[k], sizeof elements);
    for (int n = 0; n < 16; n++) {
      b[k][0][n] = make_float32(elements[2 * n]);
      b[k][1][n] = make_float32(elements[2 * n + 1]);
    }
  }
  for (int m = 0; m < product.c.rows; m++) {
    uint16_t a[32];
    memcpy(a, product.a.bytes[m], sizeof a);
    alignas(64) float sums[2][16] = {};
    for (int k = 0; k < pairs; k++) {
      const float even = make_float32(a[2 * k]), odd = make_float32(a[2 * k + 1]);
      for (int n = 0; n < 16; n++) sums[0][n] = __builtin_fmaf(even, b[k][0][n], sums[0][n]);
      for (int n = 0; n < 16; n++) sums[1][n] = __builtin_fmaf(odd, b[k][1][n], sums[1][n]);
    }
    float c[16];
    memcpy(c, product.c.bytes[m], sizeof c);
    for (int n = 0; n < 16; n++) c[n] += sums[0][n] + sums[1][n];
    memcpy(product.c.bytes[m], c, sizeof c);
  }
}

template <int kSums, int kKeys, int kQueries>
void multiply_add_bfloat16() {
  const TileProduct product = tile_product<kSums, kKeys, kQueries>("tdpbf16ps");
  const TileArithmetic arithmetic;
  multiply_bfloat16(product);
}

// TDPBSSD: products of signed bytes, summed without saturation.
[[gnu::noinline]] inline void multiply_int8(const TileProduct& product) {
  alignas(64) int16_t b[16][4][16];
  for (int k = 0; k < product.b.rows; k++) {
    for (int n = 0; n < 16; n++) {
      for (int i = 0; i < 4; i++) b[k][i][n] = static_cast<int8_t>(product.b.bytes[k][4 * n + i]);
    }
  }
  for (int m = 0; m < product.c.rows; m++) {
    uint32_t c[16];
    memcpy(c, product.c.bytes[m], sizeof c);
    for (int k = 0; k < product.b.rows; k++) {
      for (int i = 0; i < 4; i++) {
        const int32_t a = static_cast<int8_t>(product.a.bytes[m][4 * k + i]);
        for (int n = 0; n < 16; n++) c[n] += static_cast<uint32_t>(a * b[k][i][n]);
      }
    }
    memcpy(product.c.bytes[m], c, sizeof c);
  }
}

template <int kSums, int kKeys, int kQueries>
void multiply_add_int8() {
  multiply_int8(tile_product<kSums, kKeys, kQueries>("tdpbssd"));
}
#endif

}  // namespace
}  // namespace afterimage

#endif
