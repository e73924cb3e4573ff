// Measures the kernels without a JVM, on one thread: runner bench [table|few|batches|classes|thetas|plan] [TIER]
//   table    class_sums relative to OpenBLAS sgemm alone on the same shape
//   few      the rate of one query relative to the rate of reading memory, and the time of a few relative to one
//   batches  the time of 1 to 64 queries relative to one
//   classes  the time of unsorted classes, and of those of which most keys are removed, relative to few sorted ones
//   thetas   the time of 33 thetas relative to one
//   plan     the time above each bound of the plan of a pass relative to that at the bound
// The number of keys is chosen for short runs; every key is read from memory all the same.
#include <afterimage.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "bench.h"
#include "pass/key_list.h"
#include "pass/plan.h"

namespace test {
namespace {

using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);

Sgemm find_sgemm() {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  for (const char* name :
       {getenv("OPENBLAS"), const_cast<char*>("libopenblas.so.0"), const_cast<char*>("libopenblas.so")}) {
    void* library = name == nullptr ? nullptr : dlopen(name, RTLD_NOW);
    if (library != nullptr) return reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
  }
  return nullptr;
}

double class_sums_seconds(const Keys& keys, int64_t count, int64_t batch, int64_t classes,
                          const std::vector<float>& thetas, int runs) {
  Passes passes(keys.get(), count, batch, classes, thetas);
  return best_seconds([&] { passes.run(); }, runs);
}

// Sums all bytes as 64-bit words in four chains: the cost of reading. Software prefetching made it slower.
#if defined(__x86_64__) && defined(__linux__)
[[gnu::target_clones("avx512f", "avx2", "default")]]
#endif
void read_all(Memory<uint64_t>& memory, int64_t words) {
  typedef uint64_t Eight __attribute__((vector_size(64)));
  static volatile uint64_t sink = 0;
  Eight sum[4] = {};
  for (int64_t i = 0; i + 32 <= words; i += 32) {
    for (int j = 0; j < 4; j++) sum[j] += *reinterpret_cast<const Eight*>(memory.data() + i + 8 * j);
  }
  uint64_t total = 0;
  for (int j = 0; j < 4; j++) {
    for (int lane = 0; lane < 8; lane++) total += sum[j][lane];
  }
  sink = sink + total;
}

struct TableShape {
  int64_t batch, count, dim, classes;
  int64_t part;  // keys per run
  bool sorted;
};

double sgemm_seconds(Sgemm sgemm, const Keys& keys, int64_t part, int64_t batch) {
  const int64_t dim = keys.get().dim;
  Memory<float> queries(batch * dim);
  Memory<float> scores(part * batch);
  for (int64_t i = 0; i < batch * dim; i++) queries.data()[i] = 0.01f;
  int64_t first = 0;
  // scores (part, batch) = keys * queries^T
  return best_seconds(
      [&] {
        if (first + part > keys.get().count) first = 0;
        sgemm(101, 111, 112, static_cast<int>(part), static_cast<int>(batch), static_cast<int>(dim), 1,
              static_cast<const float*>(keys.get().rows) + first * dim, static_cast<int>(dim), queries.data(),
              static_cast<int>(dim), 0, scores.data(), static_cast<int>(batch));
        first += part;
      },
      6);
}

void table(Sgemm sgemm) {
  for (const TableShape& shape :
       {TableShape{256, 30000, 2048, 1000, 10000, true}, TableShape{256, 30000, 2048, 1000, 10000, false},
        TableShape{256, 60000, 512, 1000, 20000, true}, TableShape{256, 50000, 192, 10, 25000, false},
        TableShape{256, 50000, 192, 100000, 25000, false}, TableShape{256, 6000, 12288, 10, 3000, false}}) {
    double base = NAN;
    for (int32_t type : kTypes) {
      Keys keys(shape.count, shape.dim, shape.classes, shape.sorted, type);
      if (type == AFTERIMAGE_FLOAT32 && sgemm != nullptr) {
        base = sgemm_seconds(sgemm, keys, shape.part, shape.batch);
        printf("d=%lld: sgemm alone %.4f s, %.1f GFLOP/s\n", static_cast<long long>(shape.dim), base,
               2e-9 * static_cast<double>(shape.batch * shape.part * shape.dim) / base);
      }
      const double seconds = class_sums_seconds(keys, shape.part, shape.batch, shape.classes, {80}, 6);
      const double operations = 2e-9 * static_cast<double>(shape.batch * shape.part * shape.dim) / seconds;
      printf("B=%lld d=%lld C=%lld %s %-9s %.4f s  %.3f of sgemm  %.0f GOP/s\n", static_cast<long long>(shape.batch),
             static_cast<long long>(shape.dim), static_cast<long long>(shape.classes),
             shape.sorted ? "sorted  " : "unsorted", type_name(type), seconds, seconds / base, operations);
    }
  }
}

// The rate of one query as a share of the rate of reading memory, and the time of a few queries as a multiple of one's.
// Medians of passes in turns, because rates vary over time.
void few() {
  constexpr int kRounds = 25;
  const std::vector<int64_t> batches = {1, 2, 3, 4, 6, 8, 12, 16};
  for (int64_t dim : {192, 512, 1024, 2048, 12288}) {
    const int64_t count = int64_t{80000} * 2048 / dim;
    const int64_t classes = dim >= 512 && dim <= 2048 ? 1000 : 10;
    for (int32_t type : kTypes) {
      const Keys keys(count, dim, classes, classes > 10, type);
      const int64_t words = static_cast<int64_t>(keys.bytes()) / 10 / 8;
      Memory<uint64_t> memory(words);
      memset(memory.data(), 1, words * 8);
      std::vector<std::unique_ptr<Passes>> passes;
      for (size_t i = 0; i < batches.size(); i++) {
        passes.push_back(std::make_unique<Passes>(keys.get(), count / 10, batches[i], classes, std::vector<float>{80},
                                                  count / 10 * static_cast<int64_t>(i)));
      }
      std::vector<double> read;
      std::vector<double> share;
      std::vector<std::vector<double>> multiples(batches.size());
      for (int round = 0; round < kRounds; round++) {
        read.push_back(seconds([&] { read_all(memory, words); }));
        double one = 0;
        for (size_t i = 0; i < batches.size(); i++) {
          const double time = seconds([&] { passes[i]->run(); });
          if (i == 0) one = time;
          multiples[i].push_back(time / one);
        }
        share.push_back(read.back() / one);
      }
      printf("d=%lld %-9s %.1f GB/s, one query %.2f of it;", static_cast<long long>(dim), type_name(type),
             static_cast<double>(words * 8) / median(read) * 1e-9, median(share));
      for (size_t i = 1; i < batches.size(); i++) {
        printf("  %lld: %.2f", static_cast<long long>(batches[i]), median(multiples[i]));
      }
      printf("\n");
    }
  }
}

// The time of every batch as a multiple of one query's: the least of passes in turns. Then how much less a larger batch
// takes than a smaller one, at most.
void batches() {
  constexpr int kRounds = 20;
  constexpr int64_t kMost = 64;
  constexpr int64_t kPart = 400;
  for (int64_t dim : {2048, 2049}) {
    for (int32_t type : kTypes) {
      const Keys keys(20000, dim, 1000, true, type);
      std::vector<std::unique_ptr<Passes>> passes;
      for (int64_t batch = 1; batch <= kMost; batch++) {
        passes.push_back(
            std::make_unique<Passes>(keys.get(), kPart, batch, 1000, std::vector<float>{80}, kPart * batch));
      }
      std::vector<double> least(kMost, INFINITY);
      for (int round = 0; round < kRounds; round++) {
        for (int64_t i = 0; i < kMost; i++) least[i] = std::min(least[i], seconds([&] { passes[i]->run(); }));
      }
      printf("d=%lld %s:", static_cast<long long>(dim), type_name(type));
      double greatest = 0;
      double fall = 0;
      int64_t fallen = 0;
      for (int64_t i = 0; i < kMost; i++) {
        printf(" %lld: %.2f", static_cast<long long>(i + 1), least[i] / least[0]);
        greatest = std::max(greatest, least[i]);
        if (1 - least[i] / greatest > fall) {
          fall = 1 - least[i] / greatest;
          fallen = i + 1;
        }
      }
      printf("\n  %lld queries take %.0f %% less than fewer\n", static_cast<long long>(fallen), 100 * fall);
    }
  }
}

void thetas() {
  std::vector<float> list;
  for (int t = 0; t < 33; t++) list.push_back(10 + 2.5f * static_cast<float>(t));
  for (int32_t type : kTypes) {
    for (int64_t classes : {1000, 10}) {
      // Sorted classes have 275 keys each, as in a cache of hundreds of thousands of keys.
      Keys keys(11000, 2048, classes == 1000 ? 40 : classes, classes == 1000, type);
      const double one = class_sums_seconds(keys, 11000, 256, classes, {80}, 4);
      const double all = class_sums_seconds(keys, 11000, 256, classes, list, 4);
      printf("%-9s C=%lld %s: 33 thetas take %.3f of one\n", type_name(type), static_cast<long long>(classes),
             classes == 1000 ? "sorted" : "unsorted", all / one);
    }
  }
}

// The time of a key of unsorted classes as a multiple of that of a key of sorted classes of 1,000 keys, and where three quarters of
// the keys are removed too: the least of passes in turns.
void classes() {
  constexpr int kRounds = 6;
  constexpr int64_t kCount = 50000;
  for (int64_t batch : {32, 40, 64, 128, 256}) {
    for (int64_t dim : {192, 1024}) {
      for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_INT8}) {
        const Keys plain(kCount, dim, kCount / 1000, true, type);
        Passes sorted(plain.get(), kCount, batch, kCount / 1000, {80});
        printf("B=%lld d=%lld %-9s", static_cast<long long>(batch), static_cast<long long>(dim), type_name(type));
        for (int64_t number : {10, 1000, 10000, 100000}) {
          const Keys keys(kCount, dim, number, false, type);
          std::vector<int64_t> removals(kCount);
          for (int64_t& removal : removals) removal = between(0, 3) > 0;
          afterimage_keys few = keys.get();
          few.removals = removals.data();
          few.version = 1;
          Passes unsorted(keys.get(), kCount, batch, number, {80});
          Passes quarter(few, kCount, batch, number, {80});
          double least[3] = {INFINITY, INFINITY, INFINITY};
          for (int round = 0; round < kRounds; round++) {
            least[0] = std::min(least[0], seconds([&] { sorted.run(); }));
            least[1] = std::min(least[1], seconds([&] { unsorted.run(); }));
            least[2] = std::min(least[2], seconds([&] { quarter.run(); }));
          }
          printf("  C=%lld: %.2f, %.2f", static_cast<long long>(number), least[1] / least[0], least[2] / least[0]);
        }
        printf("\n");
      }
    }
  }
}

