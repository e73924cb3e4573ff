// The instructions of AMX on tile registers of 16 rows of 64 bytes.
#ifndef AFTERIMAGE_CPU_TIERS_AMX_TILES_H
#define AFTERIMAGE_CPU_TIERS_AMX_TILES_H

#include <stdint.h>

namespace afterimage {
namespace {

constexpr int64_t kTileBytes = 64;  // in a row
constexpr int64_t kTileLanes = 16;
constexpr int64_t kTileRows = 16;
constexpr int64_t kTileWords = kTileRows * kTileLanes;

// The operand of ldtilecfg.
struct alignas(64) TileConfiguration {
  uint8_t palette;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16];
  uint8_t rows[16];
};
// Tiles 0 to 1 (narrow) or 0 to 3 (wide) hold sums, the next two keys, the others queries.
constexpr TileConfiguration kNarrow = {
    .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64}, .rows = {12, 12, 12, 12, 16, 16}};
constexpr TileConfiguration kWide = {
    .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

inline void configure_tiles(int64_t lanes) {
  asm volatile("ldtilecfg %0" : : "m"(lanes == kTileLanes ? kNarrow : kWide));
}
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
