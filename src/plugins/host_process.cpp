#include "plugins/host_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "plugins/answer.hpp"

namespace firn::plugins {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;

constexpr std::uint32_t longest_message = 1u << 30;
constexpr std::chrono::milliseconds look_again{20};  // how long a death may go unnoticed
constexpr std::chrono::seconds hand_off_limit{10};

base::Error device_error(std::string message) { return {ErrorKind::device, std::move(message)}; }

// Memory for an exchange, of a size that is settled: what a plug-in cut off of it would be fatal to whoever touched it next.
base::Descriptor exchange_memory() {
  base::Descriptor memory(::memfd_create("firn-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool is_made = memory && ::ftruncate(memory.number(), sizeof(Exchange)) == 0 &&
                       ::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
  return is_made ? std::move(memory) : base::Descriptor();
}

}  // namespace

std::string clause_of(std::string sentence) {
  while (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
  const bool begins = sentence.size() > 1 && sentence[0] >= 'A' && sentence[0] <= 'Z' &&
                      (sentence[1] == ' ' || (sentence[1] >= 'a' && sentence[1] <= 'z'));
  if (begins) sentence[0] = static_cast<char>(sentence[0] - 'A' + 'a');
  return sentence;
}

base::Result<std::unique_ptr<HostProcess>> HostProcess::start(const std::filesystem::path& host) {
  const auto refused = [&] { return tl::unexpected(base::io_error("start", host, errno)); };
  std::unique_ptr<HostProcess> started(new HostProcess());
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return refused();
  started->socket_ = base::Descriptor(ends[0]);
  const base::Descriptor theirs(ends[1]);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};  // a host that hangs must not hold up who sends it a long state
  ::setsockopt(started->socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const base::Descriptor memory = exchange_memory();
  if (!memory) return refused();
  void* shared = ::mmap(nullptr, sizeof(Exchange), PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0);
  if (shared == MAP_FAILED) return refused();
  started->exchange_ = new (shared) Exchange();
  return HostProgram::start(host, {"run"}, {theirs.number(), memory.number()}).map([&](HostProgram&& program) {
    started->program_ = std::move(program);
    return std::move(started);
  });
}

HostProcess::~HostProcess() {
  if (exchange_ != nullptr) ::munmap(exchange_, sizeof(Exchange));
}

void HostProcess::kill_for(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!program_.has_ended() && reason_.empty()) reason_ = std::move(reason);
  program_.kill();
}

void HostProcess::give_up() {
  hangs_ = !program_.has_ended();
  program_.kill();
}

std::string HostProcess::end() const {
  const std::lock_guard lock(mutex_);
  if (!reason_.empty()) return reason_;
  if (hangs_) return fmt::format("it did not answer for {} seconds", hand_off_limit.count());
  return program_.end();
}

base::Result<void> HostProcess::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return tl::unexpected(device_error("it does not answer"));
    if (sent <= 0) return tl::unexpected(device_error("it ended"));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

base::Result<std::string> HostProcess::receive(std::size_t count, steady_clock::time_point until) {
  std::string bytes(count, '\0');
  for (std::size_t have = 0; have < count;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now()).count();
    pollfd waiting{socket_.number(), POLLIN, 0};
    const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return tl::unexpected(device_error("it does not answer"));
    const ssize_t got = ::recv(socket_.number(), bytes.data() + have, count - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return tl::unexpected(device_error("it ended"));
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

base::Result<Answer> HostProcess::ask(const Json& question, std::string_view bytes, std::chrono::milliseconds at_most) {
  const std::string text = question.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::array<std::uint32_t, 2> lengths{static_cast<std::uint32_t>(text.size()),
                                             static_cast<std::uint32_t>(bytes.size())};
  std::string message(sizeof lengths, '\0');
  std::memcpy(message.data(), lengths.data(), sizeof lengths);
  message += text;
  message += bytes;
  const auto until = steady_clock::now() + at_most;
  auto answer = send(message).and_then([&]() -> base::Result<Answer> {
    const auto head = receive(sizeof lengths, until);
    if (!head) return tl::unexpected(head.error());
    std::array<std::uint32_t, 2> theirs{};
    std::memcpy(theirs.data(), head->data(), sizeof theirs);
    if (theirs[0] > longest_message || theirs[1] > longest_message)
      return tl::unexpected(device_error("its host's answer is none"));
    const auto answered = receive(theirs[0], until);
    if (!answered) return tl::unexpected(answered.error());
    auto body = receive(theirs[1], until);
    if (!body) return tl::unexpected(body.error());
    Json json = Json::parse(*answered, nullptr, false);
    if (!json.is_object()) return tl::unexpected(device_error("its host's answer is none"));
    return Answer{std::move(json), std::move(*body)};
  });
  if (!answer) {
    // Its socket closes a moment before it can be asked how it died.
    if (answer.error().message == "it ended") program_.ends_within(std::chrono::seconds(1));
    kill_for(answer.error().message);
    return tl::unexpected(device_error(end()));
  }
  if (const auto error = answer->json.find("error"); error != answer->json.end())
    return tl::unexpected(device_error(error->is_string() ? clause_of(error->get<std::string>()) : "it failed"));
  return answer;
}

void HostProcess::hand_off() {
  answers_ = exchange_->answered.load(std::memory_order_acquire);
  asked_until_ = steady_clock::now() + hand_off_limit;
  raise_and_wake(exchange_->asked);
}

HostProcess::Answered HostProcess::wait(std::chrono::nanoseconds patience) {
  const auto is_there = [&] { return exchange_->answered.load(std::memory_order_acquire) != answers_; };
  const auto until = steady_clock::now() + std::min<std::chrono::nanoseconds>(patience, 2 * hand_off_limit);
  while (!is_there()) {
    const auto left = std::chrono::nanoseconds(until - steady_clock::now());
    const auto sleep = std::clamp(left, std::chrono::nanoseconds(0), std::chrono::nanoseconds(look_again));
    if (sleep.count() > 0) wait_while(exchange_->answered, answers_, {0, static_cast<long>(sleep.count())});
    if (is_there()) break;
    if (program_.has_ended()) return Answered::lost;
    if (steady_clock::now() >= asked_until_) {
      give_up();
      return Answered::lost;
    }
    if (steady_clock::now() >= until) return Answered::late;
  }
  return Answered::yes;
}

}  // namespace firn::plugins
