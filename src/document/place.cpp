#include "document/place.hpp"

namespace firn::document {

std::string Place::pointer() const {
  std::string text;
  append_to(text);
  return text.empty() ? "/" : text;
}

void Place::append_to(std::string& text) const {
  if (!parent_) return;
  parent_->append_to(text);
  text += '/';
  if (index_ != no_index) {
    text += std::to_string(index_);
    return;
  }
  for (const char c : name_.substr(0, 60)) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
}

}  // namespace firn::document
