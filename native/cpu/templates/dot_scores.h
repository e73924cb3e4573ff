// Scores of sums: of four keys and one query, or of one key and up to four queries. Each score is the same sum of lanes
// wherever it stands. Internal linkage, as simd_tile.h.
#ifndef AFTERIMAGE_CPU_TEMPLATES_DOT_SCORES_H
#define AFTERIMAGE_CPU_TEMPLATES_DOT_SCORES_H

#include "kernels.h"

namespace afterimage {
namespace {

// One query and four keys.
template <class Format>
[[gnu::always_inline]] inline void store_scores_of_keys(const DotArguments& arguments, int64_t key, int64_t query,
                                                        typename Format::Sum a, typename Format::Sum b,
                                                        typename Format::Sum c, typename Format::Sum d) {
  using Vector = typename Format::Vector;
  auto scores = Format::scores_of_keys(a, b, c, d, arguments.keys.scales, key, arguments.quantization, query);
  float* place = arguments.scores + key * arguments.strides.key + query * arguments.strides.query;
  if (arguments.strides.keys_in_lanes()) {
    if (arguments.add) scores = Vector::add_four(scores, Vector::load_four(place));
    Vector::store_four(place, scores);
    return;
  }
  float four[4];
  Vector::store_four(four, scores);
  for (int k = 0; k < 4; k++, place += kBlockLanes) *place = arguments.add ? *place + four[k] : four[k];
}

// One key and up to four queries. Places of queries that are not there get zero, or zero added: theirs come later, or
// never.
template <class Format>
[[gnu::always_inline]] inline void store_scores_of_queries(const DotArguments& arguments, int64_t key, int64_t query,
                                                           const typename Format::Sum (&sums)[4]) {
  using Vector = typename Format::Vector;
  float* place = arguments.scores + key * arguments.strides.key + query * arguments.strides.query;
  auto score = Format::scores_of_queries(sums[0], sums[1], sums[2], sums[3], arguments.keys.scales, key,
                                         arguments.quantization, query);
  if (arguments.strides.keys_in_lanes()) {
    float four[4];
    Vector::store_four(four, score);
    for (int64_t q = 0; q < 4 && query + q < arguments.count; q++, place += arguments.strides.query) {
      *place = arguments.add ? *place + four[q] : four[q];
    }
    return;
  }
  if (arguments.add) score = Vector::add_four(score, Vector::load_four(place));
  Vector::store_four(place, score);
}

}  // namespace
}  // namespace afterimage

#endif
