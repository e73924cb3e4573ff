// AMX: bfloat16 and int8 keys are multiplied with queries of the same type, 16 keys by 16 queries at a time. These
// types are never packed: keys are loaded from where they lie in memory, and the panels of the queries have the layout
// of tiles. For float keys see amx_split.h. Processors with AMX have AVX-512 BF16.
#include "templates/prefetch.h"
#include "tiers/amx_split.h"
#include "tiers/amx_tiles.h"
#include "tiers/avx512.h"
#include "tiers/avx512_formats.h"

namespace afterimage {
namespace {

// Not std::min: the linker could merge this copy, compiled for AVX-512, with that of the passes.
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Keys of a tile for up to 16 queries, each read as a stream (`runner bench few`).
constexpr int64_t kStreams = 12;
constexpr int64_t kPrefetchBytes = 512;

struct Bfloat16Tiles {
  static constexpr int64_t kElementBytes = 2;
  // Rounding errors grow with the length of a sum (`runner "p is within"`).
  static constexpr int64_t kSumBytes = 1024;

  template <int kSums, int kKeys, int kQueries>
  static void multiply_add() {
    multiply_add_bfloat16<kSums, kKeys, kQueries>();
  }
  static __m512 add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
  static __m512 scaled(__m512 sums, const UnpackedArguments&, int64_t, int64_t) { return sums; }
};

struct Int8Tiles {
  static constexpr int64_t kElementBytes = 1;
  static constexpr int64_t kSumBytes = int64_t{1} << 16;  // exact

  template <int kSums, int kKeys, int kQueries>
  static void multiply_add() {
    multiply_add_int8<kSums, kKeys, kQueries>();
  }
  static __m512 add(__m512 a, __m512 b) {
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b)));
  }
  static __m512 scaled(__m512 sums, const UnpackedArguments& arguments, int64_t key, int64_t lane) {
    const __m512 query_scales = _mm512_loadu_ps(arguments.quantization.scales + lane);
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_castps_si512(sums)),
                         _mm512_mul_ps(query_scales, _mm512_set1_ps(arguments.keys.scales[key])));
  }
};

// The keys in one tile, `step` rows apart.
struct KeyTile {
  int64_t first;
  int64_t step;
  int64_t count;

  int64_t key(int64_t row) const { return first + row * step; }
};

// Copies 64 bytes of each key of a tile, from `offset` on, with zeros after the last element and the last key.
void copy(const Rows& keys, const KeyTile& tile, int64_t offset, int64_t bytes, char* target) {
  const int64_t left = bytes - offset;
  const __mmask64 mask = left >= kTileBytes ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
  for (int64_t row = 0; row < kTileRows; row++, target += kTileBytes) {
    const char* place = keys.data + tile.key(row) * keys.stride + offset;
    _mm512_store_si512(target, row < tile.count ? _mm512_maskz_loadu_epi8(mask, place) : _mm512_setzero_si512());
  }
}

// Bytes of the keys of a full tile that are loaded from where they lie. The rest of a key is copied: bytes after it belong
// to another key, and a NaN of that one times zero is NaN, or are not readable.
template <class Format>
int64_t direct_bytes(const Rows& keys) {
  return keys.elements * Format::kElementBytes / kTileBytes * kTileBytes;
}

// Writes the scores of the keys of a tile and 16 queries from `lane` on.
template <class Format>
void store_scores(const UnpackedArguments& arguments, const KeyTile& tile, int64_t lane, const float* sums, bool add) {
  for (int64_t row = 0; row < tile.count; row++) {
    const int64_t key = tile.key(row);
    __m512 scores = Format::scaled(_mm512_load_ps(sums + row * kTileLanes), arguments, key, lane);
    float* place = arguments.scores + key * kBlockLanes + lane;
    if (add) scores = _mm512_add_ps(scores, _mm512_loadu_ps(place));
    _mm512_storeu_ps(place, scores);
  }
}

// Up to kStreams keys and 16 queries. Even and odd steps are summed in two tiles, so that no multiplication waits for the
// one before, and in the same ones however the keys are loaded: equal keys have equal scores.
template <class Format>
void narrow_tile(const UnpackedArguments& arguments, const KeyTile& tile, int64_t direct) {
  const Rows& keys = arguments.keys;
  const int64_t bytes = keys.elements * Format::kElementBytes;
  const int64_t stride = tile.step * keys.stride;
  const char* place = keys.data + tile.first * keys.stride;
  const uint32_t* words = arguments.queries;
  alignas(64) float sums[2][kTileRows * kTileLanes];
  alignas(64) char copied[kTileRows * kTileBytes];
  for (int64_t offset = 0, end; offset < bytes; offset = end) {
    const bool add = arguments.add || offset > 0;
    end = smaller(bytes, offset + 2 * Format::kSumBytes);
    set_zero<0>();
    set_zero<1>();
    for (; offset + 2 * kTileBytes <= smaller(end, direct); offset += 2 * kTileBytes) {
      const char* prefetched = place + kPrefetchBytes;
      for (int64_t row = 0; row < kStreams; row++, prefetched += stride) {
        __builtin_prefetch(prefetched);
        __builtin_prefetch(prefetched + kTileBytes);
      }
      load<2>(place, stride);
      load<4>(words, kTileBytes);
      Format::template multiply_add<0, 2, 4>();
      load<3>(place + kTileBytes, stride);
      load<5>(words + kTileWords, kTileBytes);
      Format::template multiply_add<1, 3, 5>();
      place += 2 * kTileBytes;
      words += 2 * kTileWords;
    }
    for (; offset < end; offset += kTileBytes) {
      if (offset < direct) {
        load<2>(place, stride);
      } else {
        copy(keys, tile, offset, bytes, copied);
        load<2>(copied, kTileBytes);
      }
      load<4>(words, kTileBytes);
      if (offset / kTileBytes % 2 == 0) {
        Format::template multiply_add<0, 2, 4>();
      } else {
        Format::template multiply_add<1, 2, 4>();
      }
      place += kTileBytes;
      words += kTileWords;
    }
    store<0>(sums[0], kTileBytes);
    store<1>(sums[1], kTileBytes);
    for (int64_t row = 0; row < tile.count; row++) {
      float* sum = sums[0] + row * kTileLanes;
      _mm512_store_ps(sum, Format::add(_mm512_load_ps(sum), _mm512_load_ps(sums[1] + row * kTileLanes)));
    }
    store_scores<Format>(arguments, tile, 0, sums[0], add);
  }
}

