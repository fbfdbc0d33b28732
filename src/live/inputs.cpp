#include "live/inputs.hpp"

#include <charconv>

namespace firn::live {

std::optional<Channels> channels_of(const std::string& name) {
  constexpr std::string_view mark = "hw:";
  constexpr int most = 1024;
  if (!name.starts_with(mark)) return std::nullopt;
  Channels channels;
  const char* const end = name.data() + name.size();
  const auto [after, error] = std::from_chars(name.data() + mark.size(), end, channels.left);
  channels.right = channels.left;
  if (error != std::errc() || channels.left < 1 || channels.left > most) return std::nullopt;
  if (after == end) return channels;
  const auto [last, second] = std::from_chars(after + 1, end, channels.right);
  if (*after != '-' || second != std::errc() || last != end || channels.right < 1 || channels.right > most)
    return std::nullopt;
  return channels;
}

std::shared_ptr<const engine::LiveInput> Inputs::find(const std::string& name) {
  for (const Input& each : inputs_) {
    if (each.name == name) return each.input;
  }
  const auto channels = channels_of(name).value_or(Channels{0, 0});
  inputs_.push_back({name, channels, std::make_shared<engine::LiveInput>()});
  return inputs_.back().input;
}

void Inputs::point_at(std::span<const float* const> channels, int offset, int frames) {
  const auto side = [&](int number) {
    const auto index = static_cast<std::size_t>(number - 1);
    const bool is_there = number > 0 && index < channels.size() && channels[index] != nullptr;
    return is_there ? channels[index] + offset : silence_.data();
  };
  for (const Input& each : inputs_) each.input->block = {side(each.channels.left), side(each.channels.right), frames};
}

}  // namespace firn::live
