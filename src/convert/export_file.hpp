// ExportFile: one file being exported: float audio at the project's rate in, the finished file out. One thread at a time.
//
// Loop, channels, rate, normalise, dither, quantise, encode, in this order. What must be known before the next step can begin (the
// tail for a loop, the level for normalising) waits in a scratch file beside the target.
#pragma once

#include <filesystem>
#include <memory>

#include "audio/buffer.hpp"
#include "base/result.hpp"
#include "convert/export.hpp"

namespace firn::convert {

class ExportFile {
 public:
  // `loop_frames`: the length of the loop, for Ending::as_loop. Nothing appears at `path` before commit().
  static base::Result<ExportFile> create(const std::filesystem::path&, const ExportFormat&,
                                         time::SampleRate project_rate, time::Frames loop_frames);
  ~ExportFile();  // removes what was not committed
  ExportFile(ExportFile&&) noexcept;
  ExportFile& operator=(ExportFile&&) noexcept;

  base::Result<void> add(audio::ConstStereoView);
  time::Frames added() const;

  base::Result<Exported> finish();  // the file is whole, under a name of its own
  base::Result<void> commit();      // and now under its name

 private:
  struct State;
  explicit ExportFile(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace firn::convert
