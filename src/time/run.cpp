#include "time/run.hpp"

namespace firn::time {

Run::Run(Frames start, std::optional<FrameRange> loop, Frames shift) : start_(start), shift_(shift) {
  if (loop && loop->end > start + shift && loop->length() > Frames{}) loop_ = loop;
}

Stretch Run::from(Frames at) const {
  const Frames straight = at + shift_;
  if (!loop_) return {at, straight};
  if (straight < loop_->end) return {at, straight, loop_->end - straight};
  const std::int64_t length = loop_->length().count;
  const std::int64_t into = (straight - loop_->end).count % length;
  return {at, loop_->start + Frames{into}, Frames{length - into}, into == 0};
}

}  // namespace firn::time
