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

// The library's other forms, arrays and all but aligned ones, come to these.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (firn::tests::trapped) ++firn::tests::counted;
  return std::malloc(size);
}

void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  if (firn::tests::trapped) ++firn::tests::counted;
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
