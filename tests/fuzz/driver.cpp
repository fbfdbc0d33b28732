// A driver for fuzz targets where there is no libFuzzer: the seeds as they are, then a number of rounds with a seed changed
// by chance, the same every time. The input of the round that crashed is left in <program>.last.
//
//   fuzz_X ROUNDS DIRECTORY      or      fuzz_X FILE
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

std::vector<Bytes> seeds_of(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(directory)) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> seeds{Bytes{}};
  for (const auto& file : files) seeds.push_back(bytes_of(file));
  return seeds;
}

// Changes by chance what a broken disk, a broken program or an attacker would.
class Mutator {
 public:
  explicit Mutator(unsigned round) : random_(round) {}

  Bytes changed(const std::vector<Bytes>& seeds) {
    Bytes bytes = seeds[below(seeds.size())];
    for (std::size_t i = 1 + below(6); i > 0; --i) change(bytes, seeds);
    return bytes;
  }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

  void change(Bytes& bytes, const std::vector<Bytes>& seeds) {
    static constexpr std::uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff, '0', '9', '-', '"', '[', '{', ',', '\n'};
    const std::size_t at = below(bytes.size());
    const std::size_t end = at + below(std::min<std::size_t>(bytes.size() - at, 64) + 1);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto stop = bytes.begin() + static_cast<std::ptrdiff_t>(end);
    switch (below(7)) {
      case 0:
        if (!bytes.empty()) bytes[at] ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = edges[below(std::size(edges))];
        break;
      case 2: bytes.insert(place, 1 + below(8), edges[below(std::size(edges))]); break;
      case 3: bytes.erase(place, stop); break;
      case 4: {
        const Bytes copy(place, stop);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), copy.begin(), copy.end());
        break;
      }
      case 5: bytes.resize(at); break;
      default: {
        const Bytes& other = seeds[below(seeds.size())];
        const auto from = other.begin() + static_cast<std::ptrdiff_t>(below(other.size()));
        bytes.insert(place, from, other.end());
        break;
      }
    }
  }

  std::mt19937 random_;
};

void run(const Bytes& bytes, const std::string& last) {
  std::ofstream(last, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string last = std::filesystem::path(argv[0]).filename().string() + ".last";
  if (argc == 2) {
    run(bytes_of(argv[1]), last);
    return 0;
  }
  if (argc != 3) {
    std::fprintf(stderr, "%s ROUNDS DIRECTORY, or %s FILE\n", argv[0], argv[0]);
    return 2;
  }
  const std::vector<Bytes> seeds = seeds_of(argv[2]);
  for (const Bytes& seed : seeds) run(seed, last);
  const unsigned rounds = static_cast<unsigned>(std::atoi(argv[1]));
  for (unsigned round = 0; round < rounds; ++round) run(Mutator(round).changed(seeds), last);
  std::filesystem::remove(last);
  std::printf("%zu seeds, %u rounds\n", seeds.size() - 1, rounds);
  return 0;
}
