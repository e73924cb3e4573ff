// Measures the kernels without a JVM, on one thread: runner bench [table|few|batches|thetas|weights|values|screen]
// [TIER]
//   table    class_sums relative to OpenBLAS sgemm alone on the same shape
//   few      the rate of one query relative to the rate of reading memory, and the time of a few relative to one
//   batches  the time of every batch relative to one query
//   thetas   the time of 33 thetas relative to one
//   screen   the time of the bounds of a screen relative to class_sums
// The number of keys is chosen for short runs; every key is read from memory all the same.
#include <afterimage.h>
#if !defined(_WIN32)
#include <dlfcn.h>
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "problem.h"

namespace test {
int bench(const char* what, const char* tier);

namespace {

// CPU time of this thread: other processes affect it only through caches and memory.
double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double seconds(const std::function<void()>& body) {
  const double start = now();
  body();
  return now() - start;
}

// The best of several runs: the least disturbed one.
double best_seconds(const std::function<void()>& body, int runs) {
  double best = INFINITY;
  for (int run = 0; run < runs; run++) best = std::min(best, seconds(body));
  return best;
}

using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);

Sgemm find_sgemm() {
#if !defined(_WIN32)
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  for (const char* name :
       {getenv("OPENBLAS"), const_cast<char*>("libopenblas.so.0"), const_cast<char*>("libopenblas.so")}) {
    void* library = name == nullptr ? nullptr : dlopen(name, RTLD_NOW);
    if (library != nullptr) return reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
  }
#endif
  return nullptr;
}

// Memory with huge pages, as the store allocates it.
template <class T>
class Memory {
 public:
  explicit Memory(int64_t count) : bytes_(count * static_cast<int64_t>(sizeof(T))) {
    if (afterimage_allocate(bytes_, &address_) != AFTERIMAGE_OK) {
      fprintf(stderr, "no memory for %lld bytes\n", static_cast<long long>(bytes_));
      ::exit(1);
    }
  }
  ~Memory() { afterimage_release(address_, bytes_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  T* data() { return reinterpret_cast<T*>(address_); }

 private:
  int64_t bytes_;
  int64_t address_ = 0;
};

// Keys of one shape and type, without clusters: the time does not depend on values.
class Keys {
 public:
  Keys(int64_t count, int64_t dim, int64_t classes, bool sorted, int32_t type)
      : rows_(count * dim * element_bytes(type)), scales_(count), labels_(count), weights_(count), keys_{} {
    Memory<float> row(dim);
    for (int64_t k = 0; k < count; k++) {
      for (int64_t i = 0; i < dim; i++) {
        row.data()[i] = static_cast<float>(static_cast<int32_t>(random_bits() >> 40) - (1 << 23));
      }
      afterimage_normalize(row.data(), 1, dim);
      afterimage_store(row.data(), 1, dim, type, rows_.data() + k * dim * element_bytes(type), scales_.data() + k);
      labels_.data()[k] = static_cast<int32_t>(sorted ? k * classes / count : between(0, classes - 1));
      weights_.data()[k] = static_cast<float>(0.5 + uniform());
    }
    keys_ = {.rows = rows_.data(),
             .scales = type == AFTERIMAGE_INT8 ? scales_.data() : nullptr,
             .labels = labels_.data(),
             .weights = nullptr,
             .count = count,
             .dim = dim,
             .type = type,
             .removals = nullptr,
             .version = 0};
  }
  const afterimage_keys& get() const { return keys_; }
  // The same keys with a weight each.
  afterimage_keys weighted() {
    afterimage_keys keys = keys_;
    keys.weights = weights_.data();
    return keys;
  }
  double bytes() const { return static_cast<double>(keys_.count * keys_.dim * element_bytes(keys_.type)); }

 private:
  Memory<char> rows_;
  Memory<float> scales_;
  Memory<int32_t> labels_;
  Memory<float> weights_;
  afterimage_keys keys_;
};

// One batch of queries. Each pass takes the next keys, so that they come from memory.
class Passes {
 public:
  Passes(const afterimage_keys& keys, int64_t count, int64_t batch, int64_t classes, std::vector<float> thetas,
         int64_t first = 0)
      : keys_(keys),
        count_(count),
        classes_(classes),
        thetas_(std::move(thetas)),
        queries_(batch * keys_.dim),
        references_(batch),
        workspace_(afterimage_workspace_bytes(batch, keys_.dim, classes, theta_count(), 0)),
        sums_(theta_count() * batch * classes),
        maxima_(batch),
        asked_{queries_.data(), references_.data(), batch, keys_.dim},
        first_(first) {
    for (int64_t i = 0; i < batch * keys_.dim; i++) queries_.data()[i] = static_cast<float>(normal());
    afterimage_normalize(queries_.data(), batch, keys_.dim);
    // The reference that engines use.
    const float largest = *std::max_element(thetas_.begin(), thetas_.end());
    for (int64_t b = 0; b < batch; b++) references_.data()[b] = 40 / largest;
  }

  // The same pass for the sums of values, one row for each key.
  void values(const afterimage_values& values) {
    values_ = values;
    value_workspace_ = std::make_unique<Memory<char>>(
        afterimage_value_workspace_bytes(asked_.batch, keys_.dim, values.width, theta_count()));
    value_sums_ = std::make_unique<Memory<double>>(theta_count() * asked_.batch * (values.width + 1));
  }

  void run() {
    afterimage_keys part = keys_;
    if (first_ + count_ > part.count) first_ = 0;
    const int64_t first = first_;
    part.rows = static_cast<const char*>(part.rows) + first * part.dim * element_bytes(part.type);
    part.labels += first;
    if (part.weights != nullptr) part.weights += first;
    if (part.scales != nullptr) part.scales += first;
    part.count = count_;
    first_ += count_;
    if (values_.rows != nullptr) {
      afterimage_values rows = values_;
      rows.rows = static_cast<const char*>(rows.rows) + first * rows.width * element_bytes(rows.type);
      afterimage_value_sums(&part, &rows, &asked_, thetas_.data(), theta_count(), value_workspace_->data(),
                            value_sums_->data(), maxima_.data(), nullptr);
      return;
    }
    afterimage_class_sums(&part, &asked_, thetas_.data(), theta_count(), classes_, workspace_.data(), sums_.data(),
                          maxima_.data(), nullptr);
  }

 private:
  int64_t theta_count() const { return static_cast<int64_t>(thetas_.size()); }

  afterimage_keys keys_;
  int64_t count_;
  int64_t classes_;
  std::vector<float> thetas_;
  Memory<float> queries_;
  Memory<float> references_;
  Memory<char> workspace_;
  Memory<double> sums_;
  Memory<float> maxima_;
  afterimage_queries asked_;
  int64_t first_;
  afterimage_values values_{};
  std::unique_ptr<Memory<char>> value_workspace_;
  std::unique_ptr<Memory<double>> value_sums_;
};

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

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
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
        TableShape{256, 50000, 192, 10, 25000, false}, TableShape{256, 6000, 12288, 10, 3000, false}}) {
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

void batches() {
  for (int32_t type : kTypes) {
    Keys keys(40000, 2048, 1000, true, type);
    double one = 0;
    printf("%s: batch, time relative to one query, per query\n", type_name(type));
    for (int64_t batch : {1,  2,  3,  4,  5,  6,  7,  8,  10, 12, 13, 14, 15, 16, 17,
                          18, 20, 24, 28, 30, 32, 33, 40, 48, 49, 56, 64, 65, 96, 128}) {
      const double seconds = class_sums_seconds(keys, 2000, batch, 1000, {80}, 12);
      if (batch == 1) one = seconds;
      printf("  %3lld  %6.2f  %.3f\n", static_cast<long long>(batch), seconds / one,
             seconds / one / static_cast<double>(batch));
    }
  }
}

// The time with a weight for each key, as a multiple of the time without: medians of pairs in turns.
void weights() {
  constexpr int kPairs = 30;
  for (int32_t type : kTypes) {
    for (bool sorted : {true, false}) {
      Keys keys(40000, 2048, 1000, sorted, type);
      printf("%-9s C=1000 %s:", type_name(type), sorted ? "sorted  " : "unsorted");
      for (int64_t batch : {1, 16, 256}) {
        const int64_t part = batch == 256 ? 2000 : 20000;
        Passes plain(keys.get(), part, batch, 1000, {80});
        Passes weighted(keys.weighted(), part, batch, 1000, {80});
        std::vector<double> ratios;
        for (int pair = 0; pair < kPairs; pair++) {
          const double one = seconds([&] { plain.run(); });
          ratios.push_back(seconds([&] { weighted.run(); }) / one);
        }
        printf("  B=%lld %.3f", static_cast<long long>(batch), median(ratios));
      }
      printf("\n");
    }
  }
}

// The time of sums of values as a multiple of the time of class sums: medians of pairs in turns.
void values() {
  constexpr int kPairs = 30;
  for (int32_t type : kTypes) {
    Keys keys(40000, 2048, 1000, true, type);
    for (int32_t value_type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_BFLOAT16}) {
      printf("%-9s values %s:", type_name(type), type_name(value_type));
      for (int64_t batch : {1, 256}) {
        for (int64_t width : {1, 21, 150, 1000}) {
          const int64_t part = batch == 256 ? 2000 : 20000;
          Memory<char> rows(40000 * width * element_bytes(value_type));
          Passes plain(keys.get(), part, batch, 1000, {80});
          Passes summed(keys.get(), part, batch, 1000, {80});
          summed.values({.rows = rows.data(), .width = width, .type = value_type});
          std::vector<double> ratios;
          for (int pair = 0; pair < kPairs; pair++) {
            const double one = seconds([&] { plain.run(); });
            ratios.push_back(seconds([&] { summed.run(); }) / one);
          }
          printf("  B=%lld m=%lld %.3f", static_cast<long long>(batch), static_cast<long long>(width), median(ratios));
        }
      }
      printf("\n");
    }
  }
}

// A screen of keys that Keys has made, and its bounds of the terms of a batch.
class ScreenPass {
 public:
  ScreenPass(const afterimage_keys& keys, int64_t bits, int64_t batch)
      : rows_(keys.count * afterimage_screen_row_bytes(keys.dim, bits)),
        scales_(keys.count),
        residuals_(keys.count),
        screen_{.rows = rows_.data(),
                .scales = scales_.data(),
                .residuals = residuals_.data(),
                .dim = keys.dim,
                .bits = bits},
        queries_(batch * keys.dim),
        references_(batch),
        workspace_(afterimage_screen_bounds_bytes(batch, keys.dim, bits)),
        least_(batch),
        sums_(2 * batch * kClasses),
        counts_(batch),
        numbers_(batch * keys.count),
        centers_(batch * keys.count),
        radii_(batch * keys.count),
        listed_labels_(batch * keys.count),
        listed_weights_(batch * keys.count),
        keys_(keys),
        bounds_{.theta = 80,
                .gap = 0.1f,
                .classes = kClasses,
                .references = least_.data(),
                .sums = sums_.data(),
                .counts = counts_.data(),
                .rows = numbers_.data(),
                .labels = listed_labels_.data(),
                .weights = listed_weights_.data(),
                .centers = centers_.data(),
                .radii = radii_.data(),
                .places = keys.count},
        asked_{queries_.data(), references_.data(), batch, keys.dim} {
    Memory<float> row(keys.dim);
    Memory<char> workspace(afterimage_screen_store_bytes(keys.dim));
    for (int64_t k = 0; k < keys.count; k++) {
      const char* stored = static_cast<const char*>(keys.rows) + k * keys.dim * element_bytes(keys.type);
      afterimage_load(stored, nullptr, 1, keys.dim, keys.type, row.data());
      afterimage_screen_store(&screen_, row.data(), k, 1, workspace.data());
    }
    for (int64_t i = 0; i < batch * keys.dim; i++) queries_.data()[i] = static_cast<float>(normal());
    afterimage_normalize(queries_.data(), batch, keys.dim);
  }

