// 16-bit floats, and the instructions of tensor_core.h that exchange values between the lanes of a warp.
#include <algorithm>

#include "host_device.h"

float bfloat_to_float(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

uint16_t float_to_bfloat(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float half_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t size = bits & 0x7fff;
  uint32_t wide = sign | ((size << 13) + (size >= 0x7c00 ? 0x70000000 : 0x38000000));  // infinities and NaN, or normal numbers
  if (size < 0x400) {
    const float denormal = static_cast<float>(size) * 0x1p-24f;
    memcpy(&wide, &denormal, sizeof wide);
    wide |= sign;
  }
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

uint16_t float_to_half(float value) {
  const uint16_t sign = signbit(value) ? 0x8000 : 0;
  const float size = fabsf(value);
  if (size == 0) return sign;
  if (!(size < 65520)) return static_cast<uint16_t>(sign | (size != size ? 0x7e00 : 0x7c00));
  int exponent;
  frexpf(size, &exponent);  // size in [2^(exponent - 1), 2^exponent)
  const int unit = std::max(exponent - 11, -24);
  // nearbyint rounds to nearest even; a fraction that becomes 2048 carries into the exponent.
  const int fraction = static_cast<int>(nearbyintf(ldexpf(size, -unit)));
  const int field = unit == -24 ? fraction : ((unit + 24) << 10) + fraction;
  return static_cast<uint16_t>(sign | field);
}

void load_matrices(uint32_t matrices[4], const void* row) {
  if (reinterpret_cast<uintptr_t>(row) % 16 != 0) device::fail("a row of ldmatrix is not aligned to 16 bytes");
  const unsigned char(*rows)[32] = device::warp_exchange(device::kAllLanes, &row, sizeof row);
  const int lane = device::lane();
  // Rows of one matrix that share banks are loaded one after another; the kernels avoid this.
  uintptr_t mine = reinterpret_cast<uintptr_t>(row);
  for (int i = lane / 8 * 8; i < lane; i++) {
    uintptr_t other;
    memcpy(&other, rows[i], sizeof other);
    if (other / 16 % 8 == mine / 16 % 8) device::fail("two rows of ldmatrix lie in the same banks");
  }
  for (int i = 0; i < 4; i++) {
    const unsigned char* address;
    memcpy(&address, rows[i * 8 + lane / 4], sizeof address);
    memcpy(&matrices[i], address + lane % 4 * 4, 4);
  }
}

float tensor_core_sum(float c, const double* products, int count) {
  double sum = c;
  for (int i = 0; i < count; i++) sum += products[i];
  float nearest = static_cast<float>(sum);
  if (fabs(static_cast<double>(nearest)) > fabs(sum)) {
    uint32_t bits;
    memcpy(&bits, &nearest, sizeof bits);
    bits--;  // the next float towards zero
    memcpy(&nearest, &bits, sizeof bits);
  }
  return nearest;
}

void multiply_add_16(bool bfloat16, float c[4], const uint32_t a[4], const uint32_t b[2]) {
  uint32_t mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  const unsigned char(*all)[32] = device::warp_exchange(device::kAllLanes, mine, sizeof mine);
  const int lane = device::lane();
  const auto element = [&](int holder, int reg, int k) {
    uint16_t bits;
    memcpy(&bits, &all[holder][reg * 4 + k % 2 * 2], sizeof bits);
    return bfloat16 ? bfloat_to_float(bits) : half_to_float(bits);
  };
  // PTX ISA, fragments of mma.m16n8k16: element (row, k) of a is in lane row % 8 * 4 + k % 8 / 2, register
  // row / 8 + k / 8 * 2; element (k, column) of b in lane column * 4 + k % 8 / 2, register k / 8.
  double rows[2][16], columns[2][16];
  for (int i = 0; i < 2; i++) {
    for (int k = 0; k < 16; k++) {
      rows[i][k] = element(lane / 4 * 4 + k % 8 / 2, i + k / 8 * 2, k);
      columns[i][k] = element((lane % 4 * 2 + i) * 4 + k % 8 / 2, 4 + k / 8, k);
    }
  }
  for (int i = 0; i < 4; i++) {
    for (int half = 0; half < 16; half += 8) {
      double products[8];
      for (int k = 0; k < 8; k++) products[k] = rows[i / 2][half + k] * columns[i % 2][half + k];
      c[i] = tensor_core_sum(c[i], products, 8);
    }
  }
}
