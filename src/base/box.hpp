// Box<T>: an immutable value behind a shared pointer: copies share it, comparison is by value. Any thread.
#pragma once

#include <memory>
#include <utility>

namespace firn::base {

template <class T>
class Box {
 public:
  Box() : value_(std::make_shared<const T>()) {}
  Box(T value) : value_(std::make_shared<const T>(std::move(value))) {}  // NOLINT: a value is its box

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  const T* get() const { return value_.get(); }

  // True if both are one and the same object: how tests and redraws see that structure is shared.
  bool shares(const Box& other) const { return value_ == other.value_; }

  friend bool operator==(const Box& a, const Box& b) { return a.value_ == b.value_ || *a == *b; }

 private:
  std::shared_ptr<const T> value_;
};

// The box of `box`'s value after `change(T&)` has worked on a copy of it.
template <class T, class Change>
Box<T> changed(const Box<T>& box, Change&& change) {
  T copy = *box;
  std::forward<Change>(change)(copy);
  return Box<T>(std::move(copy));
}

}  // namespace firn::base
