#include "devices/instruments/synth.hpp"

#include <doctest/doctest.h>

#include <complex>
#include <numbers>

#include "devices/instruments/instrument_checks.hpp"

using namespace firn;
using namespace firn::devices;
using namespace firn::devices::testing;

namespace {

constexpr time::SampleRate rate{48'000};
using Values = std::initializer_list<std::pair<std::string_view, double>>;

std::unique_ptr<Processor> make(const Settings& settings, time::SampleRate at = rate) {
  return std::move(*make_processor(settings, at, {}));
}

// One oscillator alone, through an open filter, without envelopes' colour.
Settings plain(double shape) {
  return settings_of("synth", {{"osc1-shape", shape},
                               {"osc2-level", 0},
                               {"filter-type", 1},
                               {"filter-cutoff", 20'000},
                               {"filter-resonance", 0},
                               {"filter-envelope", 72},
                               {"amp-sustain", 100},
                               {"velocity", 0}});
}

void set(Settings& settings, std::string_view name, double value) {
  settings.values[static_cast<std::size_t>(index_of(*find_type("synth"), name))] = value;
}

// The amplitude of the partial at `hertz`, by a Hann window over the buffer's second half.
double partial(const audio::StereoBuffer& buffer, double hertz) {
  const auto count = buffer.left.size() / 2;
  std::complex<double> sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double window =
        0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count));
    const double angle = -2.0 * std::numbers::pi * hertz * static_cast<double>(i) / rate.hertz;
    sum += window * buffer.left[count + i] * std::polar(1.0, angle);
  }
  return 4.0 * std::abs(sum) / static_cast<double>(count);
}

audio::StereoBuffer held(const Settings& settings, int key, int frames = 48'000) {
  return play(*make(settings), {note_on(0, key, 127)}, {.frames = frames, .rate = rate});
}

int voices_of(const audio::StereoBuffer& buffer, std::initializer_list<double> notes) {
  int found = 0;
  for (const double hertz : notes) found += partial(buffer, hertz) > 0.01 ? 1 : 0;
  return found;
}

}  // namespace

TEST_CASE("SPEC A2, A3: the synth is equal for any cut and place, and ends") {
  SUBCASE("as it comes") {
    check_instrument([](time::SampleRate at) { return make(settings_of("synth", {}), at); }, 0.36);
  }
  SUBCASE("with everything on") {
    check_instrument(
        [](time::SampleRate at) {
          return make(settings_of("synth", {{"noise-level", 20},
                                            {"unison-voices", 5},
                                            {"osc1-shape", 1},
                                            {"osc2-shape", 2},
                                            {"lfo-shape", 4},
                                            {"lfo-pitch", 0.3},
                                            {"lfo-filter", 12},
                                            {"lfo-amp", 50},
                                            {"glide", 0.1},
                                            {"polyphony", 3},
                                            {"filter-resonance", 90}}),
                      at);
        },
        0.36);
  }
  SUBCASE("mono") {
    check_instrument(
        [](time::SampleRate at) {
          return make(settings_of("synth", {{"mode", 1}, {"glide", 0.2}}), at);
        },
        0.36);
  }
}

TEST_CASE("SPEC A3: the synth's notes start on their frame") {
  check_note_position([](time::SampleRate at) { return make(settings_of("synth", {}), at); }, 4);
}

TEST_CASE("SPEC A5: the synth's random phases and noise come from its seed") {
  Settings settings = settings_of("synth", {{"noise-level", 50}});
  const auto out = held(settings, 60);
  CHECK(held(settings, 60) == out);
  settings.seed = 1;
  CHECK(held(settings, 60) != out);
}

TEST_CASE("the synth's waveforms have their partials and no audible aliases") {
  const double a4 = 440.0;
  const double level = 0.25;  // of a voice
  const double pi = std::numbers::pi;
  SUBCASE("sine") {
    const auto out = held(plain(3), 69);
    CHECK(partial(out, a4) == doctest::Approx(level).epsilon(0.01));
    CHECK(partial(out, 2 * a4) < 1e-4);
  }
  SUBCASE("saw") {
    const auto out = held(plain(0), 69);
    for (const int n : {1, 2, 3, 8}) {
      CHECK(partial(out, n * a4) == doctest::Approx(level * 2.0 / pi / n).epsilon(0.06));
    }
  }
  SUBCASE("pulse") {
    const auto out = held(plain(1), 69);
    CHECK(partial(out, a4) == doctest::Approx(level * 4.0 / pi).epsilon(0.02));
    CHECK(partial(out, 2 * a4) < 1e-3);
    CHECK(partial(out, 3 * a4) == doctest::Approx(level * 4.0 / pi / 3.0).epsilon(0.03));
  }
  SUBCASE("triangle") {
    const auto out = held(plain(2), 69);
    CHECK(partial(out, a4) == doctest::Approx(level * 8.0 / (pi * pi)).epsilon(0.02));
    CHECK(partial(out, 3 * a4) == doctest::Approx(level * 8.0 / (pi * pi) / 9.0).epsilon(0.03));
  }
  SUBCASE("aliases") {
    // The 24th partial of 2093 Hz (50,232 Hz) folds to 2,232 Hz; a plain saw has it 28 dB below the first.
    const double c7 = 440.0 * std::exp2(27.0 / 12.0);
    const auto out = held(plain(0), 96);
    CHECK(partial(out, 24 * c7 - rate.hertz) < partial(out, c7) * 0.004);
  }
}

