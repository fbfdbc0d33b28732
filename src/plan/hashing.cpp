#include "plan/hashing.hpp"

#include <bit>

namespace firn::plan {

using base::Hasher;

void add(Hasher& hash, std::span<const midi::Event> events) {
  std::vector<std::int64_t> words;
  words.reserve(2 * events.size());
  for (const midi::Event& event : events) {
    words.push_back(event.at.count);
    words.push_back(static_cast<std::int64_t>(event.kind) << 32 | std::int64_t{event.number} << 16 | event.value);
  }
  static_assert(std::endian::native == std::endian::little, "recipes are digests of little-endian words");
  hash.number(static_cast<std::int64_t>(words.size())).bytes(std::as_bytes(std::span(words)));
}

void add(Hasher& hash, const AudioSpan& span) {
  hash.digest(span.audio.key.digest).number(span.start.count).number(span.length.count).number(span.offset.count);
  hash.number(span.loop ? 1 : 0);
  if (span.loop) hash.number(span.loop->start.count).number(span.loop->end.count);
  hash.real(span.gain_db).number(span.fade_in.count).number(span.fade_out.count);
}

void add(Hasher& hash, const Segment& segment) {
  hash.number(segment.start.count)
      .real(segment.from)
      .real(segment.to)
      .real(segment.t0)
      .real(segment.t1)
      .real(segment.curve);
}

void add(Hasher& hash, const Tail& tail) {
  hash.real(tail.limit_seconds).number(static_cast<std::int64_t>(tail.ending));
}

void add_device(Hasher& hash, const Process& device) {
  const auto& settings = device.settings;
  hash.text(settings.type)
      .number(device.facts.version)
      .number(settings.on ? 1 : 0)
      .number(static_cast<std::int64_t>(settings.seed));
  hash.number(static_cast<std::int64_t>(settings.values.size()));
  for (const double value : settings.values) hash.real(value);
  hash.number(static_cast<std::int64_t>(settings.files.size()));
  for (const auto& [slot, content] : settings.files) hash.text(slot).digest(content);
  if (device.facts.build) hash.text("build").digest(device.facts.build).number(settings.grid);
  if (settings.pad != 0) hash.text("pad").number(settings.pad);
}

bool uses_tempo(const Process& device) {
  const auto* type = devices::type_of(device.settings);
  return type && type->uses_tempo;
}

base::Digest digest_of(const time::TempoMap& tempo) {
  Hasher hash;
  for (const auto& point : tempo.tempos()) hash.number(point.at.ticks).real(point.bpm).number(point.ramp ? 1 : 0);
  for (const auto& signature : tempo.signatures())
    hash.number(signature.at.ticks).number(signature.numerator).number(signature.denominator);
  return hash.finish();
}

}  // namespace firn::plan
