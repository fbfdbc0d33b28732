#include "live/inputs.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace firn::live {
namespace {

constexpr std::size_t most_events =
    1024;  // in a block; a keyboard's cable carries one in 32 frames, what is more of a program's is left out

std::optional<int> number_in(std::string_view text, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) return std::nullopt;
  return number;
}

// What follows the mark, if the text begins with it.
std::optional<std::string_view> behind(std::string_view text, std::string_view mark) {
  return text.starts_with(mark) ? std::optional(text.substr(mark.size())) : std::nullopt;
}

char lower(char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); }

}  // namespace

std::optional<Channels> channels_of(const std::string& name) {
  constexpr int most = 1024;
  const auto numbers = behind(name, "hw:");
  if (!numbers) return std::nullopt;
  const auto dash = numbers->find('-');
  const auto left = number_in(numbers->substr(0, dash), most);
  const auto right = dash == std::string_view::npos ? left : number_in(numbers->substr(dash + 1), most);
  if (!left || !right) return std::nullopt;
  return Channels{*left, *right};
}

std::optional<Keyboard> keyboard_of(const std::string& name) {
  auto rest = behind(name, "midi");
  if (!rest) return std::nullopt;
  Keyboard keyboard;
  if (const auto mark = rest->rfind('#'); mark != std::string_view::npos) {
    const auto channel = number_in(rest->substr(mark + 1), 16);
    if (!channel) return std::nullopt;
    keyboard.channel = *channel;
    rest = rest->substr(0, mark);
  }
  if (rest->empty()) return keyboard;
  const auto port = behind(*rest, ":");
  if (!port || port->empty()) return std::nullopt;
  keyboard.port = *port;
  return keyboard;
}

bool is_port_of(const Keyboard& keyboard, const std::string& port) {
  const auto is_same = [](char a, char b) { return lower(a) == lower(b); };
  const std::string& part = keyboard.port;
  return part.empty() || std::search(port.begin(), port.end(), part.begin(), part.end(), is_same) != port.end();
}

Inputs::Inputs(int longest, std::shared_ptr<const midi::Ports> ports) : longest_(longest), ports_(std::move(ports)) {
  passed_over_.reserve(most_events);
}

std::shared_ptr<const engine::LiveInput> Inputs::find(const std::string& name) {
  for (const Input& each : inputs_) {
    if (each.name == name) return each.input;
  }
  const auto channels = channels_of(name).value_or(Channels{0, 0});
  inputs_.push_back({name, channels, std::make_shared<engine::LiveInput>(), audio::StereoBuffer(longest_)});
  return inputs_.back().input;
}

std::shared_ptr<const engine::LiveEvents> Inputs::find_events(const std::string& name) {
  for (const Events& each : events_) {
    if (each.name == name) return each.events;
  }
  Events found{name, keyboard_of(name), std::make_shared<engine::LiveEvents>()};
  found.events->events.reserve(most_events);
  events_.push_back(std::move(found));
  return events_.back().events;
}

void Inputs::take(const Incoming& incoming, int frames) {
  for (Input& each : inputs_) {
    const auto take_side = [&](int number, float* samples) {
      const auto index = static_cast<std::size_t>(number - 1);
      const bool is_there = number > 0 && index < incoming.channels.size() && incoming.channels[index] != nullptr;
      if (is_there) {
        std::copy_n(incoming.channels[index] + incoming.offset, frames, samples);
      } else {
        std::fill_n(samples, frames, 0.0f);
      }
    };
    const audio::StereoView block = each.block.view().part(0, frames);
    take_side(each.channels.left, block.left);
    take_side(each.channels.right, block.right);
    each.input->block = block;
  }
  for (const Events& each : events_) each.events->events.clear();
  for (const midi::Message& message : passed_over_) hand_out(message, 0);
  passed_over_.clear();
  for (const midi::Message& message : incoming.messages) {
    const int frame = message.frame - incoming.offset;
    if (frame >= 0 && frame < frames) hand_out(message, frame);
  }
}

void Inputs::pass_over(const Incoming& incoming, int frames) {
  for (const midi::Message& message : incoming.messages) {
    const int frame = message.frame - incoming.offset;
    if (frame >= 0 && frame < frames && passed_over_.size() < most_events) passed_over_.push_back(message);
  }
}

void Inputs::hand_out(const midi::Message& message, int frame) {
  for (const Events& each : events_) {
    if (!is_meant(each, message) || each.events->events.size() == most_events) continue;
    each.events->events.push_back(midi::event_of(message));
    each.events->events.back().at = time::Frames{frame};
  }
}

bool Inputs::is_meant(const Events& events, const midi::Message& message) const {
  if (!events.keyboard || message.port >= ports_->count()) return false;
  const int channel = events.keyboard->channel;
  return (channel == 0 || channel == midi::channel_of(message)) &&
         is_port_of(*events.keyboard, ports_->name(message.port));
}

}  // namespace firn::live
