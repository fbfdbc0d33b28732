#include "live/inputs.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace firn::live {
namespace {

constexpr std::size_t most_events = 1024;  // in a block; a keyboard sends one in 32 frames at most

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

std::shared_ptr<const engine::LiveInput> Inputs::find(const std::string& name) {
  for (const Input& each : inputs_) {
    if (each.name == name) return each.input;
  }
  const auto channels = channels_of(name).value_or(Channels{0, 0});
  inputs_.push_back({name, channels, std::make_shared<engine::LiveInput>()});
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
  point_at(incoming, frames);
  for (const Events& each : events_) each.events->events.clear();
  for (const midi::Message& message : incoming.messages) {
    if (message.frame < incoming.offset || message.frame >= incoming.offset + frames) continue;
    for (const Events& each : events_) {
      if (!is_meant(each, message) || each.events->events.size() == most_events) continue;
      each.events->events.push_back(midi::event_of(message));
      each.events->events.back().at -= time::Frames{incoming.offset};
    }
  }
}

bool Inputs::is_meant(const Events& events, const midi::Message& message) const {
  if (!events.keyboard || message.port >= ports_->count()) return false;
  const int channel = events.keyboard->channel;
  return (channel == 0 || channel == midi::channel_of(message)) &&
         is_port_of(*events.keyboard, ports_->name(message.port));
}

void Inputs::point_at(const Incoming& incoming, int frames) {
  const auto side = [&](int number) {
    const auto index = static_cast<std::size_t>(number - 1);
    const bool is_there = number > 0 && index < incoming.channels.size() && incoming.channels[index] != nullptr;
    return is_there ? incoming.channels[index] + incoming.offset : silence_.data();
  };
  for (const Input& each : inputs_) each.input->block = {side(each.channels.left), side(each.channels.right), frames};
}

}  // namespace firn::live
