// SPDX-License-Identifier: BSL-1.0
// The memory that kernels work in. It belongs to the thread, or to a workspace that lends it while it runs: then the
// memory of a program that was prepared on one thread is there on another.
#pragma once
#include <telar/core/config.hpp>

#include <memory>
#include <utility>

namespace telar::border {

/// One piece of working memory, in a list. Data alone, because kernels of units with other flags use the same list.
struct working_memory {
    const void* kind;
    void* held;
    void (*destroy)(void* held);
    working_memory* next;
};
/// The list that is lent to this thread; nullptr: kernels use the thread's own memory.
inline constinit TELAR_THREAD_LOCAL working_memory** lent_memory = nullptr;

}  // namespace telar::border

namespace telar::inline TELAR_ABI::ir::kernels {

template <class Held> inline constexpr char kind_of_memory = 0;  // whose address stands for Held

/// The memory of this kind, as the kernel before left it.
template <class Held> Held& working_memory() {
    border::working_memory** at = border::lent_memory;
    if (at == nullptr) {
        static TELAR_THREAD_LOCAL Held own;
        return own;
    }
    for (; *at; at = &(*at)->next)
        if ((*at)->kind == &kind_of_memory<Held>) return *static_cast<Held*>((*at)->held);
    auto made = std::make_unique<Held>();
    *at = new border::working_memory{&kind_of_memory<Held>, made.get(),
                                     [](void* held) { delete static_cast<Held*>(held); }, nullptr};
    return *made.release();
}

/// The working memory of one workspace.
class owned_working_memory {
public:
    owned_working_memory() = default;
    owned_working_memory(const owned_working_memory&) = delete;
    owned_working_memory& operator=(const owned_working_memory&) = delete;
    ~owned_working_memory() {
        while (first_) {
            const std::unique_ptr<border::working_memory> gone(std::exchange(first_, first_->next));
            gone->destroy(gone->held);
        }
    }

    /// Lends it to the kernels of this thread for the lender's scope.
    class lender {
    public:
        explicit lender(owned_working_memory& memory) : before_(std::exchange(border::lent_memory, &memory.first_)) {}
        lender(const lender&) = delete;
        lender& operator=(const lender&) = delete;
        ~lender() { border::lent_memory = before_; }

    private:
        border::working_memory** before_;
    };

private:
    border::working_memory* first_ = nullptr;
};

}  // namespace telar::inline TELAR_ABI::ir::kernels
