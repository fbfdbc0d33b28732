#include "engine/audio_player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/curve_reader.hpp"

namespace firn::engine {
namespace {

using time::Frames;

// The gain of a clip's fades at frame k of it: linear in amplitude.
double fade_at(const plan::AudioSpan& span, Frames k) {
  double gain = 1.0;
  if (k < span.fade_in) gain *= static_cast<double>(k.count) / static_cast<double>(span.fade_in.count);
  const Frames left = span.length - k;
  if (left < span.fade_out) gain *= static_cast<double>(left.count) / static_cast<double>(span.fade_out.count);
  return gain;
}

bool loops(const plan::AudioSpan& span) {
  return span.loop && span.loop->length() > Frames{} && span.offset < span.loop->end;
}

}  // namespace

base::Result<AudioPlayer> AudioPlayer::make(const plan::PlayAudio& work, const AudioFinder& find) {
  AudioPlayer player;
  player.spans_ = work.spans;
  player.stop_ = work.stop;
  if (work.ringing) player.tail_ = work.ringing->tail;
  std::map<std::string, std::size_t> places;
  for (const auto& span : work.spans) {
    const auto [place, is_new] = places.try_emplace(span.audio.path, player.readers_.size());
    if (is_new) {
      auto path = find(span.audio);
      if (!path) return tl::unexpected(path.error());
      auto reader = audio::SoundReader::open(*path);
      if (!reader) return tl::unexpected(reader.error());
      if (reader->info().frames != span.audio.frames) {
        return base::fail(
            base::ErrorKind::malformed,
            fmt::format("{} is not the sound that the project knows by that name: it has {} frames and not "
                        "{}. Put it back as it was; if it is a print, freeze its track again.",
                        path->string(), reader->info().frames.count, span.audio.frames.count));
      }
      player.readers_.push_back(std::move(*reader));
      player.paths_.push_back(span.audio.path);
    }
    player.reader_of_.push_back(place->second);
    player.gains_.push_back(amplitude_of(span.gain_db));
    player.ended_at_ = std::max(player.ended_at_, std::min(span.start + span.length, work.stop));
  }
  if (work.ringing) player.ended_at_ = work.ringing->ended_at;
  return player;
}

void AudioPlayer::run(const time::Run& run, Frames at, Signal& out) {
  out.ended_at = run.loop() ? Frames::never() : ended_at_ - run.shift();
  out.tail = tail_;
  out.silent = true;
  time::for_each_stretch(run, at, out.audio.frames, [&](const time::Stretch& stretch, int offset) {
    const bool plays = play_part(stretch.position, out.audio.part(offset, static_cast<int>(stretch.frames.count)));
    out.silent &= !plays;
  });
}

bool AudioPlayer::play_part(Frames position, audio::StereoView out) {
  const Frames end = position + Frames{out.frames};
  bool plays = false;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const Frames first = std::max(position, spans_[i].start);
    const Frames last = std::min({end, spans_[i].start + spans_[i].length, stop_});
    if (first >= last) continue;
    const audio::StereoView part =
        out.part(static_cast<int>((first - position).count), static_cast<int>((last - first).count));
    if (plays) {
      add(i, first, part);
    } else {
      if (part.frames < out.frames) audio::clear(out);
      play(i, first, part);
    }
    plays = true;
  }
  if (!plays) audio::clear(out);
  return plays;
}

// Onto what another span plays there already.
void AudioPlayer::add(std::size_t index, Frames position, audio::StereoView out) {
  for (int done = 0; done < out.frames; done += scratch_.frames()) {
    const auto part = out.part(done, std::min(scratch_.frames(), out.frames - done));
    const audio::StereoView more = scratch_.view().part(0, part.frames);
    play(index, position + Frames{done}, more);
    for (int k = 0; k < part.frames; ++k) part.left[k] += more.left[k];
    for (int k = 0; k < part.frames; ++k) part.right[k] += more.right[k];
  }
}

void AudioPlayer::play(std::size_t index, Frames position, audio::StereoView out) {
  const plan::AudioSpan& span = spans_[index];
  Frames k = position - span.start;
  for (int done = 0; done < out.frames;) {
    Frames place = span.offset + k;
    auto count = static_cast<std::int64_t>(out.frames - done);
    if (loops(span)) {
      if (place >= span.loop->end) {
        place = span.loop->start + Frames{(place - span.loop->start).count % span.loop->length().count};
      }
      count = std::min(count, (span.loop->end - place).count);
    }
    const auto part = out.part(done, static_cast<int>(count));
    const std::size_t reader = reader_of_[index];
    // Once only: from then on other threads may read it.
    if (!readers_[reader].read(place, part) && failed_file_.empty()) failed_file_ = paths_[reader];
    done += part.frames;
    k += Frames{part.frames};
  }
  k = position - span.start;
  const bool fades = k < span.fade_in || span.length - k - Frames{out.frames} < span.fade_out;
  if (gains_[index] == 1.0 && !fades) return;
  for (int i = 0; i < out.frames; ++i) {
    const auto gain = static_cast<float>(gains_[index] * fade_at(span, k + Frames{i}));
    out.left[i] *= gain;
    out.right[i] *= gain;
  }
}

}  // namespace firn::engine
