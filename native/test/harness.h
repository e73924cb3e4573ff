// A minimal test harness, also of the kernels for GPUs: named tests, counted checks, seeded numbers, and memory that ends at a
// guard page.
#ifndef AFTERIMAGE_TEST_HARNESS_H
#define AFTERIMAGE_TEST_HARNESS_H

#include <stdint.h>

#include <functional>
#include <string>
#include <vector>

namespace test {

// Registers a test; its name is a sentence. A test of the processor's kernels runs once per tier, or only once if `once`.
struct Test {
  Test(const char* name, std::function<void()> body, bool once = false);
  std::string name;
  std::function<void()> body;
  bool once;
};

// Fails the running test with a message unless `holds`.
void check(bool holds, const char* format, ...) __attribute__((format(printf, 2, 3)));
// Prints a line about the running test, such as a measured error.
void note(const char* format, ...) __attribute__((format(printf, 1, 2)));

const std::vector<const Test*>& all_tests();
// Runs a test, whose messages name the place; returns true if every check holds.
bool run(const Test& test, const std::string& place, uint64_t seed);

// Numbers of splitmix64, which each test starts from its seed.
uint64_t random_bits();
double uniform();                       // [0, 1)
int64_t between(int64_t a, int64_t b);  // inclusive
double normal();

// Elements that end at an inaccessible page: a read or write past the last one is a fault.
template <class T>
class Guarded {
 public:
  explicit Guarded(int64_t count);
  ~Guarded();
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](int64_t index) { return data_[index]; }
  const T& operator[](int64_t index) const { return data_[index]; }
  int64_t size() const { return count_; }
  T* begin() { return data_; }
  T* end() { return data_ + count_; }

 private:
  void* mapping_;
  int64_t mapped_;
  T* data_;
  int64_t count_;
};

extern template class Guarded<float>;
extern template class Guarded<double>;
extern template class Guarded<int32_t>;
extern template class Guarded<int64_t>;
extern template class Guarded<uint16_t>;
extern template class Guarded<char>;
extern template class Guarded<uint8_t>;

}  // namespace test

#endif
