// What a plug-in keeps: taken, given back, and refused where it is not what was taken; and what it says of itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "audio/sound_file.hpp"
#include "plugin_scene.hpp"
#include "plugins/loaded_plugin.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace firn;
using plugins::LoadedPlugin;

const plugins::Description& description_of(const std::string& name, const std::string& format) {
  static const auto catalogue = tests::machine().catalogue().value();
  const auto found = plugins::named(catalogue, name, format);
  REQUIRE_FALSE(found.empty());
  return *found.front().plugin;
}

using plugins::PluginState;

base::Result<LoadedPlugin> load(const plugins::Description& plugin, std::optional<PluginState> state) {
  auto settings = devices::default_settings(plugin.type);
  settings.grid = 256;
  return plugins::load({FIRN_PLUGIN_HOST, plugin, settings, time::SampleRate{48'000}, std::move(state)});
}

std::string refusal(const plugins::Description& plugin, const std::string& state) {
  const auto loaded = load(plugin, PluginState{state});
  return loaded ? "" : loaded.error().message;
}

// As it was written before there were checksums.
std::string old_head(const std::string& state) {
  const auto kind = state.find(' ', state.find("state 2 ") + 8);
  std::string old = state;
  old.replace(kind, state.find('\n') - kind, "");
  return old.replace(old.find("state 2"), 7, "state 1");
}

// As it is without Firn: the path of the file that Faulty Keeper keeps, absolute.
PluginState kept(const std::filesystem::path& file) {
  return {
      "firn plug-in state 1 lv2\n"
      "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
      "<urn:firn:state> a <http://lv2plug.in/ns/ext/presets#Preset> ;\n"
      "  <http://lv2plug.in/ns/lv2core#appliesTo> <urn:firn:faulty:keeper> ;\n"
      "  state:state [ <urn:firn:faulty:keeper#file> <file://" +
      file.string() + "> ] .\n"};
}

// What the plug-in keeps once it was given that.
PluginState state_after(const PluginState& given) {
  auto loaded = load(description_of("Faulty Keeper", "lv2"), given);
  if (!loaded) FAIL(loaded.error().message);
  return loaded->state().value();
}

std::filesystem::path written(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
  return file;
}

}  // namespace

TEST_CASE("What an LV2 state refers to is named in it, not placed: file1 is where it is said to be") {
  const tests::TemporaryDirectory directory;
  const auto here = written(directory.path() / "here/kick.raw", "k");
  const PluginState first = state_after(kept(here));
  CHECK(first.files == std::vector{here});
  CHECK(first.bytes.find(directory.path().string()) == std::string::npos);

  const auto there = written(directory.path() / "there/kick 2.raw", "other");
  const PluginState second = state_after({first.bytes, {there}});
  CHECK(second.files == std::vector{there});
  CHECK(second.bytes == first.bytes);

  const auto& keeper = description_of("Faulty Keeper", "lv2");
  for (const PluginState& without : {PluginState{first.bytes}, PluginState{first.bytes, {""}}}) {
    const auto refused = load(keeper, without);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "its state refers to a file that did not come with it: file1");
  }
}

TEST_CASE("A text that names files beside it stays where it is in an LV2 state, and one of the bundle is found in it") {
  const tests::TemporaryDirectory directory;
  written(directory.path() / "kit/samples/kick one.wav", "");
  for (const std::string text : {"<region> sample=samples\\kick one.wav\n",
                                 "<instrument file=\"samples/kick one.wav\"/>", "default_path=samples/ key=36"}) {
    CAPTURE(text);
    const auto kit = written(directory.path() / "kit/kit.txt", text);
    const PluginState state = state_after(kept(kit));
    CHECK(state.files.empty());
    CHECK(state.bytes.find(kit.string()) != std::string::npos);
  }
  const auto alone = written(directory.path() / "kit/kit.txt", "a / b: 1.5, samples/other.wav");
  CHECK(state_after(kept(alone)).files == std::vector{alone});

  const PluginState own = state_after(kept(FIRN_FAULTY_PLUGINS "/lv2/faulty.lv2/faulty.ttl"));
  CHECK(own.files.empty());
  CHECK(own.bytes.find("bundle/faulty.ttl") != std::string::npos);
  CHECK(state_after(own) == own);
}

TEST_CASE("An LV2 plug-in can be told to load a file, by its own name for it, and its state refers to that") {
  const tests::TemporaryDirectory directory;
  auto convolution = load(description_of("LV2 Convolution Stereo", "lv2"), {}).value();
  CHECK(convolution.files == std::vector<std::string>{"impulse"});
  const auto impulse = directory.path() / "impulse.wav";
  audio::StereoBuffer click(64);
  click.view().left[0] = click.view().right[0] = 1.0f;
  auto writer = audio::SoundWriter::create(impulse, {});
  REQUIRE(writer);
  REQUIRE(writer->write(click.view()));
  REQUIRE(writer->close());
  const auto refused = convolution.load_file("sample", impulse);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "it loads no file \"sample\"");
  REQUIRE(convolution.load_file("impulse", impulse));
  CHECK(convolution.state().value().files == std::vector{impulse});
}

