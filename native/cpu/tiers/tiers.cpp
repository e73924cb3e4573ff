// The tiers compiled in, the processors that run them, and the tier in use.
#include <atomic>
#if defined(AFTERIMAGE_AVX_VNNI)
#include <cpuid.h>
#endif
#if defined(AFTERIMAGE_AMX)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "interface.h"
#include "kernels.h"
#if defined(__x86_64__)
#include "tiers/instructions.h"
#endif

namespace afterimage {
namespace {

struct Tier {
  const Kernels* kernels;
  bool (*runs_here)();
};

#if defined(__aarch64__)
// An extension of the instruction set. The constants of Linux are its own: headers may be older than the system.
struct Extension {
  unsigned long type;  // AT_HWCAP or AT_HWCAP2
  unsigned long bit;
  const char* apple_name;
};
constexpr Extension kDotProd = {16, 1ul << 20, "hw.optional.arm.FEAT_DotProd"};
constexpr Extension kInt8Matrices = {26, 1ul << 13, "hw.optional.arm.FEAT_I8MM"};
constexpr Extension kBfloat16 = {26, 1ul << 14, "hw.optional.arm.FEAT_BF16"};

bool has(const Extension& extension) {
#if defined(__linux__)
  return (getauxval(extension.type) & extension.bit) != 0;
#elif defined(__APPLE__)
  int value = 0;
  size_t bytes = sizeof value;
  return sysctlbyname(extension.apple_name, &value, &bytes, nullptr, 0) == 0 && value != 0;
#else
  return false;
#endif
}
#elif defined(__x86_64__)
// Linux saves tile registers only for processes that ask for them. It refuses if the alternate signal stack of a thread
// has no room for them.
bool tiles_are_allowed() {
#if defined(AFTERIMAGE_AMX)
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  static const bool allowed =
      kEmulated || (__builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-int8") &&
                    __builtin_cpu_supports("amx-bf16") && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0);
  return allowed;
#else
  return false;
#endif
}

#if defined(AFTERIMAGE_AVX_VNNI)
// GCC before 12 cannot ask by the name of the extension. AVX-VNNI uses the registers of AVX2.
bool has_avx_vnni() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return kEmulated || (__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax >> 4 & 1) != 0);
}
#endif

// Clang 14 cannot ask for F16C, which every processor with AVX2 has.
bool has_half_floats() {
#if defined(__clang__)
  return true;
#else
  return __builtin_cpu_supports("f16c") != 0;
#endif
}

bool is_intel() {
  static const bool intel = __builtin_cpu_is("intel") != 0;
  return intel;
}
#endif

// __builtin_cpu_supports asks CPUID for the instructions, and XGETBV whether the system saves their registers.
#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_half_floats(); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
bool has_avx512_vnni() { return has_avx512() && (kEmulated || __builtin_cpu_supports("avx512vnni")); }
// Intel's vdpbf16ps takes four times as long as a multiplication of floats: without AMX, bfloat16 keys are widened there.
bool has_avx512_bf16() {
  return has_avx512_vnni() && (kEmulated || __builtin_cpu_supports("avx512bf16")) && (tiles_are_allowed() || !is_intel());
}
#elif defined(__aarch64__)
bool has_int8_matrices() { return has(kDotProd) && has(kInt8Matrices); }
#endif

const Tier tiers[] = {
    {&scalar_kernels, [] { return true; }},
#if defined(__x86_64__)
    {&avx2_kernels, has_avx2},
#if defined(AFTERIMAGE_AVX_VNNI)
    {&avx2_vnni_kernels, [] { return has_avx2() && has_avx_vnni(); }},
#endif
    {&avx512_kernels, has_avx512},
    {&avx512_vnni_kernels, has_avx512_vnni},
    {&avx512_bf16_kernels, has_avx512_bf16},
#if defined(AFTERIMAGE_AMX)
    {&avx512_amx_kernels, [] { return has_avx512_bf16() && tiles_are_allowed(); }},
#endif
#elif defined(__aarch64__)
    {&neon_kernels, [] { return true; }},
    {&neon_dotprod_kernels, [] { return has(kDotProd); }},
    {&neon_i8mm_kernels, has_int8_matrices},
    {&neon_bf16_kernels, [] { return has_int8_matrices() && has(kBfloat16); }},
#endif
};
constexpr int32_t kTierCount = sizeof(tiers) / sizeof(tiers[0]);

std::atomic<int32_t> tier_in_use{-1};

int32_t best_tier() {
  int32_t tier = kTierCount - 1;
  while (!tiers[tier].runs_here()) tier--;
  return tier;
}

int32_t current_tier() {
  int32_t tier = tier_in_use.load(std::memory_order_relaxed);
  return tier >= 0 ? tier : best_tier();
}

}  // namespace

bool prefetches_many_streams() {
#if defined(__x86_64__)
  return is_intel();
#else
  return false;
#endif
}

const Kernels& kernels() { return *tiers[current_tier()].kernels; }

}  // namespace afterimage

using namespace afterimage;

const char* afterimage_tier_name(int32_t tier) {
  return tier >= 0 && tier < kTierCount ? tiers[tier].kernels->name : nullptr;
}

int32_t afterimage_best_tier(void) { return best_tier(); }

int32_t afterimage_tier(void) { return current_tier(); }

int32_t afterimage_use_tier(int32_t tier) {
  if (tier < 0 || tier >= kTierCount || !tiers[tier].runs_here()) return AFTERIMAGE_UNSUPPORTED;
  tier_in_use.store(tier, std::memory_order_relaxed);
  return AFTERIMAGE_OK;
}
