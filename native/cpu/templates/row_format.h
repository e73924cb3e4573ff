// The requirements of the products on a row type and an instruction set, stated once: the concept RowFormat, for packed
// and dot products, and UnpackedRowFormat, which adds unpacked products. Tiers define the formats; the templates of
// this folder are written against the concepts.
//
// Everything in this folder and in tiers/ has internal linkage: each tier compiles its own copy of the templates, and
// the linker never merges code for different instruction sets.
#ifndef AFTERIMAGE_CPU_TEMPLATES_ROW_FORMAT_H
#define AFTERIMAGE_CPU_TEMPLATES_ROW_FORMAT_H

#include <concepts>

#include "kernels.h"

namespace afterimage {
namespace {

template <class Format>
concept RowFormat = requires(const char* row, const uint32_t* words, int64_t i, typename Format::Words operand,
                             typename Format::Sum sum, const int32_t* starts, const float* scales,
                             const Quantization& quantization) {
  typename Format::Vector;  // the tier's vector of floats, in which scores end
  typename Format::Words;   // a vector of words, the operand of a multiplication
  typename Format::Sum;     // a vector of sums of products

  requires(Format::kLanes > 0);  // words in a vector
  requires(Format::kElements > 0);  // elements in a vector of words
  requires(Format::kWordElements > 0);  // elements in a word
  requires(Format::kVectorBytes > 0);  // bytes of stored elements that fill a vector of words
  requires(Format::kStoredWordBytes > 0);  // bytes of stored elements that fill a word
  requires(Format::kPackedKeys > 0);  // keys whose sums stay in registers in a packed product
  requires(Format::kSummedWords > 0);  // words in one sum of a packed product
  requires(Format::kDotKeys > 0);  // keys whose sums stay in registers in a dot product: 4 of 32 registers, 2 of 16
  requires std::same_as<decltype(Format::kScaled), const bool>;  // loaded words lack the scale of their key

  // Stored elements of a key, converted to words; only the first i of them, zeros after.
  { Format::load_key(row) } -> std::same_as<typename Format::Words>;
  { Format::load_key_part(row, i) } -> std::same_as<typename Format::Words>;
  // Words of a query.
  { Format::load_words(words) } -> std::same_as<typename Format::Words>;

  { Format::zero() } -> std::same_as<typename Format::Sum>;
  { Format::start(starts) } -> std::same_as<typename Format::Sum>;  // of queries in the lanes, see Quantization
  { Format::add(sum, sum) } -> std::same_as<typename Format::Sum>;
  // sum + query * key, also where one word of the key stands for every lane.
  { Format::multiply_add(operand, operand, sum) } -> std::same_as<typename Format::Sum>;
  { Format::multiply_add(operand, Format::broadcast(words), sum) } -> std::same_as<typename Format::Sum>;

  // Scores from the sums of one key, number i of `keys`, with queries in the lanes.
  { Format::scaled(sum, scales, i, i, scales) } -> std::same_as<typename Format::Vector::Type>;
  // Scores from four sums whose lanes are added up: of one key and four queries, or of four keys and one query.
  Format::scores_of_queries(sum, sum, sum, sum, scales, i, quantization, i);
  Format::scores_of_keys(sum, sum, sum, sum, scales, i, quantization, i);
};

template <class Format>
concept UnpackedRowFormat = RowFormat<Format> &&
    requires(const char* row, uint32_t* words, int64_t key, typename Format::Words operand, typename Format::Sum sum,
             const UnpackedArguments& arguments) {
  requires !Format::kScaled;
  // True if stored elements are not words yet: they are converted into a copy before they are broadcast.
  requires std::same_as<decltype(Format::kConverted), const bool>;
  Format::store_words(words, operand);
  // One word, or two words in turn, in every lane.
  { Format::template broadcast_key<1>(row) } -> std::same_as<typename Format::Words>;
  { Format::template broadcast_key<2>(row) } -> std::same_as<typename Format::Words>;
  // Writes the scores of one key from sums of one or two lanes per query.
  Format::template store_scores<1>(sum, arguments, key);
  Format::template store_scores<2>(sum, arguments, key);
};

// Sums in registers become zero.
template <RowFormat Format, int kRows, int kColumns>
[[gnu::always_inline]] inline void clear(typename Format::Sum (&sums)[kRows][kColumns]) {
#pragma GCC unroll 16
  for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 8
    for (int column = 0; column < kColumns; column++) sums[row][column] = Format::zero();
  }
}

}  // namespace
}  // namespace afterimage

#endif
