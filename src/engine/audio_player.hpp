// AudioPlayer: plays clips and prints from disk. Runs on whichever thread drives its step; reads files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "audio/sound_file.hpp"
#include "base/result.hpp"
#include "engine/signal.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::engine {

using AudioFinder = std::function<base::Result<std::filesystem::path>(const audio::AudioRef&)>;

class AudioPlayer {
 public:
  static base::Result<AudioPlayer> make(const plan::PlayAudio&, const AudioFinder&);
  AudioPlayer(AudioPlayer&&) = default;
  AudioPlayer& operator=(AudioPlayer&&) = default;

  void run(const time::Run&, time::Frames at, Signal& out);

  // The path of a file that could not be read on while playing; empty if all went well.
  const std::string& failed_file() const { return failed_file_; }

 private:
  AudioPlayer() = default;
  // The part that lies at `position` on the timeline, into zeros. False: nothing plays there.
  bool play_part(time::Frames position, audio::StereoView out);
  void add(std::size_t span, time::Frames position, audio::StereoView out);
  void play(std::size_t span, time::Frames position, audio::StereoView out);

  std::vector<plan::AudioSpan> spans_;
  time::Frames stop_;
  std::vector<double> gains_;
  std::vector<std::size_t> reader_of_;  // by span: several spans of one file share a reader
  std::vector<audio::SoundReader> readers_;
  std::vector<std::string> paths_;
  audio::StereoBuffer scratch_{512};
  time::Frames ended_at_;
  time::Frames tail_;
  std::string failed_file_;
};

}  // namespace firn::engine
