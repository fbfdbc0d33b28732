// A project of 1,000 tracks and a million notes: its text written and read, and one edit of it in memory.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "edit/command.hpp"
#include "files/project_file.hpp"

namespace {

using namespace firn;
using time::Beats;

double seconds_of(const std::function<void()>& work) {
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

document::Project big_project() {
  document::Project project = document::make_project({48000});
  for (int i = 0; i < 1000; ++i) {
    document::Track track;
    track.id = {project.next_id++};
    track.name = fmt::format("Track {}", i + 1);
    midi::Content content;
    for (int k = 0; k < 1000; ++k) {
      midi::Note note;
      note.start = Beats::fraction(k, 4);
      note.length = Beats::fraction(1, 4);
      note.key = static_cast<std::uint8_t>(k % 128);
      content.notes.push_back(note);
    }
    document::MidiClip body;
    body.length = Beats::quarters(250);
    body.content = std::move(content);
    document::Clip clip;
    clip.id = {project.next_id++};
    clip.name = track.name;
    clip.body = body;
    track.clips.push_back(clip);
    project.tracks.insert(project.tracks.end() - 1, base::Box<document::Track>(track));
  }
  return project;
}

}  // namespace

int main() {
  const document::Project project = big_project();
  std::string text;
  const double written = seconds_of([&] { text = files::text_of(project); });
  bool same = false;
  const double read = seconds_of([&] {
    const auto parsed = files::parse_project(text);
    same = parsed && *parsed == project;
  });
  const document::TrackId first = project.tracks.front()->id;
  const double edited = seconds_of([&] {
    for (int i = 0; i < 100; ++i) (void)edit::apply(project, edit::Command{edit::SetVolume{first, -i / 10.0}});
  });
  fmt::print("1,000 tracks, 1,000,000 notes, {:.0f} MB of text\n", static_cast<double>(text.size()) / 1e6);
  fmt::print("written as text {:.2f} s, read and compared {:.2f} s, one edit in memory {:.3f} ms\n", written, read,
             edited * 10.0);
  return same ? 0 : 1;
}
