// Files for others: the mix, chosen tracks, stems, MIDI.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/work_folder.hpp"
#include "cli/must.hpp"
#include "cli/outcome.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "convert/export.hpp"
#include "files/midi_export.hpp"

namespace firn::cli {

namespace fs = std::filesystem;
using base::ErrorKind;
using document::Project;

namespace {

struct ExportOptions {
  std::vector<std::string> tracks;
  RangeOptions range;
  std::string format;
  std::string depth;
  std::optional<time::SampleRate> rate;
  std::string dither = "none";
  std::uint64_t seed = 1;
  std::string normalise;
  bool mono = false;
  bool loop = false;
  bool loudness = false;
  RenderOptions render;
  bool json = false;
};

void add_export_options(CLI::App& app, ExportOptions& options, const char* formats) {
  add_list(app, "--track", options.tracks, "TRACK", "Only this track, as the mixer has it; may be given several times");
  add_range_options(app, options.range);
  add_text(app, "--format", options.format, formats, "Without it, by the file's name, or wav");
  add_text(app, "--depth", options.depth, "16|24|32|float",
           "Of wav, aiff and flac; without it, float, or what comes nearest");
  add_rate(app, options.rate, "The file's sample rate; the project's without it");
  add_text(app, "--dither", options.dither, "none|rectangular|triangular",
           "Noise that takes the distortion out of 16 and 24 bits");
  add_number(app, {.name = "--seed", .maximum = 0x1p53, .scale = devices::Scale::whole}, "N",
             "Of the dither: the same seed gives the same file",
             [&options](double seed) { options.seed = static_cast<std::uint64_t>(seed); });
  add_text(app, "--normalise,--normalize", options.normalise, "peak|peak=DB|lufs=LOUDNESS",
           "To a peak (0 dB without a number), or to a loudness by EBU R 128");
  add_flag(app, "--mono", options.mono, "One channel: half the left and half the right");
  add_flag(app, "--loop", options.loop, "As a loop: what rings on past its end is added onto its start");
  add_flag(app, "--loudness", options.loudness, "Measure loudness, range and true peak too");
  add_render_options(app, options.render);
  add_json(app, options.json);
}

template <class Value>
struct Word {
  std::string_view word;
  Value value;
};

template <class Value, std::size_t size>
Value value_of(std::string_view option, std::string_view word, const Word<Value> (&words)[size]) {
  std::string list;
  for (std::size_t i = 0; i < size; ++i) {
    if (words[i].word == word) return words[i].value;
    list += i == 0 ? "" : i + 1 == size ? " or " : ", ";
    list += words[i].word;
  }
  refuse(ErrorKind::usage, fmt::format("{} can't be \"{}\": it is {}.", option, word, list));
}

constexpr Word<audio::FileFormat> format_words[] = {
    {"wav", audio::FileFormat::wav}, {"aiff", audio::FileFormat::aiff}, {"flac", audio::FileFormat::flac},
    {"ogg", audio::FileFormat::ogg}, {"opus", audio::FileFormat::opus}, {"mp3", audio::FileFormat::mp3}};
constexpr Word<audio::Depth> depth_words[] = {{"16", audio::Depth::int16},
                                              {"24", audio::Depth::int24},
                                              {"32", audio::Depth::int32},
                                              {"float", audio::Depth::float32}};
constexpr Word<audio::Dither> dither_words[] = {{"none", audio::Dither::none},
                                                {"rectangular", audio::Dither::rectangular},
                                                {"triangular", audio::Dither::triangular}};

// What the file's name says: "wav", "mid"; nothing if it says none.
std::string format_of_name(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (extension == ".aif") return "aiff";
  if (extension == ".midi") return "mid";
  if (extension == ".oga") return "ogg";
  for (const auto& known : format_words) {
    if (extension == "." + std::string(known.word)) return std::string(known.word);
  }
  return extension == ".mid" ? "mid" : "";
}

std::string chosen_format(const ExportOptions& options, const fs::path& file) {
  if (!options.format.empty()) return options.format;
  const std::string named = format_of_name(file);
  if (named.empty() && file.has_extension()) {
    refuse(
        ErrorKind::usage,
        fmt::format("\"{}\" says no format that Firn writes: .wav, .aiff, .flac, .ogg, .opus, .mp3 or .mid. Name the "
                    "file so, or give --format.",
                    file.filename().string()));
  }
  return named.empty() ? "wav" : named;
}

convert::Normalise normalise_of(const std::string& text) {
  using To = convert::Normalise::To;
  if (text.empty()) return {};
  if (text == "peak") return {To::peak, 0.0};
  const auto sign = text.find('=');
  const std::string name = text.substr(0, sign);
  if (sign != std::string::npos && name == "peak") {
    return {To::peak,
            must(parse_value(
                {.name = "--normalise peak", .minimum = -120.0, .maximum = 0.0, .unit = devices::Unit::decibels},
                text.substr(sign + 1)))};
  }
  if (sign != std::string::npos && name == "lufs") {
    return {To::loudness,
            must(parse_value({.name = "--normalise lufs", .minimum = -70.0, .maximum = 0.0}, text.substr(sign + 1)))};
  }
  refuse(ErrorKind::usage,
         fmt::format("--normalise can't be \"{}\": it is peak, peak=DB or lufs=LOUDNESS (lufs=-14).", text));
}

convert::ExportFormat format_of(const ExportOptions& options, const std::string& format) {
  convert::ExportFormat made;
  made.format = value_of("--format", format, format_words);
  const bool flac = made.format == audio::FileFormat::flac;
  const bool has_depth = flac || made.format == audio::FileFormat::wav || made.format == audio::FileFormat::aiff;
  if (!has_depth && !(options.depth.empty() && options.dither == "none")) {
    refuse(
        ErrorKind::usage,
        fmt::format("A file of format {} has no bits to choose or to dither: leave out --depth and --dither.", format));
  }
  made.depth = options.depth.empty() ? (flac ? audio::Depth::int24 : audio::Depth::float32)
                                     : value_of("--depth", options.depth, depth_words);
  made.rate = options.rate;
  made.dither = value_of("--dither", options.dither, dither_words);
  made.dither_seed = options.seed;
  if (made.dither != audio::Dither::none && made.depth == audio::Depth::float32)
    refuse(ErrorKind::usage, "--dither is for 16 and 24 bits; 32-bit floats need none. Give --depth 16 or 24.");
  made.normalise = normalise_of(options.normalise);
  made.channels = options.mono ? convert::Channels::mono : convert::Channels::stereo;
  made.ending = options.loop ? convert::Ending::as_loop : convert::Ending::with_tail;
  made.measure = options.loudness ? convert::Measure::loudness : convert::Measure::peak;
  return made;
}

// What is inside the project's own folders, or is its text, is the project's: an export there would be taken for a part of
// it, or be in its way.
void refuse_own(const fs::path& path, const fs::path& project) {
  const auto whole = [&](const fs::path& given) {
    std::error_code error;
    fs::path found = fs::weakly_canonical(fs::absolute(given), error);
    if (error) throw Failure{base::io_error("write", path, error.value())};
    return found;
  };
  const fs::path inner = whole(path).lexically_relative(whole(project));
  const fs::path first = inner.empty() ? fs::path() : *inner.begin();
  if (first == "project.json" || first == "Samples" || first == ".firn") {
    refuse(ErrorKind::refused, fmt::format("{} belongs to the project. Export elsewhere.", path.string()));
  }
}

// Where the file goes that the export puts in place whole: behind a link, what it leads to. A pipe or a device can't be replaced.
fs::path target_of(fs::path file, const fs::path& project) {
  if (file.empty()) refuse(ErrorKind::usage, "FILE is empty: name the file to write.");
  std::error_code ignored;
  if (fs::is_other(file, ignored)) {
    refuse(ErrorKind::io, fmt::format("Can't write {}: it is a pipe or a device, not a file.", file.string()));
  }
  for (int links = 0; links < 40 && fs::is_symlink(file, ignored); ++links) {
    file = file.parent_path() / fs::read_symlink(file, ignored);
  }
  refuse_own(file, project);
  return file;
}

// A MIDI file holds no sound, so what is about sound makes no sense.
void export_midi(Call& call, const Project& project, const ExportOptions& options, const fs::path& file) {
  if (!options.range.from.empty() || !options.range.to.empty() || options.loop) {
    refuse(ErrorKind::unsupported, "A MIDI file is exported whole: leave out --from, --to and --loop.");
  }
  if (!options.depth.empty() || options.dither != "none" || options.rate || !options.normalise.empty() ||
      options.mono || options.loudness) {
    refuse(ErrorKind::usage,
           "A MIDI file holds no sound: leave out --depth, --rate, --dither, --normalise, --mono and --loudness.");
  }
  const auto tracks = options.tracks.empty() ? files::midi_tracks_of(project) : tracks_of(project, options.tracks);
  if (tracks.empty()) refuse(ErrorKind::refused, "There is nothing to export: the project has no MIDI track.");
  const auto bytes = must(files::write_midi(must(files::song_of(project, tracks))));
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto folder = must(base::WorkFolder::beside(file, "write"));
  must(base::replace_file(file, content, folder.path() / "part"));
  if (options.json) {
    call.console.print_json(Json{{"file", file.string()}, {"tracks", tracks.size()}, {"bytes", bytes.size()}});
  } else {
    call.console.print(fmt::format("{}: {} MIDI tracks, {} bytes.", file.string(), tracks.size(), bytes.size()));
  }
}

Run export_mix(CLI::App& app) {
  const auto options = std::make_shared<ExportOptions>();
  add_export_options(app, *options, "wav|aiff|flac|ogg|opus|mp3|mid");
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    const fs::path named = arguments.take("FILE");
    arguments.end();
    const std::string format = chosen_format(*options, named);
    session::Session session = open_session(call.console, directory);
    const Project& project = session.project();
    const fs::path file = target_of(named, session.directory());
    if (format == "mid") return export_midi(call, project, *options, file);
    convert::ExportRequest request{file, tracks_of(project, options->tracks), range_of(options->range, project),
                                   format_of(*options, format)};
    convert::ExportReport report;
    with_studio(call, project, session.store(), options->render, "Exporting",
                [&](convert::Studio& studio) { report = must(convert::export_mix(project, request, studio)); });
    print_report(call.console, report, options->json);
  };
}

Run export_stems(CLI::App& app) {
  struct Options : ExportOptions {
    std::string directory;
    bool pads = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "-o,--output", options->directory, "OUTDIR", "The directory for the files; made if it is missing");
  add_flag(app, "--pads", options->pads,
           "And one for each pad of a drum rack, or output of a plug-in that has several, as it leaves the device");
  add_export_options(app, *options, "wav|aiff|flac|ogg|opus|mp3");
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    if (options->directory.empty())
      refuse(ErrorKind::usage, "Where to? Give a directory for the stems with -o OUTDIR.");
    session::Session session = open_session(call.console, directory);
    const Project& project = session.project();
    refuse_own(options->directory, session.directory());
    convert::StemsRequest request{
        options->directory, tracks_of(project, options->tracks), range_of(options->range, project),
        format_of(*options, options->format.empty() ? "wav" : options->format),
        options->pads ? convert::StemsRequest::Pads::add : convert::StemsRequest::Pads::leave};
    convert::ExportReport report;
    with_studio(call, project, session.store(), options->render, "Exporting",
                [&](convert::Studio& studio) { report = must(convert::export_stems(project, request, studio)); });
    print_report(call.console, report, options->json);
  };
}

}  // namespace

Family export_verbs() {
  return {"Export",
          {{"export", "[DIR] FILE", "Write the mix, or chosen tracks, to a file",
            "The format goes by the file's name. The order is rate, normalise, dither, quantise. Without --to the file "
            "ends when the sound has "
            "ended. `--format mid` writes the notes, as a Standard MIDI File.",
            "firn export song mix.wav\nfirn export song mix.flac --depth 16 --dither triangular --rate 44100\n"
            "firn export song loop.wav --from 9 --to 13 --loop\nfirn export song mix.mp3 --normalise lufs=-14 "
            "--loudness\nfirn export song notes.mid",
            export_mix},
           {"stems", "[DIR] -o OUTDIR", "Write a file for each track, aligned, to be mixed elsewhere",
            "Without --track: every track, group and return that feeds Main directly. Their sum is Main before its "
            "devices; the residual is said.",
            "firn stems song -o stems\nfirn stems song -o stems --track Drums --track Bass --format flac\n"
            "firn stems song -o stems --pads",
            export_stems}}};
}

}  // namespace firn::cli
