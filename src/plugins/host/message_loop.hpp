// The message loop of the main thread: where Firn's questions, plug-ins' windows and plug-ins' timers take turns. It is JUCE's, which works
// without a display too. One for each process; all calls but those marked are the main thread's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace firn::plugins::host {

class MessageLoop {
 public:
  // Makes the calling thread the main one. There is only one at a time.
  MessageLoop();
  ~MessageLoop();
  MessageLoop(const MessageLoop&) = delete;
  MessageLoop& operator=(const MessageLoop&) = delete;

  void run();  // until stop()
  void stop();

  // The thread that may do what only the main thread may. Any thread.
  static bool is_main_thread();
  // Does it in the loop, later. Any thread.
  static void call_later(std::function<void()>);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// While it lives, `ready` is called whenever the descriptor can be read (or is at its end). It may end from within that call.
class ReadWatch {
 public:
  ReadWatch(int descriptor, std::function<void()> ready);
  ~ReadWatch();
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

 private:
  int descriptor_;
};

// While it lives, `tick` is called about every `period`. It may end from within that call.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds period, std::function<void()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firn::plugins::host
