// Tests rows of the Gaussian projection against the generator of the paper and functions of higher precision.
#include <math.h>

#include <algorithm>

#include "kernel_test.h"

namespace test {
namespace {

struct Words {
  uint32_t at[4];
};

// Philox4x32-10 as in the paper.
Words philox(Words counter, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter.at[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter.at[2];
    counter = {{static_cast<uint32_t>(product1 >> 32) ^ counter.at[1] ^ k0, static_cast<uint32_t>(product1),
                static_cast<uint32_t>(product0 >> 32) ^ counter.at[3] ^ k1, static_cast<uint32_t>(product0)}};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return counter;
}

long double fraction(uint32_t word) { return (word + 0.5L) / 4294967296.0L; }

// Entry (row, column) of the matrix.
long double entry(uint64_t seed, uint32_t row, int column) {
  const Words words = philox({{static_cast<uint32_t>(column / 4), 0, row, 0}}, static_cast<uint32_t>(seed),
                             static_cast<uint32_t>(seed >> 32));
  const int pair = column % 4 / 2 * 2;
  const long double radius = sqrtl(-2 * logl(fraction(words.at[pair])));
  const long double angle = 2 * 3.14159265358979323846264338328L * fraction(words.at[pair + 1]);
  return radius * (column % 2 == 0 ? cosl(angle) : sinl(angle));
}

std::vector<float> made(uint64_t seed, int first_row, int rows, int columns, int pitch) {
  Buffer<float> target(std::vector<float>(static_cast<size_t>(rows) * pitch, NAN));
  GaussianRowsArguments a = {};
  a.target = target.data();
  a.seed = static_cast<int64_t>(seed);
  a.pitch = pitch;
  a.first_row = first_row;
  a.columns = columns;
  launch(gaussian_rows, dim3(static_cast<unsigned>((pitch / 4 + 127) / 128), rows), 128, 0, a);
  return target.read();
}

Test generator("the generator of this test gives the published words", [] {
  const Words zeros = philox({{0, 0, 0, 0}}, 0, 0);
  const uint32_t expected[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (int i = 0; i < 4; i++) check(zeros.at[i] == expected[i], "word %d is %08x", i, zeros.at[i]);
});

Test entries("entries of the Gaussian projection are right for every number of columns", [] {
  for (int columns = 1; columns <= 70; columns++) {
    const int pitch = (columns + 15) / 16 * 16;
    const uint64_t seed = random_bits();
    const int first_row = between(0, 1 << 20);
    in_every_schedule([&] {
      const std::vector<float> found = made(seed, first_row, 3, columns, pitch);
      for (int row = 0; row < 3; row++) {
        for (int i = 0; i < pitch; i++) {
          const float value = found[row * pitch + i];
          const long double exact = i < columns ? entry(seed, first_row + row, i) : 0;
          // Half a unit of a float, and the effect near zero of rounding the angle to double.
          check(fabsl(value - exact) <= fabsl(exact) * 0x1.001p-24L + 1e-14L, "columns %d: (%d, %d) is %.9g, not %.9Lg",
                columns, row, i, value, exact);
        }
      }
    });
  }
});

Test wide("rows longer than a block of threads are complete", [] {
  for (int columns : {511, 512, 513, 1200}) {
    const int pitch = (columns + 15) / 16 * 16;
    const std::vector<float> found = made(7, 0, 2, columns, pitch);
    for (int i = 0; i < pitch; i++) {
      const long double exact = i < columns ? entry(7, 1, i) : 0;
      check(fabsl(found[pitch + i] - exact) <= fabsl(exact) * 0x1.001p-24L + 1e-14L, "columns %d: entry %d is %.9g",
            columns, i, found[pitch + i]);
    }
  }
});

Test java("the Gaussian projection equals that of reduce.Philox", [] {
  // Entries (5, 0..6) for seed 42, of io.github.afterimage.reduce.Philox.normals.
  const float expected[] = {-1.0155149f, 0.65298533f, 0.8418712f, -0.868948f, 0.1639466f, -1.0049413f, -1.4030353f};
  const std::vector<float> found = made(42, 4, 2, 7, 16);
  for (int i = 0; i < 7; i++) {
    check(fabsf(found[16 + i] - expected[i]) <= 1.2e-7f * fabsf(expected[i]), "entry %d is %.9g, not %.9g", i,
          found[16 + i], expected[i]);
  }
});

}  // namespace
}  // namespace test
