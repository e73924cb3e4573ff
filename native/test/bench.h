// Times, memory and passes over keys, for all benchmarks.
#ifndef AFTERIMAGE_TEST_BENCH_H
#define AFTERIMAGE_TEST_BENCH_H

#include <afterimage.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "problem.h"

namespace test {

int bench(const char* what, const char* tier);

// CPU time of this thread: other processes affect it only through caches and memory.
inline double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

inline double seconds(const std::function<void()>& body) {
  const double start = now();
  body();
  return now() - start;
}

// The best of several runs: the least disturbed one.
inline double best_seconds(const std::function<void()>& body, int runs) {
  double best = INFINITY;
  for (int run = 0; run < runs; run++) best = std::min(best, seconds(body));
  return best;
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
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
      : rows_(count * dim * element_bytes(type)), scales_(count), labels_(count), keys_{} {
    Memory<float> row(dim);
    for (int64_t k = 0; k < count; k++) {
      for (int64_t i = 0; i < dim; i++) {
        row.data()[i] = static_cast<float>(static_cast<int32_t>(random_bits() >> 40) - (1 << 23));
      }
      afterimage_normalize(row.data(), 1, dim);
      afterimage_store(row.data(), 1, dim, type, rows_.data() + k * dim * element_bytes(type), scales_.data() + k);
      labels_.data()[k] = static_cast<int32_t>(sorted ? k * classes / count : between(0, classes - 1));
    }
    keys_ = {.rows = rows_.data(),
             .scales = type == AFTERIMAGE_INT8 ? scales_.data() : nullptr,
             .labels = labels_.data(),
             .count = count,
             .dim = dim,
             .type = type,
             .removals = nullptr,
             .version = 0};
  }
  const afterimage_keys& get() const { return keys_; }
  double bytes() const { return static_cast<double>(keys_.count * keys_.dim * element_bytes(keys_.type)); }

 private:
  Memory<char> rows_;
  Memory<float> scales_;
  Memory<int32_t> labels_;
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

  void run() {
    afterimage_keys part = keys_;
    if (first_ + count_ > part.count) first_ = 0;
    const int64_t first = first_;
    part.rows = static_cast<const char*>(part.rows) + first * part.dim * element_bytes(part.type);
    part.labels += first;
    if (part.scales != nullptr) part.scales += first;
    part.count = count_;
    first_ += count_;
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
};

}  // namespace test

#endif
