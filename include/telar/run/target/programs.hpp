// SPDX-License-Identifier: BSL-1.0
// The target of a program. This folder alone names one: the rest of run/ knows targets as values.
#pragma once
#include <telar/kernels/cpu/interpreted/kernels_for.hpp>
#include <telar/kernels/cpu/launch.hpp>
#include <telar/kernels/cpu/target.hpp>

namespace telar::inline TELAR_ABI::runtime::chosen {

inline constexpr const target& machine = kernels::cpu::cpu_target;
/// The function of a kernel that is compiled with its program.
template <class Words> inline constexpr kernel_function launch = &kernels::cpu::launch<Words>;
/// The same as a part of a function, with arguments that are known.
template <class D> TELAR_FLATTENED void run_known(std::byte* const* data) { kernels::cpu::run_known<D>(data); }
/// The kernels of a program that is compiled when it first runs; Needs::needed says which.
template <class Needs>
inline constexpr kernels::kernel_source late_kernels = kernels::cpu::interpreted::kernels_for<Needs>::source;

}  // namespace telar::inline TELAR_ABI::runtime::chosen
