// The words of the project file for the document's enums, each said once for reading and writing. Any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "document/project.hpp"

namespace firn::files {

template <class Enum>
struct Word {
  std::string_view text;
  Enum value;
};

inline constexpr int project_version = 1;

inline constexpr std::array track_kind_words{Word<document::TrackKind>{"midi", document::TrackKind::midi},
                                             Word<document::TrackKind>{"audio", document::TrackKind::audio},
                                             Word<document::TrackKind>{"group", document::TrackKind::group},
                                             Word<document::TrackKind>{"return", document::TrackKind::return_},
                                             Word<document::TrackKind>{"main", document::TrackKind::main}};

inline constexpr std::array tap_words{Word<document::TapPoint>{"pre-fx", document::TapPoint::pre_fx},
                                      Word<document::TapPoint>{"post-fx", document::TapPoint::post_fx},
                                      Word<document::TapPoint>{"post-mixer", document::TapPoint::post_mixer}};

// A bounce after a device is known by the device instead.
inline constexpr std::array bounce_words{
    Word<document::BouncePoint>{"pre-fx", document::BouncePoint::pre_fx},
    Word<document::BouncePoint>{"post-fx", document::BouncePoint::post_fx},
    Word<document::BouncePoint>{"post-mixer", document::BouncePoint::post_mixer},
    Word<document::BouncePoint>{"through-returns", document::BouncePoint::through_returns},
    Word<document::BouncePoint>{"through-main", document::BouncePoint::through_main}};

inline constexpr std::array monitor_words{Word<document::Monitor>{"in", document::Monitor::in},
                                          Word<document::Monitor>{"auto", document::Monitor::automatic},
                                          Word<document::Monitor>{"off", document::Monitor::off}};

inline constexpr std::array mixer_words{
    Word<document::MixerParameter>{"volume", document::MixerParameter::volume},
    Word<document::MixerParameter>{"pan", document::MixerParameter::pan},
    Word<document::MixerParameter>{"activator", document::MixerParameter::activator}};

inline constexpr std::array control_words{Word<midi::ControlKind>{"controller", midi::ControlKind::controller},
                                          Word<midi::ControlKind>{"pitch-bend", midi::ControlKind::pitch_bend},
                                          Word<midi::ControlKind>{"pressure", midi::ControlKind::channel_pressure},
                                          Word<midi::ControlKind>{"key-pressure", midi::ControlKind::key_pressure},
                                          Word<midi::ControlKind>{"program", midi::ControlKind::program}};

inline constexpr std::array device_class_words{
    Word<devices::DeviceClass>{"midi-effect", devices::DeviceClass::midi_effect},
    Word<devices::DeviceClass>{"instrument", devices::DeviceClass::instrument},
    Word<devices::DeviceClass>{"audio-effect", devices::DeviceClass::audio_effect}};

inline constexpr std::array scale_words{Word<devices::Scale>{"linear", devices::Scale::linear},
                                        Word<devices::Scale>{"logarithmic", devices::Scale::logarithmic},
                                        Word<devices::Scale>{"whole", devices::Scale::whole},
                                        Word<devices::Scale>{"choice", devices::Scale::choice},
                                        Word<devices::Scale>{"on-off", devices::Scale::on_off}};

inline constexpr std::array unit_words{
    Word<devices::Unit>{"none", devices::Unit::none},           Word<devices::Unit>{"Hz", devices::Unit::hertz},
    Word<devices::Unit>{"dB", devices::Unit::decibels},         Word<devices::Unit>{"s", devices::Unit::seconds},
    Word<devices::Unit>{"ms", devices::Unit::milliseconds},     Word<devices::Unit>{"%", devices::Unit::percent},
    Word<devices::Unit>{"semitones", devices::Unit::semitones}, Word<devices::Unit>{"cents", devices::Unit::cents},
    Word<devices::Unit>{"beats", devices::Unit::beats},         Word<devices::Unit>{"degrees", devices::Unit::degrees},
    Word<devices::Unit>{"raw", devices::Unit::normalised}};

// Controllers and key pressure are of something: a controller, a key.
constexpr bool has_number(midi::ControlKind kind) {
  return kind == midi::ControlKind::controller || kind == midi::ControlKind::key_pressure;
}

template <class Words, class Enum>
constexpr std::string_view word_of(const Words& words, Enum value) {
  for (const auto& word : words) {
    if (word.value == value) return word.text;
  }
  return {};
}

template <class Enum, std::size_t size>
constexpr std::optional<Enum> value_of(const std::array<Word<Enum>, size>& words, std::string_view text) {
  for (const auto& word : words) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

}  // namespace firn::files
