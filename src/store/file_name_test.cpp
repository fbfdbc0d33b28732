#include "store/file_name.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

namespace firn::store {

TEST_CASE("A file name keeps what people write and drops what file systems can't hold") {
  CHECK(file_name_of("Bass") == "Bass");
  CHECK(file_name_of("Streicher hoch, ältere 弦楽器 🎻") == "Streicher hoch, ältere 弦楽器 🎻");
  CHECK(file_name_of("../../etc/passwd") == "_.._etc_passwd");
  CHECK(file_name_of("...hidden. ") == "hidden");
  CHECK(file_name_of("a/b\\c:d*e?f\"g<h>i|j") == "a_b_c_d_e_f_g_h_i_j");
  CHECK(file_name_of("line\nbreak\ttab\x7f\xc2\x85") == "line_break_tab__");
  CHECK(file_name_of("\xff\xc0\xaf\xed\xa0\x80 broken") == "______ broken");
  CHECK(file_name_of("") == "untitled");
  CHECK(file_name_of(" . ") == "untitled");
  CHECK(file_name_of(std::string(119, 'a') + "ä") == std::string(119, 'a'));
}

TEST_CASE("Any bytes give a name of 1 to 120 bytes, in UTF-8, that stays itself") {
  CHECK(rc::check("file_name_of any bytes", [](const std::string& text) {
    const std::string name = file_name_of(text);
    RC_ASSERT(!name.empty());
    RC_ASSERT(name.size() <= 120u);
    RC_ASSERT(name.find('/') == std::string::npos);
    RC_ASSERT(name[0] != '.');
    RC_ASSERT(file_name_of(name) == name);
    nlohmann::json(name).dump();  // throws at broken UTF-8
  }));
}

}  // namespace firn::store
