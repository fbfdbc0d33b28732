// Scene: a small project in a temporary directory, for tests that listen to what comes out.
#pragma once

#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "convert/studio.hpp"
#include "document/project.hpp"
#include "edit/command.hpp"
#include "store/store.hpp"
#include "support/temporary_directory.hpp"

namespace firn::tests {

struct Listening {
  int threads = 1;
  int block = 512;
  plan::Prints prints = plan::Prints::play;
  render::Window window = {};
  time::Frames start = {};  // of the run
  std::optional<time::FrameRange> loop = {};
};

class Scene {
 public:
  explicit Scene(int hertz = 48000);

  document::Project project;
  std::map<document::DeviceId, time::Frames> latencies;  // told to the plan instead of the devices' own
  devices::Plugins plugins;                              // none, unless a test sets them

  // Each fails the test if it can't be done.
  void apply(const edit::Command&);
  void apply(const std::vector<edit::Command>&);
  document::TrackId add_track(document::TrackKind, const std::string& name, document::TrackId group = {});
  document::TrackId add_audio(const std::string& name, const audio::StereoBuffer&, time::Beats at = {});
  document::TrackId add_midi(const std::string& name, const std::string& instrument, const std::vector<midi::Note>&);
  document::DeviceId add_device(document::TrackId, const std::string& type,
                                const std::map<std::string, double>& parameters = {});

  const document::Track& track(document::TrackId) const;
  document::TrackId main() const { return document::main_of(project).id; }
  plan::DeviceFacts facts() const;
  convert::Studio studio(int threads = 2, int block = 2048);

  audio::StereoBuffer listen(const plan::Point&, const Listening& = {});
  std::vector<audio::StereoBuffer> listen_to_all(const std::vector<plan::Point>&,
                                                 const Listening& = {});  // in one pass
  audio::StereoBuffer listen_to_main(const Listening& = {});

  store::Store& store() { return store_; }
  const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  store::Store store_;
};

// `frames` of silence with a 1 on both sides at `at`.
audio::StereoBuffer impulse(int frames, int at);
// Stereo noise in [-0.5, 0.5), the same for the same seed.
audio::StereoBuffer noise(int frames, unsigned seed);
bool is_silent(const audio::StereoBuffer& buffer);  // every sample 0
// A few bars of notes over three octaves, with overlaps and repeats; the same for the same seed.
std::vector<midi::Note> some_notes(unsigned seed, int count = 24);

// All of a sound file; fails the test if it can't be read.
audio::StereoBuffer samples_of(const std::filesystem::path&);
audio::StereoBuffer part_of(const audio::StereoBuffer&, int start, int frames);

// Bit for bit; says where they differ first.
std::string difference(const audio::StereoBuffer&, const audio::StereoBuffer&);  // empty if equal

}  // namespace firn::tests
