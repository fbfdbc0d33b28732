#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace firn::cli {
namespace {

constexpr std::chrono::milliseconds between_bars{100};
constexpr std::chrono::seconds between_lines{10};
constexpr double soonest = 0.05;  // seconds, before which a speed means nothing

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(std::ceil(seconds));
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string real_time_text(double speed) {
  return speed < 100.0 ? fmt::format("{:.1f}x real time", speed) : fmt::format("{:.0f}x real time", speed);
}

int percent(double fraction) { return static_cast<int>(std::floor(fraction * 100.0)); }

}  // namespace

Standing standing_of(const render::Progress& progress, time::SampleRate rate, double elapsed) {
  const auto done = static_cast<double>(progress.done.count);
  const auto total = static_cast<double>(progress.total.count);
  Standing standing{.fraction = total > 0.0 ? std::min(done / total, 1.0) : -1.0, .speed = 0.0, .seconds_left = -1.0};
  if (elapsed < soonest || done <= 0.0) return standing;
  standing.speed = done / rate.hertz / elapsed;
  if (total > 0.0) standing.seconds_left = std::max(0.0, total - done) * elapsed / done;
  return standing;
}

std::string bar_text(const std::string& label, const Standing& standing, int columns) {
  std::string behind;
  if (standing.fraction >= 0.0) behind += fmt::format("  {:3} %", percent(standing.fraction));
  if (standing.speed > 0.0) behind += "  " + real_time_text(standing.speed);
  if (standing.seconds_left >= 0.0) behind += fmt::format("  {} left", clock_text(standing.seconds_left));
  const int room = columns - 1 - static_cast<int>(label.size() + behind.size()) - 4;
  std::string text = label;
  if (standing.fraction >= 0.0 && room >= 10) {
    const int width = std::min(room, 40);
    const int filled = static_cast<int>(std::floor(standing.fraction * width));
    text += fmt::format("  [{}{}]", std::string(static_cast<std::size_t>(filled), '#'),
                        std::string(static_cast<std::size_t>(width - filled), '.'));
  }
  text += behind;
  return text.substr(0, static_cast<std::size_t>(std::max(0, columns - 1)));
}

std::string line_text(const std::string& label, const Standing& standing) {
  std::string text = label + ":";
  if (standing.fraction >= 0.0) text += fmt::format(" {} %", percent(standing.fraction));
  if (standing.speed > 0.0) text += fmt::format(", {}", real_time_text(standing.speed));
  if (standing.seconds_left >= 0.0) text += fmt::format(", {} left", clock_text(standing.seconds_left));
  return text;
}

Progress::Progress(Console& console, std::string label, time::SampleRate rate)
    : console_(console), rate_(rate), label_(std::move(label)), begin_(Clock::now()), shown_(begin_) {}

Progress::~Progress() { console_.status(""); }

double Progress::seconds_until(Clock::time_point now) const {
  return std::chrono::duration<double>(now - begin_).count();
}

void Progress::rename(std::string label) {
  const std::lock_guard lock(mutex_);
  label_ = std::move(label);
}

void Progress::report(const render::Progress& progress) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (progress.done < last_) begin_ = now;  // another pass
  last_ = progress.done;
  show(standing_of(progress, rate_, seconds_until(now)), now);
}

void Progress::report(double fraction) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const double elapsed = seconds_until(now);
  const bool known = elapsed >= soonest && fraction > 0.0;
  show({.fraction = fraction, .speed = 0.0, .seconds_left = known ? elapsed * (1.0 - fraction) / fraction : -1.0}, now);
}

void Progress::show(const Standing& standing, Clock::time_point now) {
  if (console_.interactive()) {
    if (now - shown_ < between_bars) return;
    console_.status(bar_text(label_, standing, console_.columns()));
  } else {
    if (now - shown_ < between_lines) return;
    console_.note(line_text(label_, standing));
  }
  shown_ = now;
}

}  // namespace firn::cli
