#include "base/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "support/temporary_directory.hpp"

namespace firn::base {
namespace fs = std::filesystem;

TEST_CASE("Replacing a file gives the new content, or leaves the old, and no temporary") {
  const tests::TemporaryDirectory scratch;
  REQUIRE(replace_file(scratch / "a", "old", scratch / "tmp"));
  REQUIRE(replace_file(scratch / "a", "new", scratch / "tmp"));
  CHECK(read_whole(scratch / "a", 100) == "new");
  CHECK(!fs::exists(scratch / "tmp"));

  fs::create_directory(scratch / "folder");
  const auto onto_folder = replace_file(scratch / "folder", "new", scratch / "tmp");
  REQUIRE(!onto_folder);
  CHECK(onto_folder.error().message.find("is a folder") != std::string::npos);
  CHECK(!fs::exists(scratch / "tmp"));

  const auto nowhere = replace_file(scratch / "a", "newer", scratch / "none/tmp");
  REQUIRE(!nowhere);
  CHECK(nowhere.error().kind == ErrorKind::not_found);
  CHECK(read_whole(scratch / "a", 100) == "new");
}

TEST_CASE("A whole file is read up to the limit") {
  const tests::TemporaryDirectory scratch;
  const std::string long_text(200'000, 'x');
  REQUIRE(replace_file(scratch / "a", long_text, scratch / "tmp"));
  CHECK(read_whole(scratch / "a", 200'000) == long_text);
  const auto refused = read_whole(scratch / "a", 199'999);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::malformed);
}

TEST_CASE("Only regular files are opened, and no pipe is waited for") {
  const tests::TemporaryDirectory scratch;
  CHECK(open_to_read(scratch / "none").error().kind == ErrorKind::not_found);
  CHECK(open_to_read(scratch / ".").error().message.find("is a folder") != std::string::npos);
  REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  CHECK(open_to_read(scratch / "pipe").error().message.find("pipe") != std::string::npos);
}

TEST_CASE("Errors say what, where and what to do") {
  CHECK(io_error("write", "song.wav", ENOSPC) ==
        Error{ErrorKind::io, "Can't write song.wav: the disk is full. Free some space and try again."});
  CHECK(io_error("read", "song.wav", ENOENT).kind == ErrorKind::not_found);
  CHECK(io_error("read", "song.wav", EIO).message == "Can't read song.wav: Input/output error.");
}

TEST_CASE("Writing at an offset leaves the rest and the position alone") {
  const tests::TemporaryDirectory scratch;
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); };
  {
    const auto file = open_to_write(scratch / "a");
    REQUIRE(file);
    REQUIRE(write_all(*file, bytes("0123456789"), "a"));
    REQUIRE(write_all_at(*file, 2, bytes("xy"), "a"));
    REQUIRE(write_all(*file, bytes("!"), "a"));
  }
  CHECK(read_whole(scratch / "a", 100) == "01xy456789!");
}

}  // namespace firn::base