TEST_CASE("An LV2 plug-in that ends its process as it is destroyed is had all the same") {
  CHECK(description_of("Faulty Farewell", "lv2").type.title == "Faulty Farewell");
}

TEST_CASE("A state that is damaged, cut short or empty is refused in every format; one of before checksums is read") {
  for (const std::string format : {"lv2", "clap", "vst3"}) {
    CAPTURE(format);
    const auto& plugin = description_of(format == "vst3" ? "ZamVerb" : "Faulty Well", format);
    const std::string state = load(plugin, {}).value().state().value().bytes;
    CHECK(refusal(plugin, state) == "");
    CHECK(refusal(plugin, old_head(state)) == "");
    CHECK(refusal(plugin, "") == "its state is an empty file");
    CHECK(refusal(plugin, state.substr(0, state.size() - 1)).find("damaged") != std::string::npos);
    CHECK(refusal(plugin, state.substr(0, state.find('\n') + 1)).find("damaged") != std::string::npos);
    std::string flipped = state;
    flipped[state.size() / 2] ^= 1;
    CHECK(refusal(plugin, flipped).find("damaged") != std::string::npos);
    CHECK(refusal(plugin, "random").find("is not one") != std::string::npos);
  }
  // Of before checksums, what JUCE would pass over.
  CHECK(refusal(description_of("ZamVerb", "vst3"), "firn plug-in state 1 vst3\nrandom").find("can't read") !=
        std::string::npos);
}

TEST_CASE("A VST3 parameter goes from 0 to 1, in a unit of its own, and the program is none") {
  const auto& parameters = description_of("ZamVerb", "vst3").type.parameters;
  CHECK_FALSE(parameters.empty());
  for (const auto& parameter : parameters) {
    CAPTURE(parameter.name);
    CHECK(parameter.unit == devices::Unit::normalised);
    CHECK(parameter.name.find("program") == std::string::npos);
  }
}

TEST_CASE("Choices that a project counts from 0 reach a plug-in that measures them by now, set and automated") {
  auto plugin = description_of("Faulty Well", "clap");
  devices::Parameter& gain = plugin.type.parameters.front();
  REQUIRE(gain.maximum == 2.0);
  gain = {.name = gain.name, .maximum = 1.0, .scale = devices::Scale::choice, .choices = {"Silent", "Double"}};

  auto settings = devices::default_settings(plugin.type);
  settings.grid = 256;
  settings.values.front() = 1.0;
  const auto loaded = plugins::load(
      {FIRN_PLUGIN_HOST, description_of("Faulty Well", "clap"), settings, time::SampleRate{48'000}, std::nullopt});
  REQUIRE(loaded);
  CHECK(loaded->values.front() == 2.0);
  CHECK(loaded->value_there(0, 2.0) == 1.0);

  tests::PluginScene scene;
  const auto noise = tests::noise(20'000, 3);
  auto twice = noise;
  for (auto* side : {&twice.left, &twice.right}) {
    for (float& sample : *side) sample *= 2.0f;
  }
  const auto track = scene.add_audio("Noise", noise);
  const auto device = scene.add_plugin(track, plugin.type, {});
  const tests::Listening whole{.window = {{}, time::Frames{20'000}}};
  CHECK(tests::difference(scene.hear(track, whole), audio::StereoBuffer(20'000)) == "");
  scene.apply(edit::SetAutomation{track, document::DeviceTarget{device, gain.name}, {{{}, 1.0}}});
  CHECK(tests::difference(scene.hear(track, whole), twice) == "");
}
