// AllocationTrap: counts what a thread allocates and frees while it lives. Linking it replaces the program's operator new and delete.
#pragma once

namespace firn::tests {

class AllocationTrap {
 public:
  AllocationTrap();  // counts from zero, on this thread
  ~AllocationTrap();
  AllocationTrap(const AllocationTrap&) = delete;
  AllocationTrap& operator=(const AllocationTrap&) = delete;

  int count() const;  // allocations and releases so far
};

}  // namespace firn::tests
