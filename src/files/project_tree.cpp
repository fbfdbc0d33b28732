#include "files/project_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "document/place.hpp"

namespace firn::files {
namespace {

using base::ErrorKind;
using document::Place;
using nlohmann::json;

std::string place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last_break = before.rfind('\n');
  const auto column = last_break == before.npos ? before.size() : before.size() - last_break - 1;
  return fmt::format("line {}, column {}", line, std::max<std::size_t>(column, 1));
}

// The library's message without its own numbering, place and quotation of what it read.
std::string reason_of(std::string_view message) {
  for (const std::string_view end : {"; last read", ": '"}) {
    message = message.substr(0, message.find(end));
  }
  for (const std::string_view start : {"] ", "column "}) {
    if (const auto at = message.find(start); at != message.npos) message.remove_prefix(at + start.size());
  }
  if (const auto colon = message.find(": "); colon != message.npos) message.remove_prefix(colon + 2);
  return std::string(message.substr(0, 200));
}

class TreeBuilder : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(std::string_view text, const TreeLimits& limits) : text_(text), limits_(limits) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const auto [slot, is_new] = open_.back()->get_ref<json::object_t&>().emplace(std::move(name), nullptr);
    slot_ = &slot->second;
    if (!is_new) wrong(fmt::format("{}: the field is given twice", pointer_to(slot->first)));
    return is_new;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    wrong(fmt::format("{}: {}", place_of(text_, position), reason_of(error.what())));
    return false;
  }

  json root;
  std::string problem;

 private:
  bool wrong(std::string what) {
    problem = std::move(what);
    return false;
  }

  // Where the value lands, or null if there are too many.
  json* place(json&& value) {
    if (++values_ > limits_.values) {
      wrong(fmt::format("it holds more than {} values", limits_.values));
      return nullptr;
    }
    if (open_.empty()) return &(root = std::move(value));
    if (open_.back()->is_object()) return &(*slot_ = std::move(value));
    auto& array = open_.back()->get_ref<json::array_t&>();
    array.push_back(std::move(value));
    return &array.back();
  }

  bool add(json&& value) { return place(std::move(value)) != nullptr; }

  bool open(json&& container) {
    if (open_.size() == limits_.depth) return wrong(fmt::format("it is nested more than {} deep", limits_.depth));
    json* at = place(std::move(container));
    if (at) open_.push_back(at);
    return at != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string pointer_to(const std::string& name) const {
    std::string pointer;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) pointer += "/" + step_of(*open_[i], open_[i + 1]);
    return pointer + Place().field(name).pointer();
  }

  static std::string step_of(const json& container, const json* child) {
    if (container.is_array()) return std::to_string(container.size() - 1);
    for (const auto& [name, value] : container.get_ref<const json::object_t&>()) {
      if (&value == child) return Place().field(name).pointer().substr(1);
    }
    return {};
  }

  std::string_view text_;
  TreeLimits limits_;
  std::vector<json*> open_;
  json* slot_ = nullptr;
  std::size_t values_ = 0;
};

}  // namespace

base::Result<json> parse_tree(std::string_view text, const TreeLimits& limits) {
  if (text.size() > limits.bytes) {
    return base::fail(ErrorKind::malformed, fmt::format("it is larger than {} MiB", limits.bytes / 1024 / 1024));
  }
  TreeBuilder builder(text, limits);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) return base::fail(ErrorKind::malformed, builder.problem);
  return std::move(builder.root);
}

}  // namespace firn::files
