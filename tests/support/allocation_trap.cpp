#include "support/allocation_trap.hpp"

#include <cstdlib>
#include <new>

namespace firn::tests {
namespace {

thread_local bool trapped = false;
thread_local int counted = 0;

}  // namespace

AllocationTrap::AllocationTrap() {
  counted = 0;
  trapped = true;
}

AllocationTrap::~AllocationTrap() { trapped = false; }

int AllocationTrap::count() const { return counted; }

}  // namespace firn::tests

void* operator new(std::size_t size) {
  if (firn::tests::trapped) ++firn::tests::counted;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  if (firn::tests::trapped) ++firn::tests::counted;
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
