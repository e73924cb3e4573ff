// Products of instructions that only some processors have, see emulation.cpp.
#ifndef AFTERIMAGE_TEST_EMULATION_H
#define AFTERIMAGE_TEST_EMULATION_H

namespace test {

// Adds products of a and b to sums: vectors of 64 bytes, or tiles of 64 bytes by 12 rows (sums and a) and 16 rows (b).
using Product = void(void* sums, const void* a, const void* b);
struct Instructions {
  Product* bytes;
  Product* bfloat16;
  Product* tiles_of_bytes;
  Product* tiles_of_bfloat16;
};
extern const Instructions processor_instructions;
extern const Instructions emulated_instructions;

}  // namespace test

#endif