  void run(int64_t first, int64_t count) {
    for (int64_t query = 0; query < asked_.batch; query++) {
      least_.data()[query] = -INFINITY;
      counts_.data()[query] = 0;
    }
    memset(sums_.data(), 0, sizeof(double) * 2 * asked_.batch * kClasses);
    afterimage_keys keys = keys_;
    keys.labels += first;
    keys.count = count;
    afterimage_screen_bounds(&screen_, first, &keys, first, &asked_, workspace_.data(), &bounds_, nullptr);
  }

 private:
  static constexpr int64_t kClasses = 10;

  Memory<uint8_t> rows_;
  Memory<float> scales_;
  Memory<float> residuals_;
  afterimage_screen screen_;
  Memory<float> queries_;
  Memory<float> references_;
  Memory<char> workspace_;
  Memory<float> least_;
  Memory<double> sums_;
  Memory<int64_t> counts_;
  Memory<int32_t> numbers_;
  Memory<float> centers_;
  Memory<float> radii_;
  Memory<int32_t> listed_labels_;
  Memory<float> listed_weights_;
  afterimage_keys keys_;
  afterimage_bounds bounds_;
  afterimage_queries asked_;
};

// The time of the bounds of a screen as a multiple of the time of class sums: medians of pairs in turns.
void screens() {
  constexpr int kPairs = 30;
  for (int64_t dim : {256, 2048}) {
    const int64_t count = 200000 * 256 / dim;
    for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_BFLOAT16}) {
      Keys keys(count, dim, 10, false, type);
      for (int64_t bits : {8, 4}) {
        printf("%-9s dim=%lld %lld bits:", type_name(type), static_cast<long long>(dim), static_cast<long long>(bits));
        for (int64_t batch : {1, 4, 16, 64}) {
          const int64_t part = count / (batch == 64 ? 8 : 2);
          Passes plain(keys.get(), part, batch, 10, {80});
          ScreenPass screen(keys.get(), bits, batch);
          std::vector<double> ratios;
          for (int pair = 0; pair < kPairs; pair++) {
            const double one = seconds([&] { plain.run(); });
            ratios.push_back(seconds([&] { screen.run(pair % 2 == 0 ? 0 : count - part, part); }) / one);
          }
          printf("  B=%lld %.3f", static_cast<long long>(batch), median(ratios));
        }
        printf("\n");
      }
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
  if (chosen == "thetas" || chosen.empty()) thetas();
  if (chosen == "weights" || chosen.empty()) weights();
  if (chosen == "values" || chosen.empty()) values();
  if (chosen == "screen" || chosen.empty()) screens();
  return 0;
}

}  // namespace test