// Two shapes, the second just above a bound of the plan of a pass.
struct Bound {
  const char* name;
  int32_t type;
  int64_t queries[2];
  int64_t dims[2];
  int64_t classes;  // in no order
};

// The time of a query and an element above each bound, as a multiple of that at the bound: the least of passes in turns.
// If it is far from 1, the bound is in the wrong place for this processor and tier. Where a block holds fewer queries than
// it has lanes, each query takes more time in any case. PackedFrom of the tier shows in `bench batches`.
void plan() {
  using namespace afterimage;
  constexpr int kRounds = 12;
  constexpr int64_t kMost = kMaxTileChunkRowBytes;
  // Words of each of 256 queries, split, that take kLargeQueryBytes.
  constexpr int64_t kLarge = kLargeQueryBytes / (256 * 4 * 3 / 2) / kSplitElements * kSplitElements;
  const Bound bounds[] = {
      {"kMinStreamRowBytes", AFTERIMAGE_FLOAT32, {1, 1}, {kMinStreamRowBytes / 4 - 4, kMinStreamRowBytes / 4}, 10},
      {"kMaxDotWords", AFTERIMAGE_FLOAT32, {4, 4}, {kMaxDotWords / 4, kMaxDotWords / 4 + 16}, 10},
      {"stay_in_l1", AFTERIMAGE_INT8, {4, 4}, {6144, 6160}, 10},
      {"kMaxUnsplitQueries", AFTERIMAGE_FLOAT32, {kMaxUnsplitQueries, kMaxUnsplitQueries + 1}, {2048, 2048}, 10},
      {"kMinListedQueries", AFTERIMAGE_INT8, {kMinListedQueries - 1, kMinListedQueries}, {192, 192}, 1000},
      {"kLargeQueryBytes", AFTERIMAGE_FLOAT32, {256, 256}, {kLarge, kLarge + kSplitElements}, 10},
      {"kMaxTileChunkRowBytes", AFTERIMAGE_BFLOAT16, {256, 256}, {kMost / 2, kMost / 2 + 32}, 10},
      {"kMaxTileChunkRowBytes", AFTERIMAGE_INT8, {256, 256}, {kMost, kMost + 64}, 10},
      {"kSliceQueries", AFTERIMAGE_FLOAT32, {kSliceQueries, kSliceQueries + 1}, {1024, 1024}, 10}};
  for (const Bound& bound : bounds) {
    std::vector<std::unique_ptr<Keys>> keys;
    std::vector<std::unique_ptr<Passes>> passes;
    for (int side = 0; side < 2; side++) {
      const int64_t part = std::max(kGroupKeys, (int64_t{1} << 23) / bound.dims[side] / bound.queries[side]);
      keys.push_back(std::make_unique<Keys>(8 * part, bound.dims[side], bound.classes, false, bound.type));
      passes.push_back(std::make_unique<Passes>(keys[side]->get(), part, bound.queries[side], bound.classes,
                                                std::vector<float>{80}));
    }
    double least[2] = {INFINITY, INFINITY};
    for (int round = 0; round < 2 * kRounds; round++) {
      const int side = round % 2;
      const double work = static_cast<double>(keys[side]->get().count * bound.queries[side] * bound.dims[side]);
      least[side] = std::min(least[side], seconds([&] { passes[side]->run(); }) / work);
    }
    printf("%-21s %-9s %lld and %lld queries, dim %lld and %lld: %.2f\n", bound.name, type_name(bound.type),
           static_cast<long long>(bound.queries[0]), static_cast<long long>(bound.queries[1]),
           static_cast<long long>(bound.dims[0]), static_cast<long long>(bound.dims[1]), least[1] / least[0]);
  }
}

}  // namespace

int bench(const char* what, const char* tier) {
  int32_t index = *tier == 0 ? afterimage_best_tier() : 0;
  while (*tier != 0 && afterimage_tier_name(index) != nullptr && strcmp(afterimage_tier_name(index), tier) != 0)
    index++;
  if (afterimage_use_tier(index) != AFTERIMAGE_OK) {
    fprintf(stderr, "tier \"%s\": not one of this library and processor\n", tier);
    return 2;
  }
  const std::string chosen = what;
  printf("tier %s, one thread\n", afterimage_tier_name(afterimage_tier()));
  if (chosen == "table" || chosen.empty()) {
    Sgemm sgemm = find_sgemm();
    if (sgemm == nullptr) printf("no OpenBLAS: set OPENBLAS to its library\n");
    table(sgemm);
  }
  if (chosen == "few" || chosen.empty()) few();
  if (chosen == "batches" || chosen.empty()) batches();
  if (chosen == "classes" || chosen.empty()) classes();
  if (chosen == "plan" || chosen.empty()) plan();
  if (chosen == "thetas" || chosen.empty()) thetas();
  return 0;
}

}  // namespace test
