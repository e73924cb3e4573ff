// Sums in lanes that the compiler puts into vectors.
#ifndef AFTERIMAGE_CPU_PASS_LANE_SUMS_H
#define AFTERIMAGE_CPU_PASS_LANE_SUMS_H

#include <stdint.h>

namespace afterimage {

// The sum of term(0) to term(count - 1).
template <class Number, class Term>
inline Number sum_of(int64_t count, const Term& term) {
  constexpr int64_t kLanes = 16;
  Number lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) lanes[lane] += term(i + lane);
  }
  for (int64_t lane = 0; i < count; i++, lane++) lanes[lane] += term(i);
  Number sum = 0;
  for (const Number lane : lanes) sum += lane;
  return sum;
}

}  // namespace afterimage

#endif
