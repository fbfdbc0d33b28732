#include "time/run.hpp"

namespace firn::time {

Run::Run(Frames start, std::optional<FrameRange> loop) : start_(start) {
  if (loop && loop->end > start && loop->length() > Frames{}) loop_ = loop;
}

Stretch Run::from(Frames at) const {
  if (!loop_) return {at, at};
  if (at < loop_->end) return {at, at, loop_->end - at};
  const std::int64_t length = loop_->length().count;
  const std::int64_t into = (at - loop_->end).count % length;
  return {at, loop_->start + Frames{into}, Frames{length - into}, into == 0};
}

}  // namespace firn::time