TEST_CASE("the synth's filter, bend, glide and velocity do what they say") {
  SUBCASE("a low-pass of 24 dB an octave") {
    Settings settings = plain(0);
    set(settings, "filter-type", 0);
    set(settings, "filter-cutoff", 440);
    set(settings, "filter-envelope", 0);
    set(settings, "filter-key", 0);
    const auto out = held(settings, 57);  // 220 Hz
    const double passed = partial(out, 220.0);
    CHECK(passed == doctest::Approx(0.25 * 2.0 / std::numbers::pi).epsilon(0.05));
    const double above = partial(out, 1760.0) * 8.0 / passed;  // two octaves above the cutoff
    CHECK(20.0 * std::log10(above) == doctest::Approx(-48.0).epsilon(0.05));
  }
  SUBCASE("bend") {
    const auto out =
        play(*make(plain(3)), {pitch_bend(0, 16'383), note_on(0, 67, 127)}, {.frames = 48'000, .rate = rate});
    CHECK(partial(out, 440.0) == doctest::Approx(0.25).epsilon(0.02));
  }
  SUBCASE("glide in mono, and back to the key still held") {
    Settings settings = plain(3);
    set(settings, "mode", 1);
    set(settings, "glide", 0.05);
    const midi::EventList events = {note_on(0, 57, 127), note_on(9'600, 69, 127), note_off(60'000, 69)};
    const auto up = play(*make(settings), events, {.frames = 48'000, .rate = rate});
    CHECK(partial(up, 440.0) > 0.2);
    CHECK(partial(up, 220.0) < 0.01);
    const auto back = play(*make(settings), events, {.frames = 144'000, .rate = rate});
    CHECK(partial(back, 220.0) > 0.2);
  }
  SUBCASE("velocity") {
    Settings settings = plain(3);
    set(settings, "velocity", 100);
    const auto out = play(*make(settings), {note_on(0, 69, 64)}, {.frames = 48'000, .rate = rate});
    CHECK(partial(out, 440.0) == doctest::Approx(0.25 * 64.0 * 64.0 / (127.0 * 127.0)).epsilon(0.02));
  }
}

TEST_CASE("the synth keeps to its polyphony, and stealing makes no click") {
  Settings settings = plain(3);
  set(settings, "polyphony", 2);
  const midi::EventList events = {note_on(0, 57, 127), note_on(4800, 64, 127), note_on(9600, 69, 127)};
  const auto out = play(*make(settings), events, {.frames = 48'000, .rate = rate});
  CHECK(voices_of(out, {220.0, 329.63, 440.0}) == 2);
  CHECK(partial(out, 220.0) < 0.001);
  // Wherever the stolen sine is in its period, no sample moves by more than the slopes of two sines: cut off at once,
  // it would jump by up to 0.25.
  for (int later = 0; later < 220; later += 20) {
    const midi::EventList moved = {events[0], events[1], note_on(9600 + later, 69, 127)};
    const auto stolen = play(*make(settings), moved, {.frames = 10'000, .rate = rate});
    CHECK(roughness_of(stolen.view().part(9'600, 400)) < 0.03f);
  }
}

TEST_CASE("the pedal holds the synth's notes, and all sound off ends them") {
  const midi::EventList events = {controller(0, 64, 127), note_on(0, 69, 127), note_off(4800, 69)};
  CHECK(partial(play(*make(plain(3)), events, {.frames = 96'000, .rate = rate}), 440.0) > 0.2);
  auto lifted = events;
  lifted.push_back(controller(9'600, 64, 0));
  CHECK(partial(play(*make(plain(3)), lifted, {.frames = 96'000, .rate = rate}), 440.0) == 0.0);
  auto cut = events;
  cut.push_back(controller(9'600, 120, 0));
  const auto out = play(*make(plain(3)), cut, {.frames = 10'000, .rate = rate});
  CHECK(peak_of(out.view().part(9'600 + 200, 200)) == 0.0f);
}