// Up to 32 keys and 32 queries: two tiles of keys by two tiles of queries. The next keys are prefetched in the order of their
// addresses, except in long chunks (kTileChunkWords).
template <class Format>
void wide_tile(const UnpackedArguments& arguments, const KeyTile& tile, const KeyTile& other, int64_t direct,
               const Rows& next) {
  constexpr int64_t kWordsStride = 2 * kTileBytes;
  const Rows& keys = arguments.keys;
  const int64_t bytes = keys.elements * Format::kElementBytes;
  const bool in_order = bytes <= kTileChunkWords * int64_t{sizeof(uint32_t)};
  RowPrefetcher prefetcher(next, (next.elements * Format::kElementBytes + kTileBytes - 1) / kTileBytes * kTileBytes);
  const uint32_t* words = arguments.queries;
  alignas(64) float sums[4][kTileRows * kTileLanes];
  alignas(64) char copied[2][kTileRows * kTileBytes];
  for (int64_t offset = 0, end; offset < bytes; offset = end) {
    const bool add = arguments.add || offset > 0;
    end = smaller(bytes, offset + Format::kSumBytes);
    set_zero<0>();
    set_zero<1>();
    set_zero<2>();
    set_zero<3>();
    for (; offset < end; offset += kTileBytes) {
      const char* prefetched = next.data + offset;
      for (int64_t row = 0; row < next.count; row++, prefetched += next.stride) {
        in_order ? prefetcher.prefetch<kTileBytes>() : __builtin_prefetch(prefetched, 0, 2);
      }
      const char* place = keys.data + tile.first * keys.stride + offset;
      const char* other_place = keys.data + other.first * keys.stride + offset;
      int64_t stride = keys.stride;
      if (offset >= direct) {
        copy(keys, tile, offset, bytes, copied[0]);
        copy(keys, other, offset, bytes, copied[1]);
        place = copied[0];
        other_place = copied[1];
        stride = kTileBytes;
      }
      load<4>(place, stride);
      load<6>(words, kWordsStride);
      Format::template multiply_add<0, 4, 6>();
      load<7>(words + kTileLanes, kWordsStride);
      Format::template multiply_add<1, 4, 7>();
      load<5>(other_place, stride);
      Format::template multiply_add<2, 5, 6>();
      Format::template multiply_add<3, 5, 7>();
      words += 2 * kTileWords;
    }
    store<0>(sums[0], kTileBytes);
    store<1>(sums[1], kTileBytes);
    store<2>(sums[2], kTileBytes);
    store<3>(sums[3], kTileBytes);
    store_scores<Format>(arguments, tile, 0, sums[0], add);
    store_scores<Format>(arguments, tile, kTileLanes, sums[1], add);
    store_scores<Format>(arguments, other, 0, sums[2], add);
    store_scores<Format>(arguments, other, kTileLanes, sums[3], add);
  }
}

template <class Format>
void narrow(const UnpackedArguments& arguments) {
  const int64_t step = arguments.keys.count / kStreams;
  for (int64_t key = 0; key < step; key++) {
    const KeyTile tile = {.first = key, .step = step, .count = kStreams};
    narrow_tile<Format>(arguments, tile, direct_bytes<Format>(arguments.keys));
  }
  const KeyTile rest = {.first = step * kStreams, .step = 1, .count = arguments.keys.count - step * kStreams};
  if (rest.count > 0) narrow_tile<Format>(arguments, rest, 0);
}

template <class Format>
void wide(const UnpackedArguments& arguments) {
  const int64_t count = arguments.keys.count;
  const int64_t steps = (count + 2 * kTileRows - 1) / (2 * kTileRows);
  const int64_t next_rows = arguments.next.per_share(steps);
  for (int64_t step = 0; step < steps; step++) {
    const int64_t key = step * 2 * kTileRows;
    const KeyTile tile = {.first = key, .step = 1, .count = smaller(count - key, kTileRows)};
    const KeyTile other = {.first = key + tile.count, .step = 1, .count = smaller(count - key - tile.count, kTileRows)};
    const int64_t direct = other.count < kTileRows ? 0 : direct_bytes<Format>(arguments.keys);
    wide_tile<Format>(arguments, tile, other, direct, arguments.next.share(step, next_rows));
  }
}

template <class Format>
void unpacked_product(const UnpackedArguments& arguments) {
  if (arguments.lanes == kTileLanes) {
    narrow<Format>(arguments);
  } else {
    wide<Format>(arguments);
  }
}

}  // namespace

const TileKernels tile_kernels = {.float32_product = split_product<Rows512<StoredFloat32>, 3>,
                                  .float16_product = split_product<Rows512<StoredFloat16>, 2>,
                                  .bfloat16_product = unpacked_product<Bfloat16Tiles>,
                                  .int8_product = unpacked_product<Int8Tiles>,
                                  .split_query = split_query,
                                  .configure = configure_tiles,
                                  .release = release_tiles};

}  // namespace afterimage
