#include "files/project_writer.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace firn::files {
namespace {

constexpr std::size_t widest = 100;

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace

std::string text_of(time::Beats beats) {
  constexpr std::int64_t quarter = time::Beats::ticks_per_quarter;
  // A part of a quarter has a finite decimal if its denominator divides 2^11 * 5^3, and so has at most 11 places.
  constexpr std::int64_t no_decimal = 3 * 3 * 7;
  constexpr std::int64_t decimal_ticks = quarter / no_decimal;
  constexpr std::int64_t places = 100'000'000'000;
  const std::int64_t ticks = std::abs(beats.ticks);
  const std::int64_t rest = ticks % quarter;
  if (rest == 0) return std::to_string(beats.ticks / quarter);
  if (ticks % no_decimal != 0 || ticks > furthest_decimal * quarter) {
    const std::int64_t divisor = std::gcd(ticks, quarter);
    return fmt::format(FMT_COMPILE("\"{}/{}\""), beats.ticks / divisor, quarter / divisor);
  }
  const std::int64_t parts = rest / no_decimal * (places / decimal_ticks);
  std::string text = fmt::format(FMT_COMPILE("{}{}.{:011}"), beats.ticks < 0 ? "-" : "", ticks / quarter, parts);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

Writer& Writer::open(char kind) {
  if (!named_) start_element();
  named_ = false;
  // What holds a container has one element a line.
  if (!open_.empty()) break_lines();
  open_.push_back({kind, false, true, text_.size(), line_});
  elements_.clear();
  text_ += kind;
  return *this;
}

Writer& Writer::close() {
  assert(!open_.empty() && !named_);
  const Container container = open_.back();
  const bool fits = text_.size() + 2 - line_ <= widest;  // with its bracket and a comma
  if (!container.broken && !container.empty && !fits) break_lines();
  const bool broken = open_.back().broken;
  open_.pop_back();
  if (broken) indent();
  text_ += container.kind == '{' ? '}' : ']';
  elements_.clear();
  return *this;
}

Writer& Writer::name(std::string_view name) {
  start_element();
  append_quoted(text_, name);
  text_ += ": ";
  named_ = true;
  return *this;
}

Writer& Writer::text(std::string_view value) {
  if (!named_) start_element();
  named_ = false;
  append_quoted(text_, value);
  return *this;
}

Writer& Writer::flag(bool value) { return scalar(value ? "true" : "false"); }
Writer& Writer::null() { return scalar("null"); }

Writer& Writer::real(double value) {
  assert(!std::isnan(value) && value < std::numeric_limits<double>::infinity());
  if (std::isinf(value)) return text("-inf");
  return scalar(fmt::format(FMT_COMPILE("{}"), value == 0.0 ? 0.0 : value));
}

Writer& Writer::beats(time::Beats value) { return scalar(files::text_of(value)); }

std::string Writer::finish() && {
  assert(open_.empty());
  text_ += '\n';
  return std::move(text_);
}

Writer& Writer::scalar(std::string_view json) {
  if (!named_) start_element();
  named_ = false;
  text_ += json;
  return *this;
}

void Writer::start_element() {
  if (open_.empty()) return;
  Container& container = open_.back();
  if (!container.broken && !container.empty && text_.size() - line_ > widest) break_lines();
  if (!container.empty) text_ += container.broken ? "," : ", ";
  container.empty = false;
  if (container.broken) {
    indent();
  } else {
    elements_.push_back(text_.size());
  }
}

// Puts the elements of the innermost container, so far on one line, on a line each.
void Writer::break_lines() {
  Container& container = open_.back();
  if (container.broken) return;
  container.broken = true;
  const std::string flat = text_.substr(container.start + 1);
  const std::size_t base = container.start + 1;
  text_.resize(base);
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const bool last = i + 1 == elements_.size();
    const std::size_t from = elements_[i] - base;
    const std::size_t to = last ? flat.size() : elements_[i + 1] - base - 2;  // without ", "
    indent();
    text_.append(flat, from, to - from);
    if (!last) text_ += ',';
  }
  elements_.clear();
}

void Writer::indent() {
  text_ += '\n';
  line_ = text_.size();
  text_.append(2 * open_.size(), ' ');
}

}  // namespace firn::files
