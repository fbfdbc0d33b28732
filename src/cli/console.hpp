// Console: where the words of a command go. One thread, but for note() and status(): any.
//
// Results are kept and written to stdout all at once by flush(), so that a closed pipe never stops work half done. Notes, errors
// and progress go to stderr as they come.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace firn::cli {

class Console {
 public:
  Console();

  void print(std::string_view text);               // a line of the result; several, if it ends with a line break
  void print_json(const nlohmann::ordered_json&);  // indented
  void note(std::string_view line);                // to stderr, now

  // One line on a terminal that replaces itself; empty: erased.
  void status(std::string_view line);
  bool interactive() const { return interactive_; }  // stderr is a terminal
  int columns() const { return columns_; }           // of it; 80 where that is not known

  // Fails with io if stdout can't take the result; a reader that has gone away is no error.
  base::Result<void> flush();

 private:
  std::string results_;
  std::mutex mutex_;  // of stderr
  bool interactive_ = false;
  bool status_shown_ = false;
  int columns_ = 80;
};

}  // namespace firn::cli
