// Session: answers Firn's questions about one plug-in, from its loading to the end of the process (../protocol.md, "Run"). Main thread.
#pragma once

#include <memory>

#include "plugins/exchange.hpp"
#include "plugins/host/audio_thread.hpp"
#include "plugins/host/channel.hpp"
#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class Session {
 public:
  explicit Session(Exchange& exchange) : exchange_(exchange) {}

  Message answer(const Message& question);  // with "error" where it failed; never throws

 private:
  Result<Message> answer_or_fail(const Message& question);
  Result<Message> load(const Message& question);
  Result<Message> state();
  const Parameter* find_parameter(int number) const;  // null if there is none
  Message texts();
  Result<Message> value(const nlohmann::json&);
  Result<Message> preset(const nlohmann::json&);
  Result<Message> file(const nlohmann::json&);
  Result<Message> open_editor(const nlohmann::json&);
  Result<Message> changes();

  Result<void> begin_with(const Message& question);  // the state and the values that it brings
  Result<void> restore(const Message& question);     // the state file in it
  void restore_values(const std::string& lines);
  nlohmann::json values();

  Exchange& exchange_;
  std::string format_;
  std::unique_ptr<HostedPlugin> plugin_;
  std::unique_ptr<AudioThread> audio_;  // ends before the plug-in does
};

}  // namespace firn::plugins::host
