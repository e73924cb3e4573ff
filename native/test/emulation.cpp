// Both headers of instructions side by side. run.sh compiles this file for AVX-512, so it must not share inline functions.
#include "emulation.h"

#if defined(__AVX512F__)
#define afterimage processor
#include "../cpu/tiers/instructions.h"
#undef afterimage
#define afterimage emulator
#include "emulated/tiers/instructions.h"
#undef afterimage

#define INSTRUCTIONS(from)                                                                                               \
  {.bytes =                                                                                                              \
       [](void* sums, const void* a, const void* b) {                                                                    \
         _mm512_storeu_si512(sums, from::add_byte_products(_mm512_loadu_si512(sums), _mm512_loadu_si512(a),              \
                                                           _mm512_loadu_si512(b)));                                      \
       },                                                                                                                \
   .bfloat16 =                                                                                                           \
       [](void* sums, const void* a, const void* b) {                                                                    \
         _mm512_storeu_ps(sums, from::add_bfloat16_products(_mm512_loadu_ps(sums), (__m512bh)_mm512_loadu_si512(a),      \
                                                            (__m512bh)_mm512_loadu_si512(b)));                           \
       },                                                                                                                \
   .tiles_of_bytes = [](void* sums, const void* a,                                                                       \
                        const void* b) { from::tiles(sums, a, b, from::multiply_add_int8<0, 1, 2>); },                   \
   .tiles_of_bfloat16 = [](void* sums, const void* a, const void* b) {                                                   \
     from::tiles(sums, a, b, from::multiply_add_bfloat16<0, 1, 2>);                                                      \
   }}

#define TILES(from)                                                                                       \
  namespace from {                                                                                        \
  namespace {                                                                                             \
  void tiles(void* sums, const void* a, const void* b, void (*multiply_add)()) {                          \
    configure({.palette = 1, .row_bytes = {64, 64, 64}, .rows = {12, 12, 16}});                           \
    load<0>(sums, 64);                                                                                    \
    load<1>(a, 64);                                                                                       \
    load<2>(b, 64);                                                                                       \
    multiply_add();                                                                                       \
    store<0>(static_cast<float*>(sums), 64);                                                              \
    release_tiles();                                                                                      \
  }                                                                                                       \
  }                                                                                                       \
  }
TILES(processor)
TILES(emulator)

namespace test {

const Instructions processor_instructions = INSTRUCTIONS(processor);
const Instructions emulated_instructions = INSTRUCTIONS(emulator);

}  // namespace test
#endif
