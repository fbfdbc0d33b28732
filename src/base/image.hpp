// ImageWriter and ImageReader: a state as bytes, for a later process of the same build. Neither portable nor a format. One thread.
//
// Both are told the same values in the same order. A reader never trusts its bytes: past their end, or where a number is none that
// was written, it gives zeros from there on and is no longer ok(). What was read then is of no use.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace firn::base {

// What can be written as its bytes, and is equal if and only if these are: no padding, no pointers. A structure of floating-point
// numbers is written one by one.
template <class T>
concept ImageValue = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_same_v<T, bool> &&
                     (std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>);

class ImageWriter {
 public:
  explicit ImageWriter(std::vector<std::byte>& bytes) : bytes_(bytes) {}

  template <ImageValue T>
  void value(const T& value) {
    raw(std::as_bytes(std::span(&value, 1)));
  }
  void value(bool value) { this->value(static_cast<std::uint8_t>(value ? 1 : 0)); }
  template <class T>
  void within(const T& value, std::type_identity_t<T>, std::type_identity_t<T>) {
    this->value(value);
  }

  template <ImageValue T>
  void values(std::span<const T> values) {
    value(static_cast<std::uint64_t>(values.size()));
    raw(std::as_bytes(values));
  }
  template <class T, std::size_t count>
  void values(const std::array<T, count>& values) {
    this->values(std::span<const T>(values));
  }
  template <class T>
  void values(const std::vector<T>& values) {
    this->values(std::span<const T>(values));
  }

  // As they are, without a count.
  void raw(std::span<const std::byte> bytes) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + bytes.size());
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }

 private:
  std::vector<std::byte>& bytes_;
};

class ImageReader {
 public:
  explicit ImageReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }  // bytes not yet read

  template <ImageValue T>
  void value(T& value) {
    raw(std::as_writable_bytes(std::span(&value, 1)));
  }
  void value(bool& value) {
    std::uint8_t byte = 0;
    within(byte, 0, 1);
    value = byte != 0;
  }
  // A number that was written between `low` and `high`, both included; `low` where it is not.
  template <class T>
  void within(T& value, std::type_identity_t<T> low, std::type_identity_t<T> high) {
    this->value(value);
    if (ok_ && value >= low && value <= high) return;
    fail();
    value = low;
  }

  // Exactly as many as were written.
  template <ImageValue T>
  void values(std::span<T> values) {
    std::uint64_t count = 0;
    value(count);
    if (count != values.size()) fail();
    raw(std::as_writable_bytes(values));
  }
  template <class T, std::size_t count>
  void values(std::array<T, count>& values) {
    this->values(std::span<T>(values));
  }
  // As many as there are.
  template <ImageValue T>
  void values(std::vector<T>& values) {
    std::uint64_t count = 0;
    value(count);
    if (count > bytes_.size() / sizeof(T)) {
      fail();
      count = 0;
    }
    values.resize(static_cast<std::size_t>(count));
    raw(std::as_writable_bytes(std::span<T>(values)));
  }

  void raw(std::span<std::byte> into) {
    if (into.size() > bytes_.size()) fail();
    if (!ok_) {
      std::fill(into.begin(), into.end(), std::byte{0});
    } else if (!into.empty()) {
      std::memcpy(into.data(), bytes_.data(), into.size());
      bytes_ = bytes_.subspan(into.size());
    }
  }

  // For a value that its owner knows to be impossible.
  void fail() {
    ok_ = false;
    bytes_ = {};
  }

 private:
  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

}  // namespace firn::base
