#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <complex>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {
namespace {

enum Type { low_cut, low_shelf, bell, notch, high_shelf, high_cut };

struct Band {
  Type type = bell;
  double frequency = 1000.0;
  double gain = 0.0;
  double q = 0.71;
};

// The magnitude in dB by the "Cookbook formulae for audio EQ biquad filter coefficients" of Robert Bristow-Johnson: another
// form of the filter than the device's.
double cookbook(const Band& band, double hertz, int rate) {
  const double a = std::pow(10.0, band.gain / 40.0);
  const double w0 = 2.0 * M_PI * std::min(band.frequency, 0.49 * rate) / rate;
  const double c = std::cos(w0);
  const double alpha = std::sin(w0) / (2.0 * band.q);
  const double root = 2.0 * std::sqrt(a) * alpha;
  double b[3] = {};
  double d[3] = {1.0 + alpha, -2.0 * c, 1.0 - alpha};
  const auto set = [](double* to, double x, double y, double z) { to[0] = x, to[1] = y, to[2] = z; };
  switch (band.type) {
    case low_cut: set(b, (1 + c) / 2, -(1 + c), (1 + c) / 2); break;
    case high_cut: set(b, (1 - c) / 2, 1 - c, (1 - c) / 2); break;
    case notch: set(b, 1, -2 * c, 1); break;
    case bell:
      set(b, 1 + alpha * a, -2 * c, 1 - alpha * a);
      set(d, 1 + alpha / a, -2 * c, 1 - alpha / a);
      break;
    case low_shelf:
      set(b, a * (a + 1 - (a - 1) * c + root), 2 * a * (a - 1 - (a + 1) * c), a * (a + 1 - (a - 1) * c - root));
      set(d, a + 1 + (a - 1) * c + root, -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - root);
      break;
    case high_shelf:
      set(b, a * (a + 1 + (a - 1) * c + root), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - root));
      set(d, a + 1 - (a - 1) * c + root, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - root);
      break;
  }
  const std::complex<double> z = std::polar(1.0, -2.0 * M_PI * hertz / rate);
  return 20.0 * std::log10(std::abs((b[0] + b[1] * z + b[2] * z * z) / (d[0] + d[1] * z + d[2] * z * z)));
}

Settings with_band(const Settings& settings, int n, const Band& band) {
  const std::string name = "band" + std::to_string(n);
  Settings set = with(settings, name + "-on", 1.0);
  set = with(set, name + "-type", band.type);
  set = with(set, name + "-frequency", band.frequency);
  set = with(set, name + "-gain", band.gain);
  return with(set, name + "-q", band.q);
}

}  // namespace

TEST_CASE("an EQ at its defaults changes nothing, bit for bit") {
  const audio::StereoBuffer input = noise(5000, 0.9f, 1);
  CHECK(output_of(settings_of("eq"), input, {.rate = {44100}}) == input);
}

TEST_CASE("each band and type of the EQ has the magnitude of its formula, measured with sines") {
  for (const int hertz : {44100, 48000, 96000}) {
    const time::SampleRate rate{hertz};
    for (int type = low_cut; type <= high_cut; ++type) {
      const Band band{static_cast<Type>(type), 900.0, type % 2 == 0 ? 9.0 : -7.5, 1.4};
      for (const double f : {110.0, 640.0, 900.0, 1300.0, 9000.0}) {
        if (band.type == notch && f == 900.0) continue;  // minus infinity
        CAPTURE(hertz);
        CAPTURE(type);
        CAPTURE(f);
        const Settings settings = with_band(settings_of("eq"), 1 + type, band);
        const audio::StereoBuffer out = output_of(settings, sine(rate.hertz / 2, f, 0.25, rate), {.rate = rate});
        const double measured = level_at(out.left, out.left.size() / 2, f, rate) - decibels(0.25);
        CHECK(measured == doctest::Approx(cookbook(band, f, hertz)).epsilon(0.0).scale(1.0).epsilon(0.005));
        CHECK(out.right == out.left);
      }
    }
  }
}

TEST_CASE("all bands of the EQ together are the sum of their formulas") {
  CHECK(rc::check("magnitude", [] {
    Settings settings = settings_of("eq");
    const int rate = *rc::gen::element(44100, 48000, 192000);
    const double f = *rc::gen::inRange(50, 19000);
    double expected = 0.0;
    for (int n = 1; n <= 8; ++n) {
      const Band band{static_cast<Type>(*rc::gen::element(0, 1, 2, 4, 5)),
                      static_cast<double>(*rc::gen::inRange(40, 20000)),
                      static_cast<double>(*rc::gen::inRange(-24, 25)), *rc::gen::inRange(3, 40) / 10.0};
      settings = with_band(settings, n, band);
      expected += cookbook(band, f, rate);
    }
    RC_PRE(expected > -90.0);
    const audio::StereoBuffer out = output_of(settings, impulse(rate / 2), {.rate = {rate}});
    const double magnitude = std::pow(10.0, expected / 20.0);
    double rounding = 0.0;  // the most that the output's floats can be off by, all in one direction
    for (const float x : out.left) rounding += std::abs(x) * 0x1p-24;
    RC_ASSERT(std::abs(std::abs(spectrum_at(out.left, f, {rate})) - magnitude) < 0.002 * magnitude + rounding);
  }));
}

TEST_CASE("a band of the EQ that is off is out of the way") {
  Settings settings = with_band(settings_of("eq"), 3, {bell, 500.0, 20.0, 3.0});
  settings = with(settings, "band3-on", 0.0);
  const audio::StereoBuffer input = noise(5000, 0.9f, 1);
  CHECK(output_of(settings, input, {.rate = {44100}}) == input);
}

}  // namespace firn::devices::test
