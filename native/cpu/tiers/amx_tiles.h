// The tile registers of AMX, 16 rows of 64 bytes.
#ifndef AFTERIMAGE_CPU_TIERS_AMX_TILES_H
#define AFTERIMAGE_CPU_TIERS_AMX_TILES_H

#include "tiers/instructions.h"

namespace afterimage {
namespace {

constexpr int64_t kTileBytes = 64;  // in a row
constexpr int64_t kTileLanes = 16;
constexpr int64_t kTileRows = 16;
constexpr int64_t kTileWords = kTileRows * kTileLanes;

// Tiles 0 to 1 (narrow) or 0 to 3 (wide) hold sums, the next two keys, the others queries.
constexpr TileConfiguration kNarrow = {
    .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64}, .rows = {12, 12, 12, 12, 16, 16}};
constexpr TileConfiguration kWide = {
    .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

inline void configure_tiles(int64_t lanes) { configure(lanes == kTileLanes ? kNarrow : kWide); }

}  // namespace
}  // namespace afterimage

#endif
