// Library: a shared library that is open while it lives. Main thread.
#pragma once

#include <dlfcn.h>

#include <string>
#include <utility>

#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class Library {
 public:
  static Result<Library> open(const std::string& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return fail("Can't load " + path + ": " + dlerror() + ".");
    return Library(handle);
  }
  ~Library() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  Library(Library&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Library& operator=(Library&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }

  // Null if it has no such symbol. T is a pointer.
  template <class T>
  T find(const char* symbol) const {
    return reinterpret_cast<T>(dlsym(handle_, symbol));
  }

 private:
  explicit Library(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace firn::plugins::host
