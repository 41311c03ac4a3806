// SPDX-License-Identifier: BSL-1.0
// The instructions that a unit is compiled for, and those that the processor has. A program that runs on less ends with
// a message instead of an illegal instruction. The functions here run on every processor, whatever the unit's flags.
#pragma once
#include <telar/core/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>

#if TELAR_HAS_CPUID
#include <cpuid.h>
#endif

namespace telar::inline TELAR_ABI::core::processors {

/// A set of extensions: a bit for each row of the table below.
using extensions = std::uint64_t;

/// Where cpuid says that the processor has an extension, and which registers the operating system has to save for it.
enum class leaf : std::uint8_t { basic, features, more_features, extended };
enum class word : std::uint8_t { eax, ebx, ecx, edx };
enum class saves : std::uint8_t { nothing, ymm, zmm };
struct extension {
    const char* name;
    const char* set;  // the name of the instruction set that begins with it, as in core/config.hpp
    bool is_compiled_for;
    leaf of;
    word in;
    int bit;
    saves state;
};

// What g++ and clang use unasked. An instruction set's first row comes after those of the sets below it.
#define TELAR_IS_ON(macro) (TELAR_TEXT(macro)[0] == '1')
// clang-format off
inline constexpr extension table[] = {
    {"sse3",            "sse3",   TELAR_IS_ON(__SSE3__),            leaf::basic,         word::ecx,  0, saves::nothing},
    {"ssse3",           "ssse3",  TELAR_IS_ON(__SSSE3__),           leaf::basic,         word::ecx,  9, saves::nothing},
    {"sse4.1",          "sse41",  TELAR_IS_ON(__SSE4_1__),          leaf::basic,         word::ecx, 19, saves::nothing},
    {"sse4.2",          "sse42",  TELAR_IS_ON(__SSE4_2__),          leaf::basic,         word::ecx, 20, saves::nothing},
    {"popcnt",          nullptr,  TELAR_IS_ON(__POPCNT__),          leaf::basic,         word::ecx, 23, saves::nothing},
    {"avx",             "avx",    TELAR_IS_ON(__AVX__),             leaf::basic,         word::ecx, 28, saves::ymm},
    {"fma4",            nullptr,  TELAR_IS_ON(__FMA4__),            leaf::extended,      word::ecx, 16, saves::ymm},
    {"f16c",            nullptr,  TELAR_IS_ON(__F16C__),            leaf::basic,         word::ecx, 29, saves::ymm},
    {"fma",             nullptr,  TELAR_IS_ON(__FMA__),             leaf::basic,         word::ecx, 12, saves::ymm},
    {"movbe",           nullptr,  TELAR_IS_ON(__MOVBE__),           leaf::basic,         word::ecx, 22, saves::nothing},
    {"lzcnt",           nullptr,  TELAR_IS_ON(__LZCNT__),           leaf::extended,      word::ecx,  5, saves::nothing},
    {"bmi",             nullptr,  TELAR_IS_ON(__BMI__),             leaf::features,      word::ebx,  3, saves::nothing},
    {"bmi2",            nullptr,  TELAR_IS_ON(__BMI2__),            leaf::features,      word::ebx,  8, saves::nothing},
    {"avx2",            "avx2",   TELAR_IS_ON(__AVX2__),            leaf::features,      word::ebx,  5, saves::ymm},
    {"avxvnni",         nullptr,  TELAR_IS_ON(__AVXVNNI__),         leaf::more_features, word::eax,  4, saves::ymm},
    {"gfni",            nullptr,  TELAR_IS_ON(__GFNI__),            leaf::features,      word::ecx,  8, saves::nothing},
    {"avx512f",         "avx512", TELAR_IS_ON(__AVX512F__),         leaf::features,      word::ebx, 16, saves::zmm},
    {"avx512cd",        nullptr,  TELAR_IS_ON(__AVX512CD__),        leaf::features,      word::ebx, 28, saves::zmm},
    {"avx512bw",        nullptr,  TELAR_IS_ON(__AVX512BW__),        leaf::features,      word::ebx, 30, saves::zmm},
    {"avx512dq",        nullptr,  TELAR_IS_ON(__AVX512DQ__),        leaf::features,      word::ebx, 17, saves::zmm},
    {"avx512vl",        nullptr,  TELAR_IS_ON(__AVX512VL__),        leaf::features,      word::ebx, 31, saves::zmm},
    {"avx512vbmi",      nullptr,  TELAR_IS_ON(__AVX512VBMI__),      leaf::features,      word::ecx,  1, saves::zmm},
    {"avx512vbmi2",     nullptr,  TELAR_IS_ON(__AVX512VBMI2__),     leaf::features,      word::ecx,  6, saves::zmm},
    {"avx512vnni",      nullptr,  TELAR_IS_ON(__AVX512VNNI__),      leaf::features,      word::ecx, 11, saves::zmm},
    {"avx512bitalg",    nullptr,  TELAR_IS_ON(__AVX512BITALG__),    leaf::features,      word::ecx, 12, saves::zmm},
    {"avx512vpopcntdq", nullptr,  TELAR_IS_ON(__AVX512VPOPCNTDQ__), leaf::features,      word::ecx, 14, saves::zmm},
    {"avx512bf16",      nullptr,  TELAR_IS_ON(__AVX512BF16__),      leaf::more_features, word::eax,  5, saves::zmm},
    {"avx512fp16",      nullptr,  TELAR_IS_ON(__AVX512FP16__),      leaf::features,      word::edx, 23, saves::zmm},
};
// clang-format on
#undef TELAR_IS_ON
inline constexpr int table_rows = static_cast<int>(std::size(table));
static_assert(table_rows <= 64, "a set of extensions has 64 bits");

/// What this unit is compiled for; nothing on other processors than x86-64's.
inline constexpr extensions compiled_for = [] {
    extensions all = 0;
    for (int i = 0; i < table_rows; ++i) all |= extensions{TELAR_HAS_CPUID && table[i].is_compiled_for} << i;
    return all;
}();

/// What the processor has, and the operating system lets programs use.
extensions available();
/// The best instruction set among some extensions, by name.
const char* name_of_set(extensions all);
/// Whether a program that needs some extensions cannot run where there are others; `text` says why.
inline constexpr int longest_refusal = 160;
bool refuses(extensions needed, extensions has, char* text);
/// Refuses to go on where `has` lacks some of `needed`.
///
/// errors    unsupported_processor, whose text names both
void require(extensions needed, extensions has);

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_ANY_PROCESSOR extensions available() {
    extensions all = 0;
#if TELAR_HAS_CPUID
    constexpr struct { unsigned number, subleaf; } leaves[] = {{1, 0}, {7, 0}, {7, 1}, {0x80000001u, 0}};
    unsigned words[std::size(leaves)][4]{};  // 0 of a leaf that the processor does not know
    for (std::size_t i = 0; i < std::size(leaves); ++i) {
        unsigned(&to)[4] = words[i];
        __get_cpuid_count(leaves[i].number, leaves[i].subleaf, &to[0], &to[1], &to[2], &to[3]);
    }
    unsigned saved = 0;
    const bool has_xgetbv = (words[0][2] >> 27 & 1) != 0;
    if (has_xgetbv) __asm__ volatile("xgetbv" : "=a"(saved) : "c"(0) : "edx");
    constexpr unsigned ymm = 0x06, zmm = 0xe6;
    for (int i = 0; i < table_rows; ++i) {
        const extension& x = table[i];
        const unsigned state = x.state == saves::nothing ? 0 : x.state == saves::ymm ? ymm : zmm;
        const unsigned bit = words[static_cast<int>(x.of)][static_cast<int>(x.in)] >> x.bit & 1;
        if ((saved & state) == state) all |= extensions{bit} << i;
    }
#endif
    return all;
}
TELAR_ONCE TELAR_ANY_PROCESSOR const char* name_of_set(extensions all) {
    const char* name = "sse2";
    for (int i = 0; i < table_rows; ++i)
        if (table[i].set && (all >> i & 1) != 0) name = table[i].set;
    return name;
}
TELAR_ANY_PROCESSOR inline char* appended(char* to, const char* text) {
    while (*text) *to++ = *text++;
    return to;
}
TELAR_ONCE TELAR_ANY_PROCESSOR bool refuses(extensions needed, extensions has, char* text) {
    const extensions missing = needed & ~has;
    if (missing == 0) return false;
    int first = 0;
    while ((missing >> first & 1) == 0) ++first;
    text = appended(text, "this program was compiled for ");
    text = appended(text, name_of_set(needed));
    text = appended(text, ", the processor has ");
    text = appended(text, name_of_set(has));
    text = appended(text, ", without ");
    *appended(text, table[first].name) = '\0';
    return true;
}
TELAR_ONCE TELAR_ANY_PROCESSOR void require(extensions needed, extensions has) {
    char text[longest_refusal];
    if (!refuses(needed, has, text)) return;
#if TELAR_HAS_EXCEPTIONS
    throw unsupported_processor(text);
#else
    failures::abort_with(text);
#endif
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::core::processors

namespace telar::inline TELAR_ABI {

/// Refuses a processor that lacks instructions which this program was compiled for. A program does so before its first
/// kernel.
///
/// errors    unsupported_processor: "this program was compiled for avx512, the processor has avx2, without avx512f"
/// edge      the processor is asked once
/// test      tests/core/processor_test.cpp
void require_processor();

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_ANY_PROCESSOR void require_processor() {
    using namespace core::processors;
    if constexpr (compiled_for != 0) {
        [[maybe_unused]] static const bool is_fit = (require(compiled_for, available()), true);
    }
}
#endif  // TELAR_HAS_BODIES

// The compiler uses these instructions everywhere, in main too. So units of executables ask as the program starts,
// before their own variables are constructed. Those of shared libraries leave it to the first kernel, because a program
// that loads a library need not use it.
#if TELAR_CHECKS_AT_START
namespace core::processors {
[[gnu::constructor(101)]] TELAR_ANY_PROCESSOR static void check_at_start() {
    char text[longest_refusal];
    if (!refuses(compiled_for, available(), text)) return;
    std::fprintf(stderr, "telar: %s\n", text);
    std::_Exit(EXIT_FAILURE);
}
}  // namespace core::processors
#endif

}  // namespace telar::inline TELAR_ABI
