#include "harness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

namespace test {
namespace {

std::vector<const Test*>& registry() {
  static std::vector<const Test*> tests;
  return tests;
}

uint64_t state;
int failures_of_test;
std::string running;  // the place and the test

// `usable` bytes, and a page after them that must not be accessed.
void* map_guarded(int64_t usable, int64_t page) {
  void* mapping = mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  mprotect(static_cast<char*>(mapping) + usable, page, PROT_NONE);
  return mapping;
}

}  // namespace

Test::Test(const char* test_name, std::function<void()> test_body, bool only_once)
    : name(test_name), body(std::move(test_body)), once(only_once) {
  registry().push_back(this);
}

void check(bool holds, const char* format, ...) {
  if (holds) return;
  if (failures_of_test++ >= 5) return;
  printf("%s: FAILED: ", running.c_str());
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
}

void note(const char* format, ...) {
  printf("%s: ", running.c_str());
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
}

const std::vector<const Test*>& all_tests() { return registry(); }

bool run(const Test& test, const std::string& place, uint64_t seed) {
  running = "  [" + place + "] " + test.name;
  failures_of_test = 0;
  state = seed;
  test.body();
  if (failures_of_test > 0) printf("%s: %d checks failed\n", running.c_str(), failures_of_test);
  return failures_of_test == 0;
}

uint64_t random_bits() {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

double uniform() { return static_cast<double>(random_bits() >> 11) * 0x1p-53; }

int64_t between(int64_t a, int64_t b) {
  return a + static_cast<int64_t>(random_bits() % static_cast<uint64_t>(b - a + 1));
}

double normal() {
  double sum = 0;
  for (int i = 0; i < 4; i++) sum += uniform();
  return (sum - 2) * sqrt(3.0);
}

template <class T>
Guarded<T>::Guarded(int64_t count) : count_(count) {
  constexpr int64_t page = 65536;  // a multiple of the pages of every system
  const int64_t bytes = count * static_cast<int64_t>(sizeof(T));
  const int64_t usable = (bytes + page - 1) / page * page;
  mapped_ = usable + page;
  mapping_ = map_guarded(usable, page);
  if (mapping_ == nullptr) {
    fprintf(stderr, "no memory for %lld bytes\n", static_cast<long long>(mapped_));
    ::exit(1);
  }
  data_ = reinterpret_cast<T*>(static_cast<char*>(mapping_) + usable - bytes);
}

template <class T>
Guarded<T>::~Guarded() {
  munmap(mapping_, mapped_);
}

template class Guarded<float>;
template class Guarded<double>;
template class Guarded<int32_t>;
template class Guarded<int64_t>;
template class Guarded<uint16_t>;
template class Guarded<char>;
template class Guarded<uint8_t>;

}  // namespace test
