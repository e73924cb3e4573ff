#include "harness.h"

#include <afterimage.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

namespace test {
namespace {

std::vector<Test*>& registry() {
  static std::vector<Test*> tests;
  return tests;
}

uint64_t state;
int failures_of_test;
const Test* running;

// `usable` bytes, and a page after them that must not be accessed.
void* map_guarded(int64_t usable, int64_t page) {
  void* mapping = mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  mprotect(static_cast<char*>(mapping) + usable, page, PROT_NONE);
  return mapping;
}
void unmap(void* mapping, int64_t bytes) { munmap(mapping, bytes); }

void print_place() { printf("  [%s] %s: ", afterimage_tier_name(afterimage_tier()), running->name.c_str()); }

}  // namespace

Test::Test(const char* test_name, std::function<void()> test_body, bool only_once)
    : name(test_name), body(std::move(test_body)), once(only_once) {
  registry().push_back(this);
}

void check(bool holds, const char* format, ...) {
  if (holds) return;
  if (failures_of_test++ >= 5) return;
  print_place();
  printf("FAILED: ");
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
}

void note(const char* format, ...) {
  print_place();
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
}

int run_all(const std::string& filter, uint64_t seed, const std::string& tiers) {
  int passed = 0;
  std::string tested, missing;
  std::vector<std::string> failed;
  printf("seed %llu\n", static_cast<unsigned long long>(seed));
  for (int32_t tier = 0; afterimage_tier_name(tier) != nullptr; tier++) {
    const std::string tier_name = afterimage_tier_name(tier);
    if (!tiers.empty() && (" " + tiers).find(" " + tier_name + " ") == std::string::npos) continue;
    if (afterimage_use_tier(tier) != AFTERIMAGE_OK) {
      missing += tier_name + " ";
      continue;
    }
    const int passed_before = passed;
    const size_t failed_before = failed.size();
    for (const Test* test : registry()) {
      if (test->once && tier > 0) continue;
      std::string full_name = tier_name + ": " + test->name;
      if (full_name.find(filter) == std::string::npos) continue;
      running = test;
      failures_of_test = 0;
      state = seed;
      test->body();
      if (failures_of_test == 0) {
        passed++;
      } else {
        printf("  [%s] %s: %d checks failed\n", tier_name.c_str(), test->name.c_str(), failures_of_test);
        failed.push_back(full_name);
      }
    }
    if (passed > passed_before || failed.size() > failed_before) tested += tier_name + " ";
  }
  for (const std::string& name : failed) printf("failed: %s\n", name.c_str());
  printf("tiers tested: %s\n", tested.c_str());
  printf("tiers not on this processor: %s\n", missing.c_str());
  printf("%d passed, %zu failed\n", passed, failed.size());
  return !failed.empty() ? 1 : passed == 0 ? 2 : 0;
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

bool int8_queries() {
  const std::string tier = afterimage_tier_name(afterimage_tier());
  return tier == "avx2-vnni" || tier.starts_with("avx512-") || tier.starts_with("neon-");
}

bool int16_queries() { return strcmp(afterimage_tier_name(afterimage_tier()), "avx2") == 0; }

bool bfloat16_queries() {
  const std::string tier = afterimage_tier_name(afterimage_tier());
  return tier == "avx512-bf16" || tier == "avx512-amx" || tier == "neon-bf16";
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
  unmap(mapping_, mapped_);
}

template class Guarded<float>;
template class Guarded<double>;
template class Guarded<int32_t>;
template class Guarded<int64_t>;
template class Guarded<uint16_t>;
template class Guarded<char>;
template class Guarded<uint8_t>;

}  // namespace test
