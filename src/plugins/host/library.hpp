// Library: a shared library. It stays loaded to the end of the process: plug-ins draw in toolkits that do not outlive being unloaded. Main thread.
#pragma once

#include <dlfcn.h>

#include <string>

#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class Library {
 public:
  static Result<Library> open(const std::string& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) return fail("Can't load " + path + ": " + dlerror() + ".");
    return Library(handle);
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
