// Lv2Pieces: pieces of bytes, each with a number, in the order in which they came, in memory that is made once. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace firn::plugins::host {

class Lv2Pieces {
 public:
  explicit Lv2Pieces(std::size_t bytes) : memory_(bytes / sizeof(std::uint64_t)) {}

  // False where there is no room.
  bool add(std::uint32_t number, const void* data, std::uint32_t size) {
    if (words_for(size) > memory_.size() - used_) return false;
    const Head head{number, size};
    std::memcpy(&memory_[used_], &head, sizeof head);
    if (size > 0) std::memcpy(memory_.data() + used_ + 1, data, size);
    used_ += words_for(size);
    return true;
  }

  // Calls visit(number, data, size) for each, also for those that it adds, and forgets them. The data are aligned to 64 bits.
  template <class Visit>
  void take_all(Visit&& visit) {
    for (std::size_t at = 0; at < used_;) {
      Head head;
      std::memcpy(&head, &memory_[at], sizeof head);
      visit(head.number, static_cast<const void*>(memory_.data() + at + 1), head.size);
      at += words_for(head.size);
    }
    used_ = 0;
  }

 private:
  struct Head {
    std::uint32_t number;
    std::uint32_t size;
  };
  static_assert(sizeof(Head) == sizeof(std::uint64_t));

  static std::size_t words_for(std::size_t size) {
    return 1 + (size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  }

  std::vector<std::uint64_t> memory_;
  std::size_t used_ = 0;  // words
};

}  // namespace firn::plugins::host
