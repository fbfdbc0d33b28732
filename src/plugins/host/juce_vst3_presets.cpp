#include <algorithm>
#include <filesystem>

#include "plugins/host/juce_vst3_plugin.hpp"

// A VST3 plug-in's presets: the programs that it lists itself, and the .vstpreset files where the VST3 specification puts them.

namespace firn::plugins::host {
namespace {

namespace fs = std::filesystem;

struct PresetVisitor final : juce::ExtensionsVisitor {
  void visitVST3Client(const VST3Client& client) override {
    if (to_apply != nullptr) {
      applied = client.setPreset(*to_apply);
    } else {
      present = client.getPreset();
    }
  }

  const juce::MemoryBlock* to_apply = nullptr;
  bool applied = false;
  juce::MemoryBlock present;
};

std::vector<fs::path> preset_files(const Description& plugin) {
  std::vector<fs::path> files;
  std::vector<fs::path> roots{"/usr/share/vst3/presets", "/usr/local/share/vst3/presets"};
  if (const char* home = std::getenv("HOME")) roots.insert(roots.begin(), fs::path(home) / ".vst3" / "presets");
  for (const fs::path& root : roots) {
    std::error_code failed;
    const fs::path folder = root / plugin.maker / plugin.name;
    for (const auto& entry : fs::recursive_directory_iterator(folder, failed)) {
      if (entry.path().extension() == ".vstpreset") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

// A preset begins with "VST3", a 32-bit version and the class id: the one place where JUCE gives it whole.
std::string vst3_class_id(const juce::AudioPluginInstance& instance) {
  constexpr std::size_t before = 8;
  constexpr std::size_t digits = 32;
  PresetVisitor visitor;
  instance.getExtensions(visitor);
  if (visitor.present.getSize() < before + digits) return {};
  return {static_cast<const char*>(visitor.present.getData()) + before, digits};
}

std::vector<std::string> Vst3Plugin::presets() {
  std::vector<std::string> names;
  for (int i = 0; i < instance_->getNumPrograms(); ++i) {
    const std::string name = instance_->getProgramName(i).toStdString();
    if (!name.empty()) names.push_back(name);
  }
  for (const fs::path& file : preset_files(description_)) names.push_back(file.stem().string());
  return names;
}

// With some plug-ins a change of program reaches only the half that shows parameters: what it changed there is told to the half that makes sound.
void Vst3Plugin::apply_program(int program) {
  std::vector<float> before;
  for (const auto* parameter : parameters_) before.push_back(parameter->getValue());
  instance_->setCurrentProgram(program);
  flush();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const float now = parameters_[i]->getValue();
    if (now != before[i]) parameters_[i]->setValue(now);
  }
  flush();
}

Result<void> Vst3Plugin::apply_preset(const std::string& name) {
  for (int i = 0; i < instance_->getNumPrograms(); ++i) {
    if (instance_->getProgramName(i).toStdString() != name) continue;
    apply_program(i);
    return {};
  }
  for (const fs::path& file : preset_files(description_)) {
    if (file.stem().string() != name) continue;
    juce::MemoryBlock bytes;
    PresetVisitor visitor;
    visitor.to_apply = &bytes;
    if (!juce::File(file.string()).loadFileAsData(bytes)) return fail("Can't read " + file.string() + ".");
    instance_->getExtensions(visitor);
    return visitor.applied ? Result<void>{} : fail("The plug-in refuses the preset " + file.string() + ".");
  }
  return fail("It has no preset \"" + name + "\".");
}

}  // namespace firn::plugins::host
