#include <juce_events/juce_events.h>

#include <utility>

#include "plugins/host/message_loop.hpp"

namespace firn::plugins::host {
namespace {

// The same call, which lives until it is over, though it may end what holds it.
std::function<void()> outliving(std::function<void()> call) {
  return [shared = std::make_shared<const std::function<void()>>(std::move(call))] {
    const auto kept = shared;
    (*kept)();
  };
}

}  // namespace

struct MessageLoop::State {
  juce::ScopedJuceInitialiser_GUI juce;
};

MessageLoop::MessageLoop() : state_(std::make_unique<State>()) {}
MessageLoop::~MessageLoop() = default;

void MessageLoop::run() { juce::MessageManager::getInstance()->runDispatchLoop(); }
void MessageLoop::stop() { juce::MessageManager::getInstance()->stopDispatchLoop(); }

bool MessageLoop::is_main_thread() { return juce::MessageManager::existsAndIsCurrentThread(); }
void MessageLoop::call_later(std::function<void()> task) { juce::MessageManager::callAsync(std::move(task)); }

ReadWatch::ReadWatch(int descriptor, std::function<void()> ready) : descriptor_(descriptor) {
  juce::LinuxEventLoop::registerFdCallback(descriptor, [ready = outliving(std::move(ready))](int) { ready(); });
}
ReadWatch::~ReadWatch() { juce::LinuxEventLoop::unregisterFdCallback(descriptor_); }

struct Ticker::State final : juce::Timer {
  explicit State(std::function<void()> the_tick) : tick(outliving(std::move(the_tick))) {}
  ~State() override { stopTimer(); }
  void timerCallback() override { tick(); }

  std::function<void()> tick;
};

Ticker::Ticker(std::chrono::milliseconds period, std::function<void()> tick)
    : state_(std::make_unique<State>(std::move(tick))) {
  state_->startTimer(static_cast<int>(period.count()));
}
Ticker::~Ticker() = default;

}  // namespace firn::plugins::host
