#include "edit/find.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "devices/device_type.hpp"
#include "edit/pads.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;

namespace {

constexpr std::size_t longest_list = 60;

// What is searched: the names in display order, and how their kind is called.
struct Shelf {
  std::string_view kind;  // "track"
  std::string where;      // " on "Bass"", or nothing
  std::vector<std::string> names;
  std::vector<std::size_t> numbers;  // of each; counted from 1 if there are none

  std::size_t number_of(std::size_t place) const { return numbers.empty() ? place + 1 : numbers[place]; }
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_but_for_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string listed(const Shelf& shelf, const std::vector<std::size_t>& places) {
  std::string text;
  for (std::size_t i = 0; i < places.size() && i < longest_list; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", shelf.number_of(places[i]), shelf.names[places[i]]);
  }
  return places.size() > longest_list ? fmt::format("{} and {} more", text, places.size() - longest_list) : text;
}

std::string all_listed(const Shelf& shelf) {
  if (shelf.names.empty()) return "There are none.";
  std::vector<std::size_t> places(shelf.names.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  return fmt::format("There are: {}.", listed(shelf, places));
}

template <class Fits>
std::vector<std::size_t> places_that(const Shelf& shelf, Fits fits) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < shelf.names.size(); ++i) {
    if (fits(shelf.names[i])) places.push_back(i);
  }
  return places;
}

Result<std::size_t> place_of(const Shelf& shelf, std::string_view wanted) {
  auto places = places_that(shelf, [&](const std::string& name) { return name == wanted; });
  if (places.empty())
    places = places_that(shelf, [&](const std::string& name) { return same_but_for_case(name, wanted); });
  if (places.size() == 1) return places.front();
  if (places.size() > 1) {
    return base::fail(ErrorKind::ambiguous,
                      fmt::format("{} fits {} {}s{}. Give the number of the one you mean: {}.", in_quotes(wanted),
                                  places.size(), shelf.kind, shelf.where, listed(shelf, places)));
  }
  std::size_t number = 0;
  const char* end = wanted.data() + wanted.size();
  const auto read = std::from_chars(wanted.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) {
    for (std::size_t i = 0; i < shelf.names.size(); ++i) {
      if (shelf.number_of(i) == number) return i;
    }
  }
  return base::fail(ErrorKind::not_found, fmt::format("There is no {} {}{}. {}", shelf.kind, in_quotes(wanted),
                                                      shelf.where, all_listed(shelf)));
}

}  // namespace

Result<document::TrackId> find_track(const document::Project& project, std::string_view wanted) {
  Shelf shelf{"track", "", {}, {}};
  for (const auto& track : project.tracks) shelf.names.push_back(track->name);
  return place_of(shelf, wanted).map([&](std::size_t place) { return project.tracks[place]->id; });
}

Result<document::DeviceId> find_device(const document::Track& track, std::string_view wanted) {
  Shelf shelf{"device", fmt::format(" on {}", in_quotes(track.name)), {}, {}};
  for (const auto& device : track.devices) shelf.names.push_back(device.name);
  return place_of(shelf, wanted).map([&](std::size_t place) { return track.devices[place].id; });
}

Result<int> find_pad(const document::Track& track, std::string_view wanted) {
  const std::vector<Pad> pads = pads_of(track);
  Shelf shelf{"pad", fmt::format(" on {}", in_quotes(track.name)), {}, {}};
  for (const Pad& pad : pads) {
    shelf.names.push_back(pad.name);
    shelf.numbers.push_back(static_cast<std::size_t>(pad.number));
  }
  const auto place = place_of(shelf, wanted);
  if (place) return pads[*place].number;
  if (const document::Device* rack = rack_of(track)) {
    const int count = static_cast<int>(document::type_of(*rack)->pads.size());
    for (int number = 1; number <= count; ++number) {
      if (wanted == fmt::format("pad{}", number)) return number;
    }
  }
  return tl::unexpected(place.error());
}

Result<document::ClipId> find_clip(const document::Track& track, std::string_view wanted) {
  Shelf shelf{"clip", fmt::format(" on {}", in_quotes(track.name)), {}, {}};
  for (const auto& clip : track.clips) shelf.names.push_back(clip->name);
  return place_of(shelf, wanted).map([&](std::size_t place) { return track.clips[place]->id; });
}

Result<document::LocatorId> find_locator(const document::Project& project, std::string_view wanted) {
  Shelf shelf{"locator", "", {}, {}};
  for (const auto& locator : project.locators) shelf.names.push_back(locator.name);
  return place_of(shelf, wanted).map([&](std::size_t place) { return project.locators[place].id; });
}

}  // namespace firn::edit
