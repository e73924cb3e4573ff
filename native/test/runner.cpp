// Tests and measures the CPU kernels without a JVM.
//   runner [FILTER [SEED [TIERS]]]  runs tests whose "tier: name" contains FILTER, in every tier of this processor, or only in
//                                   TIERS, such as "avx2 avx512 "
//   runner bench [WHAT [TIER]]      prints times, see bench.cpp
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

namespace test {
int bench(const char* what, const char* tier);
}

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  if (argc > 1 && strcmp(argv[1], "bench") == 0) {
    return test::bench(argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
  }
  const uint64_t seed = argc > 2 ? strtoull(argv[2], nullptr, 10) : 1;
  return test::run_all(argc > 1 ? argv[1] : "", seed, argc > 3 ? argv[3] : "");
}
