// Scores from the sums of dot products, of four keys and one query or of one key and up to four queries. A score is the
// same sum of lanes either way.
#ifndef AFTERIMAGE_CPU_TEMPLATES_DOT_SCORES_H
#define AFTERIMAGE_CPU_TEMPLATES_DOT_SCORES_H

#include "kernels.h"
#include "templates/row_format.h"

namespace afterimage {
namespace {

// One query and four keys.
template <RowFormat Format>
[[gnu::always_inline]] inline void store_scores_of_keys(const UnpackedArguments& arguments, int64_t key, int64_t query,
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

// One key and up to four queries. Where queries are in the lanes, all four scores are written: those of later queries
// are overwritten later, those beyond the last are never read.
template <RowFormat Format>
[[gnu::always_inline]] inline void store_scores_of_queries(const UnpackedArguments& arguments, int64_t key,
                                                           int64_t query, const typename Format::Sum (&sums)[4]) {
  using Vector = typename Format::Vector;
  float* place = arguments.scores + key * arguments.strides.key + query * arguments.strides.query;
  auto score = Format::scores_of_queries(sums[0], sums[1], sums[2], sums[3], arguments.keys.scales, key,
                                         arguments.quantization, query);
  if (arguments.strides.keys_in_lanes()) {
    float four[4];
    Vector::store_four(four, score);
    for (int64_t q = 0; q < 4 && query + q < arguments.query_count; q++, place += arguments.strides.query) {
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
