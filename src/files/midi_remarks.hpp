// MidiRemarks: gathers what there is to say about a file, each kind once with a count. One thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "files/midi_file.hpp"

namespace firn::files {

class MidiRemarks {
 public:
  // `kind` is the text, and what remarks are folded by; `detail`, of the first alone, is put after it.
  void add(std::string_view kind, std::size_t offset, std::string_view detail = {}) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i] != kind) continue;
      ++remarks_[i].count;
      return;
    }
    kinds_.emplace_back(kind);
    remarks_.push_back(MidiRemark{std::string(kind).append(detail), offset, 1});
  }

  std::vector<MidiRemark> take() { return std::exchange(remarks_, {}); }

 private:
  std::vector<std::string> kinds_;  // of each remark
  std::vector<MidiRemark> remarks_;
};

}  // namespace firn::files
