// SPDX-License-Identifier: BSL-1.0
// Arm's MPS2 boards with a Cortex-M4 (AN386) or M7 (AN500), as QEMU emulates them: how a program starts, text to the
// host by semihosting, a clock. With `-icount shift=0` an instruction takes a nanosecond, so the clock counts
// instructions.
#include "board.hpp"

#include <cstdlib>
#include <new>

// ---- what the linker script places
extern "C" {
extern std::uint32_t data_source[], data_begin[], data_end[], bss_begin[], bss_end[], stack_limit[], stack_top[];
extern std::byte heap_begin[];
extern void (*const init_begin[])();
extern void (*const init_end[])();
void* __dso_handle = nullptr;
}
int program() asm("main");  // C++ does not let main be called

namespace {

// ---- semihosting
enum class request : std::uint32_t { write_text = 0x04, stop = 0x20 };
void ask_host(request what, const void* argument) {
    asm volatile("mov r0, %0\n mov r1, %1\n bkpt 0xab" ::"r"(what), "r"(argument) : "r0", "r1", "memory");
}

// ---- the board's first timer: 25 MHz, downwards
struct timer {
    volatile std::uint32_t control, value, reload;
};
timer& clock() { return *reinterpret_cast<timer*>(0x40000000); }
constexpr std::uint64_t nanoseconds_per_tick = 40;

// ---- memory
constexpr std::uint32_t unused_stack = 0xa5a5a5a5;
std::byte* heap_end = heap_begin;

/// Memory that is never given back. A program that needs none has no heap.
void* take(std::size_t bytes, std::size_t alignment) {
    const auto at = (reinterpret_cast<std::uintptr_t>(heap_end) + alignment - 1) / alignment * alignment;
    if (at + bytes > reinterpret_cast<std::uintptr_t>(stack_limit)) {
        board::print("out of memory\n");
        board::stop(4);
    }
    heap_end = reinterpret_cast<std::byte*>(at + bytes);
    return reinterpret_cast<void*>(at);
}

[[noreturn]] void fault() {
    board::print("fault\n");
    board::stop(3);
}
[[noreturn, gnu::noinline]] void start() {
    std::uint32_t* from = data_source;
    for (std::uint32_t* to = data_begin; to != data_end; ++to, ++from) *to = *from;
    for (std::uint32_t* to = bss_begin; to != bss_end; ++to) *to = 0;
    heap_end = heap_begin;
    clock().reload = 0xffffffff;
    clock().value = 0xffffffff;
    clock().control = 1;
    for (auto f = init_begin; f != init_end; ++f) (*f)();
    board::stop(program());
}
}  // namespace

/// The floating-point unit is off when the board starts.
extern "C" [[noreturn]] void reset() {
    *reinterpret_cast<volatile std::uint32_t*>(0xe000ed88) = 0xf << 20;
    asm volatile("dsb\n isb" ::: "memory");
    // No call: what is on the stack of `start` lies below this.
    std::uint32_t* here;
    asm volatile("mov %0, sp" : "=r"(here));
    for (volatile std::uint32_t* at = stack_limit; at < here - 16; ++at) *at = unused_stack;
    start();
}

namespace {

struct vector_table {
    const void* stack;
    void (*handlers[15])();
};
[[gnu::section(".vectors"), gnu::used]] const vector_table vectors{
    stack_top,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

}  // namespace

namespace board {

void print(const char* text) { ask_host(request::write_text, text); }
void stop(int status) {
    const std::uint32_t block[2] = {0x20026, static_cast<std::uint32_t>(status)};  // the application's own exit
    ask_host(request::stop, block);
    for (;;) {}
}
std::uint64_t instructions() { return (0xffffffff - clock().value) * nanoseconds_per_tick; }
std::size_t stack_bytes() {
    const std::uint32_t* at = stack_limit;
    while (*at == unused_stack) ++at;
    return static_cast<std::size_t>(stack_top - at) * sizeof(*at);
}
std::size_t heap_bytes() { return static_cast<std::size_t>(heap_end - heap_begin); }

}  // namespace board

// ---- what the compiler and its library ask for. Their own versions bring printf and the unwinder along.
void* operator new(std::size_t n) { return take(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n) { return take(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) { return take(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return take(n, static_cast<std::size_t>(a)); }
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
void operator delete[](void*, std::size_t) noexcept {}
void operator delete(void*, std::align_val_t) noexcept {}
void operator delete[](void*, std::align_val_t) noexcept {}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {}
void operator delete[](void*, std::size_t, std::align_val_t) noexcept {}

extern "C" {
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }  // nothing is destroyed: the board stops
[[noreturn]] void __cxa_pure_virtual() { fault(); }
[[noreturn]] void abort() {
    board::print("abort\n");
    board::stop(2);
}
}
namespace std {
[[noreturn]] void __throw_length_error(const char*) { abort(); }
[[noreturn]] void __throw_logic_error(const char*) { abort(); }
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) { abort(); }
[[noreturn]] void __throw_bad_alloc() { abort(); }
[[noreturn]] void __throw_bad_array_new_length() { abort(); }
[[noreturn]] void __throw_bad_function_call() { abort(); }
}  // namespace std
