// Tests and measures the CPU kernels without a JVM.
//   runner [FILTER [SEED [TIERS]]]  runs tests whose "tier: name" contains FILTER, in every tier of this processor, or only in
//                                   TIERS, such as "avx2 avx512 "
//   runner bench [WHAT [TIER]]      prints times, see bench.cpp
#include <afterimage.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

namespace test {

// Runs every test whose "tier: name" contains the filter, in every tier of this processor, or only in `tiers`, the names of
// some, each followed by a space. Returns the exit code: 1 if a test failed, 2 if there was none.
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
    for (const Test* test : all_tests()) {
      if (test->once && tier > 0) continue;
      std::string full_name = tier_name + ": " + test->name;
      if (full_name.find(filter) == std::string::npos) continue;
      const bool right = run(*test, tier_name, seed);
      passed += right;
      if (!right) failed.push_back(full_name);
    }
    if (passed > passed_before || failed.size() > failed_before) tested += tier_name + " ";
  }
  for (const std::string& name : failed) printf("failed: %s\n", name.c_str());
  printf("tiers tested: %s\n", tested.c_str());
  printf("tiers not on this processor: %s\n", missing.c_str());
  printf("%d passed, %zu failed\n", passed, failed.size());
  return !failed.empty() ? 1 : passed == 0 ? 2 : 0;
}

}  // namespace test

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc > 1 && strcmp(argv[1], "bench") == 0) {
    return test::bench(argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
  }
  const uint64_t seed = argc > 2 ? strtoull(argv[2], nullptr, 10) : 1;
  return test::run_all(argc > 1 ? argv[1] : "", seed, argc > 3 ? argv[3] : "");
}
